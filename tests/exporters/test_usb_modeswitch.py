"""Calls of usb_modeswitch: each method by its option or its messages, and what no call can say."""

from __future__ import annotations

import pytest

from modeswitch.exporters import usb_modeswitch
from modeswitch.exporters.stick import Stick
from modeswitch.importers.methods import STEPS
from modeswitch.methods.base import Action
from modeswitch.methods.registry import read_step
from modeswitch.usb.descriptors import UsbId

STICK = Stick(UsbId(0x12D1, 0x1F01))
HEAD = "usb_modeswitch -v 12d1 -p 1f01"
NEW = "55534243123456780000000000000011062000000101000100000000000000"
ALT = "55534243123456780000000000000011063000000000010000000000000000"


def actions(*steps: dict[str, dict[str, object]]) -> list[Action]:
    return [action for step in steps for action in read_step(step, "test", "").actions]


OPTIONS = {
    "StandardEject": "-K",
    "HuaweiMode": "-H",
    "HuaweiNewMode": f"-M {NEW} -n",
    "HuaweiAltMode": f"-M {ALT} -n",
    "SierraMode": "-S",
    "SequansMode": "-N",
    "QisdaMode": "-B",
    "QuantaMode": "-E",
    "GCTMode": "-G",
    "KobilMode": "-T",
    "OptionMode": "-M 55534243123456780000000000000601000000000000000000000000000000 -n",
    "BlackberryMode": "-Z",
    "CiscoMode": "-L",
    "MobileActionMode": "-A",
    "SonyMode": "-O",
}


@pytest.mark.parametrize("method", STEPS)
def test_each_method_is_one_call(method: str) -> None:
    every = actions(*STEPS[method])
    assert usb_modeswitch.lines(every, STICK) == ([f"{HEAD} {OPTIONS[method]}"], len(every))


CBW = "55534243123456780000000000000011060000000000000000000000000000"


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([{"cbw": {"hex": CBW}}, {"cbw": {"hex": ALT}}], f"-M {CBW} -2 {ALT} -n"),
        ([{"cbw": {"hex": CBW, "out": 1, "in": 0x82}}], f"-M {CBW} -n -m 0x01 -r 0x82"),
        ([{"bulk": {"hex": "1b5a01", "endpoint": 5}}], "-M 1b5a01 -n -m 0x05"),
        ([{"control": {"request-type": 0x40, "request": 0x70, "value": 4}}], "-F 4"),
        ([{"detach": {}}], "-d"),
        ([{"cbw": {"hex": CBW}}, {"configuration": {"value": 3}}], f"-M {CBW} -n -u 3"),
        ([{"configuration": {"value": 2}}], "-u 2"),
        ([{"altsetting": {"interface": 1, "alternate": 2}}], "-i 1 -a 2"),
        ([{"eject": {"luns": [0, 1]}}, {"reset": {}}], "-K -R"),
    ],
)
def test_what_one_call_says(steps: list[dict[str, dict[str, object]]], said: str) -> None:
    every = actions(*steps)
    assert usb_modeswitch.lines(every, STICK) == ([f"{HEAD} {said}"], len(every))


def test_a_number_that_is_not_known_is_told() -> None:
    (note, line), taken = usb_modeswitch.lines(actions({"configuration": {"has": "mbim"}}), STICK)
    assert "lsusb -v -d 12d1:1f01" in note
    assert (line, taken) == (f"{HEAD} -u N", 1)


@pytest.mark.parametrize(
    "steps",
    [
        [{"at": {"send": "AT^RESET"}}],
        [{"control": {"request-type": 0x40, "request": 0xA1}}],
        [{"cbw": {"hex": "5553424312345678010000000000061b000000020000000000000000000000", "data-out": "00"}}],
        [{"pause": {"seconds": 1}}, {"reset": {}}],
        [{"hilink": {"call": "reboot"}}],
    ],
)
def test_what_no_call_says(steps: list[dict[str, dict[str, object]]]) -> None:
    assert usb_modeswitch.lines(actions(*steps), STICK) == ([], 0)


def test_a_call_stops_at_what_it_cannot_do() -> None:
    every = actions({"cbw": {"hex": CBW}}, {"back": {"in": "stick"}}, {"cbw": {"hex": ALT}})
    assert usb_modeswitch.lines(every, STICK) == ([f"{HEAD} -M {CBW} -n"], 1)


def test_four_messages_are_two_calls() -> None:
    one: dict[str, dict[str, object]] = {"cbw": {"hex": CBW}}
    every = actions(one, one, one, one)
    assert usb_modeswitch.lines(every, STICK)[1] == 3


def test_once_it_has_left_its_id_is_read_where_it_is() -> None:
    stick = STICK._replace(port="1-1.4").after()
    (line,), _ = usb_modeswitch.lines(actions({"cbw": {"hex": CBW}}), stick)
    assert line.startswith("usb_modeswitch -v 12d1 -p $(cat /sys/bus/usb/devices/1-1.4/idProduct) -M ")
