"""Linters and parsers of other programs' files, run over what is in contrib."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", ""), "/usr/sbin"])
"""Those of this Python's environment count, too, and servers, which are in no user's PATH."""


def found(tool: str) -> str:
    """The path of a tool; one that is not installed is no failure but on CI."""
    path = shutil.which(tool, path=PATH)
    if path is None:
        assert not os.environ.get("CI"), f"{tool} is not installed"
        pytest.skip(f"{tool} is not installed")
    return path


def lint(*words: str | Path, cwd: Path = ROOT, env: dict[str, str] | None = None) -> str:
    """All that a linter says, which must find nothing; one that is not installed is no failure but on CI."""
    command = [found(str(words[0])), *words[1:]]
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
