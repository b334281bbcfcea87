"""The shipped profiles in their compiled file: an index that is searched as text, and one line a family.

An id costs one search in the index, a family one seek to its line, so that neither grows with the number of profiles.
"""

from __future__ import annotations

import os

from ..c_modules import json_value
from ..errors import ProfileError
from ..printable import printable
from ..usb.descriptors import UsbId
from ..values import NamedTuple
from .compiled import FILE, loaded
from .profile import Profile

DAMAGE = (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What reading a file raises that is not as it was written."""
LARGEST = 4 * 1024 * 1024
"""How many bytes the index may have: a damaged number must not ask for more memory than there is."""


class Index(NamedTuple):
    """What stands before the families in the file: each of its lines has a line feed before it.

    ``lengths`` is where the lines of a family and its length begin, ``end`` where in the file the families do.
    """

    text: bytes
    lengths: int
    end: int


class Shipped:
    """The shipped families of a folder.  Each method raises :class:`ProfileError` where the file is damaged."""

    def __init__(self, folder: str) -> None:
        self.path = os.path.join(folder, FILE)
        self._read: Index | None = None

    def names(self) -> list[str]:
        """The names of all families, in alphabetical order."""
        index = self._index()
        try:
            return index.text[index.lengths :].decode("ascii").split()[::2]
        except ValueError as error:
            raise self._damaged(error) from error

    def knowing(self, usb: UsbId) -> list[str]:
        """The names of the families that know an id: one search through the text, nothing parsed."""
        text = self._index().text
        at = text.find(f"\n{usb} ".encode())
        try:
            return text[at + 1 : text.index(b"\n", at + 1)].decode("ascii").split()[1:] if at >= 0 else []
        except ValueError as error:
            raise self._damaged(error) from error

    def family(self, name: str) -> Profile:
        """The family of that name, which must be one of :meth:`names`."""
        text, lengths, end = self._index()
        try:
            at = text.index(f"\n{name} ".encode(), lengths)
            offset = sum(map(int, text[lengths:at].split()[1::2]))
            length = int(text[at + len(name) + 2 : text.index(b"\n", at + 1)])
            with open(self.path, "rb") as file:
                file.seek(end + offset)
                line = file.readline().decode("ascii")
            if len(line) != length or not line.startswith(f'{{"name": "{name}", '):
                raise ValueError(f"the line of {name} is not where the index says")
            return loaded(json_value(line))
        except DAMAGE as error:
            raise self._damaged(error) from error

    def _index(self) -> Index:
        if self._read is None:
            try:
                with open(self.path, "rb") as file:
                    size = int(file.readline(20))
                    text = file.read(size) if 0 <= size <= LARGEST else b""
                    if not text.endswith(b"\n\n"):
                        raise ValueError("the index does not end where it says")
                    self._read = Index(text, text.rindex(b"\n\n", 0, -2) + 1, file.tell())
            except (OSError, ValueError) as error:
                raise self._damaged(error) from error
        return self._read

    def _damaged(self, error: Exception) -> ProfileError:
        hint = "The installation is damaged: install modeswitch again."
        return ProfileError(f"{self.path}: {printable(str(error))}", hint=hint)
