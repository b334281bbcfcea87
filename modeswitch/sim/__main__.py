"""``python -m modeswitch.sim STICK``: a simulated stick on this machine's own bus, through ``vhci_hcd`` (as root)."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
from collections.abc import Callable, Iterator

from ..errors import ModeswitchError
from ..printable import printable
from . import usbip
from .models import MODELS
from .spec import parse
from .stick import Stick


def main(words: list[str] | None = None) -> int:
    """Plug the stick in, keep it there until SIGTERM or Ctrl-C; one line on stdout for each coming and going."""
    listed = "\n".join(f"  {name:12} {model.about}" for name, model in MODELS.items())
    parser = argparse.ArgumentParser(
        prog="python -m modeswitch.sim",
        description="Plug a simulated stick into this machine's bus (needs root and the kernel module vhci_hcd).",
        epilog=f"sticks:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("stick", metavar="STICK", help="e3372h, or with faults: e3372h,csw=late,back=never")
    parser.add_argument("--vhci-port", type=int, default=0, metavar="N", help="port of vhci_hcd (0..7, default 0)")
    parser.add_argument(
        "--network", action="store_true", help="a real network behind its network function (needs dnsmasq and tun)"
    )
    parser.add_argument("--hub-power", action="store_true", help="heed the power of its port (needs usbmon)")
    arguments = parser.parse_args(words)
    stopped = False

    def stop(_number: int, _frame: object) -> None:
        nonlocal stopped
        stopped = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        stick = parse(arguments.stick)
        heed = watching(stick, arguments.vhci_port) if arguments.hub_power else contextlib.nullcontext(lambda: None)
        with network(stick) if arguments.network else contextlib.nullcontext(), heed as look:

            def ended() -> bool:
                look()
                return stopped

            usbip.run(stick, arguments.vhci_port, ended, lambda line: print(line, flush=True))
    except ModeswitchError as error:
        print(printable(f"{error.message} {error.hint}", 500), file=sys.stderr)
        return error.status
    except OSError as error:
        print(
            f"{error.filename or usbip.VHCI}: {error.strerror}; are the modules loaded (modprobe -a vhci_hcd tun), "
            "and are you root?",
            file=sys.stderr,
        )
        return 1
    return 0


@contextlib.contextmanager
def network(stick: Stick) -> Iterator[None]:
    """A network inside the stick, until it is left.  Raises what :class:`~modeswitch.sim.tap.TapLan` raises."""
    from .tap import TapLan

    with TapLan(stick.faults.web, stick.page_login) as lan:
        stick.connect(lan)
        yield


@contextlib.contextmanager
def watching(stick: Stick, vhci_port: int) -> Iterator[Callable[[], None]]:
    """What is to be called often, so that the stick heeds the power of its port."""
    from .powerwatch import PowerWatch

    watch = PowerWatch(stick, vhci_port)
    try:
        yield watch.look
    finally:
        watch.close()


if __name__ == "__main__":
    sys.exit(main())
