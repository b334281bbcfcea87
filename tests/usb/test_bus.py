"""pyusb's errors in our words, the link to exactly one device, and Linux' own view of the bus."""

from __future__ import annotations

import errno
import gc
import os
import shutil
import socket
import sys
import threading
import time
import weakref
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

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
from modeswitch.linux import mounts, sysfs
from modeswitch.linux.bus import LinuxBus
from modeswitch.linux.uevents import Uevents
from modeswitch.sim.backend import SimBackend
from modeswitch.sim.bus import SimBus
from modeswitch.usb import libusb
from modeswitch.usb.descriptors import Port
from modeswitch.usb.device import UsbDevice
from modeswitch.usb.libusb import libusb_backend
from modeswitch.usb.link import Translating, translate
from tests.support import sysfs_tree
from tests.support.pyusb_anew import Library, pyusb_anew
from tests.support.rig import plugged, stick_at

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
    assert "pip install" in translate(usb.core.NoBackendError(""), "x").hint


def test_no_libusb_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    pyusb_anew(monkeypatch, None)
    with pytest.raises(NoLibusb) as raised:
        libusb_backend()
    assert "libusb-1.0-0" in raised.value.hint


def test_the_library_of_libusb_package_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is found without importing the package, which costs as much as all of pyusb."""
    package = tmp_path / "libusb_package"
    package.mkdir()
    (package / "__init__.py").write_text("raise AssertionError")
    (package / "libusb-1.0.so").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "platform", "linux")
    library = Library()
    pyusb_anew(monkeypatch, library)
    assert libusb_backend()
    assert library.name == str(package / "libusb-1.0.so")


# The link.


def look(bus: SimBus, port: str = "1-1") -> UsbDevice:
    seen = bus.at(Port.parse(port))
    assert seen is not None
    return seen


def test_the_same_stick_after_another_enumeration_is_not_opened() -> None:
    bus = plugged("e3372h,back=same")
    before = look(bus)
    stick = stick_at(bus, "1-1")
    stick.power(False)
    stick.power(True)
    bus.pause(5)
    assert look(bus).id == before.id
    with pytest.raises(LinkLost, match="gone"):
        bus.open(before)
    assert bus.open(look(bus)).usb.address == stick.address


def test_an_address_that_another_device_took_is_not_opened() -> None:
    bus = plugged("e3372h", "e220@1-2")
    wrong = look(bus)._replace(address=look(bus, "1-2").address)
    with pytest.raises(LinkLost, match="gone"):
        bus.open(wrong)
    assert bus.sim.wire == []


def test_the_bus_number_counts() -> None:
    bus = plugged("e3372h@1-1", "e3372h@2-1")
    stick_at(bus, "1-1").address = stick_at(bus, "2-1").address
    link = bus.open(look(bus, "2-1"))
    link.claim(0)
    assert [str(stick.port) for stick, _enumeration, _interface in bus.sim.claims] == ["2-1"]


def test_a_device_that_libusb_has_missed_gets_a_new_context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """libusb hears of devices by a socket that may overrun; sysfs has them all the same."""
    there, missed = plugged("e3372h"), plugged("e3372h")
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
    assert plugged("e3372h", "e3372h@1-2").present([Port(1, (1,))]) == {Port(1, (2,)): 3}


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
    bus = plugged("e220")
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
    bus = plugged("e3372h")
    link = bus.open(look(bus))
    link.claim(0)
    stick_at(bus, "1-1").unplug()
    assert link.close(attach=True) == []
    assert bus.sim.claims == set()


@pytest.mark.parametrize("number", [errno.EACCES, errno.EBUSY, errno.EIO, errno.ENODEV, errno.EINVAL])
def test_closing_never_raises(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What went wrong before is what must be told, not what went wrong while tidying up."""
    bus = plugged("e3372h")
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

    bus = plugged("e3372h")
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
    bus = plugged("e3372h")
    link = bus.open(look(bus))
    link.claim(0)
    link.left = lambda: left
    started = bus.now()
    with pytest.raises(LinkLost) as raised:
        link.bulk_in(0x81, 13)
    assert raised.value.reason == "timeout"
    assert bus.now() - started == pytest.approx(limit)


def test_a_short_write_is_the_link_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    bus = plugged("e3372h")
    link = bus.open(look(bus))
    link.claim(0)
    monkeypatch.setattr(bus.sim, "bulk_write", lambda *_: 7)
    with pytest.raises(LinkLost, match="only 7 of 31 bytes") as raised:
        link.bulk_out(0x01, bytes(31))
    assert raised.value.reason == "short"


def test_a_pause_outlasts_what_happens_meanwhile() -> None:
    bus = plugged("e3372h")
    stick = stick_at(bus, "1-1")
    stick.power(False)
    stick.power(True)
    started = bus.now()
    bus.pause(4)
    assert bus.now() - started == pytest.approx(4)
    assert (stick.present, stick.enumerations) == (True, 2)


def test_unreadable_descriptors_are_a_problem_and_no_error() -> None:
    bus = plugged("e3372h", "e3372h@1-2,descriptors=lying", "e3372h@1-3,descriptors=truncated")
    one, two, three = bus.scan()
    assert one.problem == ""
    assert "bNumInterfaces 9" in two.problem
    assert "wTotalLength" in three.problem
    assert two.descriptors is None


# sysfs.


def test_scan_of_a_made_up_tree(tmp_path: Path) -> None:
    sysfs_tree.plug(tmp_path, "usb1", "1d6b:0002", devnum="1")
    sysfs_tree.plug(tmp_path, "2-1.10", "12d1:14fe", devnum="9")
    sysfs_tree.plug(tmp_path, "2-1.9", "12d1:14fe", devnum="8")
    sysfs_tree.plug(tmp_path, "1-1", "12d1:1f01", manufacturer="HUAWEI", product="Mobile", serial="0123")
    sysfs_tree.folder(tmp_path, "1-1:1.0").mkdir()
    first, *others = sysfs.scan(str(tmp_path))
    assert [str(usb_device.port) for usb_device in others] == ["2-1.9", "2-1.10"]
    assert (str(first.port), first.address, str(first.id)) == ("1-1", 5, "12d1:1f01")
    assert first.strings == ("HUAWEI", "Mobile", "0123")
    assert first.problem == ""
    assert first.active == 1
    assert first.configuration is not None
    assert first.path == str(sysfs_tree.folder(tmp_path, "1-1"))


def test_scan_where_there_is_no_usb(tmp_path: Path) -> None:
    assert sysfs.scan(str(tmp_path)) == []
    assert sysfs.look(str(tmp_path), "1-1") is None


@pytest.mark.parametrize("missing", ["devnum", "idVendor", "idProduct", "descriptors"])
def test_a_folder_that_is_being_taken_down_is_nothing(tmp_path: Path, missing: str) -> None:
    path = sysfs_tree.plug(tmp_path, "1-1", "12d1:1f01")
    (path / missing).unlink()
    assert sysfs.scan(str(tmp_path)) == []
    (path / missing).write_bytes(b"")
    assert sysfs.scan(str(tmp_path)) == []


def test_a_name_that_dangles_is_nothing(tmp_path: Path) -> None:
    folder = sysfs_tree.folder(tmp_path, "1-1")
    folder.parent.mkdir(parents=True)
    folder.symlink_to(tmp_path / "gone")
    assert sysfs.scan(str(tmp_path)) == []


@pytest.mark.parametrize("missing", ["bConfigurationValue", "manufacturer", "product", "serial"])
def test_what_may_be_missing(tmp_path: Path, missing: str) -> None:
    path = sysfs_tree.plug(tmp_path, "1-1", "12d1:1f01", manufacturer="m", product="p", serial="s")
    (path / missing).unlink()
    (usb_device,) = sysfs.scan(str(tmp_path))
    assert (usb_device.active is None) == (missing == "bConfigurationValue")
    assert usb_device.strings.count("") == (missing != "bConfigurationValue")


@pytest.mark.parametrize(("text", "active"), [("", None), ("0", 0), ("2", 2), ("x", None), ("1 ", 1)])
def test_a_device_that_is_not_configured(tmp_path: Path, text: str, active: int | None) -> None:
    path = sysfs_tree.plug(tmp_path, "1-1", "12d1:1f01")
    (path / "bConfigurationValue").write_text(text + "\n", "utf-8")
    (usb_device,) = sysfs.scan(str(tmp_path))
    assert usb_device.active == active
    assert (usb_device.configuration is not None) == (active == 1)


@pytest.mark.parametrize("number", ["-", "0x5", "five", "5\n6"])
def test_numbers_that_are_none(tmp_path: Path, number: str) -> None:
    sysfs_tree.plug(tmp_path, "1-1", "12d1:1f01", devnum=number)
    assert sysfs.scan(str(tmp_path)) == []


@pytest.mark.parametrize("raw", [b"\x12\x01", b"\xff" * 70000, sysfs_tree.descriptors("12d1:1f01")[:-1], b"\0" * 18])
def test_lying_descriptors_are_a_problem_and_no_error(tmp_path: Path, raw: bytes) -> None:
    sysfs_tree.plug(tmp_path, "1-1", "12d1:1f01", raw=raw)
    (usb_device,) = sysfs.scan(str(tmp_path))
    assert usb_device.problem
    assert usb_device.descriptors is None
    assert usb_device.configuration is None


def test_hostile_strings_are_taken_as_they_are_and_bounded(tmp_path: Path) -> None:
    path = sysfs_tree.plug(tmp_path, "1-1", "12d1:1f01", manufacturer="\x1b[2J", product="x" * 100_000)
    (path / "serial").write_bytes(b"\xff\xfe\0\n")
    (usb_device,) = sysfs.scan(str(tmp_path))
    assert usb_device.strings[0] == "\x1b[2J"
    assert len(usb_device.strings[1]) == 4096
    assert usb_device.strings[2] == "\ufffd\ufffd\0"


@pytest.mark.parametrize("name", ["1-1:1.0", "usb1", "..", "1-", "x", "1-1-1"])
def test_other_names_are_no_devices(tmp_path: Path, name: str) -> None:
    if name != "..":
        sysfs_tree.plug(tmp_path, name, "12d1:1f01")
    assert sysfs.scan(str(tmp_path)) == []


def test_the_driver_of_an_interface(tmp_path: Path) -> None:
    path = sysfs_tree.plug(tmp_path, "1-1", "12d1:1f01")
    interface = path / "1-1:1.0"
    interface.mkdir()
    bus = LinuxBus(str(tmp_path))
    (usb_device,) = bus.scan()
    assert bus.host.nodes(usb_device)[0].driver is None
    (interface / "driver").symlink_to("../../../../bus/usb/drivers/usb-storage")
    assert bus.host.nodes(usb_device)[0].driver == "usb-storage"
    assert list(bus.host.nodes(usb_device)) == [0]


def test_linux_bus_looks_at_one_port(tmp_path: Path) -> None:
    sysfs_tree.plug(tmp_path, "1-1.4", "12d1:1f01")
    bus = LinuxBus(str(tmp_path))
    seen = bus.at(Port.parse("1-1.4"))
    assert seen is not None
    assert bus.scan() == [seen]
    assert bus.at(Port.parse("1-1")) is None
    shutil.rmtree(sysfs_tree.folder(tmp_path, "1-1.4"))
    assert bus.at(Port.parse("1-1.4")) is None


# Events.


def test_uevents_time_out() -> None:
    uevents = Uevents()
    started = time.monotonic()
    assert uevents.wait(0.05) is False
    assert 0.04 < time.monotonic() - started < 1
    assert uevents.wait(-1) is False
    uevents.close()


class Heard:
    """A netlink socket's place: messages that are there to be taken, then silence."""

    def __init__(self, *messages: tuple[bytes, int] | OSError) -> None:
        self.messages = list(messages)
        self.ours, self.theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.theirs.send(b"!")

    def fileno(self) -> int:
        return self.ours.fileno()

    def recvfrom(self, _most: int) -> tuple[bytes, tuple[int, int]]:
        if not self.messages:
            raise BlockingIOError
        message = self.messages.pop(0)
        if isinstance(message, OSError):
            raise message
        return message[0], (message[1], 1)

    def close(self) -> None:
        self.ours.close()
        self.theirs.close()


USB = b"add@/devices/x\0ACTION=add\0SUBSYSTEM=usb\0SEQNUM=1\0"
NET = b"add@/devices/x\0ACTION=add\0SUBSYSTEM=net\0SEQNUM=1\0"


@pytest.mark.parametrize(
    ("messages", "concerns"),
    [
        ([(USB, 0)], True),
        ([(NET, 0)], False),
        ([(NET, 0), (USB, 0), (NET, 0)], True),
        ([(USB, 4711)], False),
        ([OSError(errno.ENOBUFS, "lost")], True),
        ([], False),
    ],
    ids=["usb", "net", "among others", "forged", "lost", "nothing"],
)
def test_only_the_kernels_events_of_usb_count(messages: list[Any], concerns: bool) -> None:
    uevents = Uevents(cast(socket.socket, Heard(*messages)))
    assert uevents.wait(0.1) == concerns
    uevents.close()


def test_linux_bus_listens_and_lets_go(tmp_path: Path) -> None:
    bus = LinuxBus(str(tmp_path))
    before = len(os.listdir("/proc/self/fd"))
    bus.listen()
    bus.wait(0.01)
    bus.close()
    bus.close()
    assert len(os.listdir("/proc/self/fd")) == before


def test_without_netlink_it_looks_again_and_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "no netlink here")

    monkeypatch.setattr("modeswitch.linux.uevents.socket.socket", refuse)
    bus = LinuxBus(str(tmp_path))
    bus.listen()
    started = time.monotonic()
    bus.wait(10)
    assert 0.01 < time.monotonic() - started < 1


# What would be lost.


def stick_with_disks(tmp_path: Path) -> UsbDevice:
    """A stick with a disc (sr0, 11:0) and a card (sdb, 8:16) with two partitions, somewhere below its folder."""
    path = sysfs_tree.plug(tmp_path, "1-1", "12d1:1f01")
    for name, numbers in (("sr0", "11:0"), ("sdb", "8:16"), ("sdb/sdb1", "8:17"), ("sdb/sdb2", "8:18")):
        folder = path / "1-1:1.0" / "host4" / "target4:0:0" / "4:0:0:0" / "block" / name
        folder.mkdir(parents=True)
        (folder / "dev").write_text(numbers + "\n", "ascii")
    (seen,) = sysfs.scan(str(tmp_path))
    return seen


def proc(tmp_path: Path, mountinfo: str = "", swaps: str = "") -> str:
    folder = tmp_path / "proc" / "self"
    folder.mkdir(parents=True)
    (folder / "mountinfo").write_bytes(mountinfo.encode("utf-8", "surrogateescape"))
    (folder.parent / "swaps").write_text("Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n" + swaps, "utf-8")
    return str(folder.parent)


ISO = "30 1 11:0 / /media/cd ro,nosuid,nodev shared:5 - iso9660 /dev/sr0 ro,nojoliet\n"


@pytest.mark.parametrize(
    ("mountinfo", "swaps", "held"),
    [
        ("", "", []),
        (ISO, "", []),
        (ISO.replace("iso9660", "udf"), "", []),
        (ISO.replace(" ro,", " rw,"), "", ["/dev/sr0 is mounted at /media/cd"]),
        ("31 1 8:17 / /mnt rw - vfat /dev/sdb1 rw\n", "", ["/dev/sdb1 is mounted at /mnt"]),
        ("31 1 8:17 / /mnt ro shared:1 - vfat /dev/sdb1 ro\n", "", ["/dev/sdb1 is mounted at /mnt"]),
        ("31 1 8:16 / /mnt rw - ext4 /dev/sdb rw\n", "", ["/dev/sdb is mounted at /mnt"]),
        ("31 1 8:17 / /my\\040card rw - vfat /dev/sdb1 rw\n", "", ["/dev/sdb1 is mounted at /my card"]),
        ("31 1 8:17 / /a\\012b\\134c rw - vfat /dev/sdb1 rw\n", "", ["/dev/sdb1 is mounted at /a\\nb\\c"]),
        ("31 1 8:17 / /\x1b[2J rw - vfat /dev/sdb1 rw\n", "", ["/dev/sdb1 is mounted at /\\x1b[2J"]),
        ("31 1 8:17 / /\udcff rw - vfat /dev/sdb1 rw\n", "", ["/dev/sdb1 is mounted at /\ufffd"]),
        ("31 1 8:17 / /\x1f\u2028ro rw - vfat /dev/sdb1 rw\n", "", ["/dev/sdb1 is mounted at /\\x1f\\u2028ro"]),
        ("31 1 8:17 / /a\rb rw - vfat /dev/sdb1 rw\n", "", ["/dev/sdb1 is mounted at /a\\rb"]),
        ("31 1 0:45 / /mnt rw - btrfs /dev/sdb1 rw\n", "", ["/dev/sdb1 is mounted at /mnt"]),
        ("31 1 8:1 / /mnt rw - ext4 /dev/sda1 rw\n", "", []),
        ("31 1 8:33 / / rw - ext4 /dev/sdc1 rw\n31 1 0:5 / /dev rw - devtmpfs udev rw\n", "", []),
        ("garbage\n\n31 1 8:17\n31 1 8:17 / /mnt rw shared:1 no separator here at all\n", "", []),
        ("", "/dev/sdb2 partition 1000 0 -2\n", ["/dev/sdb2 is used as swap"]),
        ("", "/dev/sda2\t\tpartition\t1000\t0\t-2\n", []),
        (
            ISO + "31 1 8:17 / /mnt rw - vfat /dev/sdb1 rw\n",
            "/dev/sdb2\tpartition\t1\t0\t-2\n",
            ["/dev/sdb1 is mounted at /mnt", "/dev/sdb2 is used as swap"],
        ),
    ],
)
def test_holders(tmp_path: Path, mountinfo: str, swaps: str, held: list[str]) -> None:
    assert mounts.holders(stick_with_disks(tmp_path), proc(tmp_path, mountinfo, swaps)) == held


def test_a_stick_without_disks_holds_nothing(tmp_path: Path) -> None:
    sysfs_tree.plug(tmp_path, "1-1", "12d1:1f01")
    (seen,) = sysfs.scan(str(tmp_path))
    everything = "".join(f"31 1 8:{minor} / /mnt rw - vfat /dev/sdb1 rw\n" for minor in range(32))
    assert mounts.holders(seen, proc(tmp_path, everything)) == []
    assert mounts.holders(seen._replace(path=""), proc(tmp_path / "other", everything)) == []


def test_no_proc_is_nothing_held(tmp_path: Path) -> None:
    assert mounts.holders(stick_with_disks(tmp_path), str(tmp_path / "nowhere")) == []


def test_a_folder_that_goes_while_its_link_is_followed_is_no_device(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """realpath looks twice at a link, and only its first look expects that there may be none."""
    real = sysfs_tree.folder(tmp_path, "elsewhere")
    sysfs_tree.plug(tmp_path, "elsewhere", "12d1:1f01")
    sysfs_tree.folder(tmp_path, "1-1").symlink_to(real)
    assert sysfs.look(str(tmp_path), "1-1") is not None

    def gone(path: str) -> str:
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", path)

    monkeypatch.setattr(os, "readlink", gone)
    assert sysfs.look(str(tmp_path), "1-1") is None
    assert sysfs.scan(str(tmp_path)) == []


@pytest.mark.parametrize(("reading", "times", "seen"), [("device", 2, 2), ("configuration", 1, 1), ("device", 99, 0)])
def test_what_leaves_during_a_look_is_not_there(
    reading: str, times: int, seen: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Libusb lists it, and by the time it is read it is gone: no error, unless that never ends."""
    name = f"get_{reading}_descriptor"
    whole = getattr(SimBackend, name)
    left = [times]

    def leaving(self: SimBackend, *words: Any) -> Any:
        if left[0]:
            left[0] -= 1
            raise usb.core.USBError("No such device", -4, errno.ENODEV)
        return whole(self, *words)

    bus = plugged("e3372h", "e3372h@1-2")
    monkeypatch.setattr(SimBackend, name, leaving)
    if seen:
        assert len(bus.scan()) == seen
    else:
        with pytest.raises(LinkLost, match="looking at the bus: the device is gone"):
            bus.scan()
