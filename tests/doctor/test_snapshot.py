"""A snapshot: what is right and wrong with an interface, and the words for the stick in a command."""

from __future__ import annotations

import pytest

from modeswitch.doctor.snapshot import InterfaceState
from modeswitch.modem.roles import NETWORK, SERIAL
from modeswitch.usb.descriptors import Triple
from tests.support.captures import raw
from tests.support.snapshots import FF03, FULL, RIGHT, kernel, live, snapshots

NCM = Triple(0xFF, 0x03, 0x16)


@pytest.mark.parametrize(
    ("role", "driver", "expected", "right", "wrong"),
    [
        ("ncm", "huawei_cdc_ncm", ("huawei_cdc_ncm",), True, False),
        ("ncm", "option", ("huawei_cdc_ncm",), False, True),
        ("ncm", "option", (), False, False),
        ("data", "option", ("cdc_ncm",), False, True),
        ("ncm", "", ("huawei_cdc_ncm",), False, False),
        ("ncm", None, ("huawei_cdc_ncm",), False, False),
        ("pcui", "option", ("option",), True, False),
        ("pcui", "cdc_ether", ("option",), False, True),
        ("pcui", "cdc_ether", (), False, True),
        ("vendor", "qmi_wwan", ("option",), False, False),
        ("storage", "usb-storage", ("usb_storage",), True, False),
        ("storage", "option", ("usb_storage",), False, False),
    ],
)
def test_the_driver_of_an_interface(
    role: str, driver: str | None, expected: tuple[str, ...], right: bool, wrong: bool
) -> None:
    interface = InterfaceState(1, NCM, role, driver, expected)
    assert (interface.has_expected_driver, interface.has_wrong_driver) == (right, wrong)
    assert interface.is_unbound == (driver == "")


@pytest.mark.parametrize("role", NETWORK)
def test_no_network_is_driven_by_a_serial_driver(role: str) -> None:
    assert InterfaceState(0, NCM, role, "option", ("x",)).has_wrong_driver


@pytest.mark.parametrize("role", [role for role in SERIAL if role != "vendor"])
def test_no_serial_port_is_driven_by_a_network_driver(role: str) -> None:
    assert InterfaceState(0, NCM, role, "cdc_ether").has_wrong_driver


def test_an_interface_in_words() -> None:
    assert str(InterfaceState(1, NCM, "ncm", "option")) == "interface 1 (ff/03/16, ncm)"
    assert str(InterfaceState(1, None, "serial", "option")) == "interface 1 (serial)"


def test_a_stick_on_this_machine() -> None:
    snapshot = live(*FF03, bound=RIGHT, kernel="6.1.0")
    assert snapshot.is_live
    assert (str(snapshot), str(snapshot.id), snapshot.port) == ("12d1:1506 at 1-1", "12d1:1506", "1-1")
    assert snapshot.target == snapshot.target_after_switch == "1-1"
    assert (snapshot.kernel, snapshot.port_lists) == ("6.1.0", ())


@pytest.mark.parametrize(
    ("text", "name", "target", "after"),
    [
        ("usb 1-1.2: New USB device found, idVendor=12d1, idProduct=1506", "12d1:1506 at 1-1.2", "1-1.2", "1-1.2"),
        ("Bus 001 Device 005: ID 12d1:1506", "12d1:1506 at bus 1 device 5", "12d1:1506", "PORT"),
        ("option 1-1:1.0: GSM modem (1-port)", "a device without an id at 1-1", "1-1", "1-1"),
        ("iProduct 2 HUAWEI Mobile", "a device without an id", "DEVICE", "PORT"),
    ],
)
def test_a_device_of_a_text(text: str, name: str, target: str, after: str) -> None:
    (snapshot,) = snapshots(text.encode())
    assert not snapshot.is_live
    assert (str(snapshot), snapshot.target, snapshot.target_after_switch) == (name, target, after)


def test_the_kernel_and_the_port_lists_of_a_text() -> None:
    (snapshot,) = snapshots(b"Linux version 3.10.108 (gcc)\n" + raw("05"))
    assert (snapshot.kernel, snapshot.port_lists) == ("3.10.108", ("FF;12,16",))


def test_what_its_machine_can_drive() -> None:
    assert live(drivers=FULL).can_drive(NCM) is True
    assert live(drivers=kernel("ff02")).can_drive(NCM) is False
    assert live(drivers=None).can_drive(NCM) is None
