"""One process at a time at each port: a lock that its holder's death frees, and that says who holds it.

Root and users have the same locks, in one folder.  Whoever can open a lock's file can hold it, and keep all others from
the stick: so it is root's alone, unless the machine's owner gave the folder to the group that may use the sticks.

A lock's file can be removed while it is held, and a new one be locked beside it.  So each holder also shares a lock on
the folder that no system removes, /run: who gets that for himself alone knows that nothing is held.  Only else is the
list of all locks read, for which the kernel first waits for all processors, 10 ms and more.

Ref: flock(2): a lock goes with the last descriptor of the open file, however its process ends, and wants no right to
write; proc_locks(5); Linux fs/locks.c, locks_start (percpu_down_write, which waits for RCU).
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time
from collections.abc import Callable

from .. import files
from ..errors import Busy, PermissionDenied, Refused
from ..usb.descriptors import Port

MACHINE = "/run/modeswitch"
AGAIN = 0.05
"""How soon a lock that is held is asked for again, in seconds."""
FLOCKS = "/proc/locks"
MOST_LOCKS, MOST_FILES = 64 * 1024, 4096
"""How much is read of the list of all locks, in bytes, and how many open files of a process are looked at."""
FOR_ALL = 0o007
"""What a lock's file must let nobody do but its owner and group."""
TRIES = 20
"""How often a file is opened anew that others take away meanwhile, and how often a shared lock is asked for."""
MOMENT = 0.001
"""How long another one may have for himself what all share, in seconds."""


def folder() -> str | None:
    """Where notes on ports are: the machine's folder for root, else the user's own; None where there is none."""
    if os.geteuid() == 0:
        return MACHINE
    own = os.environ.get("XDG_RUNTIME_DIR")
    return os.path.join(own, "modeswitch") if own else None


class PortLock:
    """The lock of one port, in a folder for all users.  Where no folder can be made on this system it locks nothing."""

    def __init__(self, port: Port, where: str | None = None) -> None:
        self._folder = where if where is not None else os.path.join(MACHINE, "locks")
        self._path = os.path.join(self._folder, f"{port}.lock")
        self._port = port
        self._file: int | None = None
        self._shared: int | None = None

    def acquire(self, seconds: float, wait: Callable[[float], None], told: Callable[[str], None]) -> None:
        """Take the lock, waiting at most so long; ``told`` hears once who holds it.

        Raises :class:`Busy` where it is still held then, :class:`PermissionDenied` where this user may not lock, and
        :class:`Refused` where something else is in its place.
        """
        try:
            self._acquire(seconds, wait, told)
        except BaseException:
            self.release()
            raise

    def _acquire(self, seconds: float, wait: Callable[[float], None], told: Callable[[str], None]) -> None:
        left, holder = seconds, ""
        while not self._take():
            if not holder:
                holder = self._holder()
                told(holder)
            if left <= 0:
                raise Busy(
                    f"the stick at {self._port} is in use by {holder}",
                    hint="Wait for that process, or end it; its lock goes with it.",
                    port=str(self._port),
                )
            pause = min(AGAIN, left)
            wait(pause)
            left -= pause

    def _take(self) -> bool:
        """Try once; True also where nothing can be locked."""
        alone = self._share()
        try:
            return self._take_file(alone)
        finally:
            if alone:
                self._share_again()

    def _take_file(self, alone: bool) -> bool:
        """Lock the file; ``alone``: no other process holds any, or can meanwhile."""
        for _ in range(TRIES):
            if self._file is None:
                self._file = self._open()
            if self._file is None:
                return True
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                return error.errno not in (errno.EWOULDBLOCK, errno.EACCES)
            if not self._is_there(self._file):  # it was taken away between the two, and another one may have a new one
                os.close(self._file)
                self._file = None
                continue
            # Only a new file can stand in the place of one that is held: whoever has signed it has looked.
            if not alone and not os.fstat(self._file).st_size and self._removed_holder():
                return False
            self._sign(self._file)
            return True
        return False

    def _share(self) -> bool:
        """Have the lock that all holders share; True where nobody else has it: for ourselves alone, then."""
        if self._shared is None:
            try:
                self._shared = os.open(self._above(), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            except OSError:
                return False
        if _lock(self._shared, fcntl.LOCK_EX):
            return True
        self._share_again()
        return False

    def _share_again(self) -> None:
        """Share it with the others; one of them may have it for himself just now."""
        for _ in range(TRIES):
            if self._shared is None or _lock(self._shared, fcntl.LOCK_SH):
                return
            time.sleep(MOMENT)

    def _above(self) -> str:
        """The folder that nobody removes."""
        return os.path.dirname(os.path.dirname(self._folder))

    def _open(self) -> int | None:
        """The lock's file, made where there is none; None where this system has no place for it."""
        try:
            return self._opened()
        except PermissionError as error:
            raise self._denied(error) from error
        except OSError:
            return None

    def _opened(self) -> int:
        os.makedirs(self._folder, mode=0o755, exist_ok=True)
        shared = os.stat(self._folder).st_mode & stat.S_IWGRP
        mode = 0o660 if shared else 0o600
        how = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        for _ in range(TRIES):
            try:
                # Not O_CREAT for one that is there: in a group's folder the kernel may refuse that (protected_regular).
                file = os.open(self._path, how)
            except FileNotFoundError:
                try:
                    file = os.open(self._path, how | os.O_CREAT | os.O_EXCL, mode)
                except FileExistsError:
                    continue
                os.fchmod(file, mode)  # whatever the umask says
            except OSError as error:
                if error.errno not in (errno.ELOOP, errno.EISDIR, errno.ENXIO):
                    raise
                self._clear(error)
                continue
            found = os.fstat(file)
            if stat.S_ISREG(found.st_mode) and not found.st_mode & FOR_ALL:
                return file
            os.close(file)  # no file, or one that everybody can open and hold
            self._clear(None)
        raise OSError(errno.EAGAIN, "it is taken away again and again")

    def _clear(self, error: OSError | None) -> None:
        """Take away what stands where the lock belongs: a link, an empty folder, a file that all can open."""
        try:
            os.unlink(self._path)
        except FileNotFoundError:
            return
        except OSError:
            try:
                os.rmdir(self._path)
            except FileNotFoundError:
                return
            except OSError as failure:
                raise Refused(
                    f"{self._path} is no lock of modeswitch's, and cannot be removed: {failure.strerror}",
                    hint="Nothing was done. Remove it as root.",
                    port=str(self._port),
                ) from (error or failure)

    def _denied(self, error: OSError) -> PermissionDenied:
        return PermissionDenied(
            f"the stick at {self._port} cannot be kept for this process: {self._path}: {error.strerror}",
            hint="Nothing was done. Run this as root, or let a group use sticks, as root: "
            f"install -d -m 2770 -g GROUP {self._folder}   # the GROUP of the udev rule that gives it the stick",
            port=str(self._port),
        )

    def _is_there(self, file: int) -> bool:
        try:
            return os.path.samestat(os.fstat(file), os.stat(self._path, follow_symlinks=False))
        except OSError:
            return False

    def _sign(self, file: int) -> None:
        """Write who holds it; a file system that is full takes the lock and not the name."""
        try:
            os.ftruncate(file, 0)
            os.pwrite(file, f"{os.getpid()}\n".encode("ascii"), 0)
        except OSError:
            return

    def _removed_holder(self) -> str:
        """The process that holds this lock by a file that was removed meanwhile; empty where none is seen."""
        gone = f"{os.path.realpath(self._folder)}/{self._port}.lock (deleted)"
        for process in _flockers(_inodes(self._folder) | _inode(self._above())):
            for number in files.names(f"/proc/{process}/fd")[:MOST_FILES]:
                path = f"/proc/{process}/fd/{number}"
                if files.link(path) == gone and self._is_alike(path):
                    return process
        return ""

    def _is_alike(self, path: str) -> bool:
        """Could that file have been this lock?  A name alone proves nothing: who has namespaces names as he likes."""
        if self._file is None:
            return False
        ours = os.fstat(self._file)
        try:
            found = os.stat(path)
        except OSError:
            return False
        owned = found.st_uid == ours.st_uid or ours.st_mode & stat.S_IRGRP
        return bool(found.st_dev == ours.st_dev and owned and not found.st_mode & FOR_ALL)

    def _holder(self) -> str:
        """Who holds the lock, for a person."""
        number = self._removed_holder()
        if not number and self._file is not None:
            number = os.pread(self._file, 32, 0).decode("ascii", "replace").strip()
        if not number.isdigit():
            return "another process"
        from . import processes  # only where another holds it

        program = processes.name(number)
        return f"{program} (process {number})" if program else f"process {number}"

    def release(self) -> None:
        """Let the next one have it; a second time does nothing."""
        held = (self._file, self._shared)
        self._file = self._shared = None
        for file in held:
            if file is not None:
                os.close(file)


def _lock(file: int, how: int) -> bool:
    """Lock an open file so, without waiting; was that possible?"""
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _inodes(folder: str) -> set[str]:
    """The inodes that have a name in a folder."""
    try:
        with os.scandir(folder) as entries:
            return {str(entry.inode()) for entry in entries}
    except OSError:
        return set()


def _inode(path: str) -> set[str]:
    """The inode of a file or folder; nothing where there is none."""
    try:
        return {str(os.stat(path).st_ino)}
    except OSError:
        return set()


def _flockers(named: set[str]) -> list[str]:
    """The processes that hold a lock by flock(2), as far as this one may know; not those on ``named`` inodes alone.

    In a farm all locks are of other ports, and their holders have many files.
    """
    found: dict[str, None] = {}
    for line in files.text(FLOCKS, MOST_LOCKS).splitlines():
        words = line.split()
        is_known = words[1:2] == ["FLOCK"] and len(words) > 5 and words[4].isdigit() and words[4] != "0"
        if is_known and words[5].rpartition(":")[2] not in named:
            found[words[4]] = None
    return list(found)
