"""A device as the bus shows it at one moment: where it is, and what it says of itself.  ``bus.py`` makes them."""

from __future__ import annotations

from ..values import NamedTuple
from .descriptors import Configuration, Descriptors, Port, UsbId


class Disk(NamedTuple):
    """A block device that a driver made (``/dev/sda``), and where it is mounted; a mount point may hold any bytes."""

    device: str
    points: tuple[str, ...] = ()


class UsbDevice(NamedTuple):
    """A device as it was seen at one moment.

    Two looks at the same port are equal only if nothing has happened between them: the address changes with each
    enumeration, ``active`` (bConfigurationValue; None while unconfigured) with each SET_CONFIGURATION.

    ``descriptors`` is None where they cannot be read or contradict themselves; ``problem`` then says why.
    ``strings`` are manufacturer, product and serial number, as hostile as any string from a device; empty where
    there is none.  ``path`` is the folder in sysfs, empty elsewhere.  ``scsi`` are vendor, model and revision as
    INQUIRY tells them of its first LUN, empty where no program has asked yet.
    """

    port: Port
    address: int
    id: UsbId
    descriptors: Descriptors | None
    active: int | None
    strings: tuple[str, str, str] = ("", "", "")
    problem: str = ""
    path: str = ""
    scsi: tuple[str, str, str] = ("", "", "")

    @property
    def configuration(self) -> Configuration | None:
        """The active configuration, or None while there is none."""
        return self.descriptors.configuration(self.active) if self.descriptors else None

    def __str__(self) -> str:
        """What a person calls it: ``12d1:1f01 at 1-1``."""
        return f"{self.id} at {self.port}"
