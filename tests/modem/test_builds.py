"""What builds of firmware refuse of a port list: known, and said, before anything is written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from modeswitch.errors import Refused
from modeswitch.modem.builds import Build, complaint
from modeswitch.modem.ports import PortList
from modeswitch.modem.saved import Store
from modeswitch.sim.bus import SimBus
from modeswitch.sim.models import LTE_CODES
from tests.support.rig import run, script, sunny
from tests.support.sticks import E173, FACTORY_LIST, STICK_NCM
from tests.support.tasks import write_list

STICK = Build("E3372", "21.200.07.01.26", "ncm", frozenset(LTE_CODES))
CODES_3G = ("1", "2", "3", "4", "5", "6", "A", "B", "D", "E", "16", "A1", "A2")
E3131 = Build("E3131", "21.157.31.00.259", "stick", frozenset(CODES_3G))
E398 = Build("E398", "11.335.05.00.00", "stick", frozenset(["1", "2", "3", "7", "A1", "A2"]))
NINE = "A1;2,1,3,5,6,A,B,16,A1"


@pytest.mark.parametrize(
    ("build", "wanted", "why"),
    [
        (
            STICK._replace(firmware="22.329.63.00.1456"),
            "A1,A2;12,16",
            "HiLink firmware .E3372 22.329.63.00.1456. refuses",
        ),
        (STICK._replace(firmware="10.0.3.1(H057SP1C983)"), "FF;12", "HiLink firmware"),
        (STICK._replace(mode="debug"), "FF;12", "HiLink firmware"),
        (STICK._replace(model="E8372", firmware="21.328.03.00.00"), "FF;12", "HiLink firmware"),
        (STICK._replace(model="HUAWEI E8372h-153", firmware=""), "FF;12", "HiLink firmware"),
        (STICK._replace(model="E5573"), "A1;12,1", "a pocket router .E5573. refuses the modem ports"),
        (STICK._replace(model="E587"), "A1;12,10,16", "a pocket router"),
        (STICK._replace(model="R216"), "A1;12,10,16", "a pocket router"),
        (E398, "FF;2,16", "its chip is Qualcomm's: it has no NCM port"),
        (STICK, "A1,A2;12,10,16,1,3,13,5,14,A,4,6,B,C,D,E,F,15,A1,A2", "it is longer than 50 characters"),
        (E3131, NINE, "it has more than 8 ports"),
    ],
)
def test_what_a_build_refuses(build: Build, wanted: str, why: str) -> None:
    assert re.search(why, complaint(build, PortList.parse(wanted)))


@pytest.mark.parametrize(
    ("build", "wanted"),
    [
        (STICK, "A1,A2;12,10,16,A1,A2"),
        (STICK, "A1,A2;12,1,3,13,5,14,A,16,A1,A2"),
        (STICK._replace(firmware=""), "FF;12"),
        (STICK._replace(firmware="11.126.85.00.209"), "FF;12"),
        (STICK._replace(firmware="121.22.10.1"), "FF;12"),
        (STICK._replace(model="E5573"), "A1;12,16"),
        (STICK._replace(model="E55"), "A1;12,1"),
        (STICK._replace(model="E353"), "A1;12,1"),
        (E398, "FF;7,1,2,3"),
        (E3131, NINE.replace(",A1", "")),
        (E3131._replace(known=frozenset()), NINE),
    ],
)
def test_what_a_build_takes(build: Build, wanted: str) -> None:
    assert complaint(build, PortList.parse(wanted)) == ""


def nothing_written(bus: SimBus, folder: Path) -> bool:
    heard = [command for stick in bus.sim.sticks for command in stick.modem.heard]
    asked = any(command.startswith(("AT^SETPORT=", "AT^U2DIAG=")) and command[-2:] != "=?" for command in heard)
    return not asked and "AT^RESET" not in heard and list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("answers", "wanted", "why"),
    [
        ({"AT+CGMR": "22.329.63.00.1456|OK"}, "A1,A2;12,16", "HiLink firmware"),
        ({"AT+CGMM": "E5577|OK"}, "A1,A2;12,1,16", "pocket router"),
        ({"AT^SETPORT=?": "^SETPORT:2: PCUI|^SETPORT:7: NDIS|^SETPORT:1: MODEM|OK"}, "FF;2,16", "Qualcomm"),
        ({}, "A1,A2;12,10,16,1,3,13,5,14,A,4,6,B,C,D,E,F,15,A1,A2", "50 characters"),
    ],
)
def test_a_list_that_the_build_refuses_is_not_written(
    answers: dict[str, str], wanted: str, why: str, tmp_path: Path
) -> None:
    bus = sunny(STICK_NCM)
    script(bus, {command: (answer,) for command, answer in answers.items()})
    with pytest.raises(Refused, match=why):
        write_list(bus, wanted, tmp_path)
    assert nothing_written(bus, tmp_path)
    assert bus.sim.sticks[0].nvram.ports == FACTORY_LIST


@pytest.mark.parametrize("goal", ["ncm", "stick"])
def test_a_switch_for_good_does_not_write_to_hilink_firmware_either(goal: str, tmp_path: Path) -> None:
    bus = sunny("e3372h-153,wakes=linux,ports=A1+A2;12+1" if goal == "ncm" else STICK_NCM)
    script(bus, {"AT+CGMR": ("22.329.63.00.1456|OK",)})
    ran = run(bus, "1-1", goal, persist=True, store=Store(tmp_path))
    assert any("HiLink firmware" in facts["message"] for name, facts in ran.events if name == "unavailable")
    assert not any(command.startswith('AT^SETPORT="') for command in bus.sim.sticks[0].modem.heard)


@pytest.mark.parametrize("model", ["E3131", "E303", "E17", "E1731", ""])
def test_a_value_of_u2diag_is_written_to_models_of_which_it_is_known(model: str, tmp_path: Path) -> None:
    bus = sunny(f"{E173},hub=none")
    script(bus, {"AT+CGMM": (f"{model}|OK" if model else "ERROR",)})
    ran = run(bus, "1-1", "stick", persist=True, store=Store(tmp_path))
    said = [facts["message"] for name, facts in ran.events if name == "unavailable"]
    assert any("AT^U2DIAG=256 is not written: what it brings differs by model" in message for message in said)
    assert bus.sim.sticks[0].nvram.u2diag == 255
