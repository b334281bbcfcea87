"""The power of one hub port, off and on again: what unplugging a stick and plugging it in does, where the hub can.

Ref: USB 2.0 §11.23.2.1 (hub descriptor, wHubCharacteristics), §11.24.2 (SET_FEATURE, CLEAR_FEATURE, PORT_POWER),
§11.24.2.7.1 (wPortStatus); USB 3.2 §10.15.2.1 (SuperSpeed hub descriptor).  Many hubs say that they switch power and
do not: only the bus tells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from ..errors import LinkLost, ModeswitchError, TransferError, Unavailable
from .descriptors import Port
from .link import Link

HUB, SUPERSPEED_HUB = 0x29, 0x2A
PORT_POWER = 8
GET_STATUS, CLEAR_FEATURE, SET_FEATURE = 0x00, 0x01, 0x03
TO_PORT, FROM_PORT = 0x23, 0xA3
"""bmRequestType: class request, to or from "other", which is a port."""
CONNECTION = 0x0001
"""In wPortStatus: there is a device in the port."""
HINT = "Pull the stick out and plug it in again: it then starts in mass-storage."


def check(link: Link, number: int) -> None:
    """Raise :class:`Unavailable` unless the hub says that it switches the power of each port by itself."""
    characteristics = _characteristics(link)
    switching = characteristics & 0x03
    if switching != 0x01:
        how = "switches the power of all its ports together" if switching == 0 else "does not switch power"
        raise Unavailable(f"the hub of port {number} {how}", hint=HINT, means="hub")


def _characteristics(link: Link) -> int:
    """The hub's wHubCharacteristics."""
    problem: ModeswitchError | None = None
    for kind in (HUB, SUPERSPEED_HUB):
        try:
            raw = link.control(0xA0, 0x06, kind << 8, 0, 15)
        except LinkLost as error:
            problem = error
            continue
        if len(raw) >= 5 and raw[1] == kind:
            return int.from_bytes(raw[3:5], "little")
    raise Unavailable(
        f"the hub does not describe itself{f' ({problem.message})' if problem else ''}", hint=HINT, means="hub"
    )


def off(link: Link, number: int) -> None:
    """Take the power from a port (numbered from 1)."""
    link.control(TO_PORT, CLEAR_FEATURE, PORT_POWER, number, b"")


def on(link: Link, number: int) -> None:
    """Give a port its power."""
    link.control(TO_PORT, SET_FEATURE, PORT_POWER, number, b"")


class Switch:
    """The power of some ports by requests to their hubs: the two halves of a connector have one each."""

    by = "requests to the hub"

    def __init__(self, links: Sequence[Link], ports: Sequence[Port]) -> None:
        self._pairs = [(link, port.ports[-1]) for link, port in zip(links, ports, strict=True)]

    def off(self) -> None:
        """Take the power from all of them."""
        for link, number in self._pairs:
            off(link, number)

    def on(self) -> None:
        """Give all of them their power; each is tried, whatever became of the others."""
        try_each(partial(on, link, number) for link, number in self._pairs)


def try_each(attempts: Iterable[Callable[[], None]]) -> None:
    """Make each of the attempts, whatever became of the others; then raise the first error."""
    problem: ModeswitchError | None = None
    for attempt in attempts:
        try:
            attempt()
        except ModeswitchError as error:
            problem = problem or error
    if problem is not None:
        raise problem


def is_empty(link: Link, number: int) -> bool | None:
    """Does the hub say that nothing is in that port?  None where it does not say."""
    try:
        raw = link.control(FROM_PORT, GET_STATUS, 0, number, 4)
    except TransferError:
        return None
    return not int.from_bytes(raw[:2], "little") & CONNECTION if len(raw) == 4 else None
