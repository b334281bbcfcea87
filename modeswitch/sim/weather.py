"""How long a real stick takes for what a polite one does at once: each figure a keyword, ``sunny`` for a polite stick.

Ref: captures 07 (away after the message); trackIT-Systems/modemmanager-e3372, README.md and docs/ (AT^RESET: 45 s to
data); florent1080/VenusOS-E3372h (an AT port that is mute, a SIM that is busy, a network that is searched for);
balena-os/balena-os#445 (a carrier after 22 s); Linux drivers/usb/core/hub.c (a hub tells of a departure by its status
interrupt, until when the controller says -EPROTO).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Weather:
    """Times in seconds.

    ``linger``: it stays after its last message.  ``breaks``: its transfers fail with EPROTO before the hub sees that it
    is gone.  ``away``: it is gone after a message.  ``resets``: it stays after AT^RESET or its web page's restart;
    ``restarts``: it is gone after these.  ``boots``: its AT port is mute after each arrival.  ``simbusy``,
    ``registers``: from power-up until its SIM answers, and until it is registered.  ``dials``: from the call until the
    line is up, ``hangsup``: from the order to hang up until it is down.  ``page``, ``carrier``: from power-up until its
    web page answers, from arrival until a router's network has a carrier.  ``names``: from arrival until the host has
    named what it made of it.  ``cut``: a switching command gets no CSW, since the stick leaves in the middle of it.
    """

    linger: float = 0.1
    breaks: float = 0.2
    away: float = 0.43
    resets: float = 2.0
    restarts: float = 20.0
    boots: float = 4.0
    simbusy: float = 8.0
    registers: float = 15.0
    dials: float = 3.0
    hangsup: float = 0.0
    page: float = 12.0
    carrier: float = 5.0
    names: float = 0.3
    cut: bool = True


RAINY = Weather()
SUNNY = Weather(
    breaks=0.0,
    resets=0.1,
    restarts=0.43,
    boots=0.0,
    simbusy=0.0,
    registers=0.0,
    dials=0.4,
    page=0.0,
    carrier=0.0,
    names=0.0,
    cut=False,
)
"""A stick that does all at once, for tests of something else."""
