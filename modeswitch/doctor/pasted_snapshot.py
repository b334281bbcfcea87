"""The snapshot of a device that a pasted text describes, and which devices of a text are modems.  Pure."""

from __future__ import annotations

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
from .pasted.values import PastedDevice, PastedInterface, PastedText
from .snapshot import InterfaceState, Snapshot

if TYPE_CHECKING:
    from ..usb.host import Drivers

STORAGE, DATA, HID, PRINTER = 0x08, 0x0A, 0x03, 0x07
_ANY_VENDOR_CLASS = Triple(0xFF, 0x00, 0x00)
"""Stands for an interface of which nothing is known: a class that has no role of its own."""


def choose_devices(text: PastedText, library: Library) -> tuple[list[PastedDevice], list[PastedDevice]]:
    """The devices of a text that are to be judged, and the others.

    The modems are judged; where there is none, every device that is no hub.
    """
    modems = [device for device in text.devices if is_modem(device, library)]
    chosen = modems or [device for device in text.devices if not device.is_hub]
    return chosen, [device for device in text.devices if device not in chosen]


def is_modem(pasted: PastedDevice, library: Library) -> bool:
    """Is it Huawei's, or one that a profile knows?  Without an id: has it a modem's driver, or an id before?"""
    if pasted.id is not None:
        return pasted.id.vendor == HUAWEI or bool(library.families(pasted.id))
    drivers = {module_name(interface.driver) for interface in pasted.interfaces}
    return _names_huawei(pasted) or bool(pasted.earlier_ids) or bool(drivers & {*SERIAL_DRIVERS, *NETWORK_DRIVERS})


def snapshot_of_pasted(
    pasted: PastedDevice, text: PastedText, library: Library, drivers: Drivers | None = None
) -> Snapshot:
    """A device of a text, recognised as if it were on the bus; ``drivers`` are those of its machine."""
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
    return Snapshot(
        device,
        with_expected_drivers(interfaces, device.id, drivers, pasted.networks, device.new_id),
        drivers,
        networks=pasted.networks,
        pasted=pasted,
        text=text,
        guesses_classes=any(interface.triple is None for interface in pasted.interfaces),
    )


def _recognise(pasted: PastedDevice, library: Library) -> Device:
    """The device, its family and its mode; the mode is None where the text has too little to tell it."""
    usb_id = pasted.id or UsbId(HUAWEI if _names_huawei(pasted) else 0, 0)
    interfaces = tuple(Interface(one.number, 0, _class_of(one)) for one in pasted.interfaces)
    configuration = Configuration(1, interfaces)
    descriptors = Descriptors(usb_id, 0, Triple(0, 0, 0), (configuration,)) if interfaces else None
    usb_device = UsbDevice(_port(pasted.port), 0, usb_id, descriptors, 1, pasted.strings, pasted.problem)
    device = recognise(usb_device, library)
    if device.profile is None and device.mode == "mass-storage" and pasted.id is not None:
        device = device._replace(relatives=_relatives(pasted, usb_device))
    if device.mode == "mass-storage" and _lacks_interfaces(pasted, device):
        return device._replace(mode=None)
    return device


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
