"""Puts the udev rules, the unit and a first policy into a system, and takes them out again.

Every file but the policy carries a checksum of itself: what a person has changed since is neither overwritten nor
removed.

Ref: udev(7) and systemd.unit(5) for the folders.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from ..database.library import Library
from ..errors import PermissionDenied, Refused
from ..files import names as listed
from ..files import read_start
from ..usb.descriptors import Port
from ..values import NamedTuple
from . import names as portnames
from . import udevrules

LINK_FOLDER = "etc/systemd/network"
RULES_FOLDER, UNIT_FOLDER, POLICY = "etc/udev/rules.d", "etc/systemd/system", "etc/modeswitch.toml"
_SUM = "# Checksum: "
LARGEST = 1024 * 1024
"""How much of a file is compared, in bytes; what is longer was changed by a person."""

FIRST_POLICY = """\
# What shall become of which stick, for modeswitch's udev rules and service.  See: modeswitch apply --help
# The first [[stick]] that fits counts; every key that is written must fit.

# [default]
# to = "usual"          # where its family usually goes; or a mode, or "leave-alone"

# [[stick]]
# port = "1-1.4"        # also: id = "12d1:1f01", manufacturer = "…", product = "…", serial = "…"
# to = "ncm"
"""


class Done(NamedTuple):
    """What became of a file: ``written``, ``unchanged``, ``kept`` (a person changed it), ``removed``, ``absent``."""

    path: str
    what: str


def files(library: Library, *, replace_peer: bool = False) -> dict[str, str]:
    """Path below the root → text of every file that is made."""
    families = [library.family(name) for name in library.names()]
    return {
        f"{RULES_FOLDER}/{udevrules.RULES}": udevrules.rules(families, replace_peer=replace_peer),
        f"{RULES_FOLDER}/{udevrules.CDROM_RULES}": udevrules.cdrom_rules(),
        f"{UNIT_FOLDER}/{udevrules.UNIT}": udevrules.unit(sys.executable),
    }


def names(patterns: Mapping[Port, str], named: Mapping[Port, str], library: Library) -> dict[str, str]:
    """The same of the files that name the ports in ``named``; ``patterns`` are their paths in udev."""
    families = [library.family(name) for name in library.names()]
    links = {
        f"{LINK_FOLDER}/{portnames.LINK.format(name)}": portnames.link(port, name, patterns[port])
        for port, name in named.items()
    }
    rules = portnames.rules(named, patterns, families, sys.executable)
    return {**links, f"{RULES_FOLDER}/{portnames.RULES}": rules}


def names_there(root: str = "/") -> list[str]:
    """The paths of the files that name ports now, whoever changed them since."""
    folder = os.path.join(root, LINK_FOLDER)
    links = [name for name in listed(folder) if fnmatchcase(name, portnames.LINKS)]
    rules = f"{RULES_FOLDER}/{portnames.RULES}"
    return [
        *(f"{LINK_FOLDER}/{name}" for name in links),
        *([rules] if os.path.exists(os.path.join(root, rules)) else []),
    ]


def install(made: Mapping[str, str], root: str = "/") -> list[Done]:
    """Write the files, and a first policy where there is none.  Raises :class:`PermissionDenied`, :class:`Refused`."""
    done = write(made, root)
    policy = os.path.join(root, POLICY)
    if _text(policy) is None:
        _write(policy, FIRST_POLICY)
        done.append(Done(policy, "written"))
    return done


def write(made: Mapping[str, str], root: str = "/") -> list[Done]:
    """Write the files, except what a person has changed.  Raises as :func:`install`."""
    done = []
    for path, text in made.items():
        whole = os.path.join(root, path)
        had = _text(whole)
        what = "kept" if had is not None and not ours(had) else "unchanged" if had == sealed(text) else "written"
        if what == "written":
            _write(whole, sealed(text))
        done.append(Done(whole, what))
    return done


def remove(made: Iterable[str], root: str = "/") -> list[Done]:
    """Take the files out again; the policy is the owner's and stays.  Raises as :func:`install`."""
    done = []
    for path in made:
        whole = os.path.join(root, path)
        had = _text(whole)
        what = "absent" if had is None else "removed" if ours(had) else "kept"
        if what == "removed":
            try:
                os.unlink(whole)
            except OSError as error:
                raise _problem(error, whole) from error
        done.append(Done(whole, what))
    return done


def sealed(text: str) -> str:
    """A file with its checksum in the last line."""
    return f"{text}{_SUM}{hashlib.sha256(text.encode()).hexdigest()}\n"


def ours(text: str) -> bool:
    """Is it as it was made?"""
    body, mark, _ = text.rpartition(_SUM)
    return bool(mark) and sealed(body) == text


def _text(path: str) -> str | None:
    """What a file holds; None where there is none."""
    try:
        return read_start(path, LARGEST).decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _problem(error, path) from error


def _write(path: str, text: str) -> None:
    """The old file or the new one, whatever happens."""
    fresh = f"{path}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(fresh, "x", encoding="utf-8") as file:
            os.fchmod(file.fileno(), 0o644)
            file.write(text)
        os.replace(fresh, path)
    except OSError as error:
        raise _problem(error, path) from error


def _problem(error: OSError, path: str) -> PermissionDenied | Refused:
    if isinstance(error, PermissionError):
        return PermissionDenied(f"{path}: {error.strerror}", hint="Run it as root.")
    return Refused(f"{path}: {error.strerror}")
