"""Every method of the peer's, from its keyword to the wire: what goes out, in order, and what a stick's answer makes.

Ref: usb_modeswitch 2.6.1, each method as the Debian binary puts it on the wire.  The bytes below are those, written
down and not computed.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import usb.core

from modeswitch.cli import main
from modeswitch.database.library import Library
from modeswitch.errors import (
    BadReply,
    CommandFailed,
    LinkLost,
    ModeswitchError,
    NotBack,
    PermissionDenied,
    Refused,
    SwitchFailed,
)
from modeswitch.importers import methods
from modeswitch.sim.bus import SimBus
from modeswitch.sim.clock import VirtualClock
from modeswitch.sim.composition import Composition, Function, Numbers, Setting, serial, storage
from modeswitch.sim.faults import Faults
from modeswitch.sim.models import MODELS, Model
from modeswitch.sim.stick import Stick
from tests.support.rig import Ran, messages, plugged, run

CBW = "55534243"
ALLOW_0 = "5553424387654321000000000000061e000000000000000000000000000000"
EJECT_0 = "5553424397654321000000000000061b000000020000000000000000000000"
ALLOW_1 = "5553424387654321000000000001061e000000000000000000000000000000"
EJECT_1 = "5553424397654321000000000001061b000000020000000000000000000000"
CISCO = (
    "55534243f83bcd810002000080000afd000000030000000100000000000000",
    "55534243984300820002000080000afd000000070000000100000000000000",
    "55534243984300820000000000000afd000100071000000000000000000000",
    "55534243984300820002000080000afd000200230000000100000000000000",
    "55534243984300820000000000000afd000300238200000000000000000000",
    "55534243984300820002000080000afd000200260000000100000000000000",
    "55534243984300820000000000000afd00030026c800000000000000000000",
    "55534243d84c04820002000080000afd000010730000000100000000000000",
    "55534243d84c04820002000080000afd000200240000000100000000000000",
    "55534243d84c04820000000000000afd000300241300000000000000000000",
    "55534243d84c04820000000000000afd000110732400000000000000000000",
)


class Method(NamedTuple):
    """A method: the stick it is tried on, and all that must reach it, in order.

    Bulk and interrupt OUT are ``endpoint data``, control requests ``setup/length data``.
    """

    keyword: str
    stick: str
    sent: tuple[str, ...]

    def __str__(self) -> str:
        return self.keyword


METHODS = (
    Method("StandardEject", "eject,deaf", tuple(f"01 {cbw}" for cbw in (ALLOW_0, EJECT_0, ALLOW_1, EJECT_1))),
    Method("HuaweiMode", "e220,back=same", ("00 03 0001 0000/0",)),
    Method("HuaweiNewMode", "e3372h,deaf", ("01 55534243123456780000000000000011062000000101000100000000000000",)),
    Method("HuaweiAltMode", "e3372h,deaf", ("01 55534243123456780000000000000011063000000000010000000000000000",)),
    Method("OptionMode", "eject,deaf", ("01 55534243123456780000000000000601000000000000000000000000000000",)),
    Method("SierraMode", "vendor,deaf", ("40 0b 0001 0000/0",)),
    Method("SequansMode", "vendor,deaf", ("40 0b 0002 0000/0",)),
    Method("QisdaMode", "vendor,deaf", ("40 04 0000 0000/16 058c0408a0ee20005c01040898cdeabf",)),
    Method("QuantaMode", "vendor,deaf", ("c0 ff 0000 0000/0",)),
    Method("GCTMode", "vendor,deaf", ("a1 a0 0000 0000/1", "a1 fe 0000 0000/1")),
    Method("KobilMode", "vendor,deaf", ("c0 88 0000 0000/8",)),
    Method("BlackberryMode", "vendor,deaf", ("c0 b1 0000 0000/8", "c0 a9 000e 0000/2")),
    Method("CiscoMode", "eject,deaf", tuple(f"01 {cbw}" for cbw in CISCO)),
)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What reaches any stick, in order: no descriptors, no REQUEST SENSE, no recovery."""
    sent: list[str] = []
    control, out = Stick.control, Stick.out

    def controlled(self: Stick, kind: int, request: int, value: int, index: int, data: bytes, length: int) -> bytes:
        if (kind, request) not in ((0x80, 6), (0x21, 0xFF)):
            sent.append(f"{kind:02x} {request:02x} {value:04x} {index:04x}/{length} {data.hex()}".strip())
        return control(self, kind, request, value, index, data, length)

    def went(self: Stick, endpoint: int, data: bytes) -> None:
        if not (data[:4] == b"USBC" and data[15] == 0x03):
            sent.append(f"{endpoint:02x} {data.hex()}")
        return out(self, endpoint, data)

    monkeypatch.setattr(Stick, "control", controlled)
    monkeypatch.setattr(Stick, "out", went)
    return sent


def usb_of(stick: str) -> str:
    composition = plugged(stick).sim.sticks[0].composition
    return f"{composition.vendor:04x}:{composition.product:04x}"


def imported(folder: Path, usb: str, *lines: str) -> Library:
    """A library with what ``modeswitch profiles import`` makes of a file of the peer's, and with the shipped."""
    source, into = folder / usb, folder / "profiles"
    source.write_text("\n".join(lines) + "\n", "utf-8")
    into.mkdir(exist_ok=True)
    assert main(["profiles", "import", "--into", str(into), str(source)]) == 0
    return Library(user=[into])


def has_driver(bus: SimBus) -> bool:
    return bus.sim.is_kernel_driver_active(next(bus.sim.enumerate_devices()), 0)


@pytest.mark.parametrize("method", METHODS, ids=str)
def test_a_method_on_the_wire(method: Method, tmp_path: Path, wire: list[str]) -> None:
    """Nothing before, nothing between, nothing after; and the stick, which stays, has its driver again."""
    library = imported(tmp_path, usb_of(method.stick), f"{method.keyword}=1")
    bus = plugged(method.stick)
    ran = run(bus, "1-1", library=library)
    assert isinstance(ran.error, SwitchFailed | CommandFailed), ran.outcome
    assert ran.error.status == 1
    assert tuple(wire) == method.sent
    assert bus.sim.claims == set()
    assert has_driver(bus)


def test_every_method_is_tried() -> None:
    tried = {method.keyword for method in METHODS} | {"SonyMode", "MobileActionMode"}
    assert tried == set(methods.STEPS)


@pytest.mark.parametrize(("value", "sent"), [("1", "0004"), ("2", "0002"), ("4", "0004"), ("65535", "ffff")])
def test_pantech(value: str, sent: str, tmp_path: Path, wire: list[str]) -> None:
    run(plugged("vendor,deaf"), "1-1", library=imported(tmp_path, "1199:0fff", f"PantechMode={value}"))
    assert wire == [f"40 70 {sent} 0000/0"]


def test_sony_is_told_twice_with_its_absence_between(tmp_path: Path, wire: list[str]) -> None:
    """It comes back with its id and its modem's class, and is told again after a second."""
    library = imported(tmp_path, "1199:0fff", "SonyMode=1")
    model = MODELS["vendor"]
    half = replace(model.compositions["modem"], product=0x0FFF)
    model = replace(model, compositions={**model.compositions, "half": half}, becomes="half")
    bus = on_bus(model)
    (stick,) = bus.sim.sticks
    stick.faults = Faults(request="c0-11")
    back: list[float] = []
    asked: list[float] = []

    def told(event: str, **facts: object) -> None:
        if event == "control":
            asked.append(bus.now())
        if event == "back" and not back:
            back.append(bus.now())
            stick.model, stick.switched = replace(model, wakes="half", becomes="modem"), False

    ran = run(bus, "1-1", library=library, tell=told)
    assert ran.outcome is not None, ran.error
    assert str(ran.outcome.device.usb.id) == "1199:6880"
    assert wire == ["c0 11 0002 0000/3"] * 2
    assert ran.told.count("left") == 2
    assert asked[1] - back[0] >= 1.0


def test_sony_that_comes_back_as_it_was_is_told_once(tmp_path: Path, wire: list[str]) -> None:
    library = imported(tmp_path, "1199:0fff", "SonyMode=1")
    ran = run(plugged("vendor,request=c0-11,back=same"), "1-1", library=library)
    assert type(ran.error) is SwitchFailed
    assert wire == ["c0 11 0002 0000/3"]


def test_sony_that_never_returns_is_told_once(tmp_path: Path, wire: list[str]) -> None:
    library = imported(tmp_path, "1199:0fff", "SonyMode=1")
    ran = run(plugged("vendor,request=c0-11,back=never"), "1-1", library=library)
    assert type(ran.error) is NotBack
    assert wire == ["c0 11 0002 0000/3"]


# Mobile Action's cable: reports on interrupt endpoints of a HID interface, and nothing like storage.

CABLE = Model(
    "cable",
    "made up",
    "cable",
    {
        "cable": Composition(0x0DF7, 0x0800, (Function((Setting((3, 0, 0), ((0x81, 3), (0x02, 3))),)),)),
        "modem": Composition(0x0DF7, 0x0900, (serial(Numbers(), (0xFF, 0xFF, 0xFF), "pcui"),)),
    },
    lambda host, profile, green: None,
)
HELLO = "21 09 0300 0000/8 b004000002902686"
REPORTS = (
    ("02 3701fedbc1331f83", 1),
    ("02 370eb59d3b8a9151", 1),
    ("02 3487ba0dfc8a9151", 63),
    ("02 3701fedbc1331f83", 1),
    ("02 370eb59d3b8a9151", 1),
    ("02 3487ba0dfc8a9151", 73),
    ("02 3304fe00f46c1ff0", 1),
    ("02 3207fef029b93af0", 0),
)


def on_bus(model: Model) -> SimBus:
    clock = VirtualClock()
    return SimBus([Stick(model, clock=clock)], clock)


@pytest.fixture
def cable(tmp_path: Path) -> Library:
    return imported(tmp_path, "0df7:0800", "MobileActionMode=1", "TargetVendor=0x0df7", "TargetProduct=0x0900")


def test_mobile_action_reads_as_many_reports_as_the_peer(
    cable: Library, wire: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def report(self: Stick, endpoint: int, most: int) -> bytes:
        wire.append(f"{endpoint:02x}/{most}")
        return b"\x55" * 8

    monkeypatch.setattr(Stick, "into", report)
    ran = run(on_bus(CABLE), "1-1", library=cable)
    assert isinstance(ran.error, SwitchFailed)
    into = ["81/8"]
    assert wire == [HELLO, HELLO, *into * 2, *(part for out, times in REPORTS for part in [out, *into * times])]


def test_a_mute_cable_gets_all_reports_and_is_not_waited_for_again(cable: Library, wire: list[str]) -> None:
    """Each silence costs one second, not one for each of 63 answers; the peer takes 150 s here."""
    bus = on_bus(CABLE)
    ran = run(bus, "1-1", library=cable)
    assert isinstance(ran.error, SwitchFailed)
    assert wire == [HELLO, HELLO, *(out for out, _ in REPORTS)]
    assert ran.told.count("refused") == 8
    assert ran.seconds <= 8.1 + 20
    assert bus.sim.claims == set()


def test_a_cable_that_leaves_in_the_middle_has_obeyed(
    cable: Library, wire: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = Stick.out

    def out(self: Stick, endpoint: int, data: bytes) -> None:
        before(self, endpoint, data)
        if data.hex() == "3304fe00f46c1ff0":
            self.reboot("modem")

    monkeypatch.setattr(Stick, "out", out)
    ran = run(on_bus(CABLE), "1-1", library=cable)
    assert ran.outcome is not None, ran.error
    assert ran.outcome.mode == "switched"
    assert wire[-1] == "02 3304fe00f46c1ff0"


@pytest.mark.parametrize("cls", [0x08, 0xFF])
def test_what_is_no_hid_gets_no_report(cls: int, cable: Library, wire: list[str]) -> None:
    """A storage interface with the endpoints that the cable has is sent nothing, not even the first request."""
    functions = (Function((Setting((cls, 0, 0), ((0x81, 3), (0x02, 3))),)),)
    looks = {**CABLE.compositions, "cable": replace(CABLE.compositions["cable"], functions=functions)}
    bus = on_bus(replace(CABLE, compositions=looks))
    ran = run(bus, "1-1", library=cable)
    assert type(ran.error) is Refused
    assert ran.error.status == 5
    assert f"is of class {cls:02x}, not 03: nothing was sent" in ran.error.message
    assert wire == []
    assert ran.told.count("step") == 0


# Messages of the peer's own files, and what stands beside them.

REZERO = "55534243123456780000000000000601000000000000000000000000000000"
VENDOR_CBW = "55534243123456702000000080000c85010101180101010101000000000000"
EJECTS = (ALLOW_0, EJECT_0, ALLOW_1, EJECT_1)
COMBINED = (
    (("StandardEject=1", f'MessageContent="{VENDOR_CBW}"'), [ALLOW_0, EJECT_0, ALLOW_1, EJECT_1, VENDOR_CBW]),
    (
        (f"MessageContent={REZERO}", f"MessageContent2={EJECT_0}", f"MessageContent3={EJECT_1}"),
        [REZERO, EJECT_0, EJECT_1],
    ),
    (("StandardEject=1", f"MessageContent={REZERO}", f"MessageContent2={EJECT_0}"), [*EJECTS, REZERO]),
    ((f"MessageContent={REZERO.upper()}",), [REZERO]),
    ((f"MessageContent={REZERO}", "MessageEndpoint=0x01", "ResponseEndpoint=0x81"), [REZERO]),
    ((f"MessageContent={REZERO}", "ResponseEndpoint=0x01"), [REZERO]),
    (("MessageContent=1b5a01",), ["1b5a01"]),
    (("WaitBefore=3", f"MessageContent={REZERO}"), [REZERO]),
    (("StandardEject=0", f"MessageContent={REZERO}"), [REZERO]),
)


@pytest.mark.parametrize(("lines", "sent"), COMBINED, ids=["|".join(lines)[:50] for lines, _ in COMBINED])
def test_messages(lines: tuple[str, ...], sent: list[str], tmp_path: Path, wire: list[str]) -> None:
    bus = plugged("eject,deaf")
    ran = run(bus, "1-1", library=imported(tmp_path, "19d2:0053", *lines))
    assert ran.error is not None
    assert wire == [f"01 {data}" for data in sent]
    assert has_driver(bus)


@pytest.mark.parametrize("stays", [True, False])
def test_a_reset_after_a_message_is_for_a_stick_that_stayed(stays: bool, tmp_path: Path) -> None:
    bus = plugged(f"eject,obeys=1,dies{',deaf' * stays}")
    lines = (f"MessageContent={REZERO}", "ResetUSB=1")
    ran = run(bus, "1-1", library=imported(tmp_path, "19d2:0053", *lines))
    assert (ran.outcome is None) is stays, ran.error
    assert [kind for kind, _, _ in bus.sim.wire].count("reset") == stays


def test_detach_sends_nothing_and_gives_the_driver_back(tmp_path: Path, wire: list[str]) -> None:
    bus = plugged("eject")
    ran = run(bus, "1-1", library=imported(tmp_path, "19d2:0053", "DetachStorageOnly=1"))
    assert isinstance(ran.error, SwitchFailed)
    assert wire == []
    assert "attached" in ran.told
    assert has_driver(bus)


def test_detach_is_enough_for_some(tmp_path: Path) -> None:
    bus = plugged("eject")

    def leave(event: str, **facts: object) -> None:
        if event == "step":
            bus.sim.sticks[0].reboot("modem")

    ran = run(bus, "1-1", library=imported(tmp_path, "19d2:0053", "DetachStorageOnly=1"), tell=leave)
    assert ran.outcome is not None, ran.error


# A control request, answered short, with a stall, or never.


class Answered(NamedTuple):
    """A method, its request that is answered so, and the error of a stick that stays; None where it must not matter.

    ``sent`` is how many requests go out.
    """

    keyword: str
    request: str
    answer: str
    error: type[ModeswitchError] | None
    sent: int

    def __str__(self) -> str:
        return f"{self.keyword} {self.request} {self.answer}"


def answered() -> Iterator[Answered]:
    for keyword, request in (("KobilMode", "c0-88"), ("BlackberryMode", "c0-a9"), ("GCTMode", "a1-fe")):
        sent = 1 if keyword == "KobilMode" else 2
        yield Answered(keyword, request, "short", BadReply, sent)
        yield Answered(keyword, request, "stalled", SwitchFailed, sent)
        yield Answered(keyword, request, "never", SwitchFailed, sent)
    for answer, error in (("short", BadReply), ("stalled", LinkLost), ("never", LinkLost)):
        yield Answered("BlackberryMode", "c0-b1", answer, error, 1)
        yield Answered("GCTMode", "a1-a0", answer, None, 2)
    for answer in ("stalled", "never"):
        yield Answered("QuantaMode", "c0-ff", answer, SwitchFailed, 1)
        yield Answered("SequansMode", "40-0b", answer, SwitchFailed, 1)
        yield Answered("QisdaMode", "40-04", answer, SwitchFailed, 1)
        yield Answered("SonyMode", "c0-11", answer, SwitchFailed, 1)
    yield Answered("SonyMode", "c0-11", "short", BadReply, 1)


@pytest.mark.parametrize("case", list(answered()), ids=str)
def test_a_request_answered_badly_by_a_stick_that_stays(case: Answered, tmp_path: Path, wire: list[str]) -> None:
    bus = plugged(f"vendor,deaf,request={case.request},answer={case.answer}")
    ran = run(bus, "1-1", library=imported(tmp_path, "1199:0fff", f"{case.keyword}=1"))
    assert type(ran.error) is (case.error or SwitchFailed), ran.error
    assert ran.error.status == 1
    assert "1199:0fff at 1-1" in ran.error.message
    assert len({entry.partition("/")[0] for entry in wire}) == case.sent
    assert has_driver(bus)
    assert bus.sim.claims == set()
    assert ran.mode_at() == "mass-storage"


@pytest.mark.parametrize("case", [case for case in answered() if "Sony" not in case.keyword], ids=str)
def test_a_request_answered_badly_by_a_stick_that_obeys(case: Answered, tmp_path: Path) -> None:
    """The last request's answer is nothing that counts: the bus is the judge."""
    bus = plugged(f"vendor,request={case.request},answer={case.answer},linger=0")
    ran = run(bus, "1-1", library=imported(tmp_path, "1199:0fff", f"{case.keyword}=1"))
    if case.error in (LinkLost, BadReply) and case.sent == 1 and case.keyword == "BlackberryMode":
        assert isinstance(ran.error, ModeswitchError)
        assert ran.error.facts["step"] == 1
    else:
        assert ran.outcome is not None, ran.error
        assert ran.mode_at() == "switched"


# What is not there is refused before a byte.

PROFILE = """
[family]
name = "made-up"
vendor = "Test"
goal = "switched"
told-by = "id"
[[product]]
usb = "%s"
names = ["made up"]
evidence = [{ report = "made up" }]
[[transition]]
from = ["mass-storage", "asleep"]
to = "switched"
steps = [%s]
within = 5
evidence = [{ report = "made up" }]
"""


def steps(folder: Path, usb: str, written: str) -> Library:
    (folder / "made-up.toml").write_text(PROFILE % (usb, written), "utf-8")
    return Library(user=[folder])


FIRST = "{ control = { request-type = 0x40, request = 0x0b, value = 1 } }"
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
    ran = run(bus, "1-1", library=steps(tmp_path, usb_of(stick), first + step))
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
    bus = on_bus(replace(model, compositions=looks))
    ran = run(
        bus, "1-1", library=steps(tmp_path, "1199:0fff", f'{{ cbw = {{ hex = "{REZERO}", out = 2, in = 0x82 }} }}')
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
    bus = on_bus(replace(model, compositions=looks))
    bus.sim.sticks[0].faults = Faults(obeys=1)
    ran = run(bus, "1-1", library=steps(tmp_path, "19d2:0053", f'{{ cbw = {{ hex = "{REZERO}"{named} }} }}'))
    assert ran.outcome is not None, ran.error
    assert [(kind, where) for kind, where, _ in bus.sim.wire][:2] == [
        ("bulk out", f"{out or 1:02x}"),
        ("bulk in", f"{into or 0x81:02x}"),
    ]


def test_a_class_that_is_there_is_reached(tmp_path: Path, wire: list[str]) -> None:
    step = "{ control = { request-type = 0x21, request = 9, class = 0xff } }"
    run(plugged(PORTS), "1-1", library=steps(tmp_path, "1199:6880", step))
    assert wire == ["21 09 0000 0000/0"]


# May fail.


@pytest.mark.parametrize("answer", ["short", "stalled", "never"])
def test_what_may_fail_and_is_not_the_last_does_not_end_it(answer: str, tmp_path: Path, wire: list[str]) -> None:
    first = "{ control = { request-type = 0xc0, request = 0xb1, length = 8, may-fail = true } }"
    bus = plugged(f"vendor,deaf,request=c0-b1,answer={answer}")
    ran = run(bus, "1-1", library=steps(tmp_path, "1199:0fff", f"{first}, {FIRST}"))
    assert isinstance(ran.error, SwitchFailed)
    assert ran.told.count("refused") == 1
    assert wire[-1] == "40 0b 0001 0000/0"


def test_what_may_fail_and_is_the_last_is_judged_as_any_last(tmp_path: Path) -> None:
    step = "{ control = { request-type = 0xc0, request = 0xb1, length = 8, may-fail = true } }"
    bus = plugged("vendor,deaf,request=c0-b1,answer=short")
    ran = run(bus, "1-1", library=steps(tmp_path, "1199:0fff", step))
    assert type(ran.error) is BadReply
    assert "4 of 8 bytes" in ran.error.message
    assert has_driver(bus)


def test_what_the_host_forbids_is_no_answer_of_the_stick(tmp_path: Path) -> None:
    """May-fail is about the stick: a host that may not open it is an error at once."""
    step = "{ control = { request-type = 0xc0, request = 0xb1, length = 8, may-fail = true } }"
    ran: Ran = run(plugged("vendor,denied"), "1-1", library=steps(tmp_path, "1199:0fff", f"{step}, {FIRST}"))
    assert ran.error is not None
    assert ran.error.status == 7


def test_what_the_host_forbids_in_the_middle_is_no_answer_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wire: list[str]
) -> None:
    control = Stick.control

    def forbidden(self: Stick, request_type: int, *rest: Any) -> bytes:
        answer = control(self, request_type, *rest)
        if request_type & 0x60 == 0x40:  # a vendor's request
            raise usb.core.USBError("Access denied", -3, errno.EACCES)
        return answer

    step = "{ control = { request-type = 0xc0, request = 0xb1, length = 8, may-fail = true } }"
    monkeypatch.setattr(Stick, "control", forbidden)
    bus = plugged("vendor")
    ran = run(bus, "1-1", library=steps(tmp_path, "1199:0fff", f"{step}, {FIRST}"))
    assert type(ran.error) is PermissionDenied
    assert len(wire) == 1
    assert has_driver(bus)


def test_the_zte_of_five_commands_sends_the_fifth(wire: list[str]) -> None:
    """19d2:2000: an eject of two LUNs, and then a command of its own; from the shipped profile."""
    model = MODELS["eject"]
    looks = {**model.compositions, "storage": replace(model.compositions["storage"], product=0x2000)}
    bus = on_bus(replace(model, compositions=looks))
    bus.sim.sticks[0].faults = replace(bus.sim.sticks[0].faults, obeys=5)
    ran = run(bus, "19d2:2000")
    assert ran.outcome is not None, ran.error
    assert messages(bus) == [ALLOW_0, EJECT_0, ALLOW_1, EJECT_1, VENDOR_CBW]
