"""What a pasted text says, as values; every string in them is escaped and short."""

from __future__ import annotations

from ...usb.descriptors import Triple, UsbId
from ...values import NamedTuple


class Part(NamedTuple):
    """One interface, as far as the text tells.

    ``triple`` is None where only its driver is known (a log), ``cls`` the class where it stands alone (lsusb -t).
    ``driver`` is empty where none is bound, None where the text does not say.
    """

    number: int
    triple: Triple | None = None
    cls: int | None = None
    driver: str | None = None

    def with_more(self, other: Part) -> Part:
        """The same interface with what another text says of it; what is known stays."""
        return Part(
            self.number,
            self.triple or other.triple,
            self.cls if self.cls is not None else other.cls,
            self.driver or (other.driver if other.driver is not None else self.driver),
        )


class Pasted(NamedTuple):
    """One device of a text.

    ``id`` is None where no line tells it; ``port`` (``1-1.2``) is empty and ``place`` (bus, address) None likewise.
    ``strings`` are manufacturer, product and serial number.  ``declared`` is how many interfaces it says it has.
    ``ttys`` are pairs of name and interface number (-1: not said).  ``disks`` are what its storage calls itself,
    ``earlier`` the ids that were at its port before, ``gone`` whether it had left at the end of the text,
    ``troubles`` messages of the kernel about it.  ``problem`` says why its descriptors could not be read.
    """

    id: UsbId | None = None
    port: str = ""
    place: tuple[int, int] | None = None
    strings: tuple[str, str, str] = ("", "", "")
    parts: tuple[Part, ...] = ()
    declared: int | None = None
    ttys: tuple[tuple[str, int], ...] = ()
    networks: tuple[str, ...] = ()
    disks: tuple[str, ...] = ()
    earlier: tuple[UsbId, ...] = ()
    gone: bool = False
    troubles: tuple[str, ...] = ()
    problem: str = ""

    def __str__(self) -> str:
        where = self.port or (f"bus {self.place[0]} device {self.place[1]}" if self.place else "")
        return f"{self.id or 'a device without an id'}{f' at {where}' if where else ''}"


class Reading(NamedTuple):
    """A whole text: its devices, and how much of it was understood.

    ``kernel`` is the version of the machine's kernel where the text tells it; ``forms`` are the kinds of text that were
    found in it, ``tools`` the programs that it shows at work on modems, ``lists`` the port lists (AT^SETPORT) in it,
    ``troubles`` messages about a bus where no device got as far as an id.  ``lines`` counts those with words in them
    that are no comments, ``understood`` those that a form took; ``strange`` shows a few of the others.  ``cut`` tells
    that the text was longer than what is read.
    """

    devices: tuple[Pasted, ...]
    kernel: str
    forms: tuple[str, ...]
    tools: tuple[str, ...]
    lists: tuple[str, ...]
    troubles: tuple[str, ...]
    lines: int
    understood: int
    strange: tuple[str, ...]
    cut: bool
