"""What a parser is to the fuzzer: how it is run to what it shows, on what seeds, and how often."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

from modeswitch.cli import main
from modeswitch.errors import ModeswitchError

TESTS = Path(__file__).parent.parent
PART = b"\x1e"
"""What parts an input that is made of several: answers, files, words."""


class Outcome(NamedTuple):
    """The exit status (0 where no command was run), what was shown, and the commands that were advised."""

    status: int
    shown: str
    commands: tuple[str, ...] = ()


class Parser(NamedTuple):
    """What is run with an input and a folder of its own, on what seeds; ``inputs`` are so many in CI."""

    run: Callable[[bytes, Path], Outcome]
    seeds: tuple[bytes, ...]
    inputs: int


def said(*words: str) -> Outcome:
    """A whole command, in this process."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            status = main([*words])
        except SystemExit as leaving:  # --help
            status = int(leaving.code or 0)
    return Outcome(status, out.getvalue() + err.getvalue())


def told(*calls: Callable[[], object]) -> Outcome:
    """What functions return, or the errors of ours that they raise."""
    shown = []
    for call in calls:
        try:
            found = call()
        except ModeswitchError as error:
            shown.append(str(error))
        else:
            shown.append(found if isinstance(found, str) else repr(found))
    return Outcome(0, "\n".join(shown))


def parts(raw: bytes, most: int) -> list[bytes]:
    """The parts of an input, exactly so many; what lacks is empty."""
    found = raw.split(PART, most - 1)
    return found + [b""] * (most - len(found))


def text(raw: bytes) -> str:
    """Bytes as Python gives those of arguments and of file names."""
    return raw.decode("utf-8", "surrogateescape")


@contextmanager
def replaced(owner: Any, name: str, value: object) -> Iterator[None]:
    """Something of a module or class is another thing meanwhile."""
    old = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, old)


def files(*folders: str, most: int = 16_000) -> tuple[bytes, ...]:
    """The beginnings of all files in folders of the tests."""
    paths = [path for folder in folders for path in sorted((TESTS / folder).iterdir()) if path.is_file()]
    return tuple(path.read_bytes()[:most] for path in paths)
