"""Every method of usb_modeswitch, from its keyword to the wire: what goes out, and in which order.

Ref: usb_modeswitch 2.6.1, each method as the Debian binary puts it on the wire.  The bytes below are those, written
down and not computed.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from modeswitch.errors import CommandFailed, NotBack, SwitchFailed
from modeswitch.importers import methods
from modeswitch.sim.faults import Faults
from modeswitch.sim.models import MODELS
from tests.support.cbw import EJECT_0, EJECT_1, EJECTS, REZERO, ZTE_CBW
from tests.support.methods import import_file, usb_of
from tests.support.rig import bus_of, has_driver, messages, run, sunny

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
    Method("StandardEject", "eject,deaf", tuple(f"01 {cbw}" for cbw in EJECTS)),
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


@pytest.mark.parametrize("method", METHODS, ids=str)
def test_a_method_on_the_wire(method: Method, tmp_path: Path, wire: list[str]) -> None:
    """Nothing before, nothing between, nothing after; and the stick, which stays, has its driver again."""
    library = import_file(tmp_path, usb_of(method.stick), f"{method.keyword}=1")
    bus = sunny(method.stick)
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
def test_pantech_mode_and_its_values(value: str, sent: str, tmp_path: Path, wire: list[str]) -> None:
    run(sunny("vendor,deaf"), "1-1", library=import_file(tmp_path, "1199:0fff", f"PantechMode={value}"))
    assert wire == [f"40 70 {sent} 0000/0"]


def test_sony_is_sent_its_request_again_once_it_is_back(tmp_path: Path, wire: list[str]) -> None:
    """It comes back with its id and its modem's class, and is told again after a second."""
    library = import_file(tmp_path, "1199:0fff", "SonyMode=1")
    model = MODELS["vendor"]
    half = replace(model.compositions["modem"], product=0x0FFF)
    model = replace(model, compositions={**model.compositions, "half": half}, becomes="half")
    bus = bus_of(model)
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


def test_sony_that_comes_back_as_it_was_is_sent_one_request(tmp_path: Path, wire: list[str]) -> None:
    library = import_file(tmp_path, "1199:0fff", "SonyMode=1")
    ran = run(sunny("vendor,request=c0-11,back=same"), "1-1", library=library)
    assert type(ran.error) is SwitchFailed
    assert wire == ["c0 11 0002 0000/3"]


def test_sony_that_never_returns_is_sent_one_request(tmp_path: Path, wire: list[str]) -> None:
    library = import_file(tmp_path, "1199:0fff", "SonyMode=1")
    ran = run(sunny("vendor,request=c0-11,back=never"), "1-1", library=library)
    assert type(ran.error) is NotBack
    assert wire == ["c0 11 0002 0000/3"]


COMBINED = (
    (("StandardEject=1", f'MessageContent="{ZTE_CBW}"'), [*EJECTS, ZTE_CBW]),
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
def test_the_messages_of_a_file(lines: tuple[str, ...], sent: list[str], tmp_path: Path, wire: list[str]) -> None:
    bus = sunny("eject,deaf")
    ran = run(bus, "1-1", library=import_file(tmp_path, "19d2:0053", *lines))
    assert ran.error is not None
    assert wire == [f"01 {data}" for data in sent]
    assert has_driver(bus)


@pytest.mark.parametrize("stays", [True, False])
def test_a_reset_after_a_message_is_for_a_stick_that_stayed(stays: bool, tmp_path: Path) -> None:
    bus = sunny(f"eject,obeys=1,dies{',deaf' * stays}")
    lines = (f"MessageContent={REZERO}", "ResetUSB=1")
    ran = run(bus, "1-1", library=import_file(tmp_path, "19d2:0053", *lines))
    assert (ran.outcome is None) is stays, ran.error
    assert [kind for kind, _, _ in bus.sim.wire].count("reset") == stays


def test_detach_sends_nothing_and_gives_the_driver_back(tmp_path: Path, wire: list[str]) -> None:
    bus = sunny("eject")
    ran = run(bus, "1-1", library=import_file(tmp_path, "19d2:0053", "DetachStorageOnly=1"))
    assert isinstance(ran.error, SwitchFailed)
    assert wire == []
    assert "attached" in ran.told
    assert has_driver(bus)


def test_a_stick_may_leave_after_detach_alone(tmp_path: Path) -> None:
    bus = sunny("eject")

    def leave(event: str, **facts: object) -> None:
        if event == "step":
            bus.sim.sticks[0].reboot("modem")

    ran = run(bus, "1-1", library=import_file(tmp_path, "19d2:0053", "DetachStorageOnly=1"), tell=leave)
    assert ran.outcome is not None, ran.error


def test_the_zte_of_five_commands_sends_the_fifth(wire: list[str]) -> None:
    """19d2:2000: an eject of two LUNs, and then a command of its own; from the shipped profile."""
    model = MODELS["eject"]
    looks = {**model.compositions, "storage": replace(model.compositions["storage"], product=0x2000)}
    bus = bus_of(replace(model, compositions=looks))
    bus.sim.sticks[0].faults = replace(bus.sim.sticks[0].faults, obeys=5)
    ran = run(bus, "19d2:2000")
    assert ran.outcome is not None, ran.error
    assert messages(bus) == [*EJECTS, ZTE_CBW]
