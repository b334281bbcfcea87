"""What can go wrong with a switch, on Debian's kernel: the exit status, and the state in which the stick is left."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.kernel.lab import Lab, Ran, both

pytestmark = pytest.mark.kernel

COMMAND = "python3 -m modeswitch 12d1:1f01 --to hilink"
STORAGE = {"08/06/50": "usb-storage"}
MOMENTS = """
sent() { grep -q 'out.*55534243' switch.log; }  # with -vv
claimed() { [[ $(readlink /sys/bus/usb/devices/1-1:1.0/driver) == */usbfs ]]; }
gone() { [ ! -e /sys/bus/usb/devices/1-1 ]; }
"""


def _last(ran: Ran) -> dict[str, Any]:
    """The last JSON line, of a command that said nothing else."""
    assert ran.stderr == ""
    return ran.events[-1]


def _bound(ran: Ran) -> dict[str, tuple[int, dict[str, str]]]:
    """Port -> address and drivers, when the command had ended."""
    return {port: (device.address, device.drivers) for port, device in ran.view.items()}


@both
def test_never_back(lab: Lab) -> None:
    lab.plug("e3372h,back=never")
    ran = lab.run(f"{COMMAND} --timeout 8 --json")
    assert ran.status == 6
    last = _last(ran)
    assert {key: last[key] for key in ("event", "status", "error", "port", "id")} == {
        "event": "error",
        "status": 6,
        "error": "NotBack",
        "port": "1-1",
        "id": "12d1:1f01",
    }
    assert 8 <= ran.seconds < 11
    assert ran.view == {}


@both
@pytest.mark.parametrize(
    "fault", ["dies", "csw=missing", "csw=stalled", "csw=failed", "csw=short", "csw=garbage", "csw=tag"]
)
def test_it_obeys_and_does_not_say_so(lab: Lab, fault: str) -> None:
    lab.plug(f"e3372h,{fault}")
    ran = lab.modeswitch("12d1:1f01 --to hilink")
    assert ran.status == 0, ran.stderr
    assert ran.device.drivers["02/06/00"] == "cdc_ether"


@both
def test_refused(lab: Lab) -> None:
    lab.plug("e3372h,csw=refused")
    before = lab.device()
    ran = lab.modeswitch("12d1:1f01 --to hilink --json")
    assert ran.status == 1
    last = _last(ran)
    assert (last["error"], last["port"], last["mode"]) == ("CommandFailed", "1-1", "mass-storage")
    assert (ran.device.address, ran.device.drivers) == (before.address, STORAGE)
    lab.sh("within 30 '[ -e /dev/sr0 ]' && head -c 2048 /dev/sr0 >/dev/null")


def test_deaf(lab: Lab) -> None:
    lab.plug("e3372h,deaf")
    before = lab.device()
    ran = lab.modeswitch("12d1:1f01 --to hilink --timeout 3 --json")
    assert ran.status == 1
    assert (_last(ran)["error"], _last(ran)["port"]) == ("SwitchFailed", "1-1")
    assert ran.seconds < 6
    assert (ran.device.address, ran.device.drivers) == (before.address, STORAGE)


def test_two_that_fit(lab: Lab) -> None:
    lab.plug("e3372h")
    lab.plug("e3372h", 1)
    before = lab.view()
    ran = lab.modeswitch("12d1:1f01 --to hilink --json")
    assert ran.status == 8
    assert [device["port"] for device in _last(ran)["devices"]] == ["1-1", "1-2"]
    assert _bound(ran) == {"1-1": (before["1-1"].address, STORAGE), "1-2": (before["1-2"].address, STORAGE)}
    ran = lab.modeswitch("12d1:1f01 --to hilink --port 1-2")
    assert ran.status == 0
    assert ran.view["1-2"].drivers["02/06/00"] == "cdc_ether"
    assert _bound(ran)["1-1"] == (before["1-1"].address, STORAGE)


@both
def test_a_mounted_card(lab: Lab) -> None:
    lab.plug("e3372h")
    lab.sh("within 30 '[ -e /dev/sda ]' && mkdir card && mount -t vfat /dev/sda card")
    before = lab.device()
    lab.record()
    ran = lab.modeswitch("12d1:1f01 --to hilink --json")
    assert not [event for event in lab.recorded() if event.is_switch]
    assert ran.status == 5
    assert "/dev/sda is mounted at /tmp/lab/card" in _last(ran)["message"]
    assert (ran.device.address, ran.device.drivers) == (before.address, STORAGE)
    assert lab.sh("cat card/KEEP.TXT; umount card")
    assert lab.modeswitch("12d1:1f01 --to hilink").device.drivers["02/06/00"] == "cdc_ether"


@pytest.mark.parametrize(
    "stick", ["e3372h,csw=missing,linger=9", "e3372h,linger=9"], ids=["for the CSW", "for its leave"]
)
@pytest.mark.parametrize(("signal", "status"), [("-INT -- -", 130), ("-TERM ", 143)], ids=["Ctrl-C", "SIGTERM"])
def test_stopped_while_it_waits(lab: Lab, stick: str, signal: str, status: int) -> None:
    lab.plug(stick)
    before = lab.device()
    # The first thing a process does after setsid is to be alone in its process group, as a terminal's foreground job.
    ran = lab.run(
        f"{MOMENTS}background switch {COMMAND} -vv; child=$!\n"
        f"within 30 claimed && within 30 sent && kill {signal}$child && wait $child"
    )
    said = lab.sh("cat switch.log")
    assert ran.status == status, said
    assert "the stick was released" in said
    assert "Traceback" not in said
    assert ran.seconds < 6
    assert (ran.device.address, ran.device.drivers) == (before.address, STORAGE)


@both
@pytest.mark.parametrize(
    ("stick", "moment"),
    [("e3372h,csw=missing,linger=9", "claimed"), ("e3372h,linger=9", "claimed"), ("e3372h,away=9", "gone")],
    ids=["before its CSW", "before it leaves", "while it is away"],
)
def test_pulled_out(lab: Lab, stick: str, moment: str) -> None:
    lab.plug(stick)
    ran = lab.run(
        f"{MOMENTS}background switch {COMMAND} --timeout 6 --json -vv; child=$!\n"
        f"within 30 sent && within 30 {moment} && terminate stick0 && wait $child"
    )
    said = lab.sh("cat switch.log")
    assert ran.status == 6, said
    assert "Traceback" not in said
    last = json.loads(said.splitlines()[-1])
    assert (last["error"], last["port"]) == ("NotBack", "1-1")
    assert ran.seconds < 9
    assert ran.view == {}


def test_nobody_may_not(lab: Lab) -> None:
    lab.plug("e3372h")
    before = lab.device()
    ran = lab.run(f"cd /tmp; setpriv --reuid=65534 --regid=65534 --clear-groups {COMMAND} --json")
    assert ran.status == 7
    assert (_last(ran)["error"], _last(ran)["port"]) == ("PermissionDenied", "1-1")
    assert (ran.device.address, ran.device.drivers) == (before.address, STORAGE)


def test_the_idle_stick_drops_off_and_is_switched_when_it_is_back(lab: Lab) -> None:
    """GET_MAX_LUN and then silence for 5 s: the firmware's own timer, on the kernel's bus."""
    lab.plug("e3372h")
    before = lab.device()
    lab.sh(
        "cat >ask.py <<'end'\n"
        "import usb.core\n"
        "stick = usb.core.find(idVendor=0x12d1, idProduct=0x1f01)\n"
        "stick.detach_kernel_driver(0)\n"
        "assert bytes(stick.ctrl_transfer(0xA1, 0xFE, 0, 0, 1)) == b'\\1'\n"
        "end\n"
        f"{MOMENTS}python3 ask.py && within 8 gone && within 12 '[ -e /sys/bus/usb/devices/1-1:1.0/driver ]'"
    )
    assert lab.device().id == "12d1:1f01"
    assert lab.device().address != before.address
    assert lab.modeswitch("12d1:1f01 --to hilink").status == 0


def test_a_look_at_a_leaving_stick_shows_all_of_it_or_nothing(lab: Lab) -> None:
    """The kernel unconfigures it, then takes its folder in sysfs down file by file, while somebody reads these."""
    ran = lab.run(
        "cat >watch.py <<'end'\n"
        "from modeswitch.linux.sysfs import look\n"
        "before = seen = look('/sys', '1-1')\n"
        "print('watching', flush=True)\n"
        "while seen in (before, before._replace(active=None)):\n"
        "    seen = look('/sys', '1-1')\n"
        "print(seen)\n"
        "end\n"
        "for turn in 1 2 3 4; do\n"
        "	plug stick0 e3372h 0 && background watch python3 watch.py || exit\n"
        "	within 30 'grep -q watching watch.log' || exit\n"
        "	terminate stick0 && within 30 'ended watch' || exit\n"
        "	tail -n 1 watch.log\n"
        "done"
    )
    assert ran.status == 0, ran.stderr
    assert ran.stdout.splitlines() == ["None"] * 4


def test_a_mounted_card_is_unmounted_when_asked(lab: Lab) -> None:
    """What was written there is on the card afterwards; the CD-ROM beside it is let go of quietly."""
    ran = lab.run(
        "plug stick0 e3372h 0 && within 30 '[ -e /dev/sda -a -e /dev/sr0 ]' && mkdir card cd || exit\n"
        "mount -t vfat /dev/sda card && mount -t iso9660 -o ro /dev/sr0 cd && echo kept >card/note || exit\n"
        "python3 -m modeswitch 12d1:1f01 --to ncm --unmount; status=$?; udevadm settle --timeout=30\n"
        "grep /tmp/lab /proc/mounts; python3 -m modeswitch 1-1 --to mass-storage >&2; within 30 '[ -e /dev/sda ]'\n"
        "mount -t vfat /dev/sda card && cat card/note; umount card; exit $status"
    )
    assert ran.status == 0, ran.stderr
    assert ran.stdout.splitlines()[1:] == ["kept"]
    assert "synced and unmounted" in ran.stderr


@pytest.mark.parametrize(
    ("holds", "lets_go", "why"),
    [
        ("exec 5<>/dev/sda", "exec 5>&-", "/dev/sda is open for writing by bash"),
        ("losetup /dev/loop0 /dev/sda", "losetup -d /dev/loop0", "/dev/sda is held by /dev/loop0"),
        (
            "mkdir card; setsid unshare -m sh -c 'mount -t vfat /dev/sda card && exec sleep 100' & child=$!; sleep 1",
            "kill $child; wait $child",
            "/dev/sda is mounted at /tmp/lab/card for sleep",
        ),
        (
            "mkdir card && mount -t vfat /dev/sda card && exec 5>card/file",
            "exec 5>&-; umount card",
            "Device or resource busy",
        ),
    ],
    ids=["open", "loop", "another namespace", "busy"],
)
def test_what_cannot_be_let_go_of_is_refused(lab: Lab, holds: str, lets_go: str, why: str) -> None:
    lab.plug("e3372h")
    before = lab.device()
    ran = lab.run(
        f"modprobe loop; within 30 '[ -e /dev/sda ]' && {holds} || exit\n"
        f"python3 -m modeswitch 12d1:1f01 --to ncm --unmount; status=$?; {lets_go}; exit $status"
    )
    assert ran.status == 5, ran.stderr
    assert why in ran.stderr
    assert (ran.device.address, ran.device.drivers) == (before.address, STORAGE)
