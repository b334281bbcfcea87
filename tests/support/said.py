"""Runs the command in this process on simulated sticks, in virtual time, and keeps what it says."""

from __future__ import annotations

import argparse
import json
import re
from typing import Any, NamedTuple

import pytest

from modeswitch.cli import main, setting
from modeswitch.sim.bus import SimBus, plug
from modeswitch.sim.clock import VirtualClock
from modeswitch.usb.bus import Bus

QUICK = ",sunny,away=0.02,linger=0.01"


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


class Command:
    """Runs ``modeswitch`` with those words; sticks are given as ``sticks=("e3372h",)`` or on a ``bus`` of their own.

    Time is virtual, except with ``--all``, whose threads wait at the same time.  ``opened`` has every simulated bus
    that a command has opened.
    """

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.opened: list[SimBus] = []
        self._capsys = capsys
        self._given: SimBus | None = None
        self._of_command = setting.bus
        monkeypatch.setattr(setting, "bus", self._open)

    def __call__(self, *words: str, sticks: tuple[str, ...] = (), bus: SimBus | None = None) -> Said:
        simulated = [word for stick in sticks for word in ("--simulate", stick + QUICK)]
        self._given = bus
        try:
            status = main([*words, *simulated])
        except SystemExit as leaving:
            status = int(leaving.code or 0)
        return Said(status, *self._capsys.readouterr())

    def _open(self, arguments: argparse.Namespace) -> Bus:
        """What the command works on, in the place of :func:`modeswitch.cli.setting.bus`."""
        bus = self._given
        if bus is None and not arguments.simulate:
            return self._of_command(arguments)
        if bus is None:
            side_by_side = "all" in arguments and arguments.all
            bus = plug(arguments.simulate, None if side_by_side else VirtualClock())
        self.opened.append(bus)
        return bus


LINE = {"address": "10.64.64.64", "prefix": 25, "gateway": "10.64.64.1", "dns": ["10.64.64.1"]}
"""The addresses of a line that is up, as ``--json`` has them."""


def done_event(usb: str, mode: str) -> dict[str, Any]:
    """The facts that every last event about the stick at 1-1 has: its id and its mode."""
    return {"event": "done", "port": "1-1", "id": usb, "mode": mode}
