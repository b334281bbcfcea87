"""The three ways to a stick's AT port, in order: a tty of the kernel's, the bare bulk endpoints, ``/dev/cdc-wdm*``.

Ref: the kernel's option driver sends SET_CONTROL_LINE_STATE when its tty is opened (usb_wwan.c); huawei.md's reports of
sticks whose cdc-wdm never answers (E3372h-607) are why it comes last.
"""

from __future__ import annotations

import errno
import os
import select
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

from ..errors import Busy, LinkLost, ModeswitchError, PermissionDenied, Unavailable
from ..usb.bus import Bus
from ..usb.descriptors import Interface
from ..usb.device import UsbDevice
from ..usb.link import PERMISSION_HINT, Link
from ..usb.nodes import Nodes
from ..usb.replug import SETTLE, await_drivers
from ..values import TYPE_CHECKING
from .at import HARMFUL, PROBE, Carrier, Dialogue
from .roles import ASKED

if TYPE_CHECKING:
    from typing import Any

Roles = Sequence[tuple[Interface, str]]
"""Each interface of a stick with its role."""

AGAIN = 1.0
"""How long a port that may still be starting is asked at first, in seconds; longer each time, since some are slow."""
LATE = 1.5
"""How long a port must be silent after it answered at last, in seconds: it may still answer what was asked before."""
CHUNK = 4096
AT_HINT = "Unplug it and plug it in again; see what it has with: modeswitch list -v"

_LOST = (errno.EIO, errno.ENODEV, errno.ENXIO, errno.ENOENT, errno.ESHUTDOWN, errno.EPIPE, errno.EBADF, errno.EPROTO)
_MUTE = (errno.EIO, errno.EPIPE, errno.ENOBUFS, errno.EPROTO)
_HELD = (errno.EBUSY, errno.EAGAIN)
_DENIED = (errno.EACCES, errno.EPERM)
DTR_RTS = 0x03


def translate(error: Exception, name: str) -> ModeswitchError:
    """An operating system's or pyserial's error at a port, as one of ours."""
    number = getattr(error, "errno", None)
    if number is None and error.args and isinstance(error.args[0], int):
        number = error.args[0]  # termios.error
    if number in _DENIED:
        return PermissionDenied(f"{name}: permission denied", hint=PERMISSION_HINT)
    if number in _HELD:
        return Busy(f"{name}: another program holds it", hint="Close it: a terminal program, pppd, ModemManager.")
    if number is None or number in _LOST:
        return LinkLost(f"{name}: the port is gone", reason="gone")
    return LinkLost(f"{name}: {os.strerror(number)}", reason="io")


class Tty(Carrier):
    """A tty that a driver of the kernel made, through pyserial."""

    def __init__(self, name: str) -> None:
        import serial

        self.name = name
        with _translating(name):
            self._port: Any = serial.Serial(name, 115200, timeout=0, write_timeout=2, exclusive=True)

    def write(self, data: bytes) -> None:
        with _translating(self.name):
            self._port.write(data)

    def read(self, seconds: float) -> bytes:
        with _translating(self.name):
            return bytes(self._port.read(CHUNK)) if _readable(self._port.fileno(), seconds) else b""

    def close(self) -> None:
        with _translating(self.name, quietly=True):
            self._port.close()


class Wdm(Carrier):
    """CDC's encapsulated commands through the kernel's cdc-wdm: a write is a command, a read an answer or a part."""

    def __init__(self, name: str) -> None:
        self.name = name
        with _translating(name):
            self._file = os.open(name, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

    def write(self, data: bytes) -> None:
        with _translating(self.name):
            os.write(self._file, data)

    def read(self, seconds: float) -> bytes:
        """What has come; an answer of no length makes it readable and is nothing.

        One that the stick refuses (a stall, EIO) says that this way is mute, not that the stick is gone.

        Ref: Linux drivers/usb/class/cdc-wdm.c, wdm_read.
        """
        try:
            return os.read(self._file, CHUNK) if _readable(self._file, seconds) else b""
        except BlockingIOError:
            return b""
        except OSError as error:
            if error.errno in _MUTE:
                raise LinkLost(f"{self.name}: {os.strerror(error.errno or 0)}", reason="io") from error
            raise translate(error, self.name) from error

    def close(self) -> None:
        with _translating(self.name, quietly=True):
            os.close(self._file)


class Endpoints(Carrier):
    """The bulk endpoints of an interface that no driver holds."""

    def __init__(self, link: Link, interface: Interface) -> None:
        pipe_out, pipe_in = interface.bulk(is_in=False), interface.bulk(is_in=True)
        if pipe_out is None or pipe_in is None:
            raise Unavailable(f"interface {interface.number} has no two bulk endpoints", means="at")
        self.name = f"interface {interface.number}"
        self._link, self._pipe_out, self._pipe_in = link, pipe_out, pipe_in
        link.claim(interface.number)
        try:
            # SET_CONTROL_LINE_STATE, CDC 1.2 §6.3.12: many sticks know it, hardly one needs it.
            link.control(0x21, 0x22, DTR_RTS, interface.number, b"")
        except LinkLost as error:
            if error.reason == "gone":
                raise

    def write(self, data: bytes) -> None:
        self._link.bulk_out(self._pipe_out, data, told=False)

    def read(self, seconds: float) -> bytes:
        try:
            return self._link.bulk_in(self._pipe_in, CHUNK, seconds=seconds, told=False)
        except LinkLost as error:
            if error.reason == "timeout":
                return b""
            raise


def _readable(file: int, seconds: float) -> bool:
    """Has the file something to read within so many seconds?  poll(2): select(2) knows no file above 1023."""
    waiting = select.poll()
    waiting.register(file, select.POLLIN)
    return bool(waiting.poll(max(0.0, seconds) * 1000))


@contextmanager
def _translating(name: str, *, quietly: bool = False) -> Iterator[None]:
    """Within it an error of the system, of pyserial (an OSError, too) or of termios becomes ours, or is dropped."""
    import termios

    try:
        yield
    except (OSError, termios.error) as error:
        if not quietly:
            raise translate(error, name) from error


def _bulk(link: Callable[[], Link], interface: Interface) -> Carrier:
    return Endpoints(link(), interface)


def ways(
    bus: Bus, usb_device: UsbDevice, roles: Roles, link: Callable[[], Link]
) -> Iterator[tuple[str, Callable[[], Carrier]]]:
    """(what a person may read, how it is opened) of every way to an AT port of this stick, the best first."""
    nodes = bus.host.nodes(usb_device)
    ports = [(interface, role) for want in ASKED for interface, role in roles if role == want]
    for interface, _role in ports:
        tty = nodes[interface.number].tty
        if tty:
            yield tty, partial(Tty, tty)
    for interface, role in ports:
        if nodes[interface.number].driver is None:
            yield f"interface {interface.number} ({role})", partial(_bulk, link, interface)
    yield from _wdms(nodes, roles)


def at_port(roles: Roles, nodes: Mapping[int, Nodes]) -> str:
    """The tty that a person would send AT commands to; empty where there is none."""
    found = {role: nodes[interface.number].tty for interface, role in reversed(roles) if interface.number in nodes}
    return next((found[role] for role in ASKED if found.get(role)), "")


def converse(
    bus: Bus,
    usb_device: UsbDevice,
    roles: Roles,
    link: Callable[[], Link],
    left: Callable[[], float],
    trace: Callable[..., None],
    starting: float = 0.0,
) -> Dialogue:
    """A dialogue on the first port of this stick that speaks AT.

    The firmware may still be ``starting`` for so many seconds: so long each port is asked again, which ``trace`` is
    told.  Raises :class:`Unavailable` with what was tried; :class:`PermissionDenied` and :class:`Busy` where that is
    all that stands in the way; :class:`LinkLost` where the stick leaves.
    """
    _settle(bus, usb_device, roles, left)
    end, told, patience = bus.now() + starting, False, AGAIN
    while True:
        began = bus.now()
        patient = began < end
        tried: list[str] = []
        barred: list[ModeswitchError] = []
        for name, make in ways(bus, usb_device, roles, link):
            try:
                dialogue = Dialogue(make(), bus.now, left, trace)
            except (PermissionDenied, Busy) as error:
                barred.append(error)
                tried.append(error.message)
                continue
            dialogue.barred = HARMFUL.get(usb_device.id, ())
            if _speaks(dialogue, patience if patient else PROBE):
                if patience > AGAIN:
                    dialogue.hush(LATE)
                return dialogue
            tried.append(f"{name}: no answer to AT")
        if not patient or len(barred) == len(tried):
            break
        if not told:
            trace("starting", what="its AT port", seconds=round(starting, 1))
            told = True
        bus.pause(began + AGAIN - bus.now())
        patience = min(PROBE, 1.5 * patience)
    if barred:
        raise barred[0]
    raise Unavailable(
        f"{usb_device} has no AT port that answers ({'; '.join(tried) or 'it has no such port'})",
        hint=AT_HINT,
        means="at",
    )


def converse_by_wdm(
    bus: Bus,
    usb_device: UsbDevice,
    roles: Roles,
    left: Callable[[], float],
    trace: Callable[..., None],
    *,
    besides: str,
) -> Dialogue | None:
    """A dialogue on the stick's cdc-wdm; None where it has none that answers, or ``besides`` is that one."""
    for name, make in _wdms(bus.host.nodes(usb_device), roles):
        try:
            dialogue = Dialogue(make(), bus.now, left, trace) if name != besides else None
        except ModeswitchError:
            continue
        if dialogue is not None and _speaks(dialogue, PROBE):
            return dialogue
    return None


def _wdms(nodes: Mapping[int, Nodes], roles: Roles) -> Iterator[tuple[str, Callable[[], Carrier]]]:
    for interface, role in roles:
        wdm = nodes[interface.number].wdm if role == "ncm" else ""
        if wdm:
            yield wdm, partial(Wdm, wdm)


def _speaks(dialogue: Dialogue, seconds: float) -> bool:
    """Does the port answer AT within so many seconds?  One that does not is closed."""
    try:
        if dialogue.probe(seconds):
            return True
    except BaseException:
        dialogue.close()
        raise
    dialogue.close()
    return False


def _settle(bus: Bus, usb_device: UsbDevice, roles: Roles, left: Callable[[], float]) -> None:
    """Drivers are bound some moments after the kernel has configured a stick: wait for a tty."""
    ports = [interface.number for interface, role in roles if role in ASKED]
    until = bus.now() + min(SETTLE, left())

    def has_tty() -> bool:
        nodes = bus.host.nodes(usb_device)
        return any(nodes[number].tty for number in ports)

    await_drivers(bus, usb_device, ports, has_tty, until)
