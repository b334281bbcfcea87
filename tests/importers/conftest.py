"""Runs ``modeswitch profiles import`` on a text."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.imports import Import
from tests.support.said import Command, Said


@pytest.fixture
def imported(tmp_path: Path, command: Command) -> Import:
    """Imports a text or bytes under a file name."""

    def run_(content: str | bytes, *words: str, name: str = "usb_modeswitch.conf") -> Said:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return command("profiles", "import", str(path), *words)

    return run_
