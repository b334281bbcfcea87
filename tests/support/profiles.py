"""The shipped profiles as files, and a profile that is right, for what is changed in it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from modeswitch.database.library import IMPORTED
from modeswitch.database.profile import Profile
from modeswitch.database.reader import read, read_text
from modeswitch.methods.base import Step
from tools.compile_profiles import EXAMPLE, PROFILES, sources

FILES = sources(PROFILES)
"""Every TOML file: written by hand, imported, and the example."""
IMPORTED_FILES = [path for path in FILES if path.parent.name == IMPORTED]
CAPTURES = PROFILES.parent / "tests" / "captures"

PEER: dict[str, Any] = json.loads((PROFILES.parent / "tests" / "data" / "peer.json").read_text("utf-8"))
"""usb-modeswitch-data, less the names in its comments."""
ENTRIES: list[dict[str, Any]] = PEER["entries"]
"""Each with its ``file`` and its ``keys``."""

GOOD = """
[family]
name = "made-up"
vendor = "Test"
goal = "ncm"

[[product]]
usb = "1209:0001"
names = ["one"]
evidence = [{ source = "a" }]

[[switched]]
usb = "1209:0002"
names = ["two"]
ports = ["modem", "pcui"]
evidence = [{ source = "a" }, { report = "b" }]

[[transition]]
from = "mass-storage"
to = ["ncm", "stick"]
gives = ["02/0d/00 ncm"]
within = 20
steps = [{ huawei = { os = "linux" } }]
evidence = [{ capture = "a" }]
"""


@cache
def profile_of(path: Path) -> Profile:
    return read(read_text(path), str(path))


def shipped() -> dict[str, Profile]:
    """Name → what the TOML file of each shipped family says."""
    return {path.stem: profile_of(path) for path in FILES if path.stem != EXAMPLE}


def steps_of(line: str) -> tuple[Step, ...]:
    """The steps of the good profile with this line in the place of its own."""
    text = GOOD.replace('steps = [{ huawei = { os = "linux" } }]', line)
    assert text != GOOD
    return read(text, "made-up.toml").transitions[0].steps
