"""``modeswitch report``: one file for a bug report or a new profile, with what is private masked."""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Iterable, Iterator

from .. import __version__
from ..database.library import Library
from ..doctor.checks import diagnose
from ..doctor.masking import mask, serial
from ..doctor.snapshot import View
from ..errors import CommandFailed, ModeswitchError, PermissionDenied, Refused
from ..identity.recognise import Known
from ..methods.resources import Reach
from ..printable import printable
from ..switching.plan import plan
from ..switching.switch import goal_of, host_drives, leave_alone
from ..switching.transition import Alone, silent
from ..usb.bus import Bus
from ..usb.descriptors import Configuration
from . import setting
from .doctor import lines, view_of
from .show import Show

ASKED = ("ATI", "AT^FHVER", "AT^VERSION?", "AT^SETPORT?", "AT^SETPORT=?", "AT^GETPORTMODE", "AT^U2DIAG?")
"""What a stick is asked with ``--talk``; nothing of it changes anything."""
SECONDS = 60.0


def run(arguments: argparse.Namespace, show: Show) -> int:
    """Write the report of one stick; an existing file is never overwritten."""
    with setting.bus(arguments) as bus:
        library = setting.library(arguments)
        (known,) = setting.sticks(arguments, bus, library)
        show.port = str(known.sighting.port)
        text = "".join(f"{line}\n" for line in report(known, bus, library, arguments, show))
    name = arguments.output or f"modeswitch-report-{known.sighting.port}.txt"
    if show.json:
        if name != "-":
            _write(name, text)
        told = {"text": text} if name == "-" else {"file": name}
        show.emit("done", result="report", port=str(known.sighting.port), id=str(known.sighting.id), **told)
    elif name == "-":
        for line in text.splitlines():
            show.result(line)
    else:
        _write(name, text)
        show.result(f"{known.sighting.port}: {name} written; look through it before you send it to anybody")
    return 0


def _write(name: str, text: str) -> None:
    """A new file that only its owner may read."""
    try:
        file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError as error:
        raise Refused(f"{printable(name)} is there already", hint="Name another: --output FILE") from error
    except PermissionError as error:
        raise PermissionDenied(f"{printable(name)}: permission denied", hint="Name another: --output FILE") from error
    except OSError as error:
        raise Refused(f"{printable(name)}: {os.strerror(error.errno or 0).lower()}") from error
    with open(file, "w", encoding="utf-8") as out:
        out.write(text)


def report(known: Known, bus: Bus, library: Library, arguments: argparse.Namespace, show: Show) -> Iterator[str]:
    """The lines of the report; descriptors as they are, all else masked."""
    strings = bus.strings(known.sighting)
    view = view_of(known, bus)

    def masked(some: Iterable[str]) -> Iterator[str]:
        return (printable(mask(line, strings[2:]), 2000) for line in some)

    yield "# modeswitch report: serial numbers, IMEI, phone numbers and MACs are masked"
    yield from masked(_versions(view, bus))
    yield from ("", "# descriptors, in hex as the stick gave them")
    yield from _raw(known)
    yield from ("", "# what they say")
    yield from masked(_explained(known, strings))
    yield from ("", "# what modeswitch makes of it")
    yield from masked(lines(view, diagnose(view)))
    yield from ("", "# profiles")
    yield from _profiles(known, bus, library)
    if arguments.talk:
        yield from ("", "# what the stick answers")
        yield from masked(_talk(known, bus, library, arguments, show))
    yield from ("", "# what was tried")
    yield from masked(arguments.tried or ["(nothing was told: --tried TEXT)"])


def _versions(view: View, bus: Bus) -> Iterator[str]:
    seen = view.observed
    yield f"modeswitch  {__version__}"
    yield f"python      {platform.python_version()}"
    yield f"kernel      {platform.system()} {platform.release()} {platform.machine()}"
    yield f"system      {seen.system or 'unknown'}"
    yield f"libusb      {_libusb(bus)}"
    for name, told in (("running", seen.running), ("loaded", _modules(view))):
        yield f"{name:11} {', '.join(told) or 'nothing that matters'}"
    for dynamic in seen.dynamic:
        yield f"dynamic id  {dynamic.text} in {dynamic.folder}/new_id"
    if seen.peer:
        yield "rules       usb_modeswitch's udev rules are active"


def _libusb(bus: Bus) -> str:
    try:
        return str(getattr(getattr(bus.backend, "lib", None), "_name", "none: a simulated bus"))
    except ModeswitchError as error:
        return error.message


def _modules(view: View) -> list[str]:
    wanted = {"option", "usb_storage", "usb_wwan", "cdc_ncm", "huawei_cdc_ncm", "cdc_ether", "rndis_host", "cdc_mbim"}
    return sorted(wanted & view.observed.loaded)


def _raw(known: Known) -> Iterator[str]:
    """The bytes, in the form that ``modeswitch doctor`` reads again."""
    path = known.sighting.path
    try:
        with open(f"{path}/descriptors", "rb") as file:
            raw = file.read(64 * 1024) if path else b""
    except OSError:
        raw = b""
    if len(raw) < 18:
        yield "(not to be had here)"
        return
    yield f"DEVICE {raw[:18].hex()}"
    at = 18
    while len(raw) - at >= 4:
        total = int.from_bytes(raw[at + 2 : at + 4], "little")
        part = raw[at : at + total]
        yield f"CONFIG {part.hex()}"
        at += max(total, 9)


def _explained(known: Known, strings: tuple[str, str, str]) -> Iterator[str]:
    sighting = known.sighting
    yield f"{sighting.port}  {sighting.id}  {known.mode or '-'}"
    for name, text in zip(("manufacturer", "product"), strings, strict=False):
        yield f"{name:12} {text or '-'}"
    yield f"{'serial':12} {serial(strings[2]) or '-'}"
    if sighting.problem:
        yield f"unreadable: {sighting.problem}"
    for configuration in sighting.descriptors.configurations if sighting.descriptors else ():
        yield f"configuration {configuration.value}{' (active)' if configuration.value == sighting.active else ''}"
        yield from _interfaces(configuration, known)


def _interfaces(configuration: Configuration, known: Known) -> Iterator[str]:
    roles = {interface.number: role for interface, role in known.roles}
    for interface in configuration.interfaces:
        kinds = {0: "control", 1: "isochronous", 2: "bulk", 3: "interrupt"}
        endpoints = ", ".join(
            f"{one.address:02x} {kinds[one.attributes & 3]} {one.max_packet}" for one in interface.endpoints
        )
        role = roles.get(interface.number, "-")
        number = f"{interface.number} alt {interface.alternate}"
        yield f"  if {number}: {interface.triple} {role}: {endpoints or 'no endpoint'}"


def _profiles(known: Known, bus: Bus, library: Library) -> Iterator[str]:
    families = library.families(known.sighting.id)
    yield f"families that know {known.sighting.id}: {', '.join(family.name for family in families) or 'none'}"
    try:
        family, goal = goal_of(known, None, host_drives(bus, known))
        way = plan(family, known.mode or "", goal)
    except ModeswitchError as error:
        yield f"plan: {error.message}"
        return
    yield f"plan to {goal}: {'; '.join(map(str, way)) or 'nothing to do'}"
    for transition in way:
        yield from (f"  {step}" for step in transition.steps)


def _talk(known: Known, bus: Bus, library: Library, arguments: argparse.Namespace, show: Show) -> Iterator[str]:
    """Ask, and go on where the stick says no."""
    tell = show.tell if show.verbose else silent
    try:
        if known.product is not None:
            leave_alone(known.product, str(known))
        with (
            Alone(bus, known, library, arguments.timeout, show.tell) as known,
            Reach(bus, known, bus.now() + (arguments.timeout or SECONDS), tell) as reach,
        ):
            for command in ASKED:
                try:
                    answer = reach.dialogue.ask(command)
                except CommandFailed as error:
                    yield f"{command}: {error.facts.get('answer', 'no')}"
                    continue
                yield command
                yield from (f"  {line}" for line in answer.lines)
    except ModeswitchError as error:
        yield f"it could not be asked: {error.message}"
