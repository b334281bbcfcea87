"""The library's front door: the two calls that most programs need."""

from __future__ import annotations

from . import find
from . import switching as engine
from .bus import Bus, default
from .descriptors import Port
from .errors import UsageError
from .library import Library
from .recognise import Known
from .roles import GOALS


def devices(*, bus: Bus | None = None, library: Library | None = None) -> list[Known]:
    """Everything on the bus that is no root hub, by port, with its family and mode where they are known."""
    return find.survey(bus or default(), library or Library())


def switch(
    device: str | Known,
    to: str | None = None,
    *,
    port: str | None = None,
    timeout: float | None = None,
    tell: engine.Tell = engine.silent,
    bus: Bus | None = None,
    library: Library | None = None,
) -> engine.Outcome:
    """Bring a stick to a mode, and return what it came to.

    ``device`` is an id (``12d1:1f01``, also the stick that was that), a port path (``1-1.4``), bus/address, a folder in
    sysfs, or what :func:`devices` gave; ``port`` chooses where several fit.  ``to`` is one of
    :data:`modeswitch.MODES`, the family's goal where None.  ``timeout`` bounds the whole in seconds.  ``tell`` is
    called with the name of each event and its facts.  Raises :class:`modeswitch.ModeswitchError` and its kinds.
    """
    if to is not None and to not in GOALS:
        raise UsageError(f"{to!r} is no mode to go to", hint=f"One of {', '.join(GOALS)}.")
    if timeout is not None and not 0 < timeout <= 86400:
        raise UsageError(f"{timeout!r} is no time in seconds")
    own = bus is None
    bus, library = bus or default(), library or Library()
    try:
        if isinstance(device, str):
            device = find.find_one(device, bus, library, Port.parse(port) if port else None)
        return engine.switch(device, to, bus=bus, library=library, timeout=timeout, tell=tell)
    finally:
        if own:
            bus.close()
