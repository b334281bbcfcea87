"""A value in NVRAM: what is asked before it is written, what is said where nobody knows whether it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from modeswitch.errors import CommandFailed, Refused
from modeswitch.methods.ports import Ports
from modeswitch.modem.nvram import Written, told_of
from modeswitch.modem.saved import Store
from modeswitch.sim.bus import SimBus
from modeswitch.switching.session import Session
from tests.support.rig import script, sunny
from tests.support.sticks import STICK_NCM

OWN, OTHER = "A1,A2;12,1,16,A1,A2", "FF;12,1"
LIST = f"^SETPORT:{OWN}\r\n\r\nOK"


def write(bus: SimBus, store: Path, value: str) -> None:
    one = Ports(value=value)
    with Session("1-1", bus=bus, store=Store(store)) as session, session.talk() as resources:
        one.take(resources)
        one.perform(resources, None)


@pytest.mark.parametrize(
    ("written", "words"), [("OK", "AT^SETPORT? was answered by ERROR"), ("ERROR", f'AT^SETPORT="{OTHER}" was answered')]
)
def test_a_list_that_cannot_be_read_again_may_be_written(written: str, words: str, tmp_path: Path) -> None:
    """Where the stick refused it that is the error, since that came first."""
    bus = sunny(STICK_NCM)
    script(bus, {"AT^SETPORT?": [LIST, "ERROR"], f'AT^SETPORT="{OTHER}"': [written]})
    with pytest.raises(CommandFailed) as raised:
        write(bus, tmp_path, OTHER)
    assert words in raised.value.message
    assert f"the new SETPORT, {OTHER}, may be written" in raised.value.message
    assert "See what it holds before anything else is written." in raised.value.hint


def test_a_stick_that_does_not_say_what_it_offers_is_not_written_to(tmp_path: Path) -> None:
    bus = sunny(STICK_NCM)
    script(bus, {"AT^SETPORT=?": ["ERROR"]})
    with pytest.raises(Refused, match="the stick does not say which ports it has"):
        write(bus, tmp_path, OTHER)
    assert str(bus.sim.sticks[0].nvram.ports) == OWN


@pytest.mark.parametrize(("firmware", "asked"), [("21.200.07.01.26", [OTHER]), ("22.200.05.00.00", [OTHER, OWN])])
def test_what_a_stick_came_with_needs_no_rule_of_its_build(
    firmware: str, asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But a router's firmware takes none at all."""
    looked_at: list[str] = []

    def complain(_build: object, wanted: object) -> str:
        looked_at.append(str(wanted))
        return ""

    monkeypatch.setattr("modeswitch.modem.builds.complaint", complain)
    bus = sunny(STICK_NCM)
    script(bus, {"AT+CGMR": [f"{firmware}\r\n\r\nOK"]})
    write(bus, tmp_path, OTHER)
    write(bus, tmp_path, OWN)
    assert looked_at == asked


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ("", "the new SETPORT, B, may be written; the old SETPORT, A, is saved in file"),
        ("B", "the new SETPORT, B, was written; the old SETPORT, A, is saved in file"),
        ("C", "the old SETPORT, A, is saved in file"),
    ],
)
def test_what_is_known_of_a_value_that_was_sent(now: str, words: str) -> None:
    assert told_of(Written("SETPORT", "A", "B", "file", "folder", now)) == words
