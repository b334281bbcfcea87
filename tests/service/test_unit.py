"""The service's sandbox, as systemd itself rates it (make package-test: the fast suite needs no systemd)."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from modeswitch.service import udevrules

pytestmark = pytest.mark.package


WATCH = Path(__file__).parent.parent.parent / "contrib/systemd/modeswitch-watch.service"


@pytest.mark.parametrize(
    ("name", "text"),
    [("modeswitch@.service", udevrules.service_unit("/usr/bin/python3")), (WATCH.name, WATCH.read_text("utf-8"))],
)
def test_the_unit_is_well_formed_and_hardened(name: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text.replace("/usr/bin/python3", "/bin/true"))
    verified = subprocess.run(["systemd-analyze", "verify", path], capture_output=True, text=True, check=False)
    assert "modeswitch" not in verified.stderr, verified.stderr
    words = ["systemd-analyze", "security", "--offline=true", "--threshold=16", str(path)]
    rated = subprocess.run(words, capture_output=True, text=True, check=False)
    assert rated.returncode == 0, rated.stdout[-300:]
