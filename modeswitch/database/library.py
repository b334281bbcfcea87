"""Where profiles are, which one wins, and the families that know an id.

Shipped profiles are compiled: ``profiles/*.toml`` is the source, ``profiles/compiled/`` what runs (one JSON file a
family, and an index of one line an id that is searched as text), so that finding a profile does not grow with their
number.  A user's own
profiles are read from TOML; one with a shipped file's name takes its place, one with a shipped id wins with a notice.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence

from ..errors import ProfileError
from ..usb.descriptors import UsbId
from .compiled import INDEX, loaded
from .profile import Profile

USER_DIRECTORY = "/etc/modeswitch/profiles"

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
        self._shipped = os.fspath(shipped or shipped_directory())
        self._directories = [os.fspath(folder) for folder in (user_directories() if user is None else user)]
        self._own: dict[str, Profile | ProfileError] | None = None
        self._paths: dict[str, str] = {}
        self._loaded: dict[str, Profile] = {}
        self._lines: str | None = None
        self._noted: set[tuple[str, UsbId]] = set()
        self.problems: list[ProfileError] = []

    def families(self, usb: UsbId) -> list[Profile]:
        """The families that know this id, a user's before the shipped, each in alphabetical order; perhaps none.

        Raises :class:`ProfileError` when a broken profile of the user's names this id or stands in for a family that
        does: guessing past it would do something else than its author wanted.
        """
        own = self._users()
        shipped = self._knowing(usb)
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
        if name not in self._loaded:
            try:
                self._loaded[name] = loaded(json.loads(self._compiled(f"{name}.json")))
            except ValueError as error:
                raise _damaged(f"{name}.json", error) from error
        return self._loaded[name]

    def names(self) -> list[str]:
        """The names of all families that can be used, in alphabetical order."""
        own = self._users()
        shipped = {name for line in self._index().splitlines() for name in line.split(" ")[1:]}
        usable = {name for name, profile in own.items() if isinstance(profile, Profile)}
        return sorted(usable | (shipped - set(own)))

    def path(self, name: str) -> str:
        """The TOML file of a family, the user's where that is the one in use."""
        return self._paths[name] if name in self._users() else os.path.join(self._shipped, f"{name}.toml")

    def _compiled(self, name: str) -> str:
        path = os.path.join(self._shipped, "compiled", name)
        try:
            with open(path, encoding="utf-8") as file:
                return file.read()
        except (OSError, ValueError) as error:
            raise _damaged(path, error) from error

    def _index(self) -> str:
        """Lines of an id and the families that know it; the first and the last are empty."""
        if self._lines is None:
            lines = self._compiled(INDEX)
            if not (lines.startswith("\n") and lines.endswith("\n\n")):
                raise _damaged(os.path.join(self._shipped, "compiled", INDEX), ValueError("no index"))
            self._lines = lines
        return self._lines

    def _knowing(self, usb: UsbId) -> list[str]:
        """The names of the shipped families that know an id: one search through the text, nothing parsed."""
        lines = self._index()
        at = lines.find(f"\n{usb} ")
        return lines[at + 1 : lines.index("\n", at + 1)].split(" ")[1:] if at >= 0 else []

    def _users(self) -> dict[str, Profile | ProfileError]:
        """Name → the user's profile, or what is wrong with it; read once."""
        if self._own is None:
            self._own = {}
            for directory in self._directories:
                try:
                    files = sorted(name for name in os.listdir(directory) if name.endswith(".toml"))
                except OSError:
                    continue
                for file in files:
                    self._add(file.removesuffix(".toml"), os.path.join(directory, file))
        return self._own

    def _add(self, name: str, path: str) -> None:
        from .reader import read, read_text

        if self._own is None or name in self._own:
            return
        self._paths[name] = path
        try:
            self._own[name] = read(read_text(path, trusted=True), path)
        except ProfileError as error:
            self.problems.append(error)
            self._own[name] = error

    def _note(self, profile: Profile, usb: UsbId, others: list[str]) -> None:
        """Note once that a user's profile takes over an id of shipped families: of what is asked for, not of all."""
        if (profile.name, usb) not in self._noted:
            self._noted.add((profile.name, usb))
            words = f"{profile.name}: {usb} is taken over from the shipped {', '.join(others)}"
            self.problems.append(ProfileError(words))


def _damaged(path: str, error: Exception) -> ProfileError:
    return ProfileError(f"{path}: {error}", hint="The installation is damaged: install modeswitch again.")


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
