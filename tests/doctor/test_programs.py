"""What programs say of a stick, as findings."""

from __future__ import annotations

import pytest

from modeswitch.doctor.pasted.switchers import MESSAGES
from modeswitch.doctor.programs import MEANINGS
from tests.support.snapshots import findings

STORAGE = "P: Vendor=12d1 ProdID=1f01\nC:* #Ifs= 1\nI:* If#= 0 Alt= 0 #EPs= 2 Cls=08(stor.) Sub=06 Prot=50 Driver=\n"
ROUTER = "Bus 001 Device 004: ID 12d1:14dc Huawei\n"
TOLD = "DefaultVendor= 0x12d1\nDefaultProduct= 0x{}\n"
NO_STORAGE = "Error: can't use storage command in MessageContent with interface 0; interface class is 2, expected 8.\n"


@pytest.mark.parametrize(
    ("text", "level", "phrase"),
    [
        (ROUTER + TOLD.format("14dc") + NO_STORAGE, "note", "it is no storage any more"),
        (STORAGE + TOLD.format("1f01") + NO_STORAGE, "note", "its storage is another interface"),
        (STORAGE + TOLD.format("1f01") + "Mode switch has failed. Bye!\n", "problem", "did not switch"),
        (STORAGE + "Error opening the device. Abort\n", "problem", "must run as root"),
        (STORAGE + "Failed to load config file\n", "problem", "cannot read its list"),
        (ROUTER + "           | state: failed\n", "problem", "failed"),
        (ROUTER + "           | state: connected\n", "good", "connected"),
        (ROUTER + "cdc-wdm0  gsm  disconnected  --\n", "note", "waits for a connection"),
        (ROUTER + "3: eth1: <BROADCAST> mtu 1500 state DOWN\n", "note", "is DOWN"),
    ],
)
def test_a_finding(text: str, level: str, phrase: str) -> None:
    assert [one.level for one in findings(text.encode()) if phrase in one.text] == [level]


def test_a_message_that_is_about_another_device_is_left_out() -> None:
    text = ROUTER + "usb_modeswitch: switch device 19d2:2000 on 001/009\n"
    assert not [one for one in findings(text.encode()) if "usb_modeswitch" in one.text]


def test_the_last_state_counts_and_each_thing_is_said_once() -> None:
    states = "".join(f"[modem0] state changed (x -> {state})\n" for state in ("failed", "enabled", "connected"))
    said = [one.text for one in findings((ROUTER + states).encode()) if "ModemManager" in one.text]
    assert said == ["ModemManager: it is connected"]


def test_each_meaning_is_of_a_message_that_is_read() -> None:
    keys = {what.partition(",")[0] for program, what in MEANINGS if program == "usb_modeswitch"}
    assert keys <= set(MESSAGES)
