"""A real network inside the simulated stick: a TAP device in a network namespace, a DHCP server, its web server.

For a process with root on Linux.  The namespace has no name: it is gone with the last process in it, and every stick
has its own, so that several can all be 192.168.8.1.

Ref: Linux Documentation/networking/tuntap.rst; namespaces(7), setns(2).
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import socketserver
import struct
import subprocess
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from ..errors import Unavailable
from ..linux import programs
from .frames import LARGEST
from .lan import MOST_FRAMES, Lan
from .modem import ADDRESS, GATEWAY
from .pagelogin import PageLogin
from .web import Site, handler

DEVICE = "lan0"
TUN = "/dev/net/tun"
IFF_TAP, IFF_NO_PI = 0x0002, 0x1000
TUNSETIFF = 0x400454CA
CLONE_NEWNET = 0x40000000
OWN_NAMESPACE = "/proc/thread-self/ns/net"
PROGRAMS = {"dnsmasq": "dnsmasq-base", "ip": "iproute2", "setpriv": "util-linux"}
"""What must be there → Debian's package that has it."""


class Side(NamedTuple):
    """The stick's own address, and the first and last that its DHCP server gives; ``web``: has it a web server?"""

    own: str
    first: str
    last: str
    web: bool = False


SIDES = {
    "hilink": Side("192.168.8.1", "192.168.8.100", "192.168.8.109", True),
    "ncm": Side(GATEWAY, ADDRESS, ADDRESS),
}


class Namespace:
    """A network namespace that lives as long as somebody holds it or runs in it.  Raises OSError."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        with self._returning():
            self._check(self._libc.unshare(CLONE_NEWNET))
            self._file = os.open(OWN_NAMESPACE, os.O_RDONLY | os.O_CLOEXEC)

    @contextlib.contextmanager
    def inside(self) -> Iterator[None]:
        """Be in it, with this thread and what it starts meanwhile; what was opened in it stays there."""
        with self._returning():
            self._check(self._libc.setns(self._file, CLONE_NEWNET))
            yield

    def close(self) -> None:
        """Let go of it."""
        os.close(self._file)

    @contextlib.contextmanager
    def _returning(self) -> Iterator[None]:
        with open(OWN_NAMESPACE, "rb", buffering=0) as before:
            try:
                yield
            finally:
                self._check(self._libc.setns(before.fileno(), CLONE_NEWNET))

    @staticmethod
    def _check(result: int) -> None:
        if result != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), "a network namespace")


class WebServer(socketserver.ThreadingTCPServer):
    """A thread for each connection, none that waits for them: whoever holds it looks when there is one."""

    allow_reuse_address = True
    daemon_threads = True
    timeout = 0


class TapLan(Lan):
    """The network inside a stick, with its servers.

    ``fault`` is the web server's (``faults.WEB``), ``login`` how that is logged in to.  What that server is told comes
    to ``obey`` in the thread that calls :meth:`attend`.  ``namespace`` is where it is.  To be closed, or used by
    ``with``.  Raises :class:`Unavailable` where a program is missing, OSError where root or the tun module is.
    """

    def __init__(self, fault: str = "", login: PageLogin | None = None) -> None:
        super().__init__()
        missing = [package for program, package in PROGRAMS.items() if programs.find(program) is None]
        if missing:
            raise Unavailable(
                f"the network of a simulated stick needs {', '.join(missing)}",
                hint=f"Install it: apt-get install {' '.join(missing)}.",
            )
        self._frames: deque[bytes] = deque(maxlen=MOST_FRAMES)
        self._told: deque[str] = deque()
        self._handler = handler(Site(fault, self._hear, login))
        self._dhcp: subprocess.Popen[bytes] | None = None
        self._web: WebServer | None = None
        with contextlib.ExitStack() as stack:
            self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
            stack.callback(os.close, self._bell)
            self.namespace = Namespace()
            stack.callback(self.namespace.close)
            with self.namespace.inside():
                self._tap = os.open(TUN, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
                stack.callback(os.close, self._tap)
                fcntl.ioctl(self._tap, TUNSETIFF, struct.pack("16sH22x", DEVICE.encode("ascii"), IFF_TAP | IFF_NO_PI))
                # Its own chatter would be the host's traffic, and sticks of that time speak IPv4 only.
                Path("/proc/sys/net/ipv6/conf/all/disable_ipv6").write_text("1", "ascii")
            self._closing = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()
        self._closing.close()

    def join(self, side: str) -> None:
        """Have that network's address and servers."""
        if side == self.side:
            return
        self._stop()
        super().join(side)
        chosen = SIDES[side]
        with self.namespace.inside():
            self._configure(f"address add {chosen.own}/24 dev {DEVICE}\nlink set {DEVICE} up\n")
            self._dhcp = subprocess.Popen(_dnsmasq(chosen), stdin=subprocess.DEVNULL, env={"PATH": programs.PATH})

    def serve(self) -> None:
        """Start the web server, where this network has one."""
        if self._web is None and self.side and SIDES[self.side].web:
            with self.namespace.inside():
                self._web = WebServer((SIDES[self.side].own, 80), self._handler)
        super().serve()

    def leave(self) -> None:
        """Stop the servers, have no address."""
        super().leave()
        self._stop()

    def _stop(self) -> None:
        if self._web is not None:
            self._web.server_close()
        if self._dhcp is not None:
            self._dhcp.kill()
            self._dhcp.wait()
            with self.namespace.inside():
                self._configure(f"link set {DEVICE} down\naddress flush dev {DEVICE}\n")
        self._web = self._dhcp = None
        self._frames.clear()

    def send(self, frame: bytes) -> None:
        """A frame of the host; one that the device does not take is lost, as on a wire."""
        with contextlib.suppress(OSError):
            os.write(self._tap, frame)

    def receive(self) -> bytes | None:
        """A frame for the host, or None."""
        return self._frames.popleft() if self._frames else None

    def filenos(self) -> list[int]:
        """The TAP device, commands that the web server got, and its new connections."""
        return [self._tap, self._bell, *([] if self._web is None else [self._web.fileno()])]

    def attend(self, ready: list[int]) -> None:
        """Take frames (those that come while the line is down are lost), connections and commands."""
        while self._tap in ready and (frame := self._read()) is not None:
            if self.up:
                self._frames.append(frame)
        if self._web is not None and self._web.fileno() in ready:
            self._web.handle_request()
        if self._bell in ready:
            os.eventfd_read(self._bell)
            while self._told:
                self.obey(self._told.popleft())

    def _hear(self, name: str) -> None:
        """A command, in a thread of the web server's."""
        self._told.append(name)
        os.eventfd_write(self._bell, 1)

    def _read(self) -> bytes | None:
        try:
            return os.read(self._tap, LARGEST)
        except OSError:  # nothing there, or the device is down
            return None

    @staticmethod
    def _configure(commands: str) -> None:
        subprocess.run([programs.find("ip") or "ip", "-batch", "-"], input=commands.encode("ascii"), check=True)


def _dnsmasq(side: Side) -> list[str]:
    """The DHCP server: no DNS, no files, and it ends with us however we end."""
    return [
        *("setpriv", "--pdeathsig", "KILL", "dnsmasq"),
        *("--keep-in-foreground", "--conf-file=/dev/null", "--pid-file=", "--log-facility=-"),
        *("--user=root", "--group=root"),  # who changes either is not told of our end
        *("--port=0", f"--interface={DEVICE}", "--bind-interfaces", "--leasefile-ro", "--no-ping"),
        *("--dhcp-authoritative", f"--dhcp-range={side.first},{side.last},255.255.255.0,1h"),
        "--dhcp-option=option:dns-server,0.0.0.0",  # itself
    ]
