"""OpenWrt's list: what is written is read again, and does the same."""

from __future__ import annotations

import json

import pytest

from modeswitch.exporters import usbmode
from modeswitch.exporters.stick import Stick
from modeswitch.exporters.usb_modeswitch import without_doubt
from modeswitch.importers.methods import STEPS, draft
from modeswitch.importers.openwrt import openwrt
from modeswitch.methods.base import Action
from modeswitch.methods.registry import read_step
from modeswitch.usb.descriptors import UsbId

STICK = Stick(UsbId(0x12D1, 0x1F01), becomes=(UsbId(0x12D1, 0x14DB), UsbId(0x12D1, 0x14DC)))
ALT = "55534243123456780000000000000011063000000000010000000000000000"


def actions(*steps: dict[str, dict[str, object]]) -> list[Action]:
    return [action for step in steps for action in read_step(step, "test", "").actions]


def shell_file(lines: list[str]) -> str:
    """The file that the lines write."""
    return "\n".join(lines[lines.index("{") : lines.index("EOF")])


@pytest.mark.parametrize(
    "steps",
    [
        *(STEPS[name] for name in STEPS if name not in ("QuantaMode", "BlackberryMode")),
        [{"cbw": {"hex": ALT}}, {"cbw": {"hex": ALT}}],
        [{"bulk": {"hex": "1b5a01", "endpoint": 5}}],
        [{"cbw": {"hex": ALT, "out": 1, "in": 0x82}}, {"configuration": {"value": 3}}],
        [{"configuration": {"has": "mbim"}}],
        [{"altsetting": {"interface": 0, "alternate": 1}}],
    ],
    ids=str,
)
def test_the_list_is_read_again_as_the_same(steps: list[dict[str, dict[str, object]]]) -> None:
    every = actions(*steps)
    lines, taken = usbmode.lines(every, STICK)
    assert taken == len(every)
    (entry,), problems = openwrt(shell_file(lines), "usb-mode.json")
    assert problems == []
    found = draft(entry)
    assert (found.usb, found.becomes) == (STICK.id, STICK.becomes)
    assert [*map(without_doubt, actions(*found.steps))] == [*map(without_doubt, every)]
    assert lines[-1] == "usbmode -s -v -c /etc/usb-mode-own-1.json"


@pytest.mark.parametrize(
    "steps",
    [
        STEPS["QuantaMode"],
        STEPS["BlackberryMode"],
        [{"reset": {}}],
        [{"at": {"send": "AT^RESET"}}],
        [{"detach": {}}],
    ],
    ids=str,
)
def test_what_no_version_of_usbmode_can_or_not_every_one(steps: list[dict[str, dict[str, object]]]) -> None:
    assert usbmode.lines(actions(*steps), STICK) == ([], 0)


def test_a_mode_that_usbmode_does_not_know_is_a_message() -> None:
    """It takes HuaweiAlt for Generic, and would send no message."""
    lines, _ = usbmode.lines(actions(*STEPS["HuaweiAltMode"]), STICK)
    device = json.loads(shell_file(lines))["devices"]["12d1:1f01"]["*"]
    assert "mode" not in device
    assert device["msg"] == [0]
    assert device["response"] is True  # BLOBMSG_TYPE_BOOL in switch.c: a number is not read


def test_for_good_the_stock_list_loses_the_id() -> None:
    _, stock, hotplug = usbmode.for_good(STICK._replace(id=UsbId(0x0AF0, 0x6711)))
    assert stock == 'sed -i \'s/"0af0:6711"/"0af0:6711 off"/\' /etc/usb-mode.json'
    assert '"add usb_device af0/6711/"*' in hotplug  # the kernel writes PRODUCT without leading zeros
