"""A way that is of no use: another is taken, and where there is none the error has every reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from modeswitch.errors import BadReply, CommandFailed, LinkLost, ModeswitchError, SwitchFailed, Unavailable
from modeswitch.modem.saved import Store
from tests.support.rig import Ran, run, script, sunny
from tests.support.sticks import HILINK, HILINK_NCM, STICK_PPP, STORAGE


def test_a_mute_at_port_is_asked_once(tmp_path: Path) -> None:
    """By a stick that has been there for a while: one that has just come may still be starting."""
    bus = sunny(f"{STICK_PPP},at=mute,hub=none")
    bus.clock.wait(60)
    ran = run(bus, "1-1", "ncm", persist=True, store=Store(tmp_path))
    assert isinstance(ran.error, Unavailable)
    assert ran.told.count("unavailable") == 2  # the AT port, the hub
    assert ran.seconds < 10


def test_an_earlier_reason_is_not_reported_once_another_way_was_taken(tmp_path: Path) -> None:
    """The web page was of no use, the hub was: what is wrong in the end is that the stick goes elsewhere."""
    ran = run(sunny(f"{HILINK},web=login,back=gateway-ppp"), "1-1", "ncm")
    assert type(ran.error) is SwitchFailed
    assert "password" not in str(ran.error)


@pytest.mark.parametrize(
    ("said", "hub", "result"),
    [
        # It does not know the command: another way may do.
        ("COMMAND NOT SUPPORT", "", "switched"),
        ("+CME ERROR: 4", "", "switched"),
        ("COMMAND NOT SUPPORT", ",hub=none", Unavailable),
        # It knows it and says no: that is an answer.
        ("+CME ERROR: 50", "", CommandFailed),
        ("ERROR", "", CommandFailed),
    ],
)
def test_a_restart_that_a_stick_refuses(said: str, hub: str, result: str | type[ModeswitchError]) -> None:
    bus = sunny(f"{HILINK_NCM}{hub}")
    script(bus, {"AT^RESET": (said,)})
    ran = run(bus, "1-1", STORAGE)
    assert (ran.outcome.result if ran.outcome else type(ran.error)) == result, ran.error
    if isinstance(ran.error, CommandFailed):
        assert ran.seconds >= 3
        assert ran.error.facts["answer"] == said
    elif isinstance(ran.error, Unavailable):
        assert said in ran.error.message


def test_the_error_has_every_reason() -> None:
    ran: Ran = run(sunny(f"{HILINK},web=login,hub=ganged"), "1-1", "ncm")
    assert isinstance(ran.error, Unavailable)
    assert "100003" in ran.error.message
    assert "power of all its ports together" in ran.error.message
    assert "password" in ran.error.hint


def test_a_bad_reply_is_no_lost_link_and_a_failed_switch_no_unavailable_way() -> None:
    assert not issubclass(BadReply, LinkLost)
    assert not issubclass(SwitchFailed, Unavailable)
