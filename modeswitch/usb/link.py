"""A link to one open device: transfers with a time limit, and pyusb's errors in our words.

With ``libusb.py``, ``pyusb.py``, ``linux/usbfs.py`` and ``sim/backend.py`` the only importer of pyusb; its errors are
translated here, by one table.

Ref: pyusb 1.3.1, usb/core.py and usb/backend/libusb1.py; libusb's error codes, libusb.h.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from types import TracebackType

import usb.core
import usb.util

from ..errors import BadReply, Busy, LinkLost, ModeswitchError, NoLibusb, PermissionDenied, TransferError
from ..values import TYPE_CHECKING
from .device import UsbDevice

if TYPE_CHECKING:
    from typing import Any


ENGLISH = 0x0409
"""The language that strings are asked for in; sticks have no other."""
CONTROL_MS = 1000
BULK_MS = 3000
"""How long one transfer may take, in milliseconds, unless less time is left."""

_LOST = {
    errno.ENODEV: "gone",
    errno.ENXIO: "gone",
    errno.ENOENT: "gone",
    errno.ESHUTDOWN: "gone",
    errno.ETIMEDOUT: "timeout",
    errno.EPIPE: "stall",
    errno.EIO: "io",
    errno.EPROTO: "io",
    errno.EILSEQ: "io",
}
"""errno → why the link was lost.  EIO, EPROTO and EILSEQ are what a controller reports of a device that is leaving,
before the hub has noticed.  Ref: Linux Documentation/driver-api/usb/error-codes.rst."""

_WORDS = {
    "gone": "the device is gone",
    "timeout": "no answer in time",
    "stall": "the endpoint stalled",
    "io": "the transfer broke off",
}

_OTHER: dict[int, Callable[[str], ModeswitchError]] = {
    errno.EACCES: lambda what: PermissionDenied(what + ": permission denied", hint=PERMISSION_HINT),
    errno.EPERM: lambda what: PermissionDenied(what + ": not permitted", hint=PERMISSION_HINT),
    errno.EBUSY: lambda what: Busy(
        what + ": another program holds it", hint="Close what uses the stick (a mount, a terminal program, a VM)."
    ),
    errno.EOVERFLOW: lambda what: BadReply(what + ": the device sent more than was asked for"),
}

PERMISSION_HINT = (
    "Run as root, or give your user access by a udev rule, with the vendor's id: "
    'SUBSYSTEM=="usb", ATTR{idVendor}=="12d1", MODE="0660", GROUP="plugdev"'
)


def no_libusb() -> NoLibusb:
    """The error of a machine without libusb, with what installs it here."""
    from ..missing import LIBUSB, command

    return NoLibusb("no libusb could be loaded", hint=command(LIBUSB))


def translate(error: Exception, what: str) -> ModeswitchError:
    """Pyusb's error as one of ours; ``what`` says what was being done."""
    if isinstance(error, usb.core.NoBackendError):
        return no_libusb()
    if isinstance(error, NotImplementedError):
        return TransferError(f"{what}: not supported on this system")
    number = getattr(error, "errno", None)
    if isinstance(error, usb.core.USBTimeoutError):
        number = errno.ETIMEDOUT
    if number in _LOST:
        return LinkLost(f"{what}: {_WORDS[_LOST[number]]}", reason=_LOST[number])
    if number in _OTHER:
        return _OTHER[number](what)
    return TransferError(f"{what}: {getattr(error, 'strerror', None) or error}")


class Translating:
    """Within it, what pyusb raises becomes one of our errors.

    pyusb raises NotImplementedError for LIBUSB_ERROR_NOT_SUPPORTED and ValueError where a backend or a string cannot
    be had, so the three together are its language.
    """

    def __init__(self, what: str, *, other_is_lost: bool = False) -> None:
        """``other_is_lost``: LIBUSB_ERROR_OTHER, which has no errno, means that the link is lost.

        Linux' libusb knows two errors of CLEAR_HALT, SET_CONFIGURATION, SET_INTERFACE and RESET by name and calls all
        others OTHER; a device that leaves gives EPROTO there.  Ref: libusb os/linux_usbfs.c, op_clear_halt and others.
        """
        self._what, self._other_is_lost = what, other_is_lost

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, usb.core.USBError) and error.errno is None and self._other_is_lost:
            raise LinkLost(f"{self._what}: {_WORDS['io']}", reason="io") from error
        if isinstance(error, (usb.core.USBError, NotImplementedError, ValueError)):
            raise translate(error, self._what) from error


class Link:
    """An open device: transfers with a time limit, and errors in our words.

    ``claim`` takes an interface from its kernel driver; ``close`` gives back what is still there to be given back.
    ``left`` says how many seconds all that follows may still take together, and bounds every transfer; ``trace`` is
    told of each.
    """

    def __init__(self, device: Any, usb_device: UsbDevice) -> None:
        self._device = device
        self.usb = usb_device
        self.trace: Callable[..., None] = _nothing
        self.left: Callable[[], float] = _for_ever
        self._claimed: list[int] = []
        self._detached: list[int] = []

    def claim(self, number: int) -> None:
        """Detach the kernel driver from this one interface and claim it; a second time does nothing."""
        if number in self._claimed:
            return
        with Translating(f"claiming interface {number}"):
            if self._has_driver(number):
                self._device.detach_kernel_driver(number)
                self._detached.append(number)
            usb.util.claim_interface(self._device, number)
        self._claimed.append(number)

    def _has_driver(self, number: int) -> bool:
        """Is a kernel driver bound to the interface?  Systems that know no such thing say so by NotImplementedError."""
        try:
            return bool(self._device.is_kernel_driver_active(number))
        except NotImplementedError:
            return False

    def control(self, request_type: int, request: int, value: int, index: int, data: bytes | int) -> bytes:
        """A control transfer; ``data`` is what goes out, or how many bytes may come in.  Returns what came in."""
        with Translating(f"control request {request_type:02x} {request:02x}"):
            limit = self._limit(CONTROL_MS)
            setup = (request_type, request, value, index)
            self.trace("control", setup="{:02x} {:02x} {:04x} {:04x}".format(*setup), data=_hex(data))
            answer = self._device.ctrl_transfer(*setup, data, timeout=limit)
        return bytes(answer) if request_type & 0x80 else b""

    def _limit(self, most: float) -> int:
        """A time limit for libusb in milliseconds; 0 would mean for ever."""
        return max(1, int(min(most, self.left() * 1000)))

    def strings(self) -> tuple[str, str, str]:
        """Manufacturer, product and serial number, as hostile as any string of a device; empty where there is none.

        What is no UTF-16 is replaced, never an error: a string is decoration.  Ref: USB 2.0 §9.6.7.
        """
        found = []
        for index in (self._device.iManufacturer, self._device.iProduct, self._device.iSerialNumber):
            try:
                raw = self.control(0x80, 0x06, 0x0300 | index, ENGLISH, 255) if index else b""
            except ModeswitchError:
                raw = b""
            found.append(raw[2 : raw[0] if raw else 0].decode("utf-16-le", "replace"))
        return found[0], found[1], found[2]

    def bulk_out(self, endpoint: int, data: bytes, *, told: bool = True) -> None:
        """Send bytes to a bulk OUT endpoint; all of them, or it is LinkLost with reason ``short``.

        ``told`` is false for bytes that no trace may show.
        """
        what = f"bulk OUT {endpoint:02x}"
        if told:
            self.trace("out", endpoint=f"{endpoint:02x}", data=_hex(data))
        with Translating(what):
            sent = self._device.write(endpoint, data, self._limit(BULK_MS))
        if sent != len(data):
            raise LinkLost(f"{what}: only {sent} of {len(data)} bytes were taken", reason="short")

    def bulk_in(self, endpoint: int, most: int, *, seconds: float = BULK_MS / 1000, told: bool = True) -> bytes:
        """Read at most that many bytes from a bulk IN endpoint, waiting at most so many seconds."""
        with Translating(f"bulk IN {endpoint:02x}"):
            data = bytes(self._device.read(endpoint, most, self._limit(seconds * 1000)))
        if told:
            self.trace("in", endpoint=f"{endpoint:02x}", data=_hex(data))
        return data

    def clear_halt(self, endpoint: int) -> None:
        """CLEAR_FEATURE(ENDPOINT_HALT), and the host's data toggle with it."""
        self.trace("clear-halt", endpoint=f"{endpoint:02x}")
        with Translating(f"clear halt {endpoint:02x}", other_is_lost=True):
            self._device.clear_halt(endpoint)

    def set_configuration(self, value: int) -> None:
        """SET_CONFIGURATION.  The kernel refuses while a driver holds an interface, so claim none and detach all."""
        with Translating(f"set configuration {value}", other_is_lost=True):
            self._device.set_configuration(value)

    def set_altsetting(self, interface: int, alternate: int) -> None:
        """SET_INTERFACE on a claimed interface."""
        with Translating(f"set interface {interface} alternate {alternate}", other_is_lost=True):
            self._device.set_interface_altsetting(interface, alternate)

    def reset(self) -> None:
        """Reset the port."""
        with Translating("reset", other_is_lost=True):
            self._device.reset()

    def release(self) -> None:
        """Release what is claimed, as far as it is still there."""
        while self._claimed:
            try:
                with Translating("release"):
                    usb.util.release_interface(self._device, self._claimed.pop())
            except ModeswitchError:
                continue

    def close(self, *, attach: bool) -> list[int]:
        """Release, attach the kernel's drivers again where asked, close.

        Returns the interfaces that have their driver back; a device that left has none.
        """
        self.release()
        attached = []
        for number in self._detached if attach else ():
            try:
                with Translating(f"attaching the driver of interface {number}"):
                    self._device.attach_kernel_driver(number)
                attached.append(number)
            except ModeswitchError:
                continue
        self._detached.clear()
        if not isinstance(self._device, _Closed):
            usb.util.dispose_resources(self._device)
            _give_back(self._device)
            self._device = _Closed()
        return attached


class _Closed:
    """In the place of pyusb's device once that was given back: libusb's may be no more."""

    def __getattr__(self, name: str) -> Any:
        raise LinkLost("the device was closed", reason="gone")


def _give_back(device: Any) -> None:
    """Give libusb's device back now, and not when pyusb's is collected.

    Where that is part of a cycle (an error with its traceback is enough) it would never be: the collector clears the
    weak reference by which pyusb finds it.  Ref: pyusb 1.3.1, usb/_objfinalizer.py; CPython, Modules/gcmodule.c,
    handle_weakrefs comes before finalize_garbage.
    """
    finalize = getattr(getattr(getattr(device, "_ctx", None), "dev", None), "finalize", None)
    if finalize is not None:
        finalize()


def _nothing(event: str, **facts: object) -> None:
    """Trace nothing."""


def _for_ever() -> float:
    """No deadline."""
    return float("inf")


def _hex(data: bytes | int) -> str:
    return "" if isinstance(data, int) else data.hex()


def open_device(backend: Any, usb_device: UsbDevice) -> Link:
    """A link to the device as it was seen, and to no other that took its place.

    Raises :class:`LinkLost` when it is no longer there, :class:`PermissionDenied`.
    """

    def same(device: Any) -> bool:
        return (device.bus, device.address) == (usb_device.port.bus, usb_device.address)

    what = f"opening {usb_device.id} at {usb_device.port}"
    with Translating(what):
        device = usb.core.find(backend=backend, custom_match=same)
    if device is None or (device.idVendor, device.idProduct) != tuple(usb_device.id):
        raise LinkLost(f"{what}: the device is gone", reason="gone")
    return Link(device, usb_device)
