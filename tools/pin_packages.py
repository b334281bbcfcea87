"""Write requirements/*.txt: each package that a target of make installs, its version, and the SHA-256 of its files.

Run from the root of the checkout: ``python -m tools.pin_packages`` (``make pins``). What is wanted stands in
pyproject.toml; which versions fit together uv finds out, for Python 3.11 and newer, for every system and processor.

Ref: https://pip.pypa.io/en/stable/topics/secure-installs/ (hash-checking mode);
https://docs.astral.sh/uv/pip/compile/#universal-resolution
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "requirements"
OLDEST = "3.11"
"""The oldest Python that the pins are for."""
_BASE = ("build", "run")
FILES: dict[str, tuple[str, ...]] = {
    "run": _BASE,
    "dev": (*_BASE, "dev"),
    "audit": (*_BASE, "dev", "audit"),
    "release": (*_BASE, "dev", "audit", "release"),
    "contrib": (*_BASE, "dev", "audit", "release", "contrib"),
    "fuzz": (*_BASE, "dev", "fuzz"),
    "mutants": (*_BASE, "dev", "mutants"),
    "docs": (*_BASE, "docs"),
    "hilink": ("hilink",),
}
"""Name of a file → the lists of pyproject.toml that it pins (:func:`wanted`)."""
COMMAND = "make pins"


def wanted(project: Path, lists: Iterable[str]) -> list[str]:
    """The requirements in those lists of a pyproject.toml, as PEP 508 writes them.

    A list is an extra, or ``build``, what builds modeswitch, or ``run``, what it needs to run.
    """
    told = tomllib.loads(project.read_text("utf-8"))
    named = {
        "build": told["build-system"]["requires"],
        "run": told["project"]["dependencies"],
        **told["project"]["optional-dependencies"],
    }
    return [line for name in lists for line in named[name]]


def resolve(requirements: Sequence[str], *options: str) -> str:
    """The pins of all that those requirements need, as text; RuntimeError with what uv said where there are none."""
    words = ["uv", "pip", "compile", "--quiet", "--universal", "--python-version", OLDEST, "--generate-hashes"]
    words += ["--no-annotate", "--no-config", "--custom-compile-command", COMMAND, *options, "-"]
    done = subprocess.run(
        [sys.executable, "-m", *words], input="\n".join(requirements), capture_output=True, text=True, timeout=600
    )
    if done.returncode:
        raise RuntimeError(f"uv pip compile:\n{done.stderr}")
    return done.stdout


def main() -> int:
    """Write all files, or none and say why (status 1)."""
    project = ROOT / "pyproject.toml"
    everything = sorted({name for lists in FILES.values() for name in lists})
    try:
        with tempfile.TemporaryDirectory() as scratch:
            # One virtual environment may get them all, so no two files may differ in a version.
            together = Path(scratch, "together.txt")
            together.write_text(resolve(wanted(project, everything)), "utf-8")
            made = {
                name: resolve(wanted(project, lists), "--constraint", str(together)) for name, lists in FILES.items()
            }
    except RuntimeError as why:
        print(f"no pins: {why}", file=sys.stderr)
        return 1
    FOLDER.mkdir(exist_ok=True)
    for name, text in made.items():
        (FOLDER / f"{name}.txt").write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
