"""What is written to a stick: only with consent, never before the old value is saved, and with a warning."""

from __future__ import annotations

from pathlib import Path

import pytest

from modeswitch.database.library import Library
from modeswitch.errors import CommandFailed, Refused, Unavailable
from modeswitch.modem.saved import Store
from modeswitch.switching.switch import switch
from tests.support.rig import do, here, messages, run, script, sunny
from tests.support.sticks import FACTORY_LIST, STICK_NCM, STICK_PPP


def test_nothing_is_written_without_consent() -> None:
    bus = sunny(STICK_PPP)
    run(bus, "1-1", "ncm")
    heard = [command for stick in bus.sim.sticks for command in stick.modem.heard]
    assert "AT^RESET" in heard
    assert not [command for command in heard if command.startswith(("AT^SETPORT=", "AT^U2DIAG="))]


def test_a_way_that_needs_a_write_is_not_taken_without_consent() -> None:
    bus = sunny("e173,u2diag=256,hub=none")
    ran = run(bus, "1-1", "ncm")
    assert type(ran.error) is Unavailable
    assert ran.mode_at() == "stick"
    assert bus.sim.sticks[0].nvram.u2diag == 256


def saved(folder: Path) -> str:
    (file,) = folder.glob("*.toml")
    return file.read_text("utf-8")


def test_the_old_value_is_saved_before_the_new_one_is_written(tmp_path: Path) -> None:
    bus = sunny(STICK_NCM)
    stick = bus.sim.sticks[0]
    states: list[tuple[str, list[str]]] = []

    def tell(event: str, **facts: object) -> None:
        if event == "saved":
            states.append((saved(tmp_path), list(stick.modem.heard)))

    ran = run(bus, "1-1", "stick", persist=True, store=Store(tmp_path), tell=tell)
    assert ran.outcome is not None
    ((text, heard),) = states
    assert f'value = "{FACTORY_LIST}"' in text
    assert not any(command.startswith('AT^SETPORT="') for command in heard)
    assert (tmp_path / "imei-868723020012345.toml").exists()


def test_what_cannot_be_saved_is_not_written() -> None:
    """Nor is another way taken: who wants a value kept would not know that it was not."""
    bus = sunny(STICK_NCM + ",hub=none")
    ran = run(bus, "1-1", "stick", persist=True, store=Store("/proc/modeswitch"))
    assert bus.sim.sticks[0].nvram.ports == FACTORY_LIST
    assert isinstance(ran.error, Refused)
    assert "cannot be saved" in ran.error.message
    assert "--state DIR" in ran.error.hint
    assert (ran.mode_at(), bus.sim.sticks[0].enumerations) == ("ncm", 1)


def test_a_list_that_a_stick_forgets_at_its_restart_is_warned_of(tmp_path: Path) -> None:
    ran = run(sunny(f"{STICK_NCM},nv=forgets"), "1-1", "stick", persist=True, store=Store(tmp_path))
    assert ran.outcome is not None, ran.error
    said = [str(facts["message"]) for name, facts in ran.events if name == "warning"]
    assert any(
        "may not have kept what was written to its NVRAM" in one and "modeswitch ports 1-1" in one for one in said
    )


def test_a_list_that_begins_with_ff_is_warned_of(tmp_path: Path) -> None:
    ran = run(sunny(STICK_NCM), "1-1", "stick", persist=True, store=Store(tmp_path))
    (warning,) = (facts["message"] for name, facts in ran.events if name == "warning")
    assert "way back by a SCSI message is gone" in warning


@pytest.mark.parametrize(
    ("stick", "to", "persist", "warned"),
    [
        ("e3372h-153", "ncm", True, True),
        ("e3372h-153", "ncm", False, False),
        ("e3372h-153,wakes=linux", "ncm", True, False),
        (STICK_PPP, "ncm", True, False),
    ],
)
def test_a_mode_that_is_not_kept_is_warned_of(stick: str, to: str, persist: bool, warned: bool, tmp_path: Path) -> None:
    ran = run(sunny(stick), "1-1", to, persist=persist, store=Store(tmp_path))
    assert ran.outcome is not None
    warnings = [facts["message"] for name, facts in ran.events if name == "warning"]
    assert any("does not keep this mode" in message for message in warnings) is warned


def test_the_library_writes_nothing_unless_asked() -> None:
    bus = sunny(STICK_PPP)
    device = here(bus)
    do(switch, device, "ncm", bus=bus, library=Library(user=[]))
    assert bus.sim.sticks[0].nvram.ports == "A1,A2;12,1,A1,A2"


def test_a_restart_refused_after_a_write_ends_the_switch(tmp_path: Path) -> None:
    """The list has been changed: from here on nothing else is tried by itself."""
    bus = sunny(STICK_NCM)
    script(bus, {"AT^RESET": ("COMMAND NOT SUPPORT",)})
    ran = run(bus, "1-1", "stick", persist=True, store=Store(tmp_path))
    assert type(ran.error) is CommandFailed
    assert bus.sim.sticks[0].nvram.ports == "FF;12,1,A1,A2"
    assert messages(bus) == []
    assert ran.told.count("transition") == 1
