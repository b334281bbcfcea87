"""One process at a time at each port: a lock that its holder's death frees, and that says who holds it.

Ref: flock(2): a lock goes with the last descriptor of the open file, however its process ends.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Callable

from .. import files
from ..errors import Busy
from ..printable import printable
from ..usb.descriptors import Port

MACHINE = "/run/modeswitch"
AGAIN = 0.05
"""How soon a lock that is held is asked for again, in seconds."""


def folder() -> str | None:
    """Where the locks are: the machine's folder for root, else the user's own; None where there is none."""
    if os.geteuid() == 0:
        return MACHINE
    own = os.environ.get("XDG_RUNTIME_DIR")
    return os.path.join(own, "modeswitch") if own else None


class PortLock:
    """The lock of one port, in a folder of ours.  Where there is none, or none can be made, it locks nothing."""

    def __init__(self, port: Port, where: str | None = None) -> None:
        self._folder = where if where is not None else folder()
        self._port = port
        self._file: int | None = None

    def acquire(self, seconds: float, wait: Callable[[float], None], told: Callable[[str], None]) -> None:
        """Take the lock, waiting at most so long; ``told`` hears once who holds it.

        Raises :class:`Busy` where it is still held then.
        """
        if not self._open():
            return
        left, holder = seconds, ""
        while not self._take():
            if not holder:
                holder = self._holder()
                told(holder)
            if left <= 0:
                self.release()
                raise Busy(
                    f"the stick at {self._port} is in use by {holder}",
                    hint="Wait for that process, or end it; its lock goes with it.",
                    port=str(self._port),
                )
            pause = min(AGAIN, left)
            wait(pause)
            left -= pause

    def _open(self) -> bool:
        if self._folder is None:
            return False
        try:
            os.makedirs(self._folder, mode=0o755, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            self._file = os.open(os.path.join(self._folder, f"{self._port}.lock"), flags, 0o644)
        except OSError:
            return False
        return True

    def _take(self) -> bool:
        if self._file is None:
            return True
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            return error.errno not in (errno.EWOULDBLOCK, errno.EACCES)
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode("ascii"), 0)
        return True

    def _holder(self) -> str:
        """Who says in the file that it holds the lock, for a person."""
        if self._file is None:
            return "nobody"
        number = os.pread(self._file, 32, 0).decode("ascii", "replace").strip()
        if not number.isdigit():
            return "another process"
        program = printable(files.text(f"/proc/{number}/comm", 64).strip(), 32)
        return f"{program} (process {number})" if program else f"process {number}"

    def release(self) -> None:
        """Let the next one have it; a second time does nothing."""
        file, self._file = self._file, None
        if file is not None:
            os.close(file)
