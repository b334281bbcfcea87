"""An open device through pyusb: what its errors become, claims, transfers, what is given back."""

from __future__ import annotations

import errno
import gc
import os
import sys
import threading
import time
import weakref
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import usb.backend.libusb1 as libusb1
import usb.core

from modeswitch.errors import (
    BadReply,
    Busy,
    LinkLost,
    ModeswitchError,
    NoLibusb,
    PermissionDenied,
    TransferError,
)
from modeswitch.linux.bus import LinuxBus
from modeswitch.sim.backend import SimBackend
from modeswitch.sim.bus import SimBus
from modeswitch.usb import libusb
from modeswitch.usb.descriptors import Port
from modeswitch.usb.device import UsbDevice
from modeswitch.usb.libusb import libusb_backend
from modeswitch.usb.link import Translating, translate
from tests.support import sysfs_tree
from tests.support.pyusb_anew import Library, pyusb_anew
from tests.support.rig import stick_at, sunny

# The table of errors.

EXPECTED: dict[int, tuple[type[ModeswitchError], str]] = {
    errno.EIO: (LinkLost, "io"),
    errno.EINVAL: (TransferError, ""),
    errno.EACCES: (PermissionDenied, ""),
    errno.ENODEV: (LinkLost, "gone"),
    errno.ENOENT: (LinkLost, "gone"),
    errno.EBUSY: (Busy, ""),
    errno.ETIMEDOUT: (LinkLost, "timeout"),
    errno.EOVERFLOW: (BadReply, ""),
    errno.EPIPE: (LinkLost, "stall"),
    errno.EINTR: (TransferError, ""),
    errno.ENOMEM: (TransferError, ""),
    errno.ENOSYS: (TransferError, ""),
    # Not from libusb, but from what lies below it.
    errno.EPERM: (PermissionDenied, ""),
    errno.ENXIO: (LinkLost, "gone"),
    errno.ESHUTDOWN: (LinkLost, "gone"),
    errno.EPROTO: (LinkLost, "io"),
    errno.EILSEQ: (LinkLost, "io"),
}


@pytest.mark.parametrize("number", EXPECTED, ids=[errno.errorcode[number] for number in EXPECTED])
def test_each_errno_on_purpose(number: int) -> None:
    kind, reason = EXPECTED[number]
    error = translate(usb.core.USBError("pyusb's words", -1, number), "doing this")
    assert type(error) is kind
    assert error.facts.get("reason", "") == reason
    assert error.message.startswith("doing this: ")


CODES = sorted(name for name in dir(libusb1) if name.startswith("LIBUSB_ERROR_"))


def test_every_code_of_libusb_is_known() -> None:
    assert len(CODES) >= 13


@pytest.mark.parametrize("name", CODES)
def test_each_libusb_error_as_pyusb_raises_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through pyusb itself, so that its timeout and not-supported errors are among them, and no errno is forgotten."""
    code = getattr(libusb1, name)
    backend = pyusb_anew(monkeypatch, Library(libusb_set_configuration=code)).get_backend(lambda _name: "libusb")
    with pytest.raises(ModeswitchError) as raised, Translating("doing this"):
        backend.set_configuration(SimpleNamespace(handle=1), 1)
    if code == libusb1.LIBUSB_ERROR_NOT_SUPPORTED:
        assert "not supported on this system" in raised.value.message
    elif code == libusb1.LIBUSB_ERROR_OTHER:
        assert type(raised.value) is TransferError
    else:
        cause = raised.value.__cause__
        assert isinstance(cause, usb.core.USBError)
        assert type(raised.value) is EXPECTED[cause.errno][0]


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (usb.core.NoBackendError("x"), NoLibusb, "no libusb could be loaded"),
        (NotImplementedError("detach"), TransferError, "not supported on this system"),
        (usb.core.USBTimeoutError("x"), LinkLost, "no answer in time"),
        (usb.core.USBTimeoutError("x", -7, None), LinkLost, "no answer in time"),
        (usb.core.USBError("odd"), TransferError, "odd"),
        (usb.core.USBError("odd", -99, 99999), TransferError, "odd"),
        (ValueError("no langid"), TransferError, "no langid"),
    ],
)
def test_what_else_pyusb_raises(error: Exception, kind: type[ModeswitchError], words: str) -> None:
    with pytest.raises(kind) as raised, Translating("doing this"):
        raise error
    assert type(raised.value) is kind
    assert words in raised.value.message
    assert raised.value.__cause__ is error


@pytest.mark.parametrize("error", [KeyboardInterrupt(), TypeError("a mistake of ours"), OSError(errno.EIO, "x")])
def test_what_is_not_pyusbs_is_left_alone(error: BaseException) -> None:
    with pytest.raises(type(error)) as raised, Translating("doing this"):
        raise error
    assert raised.value is error


def test_hints_say_what_to_do() -> None:
    assert "udev rule" in translate(usb.core.USBError("", -3, errno.EACCES), "x").hint
    assert "Close what uses" in translate(usb.core.USBError("", -6, errno.EBUSY), "x").hint
    assert "pip install 'modeswitch[libusb]'" in translate(usb.core.NoBackendError(""), "x").hint


def test_no_libusb_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    pyusb_anew(monkeypatch, None)
    with pytest.raises(NoLibusb) as raised:
        libusb_backend()
    assert "modeswitch[libusb]" in raised.value.hint


@pytest.mark.parametrize(
    ("system", "packaged", "platform", "own"),
    [
        ((1, 0, 27), True, "linux", True),
        ((1, 0, 31), True, "linux", True),
        ((1, 1, 0), True, "linux", True),
        ((1, 0, 26), True, "linux", False),
        ((), True, "linux", False),
        ((1, 0, 26), False, "linux", True),
        ((), False, "linux", True),
        ((1, 0, 31), True, "darwin", False),
    ],
)
def test_the_systems_libusb_comes_first_where_it_is_new_enough(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    system: tuple[int, ...],
    packaged: bool,
    platform: str,
    own: bool,
) -> None:
    """libusb-package is found without importing it, which costs as much as all of pyusb."""
    package = tmp_path / "libusb_package"
    package.mkdir()
    (package / "__init__.py").write_text("raise AssertionError")
    suffix = ".so" if platform == "linux" else ".dylib"
    if packaged:
        (package / f"libusb-1.0{suffix}").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(libusb, "version_of", lambda _library: system)
    library = Library()
    pyusb_anew(monkeypatch, library)
    assert libusb_backend()
    assert library.name == ("libusb-1.0.so.0" if own else str(package / f"libusb-1.0{suffix}"))


def test_the_version_of_a_library_is_asked_of_itself(tmp_path: Path) -> None:
    """Of any libusb that is here; what is none, or is broken, has none."""
    package = find_spec("libusb_package")
    packaged = [f"{folder}/libusb-1.0.so" for folder in (package and package.submodule_search_locations) or []]
    found = [version for path in ("libusb-1.0.so.0", *packaged) if (version := libusb.version_of(path))]
    assert found, "this machine has no libusb"
    assert all(len(version) == 3 and (1, 0, 9) < version < (2, 0, 0) for version in found)
    (tmp_path / "broken.so").write_text("no library")
    assert [libusb.version_of(name) for name in ("libc.so.6", str(tmp_path / "broken.so"), "nowhere.so")] == [()] * 3


# The link.


def look(bus: SimBus, port: str = "1-1") -> UsbDevice:
    seen = bus.at(Port.parse(port))
    assert seen is not None
    return seen


def test_the_same_stick_after_another_enumeration_is_not_opened() -> None:
    bus = sunny("e3372h,back=same")
    before = look(bus)
    stick = stick_at(bus, "1-1")
    stick.power(False)
    stick.power(True)
    bus.pause(5)
    assert look(bus).id == before.id
    with pytest.raises(LinkLost, match="gone"):
        bus.open(before)
    assert bus.open(look(bus)).usb.address == stick.address


@pytest.mark.parametrize("after", range(6))
def test_a_stick_that_leaves_during_a_look_is_not_there(monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """Rather than there with the interfaces that were read so far, or with none."""
    bus = sunny("e3372h,wakes=ecm", "e220@1-2")
    whole = bus.at(Port.parse("1-1"))
    read, calls = SimBackend.get_interface_descriptor, iter(range(100))

    def leaving(self: SimBackend, dev: Any, intf: int, alt: int, config: int) -> SimpleNamespace:
        if dev.stick.port == Port.parse("1-1") and next(calls) >= after:
            raise usb.core.USBError("No such device (it may have been disconnected)", -4, errno.ENODEV)
        return read(self, dev, intf, alt, config)

    monkeypatch.setattr(SimBackend, "get_interface_descriptor", leaving)
    seen = bus.at(Port.parse("1-1"))
    assert seen in (None, whole)
    assert (seen is None) == (after < 5)
    assert bus.at(Port.parse("1-2")) is not None


def test_an_address_that_another_device_took_is_not_opened() -> None:
    bus = sunny("e3372h", "e220@1-2")
    wrong = look(bus)._replace(address=look(bus, "1-2").address)
    with pytest.raises(LinkLost, match="gone"):
        bus.open(wrong)
    assert bus.sim.wire == []


def test_the_bus_number_counts() -> None:
    bus = sunny("e3372h@1-1", "e3372h@2-1")
    stick_at(bus, "1-1").address = stick_at(bus, "2-1").address
    link = bus.open(look(bus, "2-1"))
    link.claim(0)
    assert [str(stick.port) for stick, _enumeration, _interface in bus.sim.claims] == ["2-1"]


def test_a_device_that_libusb_has_missed_gets_a_new_context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """libusb hears of devices by a socket that may overrun; sysfs has them all the same."""
    there, missed = sunny("e3372h"), sunny("e3372h")
    stick_at(missed, "1-1").unplug()
    path = sysfs_tree.plug(tmp_path, "1-1", "12d1:1f01", devnum="2")
    stale: list[Any] = []

    def renewed(backend: Any) -> Any:
        stale.append(backend)
        return there.sim

    monkeypatch.setattr(libusb, "libusb_backend", lambda: missed.sim)
    monkeypatch.setattr(libusb, "renewed_backend", renewed)
    bus = LinuxBus(str(tmp_path))
    seen = bus.at(Port.parse("1-1"))
    assert seen is not None
    assert bus.open(seen).usb.address == 2
    assert (bus.backend, stale) == (there.sim, [missed.sim])
    (path / "devnum").write_text("3\n")  # another came: it is gone indeed
    stick_at(there, "1-1").unplug()
    with pytest.raises(LinkLost, match="gone"):
        bus.open(seen)
    assert stale == [missed.sim]


def test_a_new_context_takes_the_place_of_the_old_one_which_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    pyusb_anew(monkeypatch, Library())
    old = libusb_backend()
    assert libusb_backend() is old
    new = libusb.renewed_backend(old)
    assert new is not old
    assert libusb.renewed_backend(old) is new  # another thread has done it
    kept = weakref.ref(old)
    del old
    gc.collect()
    assert kept() is not None


def test_what_is_in_each_port(tmp_path: Path) -> None:
    for name, number in (("usb1", "1"), ("1-1", "2"), ("1-1.4", "3"), ("1-2", "rubbish"), ("rubbish", "4")):
        sysfs_tree.plug(tmp_path, name, "12d1:1f01", devnum=number)
    sysfs_tree.folder(tmp_path, "1-1:1.0").mkdir()
    bus = LinuxBus(str(tmp_path))
    assert bus.present() == {Port(1, (1,)): 2, Port(1, (1, 4)): 3}
    assert bus.present([Port(1, (1,))]) == {Port(1, (1, 4)): 3}
    assert LinuxBus(str(tmp_path / "none")).present() == {}
    assert sunny("e3372h", "e3372h@1-2").present([Port(1, (1,))]) == {Port(1, (2,)): 3}


def test_a_bus_that_is_rung_listens_to_nothing_else(tmp_path: Path) -> None:
    bus, bell = LinuxBus(str(tmp_path)).for_thread(Port(1, (1,))), threading.Event()
    bus.wake_on(bell)
    before = len(os.listdir("/proc/self/fd"))
    bus.listen()
    bell.set()
    began = time.monotonic()
    bus.wait(5)
    bus.wait(0.05)
    assert 0.04 < time.monotonic() - began < 2
    assert len(os.listdir("/proc/self/fd")) == before
    bus.stop()
    with pytest.raises(KeyboardInterrupt):
        bus.wait(5)


@pytest.mark.parametrize("driver", [True, False])
def test_claim_takes_one_interface_and_close_gives_it_back(driver: bool) -> None:
    bus = sunny("e220")
    (seen,) = bus.sim.enumerate_devices()
    if not driver:
        bus.sim.detach_kernel_driver(seen, 0)
    link = bus.open(look(bus))
    link.claim(0)
    link.claim(0)
    assert bus.sim.claims == {(*seen, 0)}
    assert not bus.sim.is_kernel_driver_active(seen, 0)
    assert bus.sim.is_kernel_driver_active(seen, 1)
    assert link.close(attach=True) == ([0] if driver else [])
    assert bus.sim.claims == set()
    assert bus.sim.is_kernel_driver_active(seen, 0) == driver


def test_closing_what_has_left_is_no_error() -> None:
    bus = sunny("e3372h")
    link = bus.open(look(bus))
    link.claim(0)
    stick_at(bus, "1-1").unplug()
    assert link.close(attach=True) == []
    assert bus.sim.claims == set()


@pytest.mark.parametrize("number", [errno.EACCES, errno.EBUSY, errno.EIO, errno.ENODEV, errno.EINVAL])
def test_closing_never_raises(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What went wrong before is what must be told, not what went wrong while tidying up."""
    bus = sunny("e3372h")
    link = bus.open(look(bus))
    link.claim(0)

    def refuse(*_: object) -> None:
        raise usb.core.USBError("no", -1, number)

    monkeypatch.setattr(bus.sim, "release_interface", refuse)
    monkeypatch.setattr(bus.sim, "attach_kernel_driver", refuse)
    assert link.close(attach=True) == []


def test_a_system_without_kernel_drivers(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object) -> None:
        raise NotImplementedError

    bus = sunny("e3372h")
    (seen,) = bus.sim.enumerate_devices()
    bus.sim.detach_kernel_driver(seen, 0)
    monkeypatch.setattr(bus.sim, "is_kernel_driver_active", lambda *_: False)
    link = bus.open(look(bus))
    monkeypatch.setattr(usb.core.Device, "is_kernel_driver_active", unknown)
    link.claim(0)
    assert bus.sim.claims == {(*seen, 0)}


@pytest.mark.parametrize(
    ("left", "limit"), [(0.0, 0.001), (-1.0, 0.001), (0.25, 0.25), (2.0, 2.0), (60.0, 3.0), (float("inf"), 3.0)]
)
def test_a_transfer_is_bounded(left: float, limit: float) -> None:
    """By what is left, by three seconds, and never by nothing: 0 would mean for ever."""
    bus = sunny("e3372h")
    link = bus.open(look(bus))
    link.claim(0)
    link.left = lambda: left
    started = bus.now()
    with pytest.raises(LinkLost) as raised:
        link.bulk_in(0x81, 13)
    assert raised.value.reason == "timeout"
    assert bus.now() - started == pytest.approx(limit)


def test_a_short_write_is_the_link_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    bus = sunny("e3372h")
    link = bus.open(look(bus))
    link.claim(0)
    monkeypatch.setattr(bus.sim, "bulk_write", lambda *_: 7)
    with pytest.raises(LinkLost, match="only 7 of 31 bytes") as raised:
        link.bulk_out(0x01, bytes(31))
    assert raised.value.reason == "short"


def test_a_pause_outlasts_what_happens_meanwhile() -> None:
    bus = sunny("e3372h")
    stick = stick_at(bus, "1-1")
    stick.power(False)
    stick.power(True)
    started = bus.now()
    bus.pause(4)
    assert bus.now() - started == pytest.approx(4)
    assert (stick.present, stick.enumerations) == (True, 2)


def test_unreadable_descriptors_are_a_problem_and_no_error() -> None:
    bus = sunny("e3372h", "e3372h@1-2,descriptors=lying", "e3372h@1-3,descriptors=truncated")
    one, two, three = bus.scan()
    assert one.problem == ""
    assert "bNumInterfaces 9" in two.problem
    assert "wTotalLength" in three.problem
    assert two.descriptors is None
