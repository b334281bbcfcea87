"""Where a message goes: which interface and which endpoints of a device."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from modeswitch.database.library import Library
from modeswitch.errors import Refused
from modeswitch.identity.recognise import recognise
from modeswitch.methods.target import storage_pipes
from modeswitch.sim.composition import Function, Numbers, Setting, storage
from modeswitch.sim.faults import Faults
from modeswitch.sim.models import MODELS
from tests.support.methods import FIRST, REZERO, family_of_steps, usb_of
from tests.support.rig import bus_of, has_driver, known_at, plugged, run
from tests.support.sticks import STORAGE


@pytest.mark.parametrize(
    ("stick", "mode", "interface"),
    [
        ("e3372h", STORAGE, 0),
        ("e3372h,wakes=ecm", "hilink", 2),
        ("e3372h-153,wakes=linux", "ncm", 3),
        ("e3372h,wakes=gateway-ncm", "ncm", None),
    ],
)
def test_a_message_for_storage_goes_to_storage_alone(stick: str, mode: str, interface: int | None) -> None:
    device = known_at(plugged(stick), "1-1")
    assert device is not None
    assert device.mode == mode
    if interface is None:
        with pytest.raises(Refused, match="no storage interface"):
            storage_pipes(device)
    else:
        assert storage_pipes(device).interface == interface


@pytest.mark.parametrize("lacking", [True, False])
def test_storage_without_both_endpoints_is_none(lacking: bool) -> None:
    device = known_at(plugged("e3372h"), "1-1")
    assert device is not None
    assert device.usb.descriptors is not None
    (configuration,) = device.usb.descriptors.configurations
    (disk,) = configuration.interfaces
    half = disk._replace(endpoints=tuple(one for one in disk.endpoints if one.is_in is lacking))
    descriptors = device.usb.descriptors._replace(configurations=(configuration._replace(interfaces=(half,)),))
    with pytest.raises(Refused, match="no storage interface with two bulk endpoints"):
        storage_pipes(recognise(device.usb._replace(descriptors=descriptors), Library(user=[])))


PORTS = "vendor,wakes=modem"
UNFIT = (
    (PORTS, f'{{ cbw = {{ hex = "{REZERO}" }} }}', "no storage interface"),
    (PORTS, '{ scsi = { cdb = "010000000000" } }', "no storage interface"),
    (PORTS, '{ huawei = { os = "linux" } }', "no storage interface"),
    (PORTS, "{ eject = {} }", "no storage interface"),
    (PORTS, "{ detach = {} }", "no storage interface"),
    (PORTS, '{ bulk = { hex = "1b5a01" } }', "no storage interface"),
    (PORTS, '{ bulk = { hex = "1b", endpoint = 1, class = 0x07 } }', "is of class ff, not 07"),
    (PORTS, '{ bulk = { hex = "1b", endpoint = 9 } }', "no endpoint 09"),
    (PORTS, '{ interrupt = { hex = "1b", endpoint = 1, class = 3 } }', "is of class ff, not 03"),
    (PORTS, "{ interrupt = { length = 8, endpoint = 0x8f } }", "no endpoint 8f"),
    (PORTS, "{ control = { request-type = 0x21, request = 9, class = 3 } }", "is of class ff, not 03"),
    (PORTS, "{ control = { request-type = 0x21, request = 9, index = 7 } }", "no interface 7"),
    (PORTS, "{ configuration = { value = 2 } }", "no configuration 2; it has 1"),
    (PORTS, '{ configuration = { has = "mbim" } }', "no configuration with mbim; it has 1"),
    (PORTS, "{ altsetting = { interface = 5, alternate = 0 } }", "no alternate setting 0 of interface 5"),
    (PORTS, "{ altsetting = { interface = 0, alternate = 1 } }", "no alternate setting 1 of interface 0"),
    ("vendor", f'{{ cbw = {{ hex = "{REZERO}", out = 2 }} }}', "no endpoint 02 at its storage interface"),
    ("vendor", f'{{ cbw = {{ hex = "{REZERO}", in = 0x82 }} }}', "no endpoint 82 at its storage interface"),
)


@pytest.mark.parametrize("first", ["", f"{FIRST}, "], ids=["alone", "after another"])
@pytest.mark.parametrize(("stick", "step", "words"), UNFIT, ids=[f"{step} {stick}"[:70] for stick, step, _ in UNFIT])
def test_what_the_device_does_not_have_is_refused_before_a_byte(
    stick: str, step: str, words: str, first: str, tmp_path: Path, wire: list[str]
) -> None:
    bus = plugged(stick)
    ran = run(bus, "1-1", library=family_of_steps(tmp_path, usb_of(stick), first + step))
    assert type(ran.error) is Refused, ran.error
    assert ran.error.status == 5
    assert words in ran.error.message
    assert ran.error.facts["step"] == (2 if first else 1)
    assert wire == []
    assert bus.sim.wire == []
    assert bus.sim.claims == set()
    assert has_driver(bus) is bool(bus.sim.sticks[0].composition.luns(0))


def test_an_endpoint_of_another_storage_interface_is_another_s(tmp_path: Path, wire: list[str]) -> None:
    """Two storage interfaces: a message for the first never goes through the second's endpoints."""
    numbers = Numbers()
    two = (storage(numbers, "cdrom"), storage(numbers, "card"))
    model = MODELS["vendor"]
    looks = {**model.compositions, "storage": replace(model.compositions["storage"], functions=two)}
    bus = bus_of(replace(model, compositions=looks))
    ran = run(
        bus,
        "1-1",
        library=family_of_steps(tmp_path, "1199:0fff", f'{{ cbw = {{ hex = "{REZERO}", out = 2, in = 0x82 }} }}'),
    )
    assert type(ran.error) is Refused
    assert wire == []


@pytest.mark.parametrize(("out", "into"), [(2, 0x82), (2, 0), (0, 0x82), (0, 0)])
def test_the_endpoints_that_are_named_are_those(out: int, into: int, tmp_path: Path) -> None:
    """A storage interface with two of each."""
    named = (f", out = {out}" if out else "") + (f", in = {into}" if into else "")
    model = MODELS["eject"]
    four = Function((Setting((8, 6, 0x50), ((0x81, 2), (0x01, 2), (0x82, 2), (0x02, 2))),), ("cdrom",))
    looks = {**model.compositions, "storage": replace(model.compositions["storage"], functions=(four,))}
    bus = bus_of(replace(model, compositions=looks))
    bus.sim.sticks[0].faults = Faults(obeys=1)
    ran = run(bus, "1-1", library=family_of_steps(tmp_path, "19d2:0053", f'{{ cbw = {{ hex = "{REZERO}"{named} }} }}'))
    assert ran.outcome is not None, ran.error
    assert [(kind, where) for kind, where, _ in bus.sim.wire][:2] == [
        ("bulk out", f"{out or 1:02x}"),
        ("bulk in", f"{into or 0x81:02x}"),
    ]


def test_a_class_that_is_there_is_reached(tmp_path: Path, wire: list[str]) -> None:
    step = "{ control = { request-type = 0x21, request = 9, class = 0xff } }"
    run(plugged(PORTS), "1-1", library=family_of_steps(tmp_path, "1199:6880", step))
    assert wire == ["21 09 0000 0000/0"]
