"""``modeswitch watch``: stay, and switch every stick that is plugged in; for farms, containers, hosts without udev."""

from __future__ import annotations

import argparse
import gc
import signal
import time
from collections.abc import Callable

from ..database.library import Library
from ..errors import ModeswitchError
from ..identity.recognise import identify_here
from ..service import policy as wishes
from ..service.apply import apply
from ..service.notify import Notify
from ..service.policy import Policy
from ..service.watch import Watch, prepare
from ..switching.switch import SwitchResult
from ..usb.bus import Bus
from ..usb.descriptors import Port
from ..usb.device import UsbDevice
from ..values import TYPE_CHECKING
from . import setting
from .show import Show

if TYPE_CHECKING:
    from typing import Any

STOPPING = (signal.SIGTERM, signal.SIGINT)


def run(arguments: argparse.Namespace, show: Show) -> int:
    """Switch what is plugged in and what will be, until SIGTERM or Ctrl-C; a SIGHUP reads the policy again."""
    gc.enable()
    policy = wishes.load(arguments.policy)
    with setting.bus(arguments) as bus:
        library = setting.library(arguments)
        prepare(bus, library)
        for problem in (*policy.problems, *library.problems):
            show.warn(problem)
        return _Service(bus, library, policy, arguments.policy, show).run()


class _Service:
    """What is done at each port, what is said of it, and what systemd hears."""

    def __init__(self, bus: Bus, library: Library, policy: Policy, path: str, show: Show) -> None:
        self._library, self._policy, self._path, self._show = library, policy, path, show
        self._notify = Notify()
        self._watch = Watch(bus, self._look_after, self._failed)
        self._reload = False
        self._ready = self._told_stopping = False
        self._alive = time.monotonic()
        self._results = {"switched": 0, "failed": 0}

    def run(self) -> int:
        """Until it is told to stop."""
        with _Signals(self._stop, self._hang_up):
            stuck = self._watch.run(self._each)
        for port in stuck:
            self._show.warn(ModeswitchError(f"{port}: the switch hangs in the kernel, and is left behind"))
        return 1 if stuck else 0

    def _stop(self) -> None:
        self._watch.stop()

    def _hang_up(self) -> None:
        self._reload = True
        self._watch.wake()

    # One stick, in a thread of its own.

    def _look_after(self, port: Port, bus: Bus) -> int | None:
        """Do at a port what the policy wants; the address of the device that is settled by that."""
        seen = bus.at(port)
        if seen is None or (seen.configuration is None and not seen.problem):
            return None
        try:
            device = identify_here(seen, bus, self._library)
            result = apply(device, self._policy, bus, self._library, self._teller(port))
        except ModeswitchError as error:
            self._say_failed(seen, error)
            return seen.address
        except KeyboardInterrupt:
            self._say_failed(seen, ModeswitchError("told to stop before the end; the stick was let go of"))
            return seen.address
        self._say(result)
        return result.device.usb.address

    def _teller(self, port: Port) -> Callable[..., None]:
        said = self._show.for_port(str(port))

        def tell(event: str, **facts: object) -> None:
            if self._show.json or self._show.verbose or event == "warning":
                said.tell(event, **{"port": str(port), **facts})

        return tell

    def _say(self, result: SwitchResult) -> None:
        if result.result == "switched":
            self._results["switched"] += 1
        if result.result != "left" or self._show.verbose:
            self._show.for_port(str(result.port)).switched(result)

    def _say_failed(self, seen: UsbDevice, error: ModeswitchError) -> None:
        self._results["failed"] += 1
        error.located(port=str(seen.port), id=str(seen.id))
        if self._show.json:
            self._show.error(error)
        else:
            words = "; ".join(" ".join(line.split()) for line in str(error).splitlines())
            self._show.progress(f"{seen.port}: {seen.id} is not switched: {words}")

    # The service as a whole, in the first thread.

    def _failed(self, port: Port, error: BaseException) -> None:
        """A fault of our own ends the turn of one stick, and not the service."""
        if isinstance(error, BrokenPipeError):
            raise error
        self._results["failed"] += 1
        what = f"{port}: {type(error).__name__}: {error}"
        self._show.warn(ModeswitchError(f"{what}: this is a fault of modeswitch's; the stick is left as it is"))

    def _each(self) -> float | None:
        """What is due now and then; how long it may take until the next time, in seconds."""
        if self._reload:
            self._reload = False
            self._read_policy()
        words = f"{self._results['switched']} switched, {self._results['failed']} failed"
        busy = self._watch.busy
        now = f"; at work: {', '.join(map(str, busy))}" if busy else ""
        if self._watch.stopping:
            self._tell_once("_told_stopping", "STOPPING=1")
            self._notify.status(f"stopping; {words}{now}")
        else:
            self._tell_once("_ready", "READY=1")
            self._notify.status(f"watching; {words}{now}")
        return self._beat()

    def _tell_once(self, told: str, line: str) -> None:
        if not getattr(self, told):
            setattr(self, told, True)
            self._notify.send(line)

    def _beat(self) -> float | None:
        """Tell systemd that the loop lives, when that is due; the seconds until the next time."""
        if self._notify.interval is None:
            return None
        left = self._alive - time.monotonic()
        if left <= 0:
            self._notify.send("WATCHDOG=1")
            self._alive, left = time.monotonic() + self._notify.interval, self._notify.interval
        return left

    def _read_policy(self) -> None:
        """Read the policy again; one that cannot be read is told, and the old one stays."""
        try:
            policy = wishes.load(self._path)
        except ModeswitchError as error:
            self._show.warn(ModeswitchError(f"{error.message}; the policy stays as it was"))
            return
        for problem in policy.problems:
            self._show.warn(problem)
        if policy.unreadable:
            self._show.warn(ModeswitchError("the policy stays as it was"))
            return
        self._policy = policy
        if self._show.json:
            self._show.emit("policy", file=self._path, rules=len(policy.rules))
        else:
            self._show.progress(f"{self._path} was read again")
        self._watch.look_again()


class _Signals:
    """Within it SIGTERM and SIGINT call ``stop``, SIGHUP calls ``hang_up``; in the first thread only."""

    def __init__(self, stop: Callable[[], None], hang_up: Callable[[], None]) -> None:
        self._calls: dict[int, Callable[[], None]] = dict.fromkeys(STOPPING, stop)
        if hasattr(signal, "SIGHUP"):
            self._calls[signal.SIGHUP] = hang_up
        self._before: dict[int, Any] = {}

    def __enter__(self) -> None:
        try:
            for number in self._calls:
                self._before[number] = signal.signal(number, lambda got, _frame: self._calls[got]())
        except ValueError:  # not in the first thread: whoever runs it there stops it otherwise
            return

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
