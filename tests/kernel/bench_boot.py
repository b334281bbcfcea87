"""Eight sticks that are there when the system starts: our one service beside Debian's usb_modeswitch, a unit a stick.

udev holds all events back until the sticks are there, then lets them go at once, as at the end of a boot.  The first
byte is the switching command on the wire, of the last stick; the processor's time is that of all services, of udev and
of systemd, until all sticks are back: the names and nodes of the new devices are in both.
"""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from typing import NamedTuple

from tests.kernel import traffic
from tests.kernel.bench_service import OURS, SWITCHES, THEIRS, Aim
from tests.kernel.installed import INSTALL
from tests.kernel.lab import Lab

STICKS = 8
MOST_FIRST, MOST_PROCESSOR, MOST_MEMORY = 0.20, 0.15, 45.0
"""The aims: shares of the peer's, and megabytes."""
_USED = """
# used GROUP: the microseconds of the processor that a control group has had, with all that were in it
used() {
	local key value
	while read -r key value; do [ $key != usage_usec ] || echo $value; done </sys/fs/cgroup/$1/cpu.stat
}
# The switching, udev and systemd; not the simulated sticks, which are processes of the guest's agent.
switching() { echo $(($(used system.slice) + $(used init.scope) - $(used system.slice/guest-agent.service))); }
"""


class Boot(NamedTuple):
    """One measured start: seconds to the last stick's first byte, of the processor, and megabytes at most."""

    first: float
    processor: float
    memory: float


def measure(lab: Lab, whose: str, stick: str) -> Boot:
    """Eight plugs whose events come all at once."""
    install, remove = SWITCHES[whose]
    lab.sh(install)
    lab.sh(
        "rm -rf /run/modeswitch; udevadm control --stop-exec-queue\n"
        f"for n in {{0..{STICKS - 1}}}; do background stick$n python3 -m modeswitch.sim {stick} --vhci-port $n; done\n"
        f"for n in {{1..{STICKS}}}; do within 60 '[ -e /sys/bus/usb/devices/1-'$n':1.0 ]'; done; sleep 3",
        timeout=600,
    )
    lab.record()  # not before: its buffer has no room for all that the kernel asks of eight disks
    said = lab.sh(
        f"{_USED}before=$(switching)\n"
        "began=$EPOCHREALTIME; udevadm control --start-exec-queue\n"
        f'for n in {{1..{STICKS}}}; do within 60 "grep -q 14dc /sys/bus/usb/devices/1-$n/idProduct"; done\n'
        f"terminate usbmon; udevadm settle --timeout=60; sleep 1; echo $began $before $(switching)\n"
        "process=$(systemctl show -P MainPID modeswitch)\n"
        "[ $process = 0 ] && echo 0 || { while read -r key value _; do [ $key != VmHWM: ] || echo $value; done "
        "</proc/$process/status; }",
        timeout=600,
    ).split()
    events = traffic.parse(lab.sh("cat usbmon.jsonl"))
    lab.end()
    lab.sh(remove)
    commands = {event.device: event.time for event in reversed(events) if event.is_switch}
    assert len(commands) == STICKS, f"{len(commands)} of {STICKS} sticks were sent the command"
    return Boot(
        max(commands.values()) / 1e6 - float(said[0]),
        (int(said[2]) - int(said[1])) / 1e6,
        int(said[3]) * 1024 / 1e6,
    )


def report(lab: Lab, rounds: int, stick: str) -> str:
    """Measure both in turn, and say what came of it; the first round loads kernel modules and fills caches."""
    lab.begin()
    lab.sh(INSTALL)
    taken: dict[str, list[Boot]] = {OURS: [], THEIRS: []}
    for number in range(rounds + 1):
        for whose, measured in taken.items():
            one = measure(lab, whose, stick)
            if number:
                measured.append(one)
    return _table({whose: Boot._make(map(median, zip(*each, strict=True))) for whose, each in taken.items()})


def _table(boots: Mapping[str, Boot]) -> str:
    ours, theirs = boots[OURS], boots[THEIRS]
    lines = [
        f"{f'{STICKS} sticks at the start, of the guest (medians)':58}{'last first byte, ms':>22}{'processor, ms':>15}"
    ]
    lines += [f"{whose:58}{one.first * 1e3:22.1f}{one.processor * 1e3:15.1f}" for whose, one in boots.items()]
    return "\n".join(
        [
            *lines,
            "",
            str(Aim("last first byte / usb_modeswitch's", ours.first / theirs.first, MOST_FIRST)),
            str(Aim("processor's time / usb_modeswitch's", ours.processor / theirs.processor, MOST_PROCESSOR)),
            str(Aim("memory, in MB", ours.memory, MOST_MEMORY)),
        ]
    )
