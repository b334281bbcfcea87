"""What has been read of a pasted text so far: its devices as drafts, and the notes that belong to no device."""

from __future__ import annotations

from ...printable import printable
from ...usb.descriptors import Triple, UsbId
from .values import PastedDevice, PastedInterface

MOST_DEVICES = 64
MOST = 32
"""How many interfaces, ttys, networks, disks and messages are noted of one device."""


class DeviceDraft:
    """One device while it is being read; the fields are those of :class:`.values.PastedDevice`.

    ``from_log`` tells that it was read from the kernel's log, where a device may come and go at its port.
    """

    def __init__(self, *, from_log: bool = False) -> None:
        self.from_log = from_log
        self.id: UsbId | None = None
        self.port = ""
        self.bus_address: tuple[int, int] | None = None
        self.strings: dict[str, str] = {}
        self.interfaces: dict[int, PastedInterface] = {}
        self.interface_count: int | None = None
        self.ttys: dict[str, int] = {}
        self.networks: dict[str, None] = {}
        self.disks: dict[str, None] = {}
        self.earlier_ids: list[UsbId] = []
        self.disconnected = False
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

    def add_tty(self, name: str, number: int) -> None:
        """Note a tty; ``number`` is that of its interface, -1 where the text does not have it."""
        if len(self.ttys) < MOST:
            self.ttys[printable(name, 20)] = number

    def add_network(self, name: str) -> None:
        """Note a network interface."""
        if len(self.networks) < MOST:
            self.networks[printable(name, 20)] = None

    def add_disk(self, name: str) -> None:
        """Note the kind and name of one of its SCSI devices."""
        if len(self.disks) < MOST:
            self.disks[printable(" ".join(name.split()), 60)] = None

    def add_kernel_error(self, message: str) -> None:
        """Note a message of the kernel about a failure."""
        if len(self.kernel_errors) < MOST:
            self.kernel_errors[printable(message.strip(), 120)] = None

    def _agrees(self, other: DeviceDraft) -> bool:
        """Are id, port and address equal wherever both are known?"""
        pairs = ((self.id, other.id), (self.port, other.port), (self.bus_address, other.bus_address))
        return all(not mine or not its or mine == its for mine, its in pairs)

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
        self.interface_count = self.interface_count if self.interface_count is not None else other.interface_count
        self.problem = self.problem or other.problem
        self.disconnected = self.disconnected and other.disconnected
        self.from_log = self.from_log and other.from_log
        for which, text in other.strings.items():
            self.strings.setdefault(which, text)
        for interface in other.interfaces.values():
            self.add_interface(interface)
        self.ttys.update(other.ttys)
        self.networks.update(other.networks)
        self.disks.update(other.disks)
        self.kernel_errors.update(other.kernel_errors)
        self.earlier_ids = self.earlier_ids or other.earlier_ids

    def continue_from(self, before: DeviceDraft) -> None:
        """Take over the ids and errors of the device that was at the same port before."""
        self.earlier_ids = [*before.earlier_ids, *([before.id] if before.id else [])][-MOST:]
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
        )


class Notes:
    """All that has been noted; a block is the run of lines of a listing that describe one device."""

    def __init__(self) -> None:
        self.drafts: list[DeviceDraft] = []
        self.block: DeviceDraft | None = None
        """The device of the block that is being read."""
        self.at_port: dict[str, DeviceDraft] = {}
        """The device that the log mentioned last at each port."""
        self.kernel = ""
        self.old_messages = False
        """Are there messages in the style of Linux 2.6 and older?"""
        self.forms: dict[str, None] = {}
        self.tools: dict[str, None] = {}
        self.port_lists: dict[str, None] = {}
        self.kernel_errors: dict[str, None] = {}
        self.raw_descriptors: bytes = b""
        self.interface_fields: dict[str, int] = {}
        """The fields of the interface that lsusb -v is describing."""
        self.skips_configuration = False
        """Are the lines those of a configuration that is not active?"""
        self.has_active_configuration = False
        """Has a configuration of the block been marked as active (usb-devices marks it with a star)?"""
        self.port_paths: dict[tuple[int, int], tuple[int, ...]] = {}
        """Bus and address → the hub ports on the way there, from the lines T: of usb-devices."""
        self.tree_branch: list[tuple[int, str]] = []
        """Indent and port of each line of lsusb -t on the way to the last one."""
        self.tree_bus = 0
        """The bus that lsusb -t is describing."""
        self.last_interface: tuple[DeviceDraft, int] | None = None
        """The device and the number of the interface that the log mentioned last."""

    def add_device(self, *, from_log: bool = False) -> DeviceDraft:
        """Begin another device; one above the bound is read and then dropped."""
        draft = DeviceDraft(from_log=from_log)
        if len(self.drafts) < MOST_DEVICES:
            self.drafts.append(draft)
        return draft

    def begin_block(self, draft: DeviceDraft | None = None) -> DeviceDraft:
        """Begin the block of a device, a new one unless it is given."""
        self.end_interface()
        self.block = draft or self.add_device()
        self.skips_configuration = self.has_active_configuration = False
        return self.block

    def block_device(self) -> DeviceDraft:
        """The device of the block; a new one where the first lines of the block are missing."""
        return self.block or self.begin_block()

    def device_at_address(self, bus: int, address: int) -> DeviceDraft:
        """The device with that bus and address in a listing."""
        found = next((d for d in self.drafts if d.bus_address == (bus, address) and not d.from_log), None)
        draft = found or self.add_device()
        draft.bus_address = (bus, address)
        return draft

    def device_at_port(self, port: str) -> DeviceDraft:
        """The device that the log mentioned last at that port."""
        if port not in self.at_port:
            self.add_device_at_port(port, None)
        return self.at_port[port]

    def add_device_at_port(self, port: str, address: int | None) -> DeviceDraft:
        """Begin another device at that port, of which the log tells."""
        draft = self.at_port[port] = self.add_device(from_log=True)
        draft.port = port
        draft.bus_address = (int(port.partition("-")[0]), address) if address is not None else None
        return draft

    def add_kernel_error(self, message: str) -> None:
        """Note a message about the failure of a bus, where no device is named."""
        if len(self.kernel_errors) < MOST:
            self.kernel_errors[printable(message.strip(), 120)] = None

    def end_interface(self) -> None:
        """Note the interface whose fields lsusb -v has described."""
        fields, self.interface_fields = self.interface_fields, {}
        if "number" in fields and self.block is not None and not self.skips_configuration:
            known = all(name in fields for name in ("base", "sub", "protocol"))
            triple = Triple(fields["base"], fields["sub"], fields["protocol"]) if known else None
            self.block.add_interface(PastedInterface(fields["number"], triple, fields.get("base")))
