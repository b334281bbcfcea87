"""The reasons why an interface has not the driver that fits it, as sentences.  Pure.

What a machine's own modules.alias tells goes before the tables of :mod:`.driver_facts`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..linux.binding import NEW_ID_FILES
from ..linux.kernel_tables import Version
from ..linux.packages import OPENWRT
from ..modem.ports import NO_PNP
from ..modem.roles import HUAWEI, NETWORK
from ..usb.descriptors import Triple, UsbId
from .driver_facts import (
    LINUX_NCM,
    SERIAL_DRIVERS,
    STANDARD_NCM,
    TABLE_DATE,
    first_kernel,
    has_match,
    module_name,
    since,
)
from .expected_drivers import HUAWEI_PCUI
from .snapshot import InterfaceState, Snapshot
from .systems import lineage


def explain_subclass(snapshot: Snapshot, interface: InterfaceState) -> Iterator[str]:
    """Why an NCM function has the subclass 03.  Ref: hw_pnp.c and f_ncm.c of the E3372h kernel source."""
    if interface.role != "ncm" or interface.triple is None or interface.triple[:2] != (0xFF, 0x03):
        return
    lists = [text for text in snapshot.port_lists if text.startswith(f"{NO_PNP};")]
    begins = (
        f"Its port list begins with FF ({lists[0]})"
        if lists
        else f"It does so when its port list begins with FF (look: modeswitch ports {snapshot.target})"
    )
    older = "" if lists else "; some older firmware has subclass 03 only"
    yield (
        f"Subclass 03 is what the firmware shows to Windows. {begins}: then it comes up without a CD-ROM, gets no "
        f"message that names the host's system, and assumes Windows{older}. Where the message names Linux, it shows "
        "ff/02/16."
    )


def explain_missing_match(snapshot: Snapshot, interface: InterfaceState) -> Iterator[str]:
    """Which driver would be the right one, and whether this kernel has it."""
    if not interface.expected and interface.available is None:
        return
    if snapshot.new_id in interface.expected and interface.available is not False:
        return  # explain_new_id tells of it
    names = " or ".join(interface.expected) or "no driver"
    if interface.triple is not None and interface.triple[0] == 0xFF and interface.role == "ncm":
        yield (
            f"{interface.triple} is huawei_cdc_ncm's: in Linux since 3.13, with ff/03/16 added by 3.18; older tables "
            "and vendors' backports have ff/02/16, ff/02/46 and ff/02/76 only, so it does not match there."
        )
    if interface.available:
        yield f"This kernel has the driver for it: {names}."
    elif interface.available is False:
        yield f"This kernel's modules.alias has no driver for it: {_missing(snapshot, interface)}"
    else:
        yield _judge_by_version(snapshot, interface, names)


def wanted_module(interface: InterfaceState) -> str:
    """The module that would drive it, where its machine has none; empty where that is unknown."""
    return module_name(next(iter(interface.expected), "huawei_cdc_ncm" if interface.role == "ncm" else ""))


def _missing(snapshot: Snapshot, interface: InterfaceState) -> str:
    """What is missing: an entry in an old driver's table, or a module."""
    if interface.role == "ncm" and interface.triple != LINUX_NCM and snapshot.can_drive(LINUX_NCM):
        return "its huawei_cdc_ncm predates ff/03/16, it has ff/02/16."
    driver = untaught_driver(snapshot, interface)
    if driver:
        came = _came_in(snapshot, interface)
        return f"its {driver} does not know {snapshot.id}{came}. new_id does."
    wanted = wanted_module(interface)
    package = f" (OpenWrt: {OPENWRT[wanted]})" if wanted in OPENWRT and not snapshot.system else ""
    other = ", though cdc_ncm is there, which matches only 02/0d/00" if snapshot.can_drive(STANDARD_NCM) else ""
    return f"{wanted or 'its module'} is not installed{package}, or the kernel was built without it{other}."


def is_kernel_too_old(snapshot: Snapshot, triple: Triple, number: int | None = None) -> bool:
    """Is its machine's kernel, by its version, older than the driver of such an interface?  False if unknown."""
    usb = _usb(snapshot)
    if snapshot.drivers is not None and snapshot.drivers.can_drive(usb.vendor, triple, usb.product, number) is not None:
        return False
    return has_match(snapshot.kernel, usb, triple, number) is False and since(usb, triple, number) is not None


def untaught_driver(snapshot: Snapshot, interface: InterfaceState) -> str:
    """The serial driver that its machine has and that does not know its id; empty where that is not so.

    By the machine's own modules.alias where that is known, else by the version of its kernel.
    """
    driver = next((name for name in interface.expected if name in NEW_ID_FILES), "")
    if not driver or snapshot.id is None or interface.triple is None or interface.available:
        return ""
    if snapshot.drivers is not None and interface.available is False:
        known = [snapshot.drivers.binding(HUAWEI, port) for port in HUAWEI_PCUI]
        return driver if any(driver in names for names in known) else ""
    return driver if is_kernel_too_old(snapshot, interface.triple, interface.number) else ""


def _usb(snapshot: Snapshot) -> UsbId:
    """Its id; where a text has none, one that stands for any product of Huawei's."""
    return snapshot.id or UsbId(HUAWEI, 0)


def _came_in(snapshot: Snapshot, interface: InterfaceState) -> str:
    """Between which kernels the match came in, in brackets; empty where no kernel that was read has it."""
    found = since(_usb(snapshot), interface.triple, interface.number) if interface.triple is not None else None
    if found is None:
        return ""
    lacking = f"Linux {_dotted(found.lacking)} has it not, " if found.lacking else ""
    return f" ({lacking}{_dotted(found.first)} has it)"


def _dotted(version: Version) -> str:
    return ".".join(map(str, version))


def _judge_by_version(snapshot: Snapshot, interface: InterfaceState, names: str) -> str:
    """The machine's modules are unknown: what the table tells, and the version of the kernel."""
    table = f"By the table of {TABLE_DATE} it should be {names}"
    look = "add --kernel-modules DIR (a copy of its /lib/modules/VERSION)"
    if interface.triple is None:
        return f"{table}; to see whether that kernel has it, {look}."
    usb, kernel = _usb(snapshot), snapshot.kernel
    came = _came_in(snapshot, interface)
    if not is_kernel_too_old(snapshot, interface.triple, interface.number):
        has = has_match(kernel, usb, interface.triple, interface.number)
        known = {
            True: f"; Linux {kernel} has that match",
            None: f"; {kernel} may predate it{came}" if kernel and came else "",
        }
        return f"{table}{known.get(has, '')}; to see whether that kernel has it, {look}."
    by = " (by the style of its messages)" if kernel == "2.6" else ""
    driver = untaught_driver(snapshot, interface)
    if driver:
        return f"{table}; that machine's kernel is {kernel}{by}, which predates this match{came}. new_id does."
    exact = first_kernel(usb, interface.triple, interface.number)
    first = f" ({_dotted(exact)})" if exact else came
    older = f"{table}; that machine's kernel is {kernel}{by}, older than the first with this match{first}: "
    if interface.role == "ncm":
        cdc_ncm = "and its cdc_ncm, if any, matches only 02/0d/00."
        return f"{older}it has no such driver unless its vendor added one, {cdc_ncm}"
    return f"{older}it has no such driver unless its vendor added one."


GIVERS = {
    "asuswrt": "Asuswrt's own rc gives option the id (insmod option vendor= product=) when the first vendor-specific "
    "interface of a modem appears, and unloads it when that leaves; stop_ui=1 keeps rc away from all of it, in later "
    "firmware stop_ui_insmod=1 from this alone.",
    "tomato": "Tomato's own script gives a serial driver the id when 3G support is on.",
    "ddwrt": "DD-WRT's own 3G support gives a serial driver the id (insmod usbserial vendor= product=).",
}
"""System → what of it gives a serial driver the id.  Ref: shantanugoel/asus-rt-n66u-merlin, rc/usb_devices.c,
asus_usb_interface; its later versions, stop_ui_insmod; Tomato, switch3g; DD-WRT, libutils/lib3g.c."""


def explain_dynamic_id(snapshot: Snapshot, interface: InterfaceState) -> Iterator[str]:
    """How a serial driver got an interface that is not in its table: by a dynamic id.

    Ref: tests/captures/29_kernel_6.1_huawei_bindings.txt: option has no entry for protocol 16.
    """
    driver = module_name(interface.driver)
    if driver not in SERIAL_DRIVERS:
        return
    seen = [dynamic for dynamic in snapshot.observed.dynamic if driver.startswith(module_name(dynamic.driver))]
    rule = "Such a dynamic id matches every interface of the device, the network function as well as the serial ports."
    giver = next((GIVERS[name] for name in lineage(snapshot.system) if name in GIVERS), "")
    if giver and not seen and interface.role in NETWORK:
        yield f"{giver} {rule}"
    elif seen:
        yield f"{seen[0].text!r} stands in {seen[0].folder}/new_id: somebody wrote it there. {rule}"
    elif interface.role in NETWORK and interface.triple is not None:
        usb_id = str(snapshot.id or "its id").replace(":", " ")
        yield (
            f"{interface.driver} does not list {interface.triple} itself: somebody gave it a dynamic id (echo {usb_id} "
            f"> …/new_id, by a script or firmware, or vendor= and product= of the module). {rule}"
        )


def explain_new_id(snapshot: Snapshot, interface: InterfaceState) -> Iterator[str]:
    """The driver fits, and has no entry for this id.  Ref: Linux drivers/usb/serial/bus.c, new_id_store."""
    if snapshot.new_id not in interface.expected or interface.available is False:
        return
    yield (
        f"{snapshot.new_id} drives it and does not know {snapshot.id} by itself: the id must be written to its new_id, "
        "after each start of the system. The rules of modeswitch do so."
    )


def explain_unbound(snapshot: Snapshot, interface: InterfaceState) -> Iterator[str]:
    """Why no driver is bound although this machine has the right one."""
    if not interface.available or not snapshot.is_live:
        return
    loaded = set(map(module_name, snapshot.observed.loaded)) & set(map(module_name, interface.expected))
    if loaded:
        yield f"{' and '.join(sorted(loaded))} is loaded; it was unbound, or declined: see dmesg."
    else:
        yield f"The module {interface.expected[0]} is installed and not loaded."
