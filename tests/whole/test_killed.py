"""Kill -9 at each step of saving and writing: the stick's own value is on the disk, or the stick is untouched."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from modeswitch.modem.saved import Store
from tests.support.owners import of_imei
from tests.support.sticks import FACTORY_LIST

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize(
    ("action", "name", "had", "wanted"),
    [("ports", "SETPORT", FACTORY_LIST, "FF;12,1,A1,A2"), ("u2diag", "U2DIAG", 255, 256)],
)
def test_the_old_value_is_never_lost(action: str, name: str, had: str | int, wanted: str | int, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.support.killed", str(tmp_path), action]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    runs = [json.loads(line) for line in done.stdout.splitlines()]
    states = []
    for run in runs:
        held = (run["nvram"] or {}).get(action, had)
        values = [entry["value"] for entry in tomllib.loads(run["text"]).get("saved", [])]
        assert held in (had, wanted), run
        assert held == had or values == [str(had)], run
        states.append((held == had, len(values)))
        # What it left bars nothing: the next one saves, and the first is the one that it came with.
        store = Store(Path(run["folder"]) / "state")
        store.save(of_imei(), name, str(held))
        assert [(one.name, one.value) for one in store.first(of_imei())] == [(name, str(had))]
    # Killed before it was saved, between saving and writing, and from writing on; the last one ended by itself.
    assert list(dict.fromkeys(states)) == [(True, 0), (True, 1), (False, 1)]
    assert [run["where"] for run in runs].index("") == len(runs) - 1
    where = {run["where"].partition(":")[0] for run in runs[:-1] if run["nvram"]}
    assert {"nvram.py", "at.py", "confirm.py"} <= where, "killed after the write, before the restart and after it"
