"""The simulated bus as a pyusb backend: the real ``usb.core`` runs on top, in one process, with no USB anywhere.

Ref: pyusb 1.3.1, usb/backend/__init__.py (IBackend).
"""

from __future__ import annotations

import errno
import struct
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, nullcontext
from itertools import count
from types import SimpleNamespace
from typing import Any, NamedTuple, TypeVar

import usb.backend
import usb.core

from ..errors import BadDescriptors, UsageError
from ..modem.roles import role
from ..usb.bus import Bus, PyusbBus
from ..usb.descriptors import Descriptors, Port, UsbId
from ..usb.device import UsbDevice
from ..usb.link import Link, Translating
from .clock import Clock, RealClock
from .faults import Faults, seconds
from .hub import Hub
from .models import MODELS
from .modem import Nvram
from .stick import Stick
from .storage import Nak, Stall
from .web import Pipe, Site

T = TypeVar("T")


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


class _Seen(NamedTuple):
    """A stick in one of its enumerations, or the hub that it is plugged into."""

    stick: Stick | Hub
    enumeration: int


def _error(number: int, words: str) -> usb.core.USBError:
    kind = usb.core.USBTimeoutError if number == errno.ETIMEDOUT else usb.core.USBError
    return kind(words, -1, number)


class SimBackend(usb.backend.IBackend):
    """pyusb's backend interface over a list of sticks that share a clock.

    ``wire`` records each transfer that reaches a stick: (kind, endpoint or setup, bytes).  ``plugged`` sticks have
    their addresses already.
    """

    def __init__(self, sticks: list[Stick], clock: Clock, *, plugged: bool = False) -> None:
        self.sticks = sticks
        addresses = count(2)
        for stick in [] if plugged else sticks:
            stick.addresses, stick.address = addresses, next(addresses)
        self.clock = clock
        self.drivers: dict[tuple[Stick | Hub, int, int], bool] = {}
        self.claims: set[tuple[Stick | Hub, int, int]] = set()
        self.wire: list[tuple[str, str, str]] = []

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
        return SimpleNamespace(**fields, **place, port_numbers=ports, speed=3)

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
        if self._there(dev).faults.denied:
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

    def detach_kernel_driver(self, dev_handle: _Seen, intf: int) -> None:
        self._there(dev_handle)
        self.drivers[(*dev_handle, intf)] = False

    def attach_kernel_driver(self, dev_handle: _Seen, intf: int) -> None:
        self._there(dev_handle)
        if (*dev_handle, intf) in self.claims or self.is_kernel_driver_active(dev_handle, intf):
            raise _error(errno.EBUSY, "Resource busy")
        self.drivers[(*dev_handle, intf)] = True

    def claim_interface(self, dev_handle: _Seen, intf: int) -> None:
        busy = self._there(dev_handle).faults.busy or self.is_kernel_driver_active(dev_handle, intf)
        if busy:
            raise _error(errno.EBUSY, "Resource busy")
        self.claims.add((*dev_handle, intf))

    def release_interface(self, dev_handle: _Seen, intf: int) -> None:
        self._there(dev_handle)
        self.claims.discard((*dev_handle, intf))

    def set_configuration(self, dev_handle: _Seen, config_value: int) -> None:
        """As Linux does it: not while anybody holds an interface, we ourselves neither (devio.c, proc_setconfig).

        The interfaces of another configuration have their drivers bound at once.
        """
        held = any(claim[:-1] == tuple(dev_handle) for claim in self.claims)
        if held or any(self.is_kernel_driver_active(dev_handle, number) for number in range(32)):
            raise _error(errno.EBUSY, "Resource busy")
        before = self.get_configuration(dev_handle)
        self._do(dev_handle, 1000, lambda stick: stick.control(0, 9, config_value, 0, b"", 0))
        if config_value != before:
            self.drivers = {place: bound for place, bound in self.drivers.items() if place[:2] != tuple(dev_handle)}

    def get_configuration(self, dev_handle: _Seen) -> int:
        return self._there(dev_handle).configured

    def set_interface_altsetting(self, dev_handle: _Seen, intf: int, altsetting: int) -> None:
        self._do(dev_handle, 1000, lambda stick: stick.control(1, 11, altsetting, intf, b"", 0))

    def clear_halt(self, dev_handle: _Seen, ep: int) -> None:
        self._note("clear halt", f"{ep:02x}", b"")
        self._there(dev_handle).clear_halt(ep)

    def reset_device(self, dev_handle: _Seen) -> None:
        self._note("reset", "", b"")
        self._there(dev_handle).reset()

    # Transfers.

    def bulk_write(self, dev_handle: _Seen, ep: int, intf: int, data: Any, timeout: int) -> int:
        raw = data.tobytes()
        self._note("bulk out", f"{ep:02x}", raw)
        self._do(dev_handle, timeout, lambda stick: stick.out(ep, raw))
        return len(raw)

    def bulk_read(self, dev_handle: _Seen, ep: int, intf: int, buff: Any, timeout: int) -> int:
        answer = self._do(dev_handle, timeout, lambda stick: stick.into(ep, len(buff)))
        self._note("bulk in", f"{ep:02x}", answer)
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
            self._note("control", "{:02x} {:02x} {:04x} {:04x}".format(*setup), raw)
        answer = self._do(dev_handle, timeout, lambda stick: stick.control(*setup, raw, len(data)))
        if outward:
            return len(raw)
        data[: len(answer)] = type(data)("B", answer)
        return len(answer)

    def _note(self, kind: str, where: str, data: bytes) -> None:
        self.wire.append((kind, where, data.hex()))

    def _there(self, dev: _Seen) -> Stick | Hub:
        """The stick, if it is still in the enumeration that was opened."""
        dev.stick.advance()
        if not dev.stick.present or dev.stick.enumerations != dev.enumeration:
            raise _error(errno.ENODEV, "No such device")
        return dev.stick

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
            except Stall:
                raise _error(errno.EPIPE, "Pipe error") from None
            except Nak:
                now = self.clock.now()
                if now >= end:
                    raise _error(errno.ETIMEDOUT, "Operation timed out") from None
                self.clock.wait(min(end, stick.next_due() or end) - now)


class SimBus(PyusbBus):
    """A bus of simulated sticks; it wakes a waiter exactly when something becomes due."""

    def __init__(self, sticks: list[Stick], clock: Clock | None = None, *, plugged: bool = False) -> None:
        self.clock = clock or (sticks[0].clock if sticks else RealClock())
        self.sim = SimBackend(sticks, self.clock, plugged=plugged)
        self._unmounted: set[Port] = set()
        super().__init__(lambda: self.sim)

    def present(self, without: Collection[Port] = ()) -> dict[Port, int]:
        sticks = [stick for stick in self.sim.sticks if stick.port not in without]
        for stick in sticks:
            stick.advance()
        return {stick.port: stick.address for stick in sticks if stick.present}

    def for_thread(self, port: Port) -> Bus:
        """The one stick alone, so that no two threads have to do with the same."""
        own = [stick for stick in self.sim.sticks if stick.port == port]
        bus = SimBus(own, self.clock, plugged=True)
        bus.sim.wire = self.sim.wire
        return bus._stoppable()

    def now(self) -> float:
        return self.clock.now()

    def scan(self) -> list[UsbDevice]:
        """What is there, with the strings that a host reads when a device comes."""
        return [usb_device._replace(strings=self._strings(usb_device)) for usb_device in super().scan()]

    def _strings(self, usb_device: UsbDevice) -> tuple[str, str, str]:
        for stick in (seen.stick for seen in self._seen(usb_device) if isinstance(seen.stick, Stick)):
            raws = [stick.string(index) or b"\x02\x03" for index in (1, 2, 3)]
            first, second, third = (raw[2 : raw[0]].decode("utf-16-le", "replace") for raw in raws)
            return first, second, third
        return "", "", ""

    def wait(self, seconds: float) -> None:
        for stick in self.sim.sticks:
            stick.advance()
        now = self.clock.now()
        seconds = self._bounded(seconds)
        due = [when for stick in self.sim.sticks if (when := stick.next_due()) is not None]
        self.clock.wait(max(0.0, min([now + seconds, *due]) - now))

    def driver(self, usb_device: UsbDevice, interface: int) -> str | None:
        bound = any(self.sim.is_kernel_driver_active(seen, interface) for seen in self._seen(usb_device))
        return "usb-storage" if bound else None

    def in_use(self, usb_device: UsbDevice) -> list[str]:
        held = usb_device.port not in self._unmounted and any(
            seen.stick.faults.mounted for seen in self._seen(usb_device)
        )
        return ["/dev/sdb1 is mounted at /mnt/card"] if held else []

    def unmount(self, usb_device: UsbDevice, *, cd_only: bool) -> list[str]:
        if not cd_only:
            self._unmounted.add(usb_device.port)
        return []

    def web(self, usb_device: UsbDevice) -> AbstractContextManager[Callable[[float], Any]]:
        stick = next(
            (s for s in self.sim.sticks if s.port == usb_device.port and s.present and s.lan.side == "hilink"), None
        )
        if stick is None:
            return super().web(usb_device)
        site = Site(stick.faults.web, stick.web_call)
        return nullcontext(lambda _seconds: Pipe(site, self.clock))

    def hub(self, port: Port) -> Link:
        above = Port(port.bus, port.ports[:-1])
        hub = Hub([stick for stick in self.sim.sticks if Port(stick.port.bus, stick.port.ports[:-1]) == above], above)
        device = usb.core.Device(_Seen(hub, hub.enumerations), self.sim)
        with Translating(f"opening the hub of port {port}"):
            self.sim.open_device(_Seen(hub, hub.enumerations))
        return Link(device, UsbDevice(above, hub.address, UsbId(device.idVendor, device.idProduct), None, None))

    def networks(self, usb_device: UsbDevice) -> list[str]:
        sticks = [seen.stick for seen in self._seen(usb_device) if isinstance(seen.stick, Stick)]
        kinds = {function.network for stick in sticks for function in stick.composition.functions}
        return ["wwan0"] if "ncm" in kinds else ["eth1"] if "ecm" in kinds else []

    def networks_of(self, usb_device: UsbDevice, interface: int) -> list[str]:
        """The kernel's drivers make it of the control interface; the frames go over the one that is last."""
        found = usb_device.configuration.functions if usb_device.configuration else ()
        controls = [one.number for one in found if role(one.triple, usb_device.id.vendor) in ("ncm", "ecm", "rndis")]
        return self.networks(usb_device) if controls[:1] == [interface] else []

    def _seen(self, usb_device: UsbDevice) -> list[_Seen]:
        return [seen for seen in self.sim.enumerate_devices() if seen.stick.port == usb_device.port]


def parse(text: str, clock: Clock | None = None) -> Stick:
    """A stick from words: ``e3372h``, ``e3372h@1-1.4``, ``e3372h@1-2,csw=late,back=never``.

    ``wakes=NAME`` names the composition to begin with, ``away`` and ``linger`` are seconds, ``ports=A1+A2;12+1`` is its
    port list (``+`` for a comma), ``u2diag=256`` the older form, ``nvram=PATH`` the file that keeps both over the end
    of the process; the rest are :class:`~modeswitch.sim.faults.Faults`.  Raises :class:`UsageError`.
    """
    head, *words = text.split(",")
    name, _, port = head.partition("@")
    model = MODELS.get(name)
    if model is None:
        raise UsageError(f"{name!r} is no simulated stick", hint=f"Known: {', '.join(MODELS)}.")
    times = {"away": 0.43, "linger": 0.1}
    nvram = Nvram(model.features.ports, model.features.u2diag)
    wakes, faults = "", []
    for word in words:
        key, _, value = word.partition("=")
        if key == "wakes":
            wakes = value
        elif key in times:
            times[key] = seconds(key, value)
        elif key == "ports":
            nvram.ports = value.replace("+", ",").upper()
        elif key == "u2diag":
            nvram.u2diag = int(seconds(key, value))
        elif key == "nvram":
            nvram.path = value
        else:
            faults.append(word)
    chosen = Faults.parse(faults)
    for named in (wakes, "" if chosen.back in ("same", "never") else chosen.back):
        if named and named not in model.compositions:
            raise UsageError(f"{name} never looks like {named!r}", hint=f"Known: {', '.join(model.compositions)}.")
    if chosen.moves:
        _ = Stick(model, chosen.moves, clock=clock)
    nvram.load()
    return Stick(model, port or "1-1", chosen, clock, wakes=wakes, nvram=nvram, **times)
