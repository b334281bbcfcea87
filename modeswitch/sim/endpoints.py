"""The endpoints and interfaces of a stick that are active now, and as the tables that usbredir shows of them.

Ref: usb-redirection-protocol (0.7) of spice's usbredir: usb_redir_ep_info (OUT 0 to 15, then IN 0 to 15),
usb_redir_interface_info.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .composition import INTERRUPT, INTERVAL, SIZES, Function, Setting

CONTROL, INVALID = 0, 255
"""Kinds of endpoints, beside those of :mod:`modeswitch.sim.composition`."""
ROWS = 32


class Endpoint(NamedTuple):
    """An endpoint: ``BULK`` or ``INTERRUPT``, the interface that it belongs to, the size of its packets in bytes."""

    kind: int
    interface: int
    size: int


def _chosen(functions: Sequence[Function], alternates: Mapping[int, int]) -> list[Setting]:
    """The setting of each interface that is active."""
    return [
        next(setting for setting in function.settings if setting.alternate == alternates.get(number, 0))
        for number, function in enumerate(functions)
    ]


def active(functions: Sequence[Function], alternates: Mapping[int, int], speed: str) -> dict[int, Endpoint]:
    """Address → endpoint; ``alternates`` is number of an interface → its alternate setting, 0 where it has none."""
    return {
        address: Endpoint(kind, number, SIZES[speed][kind])
        for number, setting in enumerate(_chosen(functions, alternates))
        for address, kind in setting.endpoints
    }


def endpoint_table(endpoints: Mapping[int, Endpoint]) -> dict[str, list[int]]:
    """The columns of EP_INFO."""
    rows = [(INVALID, 0, 0, 0)] * ROWS
    rows[0] = rows[ROWS // 2] = (CONTROL, 0, 0, 64)
    for address, (kind, number, size) in endpoints.items():
        rows[address & 0x0F | (address & 0x80) >> 3] = (kind, INTERVAL if kind == INTERRUPT else 0, number, size)
    return dict(zip(("type", "interval", "interface", "max_packet"), map(list, zip(*rows, strict=True)), strict=True))


def interface_table(functions: Sequence[Function], alternates: Mapping[int, int]) -> dict[str, int | list[int]]:
    """The columns of INTERFACE_INFO, and how many of their rows mean something."""
    rows = [(number, *setting.triple) for number, setting in enumerate(_chosen(functions, alternates))]
    columns = map(list, zip(*rows, *[(0, 0, 0, 0)] * (ROWS - len(rows)), strict=True))
    names = ("number", "interface_class", "subclass", "protocol")
    return {"count": len(rows), **dict(zip(names, columns, strict=True))}
