"""Tells systemd how a service is: ready, busy with what, alive, stopping.  Where nobody asked, nothing is sent.

Ref: sd_notify(3), sd_watchdog_enabled(3), sd_notify_barrier(3): one datagram of KEY=VALUE lines to the Unix socket of
$NOTIFY_SOCKET; with BARRIER=1 goes one descriptor, which systemd closes once it has read all that came before.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping

from ..c_modules import sockets
from ..printable import printable

LARGEST = 1000
"""The most of a status that is sent, in characters."""
PATIENCE = 5.0
"""How long systemd may take to read what was sent, in seconds."""


class Notify:
    """The socket of whoever started this process as a service, as its environment names it."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        path = environment.get("NOTIFY_SOCKET", "")
        self._address = "\0" + path[1:] if path.startswith("@") else path if path.startswith("/") else ""
        microseconds, process = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", "")
        ours = bool(self._address) and process in ("", str(os.getpid()))
        asked = int(microseconds) if ours and microseconds.isascii() and microseconds.isdigit() else 0
        self.interval: float | None = asked / 2e6 if asked else None
        """How often ``WATCHDOG=1`` is due, in seconds: half of what is asked for; None where nobody asks."""
        self._watched = self.interval is not None
        self._due = time.monotonic()
        self._status = ""
        self._sent: set[str] = set()

    def send(self, *lines: str) -> None:
        """Send these lines.  A receiver that is not there, or no longer there, is no reason to stop."""
        if not self._address:
            return
        try:
            sender = sockets.socket(sockets.AF_UNIX, sockets.SOCK_DGRAM | sockets.SOCK_CLOEXEC)
            try:
                sender.setblocking(False)
                sender.sendto("\n".join(lines).encode(), self._address)
            finally:
                sender.close()
        except (OSError, ValueError):  # too long a path, or one with a NUL in it
            return

    def await_read(self) -> bool:
        """Wait until all that was sent has been read; was it?  Where nobody asked, nothing is sent."""
        if not self._address:
            return False
        import select
        import socket

        reader, writer = os.pipe()
        try:
            try:
                with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                    sender.settimeout(PATIENCE)
                    sender.connect(self._address)
                    socket.send_fds(sender, [b"BARRIER=1"], [writer])
            finally:
                os.close(writer)
            poll = select.poll()
            poll.register(reader, 0)  # POLLHUP is told in any case
            return bool(poll.poll(PATIENCE * 1000))
        except (OSError, ValueError):
            return False
        finally:
            os.close(reader)

    def send_once(self, line: str) -> None:
        """Send a line, unless this method has sent it before."""
        if line not in self._sent:
            self._sent.add(line)
            self.send(line)

    def status(self, text: str) -> None:
        """Send what the service is doing, where that has changed."""
        if text != self._status:
            self._status = text
            self.send(f"STATUS={printable(text, LARGEST)}")

    def heartbeat(self, *, busy: bool) -> float | None:
        """Send ``WATCHDOG=1`` where that is due; the seconds until it is due again, None where nobody waits for it.

        A service that is not busy asks not to be watched until it is: it sleeps until something happens.
        Ref: sd_notify(3), WATCHDOG_USEC=; systemd's service.c, service_start_watchdog: 0 ends the watch.
        """
        if self.interval is None:
            return None
        if busy != self._watched:
            self._watched = busy
            self.send(f"WATCHDOG_USEC={round(self.interval * 2e6) if busy else 0}")
            self._due = time.monotonic()
        if not busy:
            return None
        left = self._due - time.monotonic()
        if left > 0:
            return left
        self.send("WATCHDOG=1")
        self._due = time.monotonic() + self.interval
        return self.interval
