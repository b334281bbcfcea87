"""Where profiles are, which one wins, and the families that know an id.

Shipped profiles are compiled: ``profiles/*.toml`` and ``profiles/imported/*.toml`` are the source, what runs is
``profiles/compiled.txt`` (see ``shipped.py``).  A user's own profiles are read from TOML; one with a shipped file's
name takes its place, one with a shipped id wins with a notice.
"""

from __future__ import annotations

import os
from _thread import allocate_lock
from collections.abc import Sequence

from ..errors import ProfileError
from ..usb.descriptors import UsbId
from .profile import Profile
from .shipped import Shipped

USER_DIRECTORY = "/etc/modeswitch/profiles"

IMPORTED = "imported"
"""The folder, within that of the shipped profiles, of those that were drafted from usb-modeswitch-data."""

Folder = str | os.PathLike[str]


def shipped_directory() -> str:
    """The folder of the shipped profiles: within the package when installed, beside it in a checkout."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    inside = os.path.join(package, "profiles")
    return inside if os.path.isdir(inside) else os.path.join(os.path.dirname(package), "profiles")


def user_directories() -> list[str]:
    """Where a user's profiles are looked for: the machine's folder, and the user's own unless that user is root."""
    found = [USER_DIRECTORY]
    if hasattr(os, "geteuid") and os.geteuid() != 0:
        home = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
        found.insert(0, os.path.join(home, "modeswitch", "profiles"))
    return found


class Library:
    """All profiles of this machine; ``user`` are the folders of the user's own, the first wins.

    ``problems`` holds the errors of user profiles that could not be read and notices of ids that they took over; it
    is filled as files are read and ids asked for.  A shipped profile that is broken raises.
    """

    def __init__(self, shipped: Folder | None = None, user: Sequence[Folder] | None = None) -> None:
        self._folder = os.fspath(shipped or shipped_directory())
        self._shipped = Shipped(self._folder)
        self._directories = [os.fspath(folder) for folder in (user_directories() if user is None else user)]
        self._reading = allocate_lock()
        """Each port has its thread, and whoever asks meanwhile waits for what is read."""
        self._own: dict[str, Profile | ProfileError] | None = None
        self._paths: dict[str, str] = {}
        self._loaded: dict[str, Profile] = {}
        self._noted: set[tuple[str, UsbId]] = set()
        self.problems: list[ProfileError] = []

    def families(self, usb: UsbId) -> list[Profile]:
        """The families that know this id, a user's before the shipped, each in alphabetical order; perhaps none.

        Raises :class:`ProfileError` when a broken profile of the user's names this id or stands in for a family that
        does: guessing past it would do something else than its author wanted.
        """
        own = self._users()
        shipped = self._shipped.knowing(usb)
        for name, profile in own.items():
            if isinstance(profile, ProfileError) and (name in shipped or str(usb) in _mentioned(self._paths[name])):
                raise profile
        mine = [profile for profile in own.values() if isinstance(profile, Profile) and profile.product(usb)]
        others = [name for name in shipped if name not in own]
        for profile in mine if others else ():
            self._note(profile, usb, others)
        return mine + [self._shipped_family(name) for name in others]

    def family(self, name: str) -> Profile:
        """The family of that name.  Raises :class:`ProfileError` where there is none or it is broken."""
        own = self._users().get(name)
        if isinstance(own, ProfileError):
            raise own
        if own is not None:
            return own
        if name not in self._loaded and name not in self.names():
            raise ProfileError(f"no profile is called {name!r}", hint="See: modeswitch profiles list")
        return self._shipped_family(name)

    def own(self, name: str) -> bool:
        """Is the family of that name a user's?"""
        return name in self._users()

    def _shipped_family(self, name: str) -> Profile:
        with self._reading:
            if name not in self._loaded:
                self._loaded[name] = self._shipped.family(name)
            return self._loaded[name]

    def names(self) -> list[str]:
        """The names of all families that can be used, in alphabetical order."""
        own = self._users()
        usable = {name for name, profile in own.items() if isinstance(profile, Profile)}
        return sorted(usable | (set(self._shipped.names()) - set(own)))

    def path(self, name: str) -> str:
        """The TOML file of a family, the user's where that is the one in use."""
        if name in self._users():
            return self._paths[name]
        path = os.path.join(self._folder, f"{name}.toml")
        return path if os.path.exists(path) else os.path.join(self._folder, IMPORTED, f"{name}.toml")

    def _users(self) -> dict[str, Profile | ProfileError]:
        """Name → the user's profile, or what is wrong with it; read once."""
        with self._reading:
            if self._own is None:
                own: dict[str, Profile | ProfileError] = {}
                for paths in filter(None, map(_toml_files, self._directories)):
                    self._add(paths, own)
                self._own = own
            return self._own

    def _add(self, paths: list[str], own: dict[str, Profile | ProfileError]) -> None:
        """Read these files, but for those whose name is taken."""
        from copy import copy  # only where there are files

        from .reader import read, read_text

        for path in paths:
            name = os.path.basename(path).removesuffix(".toml")
            if name in own:
                continue
            self._paths[name] = path
            try:
                own[name] = read(read_text(path, trusted=True), path)
            except ProfileError as error:
                broken = copy(error)  # without its frames, which keep the whole file in memory
                self.problems.append(broken)
                own[name] = broken

    def _note(self, profile: Profile, usb: UsbId, others: list[str]) -> None:
        """Note once that a user's profile takes over an id of shipped families: of what is asked for, not of all."""
        if (profile.name, usb) not in self._noted:
            self._noted.add((profile.name, usb))
            words = f"{profile.name}: {usb} is taken over from the shipped {', '.join(others)}"
            self.problems.append(ProfileError(words))


def _toml_files(folder: str) -> list[str]:
    """The paths of the profiles in a folder, in alphabetical order; none where it is not there."""
    try:
        return sorted(os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".toml"))
    except OSError:
        return []


def _mentioned(path: str) -> set[str]:
    """The ids that a broken profile names, as far as its text tells."""
    import re

    from .reader import read_text

    try:
        text = read_text(path)
    except ProfileError:
        return set()
    found = re.findall(r"""["']((?:0x)?[0-9a-f]{1,4}:(?:0x)?[0-9a-f]{1,4})["']""", text, re.IGNORECASE)
    return {str(UsbId.parse(match)) for match in found}
