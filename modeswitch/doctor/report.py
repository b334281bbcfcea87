"""The report of one stick, for a bug report or a new profile, with what is private masked."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator

from .. import __version__
from ..database.library import Library
from ..errors import CommandFailed, ModeswitchError
from ..events import silent
from ..files import read_start
from ..identity.device import Device
from ..linux.observe import Roots
from ..printable import printable
from ..switching.goal import goal_of, host_drives
from ..switching.plan import plan
from ..switching.session import Session
from ..usb.bus import Bus
from ..usb.descriptors import LARGEST, Configuration
from ..values import TYPE_CHECKING
from .checks import diagnose
from .live_snapshot import snapshot_of
from .masking import mask, mask_serial
from .snapshot import Snapshot
from .text import snapshot_lines

if TYPE_CHECKING:
    from ..events import OnEvent

COMMANDS = ("ATI", "AT^FHVER", "AT^VERSION?", "AT^SETPORT?", "AT^SETPORT=?", "AT^GETPORTMODE", "AT^U2DIAG?")
"""The AT commands that a stick is asked; none of them changes anything."""
SECONDS = 60.0
"""How long all of them may take together."""
LONGEST_LINE = 2000
TRANSFER_TYPES = ("control", "isochronous", "bulk", "interrupt")
"""The transfer type of an endpoint, by bits 1..0 of bmAttributes.  Ref: USB 2.0 §9.6.6."""
MODULES = {"option", "usb_storage", "usb_wwan", "cdc_ncm", "huawei_cdc_ncm", "cdc_ether", "rndis_host", "cdc_mbim"}
"""The kernel's modules that matter."""


def report_lines(
    device: Device,
    bus: Bus,
    library: Library,
    *,
    roots: Roots | None = None,
    answers: Iterable[str] | None = None,
    tried: Iterable[str] = (),
) -> Iterator[str]:
    """The lines of the report: the descriptors unchanged, all else masked.

    ``roots`` is where this machine is looked at; ``answers`` are those of :func:`ask`, None where the stick was not
    asked; ``tried`` is what a person has tried.
    """
    strings = bus.strings(device.usb)
    snapshot = snapshot_of(device, bus, roots=roots)

    def masked(lines: Iterable[str]) -> Iterator[str]:
        return (printable(mask(line, strings[2:]), LONGEST_LINE) for line in lines)

    yield "# modeswitch report: serial numbers, IMEI, phone numbers and MACs are masked"
    yield from masked(_machine_lines(snapshot, bus))
    yield from ("", "# descriptors, in hex as the stick gave them")
    yield from _descriptor_lines(device)
    yield from ("", "# what they say")
    yield from masked(_device_lines(device, strings))
    yield from ("", "# what modeswitch makes of it")
    yield from masked(snapshot_lines(snapshot, diagnose(snapshot), full=True))
    yield from ("", "# profiles")
    yield from _profile_lines(device, bus, library)
    if answers is not None:
        yield from ("", "# what the stick answers")
        yield from masked(answers)
    yield from ("", "# what was tried")
    yield from masked([*tried] or ["(not given: --tried TEXT)"])


def _machine_lines(snapshot: Snapshot, bus: Bus) -> Iterator[str]:
    seen = snapshot.observed
    yield f"modeswitch  {__version__}"
    yield f"python      {platform.python_version()}"
    yield f"kernel      {platform.system()} {platform.release()} {platform.machine()}"
    yield f"system      {seen.system or 'unknown'}"
    yield f"libusb      {_libusb_name(bus)}"
    yield f"running     {', '.join(seen.running) or 'nothing that matters'}"
    yield f"loaded      {', '.join(sorted(MODULES & seen.loaded)) or 'nothing that matters'}"
    for dynamic in seen.dynamic:
        yield f"dynamic id  {dynamic.text} in {dynamic.folder}/new_id"
    if seen.usb_modeswitch:
        yield "rules       usb_modeswitch's udev rules are active"


def _libusb_name(bus: Bus) -> str:
    """The file of the libusb that pyusb has loaded."""
    try:
        return str(getattr(getattr(bus.backend, "lib", None), "_name", "none: a simulated bus"))
    except ModeswitchError as error:
        return error.message


def _descriptor_lines(device: Device) -> Iterator[str]:
    """The bytes of the descriptors, in the form that ``modeswitch doctor`` reads."""
    path = device.usb.path
    try:
        raw = read_start(f"{path}/descriptors", LARGEST) if path else b""
    except OSError:
        raw = b""
    if len(raw) < 18:
        yield "(not available here)"
        return
    yield f"DEVICE {raw[:18].hex()}"
    at = 18
    while len(raw) - at >= 4:
        total = int.from_bytes(raw[at + 2 : at + 4], "little")
        yield f"CONFIG {raw[at : at + total].hex()}"
        at += max(total, 9)


def _device_lines(device: Device, strings: tuple[str, str, str]) -> Iterator[str]:
    usb_device = device.usb
    yield f"{usb_device.port}  {usb_device.id}  {device.mode or '-'}"
    for name, text in zip(("manufacturer", "product"), strings, strict=False):
        yield f"{name:12} {text or '-'}"
    yield f"{'serial':12} {mask_serial(strings[2]) or '-'}"
    if usb_device.problem:
        yield f"unreadable: {usb_device.problem}"
    for configuration in usb_device.descriptors.configurations if usb_device.descriptors else ():
        yield f"configuration {configuration.value}{' (active)' if configuration.value == usb_device.active else ''}"
        yield from _interface_lines(configuration, device)


def _interface_lines(configuration: Configuration, device: Device) -> Iterator[str]:
    roles = {interface.number: role for interface, role in device.roles}
    for interface in configuration.interfaces:
        endpoints = ", ".join(
            f"{one.address:02x} {TRANSFER_TYPES[one.attributes & 3]} {one.max_packet}" for one in interface.endpoints
        )
        role = roles.get(interface.number, "-")
        number = f"{interface.number} alt {interface.alternate}"
        yield f"  if {number}: {interface.triple} {role}: {endpoints or 'no endpoint'}"


def _profile_lines(device: Device, bus: Bus, library: Library) -> Iterator[str]:
    """The families that know it, and the plan to its family's goal."""
    families = library.families(device.id)
    yield f"families that know {device.id}: {', '.join(family.name for family in families) or 'none'}"
    try:
        family, goal = goal_of(device, None, host_drives(bus, device))
        transitions = plan(family, device.mode or "", goal)
    except ModeswitchError as error:
        yield f"plan: {error.message}"
        return
    yield f"plan to {goal}: {'; '.join(map(str, transitions)) or 'nothing to do'}"
    for transition in transitions:
        yield from (f"  {step}" for step in transition.steps)


def ask(
    device: Device,
    bus: Bus,
    library: Library,
    *,
    timeout: float | None = None,
    take: bool = False,
    on_event: OnEvent = silent,
) -> Iterator[str]:
    """Ask the stick over its AT port; an error of one command is its answer, and the next one follows.

    ``timeout`` bounds the whole in seconds; ``take`` allows a connection of ModemManager to be cut; ``on_event`` is
    called with each event.
    """
    session = Session(device, timeout=timeout or SECONDS, take=take, on_event=on_event, bus=bus, library=library)
    try:
        with session, session.talk() as resources:
            for command in COMMANDS:
                try:
                    answer = resources.dialogue().ask(command)
                except CommandFailed as error:
                    yield f"{command}: {error.facts.get('answer', 'no')}"
                    continue
                yield command
                yield from (f"  {line}" for line in answer.lines)
    except ModeswitchError as error:
        yield f"it could not be asked: {error.message}"
        if error.hint:
            yield f"  {error.hint}"
