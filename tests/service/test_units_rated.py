"""The service's sandbox, as systemd itself rates it (make package-test: the fast suite needs no systemd)."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from modeswitch.service import units

pytestmark = pytest.mark.package


@pytest.mark.parametrize("folder", ["/usr/bin", "/opt/my folder/50% of a,b;c #1"])
@pytest.mark.parametrize("name", [units.SWITCH_UNIT, units.WATCH_UNIT])
def test_the_unit_is_well_formed_and_hardened(name: str, folder: str, tmp_path: Path) -> None:
    path = tmp_path / name
    python = tmp_path / folder.strip("/") / "python3"
    python.parent.mkdir(parents=True)
    python.symlink_to("/bin/true")
    made = {units.SWITCH_UNIT: units.switch_unit, units.WATCH_UNIT: units.watch_unit}[name]
    path.write_text(made(str(python)))
    verified = subprocess.run(["systemd-analyze", "verify", path], capture_output=True, text=True, check=False)
    assert "modeswitch" not in verified.stderr, verified.stderr
    words = ["systemd-analyze", "security", "--offline=true", "--threshold=16", str(path)]
    rated = subprocess.run(words, capture_output=True, text=True, check=False)
    assert rated.returncode == 0, rated.stdout[-300:]
