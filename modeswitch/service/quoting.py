"""How the path of a program stands in a systemd unit and in a udev rule, so that it is that program and no other.

Ref: systemd.service(5), "Command lines"; systemd's load-fragment.c, which takes no program whose path has quotes,
backslashes or control characters; systemd.unit(5), specifiers; udev(7), PROGRAM and the substitutions of % and $.
"""

from __future__ import annotations

import re

from ..errors import Refused
from ..printable import printable

_PLAIN = re.compile(r"/[A-Za-z0-9/._+@:~-]*")
_BARRED = "\"'\\$"
"""Quotes and backslashes, which systemd refuses; $, since it puts a variable there in what tells a venv where it is."""


def check_path(path: str) -> str:
    """The path, where units and rules can name it.  Raises :class:`Refused`, also where it does not begin with /."""
    if not path.startswith("/"):
        raise Refused(f"{printable(path, 200)!r} is no whole path of a program", hint="Write it from / on.")
    found = next((char for char in path if char in _BARRED or not char.isprintable()), "")
    if found:
        raise Refused(
            f"{printable(path, 200)}: no service can be told of a path with {printable(repr(found))} in it",
            hint="Install modeswitch in a folder without quotes, backslashes, $ and unseen characters: /opt/modeswitch",
        )
    return path


def in_unit(path: str) -> str:
    """The path as the first word of ``ExecStart=``.  Raises as :func:`check_path`."""
    return path if _PLAIN.fullmatch(check_path(path)) else '"' + path.replace("%", "%%") + '"'


def in_rule(path: str) -> str:
    """The path as the first word of udev's ``PROGRAM``.  Raises as :func:`check_path`."""
    return path if _PLAIN.fullmatch(check_path(path)) else "'" + path.replace("%", "%%") + "'"
