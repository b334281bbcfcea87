"""The service's own way in: what it loads before a stick gets its first byte, and that it is ``watch``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from modeswitch.cli import service
from modeswitch.sim.bus import plug

ROOT = Path(__file__).resolve().parents[2]
UNWANTED = {"argparse", "gettext", "subprocess", "construct", "json", "logging", "runpy", "usb", "tomllib"}
"""What costs a stick that waits its time, and what nothing needs before it is asked what is on the bus."""


def test_nothing_is_loaded_that_a_waking_stick_would_wait_for() -> None:
    code = (
        "import sys; before = set(sys.modules); import modeswitch.cli.service\n"
        "import json; print(json.dumps(sorted(set(sys.modules) - before - {'json'})))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert "modeswitch.service.service" in loaded
    assert not UNWANTED & loaded


def test_it_switches_what_is_there_and_leaves(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(service, "default", lambda: plug(["e3372h,sunny"]))
    monkeypatch.setattr(service, "FILE", str(tmp_path / "none"))
    assert service.main(0.2) == 0
    assert "1-1: 12d1:14dc is in hilink" in capsys.readouterr().out


def test_what_is_wrong_with_the_policy_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(service, "default", lambda: plug(["e3372h,sunny"]))
    monkeypatch.setattr(service, "FILE", str(tmp_path))
    assert service.main(0.2) == 5
    assert "Nothing is done without the policy" in capsys.readouterr().err
