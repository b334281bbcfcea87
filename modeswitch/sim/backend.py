"""The simulated bus as a pyusb backend: the real ``usb.core`` runs on top, in one process, with no USB anywhere.

Ref: pyusb 1.3.1, usb/backend/__init__.py (IBackend).
"""

from __future__ import annotations

import errno
import struct
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from types import SimpleNamespace
from typing import Any, NamedTuple, TypeVar

import usb.backend
import usb.core

from ..errors import BadDescriptors
from ..usb.descriptors import Descriptors, Port, UsbId
from ..usb.device import UsbDevice
from ..usb.host import Past
from ..usb.link import Link, Translating
from .clock import Clock
from .faults import failure
from .hub import Hub
from .stick import Stick
from .storage import Broken, Nak, Stall

T = TypeVar("T")

LIBUSB_ERROR_OTHER = -99
"""What libusb calls each error of CLEAR_HALT, SET_CONFIGURATION, SET_INTERFACE and RESET that it has no name for."""

DEVICE_FIELDS = (
    "bLength",
    "bDescriptorType",
    "bcdUSB",
    "bDeviceClass",
    "bDeviceSubClass",
    "bDeviceProtocol",
    "bMaxPacketSize0",
    "idVendor",
    "idProduct",
    "bcdDevice",
    "iManufacturer",
    "iProduct",
    "iSerialNumber",
    "bNumConfigurations",
)
"""The device descriptor's fields, in order.  Ref: USB 2.0 §9.6.1."""
SPEEDS = {"full": 2, "high": 3, "super": 4}
"""As libusb numbers them (enum libusb_speed)."""


class _Seen(NamedTuple):
    """A stick in one of its enumerations, or the hub that it is plugged into."""

    stick: Stick | Hub
    enumeration: int


def _error(number: int | None, words: str) -> usb.core.USBError:
    kind = usb.core.USBTimeoutError if number == errno.ETIMEDOUT else usb.core.USBError
    return kind(words, -1 if number is not None else LIBUSB_ERROR_OTHER, number)


class SimBackend(usb.backend.IBackend):
    """pyusb's backend interface over a list of sticks that share a clock.

    ``homes`` are the ports that they were plugged into.  ``wire`` records each transfer that reaches a stick: (kind,
    endpoint or setup, bytes).  ``past`` is how the switches at each port have ended, with moments on the clock.
    ``plugged`` sticks have their addresses already.
    """

    def __init__(self, sticks: list[Stick], clock: Clock, *, plugged: bool = False) -> None:
        self.sticks = sticks
        self.homes = {stick.port for stick in sticks}
        addresses = count(2)
        for stick in [] if plugged else sticks:
            stick.addresses, stick.address = addresses, next(addresses)
        self.clock = clock
        self.drivers: dict[tuple[Stick | Hub, int, int], bool] = {}
        self.claims: set[tuple[Stick | Hub, int, int]] = set()
        self.wire: list[tuple[str, str, str]] = []
        self.past: dict[Port, Past] = {}
        self._looks = False
        self._met: Counter[tuple[Stick | Hub, str]] = Counter()

    def at(self, port: Port) -> Iterator[Stick]:
        """The stick in that port, if it is there now."""
        return (
            seen.stick for seen in self.enumerate_devices() if isinstance(seen.stick, Stick) and seen.stick.port == port
        )

    def open_hub(self, port: Port) -> Link:
        """A link to the hub that the port belongs to."""
        above = Port(port.bus, port.ports[:-1])
        hub = Hub([stick for stick in self.sticks if Port(stick.port.bus, stick.port.ports[:-1]) == above], above)
        seen = _Seen(hub, hub.enumerations)
        device = usb.core.Device(seen, self)
        with Translating(f"opening the hub of port {port}"):
            self.open_device(seen)
        return Link(device, UsbDevice(above, hub.address, UsbId(device.idVendor, device.idProduct), None, None))

    # Descriptors.

    def enumerate_devices(self) -> Iterator[_Seen]:
        for stick in self.sticks:
            stick.advance()
            if stick.present:
                yield _Seen(stick, stick.enumerations)

    def get_device_descriptor(self, dev: _Seen) -> SimpleNamespace:
        stick = self._there(dev)
        values = struct.unpack("<BBHBBBBHHHBBBB", stick.descriptors()[:18])
        ports = stick.port.ports or None  # a root hub is in no port
        place = {"bus": stick.port.bus, "address": stick.address, "port_number": ports[-1] if ports else 0}
        fields = dict(zip(DEVICE_FIELDS, values, strict=True))
        return SimpleNamespace(**fields, **place, port_numbers=ports, speed=SPEEDS[stick.speed])

    def _parsed(self, dev: _Seen) -> Descriptors:
        try:
            return Descriptors.parse(self._there(dev).descriptors())
        except BadDescriptors as error:
            raise usb.core.USBError(error.message, -1, errno.EINVAL) from error

    def get_configuration_descriptor(self, dev: _Seen, config: int) -> SimpleNamespace:
        found, raw = self._parsed(dev).configurations[config], dev.stick.descriptors()
        at = 18
        for _ in range(config):
            at += int.from_bytes(raw[at + 2 : at + 4], "little")
        return SimpleNamespace(
            bLength=9,
            bDescriptorType=2,
            wTotalLength=int.from_bytes(raw[at + 2 : at + 4], "little"),
            bNumInterfaces=len(found.functions),
            bConfigurationValue=found.value,
            iConfiguration=0,
            bmAttributes=0x80,
            bMaxPower=250,
            extra_descriptors=[],
        )

    def _settings(self, dev: _Seen, config: int, intf: int) -> Any:
        found = self._parsed(dev).configurations[config]
        number = found.functions[intf].number
        return [setting for setting in found.interfaces if setting.number == number]

    def get_interface_descriptor(self, dev: _Seen, intf: int, alt: int, config: int) -> SimpleNamespace:
        setting = self._settings(dev, config, intf)[alt]
        cls, sub, proto = setting.triple
        return SimpleNamespace(
            bLength=9,
            bDescriptorType=4,
            bInterfaceNumber=setting.number,
            bAlternateSetting=setting.alternate,
            bNumEndpoints=len(setting.endpoints),
            bInterfaceClass=cls,
            bInterfaceSubClass=sub,
            bInterfaceProtocol=proto,
            iInterface=0,
            extra_descriptors=[],
        )

    def get_endpoint_descriptor(self, dev: _Seen, ep: int, intf: int, alt: int, config: int) -> SimpleNamespace:
        endpoint = self._settings(dev, config, intf)[alt].endpoints[ep]
        return SimpleNamespace(
            bLength=7,
            bDescriptorType=5,
            bEndpointAddress=endpoint.address,
            bmAttributes=endpoint.attributes,
            wMaxPacketSize=endpoint.max_packet,
            bInterval=endpoint.interval,
            bRefresh=0,
            bSynchAddress=0,
            extra_descriptors=[],
        )

    # Handles, drivers and claims.

    def open_device(self, dev: _Seen) -> _Seen:
        if self._meet(dev, "open").faults.denied:
            raise _error(errno.EACCES, "Access denied")
        return dev

    def close_device(self, dev_handle: _Seen) -> None:
        self.claims = {claim for claim in self.claims if claim[:2] != tuple(dev_handle)}

    def _is_storage(self, dev: _Seen, intf: int) -> bool:
        return isinstance(dev.stick, Stick) and bool(dev.stick.composition.luns(intf))

    def is_kernel_driver_active(self, dev_handle: _Seen, intf: int) -> bool:
        """A storage interface wakes up with its driver bound."""
        self._there(dev_handle)
        return self.drivers.get((*dev_handle, intf), self._is_storage(dev_handle, intf))

    def is_bound(self, port: Port, interface: int) -> bool:
        """Has the host's storage driver an interface of the stick in that port?"""
        seen = (each for each in self.enumerate_devices() if each.stick.port == port)
        return any(self.is_kernel_driver_active(each, interface) for each in seen)

    def detach_kernel_driver(self, dev_handle: _Seen, intf: int) -> None:
        """As Linux does it: usb-storage lets go once the command that it waits for has ended."""
        stick = self._meet(dev_handle, "detach")
        if isinstance(stick, Stick) and self._is_storage(dev_handle, intf):
            self.clock.wait(stick.hangs())
            self._there(dev_handle)
        self.drivers[(*dev_handle, intf)] = False

    def attach_kernel_driver(self, dev_handle: _Seen, intf: int) -> None:
        self._meet(dev_handle, "attach")
        if (*dev_handle, intf) in self.claims or self.is_kernel_driver_active(dev_handle, intf):
            raise _error(errno.EBUSY, "Resource busy")
        self.drivers[(*dev_handle, intf)] = True

    def claim_interface(self, dev_handle: _Seen, intf: int) -> None:
        busy = self._meet(dev_handle, "claim").faults.busy or self.is_kernel_driver_active(dev_handle, intf)
        if busy:
            raise _error(errno.EBUSY, "Resource busy")
        self.claims.add((*dev_handle, intf))

    def release_interface(self, dev_handle: _Seen, intf: int) -> None:
        self._meet(dev_handle, "release")
        self.claims.discard((*dev_handle, intf))

    def set_configuration(self, dev_handle: _Seen, config_value: int) -> None:
        """As Linux does it: not while anybody holds an interface, we ourselves neither (devio.c, proc_setconfig).

        The interfaces of another configuration have their drivers bound at once.
        """
        held = any(claim[:-1] == tuple(dev_handle) for claim in self.claims)
        if held or any(self.is_kernel_driver_active(dev_handle, number) for number in range(32)):
            raise _error(errno.EBUSY, "Resource busy")
        before = self.get_configuration(dev_handle)
        self._order(dev_handle, "configuration", lambda stick: stick.control(0, 9, config_value, 0, b"", 0))
        if config_value != before:
            self.drivers = {place: bound for place, bound in self.drivers.items() if place[:2] != tuple(dev_handle)}

    def get_configuration(self, dev_handle: _Seen) -> int:
        return self._there(dev_handle).configured

    def set_interface_altsetting(self, dev_handle: _Seen, intf: int, altsetting: int) -> None:
        self._order(dev_handle, "altsetting", lambda stick: stick.control(1, 11, altsetting, intf, b"", 0))

    def clear_halt(self, dev_handle: _Seen, ep: int) -> None:
        self._note(dev_handle, "clear halt", f"{ep:02x}", b"")
        self._order(dev_handle, "clear-halt", lambda stick: stick.clear_halt(ep))

    def reset_device(self, dev_handle: _Seen) -> None:
        self._note(dev_handle, "reset", "", b"")
        self._order(dev_handle, "reset", lambda stick: stick.reset())

    # Transfers.

    def bulk_write(self, dev_handle: _Seen, ep: int, intf: int, data: Any, timeout: int) -> int:
        raw = data.tobytes()
        self._meet(dev_handle, "bulk-out")
        self._note(dev_handle, "bulk out", f"{ep:02x}", raw)
        self._do(dev_handle, timeout, lambda stick: stick.out(ep, raw))
        return len(raw)

    def bulk_read(self, dev_handle: _Seen, ep: int, intf: int, buff: Any, timeout: int) -> int:
        self._meet(dev_handle, "bulk-in")
        answer = self._do(dev_handle, timeout, lambda stick: stick.into(ep, len(buff)))
        self._note(dev_handle, "bulk in", f"{ep:02x}", answer)
        buff[: len(answer)] = type(buff)("B", answer)
        return len(answer)

    intr_write, intr_read = bulk_write, bulk_read

    def ctrl_transfer(
        self,
        dev_handle: _Seen,
        bmRequestType: int,
        bRequest: int,
        wValue: int,
        wIndex: int,
        data: Any,
        timeout: int,
    ) -> int:
        outward = not bmRequestType & 0x80
        raw = data.tobytes() if outward else b""
        setup = (bmRequestType, bRequest, wValue, wIndex)
        if bRequest != 6 or bmRequestType != 0x80:
            self._meet(dev_handle, "control")
            self._note(dev_handle, "control", "{:02x} {:02x} {:04x} {:04x}".format(*setup), raw)
        answer = self._do(dev_handle, timeout, lambda stick: stick.control(*setup, raw, len(data)))
        if outward:
            return len(raw)
        data[: len(answer)] = type(data)("B", answer)
        return len(answer)

    def _note(self, dev: _Seen, kind: str, where: str, data: bytes) -> None:
        """Record what reaches the stick."""
        dev.stick.advance()
        if not isinstance(dev.stick, Stick) or not dev.stick.broken:
            self.wire.append((kind, where, data.hex()))

    def _there(self, dev: _Seen) -> Stick | Hub:
        """The stick, if it is still in the enumeration that was opened."""
        dev.stick.advance()
        if not dev.stick.present or dev.stick.enumerations != dev.enumeration:
            raise _error(errno.ENODEV, "No such device")
        return dev.stick

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Within it a host looks at what is there, as it does without opening anything."""
        self._looks, before = True, self._looks
        try:
            yield
        finally:
            self._looks = before

    def _meet(self, dev: _Seen, place: str) -> Stick | Hub:
        """The stick, unless this call is the one that its faults let fail."""
        stick = self._there(dev)
        wanted = failure(stick.faults.fails) if not self._looks else None
        if wanted is not None and wanted.place == place:
            self._met[stick, place] += 1
            if self._met[stick, place] == wanted.number:
                raise _error(getattr(errno, wanted.error, None), f"as its faults have it: {wanted.error}")
        return stick

    def _order(self, dev: _Seen, place: str, attempt: Callable[[Stick | Hub], object]) -> None:
        """A request for which libusb knows no error by name but "gone"."""
        stick = self._meet(dev, place)
        if isinstance(stick, Stick) and stick.broken:
            raise _error(None, "Other error")
        self._do(dev, 1000, attempt)

    def _do(self, dev: _Seen, timeout: int, attempt: Callable[[Stick | Hub], T]) -> T:
        """Try until the stick answers, leaves, stalls, or the time is up."""
        end = self.clock.now() + timeout / 1000
        while True:
            stick = self._there(dev)
            try:
                done = attempt(stick)
                if stick.present:
                    return done
                raise _error(errno.ENODEV, "No such device")
            except Broken:
                gone = not stick.present
                raise _error(errno.ENODEV if gone else errno.EIO, "No such device" if gone else "I/O error") from None
            except Stall:
                raise _error(errno.EPIPE, "Pipe error") from None
            except Nak:
                now = self.clock.now()
                if now >= end:
                    raise _error(errno.ETIMEDOUT, "Operation timed out") from None
                self.clock.wait(min(end, stick.next_due() or end) - now)
