"""What has been read of a pasted text so far: its devices as drafts, and notes that belong to none of them."""

from __future__ import annotations

from ...errors import BadDescriptors
from ...printable import printable
from ...usb.descriptors import Descriptors, Triple, UsbId
from .values import Part

MOST_DEVICES = 64
MOST = 32
"""How many interfaces, ttys, networks and messages are kept of one device."""


class Draft:
    """One device as it is being read; see :class:`modeswitch.pasted.Pasted` for the fields.  ``log``: from a log."""

    def __init__(self, *, log: bool = False) -> None:
        self.log = log
        self.id: UsbId | None = None
        self.port = ""
        self.place: tuple[int, int] | None = None
        self.named: dict[str, str] = {}
        self.parts: dict[int, Part] = {}
        self.declared: int | None = None
        self.ttys: dict[str, int] = {}
        self.networks: dict[str, None] = {}
        self.disks: dict[str, None] = {}
        self.earlier: list[UsbId] = []
        self.gone = False
        self.troubles: dict[str, None] = {}
        self.problem = ""

    def name(self, what: str, text: str) -> None:
        """Note one of its strings; ``what`` is manufacturer, product or serial."""
        self.named.setdefault(what, printable(text.strip(), 80))

    def strings(self) -> tuple[str, str, str]:
        """Manufacturer, product and serial number."""
        return self.named.get("manufacturer", ""), self.named.get("product", ""), self.named.get("serial", "")

    def part(self, part: Part) -> None:
        """Note an interface, or more of one that is known."""
        known = self.parts.get(part.number)
        if known is not None or len(self.parts) < MOST:
            self.parts[part.number] = known.with_more(part) if known else part

    def tty(self, name: str, number: int) -> None:
        """Note a tty; ``number`` is its interface, -1 where that is not said."""
        if len(self.ttys) < MOST:
            self.ttys[printable(name, 20)] = number

    def network(self, name: str) -> None:
        """Note a network interface."""
        if len(self.networks) < MOST:
            self.networks[printable(name, 20)] = None

    def disk(self, name: str) -> None:
        """Note what one of its disks calls itself."""
        if len(self.disks) < MOST:
            self.disks[printable(" ".join(name.split()), 60)] = None

    def trouble(self, message: str) -> None:
        """Note a message of the kernel's that tells of trouble."""
        if len(self.troubles) < MOST:
            self.troubles[printable(message.strip(), 120)] = None

    def _agrees(self, other: Draft) -> bool:
        """Is nothing known of the two that differs?"""
        pairs = ((self.id, other.id), (self.port, other.port), (self.place, other.place))
        return all(not mine or not its or mine == its for mine, its in pairs)

    def is_surely(self, other: Draft) -> bool:
        """Is it the same enumeration of the same device?"""
        if not self._agrees(other):
            return False
        if self.place and self.place == other.place:
            return True
        alive = not (self.gone or other.gone)
        return alive and bool(self.port) and self.port == other.port and not (self.log and other.log)

    def may_be(self, other: Draft) -> bool:
        """Can the two tell of one device, of which one does not say where it is?"""
        if not self._agrees(other) or self.gone or other.gone or (self.port and other.port):
            return False
        shared = set(self.parts) & set(other.parts)
        alike = [
            self.parts[number].driver == other.parts[number].driver
            for number in shared
            if self.parts[number].driver and other.parts[number].driver
        ]
        return all(alike) and (bool(alike) or bool(self.id and self.id == other.id))

    def absorb(self, other: Draft) -> None:
        """Take over what another draft of the same device has more."""
        self.id, self.port, self.place = self.id or other.id, self.port or other.port, self.place or other.place
        self.declared = self.declared if self.declared is not None else other.declared
        self.problem = self.problem or other.problem
        self.gone = self.gone and other.gone
        self.log = self.log and other.log
        for what, text in other.named.items():
            self.named.setdefault(what, text)
        for part in other.parts.values():
            self.part(part)
        self.ttys.update(other.ttys)
        self.networks.update(other.networks)
        self.disks.update(other.disks)
        self.troubles.update(other.troubles)
        self.earlier = self.earlier or other.earlier

    def follow(self, before: Draft) -> None:
        """Come after what was at the same port before."""
        self.earlier = [*before.earlier, *([before.id] if before.id else [])][-MOST:]
        for trouble in before.troubles:
            self.trouble(trouble)


class Notes:
    """All that has been noted; ``block`` is the device that lines without a place of their own belong to."""

    def __init__(self) -> None:
        self.drafts: list[Draft] = []
        self.block: Draft | None = None
        self.at: dict[str, Draft] = {}
        self.kernel = ""
        self.old_style = False
        self.forms: dict[str, None] = {}
        self.tools: dict[str, None] = {}
        self.lists: dict[str, None] = {}
        self.troubles: dict[str, None] = {}
        self.raw: bytes = b""
        self.pending: dict[str, int] = {}
        """Fields of the interface that lsusb -v is just telling."""
        self.skipped = False
        """Is what comes of another configuration than the active one?"""
        self.starred = False
        """Has one of the block's configurations the star of the active one?"""
        self.paths: dict[tuple[int, int], tuple[int, ...]] = {}
        """Bus and address → the ports on the way there, from lines T:."""
        self.branch: list[tuple[int, str]] = []
        """Indent and port of each line of lsusb -t on the way to the last one."""
        self.bus = 0
        self.last: tuple[Draft, int] | None = None
        """The device and interface that the log spoke of last."""

    def new(self, *, log: bool = False) -> Draft:
        """Begin another device; beyond the bound it is read and forgotten."""
        draft = Draft(log=log)
        if len(self.drafts) < MOST_DEVICES:
            self.drafts.append(draft)
        return draft

    def begin(self, draft: Draft | None = None) -> Draft:
        """Begin the block of a device."""
        self.flush()
        self.block = draft or self.new()
        self.skipped = self.starred = False
        return self.block

    def here(self) -> Draft:
        """The device of the block; a new one where its first lines are missing."""
        return self.block or self.begin()

    def placed(self, bus: int, address: int) -> Draft:
        """The device with that bus and address, as listings name it."""
        found = next((draft for draft in self.drafts if draft.place == (bus, address) and not draft.log), None)
        draft = found or self.new()
        draft.place = (bus, address)
        return draft

    def on(self, port: str) -> Draft:
        """The device that the log last saw at that port."""
        if port not in self.at:
            self.arrive(port, None)
        return self.at[port]

    def arrive(self, port: str, address: int | None) -> Draft:
        """Another device is at that port."""
        draft = self.at[port] = self.new(log=True)
        draft.port = port
        draft.place = (int(port.partition("-")[0]), address) if address is not None else None
        return draft

    def trouble(self, message: str) -> None:
        """A message about a bus, where there is no device to blame."""
        if len(self.troubles) < MOST:
            self.troubles[printable(message.strip(), 120)] = None

    def flush(self) -> None:
        """The interface that lsusb -v was telling is complete."""
        fields, self.pending = self.pending, {}
        if "number" in fields and self.block is not None and not self.skipped:
            self.block.part(_from_fields(fields))

    def finish(self) -> None:
        """The text has ended."""
        self.flush()
        end_of_raw(self)


def _from_fields(fields: dict[str, int]) -> Part:
    known = all(name in fields for name in ("cls", "sub", "proto"))
    triple = Triple(fields["cls"], fields["sub"], fields["proto"]) if known else None
    return Part(fields["number"], triple, fields.get("cls"))


def end_of_raw(notes: Notes) -> None:
    """Read the descriptors that were pasted in hex."""
    raw, notes.raw = notes.raw, b""
    if not raw:
        return
    draft = notes.here()
    try:
        found = Descriptors.parse(raw)
    except BadDescriptors as error:
        draft.problem = error.message
        return
    draft.id = draft.id or found.id
    for interface in found.configurations[0].functions if found.configurations else ():
        draft.part(Part(interface.number, interface.triple))
