"""``python -m modeswitch.sim STICK``: a simulated stick on a real kernel's bus.

On this machine's own, through ``vhci_hcd`` (as root); or behind the controllers that QEMU emulates, by usbredir.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import socket
import stat
import sys
from collections.abc import Callable, Iterator

from ..errors import ModeswitchError
from ..printable import printable
from .models import MODELS
from .spec import parse
from .stick import Stick


def main(words: list[str] | None = None) -> int:
    """Plug the stick in, keep it there until SIGTERM or Ctrl-C; one line on stdout for each coming and going."""
    listed = "\n".join(f"  {name:12} {model.about}" for name, model in MODELS.items())
    parser = argparse.ArgumentParser(
        prog="python -m modeswitch.sim",
        description="Plug a simulated stick into this machine's bus (needs root and the kernel module vhci_hcd), or "
        "into a port of a machine that QEMU emulates.",
        epilog=f"sticks:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("stick", metavar="STICK", help="e3372h, or with faults: e3372h,csw=late,back=never")
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--vhci-port", type=int, default=0, metavar="N", help="port of vhci_hcd (0..7, default 0)")
    place.add_argument(
        "--usbredir",
        metavar="PATH",
        help="where QEMU's usb-redir is at the other end: a Unix socket, or a port of virtio-serial in its guest",
    )
    parser.add_argument(
        "--network", action="store_true", help="a real network behind its network function (needs dnsmasq and tun)"
    )
    parser.add_argument(
        "--hub-power",
        action="store_true",
        help="heed the power of its port (needs usbmon); with --usbredir that is the one in its words, as e3372h@1-2.1",
    )
    arguments = parser.parse_args(words)
    stopped = False

    def stop(_number: int, _frame: object) -> None:
        nonlocal stopped
        stopped = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        stick = parse(arguments.stick)
        vhci_port = None if arguments.usbredir else arguments.vhci_port
        heed = watching(stick, vhci_port) if arguments.hub_power else contextlib.nullcontext(lambda: None)
        with network(stick) if arguments.network else contextlib.nullcontext(), heed as look:

            def ended() -> bool:
                look()
                return stopped

            _keep(stick, arguments, ended)
    except ModeswitchError as error:
        print(printable(f"{error.message} {error.hint}", 500), file=sys.stderr)
        return error.status
    except OSError as error:
        modules = "are the modules loaded (modprobe -a vhci_hcd tun)"
        asked = "is QEMU at its other end" if arguments.usbredir else modules
        where = error.filename or arguments.usbredir or "vhci_hcd"
        print(f"{where}: {error.strerror or error}; {asked}, and are you root?", file=sys.stderr)
        return 1
    return 0


def _keep(stick: Stick, arguments: argparse.Namespace, ended: Callable[[], bool]) -> None:
    """Keep the stick in its port until it has ended."""

    def tell(line: str) -> None:
        print(line, flush=True)

    if arguments.usbredir:
        from . import usbredir

        with redirected(arguments.usbredir) as descriptor:
            usbredir.run(stick, descriptor, ended, tell)
    else:
        from . import usbip

        usbip.run(stick, arguments.vhci_port, ended, tell)


@contextlib.contextmanager
def network(stick: Stick) -> Iterator[None]:
    """A network inside the stick, until it is left.  Raises what :class:`~modeswitch.sim.tap.TapLan` raises."""
    from .tap import TapLan

    with TapLan(stick.faults.web, stick.page_login) as lan:
        stick.connect(lan)
        yield


@contextlib.contextmanager
def redirected(path: str) -> Iterator[int]:
    """A file descriptor of what is there: a Unix socket, or a character device.  Raises OSError."""
    if stat.S_ISSOCK(os.stat(path).st_mode):
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(path)
            yield sock.fileno()
        return
    descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def watching(stick: Stick, vhci_port: int | None) -> Iterator[Callable[[], None]]:
    """What is to be called often, so that the stick heeds the power of its port: ``vhci_hcd``'s, or its own."""
    from .powerwatch import PowerWatch, vhci

    watch = PowerWatch(stick, stick.port if vhci_port is None else vhci(vhci_port))
    try:
        yield watch.look
    finally:
        watch.close()


if __name__ == "__main__":
    sys.exit(main())
