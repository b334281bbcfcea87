"""The examples run as they stand, and say what they promise."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
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
    "rehearse_failures.py": ["NotBack (exit status 6)", "Refused (exit status 5)", "switched, in ncm, after 1.1 s"],
}


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.glob("*.py")))
def test_example(name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without words it runs on simulated sticks, in virtual time."""
    monkeypatch.setattr(sys, "argv", [name])
    runpy.run_path(str(EXAMPLES / name), run_name="__main__")
    said = capsys.readouterr().out
    for line in PROMISED[name]:
        assert line in said
