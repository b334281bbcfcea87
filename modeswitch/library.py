"""Where profiles are, which one wins, and the families that know an id.

Shipped profiles are compiled: ``profiles/*.toml`` is the source, ``profiles/compiled/`` what runs (one JSON file a
family and an index by id), so that finding a profile reads one small file however many there are.  A user's own
profiles are read from TOML; one with a shipped file's name takes its place, one with a shipped id wins with a warning.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from .descriptors import UsbId
from .errors import ProfileError
from .profile import Profile, loaded, read, written

USER_DIRECTORY = Path("/etc/modeswitch/profiles")


def shipped_directory() -> Path:
    """The folder of the shipped profiles: within the package when installed, beside it in a checkout."""
    package = Path(__file__).parent
    inside = package / "profiles"
    return inside if inside.is_dir() else package.parent / "profiles"


def user_directories() -> list[Path]:
    """Where a user's profiles are looked for: the machine's folder, and the user's own unless that user is root."""
    found = [USER_DIRECTORY]
    if hasattr(os, "geteuid") and os.geteuid() != 0:
        home = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
        found.insert(0, Path(home) / "modeswitch" / "profiles")
    return found


class Library:
    """All profiles of this machine.

    ``problems`` holds the errors of user profiles that could not be read and notices of ids that they took over; it
    is filled as files are read.  A shipped profile that is broken raises.
    """

    def __init__(self, shipped: Path | None = None, user: Sequence[Path] | None = None) -> None:
        self._shipped = shipped or shipped_directory()
        self._directories = user_directories() if user is None else list(user)
        self._own: dict[str, Profile | ProfileError] | None = None
        self._loaded: dict[str, Profile] = {}
        self.problems: list[ProfileError] = []

    def families(self, usb: UsbId) -> list[Profile]:
        """The families that know this id, a user's before the shipped, each in alphabetical order; perhaps none.

        Raises :class:`ProfileError` when a broken profile of the user's names this id or stands in for a family that
        does: guessing past it would do something else than its author wanted.
        """
        own = self._users()
        shipped = self._index().get(str(usb), [])
        for name, profile in own.items():
            if isinstance(profile, ProfileError) and (name in shipped or str(usb) in _mentioned(profile)):
                raise profile
        mine = [profile for profile in own.values() if isinstance(profile, Profile) and profile.product(usb)]
        return mine + [self.family(name) for name in shipped if name not in own]

    def family(self, name: str) -> Profile:
        """The family of that name.  Raises :class:`ProfileError` where there is none or it is broken."""
        own = self._users().get(name)
        if isinstance(own, ProfileError):
            raise own
        if own is not None:
            return own
        if name not in self._loaded:
            if name not in self.names():
                raise ProfileError(f"no profile is called {name!r}", hint="See: modeswitch profiles list")
            with open(self._shipped / "compiled" / f"{name}.json", encoding="utf-8") as file:
                self._loaded[name] = loaded(json.load(file))
        return self._loaded[name]

    def names(self) -> list[str]:
        """The names of all families that can be used, in alphabetical order."""
        own = {name for name, profile in self._users().items() if isinstance(profile, Profile)}
        broken = set(self._users()) - own
        shipped = {name for names in self._index().values() for name in names}
        return sorted(own | shipped - broken)

    def path(self, name: str) -> Path:
        """The TOML file of a family."""
        for directory in self._directories:
            if name in self._users() and (directory / f"{name}.toml").is_file():
                return directory / f"{name}.toml"
        return self._shipped / f"{name}.toml"

    def _index(self) -> dict[str, list[str]]:
        if not hasattr(self, "_ids"):
            with open(self._shipped / "compiled" / "index.json", encoding="utf-8") as file:
                self._ids: dict[str, list[str]] = json.load(file)
        return self._ids

    def _users(self) -> dict[str, Profile | ProfileError]:
        """Name → the user's profile, or what is wrong with it; read once."""
        if self._own is None:
            self._own = {}
            for directory in self._directories:
                try:
                    names = sorted(name for name in os.listdir(directory) if name.endswith(".toml"))
                except OSError:
                    continue
                for name in names:
                    self._own.setdefault(name.removesuffix(".toml"), self._read(directory / name))
            self._compare()
        return self._own

    def _read(self, path: Path) -> Profile | ProfileError:
        try:
            return read(read_text(path), str(path))
        except ProfileError as error:
            self.problems.append(error)
            return error

    def _compare(self) -> None:
        """Note each id of a shipped family that a user's profile of another name takes over."""
        for name, profile in (self._own or {}).items():
            for product in profile.products if isinstance(profile, Profile) else ():
                others = [other for other in self._index().get(str(product.usb), []) if other not in (self._own or {})]
                if others:
                    self.problems.append(
                        ProfileError(f"{name}: {product.usb} is taken over from the shipped {', '.join(others)}")
                    )


LARGEST = 1024 * 1024
"""No profile is larger, in bytes; what is, is not read."""


def read_text(path: Path) -> str:
    """The text of a profile's file.  Raises :class:`ProfileError` where it cannot be read as UTF-8, or is too large."""
    try:
        with open(path, "rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        raise ProfileError(f"{path}: {error.strerror}", file=str(path)) from error
    if len(raw) > LARGEST:
        raise ProfileError(f"{path}: larger than {LARGEST} bytes", file=str(path))
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ProfileError(f"{path}: not UTF-8 at byte {error.start}", file=str(path)) from error


def _mentioned(broken: ProfileError) -> set[str]:
    """The ids that a broken profile names, as far as its text tells."""
    import re

    try:
        text = read_text(Path(str(broken.facts.get("file", ""))))
    except ProfileError:
        return set()
    return {match.lower() for match in re.findall(r'"([0-9a-fA-F]{4}:[0-9a-fA-F]{4})"', text)}


def compile_profiles(directory: Path) -> dict[str, str]:
    """File name → text of the compiled form of all profiles in a folder; ``example.toml`` is documentation.

    Raises :class:`ProfileError`.
    """
    ids: dict[str, list[str]] = {}
    compiled = {}
    for path in sorted(directory.glob("*.toml")):
        profile = read(read_text(path), str(path))
        if path.stem == "example":
            continue
        for product in profile.products:
            ids.setdefault(str(product.usb), []).append(profile.name)
        compiled[f"{profile.name}.json"] = _lines(written(profile))
    compiled["index.json"] = _lines(dict(sorted(ids.items())))
    return compiled


def _lines(form: dict[str, object]) -> str:
    """JSON with one line for each item of a top-level list or key: small, and readable in a diff."""
    rows = []
    for key, value in form.items():
        if isinstance(value, list) and value and isinstance(value[0], list):
            inside = ",\n  ".join(json.dumps(item) for item in value)
            rows.append(f"{json.dumps(key)}: [\n  {inside}\n ]")
        else:
            rows.append(f"{json.dumps(key)}: {json.dumps(value)}")
    return "{\n " + ",\n ".join(rows) + "\n}\n"
