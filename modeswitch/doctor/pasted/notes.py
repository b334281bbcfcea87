"""What has been read of a pasted text so far: its devices as drafts, and what belongs to no device."""

from __future__ import annotations

from ...printable import printable
from ...usb.descriptors import Triple, UsbId
from .clock import Moment
from .draft import MOST, DeviceDraft
from .values import LINUX_FOUNDATION, ROOT_HUBS, PastedInterface, Said

MOST_DEVICES = 64
MOST_SAID = 64
"""How many messages of programs, and how many links, are noted of one text."""


class Notes:
    """All that has been noted; a block is the run of lines of a listing that describe one device."""

    def __init__(self) -> None:
        self.drafts: list[DeviceDraft] = []
        self.block: DeviceDraft | None = None
        """The device of the block that is being read."""
        self.at_port: dict[str, DeviceDraft] = {}
        """The device that the log mentioned last at each port."""
        self.moment: Moment | None = None
        """The time of the last line that had one."""
        self.kernel = ""
        self.old_messages = False
        """Are there messages in the style of Linux 2.6 and older?"""
        self.forms: dict[str, None] = {}
        self.tools: dict[str, None] = {}
        self.port_lists: dict[str, None] = {}
        self.kernel_errors: dict[str, None] = {}
        self.said: dict[Said, None] = {}
        self.links: dict[str, str] = {}
        self.raw_descriptors: bytes = b""
        self.interface_fields: dict[str, int] = {}
        """The fields of the interface that lsusb -v is describing."""
        self.skips_configuration = False
        """Are the lines those of a configuration that is not active?"""
        self.has_active_configuration = False
        """Has a configuration of the block been marked as active (usb-devices marks it with a star)?"""
        self.marks_active = False
        """Has any device of the list that is being read a configuration that is marked as active?"""
        self.unmarked: list[DeviceDraft] = []
        """The devices of that list of which no configuration has been marked so far."""
        self.port_paths: dict[tuple[int, int], tuple[int, ...]] = {}
        """Bus and address → the hub ports on the way there, from the lines T: of usb-devices."""
        self.tree_branch: list[tuple[int, str]] = []
        """Indent and port of each line of lsusb -t on the way to the last one."""
        self.tree_bus = 0
        """The bus that lsusb -t is describing."""
        self.last_device: DeviceDraft | None = None
        """The device that the log saw coming last."""
        self.scsi_name = ""
        """Vendor and model of the SCSI device whose kind the next line has, in logs of Linux 2.6."""
        self.last_interface: tuple[DeviceDraft, int] | None = None
        """The device and the number of the interface that the log mentioned last."""
        self.listing = 0
        """The number of the list of lsusb that is being read; a line of another form ends it."""
        self.in_listing = False
        self.mentioned: dict[UsbId, None] = {}
        """Ids that stand in no line of a form that is known."""
        self.tool_id: tuple[int | None, int | None] = (None, None)
        """Vendor and product that a program which switches was told last."""
        self.on_bus: dict[UsbId, None] = {}
        """The ids that such a program found on the bus."""
        self.awaited: list[str] = []
        """The attributes of sysfs whose values the next lines are, each alone on its line."""
        self.node_number: int | None = None
        """The number of the interface that udev or sysfs is describing; None where it is the device."""
        self.node_is_own = False
        """Are the attributes those of the device or interface itself, and not of what is below it?"""
        self.events_by = ""
        """Whose events of ``udevadm monitor`` count: KERNEL where there are such, else UDEV."""

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
        self.node_number, self.node_is_own = None, True
        return self.block

    def block_device(self) -> DeviceDraft:
        """The device of the block; a new one where the first lines of the block are missing."""
        return self.block or self.begin_block()

    def device_at_address(self, bus: int, address: int, usb_id: UsbId | None = None) -> DeviceDraft:
        """The device with that bus and address in a listing; another one where an id is given that it has not."""
        found = next((d for d in self.drafts if d.bus_address == (bus, address) and not d.from_log), None)
        if found is not None and usb_id is not None and found.id not in (None, usb_id):
            found.bus_address, found = None, None
        draft = found or self.add_device()
        draft.bus_address = (bus, address)
        return draft

    def device_at_port(self, port: str) -> DeviceDraft:
        """The device that the log mentioned last at that port; when it came is unknown where no line tells of that."""
        found = self.at_port.get(port)
        if found is None:
            found = self.add_device_at_port(port, None)
            found.began = None
        return found

    def listed_at_port(self, port: str) -> DeviceDraft:
        """The device at that port in a listing, which may be the one of the log."""
        known = self.at_port.get(port)
        found = known or next((d for d in self.drafts if d.port == port), None)
        if found is None:
            found = self.add_device()
            found.port = port
        return found

    def add_device_at_port(self, port: str, address: int | None) -> DeviceDraft:
        """Begin another device at that port, of which the log tells; it takes over the history of the one before."""
        before = self.at_port.get(port)
        if before is None or before not in self.drafts:
            draft = self.add_device(from_log=True)
        else:
            draft = DeviceDraft(from_log=True)
            self.drafts[self.drafts.index(before)] = draft
            draft.continue_from(before)
        self.last_device = draft
        if port in self.at_port or len(self.at_port) < MOST_DEVICES:
            self.at_port[port] = draft
        draft.port, draft.began = port, self.moment
        draft.bus_address = (int(port.partition("-")[0]), address) if address is not None else None
        return draft

    def add_kernel_error(self, message: str) -> None:
        """Note a message about the failure of a bus, where no device is named."""
        if len(self.kernel_errors) < MOST:
            self.kernel_errors[printable(message.strip(), 120)] = None

    def say(self, program: str, what: str, detail: str = "", usb_id: UsbId | None = None, port: str = "") -> None:
        """Note what a program says."""
        if len(self.said) < MOST_SAID:
            self.said[Said(program, what, printable(detail.strip(), 80), usb_id, port)] = None

    def add_link(self, name: str, state: str) -> None:
        """Note the state of a network interface, or of one of NetworkManager's devices."""
        if len(self.links) < MOST_SAID:
            self.links[printable(name, 20)] = printable(state, 40)

    def mention(self, usb_id: UsbId) -> None:
        """Note an id of which nothing is told."""
        if len(self.mentioned) < MOST:
            self.mentioned[usb_id] = None

    def end_interface(self) -> None:
        """Note the interface whose fields lsusb -v has described."""
        fields, self.interface_fields = self.interface_fields, {}
        if "number" in fields and self.block is not None and not self.skips_configuration:
            known = all(name in fields for name in ("base", "sub", "protocol"))
            triple = Triple(fields["base"], fields["sub"], fields["protocol"]) if known else None
            self.block.add_interface(PastedInterface(fields["number"], triple, fields.get("base")))

    def end_list(self) -> None:
        """End a list of usb-devices: where others have a configuration that is active, those without have none."""
        for draft in self.unmarked if self.marks_active else ():
            draft.unconfigured = True
        self.unmarked.clear()
        self.marks_active = False

    def finish(self) -> None:
        """Note what only the end of the text tells."""
        self.end_interface()
        self.end_list()
        for usb_id in self.on_bus:
            if not any(draft.id == usb_id for draft in self.drafts):
                self.add_device().id = usb_id
        vendor, product = self.tool_id
        if vendor is not None and product is not None:
            named = UsbId(vendor, product)
            self.mention(named)
            for draft in self.drafts:
                draft.named = draft.named or named in (draft.id, *draft.earlier_ids)
        if all(_is_root_hub(draft) for draft in self.drafts):
            for usb_id in self.mentioned:
                draft = self.add_device()
                draft.id, draft.named = usb_id, (usb_id.vendor, usb_id.product) == self.tool_id
        if not self.drafts:
            self._finish_links()

    def _finish_links(self) -> None:
        """Where the text has no device: the one whose network interface or control port ip or nmcli has."""
        for name, state in self.links.items():
            if name.startswith(("wwan", "wwx", "cdc-wdm")) or state.startswith("gsm"):
                draft = self.drafts[0] if self.drafts else self.add_device()
                if name.startswith("cdc-wdm"):
                    draft.add_wdm(name)
                elif name.startswith("tty"):
                    draft.add_tty(name, -1)
                else:
                    draft.add_network(name)


def _is_root_hub(draft: DeviceDraft) -> bool:
    return draft.id is not None and draft.id.vendor == LINUX_FOUNDATION and draft.id.product in ROOT_HUBS
