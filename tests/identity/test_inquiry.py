"""A stick that only INQUIRY tells: who is asked, who is not, and what becomes of a stick that does not answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from modeswitch.database.library import Library
from modeswitch.errors import Busy, ModeswitchError, NoWay, PermissionDenied, Refused
from modeswitch.identity.recognise import identify_here, needs_inquiry
from modeswitch.linux import sysfs
from modeswitch.linux.bus import LinuxBus
from modeswitch.sim.bus import SimBus
from modeswitch.sim.stick import Stick
from modeswitch.sim.storage import Nak
from modeswitch.switching.inquiry import inquire
from modeswitch.switching.session import Session
from tests.support.cbw import INQUIRY, REZERO
from tests.support.rig import has_driver, plugged, run
from tests.support.said import Command, Said
from tests.support.shared_id import asked, shared
from tests.support.sysfs_tree import plug


def test_a_stick_identified_only_by_inquiry_is_asked_and_switched() -> None:
    """Asked, its driver attached again, and then switched by the message of that product."""
    bus = shared(("GT", "GX0201", "1.00"), obeys=2)
    ran = run(bus, "05c6:1000")
    assert ran.outcome is not None, ran.error
    assert asked(bus) == [INQUIRY, REZERO]
    assert str(ran.outcome.device.usb.id) == "0af0:6701"
    assert ran.outcome.before.profile is not None
    assert ran.outcome.before.profile.name == "qualcomm-05c6-1000-gt"
    assert ran.outcome.before.usb.scsi == ("GT", "GX0201", "1.00")


def test_the_driver_is_attached_again_before_the_switch() -> None:
    bus = shared(("GT", "GX0201", "1.00"), obeys=2)
    had: list[bool] = []
    run(bus, "1-1", tell=lambda event, **_: had.append(has_driver(bus)) if event == "transition" else None)
    assert had == [True]


def test_the_answer_is_read_to_its_last_letter() -> None:
    scsi = ("VENDOR-8", "PRODUCT-OF-16-LE", "REV4")
    bus = shared(scsi)
    with Session("1-1", bus=bus, library=Library(user=[])) as session:
        inquire(session)
        assert session.device.usb.scsi == scsi


def test_a_stick_that_answers_late_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    bus = shared(("GT", "GX0201", "1.00"))
    into, ready = Stick.into, bus.now() + 2.0

    def late(stick: Stick, endpoint: int, most: int) -> bytes:
        if bus.now() < ready:
            raise Nak
        return into(stick, endpoint, most)

    monkeypatch.setattr(Stick, "into", late)
    with Session("1-1", bus=bus, library=Library(user=[])) as session:
        inquire(session)
        assert session.device.usb.scsi == ("GT", "GX0201", "1.00")
    assert bus.now() >= ready


def test_a_stick_identified_by_its_manufacturer_is_not_asked() -> None:
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
def test_a_stick_that_cannot_be_opened_for_inquiry_says_so(kind: type[ModeswitchError]) -> None:
    """The error is that of the host, not that no profile knows the stick."""
    ran = run(shared(("GT", "GX0201", "1.00"), denied=kind is PermissionDenied, busy=kind is Busy), "1-1")
    assert type(ran.error) is kind


Silence = Callable[[pytest.MonkeyPatch], None]


def mute(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_: object) -> bytes:
        raise Nak

    monkeypatch.setattr(Stick, "into", nothing)


def short(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Stick.into
    monkeypatch.setattr(Stick, "into", lambda self, endpoint, most: before(self, endpoint, most)[:9])


def garbage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Stick, "into", lambda self, endpoint, most: b"\xff" * min(most, 36))


@pytest.mark.parametrize("silence", [mute, short, garbage])
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
def test_a_timeout_bounds_inquiry_too(timeout: float, monkeypatch: pytest.MonkeyPatch) -> None:
    mute(monkeypatch)
    ran = run(shared(("GT", "GX0201", "1.00")), "1-1", timeout=timeout)
    assert ran.error is not None
    assert ran.seconds <= timeout + 0.1


@pytest.mark.parametrize("transfer", range(1, 5))
def test_a_stick_pulled_during_inquiry(transfer: int) -> None:
    bus = shared(("GT", "GX0201", "1.00"), pulled=transfer)
    ran = run(bus, "1-1")
    assert isinstance(ran.error, ModeswitchError)
    assert bus.sim.claims == set()


def test_an_id_that_is_not_shared_is_never_asked() -> None:
    bus = plugged("e3372h", "eject@1-2", "vendor@1-3", "config@1-4")
    library = Library(user=[])
    assert not any(needs_inquiry(identify_here(usb_device, bus, library)) for usb_device in bus.scan())


def scsi_tree(root: Path, usb_device: str, usb: str, *texts: str, host: str = "host3", lun: str = "0") -> None:
    path = plug(root, usb_device, usb, manufacturer="Nobody")
    folder = path / f"{usb_device}:1.0" / host / f"target{host[4:]}:0:0" / f"{host[4:]}:0:0:{lun}"
    folder.mkdir(parents=True)
    for key, text in zip(("vendor", "model", "rev"), texts, strict=False):
        (folder / key).write_text(f"{text}\n", "utf-8")


def test_sysfs_has_the_inquiry_strings_that_usb_storage_read(tmp_path: Path) -> None:
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
def test_inquiry_strings_in_sysfs_are_read_with_care(
    texts: tuple[str, ...], more: dict[str, str], found: tuple[str, str, str], tmp_path: Path
) -> None:
    scsi_tree(tmp_path, "1-1", "05c6:1000", *texts, **more)
    (usb_device,) = sysfs.scan(str(tmp_path))
    assert sysfs.scsi_of(usb_device) == found


def test_sysfs_has_no_inquiry_strings_without_a_driver(tmp_path: Path) -> None:
    plug(tmp_path, "1-1", "05c6:1000", manufacturer="Nobody")
    (usb_device,) = sysfs.scan(str(tmp_path))
    assert sysfs.scsi_of(usb_device) == ("", "", "")
    library = Library(user=[])
    assert needs_inquiry(identify_here(usb_device, LinuxBus(str(tmp_path)), library))


def apply(command: Command, bus: SimBus, policy: str = "/nonexistent") -> Said:
    """Run ``modeswitch apply`` on the stick at 1-1, as udev does."""
    return command("apply", "1-1", "--policy", policy, bus=bus)


def test_apply_asks_and_switches(command: Command) -> None:
    bus = shared(("GT", "GX0201", "1.00"), obeys=2)
    said = apply(command, bus)
    assert (said.status, asked(bus)) == (0, [INQUIRY, REZERO]), said
    assert "0af0:6701 is in switched" in said.out


def test_apply_leaves_alone_what_inquiry_shows_to_be_unknown(command: Command) -> None:
    bus = shared(("Foo", "Bar", "1"))
    said = apply(command, bus)
    assert said.status == 0
    assert "is not a known stick: no profile is for 05c6:1000" in said.out
    assert asked(bus) == [INQUIRY]


def test_apply_refuses_what_is_in_use(command: Command) -> None:
    bus = shared(("GT", "GX0201", "1.00"), mounted=True)
    assert apply(command, bus).status == 5
    assert bus.sim.wire == []


def test_a_policy_that_leaves_a_stick_alone_comes_before_inquiry(command: Command, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('[[stick]]\nid = "05c6:1000"\nto = "leave-alone"\n', "utf-8")
    bus = shared(("GT", "GX0201", "1.00"), obeys=2)
    said = apply(command, bus, str(policy))
    assert said.status == 0
    assert "the policy wants it so" in said.out
    assert bus.sim.wire == []
