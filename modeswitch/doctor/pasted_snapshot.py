"""The snapshot of a device that a pasted text describes, and which devices of a text are modems.  Pure."""

from __future__ import annotations

from collections.abc import Iterable

from ..database.library import Library
from ..errors import UsageError
from ..identity.device import Device
from ..identity.recognise import recognise
from ..identity.relatives import relatives
from ..modem.roles import HUAWEI
from ..usb.descriptors import Configuration, Descriptors, Interface, Port, Triple, UsbId
from ..usb.device import UsbDevice
from ..values import TYPE_CHECKING
from .driver_facts import CLASS_OF, NETWORK_DRIVERS, SERIAL_DRIVERS, module_name
from .expected_drivers import with_expected_drivers
from .pasted.values import PastedDevice, PastedInterface, PastedText, Said, Stay
from .snapshot import InterfaceState, Snapshot
from .standing import Standing, standing_of
from .things import CABLE_DRIVERS, DISK, PHONE, PORTABLE, is_modem_id

if TYPE_CHECKING:
    from ..usb.host import Drivers

STORAGE, DATA, HID, PRINTER = 0x08, 0x0A, 0x03, 0x07
_ANY_VENDOR_CLASS = Triple(0xFF, 0x00, 0x00)
"""Stands for an interface of which nothing is known: a class that has no role of its own."""


def choose_devices(text: PastedText, library: Library) -> tuple[list[PastedDevice], list[PastedDevice]]:
    """The devices of a text that are to be judged, and the others.

    Those are judged that are likeliest meant: modems, else what may be one, else what is none; never a hub.  What was
    there before a switch and what came of it are one.  Where the text has only trouble of a port, it is what is there.
    """
    devices = joined(text.devices, library)
    ranks = [(_rank(device, library), device) for device in devices if not device.is_hub]
    best = min((rank for rank, _ in ranks), default=0)
    chosen = [device for rank, device in ranks if rank == best]
    if not chosen and text.incidents:
        ports = [one.port for one in text.incidents if one.port]
        chosen = [PastedDevice(port=ports[0] if ports else "")]
    return chosen, [device for device in devices if device not in chosen]


MODEM, MAYBE, WIFI_CARD, DISK_OR_PHONE, REST = range(5)
"""How likely it is meant, the likeliest first."""


def _rank(pasted: PastedDevice, library: Library) -> int:
    if pasted.named or is_modem(pasted, library):
        return MODEM
    standing = _standing(pasted, library)
    if standing.kind != "other":
        return WIFI_CARD if standing.thing else MAYBE
    return DISK_OR_PHONE if standing.thing in (DISK, PHONE, PORTABLE) else REST


def is_modem(pasted: PastedDevice, library: Library) -> bool:
    """Is it a modem's vendor's, or one that a profile knows?  Else: has it a modem's driver, or an id before?"""
    if pasted.id is not None and library.families(pasted.id):
        return True
    standing = _standing(pasted, library)
    if pasted.id is not None and (is_modem_id(pasted.id) or standing.kind == "switched"):
        return not standing.thing
    if standing.thing:
        return False
    was_known = any(library.families(usb_id) for usb_id in pasted.earlier_ids)
    return _names_huawei(pasted) or was_known or bool(_drivers_of(pasted) & _MODEM_DRIVERS) or _made_by_modem(pasted)


def _made_by_modem(pasted: PastedDevice) -> bool:
    return bool(pasted.wdms) or any(name.startswith(("wwan", "wwx")) for name in pasted.networks)


_MODEM_DRIVERS = {*SERIAL_DRIVERS, *NETWORK_DRIVERS} - set(CABLE_DRIVERS)


def _drivers_of(pasted: PastedDevice) -> frozenset[str]:
    """Its drivers, with underlines."""
    return frozenset(
        module_name(name) for name in (*(one.driver for one in pasted.interfaces), *pasted.drivers) if name
    )


def _standing(pasted: PastedDevice, library: Library) -> Standing:
    """What its id, its strings and its drivers tell."""
    families = library.families(pasted.id) if pasted.id is not None else []
    standing = standing_of(pasted.id, families, pasted.strings, _drivers_of(pasted))
    is_disk = bool(pasted.disks) and all(disk.startswith("Direct-Access") for disk in pasted.disks)
    if is_disk and standing.kind == "unknown" and not pasted.earlier_ids and not _names_huawei(pasted):
        return Standing("other", f"no modem: {DISK}", thing=DISK)
    return standing


def joined(devices: Iterable[PastedDevice], library: Library) -> list[PastedDevice]:
    """The devices, those that are one stick before and after a switch as one, with its history.

    That is so where the one is gone from the list of lsusb in which the other one is new, on the same bus, and a family
    has both.
    """
    found = list(devices)
    for before in list(found):
        after = next((one for one in found if _came_of(before, one, library)), None)
        if after is None:
            continue
        stay = Stay(before.id, "", before.began, before.ended)
        ids = tuple(filter(None, (before.id, *after.earlier_ids)))
        continued = after._replace(
            stays=(stay, *after.stays),
            earlier_ids=ids,
            departures=after.departures + 1,
            named=after.named or before.named,
        )
        found[found.index(after)] = continued
        found.remove(before)
    return found


def _came_of(before: PastedDevice, after: PastedDevice, library: Library) -> bool:
    """Did one come of the other, by two lists of lsusb?"""
    if before.id is None or after.id is None or before.id == after.id or not before.bus_address or before.interfaces:
        return False
    later = after.bus_address is not None and after.bus_address[0] == before.bus_address[0]
    if not later or not 0 < before.listing < after.listing or after.first_listing <= before.listing:
        return False
    return any(
        product.usb == before.id and product.wakes and family.product(after.id) is not None
        for family in library.families(before.id)
        for product in family.products
    )


def snapshot_of_pasted(
    pasted: PastedDevice, text: PastedText, library: Library, drivers: Drivers | None = None, *, is_only: bool = True
) -> Snapshot:
    """A device of a text, recognised as if it were on the bus.

    ``drivers`` are those of its machine; ``is_only`` tells that the text has no other stick.
    """
    device = _recognise(pasted, library)
    known = {interface.number: interface for interface in pasted.interfaces}
    ttys = {number: name for name, number in pasted.ttys if number >= 0}
    interfaces = [
        InterfaceState(
            one.number,
            known[one.number].triple,
            _role(known[one.number], role),
            known[one.number].driver,
            tty=ttys.get(one.number, ""),
        )
        for one, role in device.roles
    ]
    said = tuple(one for one in text.said if _is_about(one, pasted, is_only))
    is_seen = any((pasted.port, pasted.bus_address, pasted.interfaces, any(pasted.strings)))
    is_absent = not is_seen and any(one.what == "nothing to do" for one in said)
    standing = Standing("absent", "not on the bus") if is_absent else _standing(pasted, library)
    is_needed = device.mode is None or bool(standing.thing and device.profile is None)
    return Snapshot(
        device,
        with_expected_drivers(interfaces, device.id, drivers, pasted.networks, device.new_id),
        drivers,
        networks=pasted.networks,
        pasted=pasted,
        text=text,
        guesses_classes=any(interface.triple is None for interface in pasted.interfaces),
        standing=standing if is_needed else None,
        said=said,
        is_only_stick=is_only,
    )


def _is_about(said: Said, pasted: PastedDevice, is_only: bool) -> bool:
    """Is a message about this device?  One that names none is about the only one."""
    if said.id is not None:
        return said.id in (pasted.id, *pasted.earlier_ids)
    return said.port == pasted.port if said.port else is_only


def _recognise(pasted: PastedDevice, library: Library) -> Device:
    """The device, its family and its mode; the mode is None where the text has too little to tell it."""
    is_huawei = _names_huawei(pasted) or "huawei_cdc_ncm" in _drivers_of(pasted)
    usb_id = pasted.id or UsbId(HUAWEI if is_huawei else 0, 0)
    interfaces = tuple(Interface(one.number, 0, _class_of(one)) for one in pasted.interfaces)
    configuration = Configuration(1, interfaces)
    descriptors = Descriptors(usb_id, 0, Triple(0, 0, 0), (configuration,)) if interfaces else None
    usb_device = UsbDevice(_port(pasted.port), 0, usb_id, descriptors, 1, pasted.strings, pasted.problem)
    device = recognise(usb_device, library)
    if device.profile is None and device.mode == "mass-storage" and pasted.id is not None:
        device = device._replace(relatives=_relatives(pasted, usb_device))
    if device.mode == "mass-storage" and _lacks_interfaces(pasted, device):
        return device._replace(mode=None)
    if device.mode in (None, "switched"):
        bound = _drivers_of(pasted)
        return device._replace(mode=next((MODE_OF[name] for name in MODE_OF if name in bound), device.mode))
    return device


MODE_OF = {"huawei_cdc_ncm": "ncm", "cdc_mbim": "mbim", "qmi_wwan": "qmi", "cdc_ncm": "ncm"}
"""A driver that is bound → the mode, where the classes of the interfaces do not tell it."""


def _relatives(pasted: PastedDevice, usb_device: UsbDevice) -> tuple[str, ...]:
    """What it may be like, as far as the text tells of its disks (``CD-ROM: HUAWEI Mass Storage 2.31``)."""
    kinds = [disk.partition(": ") for disk in pasted.disks]
    said = next((name for _, _, name in kinds), "")
    known = usb_device._replace(scsi=(said, "", "")) if said else usb_device
    return relatives(known, any(kind == "CD-ROM" for kind, _, _ in kinds) if kinds else None)


def _lacks_interfaces(pasted: PastedDevice, device: Device) -> bool:
    """Has the stick certainly more interfaces than those that the text describes?"""
    numbers = sorted(interface.number for interface in pasted.interfaces)
    is_switched = device.product is not None and not device.product.wakes
    has_gap = numbers != list(range(len(numbers)))
    return is_switched or has_gap or len(numbers) < (pasted.interface_count or 0)


def _names_huawei(pasted: PastedDevice) -> bool:
    return "HUAWEI" in " ".join((*pasted.strings, *pasted.disks)).upper()


def _port(text: str) -> Port:
    try:
        return Port.parse(text)
    except UsageError:
        return Port(0, ())


def _class_of(interface: PastedInterface) -> Triple:
    """Its class, else one that its driver binds, else one that begins with its base class."""
    if interface.triple is not None:
        return interface.triple
    if interface.driver in CLASS_OF:
        return CLASS_OF[interface.driver]
    if interface.base_class == STORAGE:
        return CLASS_OF["usb-storage"]
    if interface.base_class in (DATA, HID, PRINTER):
        return Triple(interface.base_class, 0, 0)
    return _ANY_VENDOR_CLASS


def _role(interface: PastedInterface, role: str) -> str:
    """Its role: ``serial`` where only its driver is known and is a serial one, unless the profile has a role for it."""
    if interface.triple is None and role == "vendor" and module_name(interface.driver) in SERIAL_DRIVERS:
        return "serial"
    return role
