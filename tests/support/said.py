"""Runs the command in this process on simulated sticks, and keeps what it says."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from modeswitch.cli import main

QUICK = ",away=0.02,linger=0.01"


class Said(NamedTuple):
    """What a command came to."""

    status: int
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, Any]]:
        """Stdout as JSON lines, without what every one of them must have; every line must be one."""
        return [bare(json.loads(line)) for line in self.out.splitlines()]


def bare(event: dict[str, Any]) -> dict[str, Any]:
    """An event without its schema and time, and without a port where it is about no stick."""
    assert event.pop("schema") == 1
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", event.pop("time"))
    if event["port"] is None:
        del event["port"]
    return event


Command = Callable[..., Said]


def runner(capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs ``modeswitch`` with those words; sticks are given as ``sticks=("e3372h",)``."""

    def run(*words: str, sticks: tuple[str, ...] = ()) -> Said:
        simulate = [word for stick in sticks for word in ("--simulate", stick + QUICK)]
        try:
            status = main([*words, *simulate])
        except SystemExit as leaving:
            status = int(leaving.code or 0)
        return Said(status, *capsys.readouterr())

    return run
