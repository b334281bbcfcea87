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
from ..identity.recognise import Device
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
        (device,) = setting.sticks(arguments, bus, library)
        show.port = str(device.usb.port)
        text = "".join(f"{line}\n" for line in report(device, bus, library, arguments, show))
    name = arguments.output or f"modeswitch-report-{device.usb.port}.txt"
    if show.json:
        if name != "-":
            _write(name, text)
        told = {"text": text} if name == "-" else {"file": name}
        show.emit("done", result="report", port=str(device.usb.port), id=str(device.usb.id), **told)
    elif name == "-":
        for line in text.splitlines():
            show.result(line)
    else:
        _write(name, text)
        show.result(f"{device.usb.port}: {name} written; look through it before you send it to anybody")
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


def report(device: Device, bus: Bus, library: Library, arguments: argparse.Namespace, show: Show) -> Iterator[str]:
    """The lines of the report; descriptors as they are, all else masked."""
    strings = bus.strings(device.usb)
    view = view_of(device, bus)

    def masked(some: Iterable[str]) -> Iterator[str]:
        return (printable(mask(line, strings[2:]), 2000) for line in some)

    yield "# modeswitch report: serial numbers, IMEI, phone numbers and MACs are masked"
    yield from masked(_versions(view, bus))
    yield from ("", "# descriptors, in hex as the stick gave them")
    yield from _raw(device)
    yield from ("", "# what they say")
    yield from masked(_explained(device, strings))
    yield from ("", "# what modeswitch makes of it")
    yield from masked(lines(view, diagnose(view)))
    yield from ("", "# profiles")
    yield from _profiles(device, bus, library)
    if arguments.talk:
        yield from ("", "# what the stick answers")
        yield from masked(_talk(device, bus, library, arguments, show))
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
    if seen.usb_modeswitch:
        yield "rules       usb_modeswitch's udev rules are active"


def _libusb(bus: Bus) -> str:
    try:
        return str(getattr(getattr(bus.backend, "lib", None), "_name", "none: a simulated bus"))
    except ModeswitchError as error:
        return error.message


def _modules(view: View) -> list[str]:
    wanted = {"option", "usb_storage", "usb_wwan", "cdc_ncm", "huawei_cdc_ncm", "cdc_ether", "rndis_host", "cdc_mbim"}
    return sorted(wanted & view.observed.loaded)


def _raw(device: Device) -> Iterator[str]:
    """The bytes, in the form that ``modeswitch doctor`` reads again."""
    path = device.usb.path
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


def _explained(device: Device, strings: tuple[str, str, str]) -> Iterator[str]:
    usb_device = device.usb
    yield f"{usb_device.port}  {usb_device.id}  {device.mode or '-'}"
    for name, text in zip(("manufacturer", "product"), strings, strict=False):
        yield f"{name:12} {text or '-'}"
    yield f"{'serial':12} {serial(strings[2]) or '-'}"
    if usb_device.problem:
        yield f"unreadable: {usb_device.problem}"
    for configuration in usb_device.descriptors.configurations if usb_device.descriptors else ():
        yield f"configuration {configuration.value}{' (active)' if configuration.value == usb_device.active else ''}"
        yield from _interfaces(configuration, device)


def _interfaces(configuration: Configuration, device: Device) -> Iterator[str]:
    roles = {interface.number: role for interface, role in device.roles}
    for interface in configuration.interfaces:
        kinds = {0: "control", 1: "isochronous", 2: "bulk", 3: "interrupt"}
        endpoints = ", ".join(
            f"{one.address:02x} {kinds[one.attributes & 3]} {one.max_packet}" for one in interface.endpoints
        )
        role = roles.get(interface.number, "-")
        number = f"{interface.number} alt {interface.alternate}"
        yield f"  if {number}: {interface.triple} {role}: {endpoints or 'no endpoint'}"


def _profiles(device: Device, bus: Bus, library: Library) -> Iterator[str]:
    families = library.families(device.usb.id)
    yield f"families that know {device.usb.id}: {', '.join(family.name for family in families) or 'none'}"
    try:
        family, goal = goal_of(device, None, host_drives(bus, device))
        way = plan(family, device.mode or "", goal)
    except ModeswitchError as error:
        yield f"plan: {error.message}"
        return
    yield f"plan to {goal}: {'; '.join(map(str, way)) or 'nothing to do'}"
    for transition in way:
        yield from (f"  {step}" for step in transition.steps)


def _talk(device: Device, bus: Bus, library: Library, arguments: argparse.Namespace, show: Show) -> Iterator[str]:
    """Ask, and go on where the stick says no."""
    tell = show.tell if show.verbose else silent
    try:
        if device.product is not None:
            leave_alone(device.product, str(device))
        with (
            Alone(bus, device, library, arguments.timeout, show.tell) as device,
            Reach(bus, device, bus.now() + (arguments.timeout or SECONDS), tell) as reach,
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
