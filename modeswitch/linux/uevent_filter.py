"""A filter in the kernel for uevents that have nothing to do with USB: they never reach our socket's buffer.

All USB devices are below a root hub, so ``/usb1`` or the like stands in their path, which begins the message.  Classic
BPF has no loops and no look-up by name; so each place within the first bytes is looked at in turn, for ``usb``, two
places a load.
A message that may have a longer path is let through: the path stands in it twice, so one that is short enough has not.
What is let through is looked at again by whoever reads it.

Ref: socket(7), SO_ATTACH_FILTER; Linux Documentation/networking/filter.rst; net/core/filter.c: a filter is charged to
net.core.optmem_max (20 KB before Linux 6.9) at the size of its translation, some 15 instructions for each load.
"""

from __future__ import annotations

import ctypes
import struct

from ..c_modules import sockets

_SO_ATTACH_FILTER = 26
_LOAD_LENGTH, _LOAD_WORD = 0x80, 0x20  # BPF_LD | BPF_W | BPF_LEN, … | BPF_ABS
_TO_X, _FROM_X = 0x07, 0x87  # BPF_MISC | BPF_TAX, | BPF_TXA
_SHIFT, _AND = 0x74, 0x54  # BPF_ALU | BPF_RSH | BPF_K, | BPF_AND | BPF_K
_IF_EQUAL, _IF_GREATER = 0x15, 0x25  # BPF_JMP | BPF_JEQ | BPF_K, | BPF_JGT | BPF_K
_RETURN = 0x06
_ALL = 0xFFFFFFFF
_WANTED = int.from_bytes(b"usb")

PLACES = 160
"""So many bytes of a message are looked at."""
SHORT = 2 * PLACES
"""A message of at most so many bytes has its whole path within them, since the path comes twice."""


def _instruction(code: int, value: int = 0, then: int = 0, other: int = 0) -> bytes:
    """A ``struct sock_filter``."""
    return struct.pack("=HBBI", code, then, other, value)


def program() -> bytes:
    """The instructions; a load beyond the message's end drops it."""
    accept = _instruction(_RETURN, _ALL)
    made = [_instruction(_LOAD_LENGTH), _instruction(_IF_GREATER, SHORT, 0, 1), accept]
    for place in range(4, PLACES, 2):
        made += [
            _instruction(_LOAD_WORD, place),
            _instruction(_TO_X),
            _instruction(_SHIFT, 8),
            _instruction(_IF_EQUAL, _WANTED, 3),
            _instruction(_FROM_X),
            _instruction(_AND, 0xFFFFFF),
            _instruction(_IF_EQUAL, _WANTED, 0, 1),
            accept,
        ]
    return b"".join([*made, _instruction(_RETURN, 0)])


def attach(to: sockets.socket) -> bool:
    """Have the kernel filter what comes to that socket; False where it will not, and then all of it comes."""
    code = ctypes.create_string_buffer(program())
    filter_ = struct.pack("HP", (len(code) - 1) // 8, ctypes.addressof(code))
    try:
        to.setsockopt(sockets.SOL_SOCKET, _SO_ATTACH_FILTER, filter_)
    except OSError:
        return False
    return True
