"""The simulated stick against the facts about firmware that it stands for, and its words."""

from __future__ import annotations

import os
from dataclasses import fields, replace
from pathlib import Path

import pytest

from modeswitch.errors import BadDescriptors, UsageError
from modeswitch.sim.clock import VirtualClock
from modeswitch.sim.faults import DESCRIPTORS, STRINGS, WORDS, Faults
from modeswitch.sim.models import MODELS
from modeswitch.sim.modem import Nvram
from modeswitch.sim.spec import parse
from modeswitch.sim.stick import Stick
from modeswitch.sim.storage import Nak, Stall
from modeswitch.sim.weather import SUNNY, Weather
from modeswitch.usb import bot, scsi
from modeswitch.usb.descriptors import Descriptors
from tests.switching.test_switch import CASES
from tests.tasks.test_line import DIALLED
from tests.whole.test_any_mode import WAYS

WINDOWS, MAC, LINUX, GATEWAY = 0x00, 0x10, 0x20, 0x30
OUT, IN = 0x01, 0x81


class Held:
    """A stick in the hand: its model, its clock, and what a host would do to it."""

    def __init__(self, words: str, weather: str = ",sunny") -> None:
        self.clock = VirtualClock()
        self.stick: Stick = parse(words + weather, self.clock)

    def wait(self, seconds: float) -> None:
        """Let time pass, and do each thing when it is due."""
        end = self.clock.now() + seconds
        while (due := self.stick.next_due()) is not None and due <= end:
            self.clock.wait(due - self.clock.now())
            self.stick.advance()
        self.clock.wait(end - self.clock.now())

    def command(self, cdb: bytes, *, lun: int = 0, data_in: int = 0) -> int:
        """Send a command, read its data and its CSW; the CSW's status."""
        self.stick.out(OUT, scsi.build_cbw(cdb, lun=lun, data_in=data_in))
        if data_in:
            self.stick.into(IN, data_in)
        return bot.read_csw(self.stick.into(IN, 13)).status

    def rewind(self, host: int, profile: int = 0, green: int = 0) -> int:
        return self.command(scsi.build_cdb("HUAWEI REWIND", host=host, profile=profile, green=green))


# Which message leads where (hw_pnp.c of the E3372h; captures 13 and 27).


@pytest.mark.parametrize(
    ("model", "host", "profile", "green", "becomes", "usb"),
    [
        ("e3372h", LINUX, 0, 1, "ecm", 0x14DC),
        ("e3372h", MAC, 0, 1, "ecm", 0x14DC),
        ("e3372h", WINDOWS, 0, 1, "rndis", 0x14DC),
        ("e3372h", WINDOWS, 0, 0, "project", 0x1442),
        ("e3372h", GATEWAY, 0, 0, "gateway-ppp", 0x1001),
        ("e3372h", GATEWAY, 1, 0, "gateway-ncm", 0x155E),
        ("e3372h", GATEWAY, 1, 2, "gateway-ncm", 0x155E),
        ("e3372h-153", LINUX, 0, 1, "linux", 0x1506),
        ("e3372h-153", LINUX, 0, 0, "linux", 0x1506),
        ("e3372h-153", WINDOWS, 0, 0, "windows", 0x1506),
        ("e3372h-153", MAC, 0, 2, "windows", 0x1506),
        ("e3372h-153", GATEWAY, 0, 0, "gateway-ppp", 0x1001),
        ("e3372h-153", GATEWAY, 1, 0, "gateway-ncm", 0x155E),
        ("e3372s", LINUX, 0, 1, "linux", 0x15B6),
    ],
)
def test_where_a_message_leads(model: str, host: int, profile: int, green: int, becomes: str, usb: int) -> None:
    held = Held(model)
    assert held.rewind(host, profile, green) == 0
    held.wait(5)
    assert (held.stick.looks, held.stick.composition.product) == (becomes, usb)
    assert held.stick.enumerations == 2


@pytest.mark.parametrize(("host", "green"), [(LINUX, 0), (MAC, 0), (WINDOWS, 2), (LINUX, 2), (0x40, 1), (LINUX, 7)])
def test_an_unknown_combination_leaves_hilink_deaf_until_replugged(host: int, green: int) -> None:
    held = Held("e3372h")
    assert held.rewind(host, 0, green) == 0
    held.wait(20)
    assert (held.stick.looks, held.stick.enumerations) == ("storage", 1)
    assert held.rewind(LINUX, 0, 1) == 1
    held.wait(20)
    assert held.stick.looks == "storage"


def test_a_gateway_profile_that_is_neither_is_passed_over_and_not_fatal() -> None:
    held = Held("e3372h")
    assert held.rewind(GATEWAY, 2) == 0
    assert held.rewind(LINUX, 0, 1) == 0
    held.wait(5)
    assert held.stick.looks == "ecm"


def test_the_host_decides_the_subclass() -> None:
    """02 for Linux, 03 for every other host, ff/ff/ff for a gateway."""
    compositions = MODELS["e3372s"].compositions
    subclasses = {
        name: {f.settings[0].triple[1] for f in compositions[name].functions if not f.luns}
        for name in ("linux", "windows", "gateway-ppp")
    }
    assert subclasses == {"linux": {2}, "windows": {3}, "gateway-ppp": {0xFF}}


def test_the_message_is_taken_only_before_the_switch() -> None:
    """The storage interface that is left after a switch refuses it."""
    held = Held("e3372h,wakes=ecm")
    storage = scsi.build_cbw(scsi.build_cdb("HUAWEI REWIND", host=GATEWAY, profile=1))
    (number,) = (n for n, function in enumerate(held.stick.composition.functions) if function.luns)
    addresses = [address for address, _ in held.stick.composition.functions[number].settings[0].endpoints]
    held.stick.out(min(addresses), storage)
    assert bot.read_csw(held.stick.into(max(addresses), 13)).status == 1
    held.wait(20)
    assert held.stick.looks == "ecm"


def test_the_message_is_taken_once() -> None:
    held = Held("e3372h,linger=3")
    assert held.rewind(GATEWAY, 1) == 0
    assert held.rewind(LINUX, 0, 1) == 1
    held.wait(10)
    assert held.stick.looks == "gateway-ncm"


# Control requests.


@pytest.mark.parametrize(("model", "becomes"), [("e3372h", "ecm"), ("e3372h-153", "windows")])
def test_request_a1_switches_as_for_a_mac(model: str, becomes: str) -> None:
    held = Held(model)
    assert held.stick.control(0x40, 0xA1, 0, 0, b"", 0) == b""
    held.wait(5)
    assert held.stick.looks == becomes
    with pytest.raises(Stall):
        held.stick.control(0x40, 0xA1, 0, 0, b"", 0)


@pytest.mark.parametrize(("host", "becomes"), [(LINUX, "ecm"), (WINDOWS, "rndis"), (GATEWAY, "gateway-ppp")])
def test_request_9a_switches_as_for_that_host_and_stalls(host: int, becomes: str) -> None:
    held = Held("e3372h")
    with pytest.raises(Stall):
        held.stick.control(0xC0, 0x9A, 0x0100 | host, 1, b"", 0)
    held.wait(5)
    assert held.stick.looks == becomes


@pytest.mark.parametrize("setup", [(0xC0, 0x9A, 0x0020), (0x40, 0x9A, 0x0120), (0xC0, 0xA1, 0), (0xC0, 0xEE, 0)])
def test_other_vendor_requests_only_stall(setup: tuple[int, int, int]) -> None:
    held = Held("e3372h")
    with pytest.raises(Stall):
        held.stick.control(*setup, 0, b"", 0)
    held.wait(20)
    assert held.stick.looks == "storage"


@pytest.mark.parametrize(("model", "becomes"), [("e3372h", "storage"), ("e3372h-153", "storage"), ("e220", "modem")])
def test_set_feature_is_a_switch_on_old_sticks_only(model: str, becomes: str) -> None:
    held = Held(model)
    held.stick.control(0x00, 0x03, 0x0001, 0, b"", 0)
    held.wait(5)
    assert held.stick.looks == becomes


# Coming and going.


def test_idle_after_get_max_lun_drops_off_and_comes_back() -> None:
    held = Held("e3372h")
    assert held.stick.control(0xA1, 0xFE, 0, 0, b"", 1) == b"\x01"
    held.wait(4.9)
    assert held.stick.present
    held.wait(0.2)
    assert not held.stick.present
    held.wait(9.8)
    assert not held.stick.present
    held.wait(0.2)
    assert held.stick.present
    assert (held.stick.looks, held.stick.enumerations) == ("storage", 2)


def test_a_command_keeps_it_awake() -> None:
    held = Held("e3372h")
    held.stick.control(0xA1, 0xFE, 0, 0, b"", 1)
    held.wait(4)
    assert held.command(scsi.build_cdb("TEST UNIT READY")) == 0
    held.wait(60)
    assert (held.stick.present, held.stick.enumerations) == (True, 1)


def test_times() -> None:
    """It lingers after its CSW was read, is away, and is back at a new address."""
    held = Held("e3372h,linger=0.5,away=2")
    before = held.stick.address
    held.rewind(GATEWAY, 1)
    for seconds, present in ((0.4, True), (0.2, False), (1.8, False), (0.2, True)):
        held.wait(seconds)
        assert held.stick.present == present
    assert held.stick.address != before


def test_a_csw_that_nobody_reads_does_not_keep_it() -> None:
    held = Held("e3372h")
    held.stick.out(OUT, scsi.build_cbw(scsi.build_cdb("HUAWEI REWIND", host=GATEWAY, profile=1)))
    held.wait(0.9)
    assert held.stick.present
    held.wait(0.2)
    assert not held.stick.present


def test_the_card_keeps_its_content_over_a_switch() -> None:
    held = Held("e3372h")
    block = b"kept" * 128
    held.stick.out(OUT, scsi.build_cbw(scsi.build_cdb("WRITE(10)", lba=3, blocks=1), lun=1, data_out=512))
    held.stick.out(OUT, block)
    assert bot.read_csw(held.stick.into(IN, 13)).status == 0
    held.rewind(LINUX, 0, 1)
    held.wait(5)
    (number,) = (n for n, function in enumerate(held.stick.composition.functions) if function.luns)
    into, out = (address for address, _ in held.stick.composition.functions[number].settings[0].endpoints)
    held.stick.out(out, scsi.build_cbw(scsi.build_cdb("READ(10)", lba=3, blocks=1), data_in=512))
    assert held.stick.into(into, 512) == block


def test_unplugged_stays_away() -> None:
    held = Held("e3372h")
    held.rewind(GATEWAY, 1)
    held.stick.unplug()
    held.wait(100)
    assert not held.stick.present


# What it shows.


@pytest.mark.parametrize(
    ("model", "looks"), [(name, looks) for name, model in MODELS.items() for looks in model.compositions]
)
def test_every_composition_has_good_descriptors(model: str, looks: str) -> None:
    held = Held(f"{model},wakes={looks}")
    found = Descriptors.parse(held.stick.descriptors())
    composition = held.stick.composition
    assert (found.id.vendor, found.id.product) == (composition.vendor, composition.product)
    assert len(found.configurations[0].functions) == len(composition.functions)
    for configuration in found.configurations:
        addresses = [e.address for i in configuration.functions for e in i.endpoints]
        assert len(addresses) == len(set(addresses))
    for index in (1, 2):
        text = held.stick.string(index)
        assert text is not None
        assert (text[0], text[1]) == (len(text), 3)


@pytest.mark.parametrize("kind", [kind for kind in DESCRIPTORS if kind])
def test_damaged_descriptors_are_damaged(kind: str) -> None:
    with pytest.raises(BadDescriptors):
        Descriptors.parse(Held(f"e3372h,descriptors={kind}").stick.descriptors())


@pytest.mark.parametrize("kind", [kind for kind in STRINGS if kind])
def test_hostile_strings_are_hostile(kind: str) -> None:
    raw = Held(f"e3372h,strings={kind}").stick.string(1)
    assert raw is not None
    text = raw[2:].decode("utf-16-le", "replace")
    assert {"escape": "\x1b" in text, "long": len(text) == 126}.get(kind, "\ufffd" in text)


def test_a_configuration_is_chosen_and_asked_for_by_its_index() -> None:
    """USB 2.0 §9.4.3 and §9.4.7: GET_DESCRIPTOR has the index, SET_CONFIGURATION the value."""
    stick = Held("config").stick
    raws = [stick.control(0x80, 6, 0x0200 | index, 0, b"", 255) for index in (0, 1, 2)]
    assert [(raw[2], raw[5]) for raw in raws] == [(len(raw), value) for raw, value in zip(raws, (1, 2, 3), strict=True)]
    assert stick.descriptors()[18:] == b"".join(raws)
    with pytest.raises(Stall):
        stick.control(0x80, 6, 0x0203, 0, b"", 255)
    with pytest.raises(Stall):
        stick.control(0, 9, 4, 0, b"", 0)
    assert stick.composition.luns(0)
    stick.control(0, 9, 3, 0, b"", 0)
    assert stick.control(0x80, 8, 0, 0, b"", 1) == b"\x03"
    assert [function.settings[0].triple for function in stick.composition.functions] == [(2, 14, 0), (10, 0, 2)]
    assert stick.descriptors()[18:] == b"".join(raws)
    with pytest.raises(Stall):
        stick.control(0xA1, 0xFE, 0, 0, b"", 1)


def test_nothing_to_say_is_nak_and_no_answer() -> None:
    with pytest.raises(Nak):
        Held("e3372h").stick.into(IN, 13)
    with pytest.raises(Stall):
        Held("e3372h").stick.into(0x85, 13)


def test_inquiry_of_a_page_is_refused() -> None:
    held = Held("e3372h")
    held.stick.out(OUT, scsi.build_cbw(scsi.build_cdb("INQUIRY", evpd=1, allocation=36), data_in=36))
    with pytest.raises(Stall):
        held.stick.into(IN, 36)


# Its words.


def test_words() -> None:
    stick = parse("e3372h@2-1.4,csw=late,lag=3,away=7,linger=0.5,wakes=ecm,busy,slow=2")
    assert (str(stick.port), stick.looks) == ("2-1.4", "ecm")
    assert stick.weather == Weather(away=7.0, linger=0.5)
    assert parse("e3372h,boots=3,sunny").weather == replace(SUNNY, boots=3.0)
    assert stick.faults == Faults(csw="late", lag=3.0, busy=True, slow=2.0)
    assert parse("e220").faults == Faults()


@pytest.mark.parametrize(
    "text",
    [
        *("", "e3372", "E3372H", "e3372h@1", "e3372h@0-1", "e3372h,odd", "e3372h,csw", "e3372h,csw=odd"),
        *("e3372h,busy=1", "e3372h,lag=x", "e3372h,lag=-1", "e3372h,lag=nan", "e3372h,lag=3601", "e3372h,pulled=x"),
        *("e3372h,wakes=linux", "e3372h,wakes=never", "e3372h,back=odd", "e3372h,away=", "e3372h,away=inf", "e3372h,"),
        *(f"e3372h-153,wakes=linux,ports={words}" for words in ("", ";", "12", "x;12", "A1;12,", "A1;12+123", "A1;ZZ")),
        *("e3372h,moves=x", "e3372h,descriptors=bad", "e3372h,strings=bad", "e3372h-153,wakes=ecm"),
    ],
)
def test_malformed_words(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse(text)
    assert raised.value.status == 2


@pytest.mark.parametrize(
    "text",
    ["", "x", "[" * 9999, "1", "[]", "{}", '{"ports": 1}', '{"ports": ""}', '{"ports": "FF;12", "u2diag": "x"}', "\0"],
)
def test_a_file_that_is_no_nvram(text: str, tmp_path: Path) -> None:
    (tmp_path / "nvram").write_text(text)
    with pytest.raises(UsageError):
        parse(f"e3372h-153,nvram={tmp_path / 'nvram'}")


def test_every_fault_is_met_by_a_switch() -> None:
    """No fault that no test of a whole switch asks for."""
    sticks = [case.stick for case in CASES] + [way.stick for way in WAYS] + [call.stick for call in DIALLED]
    asked = {word.partition("=")[0] for stick in sticks for word in stick.split(",")[1:]}
    assert {field.name for field in fields(Faults)} <= asked
    for name, words in WORDS.items():
        if name in ("descriptors", "strings"):
            continue
        met = {part[len(name) + 1 :] for stick in sticks for part in stick.split(",") if part.startswith(f"{name}=")}
        assert met == set(filter(None, words)), name


@pytest.mark.parametrize("kind", ["endless", "pipe", "folder", "large"])
def test_what_is_no_file_of_an_nvram_is_not_waited_for(kind: str, tmp_path: Path) -> None:
    path = Path("/dev/zero") if kind == "endless" else tmp_path / kind
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "large":
        path.write_text('{"ports": "FF;12", "u2diag": null}' + " " * 70_000)
    with pytest.raises(UsageError, match="NVRAM"):
        parse(f"e3372h-153,nvram={path}")


def test_an_nvram_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file or directory"):
        Nvram("FF;12", path=str(tmp_path / "no" / "where")).store()
