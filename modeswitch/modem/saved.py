"""What a stick's NVRAM held before it was changed: one file a stick, which a person can read and ``restore`` reads.

The first value that is kept for a stick is the one that it came with, and the one that is put back; later ones follow
it.  Nothing is ever taken out of a file.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Mapping

from ..errors import Refused
from ..files import read_bounded
from ..printable import printable
from ..values import NamedTuple

MACHINE = "/var/lib/modeswitch"
LARGEST = 1024 * 1024
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
    """The files in one folder.  A stick is called by its IMEI where it tells it, else by its port."""

    def __init__(self, where: str | os.PathLike[str] | None = None) -> None:
        self.folder = os.fspath(where) if where is not None else folder()

    def path(self, imei: str, port: str) -> str:
        """The file of a stick; both names hold only digits, dots and a dash."""
        return os.path.join(self.folder, f"imei-{imei}.toml" if imei else f"port-{port}.toml")

    def save(self, imei: str, port: str, stick: str, name: str, value: str) -> Saved:
        """Keep one value, on the disk before this returns.  Raises :class:`Refused` where that cannot be done."""
        path = self.path(imei, port)
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        entry = {"name": name, "value": value, "when": when, "stick": stick}
        try:
            os.makedirs(self.folder, mode=0o755, exist_ok=True)
            _replace(path, (_text(path) or HEAD) + _table(entry))
        except OSError as error:
            raise Refused(
                f"{stick}: its old value {value} cannot be saved: {path}: {error.strerror}",
                hint="Nothing was written to the stick. Give another folder with --state DIR.",
            ) from error
        return Saved(name, value, when, stick, path)

    def first(self, imei: str, port: str) -> list[Saved]:
        """The value of each name that the stick came with; by its IMEI, else by its port; perhaps none.

        Raises :class:`Refused` where the file is not what was written there.
        """
        for path in dict.fromkeys((self.path(imei, port), self.path("", port))):
            found: dict[str, Saved] = {}
            for saved in _read(path):
                found.setdefault(saved.name, saved)
            if found:
                return list(found.values())
        return []


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
    fresh = f"{path}.{os.getpid()}"
    file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
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
        return [Saved(one["name"], one["value"], one["when"], one["stick"], path) for one in tables]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refused(
            f"{path}: {getattr(error, 'strerror', None) or error}",
            hint="Look at it, and write the list by hand: modeswitch ports DEVICE --set LIST --persist",
        ) from error
