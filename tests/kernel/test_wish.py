"""The policy's whole wish on a real system: the line, the owner's program; and what is thrown at the service."""

from __future__ import annotations

import pytest

from tests.kernel import installed
from tests.kernel.lab import Lab
from tests.kernel.test_network import TOOLS
from tests.kernel.test_service import INSTALL, JOURNAL, policy

pytestmark = pytest.mark.kernel

UP = """
mkdir -p /usr/local/sbin
cat >/usr/local/sbin/up <<'end'
#!/bin/sh
[ "$1" != hang ] || { echo $$ >/root/hanging; sleep 600; }
{ echo "$@"; id -u; tr '\\0' '\\n' </proc/self/environ | grep -c MODESWITCH; readlink /proc/self/ns/net; } >/root/up
end
chmod 755 /usr/local/sbin/up; rm -f /root/up /root/hanging; export MODESWITCH_X=1
"""


def test_the_owners_program_runs_outside_of_the_sandbox(managed: Lab) -> None:
    """It writes where the service may not, in the network that all are in; its words are filled in."""
    managed.sh(installed.INSTALL)
    wanted = policy('[default]\nto = "hilink"\nrun = ["/usr/local/sbin/up", "{port}", "{network}", "$(id)"]')
    ran = managed.run(
        f"{UP}{wanted}{INSTALL}background stick0 python3 -m modeswitch.sim e3372h,sunny --vhci-port 0\n"
        f"within 120 '[ -s /root/up ]' || {{ {JOURNAL}; exit 1; }}\n"
        "within 30 \"{JOURNAL} | grep -q 'gave status\\|hilink'\"; cat /root/up; readlink /proc/1/ns/net\n"
        "ls /sys/bus/usb/devices/1-1:1.0/net".replace("{JOURNAL}", JOURNAL)
    )
    assert ran.status == 0, ran.stdout + ran.stderr
    words, user, ours, network, of_all, name = ran.stdout.splitlines()
    assert words == f"1-1 {name} $(id)"
    assert (user, ours, network) == ("0", "0", of_all)


def test_a_program_that_hangs_is_killed_and_told(managed: Lab) -> None:
    managed.sh(installed.INSTALL)
    wanted = policy('[default]\nto = "hilink"\nrun = ["/usr/local/sbin/up", "hang"]')
    ran = managed.run(
        f"{UP}{wanted}{INSTALL}background stick0 python3 -m modeswitch.sim e3372h,sunny --vhci-port 0\n"
        f"within 120 '[ -s /root/hanging ]' && within 120 '[ ! -e /proc/$(</root/hanging) ]' || exit\n"
        f"told 30 'program'; {JOURNAL}",
        timeout=400,
    )
    assert ran.status == 0, ran.stdout + ran.stderr
    assert "1-1: 12d1:14dc is in hilink" in ran.stdout
    assert "/usr/local/sbin/up hang" in ran.stdout


def test_the_line_is_up(service: Lab) -> None:
    """From the CD-ROM to an address of the operator's network, with no hand on it."""
    wanted = policy('[default]\nto = "ncm"\napn = "internet"')
    ran = service.run(
        f"{TOOLS}{wanted}{INSTALL}"
        "background stick0 python3 -m modeswitch.sim e3372h-153,sunny --vhci-port 0 --network\n"
        f"within 120 'grep -q started stick0.log' || {{ {JOURNAL}; cat stick0.log; exit 1; }}\n"
        "within 60 '! systemctl show -P StatusText modeswitch | grep -q \"at work\"'\n"
        f"lease $(network 1-1); status=$?; {JOURNAL}; exit $status",
        timeout=600,
    )
    assert ran.status == 0, ran.stdout + ran.stderr
    assert "inet 10.64.64.64" in ran.stdout
    assert "is not switched" not in ran.stdout


PHASES = 12


def test_killed_in_every_phase_it_is_started_again_and_the_stick_ends_where_the_policy_wants_it(service: Lab) -> None:
    wanted = policy('[default]\nto = "ncm"')
    ran = service.run(
        f"{wanted}{INSTALL}"
        f"for n in $(seq 1 {PHASES}); do\n"
        "	rm -f /run/modeswitch/*.starts; systemctl reset-failed modeswitch 2>/dev/null\n"
        "	background stick0 python3 -m modeswitch.sim e3372h,sunny --vhci-port 0\n"
        "	within 30 '[ $(systemctl show -P MainPID modeswitch) != 0 ]' || exit\n"
        "	read -r -t $((n * 16 / 100)).$(printf %02d $((n * 16 % 100))) -u 9; systemctl kill -s KILL modeswitch\n"
        "	within 60 'grep -q 155e /sys/bus/usb/devices/1-1/idProduct 2>/dev/null' ||\n"
        f"		{{ echo lost $n; {JOURNAL}; }}\n"
        "	within 30 '! systemctl show -P StatusText modeswitch | grep -q \"at work\"'\n"
        "	terminate stick0 || exit\n"
        "done; systemctl show -P NRestarts modeswitch",
        timeout=1200,
    )
    assert ran.status == 0, ran.stdout + ran.stderr
    assert "lost" not in ran.stdout, ran.stdout


def test_a_clock_that_jumps_changes_nothing(service: Lab) -> None:
    """A year ahead while a stick is away, and two back while the service waits for its end."""
    ran = service.run(
        f"{INSTALL}background stick0 python3 -m modeswitch.sim e3372h,sunny,away=2 --vhci-port 0\n"
        "within 60 '[ ! -e /sys/bus/usb/devices/1-1 ] && grep -q attached stick0.log'; date -s '+1 year' >&2\n"
        "within 60 'grep -q 14dc /sys/bus/usb/devices/1-1/idProduct' || exit\n"
        "told 30 'is in hilink'; date -s '-2 years' >&2; terminate stick0 || exit\n"
        "background stick0 python3 -m modeswitch.sim e3372h,sunny --vhci-port 0\n"
        "within 60 'grep -q 14dc /sys/bus/usb/devices/1-1/idProduct'; status=$?\n"
        "date -s '+1 year' >&2; systemctl is-active modeswitch; systemctl show -P NRestarts modeswitch; exit $status"
    )
    assert ran.status == 0, ran.stdout + ran.stderr
    assert ran.stdout.splitlines() == ["active", "0"]
