"""The examples run as they stand, and say what they promise."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PROMISED = {
    "switch_a_stick.py": ["switched, now 12d1:155e in ncm", "02/0d/00  ncm"],
    "every_stick.py": [
        "12d1:1f01 at 1-1: switched, now in hilink",
        "12d1:14fe at 1-2: in use",
        "12d1:1003 at 1-3: switched, now in switched",
    ],
    "router_to_line.py": [
        "the way was hilink -> mass-storage and mass-storage -> ncm",
        "run a DHCP client on wwan0 for 10.64.64.64",
        "hung up: True",
    ],
    "rehearse_failures.py": ["NotBack (exit status 6)", "Refused (exit status 5)", "switched, in ncm, after 0.5 s"],
}


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "examples").glob("*.py")))
def test_example(name: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, ROOT / "examples" / name], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    for line in PROMISED[name]:
        assert line in done.stdout
