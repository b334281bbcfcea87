"""Port lists and AT^U2DIAG: read, written after what they were is saved, and read again."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from modeswitch.database.library import Library
from modeswitch.errors import CommandFailed, ModeswitchError, NotBack, Refused, SwitchFailed, Unavailable
from modeswitch.events import silent
from modeswitch.methods.ports import Ports
from modeswitch.methods.resources import Resources
from modeswitch.methods.u2diag import U2diag
from modeswitch.modem import nvram
from modeswitch.modem.ports import PortList
from modeswitch.modem.saved import Store
from modeswitch.sim.answers import IMEI
from modeswitch.tasks import ports
from tests.support.rig import do, here, script, sunny
from tests.support.sticks import E173, FACTORY_LIST, STICK_NCM
from tests.support.tasks import Events, write_list


def test_ports() -> None:
    found = do(ports.ports, here(bus := sunny(STICK_NCM)), bus=bus)
    assert str(found.list) == FACTORY_LIST
    assert found.offered["16"] == "NCM"
    assert [role for _, role in found.now][:3] == ["pcui", "modem", "ncm"]


def test_ports_of_a_stick_with_u2diag() -> None:
    found = do(ports.ports, here(bus := sunny("e173,wakes=linux")), bus=bus)
    assert (found.list, found.u2diag) == (None, 255)


def test_a_stick_with_neither_port_list_nor_u2diag() -> None:
    with pytest.raises(Unavailable, match="U2DIAG"):
        do(ports.ports, here(bus := sunny("e3372h,wakes=gateway-ncm")), bus=bus)


@pytest.mark.parametrize(
    ("said", "imei"),
    [
        ("868723020012345|OK", "868723020012345"),
        ("8687230200123456|OK", "8687230200123456"),
        ('+CGSN: "86872302001234"|OK', "86872302001234"),
        ("IMEI|868723020012345|OK", "868723020012345"),
        ("8687230200123|OK", ""),
        ("86872302001234567|OK", ""),
        ("OK", ""),
        ("ERROR", ""),
        ("+CME ERROR: 10", ""),
    ],
)
def test_the_owner_of_a_saved_value(said: str, imei: str) -> None:
    bus = sunny(STICK_NCM)
    script(bus, {"AT+CGSN": (said,), "AT+CGMM": ("+CGMM: E 173;rm|OK",), "AT+CGMR": ("ERROR",)})
    with Resources(bus, here(bus), bus.now() + 60, lambda *_, **__: None) as resources:
        whose = nvram.owner(resources.dialogue(), here(bus).usb)
    place = ("", "", "") if imei else ("1-1", "E_173_rm", "unknown")
    assert whose == nvram.Owner(imei, *place, "12d1:1506 at 1-1")


@pytest.mark.parametrize("said", ["OK", "^SETPORT:rubbish|OK", "^U2DIAG:rubbish|OK", "ERROR"])
def test_an_answer_without_a_value_is_no_feature(said: str) -> None:
    bus = sunny(STICK_NCM)
    script(bus, {"AT^SETPORT?": (said,), "AT^U2DIAG?": (said,)})
    with pytest.raises(Unavailable, match=r"no AT\^U2DIAG to speak of"):
        do(ports.ports, here(bus), bus=bus)


class Write(NamedTuple):
    """What is written, what was saved of the stick before, and what must come of it: was it written, or an error."""

    action: Ports | U2diag
    result: bool | type[ModeswitchError]
    stick: str
    saved: tuple[str, str] = ("", "")

    def __str__(self) -> str:
        return f"{self.action} to {self.stick}" + f" with {'='.join(self.saved)}" * bool(self.saved[0])


WRITES = (
    Write(U2diag(256), True, E173),
    Write(U2diag(255), False, E173),
    Write(U2diag(0), Refused, E173),
    Write(U2diag(257), Refused, E173),
    # A value that it came with is good, whatever it is.
    Write(U2diag(0), True, E173, ("U2DIAG", "0")),
    Write(U2diag(0), Refused, E173, ("U2DIAG", "1")),
    Write(U2diag(0), Refused, E173, ("SETPORT", "0")),
    Write(U2diag(256), CommandFailed, f"{E173},nv=refused"),
    Write(U2diag(256), CommandFailed, f"{E173},nv=lost"),
    Write(U2diag(256), Unavailable, STICK_NCM),
    Write(Ports(value="FF;12,16"), True, STICK_NCM),
    Write(Ports(mode="stick"), True, STICK_NCM),
    Write(Ports(value=FACTORY_LIST), False, STICK_NCM),
    Write(Ports(mode="ncm"), False, STICK_NCM),
    Write(Ports(value=";12,16"), Refused, STICK_NCM),
    # The guard lets a first group pass that the stick had; this stick then does not take it.
    Write(Ports(value=";12,16"), CommandFailed, STICK_NCM, ("SETPORT", ";12,16")),
    Write(Ports(value=";12,16"), Refused, STICK_NCM, ("SETPORT", ";12,1")),
    Write(Ports(value=";12,16"), Refused, STICK_NCM, ("U2DIAG", ";12,16")),
    Write(Ports(value="FF;12,16"), CommandFailed, f"{STICK_NCM},nv=refused"),
    Write(Ports(value="FF;12,16"), CommandFailed, f"{STICK_NCM},nv=lost"),
    Write(Ports(value="FF;12,16"), Unavailable, E173),
)


def put(resources: Resources, action: Ports | U2diag) -> bool:
    action.perform(resources, None)
    return resources.wrote


@pytest.mark.parametrize("case", WRITES, ids=str)
def test_a_value_is_checked_saved_written_and_read_again(case: Write, tmp_path: Path) -> None:
    bus, store = sunny(case.stick), Store(tmp_path)
    device, modem = here(bus), bus.sim.sticks[0].modem
    had = (modem.nvram.ports, modem.nvram.u2diag)
    if case.saved[0]:
        store.save(f"imei-{IMEI}", "stick", *case.saved)
    told: list[tuple[str, str]] = []
    got: bool | type[ModeswitchError]

    def tell(event: str, **facts: Any) -> None:
        if event == "saved":
            assert facts["file"] == str(tmp_path / f"imei-{IMEI}.toml")
            assert not any(re.match(r'AT\^(SETPORT="|U2DIAG=\d)', command) for command in modem.heard)
            told.append((facts["name"], facts["value"]))

    with Resources(bus, device, bus.now() + 60, tell, store) as resources:
        try:
            got = put(resources, case.action)
        except ModeswitchError as error:
            got = type(error)
    assert got == case.result
    name, value = ("SETPORT", had[0]) if isinstance(case.action, Ports) else ("U2DIAG", str(had[1]))
    assert told == ([(name, value)] if case.result in (True, CommandFailed) else [])
    assert ((modem.nvram.ports, modem.nvram.u2diag) != had) is (case.result is True)


@pytest.mark.parametrize(("stick", "action"), [(STICK_NCM, Ports(value="FF;12,16")), (E173, U2diag(256))], ids=str)
def test_a_stick_that_says_ok_and_keeps_its_old_value(stick: str, action: Ports | U2diag, tmp_path: Path) -> None:
    name = "AT^SETPORT" if isinstance(action, Ports) else "AT^U2DIAG"
    bus = sunny(f"{stick},nv=lost")
    with (
        Resources(bus, here(bus), bus.now() + 60, silent, Store(tmp_path)) as resources,
        pytest.raises(CommandFailed, match=re.escape(f"OK to {name} and did not keep it")) as raised,
    ):
        put(resources, action)
    assert raised.value.facts["answer"] == "OK"


@pytest.mark.parametrize(
    ("stick", "action", "to"),
    [
        (STICK_NCM, "FF;12,16", ["ncm"]),
        (STICK_NCM, "FF;12,1", ["stick"]),
        (STICK_NCM, "A1,A2;12,16", ["mass-storage"]),
        (STICK_NCM, "A1;12,16,A1", ["mass-storage"]),
    ],
)
def test_what_a_written_list_leads_to(stick: str, action: str, to: list[str], tmp_path: Path) -> None:
    bus, tell = sunny(stick), Events()
    do(
        ports.write_ports,
        here(bus),
        PortList.parse(action),
        bus=bus,
        library=Library(),
        store=Store(tmp_path),
        tell=tell,
    )
    assert tell.of("transition", "to") == [to]
    assert here(bus).mode == to[0]
    assert tell.of("at", "command") == bus.sim.sticks[0].modem.heard


def test_a_stick_that_stays_away_after_a_write_is_waited_for_until_the_timeout(tmp_path: Path) -> None:
    bus, tell = sunny(f"{STICK_NCM},back=never"), Events()
    started = bus.now()
    with pytest.raises(NotBack):
        do(
            ports.write_ports,
            here(bus),
            PortList.parse("FF;12,16"),
            bus=bus,
            library=Library(),
            store=Store(tmp_path),
            timeout=4,
            tell=tell,
            tick=0.5,
        )
    assert bus.now() - started <= 4.5
    assert len(tell.of("waiting", "seconds")) >= 8


def test_a_stick_that_is_back_unreadable_after_a_write_says_why(tmp_path: Path) -> None:
    bus = sunny(STICK_NCM)
    stick = bus.sim.sticks[0]

    def break_it(event: str, **_facts: object) -> None:
        if event == "left":
            stick.faults = replace(stick.faults, descriptors="lying")

    with pytest.raises(SwitchFailed, match="bNumInterfaces 9"):
        do(
            ports.write_ports,
            here(bus),
            PortList.parse("FF;12,16"),
            bus=bus,
            library=Library(),
            store=Store(tmp_path),
            tell=break_it,
        )


@pytest.mark.parametrize("text", ["A1,A2;16", "A1,A2;12,12", "A1;A1,12", "A1,A2;12,2", "A2;12"])
def test_a_refused_list_changes_nothing(text: str, tmp_path: Path) -> None:
    bus = sunny(STICK_NCM)
    with pytest.raises(Refused) as raised:
        write_list(bus, text, tmp_path)
    assert raised.value.status == 5
    assert bus.sim.sticks[0].nvram.ports == FACTORY_LIST
    assert list(tmp_path.iterdir()) == []


def test_a_stick_whose_disk_is_mounted_is_not_written_to(tmp_path: Path) -> None:
    bus = sunny(f"{STICK_NCM},mounted")
    with pytest.raises(Refused, match="in use"):
        write_list(bus, "FF;12,16", tmp_path)
    assert bus.sim.sticks[0].nvram.ports == FACTORY_LIST


def test_the_same_list_is_not_written_again(tmp_path: Path) -> None:
    bus = sunny(STICK_NCM)
    assert write_list(bus, FACTORY_LIST, tmp_path).mode == "ncm"
    assert not any('SETPORT="' in command for command in bus.sim.sticks[0].modem.heard)
