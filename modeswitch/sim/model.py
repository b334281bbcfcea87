"""The model of a kind of stick: what it looks like in each mode, and what its firmware makes of a switching message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .composition import Composition
from .modem import Features

HUAWEI = 0x12D1
WINDOWS, MAC, LINUX, GATEWAY = 0x00, 0x10, 0x20, 0x30
DEAF = "deaf"
"""What a message does that the firmware does not know: nothing, and no later one is heard."""

NO_FEATURES = Features()

Rewind = Callable[[int, int, int], str | None]
"""(host, profile, green) → the name of the composition to come back as, DEAF, or None for "ignored"."""


@dataclass(frozen=True)
class Model:
    """A stick: its compositions by name, the one it wakes up in, what its firmware does with messages.

    ``set_feature`` is the composition that SET_FEATURE(1) leads to, where that is a switch, ``eject`` that of an eject
    of LUN 0, ``becomes`` that of the control ``request`` (bmRequestType, bRequest, wValue in hex).  ``features`` is its
    AT side.  ``own_list`` is the id of firmware that takes its interfaces from a list of ports in NVRAM: its
    compositions ``linux`` and ``windows`` are what that list says.

    ``by_itself`` is what it goes to when a host asks for its LUNs and sends no message; ``first`` what it is, and for
    how many seconds, after each restart before it is what it wakes up as.  ``no_carrier``: its NCM never has one.
    ``says`` is what its web page says that it is.
    """

    name: str
    about: str
    wakes: str
    compositions: dict[str, Composition]
    rewind: Rewind
    set_feature: str = ""
    features: Features = NO_FEATURES
    own_list: int = 0
    eject: str = ""
    request: tuple[str, ...] = ()
    becomes: str = ""
    by_itself: str = ""
    first: tuple[str, float] | None = None
    no_carrier: bool = False
    says: str = "E3372h-153"
