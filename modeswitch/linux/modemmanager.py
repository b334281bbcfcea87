"""Keeps ModemManager's hands off one stick while we talk to its AT port.

ModemManager writes to every serial port of a modem; an answer that it causes looks like ours.  Its own tool asks it,
over D-Bus, to leave the device alone for as long as that tool runs; when the tool ends, however it ends, so does the
request.

Ref: mmcli(1), --inhibit-device; ModemManager's D-Bus interface, InhibitDevice.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess

SECONDS = 3.0
"""How long the tool may take to answer."""
_DONE = b"successfully inhibited"


class Inhibition:
    """From ``begin`` to ``end``, where ModemManager runs and knows the device; elsewhere nothing.

    ``path`` is the device's folder in sysfs, which is how ModemManager calls it.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._tool: subprocess.Popen[bytes] | None = None

    def begin(self) -> bool:
        """Ask, and wait for the answer; whether ModemManager now leaves the device alone."""
        program = shutil.which("mmcli")
        if program is None or not self._path:
            return False
        try:
            self._tool = subprocess.Popen(
                [program, f"--inhibit-device={self._path}"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # a Ctrl-C is ours: it ends the request in its own time
            )
        except OSError:
            return False
        try:
            granted = self._granted()
        except BaseException:
            self.end()
            raise
        if not granted:
            self.end()
        return granted

    def _granted(self) -> bool:
        """Did it say so within its time?"""
        said, stdout = b"", self._tool.stdout if self._tool else None
        while stdout and _DONE not in said and len(said) < 4096:
            ready, _, _ = select.select([stdout], [], [], SECONDS)
            part = os.read(stdout.fileno(), 1024) if ready else b""
            if not part:
                return False
            said += part
        return _DONE in said

    def end(self) -> None:
        """Let ModemManager have the device again; a second time does nothing."""
        tool, self._tool = self._tool, None
        if tool is None:
            return
        tool.send_signal(signal.SIGINT)
        try:
            tool.wait(SECONDS)
        except subprocess.TimeoutExpired:
            tool.kill()
            tool.wait()
        if tool.stdout:
            tool.stdout.close()
