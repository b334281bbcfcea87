"""What runs in the guest for the soak: two sticks are plugged in and switched again and again by one process.

`turns.py SEED FIRST COUNT EVERY CHANNEL...` does COUNT turns from the turn FIRST on, a round of them at a time, one for
each channel: a port of vhci_hcd (`0`), or one of virtio-serial (`/dev/virtio-ports/stick0`). What a turn is depends on
the seed and its number alone, so that each can be had again without those before it. After every EVERY turns a line of
JSON says what the process and the kernel hold then, while no stick is plugged in.
"""

from __future__ import annotations

import gc
import json
import os
import random
import re
import select
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, NamedTuple

import modeswitch
from modeswitch.linux.locks import PortLock
from modeswitch.usb.descriptors import Port

DEVICES = Path("/sys/bus/usb/devices")
TRACING = Path("/sys/kernel/debug/tracing")
MODES = {
    "hilink": ("12d1:14dc", {"02/06/00": "cdc_ether"}),
    "ncm": ("12d1:155e", {"ff/ff/ff": "option", "02/0d/00": "cdc_ncm", "0a/00/01": "cdc_ncm"}),
}
"""Mode -> the stick's id in it, and the drivers that Debian's kernel must have bound, by class triple."""
STORAGE = ("12d1:1f01", {"08/06/50": "usb-storage"})
PLUGGED, BACK, GONE = 60.0, 60.0, 60.0
"""How long the kernel may take to configure a stick, to give its driver back, and to see it leave, in seconds."""


class Fault(NamedTuple):
    """What is wrong with a stick, and what must come of its switch.

    ``words`` are the simulated stick's, ``errors`` the classes that may be raised (none: it must succeed), ``after`` is
    what the kernel must show then: the mode wanted (``goal``), the same ``undriven`` (the kernel makes no network
    interface of a string that is no MAC address), the ``storage`` with its driver, or nothing (``gone``).
    """

    words: str
    errors: tuple[str, ...] = ()
    after: str = "goal"
    seconds: float = 30.0


OBEYS = ("dies", *(f"csw={word}" for word in ("whole", "cut", "late", "missing", "stalled", "failed", "short")))
LOCKED = "another holds the port"
PULLED = "pulled out"
FAULTS = (
    *(Fault(words) for words in ("", "sunny", *OBEYS, "csw=garbage", "csw=tag", "slow=2", "twice=0.5", "linger=1")),
    *(Fault(f"strings={word}", ("NoDriver",), "undriven") for word in ("escape", "odd")),
    Fault("csw=refused", ("CommandFailed",), "storage"),
    Fault("csw=phase", ("BadReply",), "storage"),
    Fault("deaf", ("SwitchFailed",), "storage", 3.0),
    Fault("back=same", ("SwitchFailed",), "storage"),
    Fault("back=never", ("NotBack",), "gone", 4.0),
    Fault(LOCKED, ("Busy",), "storage", 1.5),
    Fault(PULLED, ("NotBack", "NoDevice", "LinkLost"), "gone", 6.0),
)


class Turn(NamedTuple):
    """One switch: which fault, to what mode, and at which of its events the stick is pulled out, if that is it."""

    number: int
    fault: Fault
    goal: str
    event: int

    @property
    def stick(self) -> str:
        """The words of its simulated stick."""
        words = "" if self.fault.words in (LOCKED, PULLED) else self.fault.words
        return ",".join(filter(None, ("e3372h", words)))


def draw(seed: str, number: int) -> Turn:
    """The turn of that number."""
    dice = random.Random(f"{seed}/{number}")
    return Turn(number, dice.choice(FAULTS), dice.choice(sorted(MODES)), dice.randint(1, 5))


# A stick is a process of its own, so that what leaks there is not counted, and a busy switch does not slow it.


def play(channel: str) -> None:
    """Plug in a stick for each line of words on stdin; the next line ends it and is answered when it is out."""
    from modeswitch.sim import usbip, usbredir
    from modeswitch.sim.clock import RealClock
    from modeswitch.sim.spec import parse
    from modeswitch.sim.usbredir_stream import Stream

    def told() -> bool:
        return bool(select.select([0], [], [], 0)[0])

    stream = None
    if not channel.isdigit():
        stream = Stream(os.open(channel, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC), RealClock())
        stream.greet(lambda: False)
    for words in iter(sys.stdin.readline, ""):
        if words != "out\n":
            stick = parse(words.strip())
            if stream is None:
                usbip.run(stick, int(channel), told, lambda _line: None)
            else:
                usbredir.keep(stick, stream, told, lambda _line: None)
            continue
        print("out", flush=True)


class Seat:
    """A port of the kernel's bus with the process that plays the sticks in it."""

    def __init__(self, channel: str, port: str) -> None:
        self.port = port
        self._player = subprocess.Popen(
            [sys.executable, __file__, "play", channel], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def plug(self, words: str) -> None:
        """Plug in that stick, and wait until its drivers are bound."""
        self._say(words)
        self.await_view(STORAGE, PLUGGED)

    def pull(self) -> None:
        """Pull the stick out, if one is in; the kernel need not have seen it yet."""
        self._say("out")
        if self._player.stdout is None or self._player.stdout.readline() != "out\n":
            raise RuntimeError(f"the stick's process ended with {self._player.wait()}")

    def _say(self, line: str) -> None:
        if self._player.stdin is not None:
            self._player.stdin.write(f"{line}\n")
            self._player.stdin.flush()

    def end(self) -> None:
        """End the process."""
        self._player.communicate()

    def await_view(self, wanted: tuple[str, dict[str, str]] | None, seconds: float) -> None:
        """Wait until the kernel shows that: id and drivers, or no device.  Raises AssertionError."""
        end = time.monotonic() + seconds
        while not _fits(seen := view(self.port), wanted):
            if time.monotonic() > end:
                raise AssertionError(f"after {seconds:g} s the kernel shows {seen}, not {wanted}")
            time.sleep(0.05)


Seen = tuple[str, dict[int, tuple[str, str]]]
"""A device's id, and of each interface its class triple and its driver ("" for none)."""


def view(port: str) -> Seen | None:
    """What the kernel shows at a port, read without the library."""
    folder = DEVICES / port
    try:
        usb = f"{(folder / 'idVendor').read_text().strip()}:{(folder / 'idProduct').read_text().strip()}"
        interfaces = {}
        for path in DEVICES.glob(f"{port}:*"):
            parts = ("bInterfaceClass", "bInterfaceSubClass", "bInterfaceProtocol")
            triple = "/".join((path / part).read_text().strip() for part in parts)
            driver = os.path.basename(os.readlink(path / "driver")) if (path / "driver").exists() else ""
            interfaces[int(path.name.rpartition(".")[2])] = (triple, driver)
    except OSError:  # it leaves while we look
        return None
    return usb, interfaces


def _fits(seen: Seen | None, wanted: tuple[str, dict[str, str]] | None) -> bool:
    if seen is None or wanted is None:
        return seen is None and wanted is None
    usb, drivers = wanted
    bound = dict(seen[1].values())
    return seen[0] == usb and bound.items() >= drivers.items() and (usb != STORAGE[0] or all(bound.values()))


class Soak:
    """The turns, and what was wrong with them."""

    def __init__(self, seed: str, seats: list[Seat]) -> None:
        self._seed = seed
        self._seats = seats
        self.wrong: list[dict[str, Any]] = []
        self.outcomes: dict[str, int] = {}
        self.seconds = 0.0

    def round(self, first: int) -> None:
        """A turn at each port, all at once."""
        threads = [
            threading.Thread(target=self._turn, args=(seat, draw(self._seed, first + offset)))
            for offset, seat in enumerate(self._seats)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _turn(self, seat: Seat, turn: Turn) -> None:
        try:
            seat.plug(turn.stick)
            outcome = self._switch(seat, turn)
            seat.pull()
            seat.await_view(None, GONE)
        except Exception as error:  # whatever it is, the turn is wrong
            outcome = f"{type(error).__name__}: {error}"
            self.wrong.append({"turn": turn.number, "fault": turn.fault.words, "goal": turn.goal, "why": outcome})
            seat.pull()
        else:
            name = f"{turn.fault.words or 'none'}: {outcome}"
            self.outcomes[name] = self.outcomes.get(name, 0) + 1

    def _switch(self, seat: Seat, turn: Turn) -> str:
        """Switch, and compare what the library says with what the kernel shows and with what must come."""
        fault, left = turn.fault, turn.event
        pulled = False

        def hear(*_event: object, **_facts: object) -> None:
            nonlocal left, pulled
            left -= 1
            if fault.words == PULLED and left == 0:
                pulled = True
                seat.pull()

        lock = PortLock(Port.parse(seat.port))  # a lock of its own, which to flock(2) is another holder's
        if fault.words == LOCKED:
            lock.acquire(0.0, time.sleep, lambda _holder: None)
        began = time.monotonic()
        try:
            result = modeswitch.switch(seat.port, to=turn.goal, timeout=fault.seconds, on_event=hear)  # type: ignore[arg-type]
        except modeswitch.ModeswitchError as error:
            raised: modeswitch.ModeswitchError | None = error
        else:
            raised = None
        finally:
            lock.release()
            self.seconds += time.monotonic() - began
        if raised is None:
            assert not fault.errors, f"told as switched to {result.mode}, not {fault.errors}"
            seen = view(seat.port)
            assert seen is not None, f"{result}, and nothing is there"
            assert (str(result.id), result.mode) == (seen[0], turn.goal), f"{result} of {seen}"
            drivers = {number: driver for number, (_, driver) in seen[1].items() if driver}
            assert dict(result.made.drivers) == drivers, f"told {result.made.drivers}, bound are {drivers}"
            assert _fits(seen, MODES[turn.goal]), f"the kernel shows {seen}"
            return "switched"
        name = type(raised).__name__
        assert name in fault.errors, f"{name}, not {fault.errors or 'switched'}: {raised}"
        assert raised.port == seat.port, f"{name} of port {raised.port}"
        assert raised.hint, f"{name} without a hint: {raised}"
        seat.await_view({"storage": STORAGE, "gone": None, "undriven": (MODES[turn.goal][0], {})}[fault.after], BACK)
        return name


PROBES = "r256:soak/submitted usb_hcd_submit_urb ret=$retval:s32\np:soak/given usb_hcd_giveback_urb\n"
"""Every URB that a host controller took, and every one that it gave back; so many calls may be under way at once."""


def count_urbs() -> None:
    """Have the kernel count the URBs from now on; root hubs stay awake, so that each has its one all the time."""
    for control in DEVICES.glob("usb*/power/control"):
        control.write_text("on")
    time.sleep(1)
    (TRACING / "kprobe_events").write_text(PROBES)
    (TRACING / "events/soak/submitted/trigger").write_text("hist:keys=ret")
    (TRACING / "events/soak/given/trigger").write_text("hist:keys=common_type")


def stop_counting() -> None:
    """Leave the kernel as it was."""
    (TRACING / "events/soak/submitted/trigger").write_text("!hist:keys=ret")
    (TRACING / "events/soak/given/trigger").write_text("!hist:keys=common_type")
    (TRACING / "kprobe_events").write_text("")
    for control in DEVICES.glob("usb*/power/control"):
        control.write_text("auto")


def urbs() -> int:
    """How many more URBs are under way than when the count began.

    A probe misses the call that an interrupt makes while it is at work; the kernel counts those by themselves, and they
    are taken for URBs that were taken.
    """
    missed = _missed()
    return _hits("submitted").get("0", 0) + missed["submitted"] - sum(_hits("given").values()) - missed["given"]


def _missed() -> dict[str, int]:
    """How many calls each probe missed.  Ref: Linux Documentation/trace/kprobetrace.rst, "Event Profiling"."""
    lines = (TRACING / "kprobe_profile").read_text().splitlines()
    return {name: int(missed) for name, _hit, missed in map(str.split, lines)}


def _hits(name: str) -> dict[str, int]:
    """How often the kernel was there, by the key of its count."""
    text = (TRACING / f"events/soak/{name}/hist").read_text()
    return {key: int(hits) for key, hits in re.findall(r"\{ \w+: +(-?\w+) +\} +hitcount: +(\d+)", text)}


def _threads() -> int:
    """The threads of this process; one that has been joined may still be seen for a moment."""
    count = len(os.listdir("/proc/self/task"))
    for _ in range(20):
        if count == 1:
            break
        time.sleep(0.05)
        count = len(os.listdir("/proc/self/task"))
    return count


def held(turns: int) -> dict[str, int]:
    """What this process and the kernel hold; memory in KB."""
    gc.collect()
    threads = _threads()
    own = f" {os.getpid()} "
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    kernel = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
    return {
        "turns": turns,
        "descriptors": len(os.listdir("/proc/self/fd")),
        "threads": threads,
        "locks": sum(own in line for line in Path("/proc/locks").read_text().splitlines()),
        "files": sum(1 for _ in Path("/run/modeswitch").glob("**/*")),
        "urbs": urbs(),
        "memory": int(status["VmRSS"].split()[0]),
        "slab": int(kernel["Slab"].split()[0]),
    }


def main() -> None:
    seed, first, count, every, *channels = sys.argv[1:]
    seats = [Seat(channel, f"1-{number}") for number, channel in enumerate(channels, 1)]
    soak = Soak(seed, seats)
    count_urbs()
    began, done = time.monotonic(), 0
    try:
        while done < int(count):
            soak.round(int(first) + done)
            done += len(seats)
            if done % int(every) < len(seats) or done >= int(count):
                spent = round(time.monotonic() - began, 1)
                said = {"held": held(done), "wrong": soak.wrong, "outcomes": soak.outcomes, "seconds": spent}
                print(json.dumps(said), flush=True)
    finally:
        stop_counting()
        for seat in seats:
            seat.end()


if __name__ == "__main__":
    if sys.argv[1] == "play":
        play(sys.argv[2])
    else:
        main()
