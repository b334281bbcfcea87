"""The service that stays, under the guest's systemd: no udev rule of ours, only the kernel's events."""

from __future__ import annotations

import pytest

from tests.kernel.lab import Lab

pytestmark = pytest.mark.kernel

SHOWN = "systemctl show modeswitch -P Result -P ExecMainStatus -P StatusText -P NRestarts"
JOURNAL = "journalctl --no-pager -o cat -u modeswitch"
START = """
python3 -m modeswitch udev install --resident >&2 || exit
rm -f /etc/udev/rules.d/*modeswitch.rules; udevadm control --reload
systemctl start modeswitch || exit
watch() { systemctl show -P MainPID modeswitch; }

# drops: how many messages the kernel could not keep for the service's sockets (netlink of uevents).
drops() {
	local links=$(ls -l /proc/$(watch)/fd) total=0 fields
	while read -r -a fields; do
		[[ $links == *"socket:[${fields[9]}]"* ]] && total=$((total + fields[8]))
	done </proc/$(watch)/net/netlink
	echo $total
}

# files: how many it has open. ticks: how much of the processor it has had. wakes: how often it was woken.
files() { ls /proc/$(watch)/fd | wc -l; }
ticks() { read -r -a fields </proc/$(watch)/stat; echo $((fields[13] + fields[14])); }
wakes() { awk '/^voluntary/ { print $2 }' /proc/$(watch)/status; }
memory() { awk '/^VmRSS/ { print $2 }' /proc/$(watch)/status; }
"""


def policy(text: str) -> str:
    return f"cat >/etc/modeswitch.toml <<'end'\n{text}\nend\n"


def becomes(port: str, product: str, seconds: int = 60) -> str:
    return f"within {seconds} 'grep -q {product} /sys/bus/usb/devices/{port}/idProduct 2>/dev/null'"


def plug(number: int, words: str = "e3372h") -> str:
    return f"background stick{number} python3 -m modeswitch.sim {words} --vhci-port {number}\n"


def test_from_the_plug_to_the_network_interface_side_by_side_and_a_clean_stop(service: Lab) -> None:
    """One stick was there before, two come later and at once; nothing is left open for any of them."""
    wanted = policy('[[stick]]\nport = "1-2"\nto = "ncm"')
    ran = service.run(
        f"{wanted}plug stick0 e3372h 0 || exit\n{START}{becomes('1-1', '14dc')} || exit\nfirst=$(files)\n"
        f"{plug(1)}{plug(2)}"
        f"{becomes('1-2', '155e')} && {becomes('1-3', '14dc')} || exit\n"
        "for port in 1 2 3; do within 60 \"compgen -G '/sys/bus/usb/devices/1-$port:1.*/net/*'\" >&2 || exit; done\n"
        f"within 30 'systemctl show -P StatusText modeswitch | grep -q \"; 3 switched, 0 failed$\"' || exit\n"
        "within 30 '[ $(files) -le $first ]' || exit\n"
        f"systemctl stop modeswitch || exit; {SHOWN}; {JOURNAL}; udevadm settle --timeout=30",
        timeout=300,
    )
    assert ran.status == 0, ran.stdout + ran.stderr
    said = ran.stdout.splitlines()
    assert {"success", "0"} <= set(said[:4])
    for line in ("1-1: 12d1:14dc is in hilink", "1-2: 12d1:155e is in ncm"):
        assert sum(words.startswith(line) for words in said) == 1, ran.stdout
    assert {port: seen.id for port, seen in ran.view.items()} == {
        "1-1": "12d1:14dc",
        "1-2": "12d1:155e",
        "1-3": "12d1:14dc",
    }
    assert "fault" not in ran.stdout


def test_a_flood_of_other_events_costs_nothing_and_hides_no_stick(service: Lab) -> None:
    """No udev at all; thousands of events of other subsystems a second, a stick in their middle."""
    flood = (
        "flood() { local end=$((SECONDS + $1)) file; sent=0; while ((SECONDS < end)); do\n"
        '	for file in "${others[@]}"; do echo change >$file; sent=$((sent + 1)); done; done; }\n'
        "others=(/sys/devices/virtual/{mem,tty,misc}/*/uevent /sys/devices/pci0000:00/*/uevent)\n"
        "systemctl stop systemd-udevd{,-kernel.socket,-control.socket} 2>&1\n"
        "trap 'systemctl start systemd-udevd' EXIT\n"
    )
    ran = service.run(
        f"modprobe -a usb-storage cdc_ether; {START}{flood}"
        "was=$(memory) before=$(ticks) woken=$(wakes)\n"
        "flood 3; echo $sent $(($(ticks) - before)) $(($(memory) - was)) $(drops) $(($(wakes) - woken))\n"
        f"{plug(0)}flood 4; {becomes('1-1', '14dc')}; status=$?; echo $(drops); {JOURNAL}; exit $status",
        timeout=600,
    )
    assert ran.status == 0, ran.stdout + ran.stderr
    first, dropped, *_said = ran.stdout.splitlines()
    sent, ticks, grown, lost, woken = map(int, first.split())
    assert sent > 9000
    assert woken < 10, "the filter is not in force"
    assert ticks < 60, "of 300 hundredths of an emulated second; they are those of libusb's own thread"
    assert grown < 500, "KB"
    assert lost == int(dropped) == 0


def test_an_overrun_is_survived_and_a_forged_event_is_not_heard(service: Lab) -> None:
    """While it stands still more comes of USB than the kernel keeps; the stick that came then is found all the same."""
    forge = (
        "import socket\n"
        "path = '/devices/platform/vhci_hcd.0/usb1/1-1'\n"
        "fields = ['remove@' + path, 'SUBSYSTEM=usb', 'DEVTYPE=usb_device', 'DEVNUM=002', '']\n"
        "to = socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, 15)\n"
        "[to.sendto('\\0'.join(fields).encode(), (0, 1)) for _ in range(3)]\n"
    )
    ran = service.run(
        "echo 212992 >/proc/sys/net/core/rmem_max  # what Linux 6.1 has; newer ones keep all of it\n"
        f"{START}kill -STOP $(watch)\n"
        "for turn in {1..2000}; do echo change >/sys/bus/usb/devices/usb1/uevent; done\n"
        "drops; plug stick0 e3372h 0 || exit; kill -CONT $(watch)\n"
        f"{becomes('1-1', '14dc')} || {{ {JOURNAL}; exit 1; }}\n"
        f'nsenter --net=/proc/$(watch)/ns/net python3 -c "{forge}" || exit\n'
        "for turn in 1 2 3; do echo add >/sys/bus/usb/devices/1-1/uevent; done\n"
        f"{plug(1)}{becomes('1-2', '14dc')} && within 30 '{JOURNAL} | grep -q 1-2:' || exit\n{JOURNAL}; {SHOWN}",
        timeout=300,
    )
    assert ran.status == 0, ran.stdout + ran.stderr
    drops, *said = ran.stdout.splitlines()
    assert int(drops) > 100
    assert [line.partition(" is ")[0] for line in said if "12d1:" in line] == ["1-1: 12d1:14dc", "1-2: 12d1:14dc"]


def test_stopped_with_a_switch_under_way_it_ends_that_first(service: Lab) -> None:
    ran = service.run(
        f"{START}{plug(0, 'e3372h,away=3')}"
        "within 60 '[ -e /sys/bus/usb/devices/1-1 ]' && within 30 '[ ! -e /sys/bus/usb/devices/1-1 ]' || exit\n"
        f"systemctl stop modeswitch || exit; {SHOWN}; {JOURNAL}; udevadm settle --timeout=30",
        timeout=300,
    )
    assert ran.status == 0, ran.stdout + ran.stderr
    assert {"success", "0"} <= set(ran.stdout.splitlines()[:4])
    assert "1-1: 12d1:14dc is in hilink" in ran.stdout
    assert ran.device.id == "12d1:14dc"
