"""Steps over the AT port: a command, a port list."""

from __future__ import annotations

from pathlib import Path

import pytest

from modeswitch.errors import CommandFailed, ModeswitchError, Unavailable
from modeswitch.methods.at import At
from modeswitch.methods.base import Action
from modeswitch.methods.ports import Ports
from modeswitch.methods.registry import action
from modeswitch.methods.u2diag import U2diag
from modeswitch.modem.saved import Store
from modeswitch.sim.bus import SimBus
from modeswitch.switching.session import Session
from tests.support.rig import script, sunny
from tests.support.sticks import STICK_NCM


def do(bus: SimBus, one: Action, store: Path, *, wrote: bool = False) -> None:
    with Session("1-1", bus=bus, store=Store(store)) as session, session.talk() as resources:
        resources.wrote = wrote
        one.perform(resources, one.take(resources))


@pytest.mark.parametrize(
    ("answer", "wrote", "kind"),
    [
        ("OK", False, None),
        ("COMMAND NOT SUPPORT", False, Unavailable),
        ("COMMAND NOT SUPPORT", True, CommandFailed),
        ("+CME ERROR: 10", False, CommandFailed),
        ("+CME ERROR: 10", True, CommandFailed),
    ],
)
def test_a_command_that_the_firmware_does_not_know_is_a_way_that_is_not_there(
    answer: str, wrote: bool, kind: type[ModeswitchError] | None, tmp_path: Path
) -> None:
    """Before anything was written; after that it is an error, as is any other refusal."""
    bus = sunny(STICK_NCM)
    script(bus, {"AT^RESET": [answer]})
    if kind is None:
        do(bus, At("AT^RESET"), tmp_path, wrote=wrote)
        return
    with pytest.raises(kind) as raised:
        do(bus, At("AT^RESET"), tmp_path, wrote=wrote)
    assert type(raised.value) is kind


@pytest.mark.parametrize(
    ("one", "after", "words"),
    [
        (Ports(value="FF;12,1"), "FF;12,1", 'AT^SETPORT="FF;12,1", once the old list is saved'),
        (
            Ports("stick"),
            "A1,A2;12,1,A1,A2",
            "AT^SETPORT with the stick's own list made to give stick, once the old one is saved",
        ),
        (
            Ports("ncm", "FF"),
            "FF;12,1,16,A1,A2",
            "AT^SETPORT with the stick's own list made to give ncm and the first group FF, once the old one is saved",
        ),
    ],
)
def test_a_list_is_written_as_it_stands_or_made_of_the_sticks_own(
    one: Ports, after: str, words: str, tmp_path: Path
) -> None:
    bus = sunny(STICK_NCM)
    do(bus, one, tmp_path)
    assert str(bus.sim.sticks[0].nvram.ports) == after
    assert str(one) == words


def test_what_writes_to_nvram_says_so() -> None:
    assert Ports("ncm").writes
    assert U2diag(276).writes
    assert not At("AT^RESET").writes


@pytest.mark.parametrize("values", [[], ["ATI", 5.0, 1]])
def test_a_compiled_action_has_each_of_its_fields(values: list[object]) -> None:
    with pytest.raises(ValueError, match="argument"):
        action("at.At", values)
