"""Every port looked after as long as it runs: what is plugged in has its turn at once, a thread for each port.

It knows when to look at a port, and nothing of what is done there.  Each thread has a bus of its own and shares nothing
but the library; the events of the bus are heard in one place, and passed on to whoever waits at that port.
"""

from __future__ import annotations

import selectors
import socket
import threading
import time
from collections.abc import Callable

from ..database.library import Library
from ..usb.bus import POLL, Bus, PortEvent
from ..usb.descriptors import Port
from ..values import TYPE_CHECKING

if TYPE_CHECKING:
    Do = Callable[[Port, Bus], int | None]

LIMIT = 128
"""So many ports have their turn at the same time; the others wait."""
FINISH, LAST = 20.0, 10.0
"""How long a switch that is under way may still take when all shall end, and then to let go of its stick; seconds."""
AGAIN = 1.0
"""How soon a thread that could not be started is tried again, in seconds."""


def prepare(bus: Bus, library: Library) -> None:
    """Load now what the first byte to a stick will need.

    Raises :class:`~modeswitch.errors.ProfileError`, :class:`~modeswitch.errors.NoLibusb`.
    """
    from ..methods import resources
    from ..switching import perform
    from ..usb import bot, link, scsi

    _ = (bot, link, perform, resources, scsi)
    for name in library.names():
        library.family(name)
    bus.prepare()


class Turn:
    """A port that has its turn: its thread, the bus of that, and what has been heard of the port meanwhile."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.bell = threading.Event()
        self.thread: threading.Thread | None = None
        self.left = self.again = False
        """Has the device left since, and is there a reason to look again?"""
        bus.wake_on(self.bell)


class Watch:
    """Gives each port its turn; one at a time for each port.

    ``do`` looks at the port and does what is to be done; it returns the address of the device that is settled by that,
    None where nothing is there or nobody can tell yet.  ``failed`` is told, in the thread that runs this, what ``do``
    raised that is none of our errors.
    """

    def __init__(self, bus: Bus, do: Do, failed: Callable[[Port, BaseException], None]) -> None:
        self._bus, self._do, self._failed = bus, do, failed
        self._due: dict[Port, None] = {}
        self._turns: dict[Port, Turn] = {}
        self._settled: dict[Port, int] = {}
        self._ended: list[tuple[Port, int | None, BaseException | None]] = []
        self._until: float | None = None
        self._hurried = False
        self._events = bus.events()
        self._woken, self._waker = socket.socketpair()
        self._woken.setblocking(False)
        self._waker.setblocking(False)

    @property
    def busy(self) -> list[Port]:
        """The ports that have their turn now."""
        return sorted(self._turns)

    @property
    def stopping(self) -> bool:
        """Was it told to stop?"""
        return self._until is not None

    def stop(self) -> None:
        """Begin nothing more, let what is under way end, and return from :meth:`run`; a second time: at once."""
        self._until = time.monotonic() + (0.0 if self.stopping else FINISH)
        self.wake()

    def wake(self) -> None:
        """Have ``each`` called soon; from any thread, or a signal."""
        try:
            self._waker.send(b".")
        except BlockingIOError:
            return  # it was woken already

    def look_again(self) -> None:
        """Forget what is settled: every port has a turn."""
        self._settled.clear()
        self._rescan()

    def run(self, each: Callable[[], float | None]) -> list[Port]:
        """Look after all ports until told to stop; the ports whose thread did not even end then.

        ``each`` is called over and over, also at the end, and says for how long nobody needs to call it (seconds; None:
        for ever).
        """
        self._rescan()
        try:
            with selectors.DefaultSelector() as heard:
                heard.register(self._woken, selectors.EVENT_READ)
                if self._events is not None:
                    heard.register(self._events, selectors.EVENT_READ)
                while not self._over():
                    self._begin()
                    heard.select(self._pause(each()))
                    self._listen()
                    self._reap()
            each()
        finally:
            self._let_go()
        return self.busy

    def _over(self) -> bool:
        """Has it been told to stop, and is nothing under way any more, or for too long?"""
        if self._until is None:
            return False
        late = time.monotonic() - self._until
        if late >= 0 and not self._hurried:
            self._hurried = True
            for turn in self._turns.values():
                turn.bus.stop()
        return not self._turns or late >= LAST

    def _begin(self) -> None:
        """Give as many ports their turn as may have it."""
        while self._due and not self.stopping and len(self._turns) < LIMIT:
            port = next(iter(self._due))
            turn = Turn(self._bus.for_thread(port))
            settled = self._settled.get(port)
            turn.thread = threading.Thread(target=self._attend, args=(port, turn.bus, settled), daemon=True)
            try:
                turn.thread.start()
            except RuntimeError:  # no more threads for now
                return
            del self._due[port]
            self._turns[port] = turn

    def _attend(self, port: Port, bus: Bus, settled: int | None) -> None:
        """What a thread does: nothing for a device that is settled."""
        address, strange = None, None
        try:
            address = bus.present().get(port)
            if address is not None and address != settled:
                address = self._do(port, bus)
        except BaseException as error:
            strange = error
        finally:
            bus.close()
            self._ended.append((port, address, strange))
            self.wake()

    def _pause(self, most: float | None) -> float | None:
        """How long nothing needs to be looked at, in seconds; None: until something is heard."""
        pauses = [] if most is None else [most]
        if self._events is None:
            pauses.append(POLL)
        if self._due and len(self._turns) < LIMIT:
            pauses.append(AGAIN)
        if self._until is not None:
            pauses.append(self._until + (LAST if self._hurried else 0.0) - time.monotonic())
        return max(0.0, min(pauses)) if pauses else None

    def _listen(self) -> None:
        """Note what was heard; where nothing tells of changes, or some of it was lost, look what is there."""
        try:
            while self._woken.recv(4096):
                pass
        except BlockingIOError:
            pass
        if self._events is None:
            self._rescan()
            return
        for event in self._events.take():
            self._heard(event)
        if self._events.lost:
            self._events.lost = False
            for turn in self._turns.values():
                turn.again = True
                turn.bell.set()
            self._rescan()

    def _heard(self, event: PortEvent) -> None:
        """Note one event; a device that is settled is looked at again only when another has come in its place."""
        port, turn = event.port, self._turns.get(event.port)
        left = event.action == "remove" and event.address is not None
        if turn is not None:
            turn.bell.set()
            turn.left = left or (turn.left and event.action != "add")
        if left:
            self._settled.pop(port, None)
            self._due.pop(port, None)
        elif event.action in ("remove", "unbind"):
            return
        elif turn is not None:
            turn.again = True
        elif port not in self._settled or event.address not in (None, self._settled[port]):
            self._due[port] = None

    def _rescan(self) -> None:
        """Look what is there: whatever is not settled is due."""
        present = self._bus.present(self._turns)
        self._settled = {port: at for port, at in self._settled.items() if port in present or port in self._turns}
        for port, address in present.items():
            if port not in self._turns and self._settled.get(port) != address:
                self._due[port] = None

    def _reap(self) -> None:
        """Note the turns that have ended; a port of which something was heard meanwhile is due again."""
        while self._ended:
            port, address, strange = self._ended.pop()
            turn = self._turns.pop(port)
            if address is None or turn.left:
                self._settled.pop(port, None)
            else:
                self._settled[port] = address
            if turn.again:
                self._due[port] = None
            if strange is not None:
                self._failed(port, strange)

    def _let_go(self) -> None:
        """End all threads that are left, however :meth:`run` ends."""
        if not self._hurried:
            for turn in self._turns.values():
                turn.bus.stop()
            end = time.monotonic() + LAST
            for turn in self._turns.values():
                if turn.thread is not None:
                    turn.thread.join(max(0.0, end - time.monotonic()))
        if self._events is not None:
            self._events.close()
