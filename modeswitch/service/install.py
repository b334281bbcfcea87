"""Writes the udev rules, the units and a first policy into a system, and removes them again.

In /etc every file but the policy ends with a checksum of itself: one that a person has changed since is neither
overwritten nor removed.  A package has its files in /usr/lib, where a file of the same name in /etc takes their place.

Ref: udev(7) and systemd.unit(5) for the folders.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

from .. import files
from ..database.library import Library
from ..errors import PermissionDenied, Refused
from ..usb.descriptors import Port
from ..values import NamedTuple
from . import names as portnames
from . import udevrules, units
from .udevrules import MARK

LINK_FOLDER = "etc/systemd/network"
RULES_FOLDER, UNIT_FOLDER, POLICY = "etc/udev/rules.d", "etc/systemd/system", "etc/modeswitch.toml"
FORMER_FILES = tuple(f"{UNIT_FOLDER}/{name}" for name in ("modeswitch@.service", "modeswitch-watch.service"))
"""What an earlier version has written, and this one removes."""
VENDOR_FOLDERS = {RULES_FOLDER: "usr/lib/udev/rules.d", UNIT_FOLDER: "usr/lib/systemd/system"}
"""Where a package puts what is the system's own in /etc."""
VENDOR_MARK = "# Made by: modeswitch udev files.  A file of this name in /etc takes the place of this one."
RUN_RULES_FOLDER = "run/udev/rules.d"
SERVICE_FILES = (
    f"{RULES_FOLDER}/{udevrules.RULES_FILE}",
    f"{RULES_FOLDER}/{udevrules.CDROM_RULES_FILE}",
    f"{UNIT_FOLDER}/{units.UNIT}",
)
"""The paths below the root of what switches sticks when udev sees them."""
_CHECKSUM = "# Checksum: "
LARGEST = 1024 * 1024
"""How much of a file is compared, in bytes; what is longer was changed by a person."""

FIRST_POLICY = """\
# To which mode modeswitch's udev rules and service switch which stick.  See: modeswitch apply --help
# The first [[stick]] that fits counts; every key that is written must fit.

# [default]
# to = "usual"          # the mode its family usually goes to; or another mode, or "leave-alone"

# [[stick]]
# port = "1-1.4"        # also: id = "12d1:1f01", manufacturer = "…", product = "…", serial = "…"
# to = "ncm"
"""


class FileResult(NamedTuple):
    """What was done with a file; ``result`` is ``written``, ``unchanged``, ``removed``, ``absent``, or ``kept``.

    A file is kept where a person has changed it since it was written.
    """

    path: str
    result: str


def service_files(
    library: Library,
    python: str,
    folders: Sequence[str] = (),
    *,
    replace_usb_modeswitch: bool = False,
    resident: bool = False,
    network: bool = False,
) -> dict[str, str]:
    """The rules and the unit that switch sticks: path below the root → text.

    ``python`` is the interpreter that has modeswitch, in ``folders``; ``replace_usb_modeswitch`` takes the products
    that are known here from usb_modeswitch's rules.  A ``resident`` service is started with the system and stays; with
    ``network`` it has what the policy's further wishes need.  Raises :class:`Refused` where a unit cannot name that
    interpreter.
    """
    families = [library.family(name) for name in library.names()]
    rules = udevrules.switch_rules(families, replace_usb_modeswitch=replace_usb_modeswitch)
    unit = units.service_unit(python, folders, resident=resident, network=network)
    return dict(zip(SERVICE_FILES, (rules, udevrules.cdrom_rules(), unit), strict=True))


def vendor_files(made: Mapping[str, str]) -> dict[str, str]:
    """The same files where a package has them, and the first policy, which is the owner's."""
    moved = {}
    for path, text in made.items():
        folder, _, name = path.rpartition("/")
        moved[f"{VENDOR_FOLDERS.get(folder, folder)}/{name}"] = text.replace(MARK, VENDOR_MARK)
    return {**moved, POLICY: FIRST_POLICY}


def name_files(
    patterns: Mapping[Port, str], named: Mapping[Port, str], library: Library, python: str
) -> dict[str, str]:
    """The files that give what is in a port a lasting name: path below the root → text.

    ``named`` is port → name, ``patterns`` port → path in udev (:func:`~modeswitch.service.names.udev_path`), ``python``
    the interpreter that udev asks.  Raises :class:`Refused` where a rule cannot name it.
    """
    families = [library.family(name) for name in library.names()]
    links = {
        f"{LINK_FOLDER}/{portnames.LINK_FILE.format(name)}": portnames.link_file(port, name, patterns[port])
        for port, name in named.items()
    }
    rules = portnames.tty_rules(named, patterns, families, python)
    return {**links, f"{RULES_FOLDER}/{portnames.RULES_FILE}": rules}


def ignore_files(patterns: Mapping[Port, str], *, until_reboot: bool = False) -> dict[str, str]:
    """The files by which ModemManager leaves ports alone: path below the root → text.

    ``patterns`` is port → path in udev; with ``until_reboot`` they are in /run, and end with the system.
    """
    folder = RUN_RULES_FOLDER if until_reboot else RULES_FOLDER
    return {
        f"{folder}/{portnames.IGNORE_FILE.format(str(port).replace('.', '-'))}": portnames.ignore_rules(port, pattern)
        for port, pattern in patterns.items()
    }


def installed_ignore_files(root: str = "/") -> list[str]:
    """The paths below the root of those of them that are installed, also of those that a person has changed."""
    return [
        f"{folder}/{name}"
        for folder in (RULES_FOLDER, RUN_RULES_FOLDER)
        for name in files.names(os.path.join(root, folder))
        if fnmatchcase(name, portnames.IGNORE_FILES)
    ]


def installed_name_files(root: str = "/") -> list[str]:
    """The paths below the root of the name files that are installed, also of those that a person has changed."""
    folder = os.path.join(root, LINK_FOLDER)
    links = [name for name in files.names(folder) if fnmatchcase(name, portnames.LINK_FILES)]
    rules = f"{RULES_FOLDER}/{portnames.RULES_FILE}"
    return [
        *(f"{LINK_FOLDER}/{name}" for name in links),
        *([rules] if os.path.exists(os.path.join(root, rules)) else []),
    ]


def install(made: Mapping[str, str], root: str = "/") -> list[FileResult]:
    """Write the files, and a first policy where there is none.  Raises :class:`PermissionDenied`, :class:`Refused`."""
    done = write(made, root)
    policy = os.path.join(root, POLICY)
    if _text(policy) is None:
        _write(policy, FIRST_POLICY)
        done.append(FileResult(policy, "written"))
    return done


def pack(made: Mapping[str, str], root: str) -> list[FileResult]:
    """Write the files of a package below ``root``, whatever is there, except a policy.  Raises as :func:`install`."""
    done = []
    for path, text in made.items():
        whole = os.path.join(root, path)
        result = "unchanged" if path == POLICY and os.path.lexists(whole) else "written"
        if result == "written":
            _write(whole, text)
        done.append(FileResult(whole, result))
    return done


def write(made: Mapping[str, str], root: str = "/") -> list[FileResult]:
    """Write the files, except what a person has changed.  Raises as :func:`install`."""
    done = []
    for path, text in made.items():
        whole = os.path.join(root, path)
        wanted, found = with_checksum(text), _text(whole)
        changed = found is not None and not is_unchanged(found)
        result = "kept" if changed else "unchanged" if found == wanted else "written"
        if result == "written":
            _write(whole, wanted)
        done.append(FileResult(whole, result))
    return done


def remove(made: Iterable[str], root: str = "/") -> list[FileResult]:
    """Remove the files; the policy is the owner's and stays.  Raises as :func:`install`."""
    done = []
    for path in made:
        whole = os.path.join(root, path)
        found = _text(whole)
        result = "absent" if found is None else "removed" if is_unchanged(found) else "kept"
        if result == "removed":
            try:
                os.unlink(whole)
            except OSError as error:
                raise _problem(error, whole) from error
        done.append(FileResult(whole, result))
    return done


def with_checksum(text: str) -> str:
    """The text of a file, with a last line that holds the checksum of the others."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
    return f"{text}{_CHECKSUM}{digest}\n"


def is_unchanged(text: str) -> bool:
    """Has nobody changed this file since it was written?"""
    body, mark, _ = text.rpartition(_CHECKSUM)
    return bool(mark) and with_checksum(body) == text


def _text(path: str) -> str | None:
    """What a file holds; None where there is none."""
    try:
        return files.read_start(path, LARGEST).decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _problem(error, path) from error


def _write(path: str, text: str) -> None:
    """On the disk before this returns: half of a file would be one that a person has changed, and be kept for ever."""
    try:
        files.make_folder(os.path.dirname(path))
        files.write_whole(path, text.encode("utf-8"), durable=True)
    except OSError as error:
        raise _problem(error, path) from error


def _problem(error: OSError, path: str) -> PermissionDenied | Refused:
    if isinstance(error, PermissionError):
        return PermissionDenied(f"{path}: {error.strerror}", hint="Run it as root.")
    return Refused(f"{path}: {error.strerror}")
