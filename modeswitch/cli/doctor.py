"""``modeswitch doctor``: what a stick is, what is wrong with it here or in a pasted text, why, and the next command."""

from __future__ import annotations

import argparse
import os
import stat
import sys
from collections.abc import Iterator

from ..database.library import Library
from ..doctor.checks import diagnose
from ..doctor.drivers import repair
from ..doctor.pasted.read import MOST_BYTES, read
from ..doctor.pasted.values import Pasted, Reading
from ..doctor.snapshot import TABLE_DATE, Face, Finding, View, is_ours, of_live, of_pasted
from ..errors import NoDevice, Refused, UsageError
from ..identity.device import Device
from ..identity.find import find, survey
from ..identity.recognise import recognise
from ..linux.bus import LinuxBus
from ..linux.observe import Observed, Roots, observe
from ..printable import printable
from ..usb.bus import Bus
from ..values import TYPE_CHECKING
from . import setting
from .show import Show

if TYPE_CHECKING:
    from ..usb.host import Drivers

ROOTS = Roots()
"""Where this machine is looked at."""
STDIN = "-"


def run(arguments: argparse.Namespace, show: Show) -> int:
    """Look at each stick or text that is named, at all sticks on the bus where none is.

    Returns 1 where a problem was found and is still there.
    """
    library, drivers = setting.library(arguments), _drivers(arguments)
    texts = [name for name in arguments.what if is_text(name)]
    if texts and arguments.fix:
        raise Refused(
            "what is wrong on another machine cannot be put right from here",
            hint="Run modeswitch doctor DEVICE --fix there.",
        )
    problems = 0
    for name in texts:
        problems += _of_text(name, library, drivers, show)
    names = [name for name in arguments.what if name not in texts]
    if names or not texts:
        with setting.bus(arguments) as bus:
            for device in _sticks(names, arguments, bus, library):
                problems += _of_stick(device, arguments, bus, library, drivers, show)
    for problem in library.problems:
        show.warn(problem)
    if show.json:
        show.emit("done", result="diagnosed", problems=problems)
    return 1 if problems else 0


def is_text(name: str) -> bool:
    """Is it a pasted text: standard input, a file or a pipe?  Folders and device nodes are devices."""
    if name == STDIN:
        return True
    try:
        mode = os.stat(name).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(mode) or stat.S_ISFIFO(mode)


def _drivers(arguments: argparse.Namespace) -> Drivers | None:
    if arguments.kernel_modules is None:
        return None
    from ..linux.modules import of_folder

    return of_folder(arguments.kernel_modules)


# A stick on the bus.


def _sticks(names: list[str], arguments: argparse.Namespace, bus: Bus, library: Library) -> list[Device]:
    if not names:
        found = [device for device in survey(bus, library) if device.profile or device.mode or device.usb.problem]
        if not found:
            raise NoDevice(
                "there is no stick on the bus",
                hint="Plug it in again and look at dmesg: 'error -71' is power or cable, nothing at all is the port.",
            )
        return found
    found = []
    for name in names:
        try:
            found += find(name, bus, library)
        except UsageError as error:
            raise error.located(hint="A device, or a file that exists (- for standard input).") from error
    return [device for device in found if not arguments.port or str(device.usb.port) == arguments.port]


def _of_stick(
    device: Device, arguments: argparse.Namespace, bus: Bus, library: Library, drivers: Drivers | None, show: Show
) -> int:
    """Show what is found, and with ``--fix`` put right what can be; how many problems are left."""
    show.port = str(device.usb.port)
    view = view_of(device, bus, drivers)
    findings = diagnose(view)
    if arguments.fix:
        wanted = repair(view)
        if wanted is None:
            show.progress(f"{device}: there is nothing that can be put right here")
        else:
            from ..linux.binding import Binder

            Binder(lambda line: show.progress(f"{show.port}: {line}"), ROOTS.sys, ROOTS.proc).repair(wanted)
            seen = bus.at(device.usb.port)
            if seen is not None:
                view = view_of(recognise(seen, library), bus, drivers)
                findings = diagnose(view)
    return _tell(view, findings, show)


def view_of(device: Device, bus: Bus, drivers: Drivers | None = None) -> View:
    """A stick on the bus with all that bears on it; a simulated bus has no sysfs, so nothing is observed there."""
    usb_device = device.usb
    here = isinstance(bus, LinuxBus)
    of = bus.host.nodes(usb_device)
    bound = {number: one.driver or "" if here else one.driver for number, one in of.items()}
    ttys = {number: one.tty for number, one in of.items() if one.tty}
    nodes = [*ttys.values(), *(one.wdm for one in of.values() if one.wdm)]
    seen = observe(usb_device, nodes, ROOTS) if here else Observed()
    return of_live(device, bound, drivers or bus.host.drivers(), seen, tuple(bus.host.networks(usb_device)), ttys)


# A pasted text.


def _of_text(name: str, library: Library, drivers: Drivers | None, show: Show) -> int:
    reading = read(_bytes(name))
    ours = [pasted for pasted in reading.devices if is_ours(pasted, library)]
    chosen = ours or [pasted for pasted in reading.devices if not _is_hub(pasted)]
    others = [pasted for pasted in reading.devices if pasted not in chosen]
    shown = "standard input" if name == STDIN else printable(name)
    if show.json:
        facts = {
            "lines": reading.lines,
            "understood": reading.understood,
            "forms": list(reading.forms),
            "kernel": reading.kernel or None,
            "strange": list(reading.strange),
            "cut": reading.cut,
        }
        show.emit("read", file=shown, **facts, others=[str(pasted.id or pasted) for pasted in others])
    else:
        for line in _summary(shown, reading, others):
            show.result(line)
    if not chosen:
        raise NoDevice(
            f"no USB device can be read from {shown}",
            hint="What helps most is the output of usb-devices, then dmesg, lsusb -v or lsusb -t.",
        )
    problems = 0
    for pasted in chosen:
        view = of_pasted(pasted, reading, library, drivers)
        problems += _tell(view, diagnose(view), show)
    return problems


def _bytes(name: str) -> bytes:
    try:
        if name == STDIN:
            return sys.stdin.buffer.read(MOST_BYTES + 1)
        with open(name, "rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{printable(name)}: {os.strerror(error.errno or 0).lower()}") from error


def _is_hub(pasted: Pasted) -> bool:
    """A root hub, or what lsusb -t calls a hub."""
    root = pasted.id is not None and pasted.id.vendor == 0x1D6B
    return root or any(part.cls == 0x09 or (part.triple and part.triple.cls == 0x09) for part in pasted.parts)


def _summary(shown: str, reading: Reading, others: list[Pasted]) -> Iterator[str]:
    forms = ", ".join(reading.forms) or "no form that is known"
    yield f"{shown}: {reading.understood} of {reading.lines} lines understood ({forms})"
    if reading.kernel:
        by = " (by the style of its messages)" if reading.kernel == "2.6" else ""
        yield f"  its kernel    {reading.kernel}{by}"
    for line in reading.strange:
        yield f"  not read      {line}"
    if reading.cut:
        yield "  not read      what comes after the first MiB"
    if others:
        yield f"  left out      {', '.join(str(pasted.id or pasted) for pasted in others[:8])}"


# What is shown.


def _tell(view: View, findings: list[Finding], show: Show) -> int:
    """Show a stick and what was found; how many problems."""
    if show.json:
        show.emit("stick", **_facts(view))
        for finding in findings:
            show.emit("finding", device=view.target, **finding._asdict())
    else:
        for line in lines(view, findings):
            show.result(line)
    return sum(finding.level == "problem" for finding in findings)


def _facts(view: View) -> dict[str, object]:
    profile, product = view.device.profile, view.device.product
    return {
        "port": view.target if view.target != str(view.id) else None,
        "id": str(view.id) if view.id else None,
        "mode": view.device.mode,
        "family": profile.name if profile else None,
        "names": list(product.names) if product else [],
        "networks": list(view.networks),
        "facts_from": "modules.alias" if view.drivers else TABLE_DATE,
        "interfaces": [
            {
                "number": face.number,
                "class": str(face.triple) if face.triple else None,
                "role": face.role,
                "driver": face.bound,
                "should": list(face.should),
            }
            for face in view.faces
        ],
    }


def lines(view: View, findings: list[Finding]) -> Iterator[str]:
    """A stick and what was found, for a person."""
    product = view.device.product
    strings = view.pasted.strings if view.pasted else view.device.usb.strings
    names = ", ".join(product.names) if product else " ".join(filter(None, strings[:2]))
    mode = view.device.mode or "in no mode that is known"
    yield f"{view}: {mode}{f'  ({names})' if names else ''}"
    for face in view.faces:
        yield _face_line(face)
    for finding in findings:
        yield f"  {finding.level}: {finding.text}"
        for reason in finding.why:
            yield f"      {reason}"
        for command in finding.commands:
            yield f"      $ {command}"


def _face_line(face: Face) -> str:
    bound = {"": "(none)", None: "?"}.get(face.bound, face.bound)
    wrong = face.is_wrong or face.bound in ("", None)
    should = f"  should be {' or '.join(face.should)}" if wrong and face.should and face.role != "storage" else ""
    return f"  interface {face.number}  {face.triple or '-'!s:8}  {face.role:8} {bound}{should}"
