"""The time of a line of a log: by the kernel's clock where the line has it, else by the wall's.  Pure.

Ref: dmesg(1) of util-linux (-T, -H), syslog(3), logread of OpenWrt, journalctl(1), udevadm(8) (monitor).
"""

from __future__ import annotations

import re

from ...values import NamedTuple

_KERNEL = re.compile(r"(?:\[|KERNEL ?\[|UDEV {0,2}\[) {0,6}(\d{1,8}\.\d{1,9})\]")
_STEP = re.compile(r"\[ {0,6}\+ {0,6}(\d{1,6}\.\d{1,9})\]")
_WALL = re.compile(
    r"(?:\b([A-Z][a-z]{2}) {0,2}(\d{1,2})|\b\d{4}-(\d\d)-(\d\d))[ T](\d\d):(\d\d)(?::(\d\d(?:\.\d{1,9})?))?\b"
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS_BEFORE = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)


class Moment(NamedTuple):
    """A time: ``seconds`` since some beginning, which is another one for each ``clock``."""

    clock: str
    seconds: float

    def until(self, later: Moment | None) -> float | None:
        """The seconds until a later moment; None where the two are of different clocks, or out of order."""
        if later is None or later.clock != self.clock or later.seconds < self.seconds:
            return None
        return later.seconds - self.seconds


def moment_of(line: str, before: Moment | None) -> Moment | None:
    """The time of a line, None where it has none; ``before`` is that of the line before."""
    head = line[:120]
    kernel = _KERNEL.search(head) if "." in head and "[" in head else None
    if kernel:
        return Moment("kernel", float(kernel[1]))
    if before is not None and "+" in head:
        step = _STEP.search(head)
        if step:
            return Moment(before.clock, before.seconds + float(step[1]))
    if ":" not in head:
        return None
    wall = _WALL.search(head)
    return _wall(wall) if wall else None


def _wall(match: re.Match[str]) -> Moment | None:
    name, day, month_number, other_day, hours, minutes, seconds = match.groups()
    month = _MONTHS.index(name) if name in _MONTHS else int(month_number) - 1 if month_number else -1
    if not 0 <= month < len(_MONTHS):
        return None
    days = _DAYS_BEFORE[month] + int(day or other_day)
    return Moment("wall", days * 86400 + int(hours) * 3600 + int(minutes) * 60 + float(seconds or 0))
