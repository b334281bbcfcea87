"""What a stick's NVRAM held before it was changed: one file a stick, which a person can read and ``restore`` reads.

The first value that is kept for a stick is the one that it came with, and the one that is put back; later ones follow
it.  Nothing is ever taken out of a file.  One writer at a time is at the folder, among threads and processes.

Ref: flock(2): each open file has its own lock, so that threads exclude each other, too; rename(2).
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from ..errors import Refused
from ..files import read_bounded
from ..printable import printable
from ..values import NamedTuple

MACHINE = "/var/lib/modeswitch"
LARGEST = 1024 * 1024
PATIENCE = 10.0
"""How long another writer is waited for, in seconds: it writes one small file."""
HEAD = """\
# What this stick's NVRAM held before modeswitch changed it, the oldest first.
# The first value of each name is put back by: modeswitch restore DEVICE

"""


class Saved(NamedTuple):
    """A value as it was kept: its name (``SETPORT``, ``U2DIAG``), when (UTC), of which stick, and the file."""

    name: str
    value: str
    when: str
    stick: str
    file: str


def folder() -> str:
    """Where the files are: systemd's choice, the machine's folder for root, else the user's own."""
    chosen = os.environ.get("STATE_DIRECTORY", "").partition(":")[0]
    if chosen:
        return chosen
    if not hasattr(os, "geteuid") or os.geteuid() == 0:
        return MACHINE
    home = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return os.path.join(home, "modeswitch")


class Store:
    """The files in one folder.  ``key`` is what a stick is called there, of letters, digits, dots, dashes and colons.

    Ref: :class:`modeswitch.modem.nvram.Owner`.
    """

    def __init__(self, where: str | os.PathLike[str] | None = None) -> None:
        self.folder = os.fspath(where) if where is not None else folder()

    def path(self, key: str) -> str:
        """The file of a stick."""
        return os.path.join(self.folder, f"{key}.toml")

    def save(self, key: str, stick: str, name: str, value: str) -> Saved:
        """Keep one value, on the disk before this returns.

        Raises :class:`Refused` where that cannot be done; it has the fact ``unsaved``.
        """
        path = self.path(key)
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        entry = {"name": name, "value": value, "when": when, "stick": stick}
        try:
            os.makedirs(self.folder, mode=0o755, exist_ok=True)
            with _alone(self.folder):
                _replace(path, (_text(path) or HEAD) + _table(entry))
        except OSError as error:
            raise Refused(
                f"{stick}: its old value {value} cannot be saved: {path}: {error.strerror}",
                hint="Nothing was written to the stick. Give another folder with --state DIR.",
                unsaved=path,
            ) from error
        return Saved(name, value, when, stick, path)

    def first(self, key: str) -> list[Saved]:
        """The value of each name that the stick came with; perhaps none.

        Raises :class:`Refused` where the file is not what was written there.
        """
        found: dict[str, Saved] = {}
        for saved in _read(self.path(key)):
            found.setdefault(saved.name, saved)
        return list(found.values())


@contextmanager
def _alone(folder: str) -> Iterator[None]:
    """Within it no other thread or process is; a folder where no lock can be had is used without.  Raises OSError."""
    import fcntl

    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    file = os.open(os.path.join(folder, ".lock"), flags, 0o600)
    try:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= end:
                    raise OSError(errno.EBUSY, "another process holds the folder's lock") from None
                time.sleep(0.01)
        yield
    finally:
        os.close(file)


def _table(entry: Mapping[str, str]) -> str:
    """One ``[[saved]]`` table of TOML, whose strings are JSON's for what is printable ASCII."""
    import json

    lines = [f"{key} = {json.dumps(printable(text))}" for key, text in entry.items()]
    return "[[saved]]\n" + "\n".join(lines) + "\n\n"


def _text(path: str) -> str:
    """What the file holds, empty where there is none.  Raises :class:`OSError`, also where it is not UTF-8."""
    try:
        return read_bounded(path, LARGEST).decode("utf-8")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        raise OSError(errno.EILSEQ, f"not UTF-8 at byte {error.start}") from error


def _replace(path: str, text: str) -> None:
    """Write a file so that there is the old one or the new one, whatever happens; only its owner may read it."""
    import tempfile

    file, fresh = tempfile.mkstemp(prefix=f"{os.path.basename(path)}.", dir=os.path.dirname(path))
    try:
        with os.fdopen(file, "w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        os.replace(fresh, path)
    except OSError:
        os.unlink(fresh)
        raise
    directory = os.open(os.path.dirname(path), os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _read(path: str) -> list[Saved]:
    import tomllib

    try:
        tables = tomllib.loads(_text(path)).get("saved", [])
        return [_saved(one, path) for one in tables]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise Refused(
            f"{path}: {getattr(error, 'strerror', None) or error}",
            hint="Look at it, and write the list by hand: modeswitch ports DEVICE --set LIST --persist",
        ) from error


def _saved(table: Mapping[str, object], path: str) -> Saved:
    return Saved(_string(table, "name"), _string(table, "value"), _string(table, "when"), _string(table, "stick"), path)


def _string(table: Mapping[str, object], key: str) -> str:
    text = table[key]
    if not isinstance(text, str):
        raise TypeError(f"{key} is no string")
    return text
