"""The time of a line, by the clock that it has."""

from __future__ import annotations

import pytest

from modeswitch.doctor.pasted.clock import Moment, moment_of

DAY = 86400


@pytest.mark.parametrize(
    ("line", "clock", "seconds"),
    [
        ("[  472.469602] usb 1-1: x", "kernel", 472.469602),
        ("Tue Sep 21 13:42:02 2021 kern.info kernel: [  472.469602] usb 1-1: x", "kernel", 472.469602),
        ("KERNEL[475.25] add /devices/x (usb)", "kernel", 475.25),
        ("UDEV  [475.25] add /devices/x (usb)", "kernel", 475.25),
        ("[Thu Jan  2 01:00:01 2021] usb 1-1: x", "wall", 2 * DAY + 3601),
        ("Feb  1 00:00:10 host kernel: x", "wall", 32 * DAY + 10),
        ("2024-01-01T00:01:00.500000+00:00 host kernel: x", "wall", DAY + 60.5),
        ("[Aug28 17:07] hwmon", "wall", (212 + 28) * DAY + 17 * 3600 + 7 * 60),
        ("[  +8.5] hwmon", "kernel", 18.5),
    ],
)
def test_a_moment(line: str, clock: str, seconds: float) -> None:
    found = moment_of(line, Moment("kernel", 10.0))
    assert found is not None
    assert found.clock == clock
    assert found.seconds == pytest.approx(seconds)


@pytest.mark.parametrize("line", ["usb 1-1: x", "Bus 001 Device 004: ID 12d1:1f01", "Foo 99 10:10:10 x", ""])
def test_a_line_without_a_time(line: str) -> None:
    assert moment_of(line, None) is None


def test_what_is_between_two_moments() -> None:
    assert Moment("kernel", 1.0).until(Moment("kernel", 3.5)) == 2.5
    assert Moment("kernel", 1.0).until(Moment("wall", 3.5)) is None
    assert Moment("kernel", 3.0).until(Moment("kernel", 1.0)) is None
    assert Moment("kernel", 3.0).until(None) is None
