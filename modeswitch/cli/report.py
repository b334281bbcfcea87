"""``modeswitch report``: one file for a bug report or a new profile, with what is private masked."""

from __future__ import annotations

import argparse

from .. import files
from ..doctor.report import ask, report_lines
from ..errors import PermissionDenied, Refused
from ..printable import printable
from . import doctor, setting
from .show import Show

STDOUT = "-"


def run(arguments: argparse.Namespace, show: Show) -> int:
    """Write the report of one stick; an existing file is never overwritten."""
    text, port, usb_id = _report(arguments, show)
    name = arguments.output or f"modeswitch-report-{port}.txt"
    if name != STDOUT:
        _write(name, text)
    if show.json:
        result = {"text": text} if name == STDOUT else {"file": name}
        show.emit("done", result="report", port=port, id=usb_id, **result)
    elif name == STDOUT:
        for line in text.splitlines():
            show.result(line)
    else:
        show.result(f"{port}: {name} written; look through it before you send it to anybody")
    return 0


def _report(arguments: argparse.Namespace, show: Show) -> tuple[str, str, str]:
    """The text of the report, and the stick's port and id."""
    with setting.bus(arguments) as bus:
        library = setting.library(arguments)
        (device,) = setting.sticks(arguments, bus, library)
        show.port = str(device.port)
        answers = None
        if arguments.talk:
            on_event = show.tell if show.verbose else show.tell_waiting
            answers = ask(device, bus, library, timeout=arguments.timeout, take=arguments.take, on_event=on_event)
        lines = report_lines(device, bus, library, roots=doctor.ROOTS, answers=answers, tried=arguments.tried)
        return "".join(f"{line}\n" for line in lines), str(device.port), str(device.id)


def _write(name: str, text: str) -> None:
    """A new file that only its owner may read, whole or not at all."""
    try:
        files.write_new(name, text, mode=0o600)
    except FileExistsError as error:
        raise Refused(f"{printable(name)} is there already", hint="Name another: --output FILE") from error
    except PermissionError as error:
        raise PermissionDenied(f"{printable(name)}: permission denied", hint="Name another: --output FILE") from error
    except OSError as error:
        raise Refused(f"{printable(name)}: {error.strerror}", hint="Name another: --output FILE") from error
