"""What a stick's NVRAM held before it was changed: one file a stick, which a person can read and ``restore`` reads.

The first value that is kept for a stick is the one that it came with, and the one that is put back; later ones follow
it.  Nothing is ever taken out of a file.  A value is believed of the stick that it was saved of, and of no other.  One
writer at a time is at the folder, among threads and processes.

Ref: flock(2): each open file has its own lock, so that threads exclude each other, too; rename(2).
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from ..errors import Refused, UsageError
from ..files import make_folder, names, read_bounded, write_whole
from ..printable import printable
from ..toml import read_toml
from ..values import NamedTuple
from .owner import Owner
from .ports import PortList

SETPORT, U2DIAG = "SETPORT", "U2DIAG"
"""The names under which values are saved."""
MACHINE = "/var/lib/modeswitch"
TOLD = ("model", "firmware")
"""What a stick may not tell of itself: left out of the file then."""
LARGEST = 1024 * 1024
PATIENCE = 10.0
"""How long another writer is waited for, in seconds: it writes one small file."""
NOT_WRITTEN = "Nothing was written to the stick. Put the file right, or give another folder with --state DIR."
HEAD = """\
# What this stick's NVRAM held before modeswitch changed it, the oldest first.
# The first value of each name is put back by: modeswitch restore DEVICE

"""


class Saved(NamedTuple):
    """A value as it was kept: its name (``SETPORT``, ``U2DIAG``), when (UTC), of which stick, and the file.

    ``stick`` is its id and port then; ``model`` and ``firmware`` are empty where it did not tell them.
    """

    name: str
    value: str
    when: str
    stick: str
    file: str
    model: str = ""
    firmware: str = ""

    @property
    def whose(self) -> str:
        """The stick that it was saved of, for a person: ``12d1:1506 at 1-1 (E3372, firmware 21.200)``."""
        told = ", ".join(filter(None, (self.model, f"firmware {self.firmware}" if self.firmware else "")))
        return f"{self.stick} ({told})" if told else self.stick


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
    """The files in one folder, one a stick; its name is the owner's key."""

    def __init__(self, where: str | os.PathLike[str] | None = None) -> None:
        self.folder = os.fspath(where) if where is not None else folder()

    def path(self, owner: Owner) -> str:
        """The file of a stick."""
        return os.path.join(self.folder, f"{owner.key}.toml")

    def save(self, owner: Owner, name: str, value: str) -> Saved:
        """Keep one value, on the disk before this returns.

        Raises :class:`Refused` where that cannot be done, or the file could not be read again; it has the fact
        ``unsaved``.
        """
        path = self.path(owner)
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        saved = Saved(name, value, when, owner.shown, path, owner.model, owner.firmware)
        entry = {key: text for key, text in saved._asdict().items() if key != "file" and (text or key not in TOLD)}
        try:
            make_folder(self.folder)
            with _alone(self.folder):
                text = _text(path) or HEAD
                text += ("" if text.endswith("\n") else "\n") + _table(entry)
                read_toml(text)
                _replace(path, text)
        except (OSError, ValueError) as error:
            where = getattr(error, "filename", None) or path
            raise Refused(
                f"{owner.shown}: its old value {value} cannot be saved: {where}: {_reason(error)}",
                hint=NOT_WRITTEN,
                unsaved=path,
            ) from error
        return saved

    def first(self, owner: Owner) -> list[Saved]:
        """The value of each name that this very stick came with; perhaps none.

        Raises :class:`Refused` where the file is not what was written there.
        """
        found: dict[str, Saved] = {}
        if owner.is_known:
            for saved in _read(self.path(owner)):
                if _same_model(saved, owner):
                    found.setdefault(saved.name, saved)
        return list(found.values())

    def of_others(self, owner: Owner) -> list[Saved]:
        """What was saved at its place, or under its IMEI, that is not known to be its own: the first of each name.

        Files that cannot be read are passed over.
        """
        at_its_place = (f"port-{owner.place}-", f"port-{owner.place}.toml")
        found: dict[tuple[str, str, str], Saved] = {}
        whole = (one for one in names(self.folder) if one.startswith(at_its_place) and one.endswith(".toml"))
        for name in (f"{owner.key}.toml", *whole):
            try:
                entries = _read(os.path.join(self.folder, name))
            except Refused:
                continue
            for saved in entries:
                if name != f"{owner.key}.toml" or not owner.is_known or not _same_model(saved, owner):
                    found.setdefault((saved.name, saved.whose, saved.file), saved)
        return list(found.values())


def _same_model(saved: Saved, owner: Owner) -> bool:
    """One IMEI with two models is a copied one.  What tells no model is believed."""
    return not saved.model or not owner.model or saved.model == owner.model


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
    """Write a file that only its owner may read, and that can be read again.  Raises :class:`OSError`."""
    raw = text.encode("utf-8")
    if len(raw) > LARGEST:
        raise OSError(errno.EFBIG, f"it would be larger than {LARGEST} bytes")
    write_whole(path, raw, mode=0o600, durable=True)


def _read(path: str) -> list[Saved]:
    """What a file holds, checked: people edit it.  Raises :class:`Refused`."""
    try:
        tables = read_toml(_text(path)).get("saved", [])
        if not isinstance(tables, list):
            raise ValueError("saved is no list of tables")
        return [_saved(table, path, number) for number, table in enumerate(tables, 1)]
    except (OSError, ValueError) as error:
        raise Refused(
            f"{path}: {_reason(error)}",
            hint="Put it right, or move it away. A list can be written by hand: "
            "modeswitch ports DEVICE --set LIST --persist",
        ) from error


def _reason(error: OSError | ValueError) -> str:
    return printable(getattr(error, "strerror", None) or str(error))


def _saved(table: object, path: str, number: int) -> Saved:
    """One ``[[saved]]`` table.  Raises :class:`ValueError`, which says what is wrong with which one."""
    where = f"saved value {number}"
    if not isinstance(table, dict):
        raise ValueError(f"{where} is no table")
    lacking = [key for key in ("name", "value", "when", "stick") if key not in table]
    if lacking:
        raise ValueError(f"{where} has no {lacking[0]}")
    texts = {key: table.get(key, "") for key in Saved._fields if key != "file"}
    for key, text in texts.items():
        if not isinstance(text, str):
            raise ValueError(f"{where}: its {key} is no string")
    name, value = texts["name"], texts["value"]
    check = _CHECKS.get(name)
    if check is None:
        raise ValueError(f"{where}: {printable(name, 40)!r} is no name of a value ({', '.join(_CHECKS)})")
    try:
        check(value)
    except (UsageError, ValueError) as error:
        raise ValueError(f"{name} = {printable(value, 60)!r} is no value that a stick has") from error
    return Saved(**{key: printable(text) for key, text in texts.items()}, file=path)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5):
        raise ValueError("no number")
    return int(text)


_CHECKS: dict[str, Callable[[str], object]] = {SETPORT: PortList.parse, U2DIAG: _number}
"""Name of a value → what raises where a text is none."""
