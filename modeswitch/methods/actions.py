"""What can be put on the wire, as values: the few primitives that every step comes down to.

They are plain and complete (a BOT action holds its 31 bytes), so that a compiled profile can be performed without the
code that built it.  Nothing here does anything; ``perform.py`` does.
"""

from __future__ import annotations

from ..values import NamedTuple

MAY_FAIL = " (may fail)"


class Bot(NamedTuple):
    """A CBW (31 bytes), its data phase, and a CSW read back.

    ``data_in`` is how many bytes the device may send; ``data_out`` what it is sent.  ``may_fail`` marks a command that
    belongs to a sequence for many kinds of sticks: one that refuses it goes on, one that leaves has obeyed.
    ``out`` and ``into`` are endpoint addresses of the storage interface, 0 for its first.
    Ref: USB MSC BOT 1.0 §5.
    """

    cbw: bytes
    data_in: int = 0
    data_out: bytes = b""
    may_fail: bool = False
    out: int = 0
    into: int = 0

    def __str__(self) -> str:
        where = f" {self.out:02x}" if self.out else ""
        phase = f", then {self.data_in} bytes in" if self.data_in else ""
        phase += f", then {self.data_out.hex()} out" if self.data_out else ""
        csw = f", then CSW in{f' {self.into:02x}' if self.into else ''}"
        return f"bulk out{where} {self.cbw.hex()}{phase}{csw}{MAY_FAIL * self.may_fail}"


class Control(NamedTuple):
    """A control transfer: the setup packet's fields, and data out or the length of the data in (bytes).

    What is for an interface (recipient 1, the low byte of ``windex``) is sent once that interface is claimed, and
    with ``needs`` only where its bInterfaceClass is that; -1 asks for none.
    """

    request_type: int
    request: int
    value: int
    windex: int
    data: bytes = b""
    length: int = 0
    may_fail: bool = False
    needs: int = -1

    def __str__(self) -> str:
        setup = f"{self.request_type:02x} {self.request:02x} {self.value:04x} {self.windex:04x}"
        data = f", data {self.data.hex()}" if self.data else f", {self.length} bytes in" if self.length else ""
        return f"control {setup}{data}{MAY_FAIL * self.may_fail}"


class Bulk(NamedTuple):
    """Bytes for a bulk OUT endpoint, no answer read; ``endpoint`` None is the storage interface's first.

    An endpoint's interface is claimed before; with ``needs`` only where its bInterfaceClass is that.
    """

    data: bytes
    endpoint: int | None = None
    needs: int = -1

    def __str__(self) -> str:
        where = f" {self.endpoint:02x}" if self.endpoint is not None else ""
        return f"bulk out{where} {self.data.hex()}"


class Interrupt(NamedTuple):
    """Bytes for an interrupt OUT endpoint, or reads of at most ``length`` bytes, ``times`` over, from an IN endpoint.

    With ``may_fail``, what does not come is not waited for again.
    """

    endpoint: int
    data: bytes = b""
    length: int = 0
    times: int = 1
    may_fail: bool = False
    needs: int = -1

    def __str__(self) -> str:
        if self.data:
            return f"interrupt out {self.endpoint:02x} {self.data.hex()}{MAY_FAIL * self.may_fail}"
        times = f", {self.times} times" if self.times > 1 else ""
        return f"interrupt in {self.endpoint:02x}, {self.length} bytes{times}{MAY_FAIL * self.may_fail}"


class Detach(NamedTuple):
    """The kernel's driver taken off the storage interface, and nothing sent: some leave when nobody asks any more."""

    def __str__(self) -> str:
        return "detach the driver of the storage interface"


class SetConfiguration(NamedTuple):
    """SET_CONFIGURATION to that bConfigurationValue, or to the first configuration that has that ``function``."""

    value: int
    function: str = ""

    def __str__(self) -> str:
        return f"set configuration {f'with {self.function}' if self.function else self.value}"


class SetAltsetting(NamedTuple):
    """SET_INTERFACE: an interface to one of its alternate settings."""

    interface: int
    alternate: int

    def __str__(self) -> str:
        return f"set interface {self.interface} to alternate setting {self.alternate}"


class Reset(NamedTuple):
    """A reset of the device's port."""

    def __str__(self) -> str:
        return "reset"


class Pause(NamedTuple):
    """Seconds in which nothing is sent, because this firmware needs them."""

    seconds: float

    def __str__(self) -> str:
        return f"pause {self.seconds:g} s"


class At(NamedTuple):
    """An AT command on the stick's PCUI port, and how long its answer may take (seconds)."""

    command: str
    seconds: float = 5.0

    def __str__(self) -> str:
        return self.command


class Ports(NamedTuple):
    """A port list for the stick's NVRAM: its own made to give that ``mode``, or ``value`` as it stands.

    ``first`` replaces the group that is shown before the switch, where it is not empty (``FF``, ``A1,A2``).
    """

    mode: str = ""
    first: str = ""
    value: str = ""

    def __str__(self) -> str:
        if self.value:
            return f'AT^SETPORT="{self.value}", once the old list is saved'
        group = f" and the first group {self.first}" if self.first else ""
        return f"AT^SETPORT with the stick's own list made to give {self.mode}{group}, once the old one is saved"


class U2diag(NamedTuple):
    """A value of AT^U2DIAG for the stick's NVRAM: the older form of a port list."""

    value: int

    def __str__(self) -> str:
        return f"AT^U2DIAG={self.value}, once the old value is saved"


class Web(NamedTuple):
    """A call of HiLink's web API: its name, and for a person what is posted."""

    call: str
    path: str
    body: str

    def __str__(self) -> str:
        return f"POST {self.path} {self.body}"


class Power(NamedTuple):
    """The power of the hub's port switched off, and on again once the stick is gone."""

    def __str__(self) -> str:
        return "CLEAR_FEATURE(PORT_POWER), then SET_FEATURE(PORT_POWER) to the hub"


class Back(NamedTuple):
    """The stick is away after what was last done: what follows is for when it is back, and in that mode.

    A stick that is back in another mode has finished the transition there.
    """

    mode: str

    def __str__(self) -> str:
        return f"wait until it is back in {self.mode}"


Action = (
    Bot
    | Control
    | Bulk
    | Interrupt
    | Detach
    | SetConfiguration
    | SetAltsetting
    | Reset
    | Pause
    | At
    | Ports
    | U2diag
    | Web
    | Power
    | Back
)

_BUS = (Bot, Control, Bulk, Interrupt, Detach, SetConfiguration, SetAltsetting, Reset, Pause)
_KINDS = (*_BUS, At, Ports, U2diag, Web, Power, Back)
KINDS: dict[str, type[Action]] = {kind.__name__: kind for kind in _KINDS}
"""Name → class, for the compiled form."""


class Step(NamedTuple):
    """One step of a transition: how the profile writes it, and what it puts on the wire, in order."""

    written: str
    actions: tuple[Action, ...]

    def __str__(self) -> str:
        return self.written
