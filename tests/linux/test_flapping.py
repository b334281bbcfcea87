"""A stick that always falls back is stopped, and told of; one that is switched now and then is not."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from modeswitch.errors import Refused
from modeswitch.linux import flapping, locks
from modeswitch.linux.flapping import count
from modeswitch.linux.host import LinuxHost
from modeswitch.sim.host import SimHost
from modeswitch.usb.descriptors import Port
from tests.support.rig import plugged
from tests.support.said import Command

PORT = Port(1, (1,))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(time, "clock_gettime", lambda _which: now[0])
    return now


def test_the_sixth_within_a_minute_is_one_too_many(tmp_path: Path, clock: list[float]) -> None:
    for _ in range(5):
        count(PORT, str(tmp_path))
        clock[0] += 5
    with pytest.raises(Refused, match="switched 5 times within 60 s") as raised:
        count(PORT, str(tmp_path))
    assert raised.value.status == 5
    count(Port(1, (2,)), str(tmp_path))
    clock[0] += 36  # the first is more than a minute ago
    count(PORT, str(tmp_path))


def test_now_and_then_is_no_flapping(tmp_path: Path, clock: list[float]) -> None:
    for _ in range(20):
        count(PORT, str(tmp_path))
        clock[0] += 15


@pytest.mark.parametrize("text", ["", "rubbish", "nan inf 1e9", "-5 99999999", "\x1b[2J"])
def test_a_damaged_count(text: str, tmp_path: Path, clock: list[float]) -> None:
    (tmp_path / "1-1.starts").write_text(text)
    count(PORT, str(tmp_path))


@pytest.mark.parametrize("word", ["\u00b2", "\u0661.\u0665", "1e5", "-1", "nan", ""])  # some are digits to Python
def test_words_that_are_no_moments_are_passed_over(word: str, tmp_path: Path, clock: list[float]) -> None:
    (tmp_path / "1-1.starts").write_text(f"{word} 999.5 {word}", "utf-8")
    count(PORT, str(tmp_path))
    assert (tmp_path / "1-1.starts").read_text() == "999.500 1000.000"


def test_a_link_that_somebody_laid_is_not_followed(tmp_path: Path, clock: list[float]) -> None:
    (tmp_path / "elsewhere").write_text("precious")
    (tmp_path / "1-1.starts").symlink_to(tmp_path / "elsewhere")
    count(PORT, str(tmp_path))
    assert (tmp_path / "elsewhere").read_text() == "precious"


def test_where_nothing_can_be_noted(tmp_path: Path) -> None:
    for _ in range(9):
        count(PORT, "/proc/nowhere")


def test_the_bus_of_this_machine_counts_and_a_simulated_one_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "folder", lambda: str(tmp_path))
    for _ in range(flapping.STARTS):
        LinuxHost(str(tmp_path)).count_start(PORT)
    with pytest.raises(Refused):
        LinuxHost(str(tmp_path)).count_start(PORT)
    plugged("e3372h").host.count_start(PORT)


def test_apply_counts_only_what_it_switches(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[str] = []
    monkeypatch.setattr(SimHost, "count_start", lambda _host, port: counted.append(str(port)))
    for stick in ("e3372h", "e3372h,wakes=ecm", "e3372h"):
        command("apply", "1-1", "--policy", "/nonexistent", sticks=(stick,))
    assert counted == ["1-1", "1-1"]
