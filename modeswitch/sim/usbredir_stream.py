"""The stream between a simulated stick and what redirects it: packets out, packets in, and the hello before all others.

A file descriptor is enough: of a socket, or of a port of virtio-serial in QEMU's guest.
"""

from __future__ import annotations

import os
import select
from collections.abc import Callable, Iterator
from typing import Any

from .clock import Clock
from .usbredir_packets import BY_GUEST, OURS, Capability, Codec, Packet, Type, words

PATIENCE = 10.0
"""How long the other side may take to say hello, to read, and to say that it saw a disconnect, in seconds."""
VERSION = b"modeswitch, a simulated stick"


class Gone(Exception):
    """The stream has ended, or the other side will have nothing to do with the stick."""


class Stream:
    """Packets to and from the other side; ``clock`` is the stick's."""

    def __init__(self, descriptor: int, clock: Clock) -> None:
        self._descriptor = descriptor
        self._clock = clock
        self._codec = Codec(BY_GUEST, OURS)
        os.set_blocking(descriptor, False)

    def fileno(self) -> int:
        """What to wait on for reading."""
        return self._descriptor

    @property
    def shared(self) -> frozenset[Capability]:
        """What both sides can do."""
        return self._codec.shared or frozenset()

    def greet(self, until: Callable[[], bool]) -> None:
        """Say hello and hear it.  Raises :class:`Gone` where nobody answers, BadReply for anything else."""
        end = self._clock.now() + PATIENCE
        self.send(Type.HELLO, version=VERSION.ljust(64, b"\0"), words=words(OURS))
        while self._codec.shared is None and not until():
            if self._clock.now() >= end:
                raise Gone(f"nobody said hello in {PATIENCE:g} s")
            select.select([self._descriptor], [], [], 0.1)
            self._read()
            self._codec.next()

    def receive(self) -> Iterator[Packet]:
        """What has come; raises :class:`Gone` at the end of the stream, BadReply for what breaks the protocol."""
        if not self._read():
            raise Gone("the other side has closed the stream")
        while (packet := self._codec.next()) is not None:
            yield packet

    def send(self, kind: Type, number: int = 0, data: bytes = b"", /, **fields: Any) -> None:
        """All of a packet; raises :class:`Gone` where the other side does not read."""
        rest = memoryview(self._codec.build(kind, number, data, **fields))
        while rest:
            _, writable, _ = select.select([], [self._descriptor], [], PATIENCE)
            if not writable:
                raise Gone(f"the other side has read nothing for {PATIENCE:g} s")
            try:
                rest = rest[os.write(self._descriptor, rest) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise Gone(str(error)) from error

    def _read(self) -> bool:
        """Take what there is to read; False at the end."""
        try:
            data = os.read(self._descriptor, 65536)
        except BlockingIOError:
            return True
        except OSError as error:
            raise Gone(str(error)) from error
        self._codec.feed(data)
        if not data and self._codec.shared is None:  # so reads a port of virtio-serial while nobody is behind it
            self._clock.wait(0.01)
        return bool(data)
