"""Devices of a text, recognised as if they were on the bus: which are modems, their modes and roles."""

from __future__ import annotations

import pytest

from modeswitch.doctor.checks import diagnose
from modeswitch.doctor.pasted.read import read
from modeswitch.doctor.pasted_snapshot import choose_devices, is_modem, snapshot_of_pasted
from tests.support.captures import LSUSB, LSUSB_T, raw
from tests.support.snapshots import LIBRARY, kernel, snapshots


@pytest.mark.parametrize(
    ("capture", "modes"),
    [
        ("01", ["ncm"]),
        ("02", ["ncm"]),
        ("03", ["ncm"]),
        ("05", ["ncm"]),
        ("07", ["hilink"]),
        ("08", ["ncm"]),
        ("09", [None]),
        ("13", ["ncm"]),
        ("16", ["mass-storage"]),
        ("17", [None]),
        ("19", ["switched", "qmi", "qmi", "switched", "switched", "mass-storage"]),
        ("22", ["mass-storage"]),
        ("24", ["hilink"]),
        ("25", ["ncm"]),
    ],
)
def test_the_mode_of_a_capture(capture: str, modes: list[str | None]) -> None:
    assert [snapshot.device.mode for snapshot in snapshots(raw(capture))] == modes


def test_roles_come_from_the_profile_where_a_log_has_only_drivers() -> None:
    (snapshot,) = snapshots(raw("13"))
    assert [interface.role for interface in snapshot.interfaces] == ["modem", "diag", "pcui", "ncm"]


@pytest.mark.parametrize(
    ("text", "modem"),
    [
        ("P: Vendor=12d1 ProdID=ffff", True),
        ("P: Vendor=19d2 ProdID=0117", True),
        ("P: Vendor=8087 ProdID=0024", False),
        ("option 1-1:1.0: GSM modem (1-port) converter detected", True),
        ("usb-storage 1-1:1.0: USB Mass Storage device detected", False),
        ("usb 1-1: Manufacturer: HUAWEI Technology", True),
        ("hub 1-1:1.0: USB hub found\nusb 1-1: Product: Flash Disk", False),
    ],
)
def test_which_devices_are_modems(text: str, modem: bool) -> None:
    (device,) = read(text.encode()).devices
    assert is_modem(device, LIBRARY) == modem


def test_modems_are_judged_and_the_others_are_left_out() -> None:
    chosen, others = choose_devices(read((LSUSB + LSUSB_T).encode()), LIBRARY)
    assert [str(one.id) for one in chosen] == ["12d1:15b6"]
    assert [str(one.id or one) for one in others] == ["1d6b:0002", "a device without an id at 2-1"]


def test_without_a_modem_all_are_judged_that_are_no_hub() -> None:
    text = read(LSUSB.replace("12d1:15b6", "0781:5567").encode())
    chosen, others = choose_devices(text, LIBRARY)
    assert [str(one.id) for one in chosen] == ["0781:5567"]
    assert [str(one.id) for one in others] == ["1d6b:0002"]


def test_a_log_gives_classes_that_are_guessed() -> None:
    (snapshot,) = snapshots(raw("13"))
    assert snapshot.guesses_classes
    assert [interface.triple for interface in snapshot.interfaces] == [None] * 4
    (snapshot,) = snapshots(raw("01"))
    assert not snapshot.guesses_classes


def test_a_serial_port_of_which_only_the_driver_is_known() -> None:
    (snapshot,) = snapshots(b"usb 1-1: Product: HUAWEI\noption 1-1:1.0: GSM modem (1-port) converter detected")
    assert [(one.role, one.driver, one.expected) for one in snapshot.interfaces] == [("serial", "option", ("option",))]


@pytest.mark.parametrize(
    ("interfaces", "mode"),
    [
        ("#Ifs= 1\nI: If#= 0 Alt= 0 #EPs= 2 Cls=08(stor.) Sub=06 Prot=50", "mass-storage"),
        ("#Ifs= 4\nI: If#= 0 Alt= 0 #EPs= 2 Cls=08(stor.) Sub=06 Prot=50", None),
        ("#Ifs= 1\nI: If#= 3 Alt= 0 #EPs= 2 Cls=08(stor.) Sub=06 Prot=50", None),
    ],
)
def test_storage_is_a_mode_only_where_no_interface_is_missing(interfaces: str, mode: str | None) -> None:
    (snapshot,) = snapshots(f"P: Vendor=12d1 ProdID=1f01\nC: {interfaces}\n".encode())
    assert snapshot.device.mode == mode


def test_the_tty_of_an_interface() -> None:
    (snapshot,) = snapshots(raw("05"))
    assert [interface.tty for interface in snapshot.interfaces] == ["ttyUSB0", "ttyUSB1"]


def test_the_drivers_of_its_machine() -> None:
    (snapshot,) = snapshots(raw("05"), kernel("ff03"))
    assert [interface.available for interface in snapshot.interfaces] == [False, True]
    (snapshot,) = snapshots(raw("05"))
    assert [interface.available for interface in snapshot.interfaces] == [None, None]


UNKNOWN = """\
usb 1-1: New USB device found, idVendor={usb}, idProduct=9999, bcdDevice= 1.02
usb 1-1: Product: {product}
usb 1-1: Manufacturer: {maker}
usb-storage 1-1:1.0: USB Mass Storage device detected
scsi host1: usb-storage 1-1:1.0
scsi 1:0:0:0: {disk} PQ: 0 ANSI: 2
"""


@pytest.mark.parametrize(
    ("usb", "maker", "product", "disk", "offered"),
    [
        ("12d1", "HUAWEI", "HUAWEI", "CD-ROM            HUAWEI   Mass Storage     2.31", "12d1:1f01"),
        ("3566", "Mobile", "Mobile", "CD-ROM            Linux    File-Stor Gadget 0310", "3566:2001"),
        ("19d2", "ZTE", "ZTE Mobile", "CD-ROM            ZTE      USB SCSI CD-ROM  2.31", "19d2:2000"),
        ("12d1", "HUAWEI", "HUAWEI", "CD-ROM            Linux    File-CD Gadget   0310", ""),
        ("12d1", "HUAWEI", "HUAWEI", "Direct-Access     HUAWEI   SD Storage       2.31", ""),
        ("12d1", "HUAWEI", "Android Phone", "CD-ROM            HUAWEI   Mass Storage     2.31", ""),
        ("0781", "SanDisk", "Cruzer", "Direct-Access     SanDisk  Cruzer Blade     1.26", ""),
        ("0781", "SanDisk", "U3", "CD-ROM            SanDisk  U3 Cruzer Micro  1.26", ""),
    ],
)
def test_a_text_of_a_disk_that_nobody_knows_is_offered_what_it_looks_like(
    usb: str, maker: str, product: str, disk: str, offered: str
) -> None:
    whole = read(UNKNOWN.format(usb=usb, maker=maker, product=product, disk=disk).encode())
    ((chosen,), _) = choose_devices(whole, LIBRARY)
    snapshot = snapshot_of_pasted(chosen, whole, LIBRARY)
    assert snapshot.device.mode == "mass-storage"
    commands = [command for finding in diagnose(snapshot) for command in finding.commands]
    assert [command for command in commands if "--like" in command] == (
        [f"modeswitch plan 1-1 --like {offered}"] if offered else []
    )
