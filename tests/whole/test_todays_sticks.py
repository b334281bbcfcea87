"""Devices of today, by their profiles: what tells their modes, where they go, what is sent, what is said of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from modeswitch.database.library import Library
from modeswitch.errors import NoWay
from modeswitch.identity.recognise import recognise
from modeswitch.sim.bus import SimBus
from modeswitch.sim.composition import Function, Setting
from modeswitch.sim.models import MODELS
from modeswitch.switching.plan import plan
from modeswitch.usb.descriptors import Configuration, Descriptors, Interface, Port, Triple, UsbId
from modeswitch.usb.device import UsbDevice
from tests.support.rig import ALT_MODE, NEW_MODE, bus_of, here, messages, plugged, run

LIBRARY = Library(user=[])
DISK, FF, DATA = (0x08, 0x06, 0x50), (0xFF, 0xFF, 0xFF), (0x0A, 0x00, 0x01)
BROVI, NCM, RNDIS = "3566:2001", (0x02, 0x0D, 0x00), (0xE0, 0x01, 0x03)
MESSAGE = {
    "allow": "5553424387654321000000000000061e000000000000000000000000000000",
    "eject": "5553424397654321000000000000061b000000020000000000000000000000",
    "zte": "55534243123456782000000080000c85010101180101010101000000000000",
    "f3": "555342438765432100000000000010fd0000000000000000000000000000f3",
    "f2": "555342438765432100000000000010fd0000000000000000000000000000f2",
}


def seen(usb: str, *triples: tuple[int, int, int]) -> UsbDevice:
    parsed = UsbId.parse(usb)
    interfaces = tuple(Interface(number, 0, Triple(*triple)) for number, triple in enumerate(triples))
    descriptors = Descriptors(parsed, 0, Triple(0, 0, 0), (Configuration(1, interfaces),))
    return UsbDevice(Port(1, (1,)), 5, parsed, descriptors, 1)


@pytest.mark.parametrize(
    ("triples", "mode", "roles"),
    [
        ((DISK,), "mass-storage", ["storage"]),
        ((RNDIS, DATA), "hilink", ["rndis", "data"]),
        ((FF, FF, FF, FF, FF, NCM, DATA), "ncm", ["other", "modem", "diag", "other", "pcui", "ncm", "data"]),
    ],
)
def test_the_one_id_of_a_brovi_is_told_by_its_interfaces(
    triples: tuple[tuple[int, int, int], ...], mode: str, roles: list[str]
) -> None:
    device = recognise(seen(BROVI, *triples), LIBRARY)
    assert device.profile is not None
    assert (device.profile.name, device.mode, [role for _, role in device.roles]) == ("huawei-brovi", mode, roles)


def brovi() -> SimBus:
    """A Brovi E3372-325 as its owner measured it."""
    return plugged("e3372-325")


@pytest.mark.parametrize(("to", "mode", "message"), [(None, "hilink", NEW_MODE), ("ncm", "ncm", ALT_MODE)])
def test_a_brovi_is_a_router_unless_ncm_is_asked_for(to: str | None, mode: str, message: str) -> None:
    bus = brovi()
    ran = run(bus, BROVI, to)
    assert ran.outcome is not None, ran.error
    assert (ran.outcome.mode, str(ran.outcome.id), messages(bus)) == (mode, BROVI, [message])
    warned = [str(facts["message"]) for name, facts in ran.events if name == "warning"]
    assert [("not been seen to get a carrier" in one, "PPP on interface 1" in one) for one in warned] == [
        (True, True)
    ] * (mode == "ncm")
    again = run(bus, BROVI, to)
    assert again.outcome is not None, again.error
    assert again.outcome.result == "already"


def test_a_brovi_goes_back_by_at_reset_and_settles() -> None:
    family = LIBRARY.family("huawei-brovi")
    way = plan(family, "ncm", "hilink")
    assert str(way[0].steps[0]) == '{ at = { send = "AT^RESET" } }'
    assert family.settle > 3
    assert LIBRARY.family("aic-wifi").settle > 0
    with pytest.raises(NoWay):
        plan(family, "mass-storage", "mbim")


def test_a_brovi_that_restarts_is_a_router_first_and_is_not_taken_for_one() -> None:
    """From ncm back to storage: RNDIS for two seconds, then the CD-ROM; nothing is sent to the first."""
    bus = plugged("e3372-325,wakes=modem")
    ran = run(bus, BROVI, "mass-storage")
    assert ran.outcome is not None, ran.error
    assert ran.mode_at() == "mass-storage"
    assert ran.bus.sim.sticks[0].enumerations == 3
    assert messages(bus) == []


@pytest.mark.parametrize("timeout", [None, 200.0])
def test_a_brovi_that_passes_through_the_mode_wanted_is_sent_there_once_it_is_storage(timeout: float | None) -> None:
    """From ncm to hilink: what it is for two seconds on its way does not count, and its fall is not waited out."""
    bus = plugged("e3372-325,wakes=modem,sunny")
    ran = run(bus, BROVI, "hilink", timeout=timeout)
    assert ran.outcome is not None, ran.error
    assert (ran.mode_at(), len(messages(bus)), ran.told.count("fell")) == ("hilink", 1, 1)
    assert ran.seconds < 15


@pytest.mark.parametrize(("to", "usb"), [("hilink", "12d1:14db"), ("ncm", "12d1:155e")])
def test_a_320_goes_where_it_is_sent(to: str, usb: str) -> None:
    ran = run(plugged("e3372h-320"), "12d1:1f01", to)
    assert ran.outcome is not None, ran.error
    assert (ran.outcome.mode, str(ran.outcome.id)) == (to, usb)


def test_a_320_that_has_gone_to_its_router_by_itself_is_brought_where_it_shall_be() -> None:
    """The kernel asked for its LUNs before our message came: it leaves while it is opened."""
    bus = plugged("e3372h-320")
    (stick,) = bus.sim.sticks
    stick.control(0xA1, 0xFE, 0, 0, b"", 1)
    bus.clock.wait(1.05)
    ran = run(bus, "1-1", "hilink")
    assert ran.outcome is not None, ran.error
    assert ran.mode_at() == "hilink"


AIC = ("5721", "5722", "5723", "5724", "5725", "5726", "5727", "572a", "5730")


@pytest.mark.parametrize(
    ("usb", "becomes", "sent"),
    [
        *((f"a69c:{number}", "a69c:8d80", ("allow", "eject")) for number in AIC),
        ("a69c:5723", "368b:8d83", ("allow", "eject")),
        ("a69c:5725", "2604:0014", ("allow", "eject")),
        ("1111:1111", "a69c:8d81", ("f3", "f2")),
        ("19d2:1705", "19d2:1405", ("zte",)),
        ("19d2:0557", "19d2:0558", ("allow", "eject")),
    ],
)
def test_what_is_sent_and_whatever_comes_of_it(usb: str, becomes: str, sent: tuple[str, ...]) -> None:
    """It leaves at the last of these commands; the second LUN's may follow.  An id that nobody lists is as good."""
    model = MODELS["eject"]
    vendor, product = (int(part, 16) for part in usb.split(":"))
    after = tuple(int(part, 16) for part in becomes.split(":"))
    ports = Function((Setting(FF, ((0x81, 2), (1, 2))),))
    looks = {
        "storage": replace(model.compositions["storage"], vendor=vendor, product=product),
        "modem": replace(model.compositions["modem"], vendor=after[0], product=after[1], functions=(ports,)),
    }
    bus = bus_of(replace(model, compositions=looks))
    bus.sim.sticks[0].faults = replace(bus.sim.sticks[0].faults, obeys=len(sent))
    ran = run(bus, usb)
    assert ran.outcome is not None, ran.error
    assert (ran.outcome.mode, str(ran.outcome.id)) == ("switched", becomes)
    assert messages(bus)[: len(sent)] == [MESSAGE[name] for name in sent]


def test_an_e5785_is_hilink_under_another_vendors_id() -> None:
    device = recognise(seen("3426:1f01", DISK), LIBRARY)
    assert device.profile is not None
    assert device.profile.name == "huawei-hilink"
    assert recognise(seen("3426:14db", (0x02, 0x06, 0x00), (0x0A, 0, 0)), LIBRARY).mode == "hilink"


@pytest.mark.parametrize("number", ["158b", "15e6", "1f10", "1f11", "1f12", "1f13", "1c20"])
def test_ids_of_storage_that_are_known_from_one_source_are_planned_for(number: str) -> None:
    device = recognise(seen(f"12d1:{number}", DISK), LIBRARY)
    assert device.profile is not None
    (way,) = plan(device.profile, "mass-storage", device.profile.goal)
    assert NEW_MODE in str(way.steps[0].actions[0])


def test_the_switched_e3533_is_known() -> None:
    assert recognise(seen("12d1:1596", (0xFF, 0x02, 0x12), (0xFF, 0x02, 0x01)), LIBRARY).mode == "stick"
    assert here(brovi()).names[0] == "Brovi E3372-325"
