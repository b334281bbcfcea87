"""What an index gets: wheel and sdist, built so that the wheel's bytes repeat, and the programs that check them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CHECKS = {
    "twine": ("check", "--strict", "{wheel}", "{sdist}"),
    "check_wheel_contents": ("{wheel}",),
    "pyroma": ("--min", "10", "{sdist}"),
    "validate_pyproject": ("pyproject.toml",),
}
"""Module of the program → its arguments, in the checkout."""


def build(source: Path, out: Path, epoch: int) -> tuple[Path, Path]:
    """Build an sdist of a checkout, and from that the wheel; give wheel and sdist.

    The wheel holds no time but ``epoch`` (seconds of Unix), and no rights but those of the source's files: with the
    same setuptools it has the same bytes again. Raises RuntimeError with what the build said.

    Ref: https://reproducible-builds.org/specs/source-date-epoch/
    """
    run("build", "--no-isolation", "--outdir", str(out), ".", cwd=source, SOURCE_DATE_EPOCH=str(epoch))
    (wheel,), (sdist,) = out.glob("*.whl"), out.glob("*.tar.gz")
    return wheel, sdist


def check(name: str, source: Path, wheel: Path, sdist: Path) -> None:
    """Have one program of CHECKS look; RuntimeError with what it said if it is not content."""
    words = [word.format(wheel=wheel, sdist=sdist) for word in CHECKS[name]]
    run(name, *words, cwd=source, VALIDATE_PYPROJECT_NO_NETWORK="1")


def run(module: str, *words: str, cwd: Path, **more: str) -> None:
    """Run a module of this interpreter in a checkout, with that checkout's code; RuntimeError if it fails."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | more
    command = [sys.executable, "-m", module, *words]
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=600, umask=0o022, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{module} is not content:\n{done.stdout}{done.stderr}")
