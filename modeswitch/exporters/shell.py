"""Actions as lines of a plain shell, on sysfs, on a tty, with curl.  A line that begins with ``#`` is a comment.

Ref: Linux Documentation/ABI/testing/sysfs-bus-usb (bConfigurationValue, portN/disable); drivers/usb/core/driver.c
(unbind); sg_raw(8) of sg3-utils.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import ceil
from typing import Any

from ..errors import Refused
from ..linux.binding import NEW_ID_FILES, new_id_line
from ..linux.sysfs import port_folder
from ..methods.at import At
from ..methods.base import Action
from ..methods.bulk import Bulk
from ..methods.configuration import SetConfiguration
from ..methods.control import Control
from ..methods.detach import Detach
from ..methods.interrupt import Interrupt
from ..methods.pause import Pause
from ..methods.ports import Ports
from ..methods.power import HELD, Power
from ..methods.storage import Bot
from ..methods.target import storage_pipes
from ..methods.u2diag import U2diag
from ..methods.web import Web
from ..modem import hilink
from ..modem.ports import PortList
from ..usb.descriptors import Port
from .stick import Stick

USUAL_LIST = PortList(("A1", "A2"), ("12",))
"""The list that an example is made of, where the stick's own is not known."""
DISK = "/dev/sr0"
"""The node of its CD-ROM, where it has the only one."""
KEPT = "nvram-before.txt"
"""The file that keeps what the stick's NVRAM held."""
LISTEN = 2
"""For how many seconds what a tty answers is shown."""


def quoted(text: str) -> str:
    """A text in single quotes."""
    return "'" + text.replace("'", "'\\''") + "'"


def send(tty: str, command: str) -> str:
    """Send one AT command to a tty; printf knows no other escapes in it."""
    escaped = command.replace("\\", "\\\\").replace("%", "%%") + "\\r"
    return f"printf {quoted(escaped)} > {tty}"


def ask(tty: str, command: str) -> str:
    """Send one AT command to a tty, and show for some seconds what the stick answers."""
    return f"(cat {tty} & {send(tty, command)}; sleep {LISTEN}; kill $!)"


def wait(usually: float | None, most: float) -> Iterator[str]:
    """Wait for a stick that has left."""
    yield f"sleep {ceil(usually or most)}    # it leaves and comes back, within {most:g} s"


def teach(stick: Stick) -> Iterator[str]:
    """Tell the driver of its serial ports of the id that it has after the switch, where that must be."""
    for usb in stick.becomes if stick.new_id in NEW_ID_FILES else ():
        yield f"echo {new_id_line(usb)} > {NEW_ID_FILES[stick.new_id]}"


def lines(action: Action, stick: Stick) -> list[str]:
    """The lines that do what an action does; empty where a plain shell cannot."""
    return [*_LINES[type(action)](action, stick)] if type(action) in _LINES else []


def scsi_lines(action: Bot) -> list[str]:
    """A SCSI command by sg_raw, in a CBW of the kernel's own; the LUN is that of the node."""
    if action.pipe_out or action.pipe_in:
        return []
    cdb = action.cbw[15 : 15 + (action.cbw[14] or 16)]
    data = f"-r {action.data_in} " if action.data_in else ""
    if action.data_out:
        escapes = "".join(f"\\{byte:03o}" for byte in action.data_out)
        return [f"printf {quoted(escapes)} | sg_raw -s {len(action.data_out)} {DISK} {cdb.hex(' ')}"]
    return [f"sg_raw {data}{DISK} {cdb.hex(' ')}"]


def pyusb_lines(action: Action, stick: Stick) -> list[str]:
    """A transfer by pyusb, for what no other program sends; the stick's driver is taken off before."""
    first = f"0x{stick.id.product:04x}" if stick.is_first else f"int(open('{stick.folder}/idProduct').read(), 16)"
    find = f"import usb.core; d = usb.core.find(idVendor=0x{stick.vendor}, idProduct={first})"
    detach = "d.is_kernel_driver_active({0}) and d.detach_kernel_driver({0})"
    if isinstance(action, Control):
        data = action.length if action.request_type & 0x80 else f"bytes.fromhex('{action.data.hex()}')"
        setup = f"0x{action.request_type:02x}, 0x{action.request:02x}, 0x{action.value:04x}, 0x{action.windex:04x}"
        before = f"{detach.format(action.recipient)}; " if action.recipient is not None else ""
        return [f'python3 -c "{find}; {before}d.ctrl_transfer({setup}, {data})"']
    before = detach.format(_storage_number(stick))
    if isinstance(action, Bulk | Interrupt) and action.endpoint:
        what = f"d.write(0x{action.endpoint:02x}, bytes.fromhex('{action.data.hex()}'))"
        if isinstance(action, Interrupt) and not action.data:
            what = f"[d.read(0x{action.endpoint:02x}, {action.length}) for _ in range({action.times})]"
        return [f'python3 -c "{find}; {before}; {what}"']
    return []


def _storage_number(stick: Stick) -> int:
    """The number of its storage interface: mostly 0."""
    try:
        return storage_pipes(stick.seen).interface if stick.seen is not None else 0
    except Refused:
        return 0


def _which_tty(stick: Stick) -> Iterator[str]:
    if not stick.tty:
        yield f"# {stick.at_port} stands for its AT port: the one of its ttys that answers AT with OK"


def _write_ports(action: Ports, stick: Stick) -> Iterator[str]:
    if action.value:
        yield from _read_first(stick, "AT^SETPORT?")
        yield ask(stick.at_port, f'AT^SETPORT="{action.value}"')
    else:
        yield from _read_first(stick, "AT^SETPORT?", "AT^SETPORT=?")
        first = tuple(action.first.split(",")) if action.first else ()
        example = USUAL_LIST.towards(action.mode, first)
        change = f"the stick's own list made to give {action.mode}, with PCUI (12 or 2) in it"
        yield f"# LIST is {change}, of codes that AT^SETPORT=? names: '{USUAL_LIST}' becomes '{example}'"
        wanted = "${LIST:?see above}"
        write = f'printf \'AT^SETPORT="%s"\\r\' "{wanted}" > {stick.at_port}'
        yield f"(cat {stick.at_port} & {write}; sleep {LISTEN}; kill $!)"
    yield _way_back(stick, 'AT^SETPORT="THE;LIST"')


def _write_u2diag(action: U2diag, stick: Stick) -> Iterator[str]:
    yield from _read_first(stick, "AT^U2DIAG?")
    yield ask(stick.at_port, f"AT^U2DIAG={action.value}")
    yield _way_back(stick, "AT^U2DIAG=N")


def _read_first(stick: Stick, *commands: str) -> Iterator[str]:
    """Keep what the NVRAM holds before it is written."""
    yield from _which_tty(stick)
    yield f"# It writes to the stick's NVRAM: what it holds is kept in {KEPT} first. Without an answer go no further."
    for command in commands:
        yield f"{ask(stick.at_port, command)} | tee -a {KEPT}"


def _way_back(stick: Stick, command: str) -> str:
    return f"# The way back, with what was kept: {send(stick.at_port, command)}"


def _call(action: Web, _stick: Stick) -> Iterator[str]:
    """A call of HiLink's web API with its token, without a login."""
    base = f"http://{hilink.ADDRESS}"
    if action.models:
        yield f"# only where the page says that it is {' or '.join(action.models.split())}"
    cookie, token = hilink.SOURCES[hilink.SESSION]
    part = 'printf %s "$answer" | sed -n "s:.*<{0}>\\(.*\\)</{0}>.*:\\1:p"'
    yield f"answer=$(curl -s {base}{hilink.SESSION} | tr -d '\\r\\n')"
    headers = f'-b "$({part.format(cookie)})" -H "{hilink.TOKEN_HEADER}: $({part.format(token)})"'
    yield f"curl -s {headers} -d {quoted(hilink.DECLARATION + action.body)} {base}{action.path}"
    yield "# An answer of 125003 or 100003: the page wants a login, which curl alone does not do."


def _switch_power(_action: Power, stick: Stick) -> Iterator[str]:
    """The port's power by the kernel (6.0 and newer), else by uhubctl."""
    if not stick.port:
        yield "# HUB is what it is plugged into, N the port's number there: lsusb -t, or the folder's name"
        yield f"uhubctl -l HUB -p N -a cycle -d {HELD:g}"
        return
    port = Port.parse(stick.port)
    file = f"{port_folder('/sys', port)}/disable"
    yield f"echo 1 > {file}; sleep {HELD:g}; echo 0 > {file}    # Linux 6.0 and newer"
    above = str(Port(port.bus, port.ports[:-1])) if len(port.ports) > 1 else str(port.bus)
    yield f"# older: uhubctl -l {above} -p {port.ports[-1]} -a cycle -d {HELD:g}"


def configuration_value(action: SetConfiguration, stick: Stick) -> str:
    """The bConfigurationValue that is meant; ``N`` where only the stick's descriptors tell it."""
    if action.value:
        return str(action.value)
    try:
        return str(action.value_of(stick.seen)) if stick.seen is not None else "N"
    except Refused:
        return "N"


def which_configuration(action: SetConfiguration, stick: Stick) -> Iterator[str]:
    """How its number is found, where it is not known."""
    if configuration_value(action, stick) == "N":
        yield f"# N is the bConfigurationValue with {action.function}: lsusb -v -d {stick.id}"


def _configure(action: SetConfiguration, stick: Stick) -> Iterator[str]:
    yield from which_configuration(action, stick)
    yield f"echo {configuration_value(action, stick)} > {stick.folder}/bConfigurationValue"


def _send_at(action: At, stick: Stick) -> Iterator[str]:
    yield from _which_tty(stick)
    yield ask(stick.at_port, action.command)


def _detach(_action: Detach, stick: Stick) -> Iterator[str]:
    yield f"echo {stick.place}:1.{_storage_number(stick)} > /sys/bus/usb/drivers/usb-storage/unbind"


def _sleep(action: Pause, _stick: Stick) -> Iterator[str]:
    yield f"sleep {ceil(action.seconds)}"


_LINES: dict[type[Action], Callable[[Any, Stick], Iterator[str]]] = {
    At: _send_at,
    Ports: _write_ports,
    U2diag: _write_u2diag,
    Web: _call,
    Power: _switch_power,
    Pause: _sleep,
    SetConfiguration: _configure,
    Detach: _detach,
}
"""Kind of action → what writes its lines."""
