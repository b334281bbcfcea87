"""What was saved of a stick is put back: its port list, its AT^U2DIAG, and nothing that it has already."""

from __future__ import annotations

from pathlib import Path

import pytest

from modeswitch.database.library import Library
from modeswitch.errors import CommandFailed, LinkLost, ModeswitchError, Refused, Unavailable
from modeswitch.modem.ports import PortList
from modeswitch.modem.saved import Store
from modeswitch.sim.answers import IMEI
from modeswitch.tasks import ports
from tests.support.rig import do, here, script, sunny
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
    Store(tmp_path).save("imei-868723020012345", "stick", "SETPORT", FACTORY_LIST)
    resets = bus.sim.sticks[0].enumerations
    _, changed = restored(here(bus), bus=bus, library=Library(), store=Store(tmp_path))
    assert changed == []
    assert bus.sim.sticks[0].enumerations == resets


def test_restore_of_an_unchanged_u2diag(tmp_path: Path) -> None:
    bus = sunny(E173)
    Store(tmp_path).save(f"imei-{IMEI}", "stick", "U2DIAG", "255")
    assert restored(here(bus), bus=bus, library=Library(), store=Store(tmp_path))[1] == []


def test_the_events_of_a_restore(tmp_path: Path) -> None:
    bus, tell = sunny("e3372h-153,ports=FF;12+16"), Events()
    Store(tmp_path).save(f"imei-{IMEI}", "stick", "SETPORT", FACTORY_LIST)
    restored(here(bus), bus=bus, library=Library(), store=Store(tmp_path), tell=tell)
    assert tell.of("at", "command") == bus.sim.sticks[0].modem.heard
    assert (tell.of("transition", "start"), tell.of("transition", "to")) == (["ncm"], [["mass-storage"]])
    assert tell.of("step", "step")[-1] == "AT^RESET"
    assert tell.of("found", "mode") == ["mass-storage"]


def test_a_timeout_bounds_a_task_as_a_whole(tmp_path: Path) -> None:
    """Each answer takes two seconds: five are enough for some answers, not for all."""
    bus, store = sunny(f"{STICK_NCM},at=slow,lag=2"), Store(tmp_path)
    store.save(f"imei-{IMEI}", "stick", "SETPORT", "FF;12,16")
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
    Store(tmp_path).save(f"imei-{IMEI}", "stick", "U2DIAG", "255")
    after, changed = restored(here(bus), bus=bus, library=Library(), store=Store(tmp_path))
    assert [one.value for one in changed] == ["255"]
    assert after.mode == "mass-storage"


def test_what_another_stick_came_with_is_never_put_back(tmp_path: Path) -> None:
    """An E173 without an IMEI was in this port, with AT^U2DIAG=0, which cannot be undone."""
    bus = sunny(E173)
    for key in ("port-1-1", "port-1-1-E173-11.126.85.00.209", "imei-000000000000000"):
        Store(tmp_path).save(key, "12d1:1001 at 1-1", "U2DIAG", "0")
    with pytest.raises(Refused, match="nothing was saved for 12d1:1506 at 1-1"):
        restored(here(bus), bus=bus, library=Library(), store=Store(tmp_path))
    assert bus.sim.sticks[0].nvram.u2diag == 255


ANONYMOUS = {"AT+CGSN": ("000000000000000|OK",), "AT+CGMM": ("E173|OK",), "AT+CGMR": ("11.126.85|OK",)}


def test_a_stick_without_an_imei_is_told_by_port_model_and_firmware_together(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.save("port-1-1-E173-11.126.85", "12d1:1506 at 1-1", "U2DIAG", "256")
    for changed in ({}, {"AT+CGMR": ("11.999|OK",)}, {"AT+CGMM": ("E176|OK",)}):
        bus = sunny(E173)
        script(bus, {**ANONYMOUS, **changed})
        if changed:
            with pytest.raises(Refused, match="nothing was saved"):
                restored(here(bus), bus=bus, library=Library(), store=store)
            assert bus.sim.sticks[0].nvram.u2diag == 255
        else:
            _after, values = restored(here(bus), bus=bus, library=Library(), store=store)
            assert [one.stick for one in values] == ["12d1:1506 at 1-1"]
            assert bus.sim.sticks[0].nvram.u2diag == 256


@pytest.mark.parametrize(
    "imei", ["111111111111111", "123456789012345", "004999010640000", "868723020000009", "121212121212121"]
)
def test_an_imei_that_many_sticks_have_is_nobodys(imei: str, tmp_path: Path) -> None:
    Store(tmp_path).save(f"imei-{imei}", "12d1:1506 at 1-1", "U2DIAG", "0")
    bus = sunny(E173)
    script(bus, {**ANONYMOUS, "AT+CGSN": (f"{imei}|OK",)})
    with pytest.raises(Refused, match="nothing was saved"):
        restored(here(bus), bus=bus, library=Library(), store=Store(tmp_path))
    assert bus.sim.sticks[0].nvram.u2diag == 255


def test_a_stick_that_tells_nothing_of_itself_gets_nothing_back(tmp_path: Path) -> None:
    """It cannot be told from another one in the same port."""
    Store(tmp_path).save("port-1-1-unknown-unknown", "12d1:1506 at 1-1", "U2DIAG", "256")
    bus = sunny(E173)
    script(bus, {"AT+CGSN": ("ERROR",), "AT+CGMM": ("ERROR",), "AT+CGMR": ("ERROR",)})
    with pytest.raises(Refused, match="nothing was saved"):
        restored(here(bus), bus=bus, library=Library(), store=Store(tmp_path))


def test_the_guard_holds_for_what_a_ports_file_says(tmp_path: Path) -> None:
    """Only a stick that tells an IMEI of its own may have come with what the guard refuses."""
    store = Store(tmp_path)
    store.save("port-1-1-E173-11.126.85", "12d1:1506 at 1-1", "U2DIAG", "0")
    bus = sunny(E173)
    script(bus, ANONYMOUS)
    with pytest.raises(Refused, match="AT\\^U2DIAG=0 is not written"):
        restored(here(bus), bus=bus, library=Library(), store=store)
    assert bus.sim.sticks[0].nvram.u2diag == 255


@pytest.mark.parametrize(("name", "value"), [("U2DIAG", "many"), ("SETPORT", "rubbish"), ("U2DIAG", "")])
def test_a_saved_value_that_somebody_edited_is_an_error_that_names_the_file(
    name: str, value: str, tmp_path: Path
) -> None:
    Store(tmp_path).save(f"imei-{IMEI}", "stick", name, value)
    bus = sunny(STICK_NCM)
    with pytest.raises(Refused, match=f"imei-{IMEI}.toml: {name} = "):
        restored(here(bus), bus=bus, library=Library(), store=Store(tmp_path))


@pytest.mark.parametrize("fault", ["nv=forgets", "nv=other"])
def test_a_value_that_is_not_kept_over_the_restart_is_no_success(fault: str, tmp_path: Path) -> None:
    bus = sunny(f"{STICK_NCM},{fault}")
    with pytest.raises(CommandFailed) as raised:
        do(ports.write_ports, here(bus), PortList.parse("FF;12,1"), bus=bus, store=Store(tmp_path))
    assert "did not keep" in raised.value.message
    assert f"modeswitch {'ports' if fault == 'nv=forgets' else 'restore'} 1-1" in raised.value.hint
    assert "saved" in raised.value.hint
    assert "othing is lost" not in raised.value.hint


def test_a_list_that_leads_to_storage_cannot_be_read_again_and_that_is_told(tmp_path: Path) -> None:
    told = Events()
    bus = sunny(STICK_NCM)
    do(ports.write_ports, here(bus), PortList.parse("A1,A2;12,16"), bus=bus, store=Store(tmp_path), tell=told)
    (warning,) = (one for one in told.of("warning", "message") if "is not known" in one)
    assert "modeswitch ports 1-1" in warning


def test_a_stick_that_leaves_while_it_is_written_to_may_hold_the_new_list(tmp_path: Path) -> None:
    bus = sunny(STICK_NCM)
    stick = bus.sim.sticks[0]
    whole = stick.modem.answer

    def leave(command: str) -> str:
        said = whole(command)
        if command.startswith('AT^SETPORT="'):
            stick.unplug()
        return said

    stick.modem.answer = leave  # type: ignore[method-assign]
    with pytest.raises(ModeswitchError) as raised:
        do(ports.write_ports, here(bus), PortList.parse("FF;12,16"), bus=bus, store=Store(tmp_path))
    for words in ("the new SETPORT may be written", FACTORY_LIST, "modeswitch ports 1-1", "modeswitch restore 1-1"):
        assert words in raised.value.message


def test_nothing_was_saved(tmp_path: Path) -> None:
    bus = sunny(STICK_NCM)
    with pytest.raises(Refused, match="nothing was saved for 12d1:1506 at 1-1") as raised:
        restored(here(bus), bus=bus, library=Library(), store=Store(tmp_path))
    assert raised.value.facts == {"port": "1-1", "id": "12d1:1506", "mode": "ncm"}


def test_a_saved_list_without_an_at_port_is_not_put_back(tmp_path: Path) -> None:
    bus = sunny(STICK_NCM)
    Store(tmp_path).save("imei-868723020012345", "stick", "SETPORT", "A1,A2;16")
    with pytest.raises(Refused, match="no PCUI"):
        restored(here(bus), bus=bus, library=Library(), store=Store(tmp_path))
    assert bus.sim.sticks[0].nvram.ports == FACTORY_LIST
