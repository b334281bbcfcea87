"""What the doctor judges: one stick, its interfaces and their drivers, on this machine or in a pasted text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..identity.device import Device
from ..linux.observe import Observed
from ..modem.roles import HUAWEI, NETWORK, SERIAL
from ..usb.descriptors import Triple, UsbId
from ..values import TYPE_CHECKING, NamedTuple
from .driver_facts import NETWORK_DRIVERS, SERIAL_DRIVERS, module_name
from .history import history
from .pasted.values import PastedDevice, PastedText, Said
from .standing import Standing
from .systems import system_of_id

if TYPE_CHECKING:
    from ..usb.host import Drivers


class InterfaceState(NamedTuple):
    """One interface, its role and its drivers.

    ``triple`` is None where only the driver is known.  ``driver`` is the one that is bound: empty where none is, None
    where that is unknown.  ``expected`` are the drivers that fit it, the best first; ``available`` tells whether the
    machine has one of them, None where that is unknown.  ``tty`` and ``networks`` are what the driver made of it.
    """

    number: int
    triple: Triple | None
    role: str
    driver: str | None
    expected: tuple[str, ...] = ()
    available: bool | None = None
    tty: str = ""
    networks: tuple[str, ...] = ()

    def __str__(self) -> str:
        what = f"{self.triple}, {self.role}" if self.triple else self.role
        return f"interface {self.number} ({what})"

    @property
    def is_unbound(self) -> bool:
        """Is it known that no driver is bound?"""
        return self.driver == ""

    @property
    def has_expected_driver(self) -> bool:
        """Is one of the expected drivers bound?"""
        return bool(self.driver) and module_name(self.driver) in map(module_name, self.expected)

    @property
    def has_wrong_driver(self) -> bool:
        """Is a driver bound that cannot drive it?

        A network driver on ff/ff/ff is none: such ids are in the driver's table by the number of the interface.
        """
        driver = module_name(self.driver)
        if self.role in (*NETWORK, "data"):
            return driver in SERIAL_DRIVERS and bool(self.expected)
        return self.role in SERIAL and self.role != "vendor" and driver in NETWORK_DRIVERS


def called_together(interfaces: Sequence[InterfaceState]) -> str:
    """Interfaces of which the same is said: ``interfaces 0–3, 5 (ff/ff/ff, vendor)``."""
    if len(interfaces) == 1:
        return str(interfaces[0])
    kinds = dict.fromkeys(f"{one.triple}, {one.role}" if one.triple else one.role for one in interfaces)
    return f"interfaces {_ranges([one.number for one in interfaces])} ({'; '.join(kinds)})"


def _ranges(numbers: Iterable[int]) -> str:
    """Numbers in their order, those that follow one another as a range: ``0–3, 5``."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


class Snapshot(NamedTuple):
    """One stick as it was at one moment: on this machine, or in a pasted ``text`` (``pasted`` is its device there).

    ``drivers`` are those of its machine, None where they are unknown and the table of driver_facts stands in for them.
    ``observed`` is what else was seen on this machine, empty for a text.  ``networks`` are the network interfaces that
    the machine made of the stick.  ``guesses_classes`` tells that the text has no class for some interface: its role,
    and so the mode of the stick, is guessed from its driver.  ``standing`` is what its id tells, where its interfaces
    tell no mode, or where it is no modem.  ``said`` is what programs say of it, ``is_only_stick`` that no other stick
    is in the text.
    """

    device: Device
    interfaces: tuple[InterfaceState, ...]
    drivers: Drivers | None = None
    observed: Observed = Observed()
    networks: tuple[str, ...] = ()
    pasted: PastedDevice | None = None
    text: PastedText | None = None
    guesses_classes: bool = False
    standing: Standing | None = None
    said: tuple[Said, ...] = ()
    is_only_stick: bool = False

    @property
    def is_live(self) -> bool:
        """Is it a stick on this machine?"""
        return self.pasted is None

    @property
    def is_unconfigured(self) -> bool:
        """Does a text show that no configuration of it is active?"""
        return self.pasted is not None and self.pasted.unconfigured

    @property
    def id(self) -> UsbId | None:
        """Its id; None where a text does not have it."""
        return self.device.id if self.pasted is None else self.pasted.id

    @property
    def history(self) -> str:
        """Its line of time; empty where a text does not tell that it came and went."""
        return history(self.pasted) if self.pasted is not None else ""

    @property
    def port(self) -> str:
        """Its port; empty where a text does not have it."""
        return str(self.device.port) if self.pasted is None else self.pasted.port

    @property
    def target(self) -> str:
        """The word for it in a command: its port, else its id, else ``DEVICE``."""
        return self.port or str(self.id or "DEVICE")

    @property
    def target_after_switch(self) -> str:
        """The word for it in a command that follows a switch, after which it has another id: its port or ``PORT``."""
        return self.port or "PORT"

    @property
    def new_id(self) -> str:
        """The driver of its serial ports that does not know its id by itself; empty where there is none."""
        return self.device.new_id

    @property
    def kernel(self) -> str:
        """The version of its machine's kernel; empty where it is unknown."""
        return self.text.kernel if self.text else self.observed.kernel

    @property
    def system(self) -> str:
        """The system of its machine, as :mod:`.systems` names it; empty where it is unknown."""
        return self.text.system if self.text else system_of_id(self.observed.system, self.observed.kernel)

    @property
    def port_lists(self) -> tuple[str, ...]:
        """The port lists (AT^SETPORT) that its text has."""
        return self.text.port_lists if self.text else ()

    def can_drive(self, triple: Triple) -> bool | None:
        """Can its machine drive such an interface of Huawei's?  None where that is unknown."""
        return self.drivers.can_drive(HUAWEI, triple) if self.drivers else None

    def __str__(self) -> str:
        return str(self.device) if self.pasted is None else str(self.pasted)
