"""Port watchers and services for the tests of this folder; each is stopped at the end of its test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from modeswitch.usb.descriptors import Port
from tests.support.port_watch import MakeRig, WatchRig
from tests.support.running_service import RunningService, StartService


@pytest.fixture
def rig() -> Iterator[MakeRig]:
    """Makes a rig of a port watcher, and starts it unless ``go`` is False."""
    made: list[WatchRig] = []

    def make(there: dict[Port, int] | None = None, *, events: bool = True, go: bool = True) -> WatchRig:
        made.append(WatchRig({} if there is None else there, events=events))
        if go:
            made[-1].start()
        return made[-1]

    yield make
    for one in made:
        for gate in one.gates.values():
            gate.set()
        one.close()


@pytest.fixture
def start() -> Iterator[StartService]:
    """Starts a service; arguments as :class:`RunningService`."""
    made: list[RunningService] = []

    def begin(*sticks: str, **more: Any) -> RunningService:
        made.append(RunningService(*sticks, **more))
        return made[-1]

    yield begin
    for one in made:
        one.end()
