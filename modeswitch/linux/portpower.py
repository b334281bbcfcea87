"""The power of a connector's ports by sysfs: what the kernel itself switches, it does not switch on again by itself.

Ref: Linux Documentation/ABI/testing/sysfs-bus-usb, ``portN/disable`` (6.0); drivers/usb/core/port.c, disable_store.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial

from .. import files
from ..errors import PermissionDenied, TransferError
from ..usb.descriptors import Port
from ..usb.hub import try_each
from .sysfs import port_folder

BOARDS = ("Raspberry Pi 4", "Raspberry Pi 5")
"""Boards whose ports cut no power by themselves: 4 switches all together, 5 cuts the data lines only.

Ref: uhubctl, README; florent1080/VenusOS-E3372h, e3372_usb_reset.sh (measured at a Pi 5).
"""


class PortSwitch:
    """The ``disable`` files of a connector's ports, all of which are written."""

    by = "the kernel"

    def __init__(self, paths: Sequence[str]) -> None:
        self._paths = paths

    def off(self) -> None:
        """Take the power from all of them.  Raises :class:`PermissionDenied`, :class:`TransferError`."""
        for path in self._paths:
            self._write(path, "1")

    def on(self) -> None:
        """Give all of them their power; each is tried, whatever became of the others."""
        try_each(partial(self._write, path, "0") for path in self._paths)

    def _write(self, path: str, text: str) -> None:
        try:
            with open(path, "w", encoding="ascii") as file:
                file.write(text)
        except PermissionError as error:
            raise PermissionDenied(f"{path}: permission denied", hint="Run as root.") from error
        except OSError as error:
            raise TransferError(f"{path}: {error.strerror}") from error


def switch_of(root: str, ports: Sequence[Port]) -> PortSwitch | None:
    """The switch of these ports; None where this kernel has none for the first of them."""
    paths = [os.path.join(port_folder(root, port), "disable") for port in ports]
    return PortSwitch([path for path in paths if os.path.exists(path)]) if os.path.exists(paths[0]) else None


def board(proc: str = "/proc") -> str:
    """The board, where it is one whose ports are known to cut no power; empty else.

    Ref: Devicetree Specification §2.3.2 (``model``).
    """
    model = files.text(f"{proc}/device-tree/model", 128)
    return next((name for name in BOARDS if name in model), "")
