"""What a stick of the suite looks like, in each configuration, and what it becomes when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from modeswitch.sim.composition import BULK, Composition, Function, Setting


@dataclass(frozen=True)
class Look:
    """What a stick looks like: one composition a configuration; SCSI strings as (vendor, model, revision)."""

    configurations: tuple[Composition, ...]
    scsi: tuple[str, str, str] = ("", "", "")
    active: int = 1

    @property
    def first(self) -> Composition:
        """The one whose ids and strings are the device's."""
        return self.configurations[0]

    @property
    def functions(self) -> tuple[Function, ...]:
        """The interfaces of the active configuration; none in configuration 0."""
        return self.configurations[self.active - 1].functions if self.active else ()

    def descriptors(self) -> bytes:
        """Device descriptor and every configuration, as sysfs has them."""
        whole = self.first.device_descriptor()[:17] + bytes([len(self.configurations)])
        for value, one in enumerate(self.configurations, 1):
            (raw,) = one.configuration_descriptors()
            whole += raw[:5] + bytes([value]) + raw[6:]
        return whole


class Stage(NamedTuple):
    """The transfer that ends it (as the record has it), and what the stick comes back as; None stays where it is."""

    last: str
    then: Look | None


def function(triple: tuple[int, int, int], out: int = 0x01, into: int = 0x81, kind: int = BULK) -> Function:
    """An interface with two endpoints; storage has its LUNs by its class."""
    endpoints = ((into, kind), (out, kind))
    return Function((Setting(triple, endpoints),), luns=("cdrom",) if triple[0] == 8 else ())


def looks(vendor: int, product: int, *configurations: tuple[Function, ...]) -> Look:
    """A look from its ids and the interfaces of each configuration."""
    return Look(tuple(Composition(vendor, product, functions) for functions in configurations))
