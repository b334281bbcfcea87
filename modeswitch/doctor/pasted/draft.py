"""One device of a pasted text while it is being read."""

from __future__ import annotations

from ...printable import printable
from ...usb.descriptors import UsbId
from .clock import Moment
from .values import PastedDevice, PastedInterface, Stay

MOST = 32
"""How many interfaces, ttys, networks, disks, stays and messages are noted of one device."""
_STORAGE_DRIVERS = ("usb-storage", "uas", "")


class DeviceDraft:
    """One device while it is being read; the fields are those of :class:`.values.PastedDevice`.

    ``from_log`` tells that it was read from the kernel's log, where a device may come and go at its port.  ``listing``
    is the number of the last list of lsusb that it was in.  ``has_configuration`` tells that usb-devices has a
    configuration of it, ``has_plain_interface`` an interface that is not marked as active, ``is_active`` that it has
    one that is marked, or has its driver.  ``port_end`` are bus, length and last number of its port, where the text has
    no more of it.
    """

    def __init__(self, *, from_log: bool = False) -> None:
        self.from_log = from_log
        self.id: UsbId | None = None
        self.port = ""
        self.port_end: tuple[int, int, int] | None = None
        self.bus_address: tuple[int, int] | None = None
        self.earlier_addresses: set[tuple[int, int]] = set()
        self.listing = self.first_listing = 0
        self.strings: dict[str, str] = {}
        self.interfaces: dict[int, PastedInterface] = {}
        self.interface_count: int | None = None
        self.ttys: dict[str, int] = {}
        self.networks: dict[str, None] = {}
        self.wdms: dict[str, None] = {}
        self.drivers: dict[str, None] = {}
        self.disks: dict[str, None] = {}
        self.earlier_ids: list[UsbId] = []
        self.stays: list[Stay] = []
        self.departures = 0
        self.began: Moment | None = None
        self.ended: Moment | None = None
        self.disconnected = False
        self.unconfigured = self.listed = False
        self.has_configuration = self.has_plain_interface = self.is_active = False
        self.named = False
        self.kernel_errors: dict[str, None] = {}
        self.problem = ""

    def add_string(self, which: str, text: str) -> None:
        """Note one of its strings, the first time; ``which`` is manufacturer, product or serial."""
        self.strings.setdefault(which, printable(text.strip(), 80))

    def add_interface(self, interface: PastedInterface) -> None:
        """Note an interface, or more of one that is noted."""
        noted = self.interfaces.get(interface.number)
        if noted is not None or len(self.interfaces) < MOST:
            self.interfaces[interface.number] = noted.merged_with(interface) if noted else interface

    def bind(self, number: int, driver: str | None) -> None:
        """Note the driver that was bound to an interface last; None where it left: what came then may not be told."""
        noted = self.interfaces.get(number)
        if noted is not None or len(self.interfaces) < MOST:
            self.interfaces[number] = (noted or PastedInterface(number))._replace(driver=driver)

    def add_tty(self, name: str, number: int) -> None:
        """Note a tty; ``number`` is that of its interface, -1 where the text does not have it."""
        if len(self.ttys) < MOST:
            self.ttys[printable(name, 20)] = number

    def add_network(self, name: str) -> None:
        """Note a network interface."""
        _add(self.networks, name, 20)

    def add_wdm(self, name: str) -> None:
        """Note a cdc-wdm node."""
        _add(self.wdms, name, 20)

    def add_driver(self, name: str) -> None:
        """Note a driver of it, of which the interface is not known."""
        _add(self.drivers, name, 30)

    def add_disk(self, name: str) -> None:
        """Note the kind and name of one of its SCSI devices."""
        _add(self.disks, " ".join(name.split()), 60)

    def add_kernel_error(self, message: str) -> None:
        """Note a message of the kernel about a failure."""
        _add(self.kernel_errors, message.strip(), 120)

    def leave(self, moment: Moment | None) -> None:
        """Note that it left."""
        self.disconnected, self.ended = True, moment

    def what(self) -> str:
        """What it is as far as the text tells: ``storage``, the driver of its network, its drivers; perhaps nothing."""
        bound = {one.driver for one in self.interfaces.values() if one.driver} | set(self.drivers)
        classes = {one.triple.cls if one.triple else one.base_class for one in self.interfaces.values()}
        others = sorted(bound - set(_STORAGE_DRIVERS))
        if others:
            return ", ".join(others[:3])
        return "storage" if bound or self.disks or classes == {0x08} else ""

    def _agrees(self, other: DeviceDraft) -> bool:
        """Are id, port and address equal wherever both are known?"""
        pairs = ((self.id, other.id), (self.port, other.port), (self.bus_address, other.bus_address))
        ends = all(one.port_end is None or two.ends_so(one.port_end) for one, two in ((self, other), (other, self)))
        return ends and all(not mine or not its or mine == its for mine, its in pairs)

    def ends_so(self, end: tuple[int, int, int]) -> bool:
        """Can its port be one with that bus, length and last number?"""
        if not self.port:
            return True
        bus, _, path = self.port.partition("-")
        hops = path.split(".")
        return (int(bus), len(hops), int(hops[-1])) == end

    def is_same(self, other: DeviceDraft) -> bool:
        """Is it certainly the same enumeration of the same device?"""
        if not self._agrees(other):
            return False
        if self.bus_address and self.bus_address == other.bus_address:
            return True
        connected = not (self.disconnected or other.disconnected)
        return connected and bool(self.port) and self.port == other.port and not (self.from_log and other.from_log)

    def may_be_same(self, other: DeviceDraft) -> bool:
        """Can the two be one device, where at least one of them lacks its port?"""
        if not self._agrees(other) or self.disconnected or other.disconnected or (self.port and other.port):
            return False
        if self.port_end or other.port_end:
            return bool(self.port or other.port)
        shared = set(self.interfaces) & set(other.interfaces)
        equal_drivers = [
            self.interfaces[number].driver == other.interfaces[number].driver
            for number in shared
            if self.interfaces[number].driver and other.interfaces[number].driver
        ]
        return all(equal_drivers) and (bool(equal_drivers) or bool(self.id and self.id == other.id))

    def merge(self, other: DeviceDraft) -> None:
        """Take over what another draft of the same device adds to this one."""
        self.id, self.port = self.id or other.id, self.port or other.port
        self.bus_address = self.bus_address or other.bus_address
        self.earlier_addresses |= other.earlier_addresses
        self.first_listing, self.listing = self.first_listing or other.first_listing, max(self.listing, other.listing)
        self.interface_count = self.interface_count if self.interface_count is not None else other.interface_count
        self.problem = self.problem or other.problem
        self.disconnected = self.disconnected and other.disconnected
        self.unconfigured, self.named = self.unconfigured or other.unconfigured, self.named or other.named
        self.from_log, self.listed = self.from_log and other.from_log, self.listed or other.listed
        for which, text in other.strings.items():
            self.strings.setdefault(which, text)
        for interface in other.interfaces.values():
            self.add_interface(interface)
        for mine, its in ((self.networks, other.networks), (self.wdms, other.wdms), (self.drivers, other.drivers)):
            mine.update(its)
        self.ttys.update(other.ttys)
        self.disks.update(other.disks)
        self.kernel_errors.update(other.kernel_errors)
        self.earlier_ids = self.earlier_ids or other.earlier_ids
        self.stays, self.departures = self.stays or other.stays, max(self.departures, other.departures)
        self.began, self.ended = self.began or other.began, self.ended or other.ended

    def continue_from(self, before: DeviceDraft) -> None:
        """Take over the history and errors of the device that was at the same port before."""
        self.earlier_ids = [*before.earlier_ids, *([before.id] if before.id else [])][-MOST:]
        was_there = bool(before.disconnected or before.id or before.interfaces)
        if was_there:
            self.stays = [*before.stays, Stay(before.id, before.what(), before.began, before.ended)][-MOST:]
        self.departures = before.departures + was_there
        self.earlier_addresses = before.earlier_addresses | ({before.bus_address} if before.bus_address else set())
        self.named = self.named or before.named
        for message in before.kernel_errors:
            self.add_kernel_error(message)

    def finished(self) -> PastedDevice:
        """The device as a value."""
        names = self.strings
        return PastedDevice(
            id=self.id,
            port=self.port,
            bus_address=self.bus_address,
            strings=(names.get("manufacturer", ""), names.get("product", ""), names.get("serial", "")),
            interfaces=tuple(self.interfaces[number] for number in sorted(self.interfaces)),
            interface_count=self.interface_count,
            ttys=tuple(self.ttys.items()),
            networks=tuple(self.networks),
            disks=tuple(self.disks),
            earlier_ids=tuple(self.earlier_ids),
            disconnected=self.disconnected,
            kernel_errors=tuple(self.kernel_errors),
            problem=self.problem,
            drivers=tuple(self.drivers),
            wdms=tuple(self.wdms),
            stays=tuple(self.stays),
            departures=self.departures + self.disconnected,
            began=self.began,
            ended=self.ended,
            unconfigured=self.unconfigured,
            listed=self.listed,
            named=self.named,
            first_listing=self.first_listing,
            listing=self.listing,
        )


def _add(noted: dict[str, None], text: str, longest: int) -> None:
    """Note a text that comes from outside, once, while there is room."""
    if len(noted) < MOST:
        noted[printable(text, longest)] = None
