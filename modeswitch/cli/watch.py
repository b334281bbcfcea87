"""``modeswitch watch``: stay, and switch every stick that is plugged in; for farms, containers, hosts without udev."""

from __future__ import annotations

import gc

from ..service.service import Service
from ..service.signals import SignalHandlers
from ..values import TYPE_CHECKING
from .show import Show

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from typing import Any

    from ..database.library import Library
    from ..service.metrics import Metrics
    from ..usb.bus import Bus

ALLOCATIONS = 20_000
"""After so many objects the garbage is collected: the first stick's switch makes half of them and waits for it."""


def run(arguments: argparse.Namespace, show: Show) -> int:
    """Switch what is plugged in and what will be; a SIGHUP reads the policy again.

    Until SIGTERM or Ctrl-C, or with ``--idle`` until nothing has happened for so long.
    """
    from . import setting

    with setting.bus(arguments) as bus:
        metrics = _metrics(arguments.metrics)
        return serve(bus, setting.library(arguments), show, arguments.policy, idle=arguments.idle, metrics=metrics)


def serve(
    bus: Bus, library: Library, show: Show, policy: str, *, idle: float | None = None, metrics: Metrics | None = None
) -> int:
    """Run the service until it is told to stop, or leaves by itself; the exit status."""
    gc.set_threshold(ALLOCATIONS)
    gc.enable()
    lines = EventLines(show)
    service = Service(bus, library, policy, on_event=lines.tell, idle=idle, metrics=metrics)
    lines.stop = service.stop
    if idle is None:
        service.prepare()  # else a stick waits already
    with SignalHandlers(service.stop, service.reload):
        hanging = service.run()
    return 1 if hanging else 0


def _metrics(path: str | None) -> Metrics | None:
    if path is None:
        return None
    from ..service.metrics import Metrics

    return Metrics(path)


class EventLines:
    """Shows the events of a service: all as JSON, else one line for each stick that was switched or could not be.

    ``stop`` is called where nobody can read them any more.
    """

    def __init__(self, show: Show, stop: Callable[[], None] = lambda: None) -> None:
        self.stop = stop
        self._stopped = False
        self._show = show
        self._ids: dict[str, object] = {}
        """Port → the id of its stick when the switch began."""

    def tell(self, event: str, *, port: str | None, **facts: object) -> None:
        """Show one event; ``port`` is None where it is about no stick."""
        self._show_one(event, port, facts)
        if self._show.lost and not self._stopped:
            self._stopped = True
            self.stop()

    def _show_one(self, event: str, port: str | None, facts: dict[str, Any]) -> None:
        show = self._show.for_port(port or "")
        first = self._first_id(event, port, facts.get("id"))
        if event == "done" and facts["result"] == "left" and "wanted" not in facts and not show.verbose:
            return
        if show.json:
            show.tell(event, port=port, **facts)
        elif event == "done":
            show.done(port=port, **facts)
        elif event == "error":
            words = "; ".join(" ".join(line.split()) for line in f"{facts['message']}\n{facts['hint']}".splitlines())
            show.progress(f"{port}: {first} is not switched: {words}")
        elif event == "policy":
            show.progress(f"{facts['file']} was read again")
        elif port is None:
            show.progress(f"warning: {facts['message']}")
        elif event == "warning" or show.verbose:
            show.tell(event, port=port, **facts)

    def _first_id(self, event: str, port: str | None, now: object) -> object:
        """The id that the stick in this port had when its switch began; a line about a failure names this id."""
        if port is None:
            return None
        if event == "found":
            return self._ids.setdefault(port, now)
        return self._ids.pop(port, now) if event in ("done", "error") else None
