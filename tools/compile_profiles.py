"""Write profiles/compiled.txt anew from the TOML files; with --check only say whether it is stale (exit status 1).

Run from the root of the checkout: ``python -m tools.compile_profiles``.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from modeswitch.database.compiled import FILE, compile_all
from modeswitch.database.library import IMPORTED
from modeswitch.database.reader import read, read_text
from modeswitch.errors import ProfileError

PROFILES = Path(__file__).resolve().parent.parent / "profiles"
EXAMPLE = "example"
"""This profile is documentation: it must be right, and is not compiled."""
NAME = re.compile("[a-z0-9-]+")
"""What a shipped family is called: the compiled file's index sets names off by blanks."""


def sources(profiles: Path) -> list[Path]:
    """The TOML files of the shipped profiles: written by hand, and imported.

    Raises :class:`~modeswitch.errors.ProfileError` for a name that cannot be, or that stands in both folders.
    """
    found: dict[str, Path] = {}
    for path in sorted((*profiles.glob("*.toml"), *(profiles / IMPORTED).glob("*.toml"))):
        if not NAME.fullmatch(path.stem):
            raise ProfileError(f"{path}: a shipped profile is called by a-z, 0-9 and dashes")
        if path.stem in found:
            raise ProfileError(f"{path}: {found[path.stem]} is called the same")
        found[path.stem] = path
    return list(found.values())


def compiled(profiles: Path) -> str:
    """What the folder's compiled file should be."""
    read_all = [read(read_text(path), str(path)) for path in sources(profiles)]
    return compile_all(profile for profile in read_all if profile.name != EXAMPLE)


def stale(profiles: Path) -> bool:
    """Is the compiled file missing or outdated?"""
    file = profiles / FILE
    return not file.is_file() or file.read_bytes() != compiled(profiles).encode("ascii")


def main(arguments: list[str]) -> int:
    """Compile, or check."""
    if stale(PROFILES):
        if arguments == ["--check"]:
            print(f"stale: profiles/{FILE}: run make profiles")
            return 1
        (PROFILES / FILE).write_bytes(compiled(PROFILES).encode("ascii"))
        print(f"written: profiles/{FILE}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
