"""Each family's switch on Debian's kernel, with the kernel's own view as the witness: which driver is bound to what."""

from __future__ import annotations

import re

import pytest

from tests.kernel import traffic
from tests.kernel.lab import Lab, both

SET_FEATURE = "0003010000000000"

pytestmark = pytest.mark.kernel


@both
def test_the_cdrom_and_the_card_are_disks(lab: Lab) -> None:
    lab.plug("e3372h")
    lab.sh("within 30 '[ -e /dev/sr0 -a -e /dev/sda ]' && udevadm settle --timeout=30")
    assert lab.device().drivers == {"08/06/50": "usb-storage"}
    assert lab.device().disks == ["sda", "sr0"]
    lab.sh("mkdir cd card; mount -o ro -t iso9660 /dev/sr0 cd; mount -t vfat /dev/sda card")
    # isofs shows names of plain ISO 9660 in small letters.
    assert "belongs to the simulated stick" in lab.sh("cat cd/readme.txt")
    assert lab.sh("cat card/KEEP.TXT")
    lab.sh("cp /bin/true card/new; umount card; blockdev --flushbufs /dev/sda; mount -t vfat /dev/sda card")
    lab.sh("cmp card/new /bin/true; umount cd card")


@both
def test_to_hilink(lab: Lab) -> None:
    lab.plug("e3372h")
    ran = lab.modeswitch("12d1:1f01 --to hilink")
    assert ran.status == 0
    assert (ran.device.id, ran.device.configuration) == ("12d1:14dc", 1)
    assert ran.device.drivers == {"02/06/00": "cdc_ether", "0a/00/00": "cdc_ether", "08/06/50": "usb-storage"}
    (network,) = ran.device.networks
    assert "link/ether 00:1e:10:1f:00:00" in lab.sh(f"ip -o link show {network}")
    assert re.search(r"register 'cdc_ether' at usb-[^ ]+-1", lab.dmesg())


@both
def test_to_ncm(lab: Lab) -> None:
    lab.plug("e3372h")
    ran = lab.modeswitch("12d1:1f01 --to ncm")
    assert ran.status == 0
    assert ran.device.id == "12d1:155e"
    assert ran.device.drivers == {"ff/ff/ff": "option", "02/0d/00": "cdc_ncm", "0a/00/01": "cdc_ncm"}
    assert ran.device.ports == ["ttyUSB0", "ttyUSB1", "ttyUSB2"]
    (network,) = ran.device.networks
    assert "link/ether 00:1e:10:1f:00:00" in lab.sh(f"ip -o link show {network}")


def test_to_stick(lab: Lab) -> None:
    lab.plug("e3372h")
    ran = lab.modeswitch("12d1:1f01 --to stick")
    assert ran.status == 0
    assert ran.device.id == "12d1:1001"
    assert ran.device.drivers == {"ff/ff/ff": "option"}
    assert ran.device.ports == ["ttyUSB0", "ttyUSB1", "ttyUSB2"]
    assert ran.device.networks == []
    assert lab.sh("ip -o link").count("\n") == 1  # lo


@both
@pytest.mark.parametrize(
    ("stick", "wakes", "becomes", "ports"),
    [
        ("e3372h-153", "12d1:14fe", "12d1:1506", ("ff/02/12", "ff/02/01")),
        ("e3372s", "12d1:15cf", "12d1:15b6", ("ff/02/12", "ff/02/10")),
    ],
)
def test_stick_firmware_to_ncm(lab: Lab, stick: str, wakes: str, becomes: str, ports: tuple[str, str]) -> None:
    lab.plug(stick)
    ran = lab.modeswitch(f"{wakes} --to ncm")
    assert ran.status == 0
    assert ran.device.id == becomes
    assert ran.device.drivers == {
        "ff/02/16": "huawei_cdc_ncm",
        **dict.fromkeys(ports, "option"),
        "08/06/50": "usb-storage",
    }
    (ncm,) = (one for one in ran.device.interfaces.values() if one.triple == "ff/02/16")
    assert list(ncm.made) == ran.device.networks
    assert len(ran.device.networks) == 1
    assert ran.device.ports == ["ttyUSB0", "ttyUSB1"]


def test_linux_switches_the_e220_itself(lab: Lab) -> None:
    """usb-storage sends SET_FEATURE for each interface that it binds to: nothing is left to do when we come."""
    lab.sh("modprobe usb-storage")
    lab.record()
    lab.sh("plug stick0 e220 0 && within 30 '[ -e /sys/bus/usb/devices/1-1:1.0/ttyUSB0 ]'")
    sent = [event for event in lab.recorded() if event.event == "S" and event.setup == SET_FEATURE]
    before = lab.device()
    assert {event.device for event in sent} == {before.address - 1, before.address}
    assert before.drivers == {"ff/ff/ff": "option", "08/06/50": "usb-storage"}
    ran = lab.modeswitch("12d1:1003 --json")
    assert ran.status == 0
    assert ran.events[-1]["result"] == "already"
    assert ran.device.address == before.address


def test_already_there(lab: Lab) -> None:
    lab.plug("e3372h,wakes=gateway-ncm")
    before = lab.device()
    lab.record()
    ran = lab.modeswitch("12d1:1f01 --to ncm --json")
    events = lab.recorded()
    assert ran.status == 0
    assert ran.events[-1]["result"] == "already"
    assert ran.device == before
    assert [event for event in events if event.device == before.address] == []
    assert traffic.bulk_out(events) == []


@both
@pytest.mark.parametrize(
    "modules", ["modprobe usb-storage", "modprobe -r uas usb-storage"], ids=["loaded", "to be loaded"]
)
def test_at_once(lab: Lab, modules: str) -> None:
    """As from a udev rule: usb-storage may bind, or be loaded, while we look, claim and send."""
    lab.sh(modules)
    ran = lab.run(
        "insert stick0 e3372h 0\n"
        "within 30 '[ -e /sys/bus/usb/devices/1-1 ]' && python3 -m modeswitch /sys/bus/usb/devices/1-1 --to hilink\n"
        "status=$?; udevadm settle --timeout=30; exit $status"
    )
    assert ran.status == 0, ran.stderr
    assert ran.device.drivers["02/06/00"] == "cdc_ether"


@both
def test_in_the_midst_of_a_read(lab: Lab) -> None:
    """The kernel is talking to the disks when usb-storage is taken away from them."""
    lab.plug("e3372h")
    ran = lab.run(
        "within 30 '[ -e /dev/sr0 -a -e /dev/sda ]' || exit\n"
        "while dd if=/dev/sda of=/dev/null iflag=direct bs=64k; do true; done &\n"
        "while dd if=/dev/sr0 of=/dev/null iflag=direct bs=64k; do true; done &\n"
        "python3 -m modeswitch 12d1:1f01 --to hilink; status=$?; wait; udevadm settle --timeout=30; exit $status"
    )
    assert ran.status == 0, ran.stderr
    assert ran.device.drivers["02/06/00"] == "cdc_ether"


CONTAINER = "unshare --user --map-root-user --net"
"""A rootless container, as far as events go: the kernel tells its network namespace of none."""


def test_in_a_container_that_hears_no_events(lab: Lab) -> None:
    """At most a second is lost by looking; Ref: Linux lib/kobject_uevent.c, uevent_net_broadcast_untagged."""
    lab.plug("e3372h")
    ran = lab.run(f"{CONTAINER} python3 -m modeswitch 12d1:1f01 --to ncm")
    assert ran.status == 0, ran.stderr
    assert ran.device.id == "12d1:155e"
    assert ran.seconds < 5


def test_watching_in_a_container_that_hears_no_events(lab: Lab) -> None:
    ran = lab.run(
        f"background watch {CONTAINER} python3 -m modeswitch watch\n"
        "plug stick0 e3372h 0 || true\n"
        "within 20 'grep -q 14dc /sys/bus/usb/devices/1-1/idProduct'; status=$?\n"
        "within 10 'grep -q \"is in hilink\" watch.log'; kill $(<watch.pid); cat watch.log; exit $status"
    )
    assert ran.status == 0, ran.stdout + ran.stderr
    assert "1-1: 12d1:14dc is in hilink" in ran.stdout
