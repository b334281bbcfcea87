"""Which product a device is where its id does not tell: by its strings, by INQUIRY, by what it is seen as."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from modeswitch.database.library import Library
from modeswitch.database.profile import STRINGS, Product
from modeswitch.errors import (
    Busy,
    ModeswitchError,
    NoDevice,
    NoWay,
    PermissionDenied,
    Refused,
    SeveralDevices,
    SwitchFailed,
)
from modeswitch.identity.find import find
from modeswitch.identity.recognise import identify_here, needs_inquiry, recognise
from modeswitch.linux import sysfs
from modeswitch.linux.bus import LinuxBus
from modeswitch.modem.roles import satisfies
from modeswitch.sim.bus import SimBus
from modeswitch.sim.clock import VirtualClock
from modeswitch.sim.composition import Composition
from modeswitch.sim.faults import Faults
from modeswitch.sim.models import MODELS, Model
from modeswitch.sim.stick import Stick
from modeswitch.sim.storage import Nak
from modeswitch.switching.goal import goal_of, of_any_host
from modeswitch.usb.descriptors import Configuration, Descriptors, Interface, Port, Triple, UsbId
from modeswitch.usb.device import UsbDevice
from tests.support.rig import messages, plugged, run
from tests.support.said import Command
from tests.support.sysfs_tree import plug

SHARED = UsbId.parse("05c6:1000")
REZERO = "55534243123456780000000000000601000000000000000000000000000000"
INQUIRY = "555342431234567824000000800006120000002400000000000000000000" + "00"


def seen(usb: UsbId, *strings: str) -> UsbDevice:
    """A device with these strings, in the order of STRINGS, and nothing to show."""
    all_six = [*strings, *[""] * (6 - len(strings))]
    first, scsi = (all_six[0], all_six[1], all_six[2]), (all_six[3], all_six[4], all_six[5])
    return UsbDevice(Port.parse("1-1"), 5, usb, None, 1, first, scsi=scsi)


def product(match: tuple[tuple[str, str], ...] = (), unless: tuple[tuple[str, str], ...] = ()) -> Product:
    return Product(SHARED, ("made up",), (), "", "", (), match=match, unless=unless)


# Match and unless.


@pytest.mark.parametrize("key", STRINGS)
def test_each_string_decides_and_no_other_does(key: str) -> None:
    place = STRINGS.index(key)
    for at in range(6):
        strings = ["x"] * 6
        strings[at] = "the GT one"
        assert product(match=((key, "GT"),)).fits(seen(SHARED, *strings)) is (at == place)
        assert product(unless=((key, "GT"),)).fits(seen(SHARED, *strings)) is (at != place)


@pytest.mark.parametrize(
    ("wanted", "said", "fits"),
    [
        ("USB_Modem", "My USB Modem x", True),
        ("USB Modem", "USB_Modem", True),
        ("USB_Modem", "USB_Modem", True),
        ("USB_Modem", "USBModem", False),
        ("Modem", "modem", False),
        ("Modem", "", False),
        ("Modem", "\ud800Modem\x1b[2J", True),
        ("M*", "Modem", False),
        ("M.dem", "Modem", False),
        ("?", "?", True),
        ("A" * 200, "A" * 126, False),
        ("A", "\0A\n", True),
    ],
)
def test_a_string_is_found_in_another(wanted: str, said: str, fits: bool) -> None:
    """Case counts, nothing is a pattern, and a blank is an underscore: a file name of the peer's cannot hold one."""
    assert product(match=(("manufacturer", wanted),)).fits(seen(SHARED, said)) is fits
    assert product(unless=(("manufacturer", wanted),)).fits(seen(SHARED, said)) is not fits


def test_all_that_is_asked_for_must_be_there() -> None:
    both = product(match=(("manufacturer", "A"), ("product", "B")))
    assert both.fits(seen(SHARED, "A", "B"))
    assert not both.fits(seen(SHARED, "A", "x"))
    assert not both.fits(seen(SHARED, "x", "B"))
    assert not both.fits(seen(SHARED._replace(product=1), "A", "B"))
    barred = product(match=(("manufacturer", "A"),), unless=(("product", "B"), ("serial", "C")))
    assert barred.fits(seen(SHARED, "A"))
    assert not barred.fits(seen(SHARED, "A", "B"))
    assert not barred.fits(seen(SHARED, "A", "", "C"))


TWO = """
[family]
name = "%s"
vendor = "Test"
goal = "switched"
[[product]]
usb = "1209:0001"
names = ["%s"]
%s
evidence = [{ report = "made up" }]
[[transition]]
from = "mass-storage"
to = "switched"
steps = [{ eject = {} }]
within = 5
evidence = [{ report = "made up" }]
"""


@pytest.mark.parametrize("names", [("a", "b", "c"), ("c", "b", "a")])
def test_the_variant_that_asks_for_more_wins_in_whatever_family(names: tuple[str, str, str], tmp_path: Path) -> None:
    matches = ("", 'match = { manufacturer = "M" }', 'match = { manufacturer = "M", product = "P" }')
    for name, match in zip(names, matches, strict=True):
        (tmp_path / f"{name}.toml").write_text(TWO % (name, match.count("="), match), "utf-8")
    library = Library(user=[tmp_path])
    usb = UsbId.parse("1209:0001")
    expected = {("", ""): names[0], ("M", ""): names[1], ("M", "P"): names[2], ("", "P"): names[0]}
    for strings, name in expected.items():
        device = recognise(seen(usb, *strings), library)
        assert device.profile is not None
        assert device.profile.name == name


def test_the_variant_that_asks_for_more_wins_in_one_family(tmp_path: Path) -> None:
    product_ = '[[product]]\nusb = "1209:0001"\nnames = ["%s"]\n%s\nevidence = [{ report = "made up" }]\n'
    more = product_ % ("two", 'match = { manufacturer = "M", serial = "S" }')
    text = (TWO % ("a", "one", 'match = { manufacturer = "M" }')).replace("[[transition]]", f"{more}[[transition]]")
    (tmp_path / "a.toml").write_text(text, "utf-8")
    library = Library(user=[tmp_path])
    for serial, name in (("", "one"), ("S", "two")):
        device = recognise(seen(UsbId.parse("1209:0001"), "M", "", serial), library)
        assert device.product is not None
        assert device.product.names == (name,)


def test_a_user_profile_wins_over_a_shipped_one_that_asks_for_more(tmp_path: Path) -> None:
    """19d2:0083 is shipped with a product string; a user's file for the id says what is done all the same."""
    (tmp_path / "mine.toml").write_text((TWO % ("mine", "mine", "")).replace("1209:0001", "19d2:0083"), "utf-8")
    library = Library(user=[tmp_path])
    usb = UsbId.parse("19d2:0083")
    for strings in (("", ""), ("ZTE", "ZTE WCDMA Technologies")):
        device = recognise(seen(usb, *strings), library)
        assert device.profile is not None
        assert device.profile.name == "mine"
    assert [problem.message for problem in library.problems if "19d2:0083" in problem.message]


# 05c6:1000, the most shared id.

VARIANTS = (
    (0, "AnyDATA", "AnyDATA devices, Bless UC165", "16d5:6502"),
    (0, "CELOT", "Celot K-300 a.o.", "211f:6801"),
    (0, "XY Co.,Ltd", "TechFaith Venus VT-18", "1d09:4306"),
    (0, "DGT", "Celot CT-680", "211f:6802"),
    (0, "Option N.V.", "Quirky Option devices", "0af0:6901"),
    (0, "Qualcomm, Incorporated", "Venus Fast2", "19f5:9909"),
    (0, "SAMSUNG", "Samsung SGH-Z810", "04e8:6601"),
    (0, "SSE", "Prolink P2000 CDMA", "05c6:6000"),
    (0, "StrongRising", "StrongRising device", "028a:1006"),
    (0, "Vertex", "Vertex Wireless 100 Series", "1fe7:0100"),
    (3, "GT", "Option GlobeTrotter GX0201", "0af0:6701"),
    (3, "Option", "Older Option devices", "0af0:6901"),
)


@pytest.mark.parametrize(("place", "said", "name", "becomes"), VARIANTS, ids=[name for _, _, name, _ in VARIANTS])
def test_each_variant_of_the_most_shared_id(place: int, said: str, name: str, becomes: str) -> None:
    strings = [""] * 6
    strings[place] = said
    device = recognise(seen(SHARED, *strings), Library(user=[]))
    assert device.product is not None
    assert device.product.names == (name,)
    assert str(device.product.becomes[0]) == becomes


def shared(scsi: tuple[str, str, str], manufacturer: str = "Nobody", **more: Any) -> SimBus:
    """A simulated 05c6:1000 that an eject or, with ``obeys``, its n-th command switches."""
    look = Composition(0x05C6, 0x1000, MODELS["eject"].compositions["storage"].functions, manufacturer=manufacturer)
    after = replace(MODELS["eject"].compositions["modem"], vendor=0x0AF0, product=0x6701)
    model = Model("shared", "made up", "storage", {"storage": look, "modem": after}, lambda *_: None, eject="modem")
    clock = VirtualClock()
    bus = SimBus([Stick(model, faults=Faults(**more), clock=clock)], clock)
    vendor, product_, revision = scsi
    answer = bytes([5, 0x80, 2, 2, 31, 0, 0, 0]) + f"{vendor:8}{product_:16}{revision:4}".encode()
    for medium in bus.sim.sticks[0].media.values():
        medium.inquiry = lambda: answer  # type: ignore[method-assign]
    return bus


def asked(bus: SimBus) -> list[str]:
    return [data for kind, _, data in bus.sim.wire if kind == "bulk out" and data[30:32] != "03"]


def has_driver(bus: SimBus) -> bool:
    return bus.sim.is_kernel_driver_active(next(bus.sim.enumerate_devices()), 0)


def test_an_unknown_maker_s_stick_is_told_what_is_known_of_its_id() -> None:
    bus = shared(("Foo", "Bar", "1"))
    ran = run(bus, "1-1")
    assert type(ran.error) is NoWay
    assert ran.error.status == 4
    words = ran.error.message
    assert "no profile is for 05c6:1000 at 1-1: its id is shared" in words
    assert "manufacturer 'Nobody', scsi-vendor 'Foo'" in words
    for key, text in (("manufacturer", "AnyDATA"), ("manufacturer", "SAMSUNG"), ("scsi-vendor", "GT")):
        assert f"{key} {text!r}" in words
    assert "serial" not in words
    assert len(words) < 800
    assert asked(bus) == [INQUIRY]
    assert has_driver(bus)
    assert ran.error.facts == {"port": "1-1", "id": "05c6:1000", "mode": "mass-storage"}


def test_hostile_strings_are_harmless_in_the_error() -> None:
    ran = run(shared(("\x1b[2J", "B", "1"), manufacturer="\x1b]0;owned\x07" + "A" * 100), "1-1")
    assert type(ran.error) is NoWay
    assert ran.error.message.isprintable()
    assert "A" * 70 not in ran.error.message


def test_a_plan_for_a_shared_id_that_is_not_there_is_no_guess(command: Command) -> None:
    said = command("plan", "05c6:1000", sticks=("e3372h",))
    assert (said.status, said.out) == (4, "")
    assert "05c6:1000 is shared by sticks of 3 families" in said.err
    assert command("plan", "19d2:0083", sticks=("e3372h",)).status == 0


def test_an_unknown_id_is_unknown() -> None:
    device = recognise(seen(UsbId.parse("1209:1234")), Library(user=[]))
    with pytest.raises(NoWay, match="no profile knows 1209:1234 at 1-1"):
        goal_of(device, None, of_any_host)


@pytest.mark.parametrize("usb", ["12d1:1f01", "12d1:14fe", "12d1:1570", "12d1:1003", "12d1:380b"])
@pytest.mark.parametrize("manufacturer", ["Android", "Huawei Android Phone"])
def test_a_phone_is_none_of_ours_and_the_error_says_why(usb: str, manufacturer: str) -> None:
    library = Library(user=[])
    device = recognise(seen(UsbId.parse(usb), manufacturer), library)
    assert device.product is None
    with pytest.raises(NoWay, match="its manufacturer has 'Android' in it, and a device that says so is left alone"):
        goal_of(device, None, of_any_host)
    stick = recognise(seen(UsbId.parse(usb), "HUAWEI_MOBILE"), library)
    assert stick.product is not None


def test_a_phone_is_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    bus = plugged("e3372h")
    looks = bus.sim.sticks[0].model.compositions
    monkeypatch.setitem(looks, "storage", replace(looks["storage"], manufacturer="Android"))
    ran = run(bus, "12d1:1f01", "ncm")
    assert type(ran.error) is NoWay
    assert "Android" in ran.error.message
    assert bus.sim.wire == []


# INQUIRY, where only it can tell.


def test_a_stick_that_only_inquiry_tells_is_asked_and_switched() -> None:
    """Asked, its driver attached again, and then switched by the message of that product."""
    bus = shared(("GT", "GX0201", "1.00"), obeys=2)
    ran = run(bus, "05c6:1000")
    assert ran.outcome is not None, ran.error
    assert asked(bus) == [INQUIRY, REZERO]
    assert str(ran.outcome.device.usb.id) == "0af0:6701"
    assert ran.outcome.before.profile is not None
    assert ran.outcome.before.profile.name == "qualcomm-05c6-1000-gt"
    assert ran.outcome.before.usb.scsi == ("GT", "GX0201", "1.00")


def test_its_driver_is_back_before_it_is_switched() -> None:
    bus = shared(("GT", "GX0201", "1.00"), obeys=2)
    had: list[bool] = []
    run(bus, "1-1", tell=lambda event, **_: had.append(has_driver(bus)) if event == "transition" else None)
    assert had == [True]


def test_a_stick_that_its_manufacturer_tells_is_not_asked() -> None:
    bus = shared(("GT", "GX0201", "1.00"), manufacturer="SSE")
    ran = run(bus, "1-1")
    assert ran.outcome is not None, ran.error
    assert INQUIRY not in asked(bus)


@pytest.mark.parametrize("to", [None, "switched"])
def test_a_stick_in_use_is_not_asked(to: str | None) -> None:
    bus = shared(("GT", "GX0201", "1.00"), mounted=True)
    ran = run(bus, "1-1", to)
    assert type(ran.error) is Refused
    assert "is mounted at /mnt/card" in ran.error.message
    assert bus.sim.wire == []
    assert has_driver(bus)


@pytest.mark.parametrize("kind", [PermissionDenied, Busy])
def test_a_host_that_may_not_ask_says_so(kind: type[ModeswitchError]) -> None:
    """And does not say that no profile knows the stick."""
    ran = run(shared(("GT", "GX0201", "1.00"), denied=kind is PermissionDenied, busy=kind is Busy), "1-1")
    assert type(ran.error) is kind


Silence = Callable[[pytest.MonkeyPatch], None]


def _mute(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_: object) -> bytes:
        raise Nak

    monkeypatch.setattr(Stick, "into", nothing)


def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Stick.into
    monkeypatch.setattr(Stick, "into", lambda self, endpoint, most: before(self, endpoint, most)[:9])


def _garbage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Stick, "into", lambda self, endpoint, most: b"\xff" * min(most, 36))


@pytest.mark.parametrize("silence", [_mute, _short, _garbage])
def test_a_stick_that_does_not_answer_stays_as_it_was(silence: Silence, monkeypatch: pytest.MonkeyPatch) -> None:
    silence(monkeypatch)
    bus = shared(("GT", "GX0201", "1.00"))
    ran = run(bus, "1-1")
    assert type(ran.error) is NoWay
    assert "scsi-vendor ''" in ran.error.message
    (warning,) = (facts["message"] for name, facts in ran.events if name == "warning")
    assert "05c6:1000 at 1-1 could not be asked what it is" in warning
    assert asked(bus) == [INQUIRY]
    assert has_driver(bus)
    assert bus.sim.claims == set()
    assert ran.seconds <= 10.1


@pytest.mark.parametrize("timeout", [0.5, 2])
def test_a_timeout_bounds_the_asking_too(timeout: float, monkeypatch: pytest.MonkeyPatch) -> None:
    _mute(monkeypatch)
    ran = run(shared(("GT", "GX0201", "1.00")), "1-1", timeout=timeout)
    assert ran.error is not None
    assert ran.seconds <= timeout + 0.1


@pytest.mark.parametrize("transfer", range(1, 5))
def test_pulled_while_it_is_asked(transfer: int) -> None:
    bus = shared(("GT", "GX0201", "1.00"), pulled=transfer)
    ran = run(bus, "1-1")
    assert isinstance(ran.error, ModeswitchError)
    assert bus.sim.claims == set()


def test_another_id_is_never_asked() -> None:
    bus = plugged("e3372h", "eject@1-2", "vendor@1-3", "config@1-4")
    library = Library(user=[])
    assert not any(needs_inquiry(identify_here(usb_device, bus, library)) for usb_device in bus.scan())


def scsi_tree(root: Path, usb_device: str, usb: str, *texts: str, host: str = "host3", lun: str = "0") -> None:
    path = plug(root, usb_device, usb, manufacturer="Nobody")
    folder = path / f"{usb_device}:1.0" / host / f"target{host[4:]}:0:0" / f"{host[4:]}:0:0:{lun}"
    folder.mkdir(parents=True)
    for key, text in zip(("vendor", "model", "rev"), texts, strict=False):
        (folder / key).write_text(f"{text}\n", "utf-8")


def test_sysfs_knows_what_usb_storage_asked_for(tmp_path: Path) -> None:
    scsi_tree(tmp_path, "1-1", "05c6:1000", "GT      ", "GX0201          ", "1.00")
    (usb_device,) = sysfs.scan(str(tmp_path))
    assert sysfs.scsi_of(usb_device) == ("GT", "GX0201", "1.00")
    device = identify_here(usb_device, LinuxBus(str(tmp_path)), Library(user=[]))
    assert device.product is not None
    assert device.product.names == ("Option GlobeTrotter GX0201",)
    assert not needs_inquiry(device)


@pytest.mark.parametrize(
    ("texts", "more", "found"),
    [
        (("GT", "M", "R"), {"lun": "1"}, ("", "", "")),
        (("GT", "M", "R"), {"host": "hostx"}, ("", "", "")),
        (("GT", "M"), {}, ("GT", "M", "")),
        (("\x1b[2J" + "A" * 200, "M", "R"), {}, (("\x1b[2J" + "A" * 200)[:64], "M", "R")),
        ((), {}, ("", "", "")),
    ],
)
def test_sysfs_is_read_with_care(
    texts: tuple[str, ...], more: dict[str, str], found: tuple[str, str, str], tmp_path: Path
) -> None:
    scsi_tree(tmp_path, "1-1", "05c6:1000", *texts, **more)
    (usb_device,) = sysfs.scan(str(tmp_path))
    assert sysfs.scsi_of(usb_device) == found


def test_sysfs_without_a_driver_knows_nothing(tmp_path: Path) -> None:
    plug(tmp_path, "1-1", "05c6:1000", manufacturer="Nobody")
    (usb_device,) = sysfs.scan(str(tmp_path))
    assert sysfs.scsi_of(usb_device) == ("", "", "")
    library = Library(user=[])
    assert needs_inquiry(identify_here(usb_device, LinuxBus(str(tmp_path)), library))


# By itself.


@pytest.fixture
def applied(monkeypatch: pytest.MonkeyPatch, command: Command) -> Callable[[SimBus, str], tuple[int, str]]:
    def apply(bus: SimBus, policy: str = "/nonexistent") -> tuple[int, str]:
        monkeypatch.setattr("modeswitch.cli.setting.bus", lambda _arguments: bus)
        said = command("apply", "1-1", "--policy", policy)
        return said.status, said.out + said.err

    return apply


Apply = Callable[..., tuple[int, str]]


def test_apply_asks_and_switches(applied: Apply) -> None:
    bus = shared(("GT", "GX0201", "1.00"), obeys=2)
    status, words = applied(bus)
    assert (status, asked(bus)) == (0, [INQUIRY, REZERO]), words
    assert "0af0:6701 is in switched" in words


def test_apply_leaves_what_inquiry_shows_to_be_none_of_ours(applied: Apply) -> None:
    bus = shared(("Foo", "Bar", "1"))
    status, words = applied(bus)
    assert status == 0
    assert "is none that is known: no profile is for 05c6:1000" in words
    assert asked(bus) == [INQUIRY]


def test_apply_refuses_what_is_in_use(applied: Apply) -> None:
    bus = shared(("GT", "GX0201", "1.00"), mounted=True)
    assert applied(bus)[0] == 5
    assert bus.sim.wire == []


def test_a_policy_that_leaves_it_alone_is_heard_before_it_is_asked(applied: Apply, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('[[stick]]\nid = "05c6:1000"\nto = "leave-alone"\n', "utf-8")
    bus = shared(("GT", "GX0201", "1.00"), obeys=2)
    status, words = applied(bus, str(policy))
    assert status == 0
    assert "the policy wants it so" in words
    assert bus.sim.wire == []


# Told by id, class or configuration; asleep.

FAMILY = """
[family]
name = "made-up"
vendor = "Test"
goal = "switched"
told-by = "%s"
[[product]]
usb = "1209:0001"
names = ["one"]
becomes = [%s]
evidence = [{ report = "made up" }]
[[transition]]
from = ["mass-storage", "asleep"]
to = "switched"
steps = [%s]
within = 5
evidence = [{ report = "made up" }]
"""
RNDIS, MBIM, DATA = (0xE0, 0x01, 0x03), (0x02, 0x0E, 0x00), (0x0A, 0x00, 0x00)
FF, HID, ACM, DISK = (0xFF, 0, 0), (0x03, 0, 0), (0x02, 0x02, 1), (0x08, 0x06, 0x50)
MODE_OF = (
    ("interfaces", (DISK,), "mass-storage"),
    ("interfaces", (FF,), "switched"),
    ("interfaces", (DISK, FF), "switched"),
    ("id", (DISK,), "mass-storage"),
    ("id", (DISK, FF), "mass-storage"),
    ("id", (FF,), "asleep"),
    ("id", (HID,), "asleep"),
    ("id", (RNDIS, DATA), "asleep"),
    ("id", (MBIM, DATA), "mbim"),
    ("interfaces", (RNDIS, DATA), "hilink"),
    ("class ff", (DISK,), "mass-storage"),
    ("class ff", (FF,), "switched"),
    ("class ff", (FF, DISK), "switched"),
    ("class ff", (DISK, FF), "mass-storage"),
    ("class ff", (HID,), "asleep"),
    ("class 02", (FF,), "asleep"),
    ("class 02", (ACM,), "switched"),
    ("class 08", (DISK,), "switched"),
)


def family(
    folder: Path, told_by: str, becomes: str = "", step: str = "{ eject = {} }", *, only: bool = False
) -> Library:
    """A made-up family; ``only`` switches only what has a storage interface."""
    text = FAMILY % (told_by, becomes, step)
    (folder / "made-up.toml").write_text(text.replace(', "asleep"', "") if only else text, "utf-8")
    return Library(user=[folder])


def showing(usb: str, *configurations: tuple[tuple[int, int, int], ...], active: int = 1) -> UsbDevice:
    """A device whose n-th configuration has interfaces of these classes."""
    made = tuple(
        Configuration(value, tuple(Interface(n, 0, Triple(*triple)) for n, triple in enumerate(triples)))
        for value, triples in enumerate(configurations, 1)
    )
    parsed = UsbId.parse(usb)
    return UsbDevice(Port.parse("1-1"), 5, parsed, Descriptors(parsed, 0, Triple(0, 0, 0), made), active)


@pytest.mark.parametrize(("told_by", "triples", "mode"), MODE_OF)
def test_the_mode_of_an_id_that_wakes_up(
    told_by: str, triples: tuple[tuple[int, int, int], ...], mode: str, tmp_path: Path
) -> None:
    device = recognise(showing("1209:0001", triples), family(tmp_path, told_by))
    assert device.mode == mode


@pytest.mark.parametrize(
    ("triples", "active", "mode"),
    [
        (((DISK,), (FF,)), 1, "mass-storage"),
        (((DISK,), (FF,)), 2, "switched"),
        (((FF,), (FF,)), 1, "asleep"),
        (((DISK,), (DISK,)), 2, "switched"),
        (((DISK,), (FF,), (FF,)), 3, "asleep"),
    ],
)
def test_told_by_its_configuration(triples: Any, active: int, mode: str, tmp_path: Path) -> None:
    library = family(tmp_path, "configuration", step="{ configuration = { value = 2 } }")
    assert recognise(showing("1209:0001", *triples, active=active), library).mode == mode


def test_a_sleeper_is_in_no_mode_that_anybody_wants() -> None:
    assert not satisfies("asleep", "switched")
    assert not satisfies("asleep", "ncm")


def test_nobody_can_ask_for_asleep(command: Command) -> None:
    said = command("1-1", "--to", "asleep", sticks=("vendor",))
    assert said.status == 2


def test_a_sleeper_is_switched_and_stays_one_where_nothing_comes_of_it(tmp_path: Path) -> None:
    model = MODELS["vendor"]
    ports = model.compositions["modem"].functions
    looks = {
        "storage": replace(model.compositions["storage"], vendor=0x1209, product=1, functions=ports),
        "modem": replace(model.compositions["modem"], vendor=0x1209, product=2),
    }
    step = "{ control = { request-type = 0x40, request = 0x0b, value = 1 } }"
    library = family(tmp_path, "id", '"1209:0002"', step)
    for deaf in (False, True):
        clock = VirtualClock()
        bus = SimBus([Stick(replace(model, compositions=looks), faults=Faults(deaf=deaf), clock=clock)], clock)
        ran = run(bus, "1209:0001", library=library)
        first = next(facts["mode"] for name, facts in ran.events if name == "found")
        assert first == "asleep"
        assert (ran.outcome is None) is deaf
        assert [facts["mode"] for name, facts in ran.events if name == "found"][1:] == ["switched"] * (not deaf)
        assert deaf is isinstance(ran.error, SwitchFailed)


def test_a_target_known_only_by_its_class_is_recognised(tmp_path: Path) -> None:
    """The same id before and after, as 97 entries of the peer's have it: the first interface's class tells."""
    model = MODELS["eject"]
    looks = {name: replace(look, vendor=0x1209, product=1) for name, look in model.compositions.items()}
    clock = VirtualClock()
    bus = SimBus([Stick(replace(model, compositions=looks), clock=clock)], clock)
    library = family(tmp_path, "class ff")
    ran = run(bus, "1209:0001", library=library)
    assert ran.outcome is not None, ran.error
    assert ran.outcome.mode == "switched"
    again = run(bus, "1209:0001", library=library)
    assert again.outcome is not None
    assert again.outcome.result == "already"


def test_a_target_of_another_class_is_no_success(tmp_path: Path) -> None:
    model = MODELS["eject"]
    looks = {name: replace(look, vendor=0x1209, product=1) for name, look in model.compositions.items()}
    clock = VirtualClock()
    bus = SimBus([Stick(replace(model, compositions=looks), clock=clock)], clock)
    library = family(tmp_path, "class 02", only=True)
    ran = run(bus, "1209:0001", library=library)
    assert type(ran.error) is SwitchFailed
    assert "asleep" in ran.error.message


def test_a_sibling_that_is_switched_already_is_no_success() -> None:
    """Two of a kind, one switched long ago; the other takes the message and stays."""
    bus = plugged("eject@1-1,deaf", "eject@1-2,wakes=modem")
    ran = run(bus, "1-1")
    assert type(ran.error) is SwitchFailed
    assert ran.seconds >= 19
    assert bus.sim.sticks[1].transfers == 0


def at_ports(*looks: tuple[str, int]) -> SimBus:
    """Sticks at 1-1, 1-2 …, each with a composition's name and an idProduct of ZTE's."""
    clock = VirtualClock()
    model = MODELS["eject"]
    sticks = []
    for number, (name, product_) in enumerate(looks, 1):
        look = replace(model.compositions[name], product=product_)
        one = replace(model, wakes=name, compositions={**model.compositions, name: look})
        sticks.append(Stick(one, f"1-{number}", clock=clock))
    return SimBus(sticks, clock)


@pytest.mark.parametrize(
    ("asked_for", "ports"),
    [
        ("19d2:2000", ["1-1", "1-2", "1-5"]),  # 0031 and 2002 are what it becomes, 0124 and 0031 what 0149 and 0053 do
        ("19d2:0149", ["1-3"]),
        ("19d2:0053", ["1-2"]),
        ("19d2:0124", ["1-3"]),
    ],
)
def test_an_id_means_only_what_that_product_becomes(asked_for: str, ports: list[str]) -> None:
    bus = at_ports(("storage", 0x2000), ("modem", 0x0031), ("modem", 0x0124), ("modem", 0x1589), ("modem", 0x2002))
    found = find(asked_for, bus, Library(user=[]))
    assert [str(device.usb.port) for device in found] == ports
    assert bus.sim.wire == []


def test_two_that_fit_are_listed_and_none_is_touched() -> None:
    bus = at_ports(("storage", 0x2000), ("modem", 0x0031))
    ran = run(bus, "19d2:2000")
    assert type(ran.error) is SeveralDevices
    assert bus.sim.wire == []


def test_none_that_fits_is_no_device() -> None:
    assert type(run(at_ports(("modem", 0x0124)), "19d2:2000").error) is NoDevice


def test_the_message_of_one_variant_is_not_sent_to_another() -> None:
    """19d2:0083 without WCDMA in its product string is nobody's."""
    for name, sent in (("ZTE WCDMA Technologies MSM", 4), ("ZTE CDMA", 0)):
        bus = at_ports(("storage", 0x0083))
        (stick,) = bus.sim.sticks
        look = stick.model.compositions["storage"]
        stick.model.compositions["storage"] = replace(look, name=name)
        ran = run(bus, "1-1")
        assert len(messages(bus)) == sent, ran.error
