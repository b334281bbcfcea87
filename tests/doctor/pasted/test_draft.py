"""Drafts: what is noted once, what is bounded, when two are one device."""

from __future__ import annotations

import pytest

from modeswitch.doctor.pasted.draft import MOST, DeviceDraft
from modeswitch.doctor.pasted.notes import MOST_DEVICES, Notes
from modeswitch.doctor.pasted.values import PastedInterface
from modeswitch.usb.descriptors import Triple, UsbId

STICK, ROUTER = UsbId(0x12D1, 0x1506), UsbId(0x12D1, 0x14DB)
NCM = Triple(0xFF, 0x02, 0x16)


def draft(
    usb_id: UsbId | None = None,
    port: str = "",
    address: int | None = None,
    driver: str | None = None,
    *,
    from_log: bool = False,
    disconnected: bool = False,
) -> DeviceDraft:
    made = DeviceDraft(from_log=from_log)
    made.id, made.port, made.disconnected = usb_id, port, disconnected
    made.bus_address = (1, address) if address is not None else None
    if driver is not None:
        made.add_interface(PastedInterface(0, None, None, driver))
    return made


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (draft(STICK, address=5), draft(address=5), True),
        (draft(STICK, address=5), draft(ROUTER, address=5), False),
        (draft(STICK, address=5), draft(STICK, address=6), False),
        (draft(STICK, "1-1"), draft(port="1-1", from_log=True), True),
        (draft(STICK, "1-1", from_log=True), draft(STICK, "1-1", from_log=True), False),
        (draft(STICK, "1-1"), draft(STICK, "1-1", from_log=True, disconnected=True), False),
        (draft(STICK), draft(STICK), False),
    ],
)
def test_two_drafts_that_are_one_device(one: DeviceDraft, other: DeviceDraft, same: bool) -> None:
    assert one.is_same(other) == other.is_same(one) == same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (draft(STICK), draft(STICK, "1-1"), True),
        (draft(STICK, driver="option"), draft(port="1-1", driver="option"), True),
        (draft(STICK, driver="option"), draft(STICK, "1-1", driver="cdc_ether"), False),
        (draft(STICK), draft(port="1-1"), False),
        (draft(STICK, "1-1"), draft(STICK, "1-1"), False),
        (draft(STICK), draft(STICK, "1-1", disconnected=True), False),
    ],
)
def test_two_drafts_that_may_be_one_device(one: DeviceDraft, other: DeviceDraft, same: bool) -> None:
    assert one.may_be_same(other) == other.may_be_same(one) == same


def test_what_is_noted_first_stays() -> None:
    one = draft(driver="option")
    one.add_interface(PastedInterface(0, NCM, 0xFF, "cdc_ether"))
    one.add_string("product", " E3372 ")
    one.add_string("product", "other")
    device = one.finished()
    assert device.interfaces == (PastedInterface(0, NCM, 0xFF, "option"),)
    assert device.strings == ("", "E3372", "")


def test_no_driver_is_more_than_an_unknown_one() -> None:
    unknown, none = PastedInterface(0), PastedInterface(0, driver="")
    assert unknown.merged_with(none).driver == none.merged_with(unknown).driver == ""


def test_the_bounds_of_a_device() -> None:
    one = DeviceDraft()
    for number in range(2 * MOST):
        one.add_interface(PastedInterface(number))
        one.add_tty(f"ttyUSB{number}", number)
        one.add_network(f"wwan{number}")
        one.add_disk(f"CD-ROM: {number}")
        one.add_kernel_error(f"error {number}")
    device = one.finished()
    counts = [device.interfaces, device.ttys, device.networks, device.disks, device.kernel_errors]
    assert [len(noted) for noted in counts] == [MOST] * 5


def test_the_bound_of_devices() -> None:
    notes = Notes()
    for number in range(2 * MOST_DEVICES):
        notes.begin_block().interface_count = number
    assert len(notes.drafts) == MOST_DEVICES
