"""What the doctor looks at: one stick with its interfaces and their drivers, live or from a pasted text.  Pure.

A driver that an interface should have is this machine's own where its modules.alias can be read; else it is that of a
table with its date, :data:`modeswitch.linux.modules.KNOWN`.
"""

from __future__ import annotations

from ..database.library import Library
from ..errors import UsageError
from ..identity.device import Device
from ..identity.recognise import recognise
from ..linux.modules import KNOWN, DriverIndex
from ..linux.observe import Observed
from ..modem.roles import HUAWEI
from ..usb.descriptors import Configuration, Descriptors, Interface, Port, Triple, UsbId
from ..usb.device import UsbDevice
from ..values import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ..usb.host import Drivers
from .pasted.values import Part, Pasted, Reading

NETWORK = ("ncm", "ecm", "rndis", "mbim", "qmi")
SERIAL = ("modem", "pcui", "diag", "gps", "serial", "vendor")
SERIAL_DRIVERS = ("option", "usbserial", "usbserial_generic", "qcserial", "sierra", "pl2303", "ftdi_sio")
NETWORK_DRIVERS = ("huawei_cdc_ncm", "cdc_ncm", "cdc_mbim", "cdc_ether", "rndis_host", "qmi_wwan")

TABLE = DriverIndex(None, KNOWN)
TABLE_DATE = "Linux 6.1.192 (2026)"

_ROLE_OF = {
    "usb-storage": Triple(0x08, 0x06, 0x50),
    "uas": Triple(0x08, 0x06, 0x62),
    "cdc_ether": Triple(0x02, 0x06, 0x00),
    "rndis_host": Triple(0xE0, 0x01, 0x03),
    "cdc_ncm": Triple(0x02, 0x0D, 0x00),
    "cdc_mbim": Triple(0x02, 0x0E, 0x00),
    "huawei_cdc_ncm": Triple(0xFF, 0x02, 0x16),
    "qmi_wwan": Triple(0xFF, 0x01, 0x09),
    "cdc_acm": Triple(0x02, 0x02, 0x01),
}
"""Driver → a class that it binds: what an interface must be for that driver, where a log tells no class."""
_SAYS_NOTHING = Triple(0xFF, 0x00, 0x00)


class Face(NamedTuple):
    """One interface.

    ``triple`` is None where only its driver is known.  ``bound`` is empty where no driver is bound, None where nobody
    tells.  ``should`` are the drivers for it, ``here`` whether this host has one (None: nobody can tell).  ``tty`` and
    ``networks`` are what its driver made of it.
    """

    number: int
    triple: Triple | None
    role: str
    bound: str | None
    should: tuple[str, ...] = ()
    here: bool | None = None
    tty: str = ""
    networks: tuple[str, ...] = ()

    def __str__(self) -> str:
        what = f"{self.triple}, {self.role}" if self.triple else self.role
        return f"interface {self.number} ({what})"

    @property
    def is_right(self) -> bool:
        """Has it the driver that it should have?"""
        return bool(self.bound) and plain(self.bound or "") in map(plain, self.should)

    @property
    def is_wrong(self) -> bool:
        """Is a driver bound that can make nothing of it?

        A network driver on ff/ff/ff is right: those ids are in its table by the number of the interface.
        """
        bound = plain(self.bound or "")
        if self.role in (*NETWORK, "data"):
            return bound in SERIAL_DRIVERS and bool(self.should)
        return self.role in SERIAL and self.role != "vendor" and bound in NETWORK_DRIVERS


class View(NamedTuple):
    """One stick: ``live`` on this machine, else from a text (``pasted`` of a ``reading``).

    ``drivers`` are those of its machine, None where they are taken from the table; ``networks`` and ``ttys`` what the
    machine made of the stick; ``guessed`` tells that its mode is read from drivers, for want of classes.
    """

    device: Device
    faces: tuple[Face, ...]
    live: bool
    drivers: Drivers | None = None
    observed: Observed = Observed()
    networks: tuple[str, ...] = ()
    ttys: tuple[str, ...] = ()
    pasted: Pasted | None = None
    reading: Reading | None = None
    guessed: bool = False

    @property
    def id(self) -> UsbId | None:
        """Its id; None where a text does not tell it."""
        return self.device.usb.id if self.pasted is None else self.pasted.id

    @property
    def target(self) -> str:
        """What a command calls it: its port, else its id."""
        port = str(self.device.usb.port) if self.live else self.pasted.port if self.pasted else ""
        return port or str(self.id or "DEVICE")

    @property
    def port(self) -> str:
        """Its port, for a command that comes after a switch."""
        return self.target if self.live or (self.pasted and self.pasted.port) else "PORT"

    @property
    def kernel(self) -> str:
        """The version of its machine's kernel, where that is known."""
        return self.reading.kernel if self.reading else self.observed.kernel

    def __str__(self) -> str:
        return str(self.device) if self.pasted is None else str(self.pasted)


class Finding(NamedTuple):
    """One thing found: ``level`` is ``"good"``, ``"note"`` or ``"problem"``; why, and the commands that help."""

    level: str
    text: str
    why: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()


def plain(driver: str) -> str:
    """A driver's name as modules have it: with underlines."""
    return driver.replace("-", "_")


def of_live(
    device: Device,
    bound: dict[int, str | None],
    drivers: Drivers | None,
    observed: Observed,
    networks: tuple[str, ...] = (),
    ttys: dict[int, str] | None = None,
) -> View:
    """A stick on the bus; ``bound`` and ``ttys`` are by interface number."""
    named = ttys or {}
    faces = [
        Face(one.number, one.triple, role, bound.get(one.number), tty=named.get(one.number, ""))
        for one, role in device.roles
    ]
    placed = _with_drivers(faces, device.usb.id.vendor, drivers, networks)
    return View(device, placed, True, drivers, observed, networks, tuple(named.values()))


def of_pasted(pasted: Pasted, reading: Reading, library: Library, drivers: Drivers | None = None) -> View:
    """A device of a text, recognised as if it were on the bus; ``drivers`` are those of its machine."""
    usb = pasted.id or UsbId(HUAWEI if _says_huawei(pasted) else 0, 0)
    interfaces = tuple(Interface(part.number, 0, _triple(part, usb)) for part in pasted.parts)
    configuration = Configuration(1, interfaces)
    descriptors = Descriptors(usb, 0, Triple(0, 0, 0), (configuration,)) if interfaces else None
    usb_device = UsbDevice(_port(pasted.port), 0, usb, descriptors, 1, pasted.strings, pasted.problem)
    device = recognise(usb_device, library)
    if device.mode == "mass-storage" and _lacks_more(pasted, device):
        device = device._replace(mode=None)
    parts = {part.number: part for part in pasted.parts}
    ttys = {number: name for name, number in pasted.ttys if number >= 0}
    faces = [
        Face(one.number, parts[one.number].triple, _role(parts[one.number], role), parts[one.number].driver)
        for one, role in device.roles
    ]
    faces = [face._replace(tty=ttys.get(face.number, "")) for face in faces]
    placed = _with_drivers(faces, usb.vendor, drivers, pasted.networks)
    guessed = any(part.triple is None for part in pasted.parts)
    names = tuple(name for name, _ in pasted.ttys)
    return View(device, placed, False, drivers, Observed(), pasted.networks, names, pasted, reading, guessed)


def _lacks_more(pasted: Pasted, device: Device) -> bool:
    """Is the storage that the text tells of surely not all of the stick?"""
    numbers = sorted(part.number for part in pasted.parts)
    switched = device.product is not None and not device.product.wakes
    return switched or numbers != list(range(len(numbers))) or len(numbers) < (pasted.declared or 0)


def is_ours(pasted: Pasted, library: Library) -> bool:
    """Is it Huawei's, or a device that a profile knows, as far as the text tells?"""
    if pasted.id is None:
        drivers = {plain(part.driver or "") for part in pasted.parts}
        return _says_huawei(pasted) or bool(pasted.earlier) or bool(drivers & {*SERIAL_DRIVERS, *NETWORK_DRIVERS})
    return pasted.id.vendor == HUAWEI or bool(library.families(pasted.id))


def _says_huawei(pasted: Pasted) -> bool:
    return "HUAWEI" in " ".join((*pasted.strings, *pasted.disks)).upper()


def _port(text: str) -> Port:
    try:
        return Port.parse(text)
    except UsageError:
        return Port(0, ())


def _triple(part: Part, usb: UsbId) -> Triple:
    """Its class, or one that its driver or lone class stands for."""
    if part.triple is not None:
        return part.triple
    if part.driver in _ROLE_OF:
        return _ROLE_OF[part.driver]
    if part.cls in (0x08, 0x0A, 0x03, 0x07):
        return Triple(part.cls, 0x06, 0x50) if part.cls == 0x08 else Triple(part.cls, 0, 0)
    return _SAYS_NOTHING


def _role(part: Part, role: str) -> str:
    """A port that only its driver tells of is some serial port, unless the profile knows better."""
    if part.triple is None and role == "vendor" and plain(part.driver or "") in SERIAL_DRIVERS:
        return "serial"
    return role


def _with_drivers(
    faces: list[Face], vendor: int, drivers: Drivers | None, networks: tuple[str, ...]
) -> tuple[Face, ...]:
    """The faces with the drivers that they should have; a data interface goes with the function before it."""
    done: list[Face] = []
    control: Face | None = None
    for face in faces:
        if face.role == "data" and control is not None:
            done.append(face._replace(should=control.should, here=control.here))
            continue
        done.append(_placed(face, vendor, drivers, networks))
        control = done[-1] if face.role in (*NETWORK, "acm") else None
    return tuple(done)


def _placed(face: Face, vendor: int, drivers: Drivers | None, networks: tuple[str, ...]) -> Face:
    if face.role in NETWORK:
        face = face._replace(networks=networks)
    if face.triple is None:
        return face._replace(should=(face.bound,) if face.bound else ())
    own = tuple(drivers.binding(vendor, face.triple)) if drivers else ()
    here = drivers.can_drive(vendor, face.triple) if drivers else None
    return face._replace(should=own or _of_table(face, vendor), here=here)


def _of_table(face: Face, vendor: int) -> tuple[str, ...]:
    """What the table has for it; Huawei's serial ports are option's.  Ref: tests/captures/29_…_bindings.txt."""
    if face.triple is None or face.role in ("data", "other"):
        return ()
    found = tuple(TABLE.binding(vendor, face.triple))
    if not found and vendor == HUAWEI and face.role in SERIAL:
        return ("option",)
    return found or (("cdc_acm",) if face.role == "acm" and face.triple.proto == 0x01 else ())
