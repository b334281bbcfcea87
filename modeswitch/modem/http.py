"""A page of a stick's web server, read with a limit to its bytes and to its time, and taken apart.

The stick chooses what it serves: it may drip, never end, lie about its length, or be no page at all.

Ref: RFC 9112 (HTTP/1.1), §6.3 and §7.1 for where a page ends.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from xml.parsers import expat

from ..values import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from http.client import HTTPResponse
    from typing import Any

LARGEST = 64 * 1024
"""How long a page may be, in bytes; status, headers and the sizes of chunks may take as much again."""
DEEPEST = 8
"""How deep the elements of a page may be nested."""


class Truncated(Exception):
    """The answer ends before its end."""


BUFFER = 8192
"""How much is read ahead, in bytes.  Python's own choice grew to 128 KiB in 3.14."""


class Unexpected(Exception):
    """The answer is not of this API; ``means`` as in :class:`Unavailable`."""

    def __init__(self, words: str, means: str = "web") -> None:
        super().__init__(words)
        self.means = means


class Answer(NamedTuple):
    """A page: its elements with their texts, by path (``{"response": "", "response/TokInfo": "…"}``), and its headers.

    The names of headers are in lower case; of one that comes twice the last counts.
    """

    elements: dict[str, str]
    headers: dict[str, str]


class BoundedSocket(io.RawIOBase):
    """A connection with one deadline for all that is read, and a limit to how much that may be.

    A socket's own time limit begins anew with each byte, so it is set again before each read.  ``status`` is the HTTP
    status, once it was read.
    """

    def __init__(self, connection: Any, until: float, now: Callable[[], float]) -> None:
        self._connection = connection
        self._until = until
        self._now = now
        self._raw = connection.makefile("rb", buffering=0)
        self._room = 2 * LARGEST
        self.status = 0

    def _limit(self) -> None:
        left = self._until - self._now()
        if left <= 0:
            raise TimeoutError("no time is left")
        self._connection.settimeout(left)

    def send(self, data: bytes) -> None:
        """Send all of it."""
        self._limit()
        self._connection.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        """What http.client asks a socket for."""
        return io.BufferedReader(self, BUFFER)

    def readable(self) -> bool:
        """For io.BufferedReader."""
        return True

    def readinto(self, buffer: Any) -> int:
        """One read; raises TimeoutError, OSError, :class:`Unexpected`."""
        self._limit()
        count: int = self._raw.readinto(buffer) or 0
        self._room -= count
        if self._room < 0:
            raise Unexpected(f"is answered with more than {LARGEST} bytes")
        return count

    def close(self) -> None:
        """Close the reading side."""
        if not self.closed:
            self._raw.close()
        super().close()


def read(wire: BoundedSocket, method: str, *, may_be_empty: bool = False) -> Answer:
    """The page that answers such a request; raises :class:`Truncated`, :class:`Unexpected`, OSError.

    ``may_be_empty``: a page of no bytes, said to be so, is one without elements.
    """
    from http.client import BadStatusLine, HTTPException, HTTPResponse, IncompleteRead

    connection: Any = wire  # as much of a socket as is used
    response = HTTPResponse(connection, method=method)
    try:
        response.begin()
        wire.status = response.status
        _check(response.status)
        headers = {name.lower(): value for name, value in response.getheaders()}
        empty = may_be_empty and response.length == 0
        return Answer({} if empty else _page(response), headers)
    except OSError:  # one of http.client's errors is both
        raise
    except IncompleteRead as error:
        raise Truncated from error
    except (HTTPException, ValueError) as error:
        if isinstance(error, BadStatusLine) and _begins_as_http(str(error.args[0])):
            raise Truncated from error
        raise Unexpected("is not answered in HTTP") from error
    finally:
        response.close()


def _page(response: HTTPResponse) -> dict[str, str]:
    """The elements of the page, which is whole unless only the end of the connection says where it ends."""
    length = response.length
    page = response.read(LARGEST + 1) if (length or 0) <= LARGEST else b""
    if max(len(page), length or 0) > LARGEST:
        raise Unexpected(f"is answered with more than {LARGEST} bytes")
    if len(page) < (length or 0):
        raise Truncated
    return _elements(page, whole=response.chunked or length is not None)


def _check(status: int) -> None:
    """Only 200 is an answer; where 3xx leads we do not go."""
    if 300 <= status < 400:
        raise Unexpected(f"sends us elsewhere (HTTP status {status}), where we do not go")
    if status != 200:
        raise Unexpected(f"is answered with HTTP status {status}", means="")


def _begins_as_http(line: str) -> bool:
    """Is this the beginning of a status line, with its end missing?"""
    return not line.endswith("\n") and (line.startswith("HTTP/") or "HTTP/".startswith(line))


def _elements(page: bytes, *, whole: bool) -> dict[str, str]:
    """What :class:`Answer` has; ``whole``: it ends where it was said to end, not just with the connection."""
    try:
        return _parse(page.decode())
    except expat.ExpatError as error:
        if error.code in _ENDS_EARLY and not whole:
            raise Truncated from error
        raise Unexpected("is answered with a page that is not of this API") from error
    except ValueError as error:
        raise Unexpected("is answered with a page that is not of this API") from error


_ENDS_EARLY = {
    expat.errors.codes[words] for words in (expat.errors.XML_ERROR_NO_ELEMENTS, expat.errors.XML_ERROR_UNCLOSED_TOKEN)
}
"""How expat sees a document whose end is missing."""


def _parse(text: str) -> dict[str, str]:
    """See :func:`_elements`.  No document type is let in, so there are no entities that could grow or be fetched."""
    path: list[str] = []
    found: dict[str, str] = {}

    def start(name: str, attributes: dict[str, str]) -> None:
        path.append(name)
        if len(path) > DEEPEST:
            raise ValueError("nested too deeply")
        found.setdefault("/".join(path), "")

    def data(words: str) -> None:
        found["/".join(path)] += words

    def doctype(*words: object) -> None:
        raise ValueError("a document type")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda name: path.pop()
    parser.CharacterDataHandler = data
    parser.StartDoctypeDeclHandler = doctype
    parser.Parse(text, True)
    return {where: words.strip() for where, words in found.items()}
