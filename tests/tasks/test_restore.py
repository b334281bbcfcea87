"""What was saved of a stick is put back: its port list, its AT^U2DIAG, and nothing that it has already."""

from __future__ import annotations

from pathlib import Path

import pytest

from modeswitch.database.library import Library
from modeswitch.errors import LinkLost, Refused, Unavailable
from modeswitch.modem.ports import PortList
from modeswitch.modem.saved import Store
from modeswitch.sim.answers import IMEI
from modeswitch.tasks import ports
from tests.support.rig import do, here, sunny
from tests.support.sticks import E173, FACTORY_LIST, STICK_NCM
from tests.support.tasks import Events, restored, write_list


def test_write_and_restore(tmp_path: Path) -> None:
    bus = sunny(STICK_NCM)
    nvram = bus.sim.sticks[0].nvram
    assert write_list(bus, "FF;12,16", tmp_path).mode == "ncm"
    assert write_list(bus, "FF;12,1", tmp_path).mode == "stick"
    assert nvram.ports == "FF;12,1"
    after, changed = restored(here(bus), bus=bus, library=Library(), store=Store(tmp_path))
    assert [one.value for one in changed] == [FACTORY_LIST]
    assert nvram.ports == FACTORY_LIST
    assert after.mode == "mass-storage"
    text = (tmp_path / "imei-868723020012345.toml").read_text("utf-8")
    assert [line for line in text.splitlines() if line.startswith("value")] == [
        f'value = "{FACTORY_LIST}"',
        'value = "FF;12,16"',
        'value = "FF;12,1"',
    ]


def test_restore_of_an_unchanged_port_list(tmp_path: Path) -> None:
    bus = sunny(STICK_NCM)
    Store(tmp_path).save("868723020012345", "1-1", "stick", "SETPORT", FACTORY_LIST)
    resets = bus.sim.sticks[0].enumerations
    _, changed = restored(here(bus), bus=bus, library=Library(), store=Store(tmp_path))
    assert changed == []
    assert bus.sim.sticks[0].enumerations == resets


def test_restore_of_an_unchanged_u2diag(tmp_path: Path) -> None:
    bus = sunny(E173)
    Store(tmp_path).save(IMEI, "1-1", "stick", "U2DIAG", "255")
    assert restored(here(bus), bus=bus, library=Library(), store=Store(tmp_path))[1] == []


def test_the_events_of_a_restore(tmp_path: Path) -> None:
    bus, tell = sunny("e3372h-153,ports=FF;12+16"), Events()
    Store(tmp_path).save(IMEI, "1-1", "stick", "SETPORT", FACTORY_LIST)
    restored(here(bus), bus=bus, library=Library(), store=Store(tmp_path), tell=tell)
    assert tell.of("at", "command") == bus.sim.sticks[0].modem.heard
    assert (tell.of("transition", "start"), tell.of("transition", "to")) == (["ncm"], [["mass-storage"]])
    assert tell.of("step", "step")[-1] == "AT^RESET"
    assert tell.of("found", "mode") == ["mass-storage"]


def test_a_timeout_bounds_a_task_as_a_whole(tmp_path: Path) -> None:
    """Each answer takes two seconds: five are enough for some answers, not for all."""
    bus, store = sunny(f"{STICK_NCM},at=slow,lag=2"), Store(tmp_path)
    store.save(IMEI, "1-1", "stick", "SETPORT", "FF;12,16")
    started = bus.now()
    with pytest.raises(Unavailable):
        restored(here(bus), bus=bus, library=Library(), store=store, timeout=5)
    assert bus.now() - started <= 5.1
    started = bus.now()
    with pytest.raises(Unavailable):
        do(ports.saved, here(bus), bus=bus, store=store, timeout=1)
    assert bus.now() - started <= 1.1
    started = bus.now()
    with pytest.raises(LinkLost):
        do(ports.write_ports, here(bus), PortList.parse("FF;12,16"), bus=bus, library=Library(), store=store, timeout=3)
    assert bus.now() - started <= 3.1


def test_restore_of_u2diag(tmp_path: Path) -> None:
    bus = sunny("e173,u2diag=256")
    Store(tmp_path).save("", "1-1", "stick", "U2DIAG", "255")
    after, changed = restored(here(bus), bus=bus, library=Library(), store=Store(tmp_path))
    assert [one.value for one in changed] == ["255"]
    assert after.mode == "mass-storage"


def test_nothing_was_saved(tmp_path: Path) -> None:
    bus = sunny(STICK_NCM)
    with pytest.raises(Refused, match="nothing was saved for 12d1:1506 at 1-1") as raised:
        restored(here(bus), bus=bus, library=Library(), store=Store(tmp_path))
    assert raised.value.facts == {"port": "1-1", "id": "12d1:1506", "mode": "ncm"}


def test_a_saved_list_without_an_at_port_is_not_put_back(tmp_path: Path) -> None:
    bus = sunny(STICK_NCM)
    Store(tmp_path).save("868723020012345", "1-1", "stick", "SETPORT", "A1,A2;16")
    with pytest.raises(Refused, match="no PCUI"):
        restored(here(bus), bus=bus, library=Library(), store=Store(tmp_path))
    assert bus.sim.sticks[0].nvram.ports == FACTORY_LIST
