"""A whole plan: an action that no program knows, and what stands between two transitions."""

from __future__ import annotations

import pytest

from modeswitch.database.profile import Transition
from modeswitch.exporters.export import export
from modeswitch.exporters.stick import Stick
from modeswitch.exporters.targets import TARGETS
from modeswitch.methods.base import Action, Step
from modeswitch.methods.registry import read_step
from modeswitch.usb.descriptors import UsbId

STICK = Stick(UsbId(0x12D1, 0x1F01))


class Unheard(Action):
    """A kind of action that no exporter knows."""

    def __str__(self) -> str:
        return "something new"


def way(*steps: Step, start: str = "mass-storage", to: str = "ncm") -> Transition:
    return Transition(start, (to,), (), steps, 20, False, ())


@pytest.mark.parametrize("target", TARGETS)
def test_what_no_program_knows_is_told(target: str) -> None:
    (line,) = [one for one in export((way(Step("", (Unheard(),))),), STICK, target, "ncm") if "something new" in one]
    assert line.startswith("# ")
    assert line.endswith("cannot do this: something new; modeswitch can: modeswitch 12d1:1f01")


def test_a_request_that_usb_modeswitch_has_no_option_for_is_sent_by_pyusb() -> None:
    step = read_step({"control": {"request-type": 0x40, "request": 0xA1}}, "", "")
    _, note, line = export((way(step),), STICK, "usb_modeswitch", "ncm")
    assert note == "# usb_modeswitch cannot do this: control 40 a1 0000 0000; pyusb can:"
    assert line.startswith('python3 -c "import usb.core; ')


def test_two_transitions_off_the_bus_name_the_port_and_wait() -> None:
    reset = read_step({"at": {"send": "AT^RESET"}}, "", "")
    message = read_step({"huawei": {"os": "gateway", "profile": "ncm"}}, "", "")
    first = way(reset, start="stick", to="mass-storage")
    lines = [*export((first, way(message)), STICK, "usb_modeswitch", "ncm")]
    assert lines[0].startswith("PORT=1-1 ")
    assert [line.split()[0] for line in lines if line[0] != "#"][-2:] == ["sleep", "usb_modeswitch"]
    assert "$(cat /sys/bus/usb/devices/$PORT/idProduct)" in lines[-1]


def test_its_new_id_is_told_last() -> None:
    stick = STICK._replace(new_id="option", becomes=(UsbId(0x3566, 0x2001),))
    message = read_step({"huawei": {"os": "gateway", "profile": "ncm"}}, "", "")
    *_, last = export((way(message),), stick, "sh", "ncm")
    assert last == "echo 3566 2001 ff > /sys/bus/usb-serial/drivers/option1/new_id"
