"""The service's sandbox, as systemd itself rates it (make package-test: the fast suite needs no systemd)."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from modeswitch.service import units

pytestmark = pytest.mark.package


@pytest.mark.parametrize("folder", ["/usr/bin", "/opt/my folder/50% of a,b;c #1"])
@pytest.mark.parametrize(("resident", "network", "most"), [(False, False, 16), (True, False, 16), (False, True, 26)])
def test_the_unit_is_well_formed_and_hardened(
    resident: bool, network: bool, most: int, folder: str, tmp_path: Path
) -> None:
    path = tmp_path / units.UNIT
    python = tmp_path / folder.strip("/") / "python3"
    python.parent.mkdir(parents=True)
    python.symlink_to("/bin/true")
    path.write_text(units.service_unit(str(python), resident=resident, network=network))
    verified = subprocess.run(["systemd-analyze", "verify", path], capture_output=True, text=True, check=False)
    assert "modeswitch" not in verified.stderr, verified.stderr
    words = ["systemd-analyze", "security", "--offline=true", f"--threshold={most}", str(path)]
    rated = subprocess.run(words, capture_output=True, text=True, check=False)
    assert rated.returncode == 0, rated.stdout[-300:]
