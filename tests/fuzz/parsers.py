"""What is fuzzed: each parser that reads what others wrote, with its seeds and how it is run to its printed lines."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

from modeswitch.cli import main
from tests.doctor.test_field import SHORT

TESTS = Path(__file__).parent.parent


class Outcome(NamedTuple):
    """The exit status, what was printed, and the commands that were advised."""

    status: int
    shown: str
    commands: tuple[str, ...] = ()


class Parser(NamedTuple):
    """What is run with a file of the input, on what seeds."""

    run: Callable[[Path], Outcome]
    seeds: tuple[bytes, ...]


def _files(*folders: str) -> tuple[bytes, ...]:
    paths = [path for folder in folders for path in sorted((TESTS / folder).iterdir()) if path.is_file()]
    return tuple(path.read_bytes()[:16_000] for path in paths)


def _said(*words: str) -> Outcome:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = main([*words])
    return Outcome(status, out.getvalue() + err.getvalue())


def doctor(path: Path) -> Outcome:
    """Both forms of what is found; the commands are those of the JSON form, and nothing that the text lacks."""
    text, data = _said("doctor", str(path)), _said("doctor", "--json", str(path))
    assert text.status == data.status
    events = [json.loads(line) for line in data.shown.splitlines()]
    commands = [command for event in events for command in event.get("commands", ())]
    return Outcome(text.status, text.shown + data.shown, tuple(commands))


def profiles_import(path: Path) -> Outcome:
    return _said("profiles", "import", str(path))


def explain(path: Path) -> Outcome:
    return _said("explain", path.read_bytes()[:4000].decode("latin-1").replace("\0", ""))


def _messages() -> tuple[bytes, ...]:
    return (
        b"55534243123456780000000000000011062000000101000100000000000000",
        b"5553425312345678000000000000",
        b"0003010000000000",
        b"70000500000000180000000000000000000",
        b"1b0000000200",
    )


PARSERS: dict[str, Parser] = {
    "doctor": Parser(doctor, (*_files("captures", "doctor/field"), *(text.encode() for text, _ in SHORT.values()))),
    "import": Parser(profiles_import, _files("importers/field")),
    "explain": Parser(explain, _messages()),
}
"""Another parser is one line here."""
