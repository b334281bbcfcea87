"""Runs in the guest: writes what usbmon sees of one bus to a file, a JSON line for each URB.

`python3 usbmon.py BUS FILE` says "recording" when it does, and ends with SIGTERM, once all that came before is written.
It imports nothing but the standard library and reads /dev/usbmonN, since usbmon's text form cuts data at 32 bytes.

Ref: Linux Documentation/usb/usbmon.rst, "Raw binary format and API"; drivers/usb/mon/mon_bin.c.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import struct
import sys
from typing import NamedTuple

HEADER = struct.Struct("=QBBBBHbbqiiII8s")
"""48 bytes, as read(2) gives them: no isochronous fields."""

SET_RING_SIZE = 0x9204  # MON_IOCT_RING_SIZE
GET_STATS = 0x80089203  # MON_IOCG_STATS
STATS = struct.Struct("=II")  # queued, dropped
RING_SIZE = 1200 * 1024  # the most that mon_bin.c gives

_KINDS = ("isochronous", "interrupt", "control", "bulk")


class Header(NamedTuple):
    """What usbmon says of one event of one URB; ``kind`` is S (submitted), C (completed) or E (not submitted)."""

    urb: int
    kind: int
    transfer: int
    endpoint: int
    device: int
    bus: int
    no_setup: int
    no_data: int
    seconds: int
    microseconds: int
    status: int
    length: int
    captured: int
    setup: bytes


def line(header: Header, data: bytes) -> str:
    """One event as a JSON line."""
    return json.dumps(
        {
            "time": header.seconds * 1_000_000 + header.microseconds,
            "event": chr(header.kind),
            "device": header.device,
            "transfer": _KINDS[header.transfer],
            "endpoint": header.endpoint,
            "setup": "" if header.no_setup else header.setup.hex(),
            "status": header.status,
            "length": header.length,
            "data": data.hex(),
        }
    )


def record(bus: int, path: str) -> None:
    """Let the kernel's buffer fill until SIGTERM, then write what is in it.

    Until then this process sleeps, so that it takes no time from what is being watched.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    monitor = os.open(f"/dev/usbmon{bus}", os.O_RDONLY | os.O_NONBLOCK)
    fcntl.ioctl(monitor, SET_RING_SIZE, RING_SIZE)
    print("recording", flush=True)
    signal.sigwait({signal.SIGTERM})
    _, dropped = STATS.unpack(fcntl.ioctl(monitor, GET_STATS, bytes(STATS.size)))
    if dropped:
        sys.exit(f"usbmon's buffer was too small: {dropped} events were dropped")
    with open(path, "w", encoding="ascii") as file:
        while (header := _next(monitor)) is not None:
            data = os.read(monitor, header.captured) if header.captured else b""
            file.write(line(header, data) + "\n")


def _next(monitor: int) -> Header | None:
    """The next event's header, None when the buffer is empty."""
    try:
        return Header._make(HEADER.unpack(os.read(monitor, HEADER.size)))
    except BlockingIOError:
        return None


if __name__ == "__main__":
    record(int(sys.argv[1]), sys.argv[2])
