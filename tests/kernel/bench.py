"""`python -m tests.kernel.bench`: how fast modeswitch is beside Debian's usb_modeswitch, on the same kernel and stick.

The guest counts instructions, so its times repeat within a few per cent whatever the host does. Every figure is the
median of rounds in which all subjects take their turn. The stick's absence is what usbmon shows of it: from the hub's
report that it is gone to the end of the new device's SET_CONFIGURATION.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import NamedTuple

from tests.kernel import bench_boot, bench_service, bundle, image, traffic
from tests.kernel.bench_service import Aim
from tests.kernel.lab import Lab
from tests.kernel.machine import Machine

ROUNDS = 5
STICK = "e3372h,sunny,away=0.2"
"""With the kernel's own 0.24 s of debouncing its log then shows what capture 07 shows of an E8372: 0.43 s between
"USB disconnect" and "new high-speed USB device"."""
OURS = "python3 -m modeswitch 12d1:1f01 --to hilink"
THEIRS = "usb_modeswitch -v 12d1 -p 1f01 -J"
THEIRS_CHECKED = f"{THEIRS} -V 12d1 -P 14dc -s 20"
WHOLE_PATH = "udev event to the dispatcher's end"

_UNMASK = "rm /etc/udev/rules.d/40-usb_modeswitch.rules && udevadm control --reload"
_MASK = "ln -s /dev/null /etc/udev/rules.d/40-usb_modeswitch.rules && udevadm control --reload"
_TRACING = "/sys/kernel/debug/tracing"
_SWITCHED = "grep -q 14dc /sys/bus/usb/devices/1-1/idProduct && [ -s /sys/bus/usb/devices/1-1/bConfigurationValue ]"
_SET_CONFIGURATION = "0009"


class Switch(NamedTuple):
    """One measured switch, in seconds.

    ``first`` is from the beginning to the switching command on the wire, ``leaving`` from there until the hub misses
    the stick, ``away`` from there until the new device is configured, ``after`` from there to the end (negative where
    the command did not wait).
    """

    first: float
    leaving: float
    away: float
    after: float

    @property
    def whole(self) -> float:
        """From the beginning to the end."""
        return sum(self)

    @property
    def own(self) -> float:
        """What the switch took without the time that the stick takes: to leave after its CSW, and to come back."""
        return self.first + self.after


def python_alone(lab: Lab) -> float:
    """The whole run of an interpreter that does nothing."""
    times = lab.sh("began=$EPOCHREALTIME; python3 -c pass; echo $began $EPOCHREALTIME").split()
    return float(times[1]) - float(times[0])


def by_command(lab: Lab, command: str) -> Switch:
    """A switch by a command, as a person gives it: some seconds after the plug, when the kernel has read the disk."""
    lab.plug(STICK)
    lab.sh("within 30 '[ -e /dev/sr0 ]' && udevadm settle --timeout=30")
    lab.record()
    times = lab.sh(
        f"began=$EPOCHREALTIME\n{command} >command.log 2>&1 || exit\nended=$EPOCHREALTIME\n"
        f'within 30 "{_SWITCHED}" && echo $began $ended'
    ).split()
    events = lab.recorded()
    lab.end()
    return _measured(float(times[0]), float(times[1]), events)


def by_event(lab: Lab) -> Switch:
    """A switch by usb_modeswitch's udev rule, from the stick's configuration by the kernel to the dispatcher's end.

    The kernel's uevent precedes its SET_CONFIGURATION by less than a millisecond.
    """
    lab.sh(_UNMASK)
    lab.record()
    trace = lab.sh(
        f"cd {_TRACING}; echo mono >trace_clock; echo >trace; echo 1 >events/sched/sched_process_exit/enable\n"
        f"cd /tmp/lab; plug stick0 {STICK} 0\n"
        f"within 60 'grep -q comm=usb_modeswitch_ {_TRACING}/trace' && within 60 '{_SWITCHED}' || exit\n"
        f"echo 0 >{_TRACING}/events/sched/sched_process_exit/enable\n"
        "python3 -c 'import time; print(time.time() - time.monotonic())'\n"
        f"grep comm=usb_modeswitch_ {_TRACING}/trace"
    ).splitlines()
    events = lab.recorded()
    lab.end()
    lab.sh(_MASK)
    ended = float(trace[0]) + max(float(line.partition(": sched_process_exit")[0].split()[-1]) for line in trace[1:])
    began = next(event.time for event in events if event.setup.startswith(_SET_CONFIGURATION)) / 1e6
    return _measured(began, ended, events)


def _measured(began: float, ended: float, events: list[traffic.Event]) -> Switch:
    command = next(event for event in events if event.is_switch)
    gone = next(
        event
        for event in events
        if event.time > command.time and (event.device, event.event) == (1, "C") and event.data
    )
    asked = next(event for event in events if event.time > gone.time and event.setup.startswith(_SET_CONFIGURATION))
    configured = next(
        event for event in events if event.time > asked.time and (event.device, event.event) == (asked.device, "C")
    )
    marks = (began, command.time / 1e6, gone.time / 1e6, configured.time / 1e6, ended)
    return Switch._make(later - earlier for earlier, later in pairwise(marks))


def peak(lab: Lab, command: str) -> float:
    """The most memory that a command held, in MB, as seen every 10 ms (the kernel's own high-water mark)."""
    lab.plug(STICK)
    kilobytes = lab.sh(
        f"{command} >command.log 2>&1 &\n"
        "child=$!; peak=0\n"
        "while [ -e /proc/$child/status ]; do\n"
        "	while read -r key value _; do [ $key != VmHWM: ] || peak=$value; done </proc/$child/status || true\n"
        "	read -r -t 0.01 -u 9 || true\n"
        "done 2>/dev/null\n"
        "echo $peak"
    )
    lab.end()
    return int(kilobytes) * 1024 / 1e6


def imports(lab: Lab) -> str:
    """What our process spends its start on."""
    lab.plug(STICK)
    text = lab.sh("python3 -X importtime -m modeswitch 12d1:1f01 --to hilink 2>&1")
    lab.end()
    return text


def report(lab: Lab, rounds: int) -> str:
    """Measure, and say what came of it."""
    lab.begin()
    alone: list[float] = []
    subjects: dict[str, Callable[[], Switch]] = {
        OURS: lambda: by_command(lab, OURS),
        THEIRS: lambda: by_command(lab, THEIRS),
        THEIRS_CHECKED: lambda: by_command(lab, THEIRS_CHECKED),
        WHOLE_PATH: lambda: by_event(lab),
    }
    taken: dict[str, list[Switch]] = {name: [] for name in subjects}
    for number in range(rounds + 1):
        interpreter = python_alone(lab)
        switches = {name: measure() for name, measure in subjects.items()}
        if number:  # the first round loads kernel modules and fills caches
            alone.append(interpreter)
            for name, measured in switches.items():
                taken[name].append(measured)
    memory = {command: median(peak(lab, command) for _ in range(3)) for command in (OURS, THEIRS_CHECKED)}
    return _table(median(alone), {name: _median(switches) for name, switches in taken.items()}, memory)


def _median(switches: list[Switch]) -> Switch:
    return Switch._make(median(figures) for figures in zip(*switches, strict=True))


def _table(alone: float, switches: dict[str, Switch], memory: dict[str, float]) -> str:
    ours, path = switches[OURS], switches[WHOLE_PATH]
    heads = ("first byte", "leaving", "away", "after", "whole", "own")
    lines = [
        f"{'milliseconds of the guest (medians)':58}" + "".join(f"{head:>11}" for head in heads),
        f"{'python3 -c pass':58}{alone * 1e3:11.1f}",
    ]
    for name, one in switches.items():
        lines.append(f"{name:58}" + "".join(f"{figure * 1e3:11.1f}" for figure in (*one, one.whole, one.own)))
    lines += [f"{name:58} {megabytes:11.1f} MB" for name, megabytes in memory.items()]
    lines.append("")
    figures = (
        Aim("first byte / python3 -c pass", ours.first / alone, 5.0),
        Aim("first byte, less that of usb_modeswitch -J / the same", (ours.first - switches[THEIRS].first) / alone),
        Aim("first byte / usb_modeswitch's, from the udev event", ours.first / path.first),
        Aim("whole switch / usb_modeswitch's path, less the stick's time", ours.own / path.own, 0.5),
        Aim("the same with the stick's time in both", ours.whole / path.whole, 0.5),
        Aim("whole switch less the stick's time / python3 -c pass", ours.own / alone),
        Aim("peak memory, in MB", memory[OURS], 30.0),
    )
    return "\n".join([*lines, *map(str, figures)])


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    with _guest(systemd=False) as lab:
        if not rounds:
            lab.begin()
            print(imports(lab))
            return
        print(report(lab, rounds), flush=True)
    with _guest(systemd=True) as lab:
        print(f"\n{bench_service.report(lab, rounds, STICK)}", flush=True)
        print(f"\n{bench_boot.report(lab, rounds, STICK)}")


@contextmanager
def _guest(*, systemd: bool) -> Iterator[Lab]:
    """A machine that counts instructions, with our code at hand."""
    with (
        tempfile.TemporaryDirectory() as share,
        Machine(image.ensure(), Path(share), icount=True, systemd=systemd) as machine,
    ):
        bundle.pack(machine.share)
        yield Lab(machine)


if __name__ == "__main__":
    main()
