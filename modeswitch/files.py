"""Reading files: bounded, and where root acts upon what a file says, only if nobody but root could have written it."""

from __future__ import annotations

import errno
import os
import stat

_AS_IT_IS = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""Open a file without waiting for a pipe's other end; on Windows, without a change of its bytes."""


class UntrustedFile(OSError):
    """Root must not act upon what this file says; ``strerror`` says why (``belongs to another user than root``)."""


def read_start(path: str | os.PathLike[str], most: int) -> bytes:
    """The first bytes of a file, at most ``most``.  Raises :class:`OSError`, also for a NUL in the path."""
    file = _opened(path)
    try:
        return _read(file, most)
    finally:
        os.close(file)


def read_bounded(path: str | os.PathLike[str], most: int, *, trusted: bool = False, secret: bool = False) -> bytes:
    """All bytes of a file that has at most ``most``; ``trusted`` where root acts upon them.

    ``secret``: nobody may read it but its owner and group.  Raises :class:`OSError`, with errno EFBIG for a larger
    file, and :class:`UntrustedFile`.
    """
    file = _opened(path)
    try:
        complaint = untrusted(file) if trusted else ""
        if secret and os.fstat(file).st_mode & 0o004:
            complaint = complaint or "may be read by all"
        if complaint:
            raise UntrustedFile(errno.EPERM, complaint)
        raw = _read(file, most + 1)
    finally:
        os.close(file)
    if len(raw) > most:
        raise OSError(errno.EFBIG, f"larger than {most} bytes")
    return raw


def _opened(path: str | os.PathLike[str]) -> int:
    """The file, open, without waiting for anybody who might write into a pipe."""
    try:
        return os.open(path, os.O_RDONLY | _AS_IT_IS)
    except ValueError as error:  # a NUL in the path
        raise OSError(errno.EINVAL, str(error)) from error


def _read(file: int, most: int) -> bytes:
    """The first bytes of an open file.  Waits for who writes into a pipe (``<(ssh router dmesg)``).

    Raises :class:`OSError`; also for a pipe that nobody writes into, since it may never end.  Ref: fifo(7), pipe(7).
    """
    got = b""
    while len(got) < most:
        try:
            more = os.read(file, most - len(got))
        except BlockingIOError:
            if not (_is_pipe(file) or os.isatty(file)):
                raise
            os.set_blocking(file, True)
            continue
        if not more:
            break
        got += more
    if not got and _is_pipe(file):
        raise OSError(errno.EPIPE, "a pipe out of which nothing comes")
    return got


def _is_pipe(file: int) -> bool:
    """Is that open file a pipe, with a name or without?"""
    return stat.S_ISFIFO(os.fstat(file).st_mode)


def untrusted(file: int) -> str:
    """Why root must not believe an open file: another user owns it or may write to it; empty where it may."""
    if os.geteuid() != 0:
        return ""
    found = os.fstat(file)
    if found.st_uid != 0:
        return "belongs to another user than root"
    return "may be written by its group or by all" if found.st_mode & 0o022 else ""


def write_whole(path: str, raw: bytes, *, mode: int = 0o644, durable: bool = False) -> None:
    """Replace a plain file, or make one: there is the old one or the new one, however this process ends.

    ``durable``: also after a loss of power, and it is on the disk before this returns, with its name.  Raises
    :class:`OSError`, also for a link, a pipe and a device (``/dev/stdout``): the old one is there then, and nothing
    beside it; the new one where only its name could not be brought to the disk.  Ref: rename(2), fsync(2).
    """
    import tempfile

    _refuse_another_kind(path)
    folder = os.path.dirname(path) or "."
    file, fresh = tempfile.mkstemp(prefix=f"{os.path.basename(path)}.", dir=folder)
    try:
        with os.fdopen(file, "wb") as out:
            os.fchmod(out.fileno(), mode)
            out.write(raw)
            out.flush()
            if durable:
                os.fsync(out.fileno())
        os.replace(fresh, path)
    except BaseException:
        _remove(fresh)
        raise
    if durable:
        sync_folder(folder)


def _refuse_another_kind(path: str) -> None:
    """Raise :class:`OSError` where what is there is no plain file: root would take a device's node away."""
    try:
        found = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    if not (stat.S_ISREG(found) or stat.S_ISDIR(found)):  # a folder is not replaced, rename(2) sees to that
        kind = "a link" if stat.S_ISLNK(found) else "a pipe or a device"
        raise OSError(errno.EEXIST, f"it is {kind}, and only a plain file is written anew", path)


def write_new(path: str, text: str, *, mode: int) -> None:
    """Write a new file of UTF-8, never through a link and never over another one; all of it, or there is none.

    Raises :class:`OSError`.  Ref: open(2), O_EXCL.
    """
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(file, "w", encoding="utf-8") as out:
            out.write(text)
    except BaseException:
        _remove(path)
        raise


def _remove(path: str) -> None:
    """Take away a file that was not finished; a Ctrl-C may come when it is gone already."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        return


def note(folder: str, name: str, text: str) -> None:
    """Write a short file of ASCII, which all may read and no link leads to.  Nothing is done where that cannot be."""
    try:
        os.makedirs(folder, mode=0o755, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
        with os.fdopen(os.open(os.path.join(folder, name), flags, 0o644), "w", encoding="ascii") as file:
            file.write(text)
            os.fchmod(file.fileno(), 0o644)  # the umask of the service is narrower
    except OSError:
        return


def make_folder(path: str) -> None:
    """Make a folder, also those above it, and see that the disk knows of it.  Raises :class:`OSError`.

    One that is there already may have been made by a process that was killed before it could do the latter.
    """
    missing, above = [], path
    while above and not os.path.isdir(above):
        missing.append(above)
        above = os.path.dirname(above)
    if missing:
        os.makedirs(path, mode=0o755, exist_ok=True)
    for made in missing or [path]:
        try:
            sync_folder(os.path.dirname(made) or ".")
        except PermissionError:  # who may not read the folder above did not make this one
            if missing:
                raise


def sync_folder(path: str) -> None:
    """See that the names in a folder are on the disk.  Raises :class:`OSError`."""
    folder = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


# What sysfs and procfs tell: files and links that may go at any moment, so that one that is not there is no error.


def names(folder: str) -> list[str]:
    """The names in a folder, sorted; none where there is no such folder."""
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def text(path: str, most: int) -> str:
    """The first bytes of a file as UTF-8, at most ``most``; empty where it cannot be read."""
    try:
        return read_start(path, most).decode("utf-8", "replace")
    except OSError:
        return ""


def link(path: str) -> str:
    """Where a symbolic link leads, as it is written there; empty where there is no such link."""
    try:
        return os.readlink(path)
    except OSError:
        return ""
