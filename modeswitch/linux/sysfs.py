"""The bus as Linux shows it in sysfs: no libusb, no permission, and no device is woken up.

What stands there came from devices: every value is checked, every read bounded.

Ref: Linux Documentation/ABI/stable/sysfs-bus-usb, testing/sysfs-bus-usb.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from .. import files
from ..errors import BadDescriptors, UsageError
from ..usb.descriptors import LARGEST, Descriptors, Port, UsbId, port_in
from ..usb.device import UsbDevice

DEVICES = "bus/usb/devices"
NODES = {"tty": "tty", "usbmisc": "cdc-wdm"}
"""Class → what the names of its nodes begin with; a tty's kind follows in capital letters, then a number."""


def _read(path: str, most: int = 4096) -> bytes:
    """At most that many bytes of an attribute; nothing where it is absent or its device is just leaving.

    The kernel gives a page at a time.
    """
    parts = bytearray()
    try:
        with open(path, "rb", buffering=0) as file:
            while len(parts) < most and (part := file.read(most - len(parts))):
                parts += part
    except OSError:
        return b""
    return bytes(parts)


def _number(raw: bytes, base: int) -> int | None:
    try:
        return int(raw, base)
    except ValueError:
        return None


def look(root: str, name: str) -> UsbDevice | None:
    """The device whose kernel name is ``name`` (``1-1.4``), or None where nothing usable is there.

    ``root`` is where sysfs is mounted.
    """
    path = f"{root}/{DEVICES}/{name}"
    try:
        port = Port.parse(name)
    except UsageError:
        return None
    address = _number(_read(f"{path}/devnum"), 10)
    vendor, product = _number(_read(f"{path}/idVendor"), 16), _number(_read(f"{path}/idProduct"), 16)
    if address is None or vendor is None or product is None:
        return None
    raw = _read(f"{path}/descriptors", LARGEST + 1)
    if not raw:
        return None  # its folder is just being taken down
    texts = [_read(f"{path}/{key}").rstrip(b"\n") for key in ("manufacturer", "product", "serial")]
    strings = tuple(text.decode("utf-8", "replace") for text in texts)
    descriptors, problem = None, ""
    try:
        descriptors = Descriptors.parse(raw)
    except BadDescriptors as error:
        problem = error.message
    active = _number(_read(f"{path}/bConfigurationValue"), 10)
    try:
        real = os.path.realpath(path, strict=True)
    except OSError:  # not even without ``strict`` is it safe: the link may go between its two looks at it
        return None
    if _number(_read(f"{path}/devnum"), 10) != address:
        return None  # it left, or another came, while it was being read
    return UsbDevice(
        port, address, UsbId(vendor, product), descriptors, active, (strings[0], strings[1], strings[2]), problem, real
    )


def scan(root: str) -> list[UsbDevice]:
    """Every device but the root hubs, by port."""
    found = [
        look(root, name) for name in files.names(f"{root}/{DEVICES}") if ":" not in name and not name.startswith("usb")
    ]
    return sorted((usb_device for usb_device in found if usb_device), key=lambda usb_device: usb_device.port)


def present(root: str) -> dict[Port, int]:
    """The address of what is in each port.  Nothing is read that the kernel would keep us waiting for."""
    found = {}
    for name in files.names(f"{root}/{DEVICES}"):
        address = _number(_read(f"{root}/{DEVICES}/{name}/devnum"), 10) if ":" not in name else None
        if address is not None and not name.startswith("usb"):
            try:
                found[Port.parse(name)] = address
            except UsageError:
                continue
    return found


def interface_of(usb_device: UsbDevice, number: int) -> str:
    """The folder of one interface of the active configuration: ``…/1-1:1.0``."""
    return f"{usb_device.path}/{usb_device.port}:{usb_device.active}.{number}"


def driver_of(usb_device: UsbDevice, number: int) -> str | None:
    """The name of the driver bound to an interface, or None."""
    return os.path.basename(files.link(f"{interface_of(usb_device, number)}/driver")) or None


def age_of(usb_device: UsbDevice) -> float | None:
    """How long the device has been on the bus, in seconds; None where this kernel does not say.

    Ref: Linux Documentation/ABI/testing/sysfs-bus-usb, power/connected_duration (milliseconds).
    """
    said = _number(_read(f"{usb_device.path}/power/connected_duration", 32), 10) if usb_device.path else None
    return said / 1000 if said is not None else None


def port_folder(root: str, port: Port) -> str:
    """The folder of a port itself, whatever is in it: ``1-0:1.0/usb1-port4``, ``1-1:1.0/1-1-port4``."""
    above, number = Port(port.bus, port.ports[:-1]), port.ports[-1]
    hub = f"{above}:1.0/{above}-port{number}" if above.ports else f"{port.bus}-0:1.0/usb{port.bus}-port{number}"
    return f"{root}/{DEVICES}/{hub}"


def hub_of(root: str, port: Port) -> UsbDevice | None:
    """The hub that a port belongs to, also a root hub; without its descriptors."""
    above = Port(port.bus, port.ports[:-1])
    folder = f"{root}/{DEVICES}/{above if above.ports else f'usb{port.bus}'}"
    address = _number(_read(f"{folder}/devnum"), 10)
    vendor, product = _number(_read(f"{folder}/idVendor"), 16), _number(_read(f"{folder}/idProduct"), 16)
    if address is None or vendor is None or product is None:
        return None
    return UsbDevice(above, address, UsbId(vendor, product), None, 1, path=folder)


def peers_of(root: str, port: Port) -> list[Port]:
    """The other half of the port's connector (``2-1`` of ``1-1``), where this kernel knows it.

    Ref: Linux Documentation/ABI/testing/sysfs-bus-usb, ``portN/peer`` (3.16).
    """
    import re

    peer = os.path.basename(files.link(f"{port_folder(root, port)}/peer"))
    match = re.fullmatch(r"(?:usb(\d{1,3})|(\d{1,3}-[\d.]{1,40}))-port(\d{1,3})", peer)
    if match is None:
        return []
    try:
        return [Port.parse(f"{match[1]}-{match[3]}" if match[1] else f"{match[2]}.{match[3]}")]
    except UsageError:
        return []


SCSI_LIMIT = 64
"""How many bytes of a SCSI string are read; INQUIRY has 8, 16 and 4."""


CD_ROM = "5"
"""The peripheral device type of CD and DVD.  Ref: SPC-4 §6.6.2."""


def _luns(usb_device: UsbDevice) -> Iterator[str]:
    """The folders of its LUNs, as usb-storage made them; each is at ``1-1:1.0/host0/target0:0:0/0:0:0:0``.

    Ref: Linux drivers/scsi/scsi_sysfs.c.
    """
    configuration = usb_device.configuration
    for interface in configuration.functions if configuration and usb_device.path else ():
        folder = _below(interface_of(usb_device, interface.number), "host", 1)
        target = _below(folder, "target", 3) if folder else None
        names = sorted(files.names(target)) if target else []
        yield from (f"{target}/{name}" for name in names if _is_numbers(name, 4))


def scsi_types(usb_device: UsbDevice) -> set[str]:
    """The peripheral device types of all its LUNs, as decimal numbers; empty where usb-storage has not asked."""
    return {text for lun in _luns(usb_device) if (text := _read(f"{lun}/type", 16).decode("ascii", "replace").strip())}


def scsi_of(usb_device: UsbDevice) -> tuple[str, str, str]:
    """Vendor, model and revision of its first LUN, as usb-storage asked for them; empty where there is none."""
    for lun in _luns(usb_device):
        if lun.endswith(":0"):
            keys = ("vendor", "model", "rev")
            texts = [_read(f"{lun}/{key}", SCSI_LIMIT).decode("utf-8", "replace").strip() for key in keys]
            return texts[0], texts[1], texts[2]
    return "", "", ""


def _below(folder: str, word: str, numbers: int) -> str | None:
    """The first folder within it whose name is that word and so many numbers."""
    names = (name for name in files.names(folder) if name.startswith(word))
    found = next((name for name in names if _is_numbers(name.removeprefix(word), numbers)), None)
    return f"{folder}/{found}" if found else None


def _is_numbers(name: str, many: int) -> bool:
    """Is it that many decimal numbers with colons between?  Without ``re``: a waking stick waits for this."""
    parts = name.split(":")
    return len(parts) == many and all(part.isascii() and part.isdecimal() for part in parts)


def node_of(usb_device: UsbDevice, number: int, kind: str) -> str | None:
    """The device node that a driver made of an interface: ``kind`` is ``tty`` or ``usbmisc``; None where there is none.

    usb-serial's ttys stand in the interface's folder itself, cdc-acm's and cdc-wdm's nodes in one named for the class.
    """
    folder = interface_of(usb_device, number)
    for inside, word in ((f"{folder}/{kind}", NODES[kind]), (folder if kind == "tty" else "", "ttyUSB")):
        found = next((name for name in files.names(inside) if _is_node(name, word)), None) if inside else None
        if found:
            return f"/dev/{found}"
    return None


def _is_node(name: str, word: str) -> bool:
    """Is it that word, in a tty's name its kind, and a number: ``cdc-wdm0``, ``ttyACM3``, ``ttyUSB12``?"""
    head = name.rstrip("0123456789")
    if head == name or word != "tty":
        return head != name and head == word
    kind = head.removeprefix("tty")
    return head != kind and 2 <= len(kind) <= 8 and kind.isascii() and kind.isalpha() and kind.isupper()


def port_of(root: str, node: str) -> Port | None:
    """The port of the device that a node was made of, by whatever class of sysfs: ``/dev/sr0``, ``sr0``, ``wwan0``.

    A node in /dev may be a link (``/dev/serial/by-id/…``).  None where it is of no USB device.
    """
    try:
        name = os.path.basename(os.path.realpath(node) if node.startswith("/dev/") else node)
    except (OSError, ValueError):  # a link that goes, or a name that no file can have
        return None
    if ("/" in node and not node.startswith("/dev/")) or not name.strip("."):
        return None
    for kind in sorted(files.names(f"{root}/class")):
        folder = f"{root}/class/{kind}/{name}"
        if os.path.lexists(folder) and (port := port_in(os.path.realpath(folder))) is not None:
            return port
    return None
