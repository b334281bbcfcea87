"""What tells of changes besides the bus: to network interfaces (rtnetlink), and to our notes of the ports (inotify).

Only that something has changed is taken from them; what is so now is read afterwards.

Ref: rtnetlink(7), groups RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR; inotify(7).
"""

from __future__ import annotations

import ctypes
import os
import socket

from . import past

_NETLINK_ROUTE = 0
_GROUPS = 0x001 | 0x010 | 0x100
"""RTMGRP_LINK, RTMGRP_IPV4_IFADDR and RTMGRP_IPV6_IFADDR.  Ref: linux/rtnetlink.h."""
_WRITTEN, _MADE = 0x008 | 0x080, 0x100
"""IN_CLOSE_WRITE and IN_MOVED_TO; IN_CREATE.  Ref: sys/inotify.h."""
MOST = 1000
"""So many messages are taken at a time, so that a flood keeps nobody from his other work."""
LARGEST = 8192


class NetworkChanges:
    """A socket that hears of network interfaces: carrier, addresses, names.  Raises :class:`OSError`."""

    def __init__(self) -> None:
        kind = socket.SOCK_RAW | socket.SOCK_CLOEXEC
        self._socket = socket.socket(socket.AF_NETLINK, kind, _NETLINK_ROUTE)
        try:
            self._socket.bind((0, _GROUPS))
            self._socket.setblocking(False)
        except OSError:
            self._socket.close()
            raise

    def fileno(self) -> int:
        """What to wait on."""
        return self._socket.fileno()

    def take(self) -> bool:
        """Take what was told; all of it counts, also what was lost (ENOBUFS)."""
        for _ in range(MOST):
            try:
                self._socket.recv(LARGEST)
            except OSError:
                break
        return True

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


class NoteChanges:
    """Hears of files that are written in the folders of our notes.  Raises :class:`OSError`.

    Of a folder that is not there yet it is heard when it is made.
    """

    def __init__(self, folders: list[str]) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._folders = folders
        self._names = [past.SUFFIX.encode() + b"\0", *(os.fsencode(os.path.basename(name)) + b"\0" for name in folders)]
        self._file = self._called("inotify_init1", os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            self._hear()
        except OSError:
            self.close()
            raise

    def _hear(self) -> None:
        for folder in self._folders:
            if not self._add(folder, _WRITTEN):
                self._add(os.path.dirname(folder), _MADE)
                self._add(folder, _WRITTEN)  # where it was made meanwhile

    def _add(self, folder: str, what: int) -> bool:
        """Hear of that in a folder, also where it is heard of already; False where there is none for us."""
        try:
            self._called("inotify_add_watch", self._file, os.fsencode(folder), what)
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            return False
        return True

    def _called(self, name: str, *words: int | bytes) -> int:
        number: int = getattr(self._libc, name)(*words)
        if number < 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))
        return number

    def fileno(self) -> int:
        """What to wait on."""
        return self._file

    def take(self) -> bool:
        """Take what was told; of the files beside our notes, as locks, nothing counts."""
        counts = False
        for _ in range(MOST):
            try:
                told = os.read(self._file, LARGEST)
            except OSError:
                break
            counts = counts or any(name in told for name in self._names)
        self._hear()
        return counts

    def close(self) -> None:
        """Hear no more."""
        os.close(self._file)


def open_all() -> list[NetworkChanges | NoteChanges] | None:
    """All of them; None where one cannot be had, as in a sandbox."""
    opened: list[NetworkChanges | NoteChanges] = []
    try:
        opened.append(NetworkChanges())
        opened.append(NoteChanges(past.folders()))
    except (OSError, AttributeError):  # AttributeError: a libc without inotify
        for one in opened:
            one.close()
        return None
    return opened
