"""What a disk that no profile knows may be like: offered for what looks like a modem's CD-ROM, and for nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from modeswitch.database.library import Library
from modeswitch.identity.recognise import identify_here
from modeswitch.identity.relatives import relatives
from modeswitch.linux.bus import LinuxBus
from modeswitch.usb.descriptors import Configuration, Descriptors, Interface, Port, Triple, UsbId
from modeswitch.usb.device import UsbDevice
from tests.support.sysfs_tree import plug

DISK, VENDOR, PICTURES = (0x08, 0x06, 0x50), (0xFF, 0xFF, 0xFF), (0x06, 0x01, 0x01)
HUAWEIS, ZTES = ("12d1:1f01", "12d1:14fe"), ("19d2:2000",)
HUAWEI = ("HUAWEI_MOBILE", "HUAWEI_MOBILE", "")


def disk(
    usb: str,
    strings: tuple[str, str, str] = ("", "", ""),
    scsi: str = "",
    triples: tuple[tuple[int, ...], ...] = (DISK,),
) -> UsbDevice:
    parsed = UsbId.parse(usb)
    functions = tuple(Interface(n, 0, Triple(*triple)) for n, triple in enumerate(triples))
    descriptors = Descriptors(parsed, 0, Triple(0, 0, 0), (Configuration(1, functions),))
    return UsbDevice(Port(1, (1,)), 5, parsed, descriptors, 1, strings, scsi=(scsi, "", ""))


@pytest.mark.parametrize(
    ("seen", "has_cd", "offered"),
    [
        (disk("12d1:9999", HUAWEI), None, HUAWEIS),
        (disk("12d1:9999", HUAWEI), True, HUAWEIS),
        (disk("12d1:9999", HUAWEI, triples=(DISK, DISK)), None, HUAWEIS),
        (disk("12d1:9999", scsi="HUAWEI"), None, HUAWEIS),
        (disk("1234:5678", ("Operator", "Stick", ""), "HUAWEI"), True, HUAWEIS),
        (disk("12d1:9999", ("Vodafone", "K9999", ""), "HUAWEI"), True, HUAWEIS),
        (disk("3426:9999"), None, ("3426:1f01",)),
        (disk("3566:9999", ("Mobile", "Mobile", ""), "Linux"), True, ("3566:2001",)),
        (disk("19d2:9999", ("ZTE,Incorporated", "ZTE Mobile", "")), True, ZTES),
        (disk("19d2:9999", ("ZTE,Incorporated", "ZTE Mobile", ""), "ZTE"), True, ZTES),
    ],
)
def test_what_looks_like_a_modems_disk_is_offered_its_relatives(
    seen: UsbDevice, has_cd: bool | None, offered: tuple[str, ...]
) -> None:
    assert relatives(seen, has_cd) == offered


@pytest.mark.parametrize(
    ("seen", "has_cd"),
    [
        (disk("0781:5567", ("SanDisk", "Cruzer Blade", "1")), None),
        (disk("0781:5567", ("SanDisk", "Cruzer Blade", "1"), "SanDisk"), False),
        (disk("0781:5567", ("SanDisk", "U3 Cruzer", "1"), "SanDisk"), True),
        (disk("0bda:0129", ("Generic", "USB2.0-CRW", "1"), "Generic"), False),
        (disk("04a9:3176", ("Canon", "Camera", ""), "Canon"), None),
        (disk("13fd:0840", ("Optical", "USB DVD drive", ""), "HL-DT-ST"), True),
        (disk("12d1:9999", HUAWEI), False),
        (disk("12d1:9999", HUAWEI, "Linux"), True),
        (disk("12d1:9999", ("Android", "HUAWEI", "")), None),
        (disk("12d1:9999", ("HUAWEI", "Android Phone", "")), True),
        (disk("12d1:9999", ("HUAWEI", "Huawei Mobile Phone", ""), "HUAWEI"), True),
        (disk("12d1:9999", HUAWEI, triples=(DISK, VENDOR)), True),
        (disk("12d1:9999", HUAWEI, triples=(PICTURES, DISK)), True),
        (disk("12d1:9999", HUAWEI, triples=(VENDOR,)), None),
        (disk("12d1:9999", HUAWEI, triples=()), None),
        (disk("12d1:9999"), None),
        (disk("19d2:9999", ("ZTE", "ZTE Blade", ""), "ZTE"), None),
        (disk("19d2:9999", ("ZTE", "ZTE Blade", ""), "ZTE"), False),
        (disk("3566:9999"), False),
    ],
)
def test_an_ordinary_disk_a_phone_and_a_camera_are_offered_none(seen: UsbDevice, has_cd: bool | None) -> None:
    assert relatives(seen, has_cd) == ()


@pytest.mark.parametrize(
    ("luns", "has_cd", "offered"),
    [
        ((), None, HUAWEIS),
        ((("0", "5", "HUAWEI"),), True, HUAWEIS),
        ((("0", "5", "HUAWEI"), ("1", "0", "HUAWEI")), True, HUAWEIS),
        ((("0", "0", "HUAWEI"),), False, ()),
        ((("0", "0", "HUAWEI"), ("1", "5", "HUAWEI")), True, HUAWEIS),
        ((("0", "5", "Linux"),), True, ()),
        ((("0", "5\x1b" + "5" * 99, "HUAWEI"),), False, ()),
    ],
)
def test_what_this_host_knows_of_its_disks_counts(
    luns: tuple[tuple[str, str, str], ...], has_cd: bool | None, offered: tuple[str, ...], tmp_path: Path
) -> None:
    path = plug(tmp_path, "1-1", "12d1:9999", manufacturer="HUAWEI")
    for lun, kind, vendor in luns:
        folder = path / "1-1:1.0/host3/target3:0:0" / f"3:0:0:{lun}"
        folder.mkdir(parents=True)
        (folder / "type").write_text(f"{kind}\n")
        (folder / "vendor").write_text(f"{vendor}\n")
    bus = LinuxBus(str(tmp_path))
    (seen,) = bus.scan()
    assert bus.host.has_cd(seen) is has_cd
    assert identify_here(seen, bus, Library(user=[])).relatives == offered
