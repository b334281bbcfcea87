"""The service: it applies the policy to every stick that is there or is plugged in, and tells what comes of it.

It stays, or leaves by itself once nothing has happened for a while: udev starts it again for the next stick.

:func:`watch` is the call of the library, :class:`Service` what that and the command are made of.
"""

from __future__ import annotations

import threading
import time

from ..database.library import Library
from ..errors import ModeswitchError
from ..events import error_facts, silent, telling
from ..host import opened
from ..identity.recognise import identify_here
from ..usb.bus import HEARING, Bus
from ..usb.descriptors import Port
from ..usb.device import UsbDevice
from ..values import TYPE_CHECKING
from . import policy as policies
from .apply import apply, unmet_mode
from .lines import Lines
from .notify import Notify
from .policy import Policy
from .watch import PortWatcher, prepare

if TYPE_CHECKING:
    from typing import Any

    from ..events import OnEvent
    from ..identity.device import Device
    from ..switching.switch import SwitchResult
    from ..tasks.line import Line
    from .metrics import Metrics
    from .wish import Wish


def watch(
    policy: Policy | str | None = None,
    *,
    on_event: OnEvent = silent,
    bus: Bus | None = None,
    library: Library | None = None,
    stop: threading.Event | None = None,
) -> list[Port]:
    """Switch every stick that is there or is plugged in, as the policy wants it, until ``stop`` is set.

    ``policy`` is one, or the path of its file; ``/etc/modeswitch.toml`` where None.  ``on_event`` is called with the
    events of each switch, then with ``done`` or ``error``, in the thread of that stick: calls for several sticks may
    overlap.  A ``warning`` whose port is None is about the policy or a profile.  ``bus`` and ``library`` are this
    machine's where they are not given.

    Once ``stop`` is set nothing more is begun; a switch under way may go on for 20 s and is then interrupted.  Returns
    the ports whose switch hangs in the kernel even then, so normally none.  Raises :class:`modeswitch.Refused` for a
    policy that cannot be read or that root must not trust, :class:`modeswitch.ProfileError`,
    :class:`modeswitch.NoLibusb`; BrokenPipeError where ``on_event`` raises it.
    """
    with opened(bus) as here:
        service = Service(here, Library() if library is None else library, policy, on_event=on_event, stop=stop)
        service.prepare()
        return service.run()


def _both(first: OnEvent, second: OnEvent) -> OnEvent:
    def tell(event: str, **facts: Any) -> None:
        first(event, **facts)
        second(event, **facts)

    return tell


class Service:
    """What is done at each port, and what is told of it; arguments and errors as in :func:`watch`.

    ``switched`` and ``failed`` count the sticks that were switched and those that could not be.  ``notify`` is the way
    to systemd; that of this process's environment where None.  ``idle`` is after how many seconds without work it
    leaves by itself; None: it stays.
    ``metrics`` counts what happens.
    """

    def __init__(
        self,
        bus: Bus,
        library: Library,
        policy: Policy | str | None = None,
        *,
        on_event: OnEvent = silent,
        stop: threading.Event | None = None,
        notify: Notify | None = None,
        idle: float | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        self._file = None if isinstance(policy, Policy) else policy or policies.FILE
        self._policy = policy if isinstance(policy, Policy) else policies.load(policy or policies.FILE)
        self._bus, self._library, self._metrics = bus, library, metrics
        self._on_event = on_event if metrics is None else _both(metrics.note, on_event)
        self._stop_event = stop
        self._notify = notify or Notify()
        self._watcher = PortWatcher(bus, self.look_after, self._tell_fault)
        self._lines = Lines(bus.host.network_state)
        self._must_reload = False
        self._cared_for: dict[Port, int] = {}
        """Port → the address of the stick for which all that is wished was done last."""
        self._idle, self._worked_at = idle, time.monotonic()
        self._counting = threading.Lock()
        self.switched = self.failed = 0

    @property
    def active_ports(self) -> list[Port]:
        """The ports that are worked at now."""
        return self._watcher.active_ports

    def prepare(self) -> None:
        """Load now what the first switch will need.  Raises as :func:`watch`."""
        prepare(self._bus, self._library)

    def run(self) -> list[Port]:
        """Work until :meth:`stop`; the ports whose switch hangs even then."""
        for problem in (*self._policy.problems, *self._library.problems):
            self._warn(problem)
        if why := self._bus.host.without_usb():
            self._warn(ModeswitchError(f"no stick can come here: {why}"))
        self._warn_of_network()
        hanging = self._watcher.run(self._periodic)
        for port in hanging:
            self._warn(ModeswitchError(f"{port}: the switch hangs in the kernel, and is left behind"))
        return hanging

    def stop(self) -> None:
        """Begin nothing more and return from :meth:`run` when what is under way has ended; a second call interrupts it.

        May be called from any thread and from a signal handler.
        """
        self._watcher.stop()

    def reload(self) -> None:
        """Read the policy's file again soon, and look at all sticks again; from any thread, or a signal handler.

        A file that cannot be read is told as a ``warning``, and the old policy stays.
        """
        self._must_reload = True
        self._watcher.wake()

    def look_after(self, port: Port, bus: Bus) -> int | None:
        """Do at a port what the policy wants; the address of the device that is settled by that.

        None where there is no device, or none that is configured yet.  Runs in the thread of that port.
        """
        seen = bus.at(port)
        if seen is None or (seen.configuration is None and not seen.problem):
            return None
        tell = telling(self._on_event, port)
        policy = self._policy
        device: Device | None = None
        try:
            device = identify_here(seen, bus, self._library)
            result = apply(device, policy, bus, self._library, self._on_event)
        except ModeswitchError as error:
            self._tell_failed(seen, error, tell, wanted=unmet_mode(seen, device, policy, bus))
            return seen.address
        except KeyboardInterrupt:
            stopped = ModeswitchError("told to stop before the end; the stick was released")
            self._tell_failed(seen, stopped, tell, wanted=unmet_mode(seen, device, policy, bus))
            return seen.address
        if result.result == "switched":
            with self._counting:
                self.switched += 1
        tell("done", **result.facts())
        wish = policy.wish(seen, device.profile)
        if wish.line or wish.run:
            self._keep_up(result, wish, bus)
        return result.device.usb.address

    def _keep_up(self, result: SwitchResult, wish: Wish, bus: Bus) -> None:
        """Put up the line that is wished for and run the owner's program; a line that fails is dialled again."""
        from .upkeep import NoLine, keep_up  # most policies want a mode alone

        port, seen = result.port, result.device.usb
        tell = telling(self._on_event, port)
        came = wish.always and self._cared_for.get(port) != seen.address
        self._cared_for[port] = seen.address

        def noted(line: Line) -> None:
            self._lines.up(port, line.networks[0], time.monotonic())
            self._watcher.wake()

        try:
            keep_up(result, wish, bus, self._library, self._on_event, noted, came=came)
        except NoLine as error:
            pause = self._lines.failed(port, time.monotonic())
            error.cause.hint = " ".join(filter(None, (error.cause.hint, f"It is dialled again in {pause:g} s.")))
            self._tell_failed(seen, error.cause, tell)
        except ModeswitchError as error:
            self._tell_failed(seen, error, tell)

    def _tell_failed(self, seen: UsbDevice, error: ModeswitchError, tell: OnEvent, wanted: str | None = None) -> None:
        """Tell of an error; ``wanted`` is where the policy wants the stick, None where it is there."""
        self._count_failure()
        tell("error", **error_facts(error.located(port=str(seen.port), id=str(seen.id), wanted=wanted)))

    def _count_failure(self) -> None:
        with self._counting:
            self.failed += 1

    # In the thread that runs the service.

    def _tell(self, event: str, **facts: object) -> None:
        """Tell an event that is about no stick."""
        telling(self._on_event, None)(event, **facts)

    def _warn(self, problem: ModeswitchError) -> None:
        """Tell what is wrong with the service as a whole."""
        self._tell("warning", error=type(problem).__name__, message=problem.message)

    def _warn_of_network(self) -> None:
        """Tell where the policy wants what needs a network, and the sandbox of the service has none."""
        if self._policy.needs_network and not self._bus.host.has_network():
            what = f"{self._file or 'the policy'} wants what needs a network, and this service is shut off from it"
            self._warn(ModeswitchError(f"{what}: modeswitch udev install gives it one"))

    def _tell_fault(self, port: Port, fault: BaseException) -> None:
        """A fault of modeswitch's own ends the work at one port, and not the service."""
        if isinstance(fault, BrokenPipeError):  # nobody reads the events any more
            raise fault
        self._count_failure()
        what = f"{port}: {type(fault).__name__}: {fault}"
        self._warn(ModeswitchError(f"{what}: this is a fault of modeswitch's; the stick is left as it is"))

    def _periodic(self) -> float | None:
        """Do what is due; within how many seconds this must be called again, None: after the next event."""
        if self._must_reload:
            self._must_reload = False
            self._read_policy()
        if self._stop_event is not None and self._stop_event.is_set() and not self._watcher.stopping:
            self.stop()
        self._tell_systemd()
        pauses = [
            self._notify.heartbeat(busy=not self._watcher.is_quiet),
            HEARING if self._stop_event is not None else None,
            self._redial(),
            self._write_metrics(),
            self._until_idle(),
        ]
        return min((pause for pause in pauses if pause is not None), default=None)

    def _redial(self) -> float | None:
        """Have the lines dialled again that have dropped; in how many seconds they are to be looked at again."""
        if not self._lines or self._watcher.stopping:
            return None
        present = self._bus.present()
        for port in self._lines.ports():
            if port not in present and port not in self.active_ports:
                self._lines.forget(port)
        dropped, pause = self._lines.due(time.monotonic())
        for port in dropped:
            self._watcher.look_at(port)
        return pause

    def _write_metrics(self) -> float | None:
        """Write the figures where they have changed; a file that cannot be written is told once."""
        if self._metrics is None:
            return None
        if left := self._metrics.left():  # nothing is counted anew for each event
            return left
        lines = {str(port): up for port, up in self._lines.standing().items()}
        try:
            return self._metrics.write(map(str, self._bus.present()), lines)
        except ModeswitchError as error:
            self._metrics = None
            self._warn(error)
            return None

    def _until_idle(self) -> float | None:
        """The seconds until it leaves for want of work; at that time it leaves.

        No stick is lost: systemd is told first, and waited for.  What udev wants before that is an event that is here
        already; what it wants later starts the service anew once this process has ended.  So the bus is looked at once
        more in between.  Ref: systemd's service.c, service_enter_stop_by_notify; job.c, job_run_and_invalidate (a start
        waits while its unit is stopping).
        """
        if self._idle is None or self._watcher.stopping:
            return None
        if self._lines or not self._watcher.is_quiet:
            self._worked_at = time.monotonic()
            return self._idle
        left = self._worked_at + self._idle - time.monotonic()
        if left > 0:
            return left
        self._idle = None
        self._notify.send_once("STOPPING=1")
        self._notify.await_read()
        self._watcher.leave()
        return 0.0

    def _tell_systemd(self) -> None:
        active = self.active_ports
        words = f"{self.switched} switched, {self.failed} failed"
        words += f"; at work: {', '.join(map(str, active))}" if active else ""
        stopping = self._watcher.stopping
        self._notify.send_once("STOPPING=1" if stopping else "READY=1")
        self._notify.status(f"{'stopping' if stopping else 'watching'}; {words}")

    def _read_policy(self) -> None:
        """Read the policy again; one that cannot be read is told, and the old one stays."""
        if self._file is None:
            return
        try:
            policy = policies.load(self._file)
        except ModeswitchError as error:
            self._warn(ModeswitchError(f"{error.message}; the policy stays as it was"))
            return
        for problem in policy.problems:
            self._warn(problem)
        if policy.unreadable:
            self._warn(ModeswitchError("the policy stays as it was"))
            return
        self._policy = policy
        self._warn_of_network()
        self._lines.forget_all()
        self._tell("policy", file=self._file, rules=len(policy.rules))
        self._watcher.look_again()
