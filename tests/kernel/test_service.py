"""Plug -> udev -> service -> mode -> network interface, with systemd as the guest's first process and no hand on it."""

from __future__ import annotations

import os

import pytest

from tests.kernel.installed import MASK
from tests.kernel.lab import Lab

pytestmark = pytest.mark.kernel

PATIENCE = """
# told SECONDS WORDS: wait until the journal of our services has them; a process a second is enough for the guest.
told() {
	local end=$((SECONDS + $1))
	until journalctl --no-pager -o cat -u modeswitch | grep -q "$2"; do
		((SECONDS < end)) || return 1
		sleep 1
	done
}
"""
JOURNAL = "journalctl --no-pager -o cat -u modeswitch"

INSTALL = f"{PATIENCE}python3 -m modeswitch udev install >&2 || exit\n"


def policy(text: str) -> str:
    return f"cat >/etc/modeswitch.toml <<'end'\n{text}\nend\n"


def test_from_the_plug_to_the_network_interface(service: Lab) -> None:
    ran = service.run(
        f"{INSTALL}background stick0 python3 -m modeswitch.sim e3372h --vhci-port 0\n"
        "within 60 'compgen -G \"/sys/bus/usb/devices/1-1:1.0/net/*\"' >&2; status=$?; told 30 'is in hilink'\n"
        f"udevadm settle --timeout=30; {JOURNAL}; exit $status"
    )
    assert ran.status == 0, ran.stdout + ran.stderr
    assert ran.device.id == "12d1:14dc"
    assert len(ran.device.networks) == 1
    assert "1-1: 12d1:14dc is in hilink" in ran.stdout
    assert "Started modeswitch.service" in ran.stdout


def test_as_the_policy_wants_it(service: Lab) -> None:
    wanted = policy(
        '[default]\nto = "leave-alone"\n[[stick]]\nport = "1-2"\nto = "ncm"\ntypo = 1\n'
        '[[stick]]\nport = "1-1"\nto = "ncm"'
    )
    ran = service.run(
        f"{wanted}{INSTALL}"
        "for port in 0 1; do background stick$port python3 -m modeswitch.sim e3372h --vhci-port $port; done\n"
        "within 60 'grep -q 155e /sys/bus/usb/devices/1-1/idProduct'; status=$?\n"
        f"told 60 'left alone'; udevadm settle --timeout=30; {JOURNAL}; exit $status"
    )
    assert ran.status == 0, ran.stdout + ran.stderr
    assert (ran.view["1-1"].id, ran.view["1-2"].id) == ("12d1:155e", "12d1:1f01")
    assert "/etc/modeswitch.toml, line 6: [[stick]] 1, key 'typo': unknown" in ran.stdout


def test_a_stick_that_is_switched_already_starts_nothing(service: Lab) -> None:
    ran = service.run(f"{INSTALL}plug stick0 e3372h,wakes=ecm 0; udevadm settle --timeout=30; {JOURNAL}")
    assert ran.device.id == "12d1:14dc"
    assert "modeswitch" not in ran.stdout


ROUTER = """
cat >router.py <<'end'
import sys
from dataclasses import replace
from modeswitch.sim import models
from modeswitch.sim.__main__ import main
from modeswitch.sim.composition import Composition, Numbers, rndis, serial, storage
from modeswitch.sim.model import Model

look = Composition(0x05C6, 0x9024, (), manufacturer="MSM8916", name="MSM8916")
ports = (serial(Numbers(), (0xFF, 0xFF, 0xFF), "modem"),)
models.MODELS["router"] = Model(
    "router",
    "a stick of 05c6:9024: a CD-ROM, or an RNDIS router",
    "storage",
    {
        "storage": replace(look, functions=(storage(Numbers(), "cdrom", "card"),)),
        "awake": replace(look, functions=(*rndis(Numbers()),)),
        "modem": replace(look, product=0x9025, functions=ports),
    },
    lambda *_: None,
    eject="modem",
)
sys.exit(main())
end
"""


def test_a_router_that_is_awake_starts_nothing_whatever_a_list_says_of_its_id(service: Lab) -> None:
    """05c6:9024 with RNDIS; the same id with a CD-ROM is switched."""
    ran = service.run(
        f"{INSTALL}{ROUTER}background stick0 python3 router.py router,wakes=awake --vhci-port 0\n"
        "within 60 '[ -e /sys/bus/usb/devices/1-1:1.1 ]'; status=$?; udevadm settle --timeout=60\n"
        f"udevadm info -q property /sys/bus/usb/devices/1-1; {JOURNAL}; exit $status"
    )
    assert ran.status == 0, ran.stdout + ran.stderr
    assert ran.device.id == "05c6:9024"
    assert "ID_USB_INTERFACES=:e00103:0a0000:" in ran.stdout.splitlines()
    assert "modeswitch" not in ran.stdout
    asleep = service.run(
        f"{PATIENCE}terminate stick0 || exit\nbackground stick0 python3 router.py router --vhci-port 0\n"
        "within 60 'grep -q 9025 /sys/bus/usb/devices/1-1/idProduct'; status=$?; told 30 '1-1: '\n"
        f"udevadm settle --timeout=30; {JOURNAL}; exit $status"
    )
    assert asleep.status == 0, asleep.stdout + asleep.stderr
    assert asleep.device.id == "05c6:9025"


def test_a_stick_that_was_there_before(service: Lab) -> None:
    """As one that was plugged in before the boot: nothing happens to it but udev's trigger."""
    ran = service.run(
        f"plug stick0 e3372h 0 || exit\n{INSTALL}"
        "within 60 'grep -q 14dc /sys/bus/usb/devices/1-1/idProduct'; status=$?\n"
        "udevadm settle --timeout=30; exit $status"
    )
    assert ran.status == 0, ran.stderr
    assert ran.device.drivers["02/06/00"] == "cdc_ether"


def test_a_stick_that_flaps_is_stopped_and_the_journal_says_so(service: Lab) -> None:
    """It wakes up as storage again and again; the sixth time within a minute it is left alone."""
    ran = service.run(
        f"{INSTALL}for turn in 1 2 3 4 5 6 7; do\n"
        "	background stick0 python3 -m modeswitch.sim e3372h,away=0.1 --vhci-port 0\n"
        "	within 8 'grep -q 14dc /sys/bus/usb/devices/1-1/idProduct' 2>/dev/null\n"
        "	within 30 '! systemctl show -P StatusText modeswitch | grep -q \"at work\"' || exit\n"
        "	terminate stick0 && within 5 '[ ! -e /sys/bus/usb/devices/1-1 ]' || exit\n"
        "done\n"
        f"{JOURNAL} >journal; grep -c 'Starting modeswitch.service' journal\n"
        "grep -c '1-1: 12d1:14dc is in hilink' journal\n"
        "grep -m 1 'falls back each time' journal",
        timeout=600,  # seven sticks one after the other, of the host's clock
    )
    assert ran.status == 0, ran.stderr
    starts, switched, said = ran.stdout.splitlines()
    assert starts == "1"
    assert switched == "5"
    assert "the stick at 1-1 was switched 5 times within 60 s" in said


def test_beside_usb_modeswitch(service: Lab) -> None:
    """Debian's rules are in force, too: asked to, ours take the stick from it, and give it back."""
    wanted = policy('[default]\nto = "ncm"')
    ran = service.run(
        f"rm {MASK}; {wanted}"
        "python3 -m modeswitch udev install >&2; python3 -m modeswitch udev install --replace-usb-modeswitch >&2\n"
        "background stick0 python3 -m modeswitch.sim e3372h --vhci-port 0\n"
        "within 60 'grep -q 155e /sys/bus/usb/devices/1-1/idProduct'; status=$?; udevadm settle --timeout=30; sleep 3\n"
        "journalctl --no-pager -o cat | grep -i usb_modeswitch; exit $status"
    )
    assert ran.status == 0, ran.stderr
    assert "usb_modeswitch is installed and would switch the same sticks" in ran.stderr
    assert ran.stdout == ""
    assert ran.device.id == "12d1:155e"


def test_the_fake_cdrom_is_hidden_and_not_locked(service: Lab) -> None:
    """Without our rules systemd's cdrom_id locks it; with them nobody does, and desktops leave it alone.

    udevadm says what it would run as "run: " (252) or "RUN{program} : " (262).
    """
    looks = (
        "background stick0 python3 -m modeswitch.sim e3372h --vhci-port 0\n"
        "within 60 '[ -e /dev/sr0 ]' && udevadm settle --timeout=30; udevadm info -q property /dev/sr0 | sort\n"
        "SYSTEMD_LOG_LEVEL=debug udevadm test --action=change /sys/class/block/sr0 >told 2>&1\n"
        "sed -nE 's/^ *RUN[{]program[}] : /run: /; /^run: /p; s/.*(cdrom_id --lock.*)/\\1/p' told\n"
        "true"
    )
    without = service.run(looks)
    service.end()
    ran = service.run(policy('[default]\nto = "leave-alone"') + INSTALL + looks)
    assert "cdrom_id --lock-media" in without.stdout
    assert "--lock-media" not in ran.stdout
    assert [line for line in ran.stdout.splitlines() if line.startswith("run: ") and "cdrom_id" in line] == []
    assert any(line.startswith("run: ") for line in ran.stdout.splitlines())
    assert {"UDISKS_IGNORE=1", "MODESWITCH_CDROM=1"} <= set(ran.stdout.splitlines())
    assert "DISK_EJECT_REQUEST" not in ran.stdout


WHERE = r"""
# where PORT...: of each, its network interface and the interface behind each of its names
where() {
	for port in $@; do
		echo $port $(basename /sys/bus/usb/devices/$port:1.*/net/*)
	done
	for link in /dev/modeswitch/*; do
		tty=$(readlink -f $link)
		echo ${link##*/} $(basename $(readlink -f /sys/class/tty/${tty##*/}/device/..))
	done
}
named() { [ -e /sys/class/net/$1 ]; }
"""
TWINS = {
    "1-1": "uplink",
    "1-2": "modem-1-2",
    "uplink-modem": "1-1:1.0",
    "uplink-diag": "1-1:1.1",
    "uplink-pcui": "1-1:1.2",
    "modem-1-2-modem": "1-2:1.0",
    "modem-1-2-diag": "1-2:1.1",
    "modem-1-2-pcui": "1-2:1.2",
}


def pairs(text: str) -> dict[str, str]:
    return dict(line.split() for line in text.splitlines())


def test_twins_have_the_names_of_their_ports(service: Lab) -> None:
    """The same MAC and serial number; ports of ff/ff/ff, whose roles are the profile's; the names last over replugs."""
    sticks = "for port in 0 1; do background stick$port python3 -m modeswitch.sim e3372h --vhci-port $port; done\n"
    there = "within 90 'named uplink && named modem-1-2'; status=$?; udevadm settle --timeout=30\n"
    wanted = policy('[default]\nto = "ncm"')
    ran = service.run(
        f"{WHERE}{wanted}python3 -m modeswitch udev names --port 1-1=uplink --port 1-2 --install >&2 || exit\n"
        f"{INSTALL}{sticks}{there}where 1-1 1-2; exit $status",
        timeout=400,
    )
    assert ran.status == 0, ran.stdout + ran.stderr
    assert pairs(ran.stdout) == TWINS
    assert {device.id for device in ran.view.values()} == {"12d1:155e"}
    again = service.run(
        f"{WHERE}for port in 0 1; do terminate stick$port; done; ls /dev/modeswitch 2>/dev/null\n"
        f"{sticks}{there}where 1-1 1-2; exit $status",
        timeout=400,
    )
    assert again.status == 0, again.stdout + again.stderr
    assert pairs(again.stdout) == TWINS
    gone = service.run("python3 -m modeswitch udev remove >&2; ls /etc/systemd/network /etc/udev/rules.d")
    assert "modeswitch" not in gone.stdout.replace("40-usb_modeswitch.rules", "")


def test_names_of_ports_that_say_what_they_are(service: Lab) -> None:
    """A stick that was there before: its ttys are named at once, its network interface with the next plug."""
    ran = service.run(
        f"{WHERE}plug stick0 e3372h-153,wakes=linux 0 || exit\n"
        "python3 -m modeswitch udev names --install >&2; udevadm settle --timeout=30; where 1-1; echo ----\n"
        "terminate stick0; plug stick0 e3372h-153,wakes=linux 0; udevadm settle --timeout=30; where 1-1",
        timeout=400,
    )
    assert ran.status == 0, ran.stderr
    before, after = map(pairs, ran.stdout.split("----\n"))
    assert before.pop("1-1") != "modem-1-1"
    assert after.pop("1-1") == "modem-1-1"
    assert before == after == {"modem-1-1-pcui": "1-1:1.0", "modem-1-1-modem": "1-1:1.1"}


def test_another_port_keeps_its_own_names(service: Lab) -> None:
    """1-1 is named, 1-2 is not; and a mute stick's roles are told to udev by its profile."""
    ran = service.run(
        f"{WHERE}python3 -m modeswitch udev names --port 1-1 --install >&2 || exit\n"
        "for port in 0 1; do plug stick$port e3372h,wakes=gateway-ncm $port || exit; done\n"
        "udevadm settle --timeout=30; where 1-1 1-2; echo ----\n"
        "for number in 0 1 2 3 9; do python3 -I -m modeswitch udev role 1-2:1.$number; done",
        timeout=400,
    )
    named, told = ran.stdout.split("----\n")
    made = pairs(named)
    assert made.pop("1-1") == "modem-1-1"
    assert not made.pop("1-2").startswith("modem")
    assert set(made) == {"modem-1-1-modem", "modem-1-1-diag", "modem-1-1-pcui"}
    assert told == "modem\ndiag\npcui\n"


def test_a_resident_service_that_has_nothing_to_do_is_not_woken_up(service: Lab) -> None:
    """Nor killed by the watchdog, four times whose time passes."""
    ran = service.run(
        f"{PATIENCE}python3 -m modeswitch udev install --resident >&2 || exit\n"
        "within 20 '[ $(systemctl show -P ActiveState modeswitch) = active ]' || exit\n"
        "first=$(systemctl show -P MainPID modeswitch)\n"
        "switches() { awk '/ctxt_switches/ { sum += $2 } END { print sum }' /proc/$first/status; }\n"
        "before=$(switches); read -r -t 120 -u 9; echo $(($(switches) - before))\n"
        "for what in MainPID NRestarts WatchdogUSec; do systemctl show -P $what modeswitch; done; echo $first"
    )
    assert ran.status == 0, ran.stderr
    woken, process, restarts, watchdog, first = ran.stdout.split()
    assert (woken, process, restarts, watchdog) == ("0", first, "0", "0")


TRIES, IDLE = int(os.environ.get("MODESWITCH_TRIES", "40")), 0.5
"""How many sticks wake up at the end of the service, some three seconds of this machine each."""
PLUGGER = f"""
cat >plugger.py <<'end'
import pathlib, random, subprocess, time
from modeswitch.sim import usbip
from modeswitch.sim.spec import parse

product, lost = pathlib.Path("/sys/bus/usb/devices/1-1/idProduct"), []

def is_switched():
    try:
        return product.read_text() == "14dc\\n"
    except OSError:
        return False

def is_done():
    if not is_switched():
        return False
    shown = ["systemctl", "show", "-P", "StatusText", "modeswitch"]
    return "at work" not in subprocess.run(shown, capture_output=True, text=True).stdout

for turn in range({TRIES}):
    for file in pathlib.Path("/run/modeswitch").glob("*.starts"):
        file.unlink()
    end = time.monotonic() + 20
    usbip.run(parse("e3372h,sunny,away=0.05"), 0, lambda: is_done() or time.monotonic() > end, lambda _line: None)
    if time.monotonic() > end:
        lost.append(turn)
    while product.exists():
        time.sleep(0.01)
    time.sleep(random.uniform({IDLE} - 0.3, {IDLE} + 0.5))
print("lost", lost)
end
python3 plugger.py
"""


def test_no_stick_is_lost_between_the_end_of_the_service_and_its_next_start(service: Lab) -> None:
    """It leaves half a second after each switch; the next stick wakes up then, a little sooner or later."""
    folder = "/etc/systemd/system/modeswitch.service.d"
    ran = service.run(
        f"{INSTALL}mkdir -p {folder}; cat >{folder}/idle.conf <<'end'\n"
        f"[Service]\nExecStart=\nExecStart=/usr/bin/python3 -I -m modeswitch watch --idle {IDLE}\n"
        "ExecStartPost=/bin/sh -c 'echo >>/run/modeswitch/started'\nend\n"
        f"systemctl daemon-reload; rm -f /run/modeswitch/started\n{PLUGGER}wc -l </run/modeswitch/started\n"
        f"systemctl show -P Result -P NRestarts modeswitch; rm -r {folder}; systemctl daemon-reload",
        timeout=3600,
    )
    assert ran.status == 0, ran.stderr
    lost, starts, result, restarts = ran.stdout.splitlines()[-4:]
    assert (lost, result, restarts) == ("lost []", "success", "0"), ran.stdout
    assert TRIES // 4 < int(starts) <= TRIES, "the service left between"
