"""Files that hold a pasted text."""

from __future__ import annotations

import os
import stat

from ...errors import UsageError
from ...files import read_start
from ...printable import printable
from ...values import TYPE_CHECKING
from .read import MOST_BYTES, read
from .values import PastedText

if TYPE_CHECKING:
    from typing import BinaryIO


def is_text_file(name: str) -> bool:
    """Can it hold a pasted text: a file or a pipe?  Folders and device nodes stand for devices."""
    try:
        mode = os.stat(name).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(mode) or stat.S_ISFIFO(mode)


def read_file(name: str, file: BinaryIO | None = None) -> PastedText:
    """Read the file of that name, or ``file`` where it is open already.  Raises :class:`UsageError`."""
    try:
        return read(file.read(MOST_BYTES + 1) if file is not None else read_start(name, MOST_BYTES + 1))
    except OSError as error:
        raise UsageError(f"{printable(name)}: {(error.strerror or os.strerror(error.errno or 0)).lower()}") from error
