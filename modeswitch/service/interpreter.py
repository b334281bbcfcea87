"""The Python that a service runs as root: does the service see it, has it modeswitch, can nobody else change it?

It is asked itself, as the service will call it (``-I``), so that a checkout, PYTHONPATH and packages of a user count
for nothing.  Everything that is passed on the way to a file counts: folders, links, and what the links lead to.

Ref: systemd.exec(5), ProtectHome and PrivateTmp; python(1), -I; site, pyvenv.cfg and ``.pth`` files.
"""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Iterable, Iterator

from .. import files
from ..errors import Refused
from ..linux import programs
from ..printable import printable
from ..values import NamedTuple
from .quoting import check_path

HIDDEN = ("/home", "/root", "/run/user", "/tmp", "/var/tmp")
"""The folders that are empty for our services."""
NEEDED = ("modeswitch", "usb", "construct", "serial")
"""What the interpreter must be able to import."""
WANTED = ("modeswitch.profiles", "libusb_package", "huawei_lte_api")
"""What it imports where it is there."""
LEAST = (3, 11)
"""The oldest Python that runs modeswitch."""
LINKS = 40
"""How many symbolic links the kernel follows on the way to one file."""
SECONDS = 30.0
"""How long the interpreter may take to answer."""
WAYS = (
    "Install it where only root writes: sudo pipx install --global modeswitch (pipx 1.5); or the .deb; "
    "or a venv in /opt: sudo python3 -m venv /opt/modeswitch && sudo /opt/modeswitch/bin/pip install modeswitch.  "
    "Then: sudo PATH/modeswitch udev install, with the PATH of that one"
)
_ASK = f"""
import json, sys
from importlib.util import find_spec
found = {{}}
for name in {(*NEEDED, *WANTED)!r}:
    try:
        spec = find_spec(name)
    except ImportError:
        spec = None
    if spec is not None:
        found[name] = list(spec.submodule_search_locations or [spec.origin])
print(json.dumps([sys.version_info[:2], [sys.prefix, sys.base_prefix], sys.path, found]))
"""


class Installation(NamedTuple):
    """What an interpreter runs when a service calls it; ``packages`` is module → its folders."""

    python: str
    version: tuple[int, int]
    prefixes: tuple[str, ...]
    search: tuple[str, ...]
    packages: dict[str, tuple[str, ...]]

    @property
    def folders(self) -> list[str]:
        """Where it has its packages: what it does not know without its ``site``."""
        found = (os.path.dirname(folder) for name in NEEDED for folder in self.packages.get(name, ()))
        added = (folder for folder in self.search if folder.endswith(("/site-packages", "/dist-packages")))
        return _once((*found, *added))


def check(python: str) -> list[str]:
    """The folders of its packages; raises :class:`~modeswitch.errors.Refused` where no service can or may run it."""
    check_path(python)
    check_seen(python)
    check_owned(python)
    found = installation(python)
    if found.version < LEAST:
        raise Refused(
            f"{printable(python)} is Python {'.'.join(map(str, found.version))}; modeswitch needs 3.11", hint=WAYS
        )
    for name in NEEDED:
        if name not in found.packages:
            here = f"; the modeswitch that runs now is in {_here()}" if name == "modeswitch" else ""
            raise Refused(f"{printable(python)} -I, as services call it, finds no package {name}{here}", hint=WAYS)
    folders = [folder for named in found.packages.values() for folder in named]
    for path in _once((*found.prefixes, *found.search, *folders)):
        if path.startswith("/") and os.path.lexists(path):
            check_seen(path)
            check_owned(path)
    for path in (*_started(found), *_inside(folders)):
        _check_owner(path)
        if os.path.islink(path):
            check_seen(path)
            check_owned(path)
    return found.folders


def folders_of(python: str) -> list[str]:
    """The folders of its packages, whether or not a service may run it; none where it does not answer."""
    try:
        return installation(python).folders
    except Refused:
        return []


def check_named(python: str) -> str:
    """The interpreter of another system, of which only the path is known.

    Raises :class:`~modeswitch.errors.Refused` where a unit cannot name that path, or a service not see it.
    """
    check_path(python)
    folder = next((folder for folder in HIDDEN if f"{os.path.normpath(python)}/".startswith(f"{folder}/")), None)
    if folder:
        raise _hidden(python, folder)
    return python


def check_seen(path: str) -> None:
    """Raise :class:`~modeswitch.errors.Refused` where something on the way to ``path`` is hidden from a service."""
    hidden = _once((*HIDDEN, *map(os.path.realpath, HIDDEN)))
    for passed in passed_by(path):
        for folder in hidden:
            if passed == folder or passed.startswith(f"{folder}/"):
                whole = os.path.realpath(path)
                raise _hidden(path, folder, "" if whole == path else f", which is {printable(whole)}")


def check_owned(path: str) -> None:
    """Raise :class:`~modeswitch.errors.Refused` where another than root may change what ``path`` leads to."""
    for passed in passed_by(path):
        _check_owner(passed)


def passed_by(path: str) -> list[str]:
    """Every folder, link and file that is passed on the way to a path, the last one included; links are followed.

    Raises :class:`~modeswitch.errors.Refused` where links lead in a circle.
    """
    passed, here, links = ["/"], "/", 0
    rest = path.split("/")[::-1]
    while rest:
        word = rest.pop()
        if word in ("", "."):
            continue
        if word == "..":
            here = os.path.dirname(here)
            continue
        whole = os.path.join(here, word)
        passed.append(whole)
        target = files.link(whole)
        links += bool(target)
        if links > LINKS:
            raise Refused(f"{printable(path)}: its links lead in a circle", hint=WAYS)
        if target.startswith("/"):
            here = "/"
        rest += target.split("/")[::-1]
        here = here if target else whole
    return passed


def installation(python: str) -> Installation:
    """Ask an interpreter what it would run.  Raises :class:`~modeswitch.errors.Refused` where it does not answer."""
    try:
        said = programs.run(python, "-I", "-B", "-c", _ASK, seconds=SECONDS)
        version, prefixes, search, packages = json.loads(said.out.splitlines()[-1])
        named = {str(name): tuple(map(str, folders)) for name, folders in packages.items()}
        numbers = (int(version[0]), int(version[1]))
        return Installation(python, numbers, tuple(map(str, prefixes)), tuple(map(str, search)), named)
    except OSError as error:
        raise Refused(f"{printable(python)}: {error.strerror}", hint=WAYS) from error
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        complaint = said.complaint or "it said nothing"
        raise Refused(f"{printable(python)} does not work as Python: {complaint}", hint=WAYS) from error


def _hidden(path: str, folder: str, by: str = "") -> Refused:
    return Refused(f"a service could not see {printable(path)}{by}: {folder} is hidden from it", hint=WAYS)


def _check_owner(path: str) -> None:
    try:
        why = changeable(path)
    except OSError as error:
        raise Refused(f"{printable(path)}: {error.strerror}", hint=WAYS) from error
    if why:
        raise Refused(f"{printable(path)} {why}, and a service would run it as root", hint=WAYS)


def changeable(path: str, *, only_passed: bool = False) -> str:
    """Why another than root may change what stands there; empty where none may.  Raises :class:`OSError`.

    Who may change a link is a matter of its folder.  ``only_passed``: of a folder one entry of root's counts, which in
    /tmp only root can move.
    """
    found = os.lstat(path)
    if stat.S_ISLNK(found.st_mode):
        return ""
    if found.st_uid != 0:
        return f"belongs to another user than root (uid {found.st_uid})"
    if not found.st_mode & 0o022 or (only_passed and stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX):
        return ""
    return f"may be written by {'all' if found.st_mode & 0o002 else f'its group (gid {found.st_gid})'}"


def _started(found: Installation) -> Iterator[str]:
    """The files that Python acts upon at its start: a venv's ``pyvenv.cfg``, and ``.pth`` files."""
    yield from filter(os.path.exists, (os.path.join(prefix, "pyvenv.cfg") for prefix in found.prefixes))
    for folder in found.search:
        yield from (os.path.join(folder, name) for name in files.names(folder) if name.endswith(".pth"))


def _inside(folders: Iterable[str]) -> Iterator[str]:
    """Every folder and file of these packages."""
    for folder in folders:
        for at, names, others in os.walk(folder):
            yield from (os.path.join(at, name) for name in (*names, *others))


def _once(paths: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(paths))


def _here() -> str:
    return printable(os.path.dirname(os.path.abspath(sys.modules[__package__.partition(".")[0]].__file__ or "")))
