"""New files in a folder that a person named: none is ever written over."""

from __future__ import annotations

import os

from .. import files
from ..errors import UsageError
from ..printable import printable
from .show import Show


def write_new(path: str, text: str, mode: int = 0o644) -> None:
    """Write a new file of that mode.  Raises :class:`UsageError` where it is there already, or cannot be written."""
    try:
        files.write_new(path, text, mode=mode)
    except FileExistsError as error:
        raise UsageError(f"{printable(path)} is there already: it is not written over") from error
    except OSError as error:
        raise UsageError(f"{printable(path)}: {error.strerror}") from error


def give_file(into: str, file: str, name: str, text: str, show: Show) -> None:
    """Write a new file into that folder, and tell so.  Raises as :func:`write_new`."""
    path = os.path.join(into, file)
    write_new(path, text)
    if show.json:
        show.emit("written", name=name, file=path)
    else:
        show.result(f"{path}: written")
