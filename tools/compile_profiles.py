"""Write profiles/compiled/ anew from profiles/*.toml; with --check only say whether it is stale (exit status 1).

Run from the root of the checkout: ``python -m tools.compile_profiles``.
"""

from __future__ import annotations

import sys
from pathlib import Path

from modeswitch.database.compiled import compile_all
from modeswitch.database.reader import read, read_text

PROFILES = Path(__file__).resolve().parent.parent / "profiles"


def compiled(profiles: Path) -> dict[str, str]:
    """What the folder's compiled form should be; ``example.toml`` is documentation, but must be right."""
    read_all = [read(read_text(path), str(path)) for path in sorted(profiles.glob("*.toml"))]
    return compile_all(profile for profile in read_all if profile.name != "example")


def stale(profiles: Path) -> list[str]:
    """The names of compiled files that are missing, outdated or left over."""
    wanted = compiled(profiles)
    present = {
        path.name: path.read_text("utf-8")
        for path in (profiles / "compiled").iterdir()
        if path.suffix in (".json", ".txt")
    }
    return sorted(name for name in wanted.keys() | present.keys() if wanted.get(name) != present.get(name))


def main(arguments: list[str]) -> int:
    """Compile, or check."""
    names = stale(PROFILES)
    if arguments == ["--check"]:
        for name in names:
            print(f"stale: profiles/compiled/{name}")
        return 1 if names else 0
    wanted = compiled(PROFILES)
    (PROFILES / "compiled").mkdir(exist_ok=True)
    for name in names:
        path = PROFILES / "compiled" / name
        if name in wanted:
            path.write_text(wanted[name], "utf-8")
        else:
            path.unlink()
        print(f"written: profiles/compiled/{name}" if name in wanted else f"removed: profiles/compiled/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
