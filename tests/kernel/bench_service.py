"""From the plug to the network interface under systemd: our rules and service beside Debian's usb_modeswitch's.

Both are as installed: ours by `modeswitch udev install`, theirs by the package (its udev rule, usb_modeswitch@.service
and dispatcher).  The beginning is the end of the kernel's own look at the stick, its SET_CONFIGURATION, which follows
the uevent by less than a millisecond; the end is the kernel's uevent of the network interface.
"""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from typing import NamedTuple

from tests.kernel import traffic
from tests.kernel.installed import INSTALL, MASK
from tests.kernel.lab import Lab

OURS, THEIRS = "modeswitch udev install, modeswitch.service", "usb_modeswitch's rule, service and dispatcher"
SWITCHES: Mapping[str, tuple[str, str]] = {
    OURS: ("python3 -m modeswitch udev install >&2", "python3 -m modeswitch udev remove >&2"),
    THEIRS: (f"rm {MASK} && udevadm control --reload", f"ln -s /dev/null {MASK} && udevadm control --reload"),
}
"""Whose it is → what puts it in force, and out again."""
COLD, WARM = (0.40, 0.40), (0.05, 0.10)
"""The aims: how much of the peer's time ours may take to the first byte, and to the network interface without the
stick's own time; where the service has to be started, and where it is there, since a stick was switched before."""

_MONITOR = "exec stdbuf -oL udevadm monitor --kernel --subsystem-match=net"
_AWAIT = 'while read -r -t 60 -u 8 line && [[ $line != *"{}"* ]]; do :; done && [[ $line ]]'
"""A shell that looks again and again would take time from what is measured; one that reads takes none."""
_SET_CONFIGURATION = "0009"


class Service(NamedTuple):
    """One measured switch, in seconds.

    ``first`` is from the stick's configuration to the switching command on the wire, ``stick`` from there until the new
    device is configured (it leaves, and is away), ``after`` from there until its network interface is there.
    """

    first: float
    stick: float
    after: float

    @property
    def network(self) -> float:
        """From the event to the network interface."""
        return sum(self)

    @property
    def own(self) -> float:
        """The same without the stick's own time."""
        return self.first + self.after


class Aim(NamedTuple):
    """A figure, by name, and the most that it may be; None where nothing is aimed at."""

    name: str
    figure: float
    most: float | None = None

    def __str__(self) -> str:
        """What it is, what was aimed at, whether that was met."""
        line = f"{self.name:60}{self.figure:9.2f}"
        if self.most is None:
            return line
        return f"{line}   aim: at most {self.most:g}   {'met' if self.figure <= self.most else 'MISSED'}"


def measure(lab: Lab, whose: str, stick: str, *, warm: bool = False) -> Service:
    """A plug that is left to that service, with no hand on it; ``warm`` has it switch another one before."""
    install, remove = SWITCHES[whose]
    lab.sh(install)
    if warm:
        lab.sh(
            f"background stick1 python3 -m modeswitch.sim {stick} --vhci-port 1\n"
            "within 60 'compgen -G \"/sys/bus/usb/devices/1-2:1.0/net/*\"' >/dev/null\n"
            "udevadm settle --timeout=30; sleep 3"
        )
    lab.record()
    said = lab.sh(
        f"rm -rf /run/modeswitch; mkfifo said; exec 8<>said; background monitor sh -c '{_MONITOR} >said'\n"
        f"{_AWAIT.format('KERNEL -')} && background stick0 python3 -m modeswitch.sim {stick} --vhci-port 0\n"
        f"{_AWAIT.format('/1-1:1.0/net/')} && udevadm settle --timeout=30; rm said\n"
        "python3 -c 'import time; print(time.time() - time.monotonic())'; echo \"$line\"\n"
    ).splitlines()
    events = lab.recorded()
    lab.end()
    lab.sh(remove)
    made = float(said[0]) + float(said[1].partition("[")[2].partition("]")[0])
    return _measured(events, made)


def _measured(events: list[traffic.Event], made: float) -> Service:
    began, again = (event for event in events if event.event == "S" and event.setup.startswith(_SET_CONFIGURATION))
    command = next(event for event in events if event.is_switch)
    back = next(e for e in events if e.time > again.time and (e.device, e.event) == (again.device, "C"))
    marks = (began.time / 1e6, command.time / 1e6, back.time / 1e6, made)
    return Service(marks[1] - marks[0], marks[2] - marks[1], marks[3] - marks[2])


def report(lab: Lab, rounds: int, stick: str) -> str:
    """Measure both in turn, and say what came of it; the first round loads kernel modules and fills caches."""
    lab.begin()
    lab.sh(INSTALL)
    kinds = [(whose, warm) for warm in (False, True) for whose in SWITCHES]
    taken: dict[tuple[str, bool], list[Service]] = {kind: [] for kind in kinds}
    for number in range(rounds + 1):
        for whose, warm in kinds:
            one = measure(lab, whose, stick, warm=warm)
            if number:
                taken[whose, warm].append(one)
    medians = {kind: Service._make(map(median, zip(*each, strict=True))) for kind, each in taken.items()}
    return "\n".join(
        [
            *_table({whose: medians[whose, False] for whose in SWITCHES}, "cold", COLD),
            "",
            *_table({whose: medians[whose, True] for whose in SWITCHES}, "warm", WARM),
        ]
    )


def _table(services: Mapping[str, Service], kind: str, most: tuple[float, float]) -> list[str]:
    ours, theirs = services[OURS], services[THEIRS]
    lines = [
        f"{f'under systemd, {kind}, milliseconds of the guest (medians)':58}"
        + "".join(f"{head:>11}" for head in ("first byte", "the stick", "after", "network", "own"))
    ]
    for whose, one in services.items():
        lines.append(f"{whose:58}" + "".join(f"{figure * 1e3:11.1f}" for figure in (*one, one.network, one.own)))
    return [
        *lines,
        "",
        str(Aim(f"{kind}: event to first byte / usb_modeswitch's", ours.first / theirs.first, most[0])),
        str(Aim(f"{kind}: event to interface, less the stick's time / its", ours.own / theirs.own, most[1])),
    ]
