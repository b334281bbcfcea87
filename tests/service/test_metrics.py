"""The figures of a service: what is counted, how it is written, and that a reader never sees half of it."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from modeswitch.errors import PermissionDenied, Refused
from modeswitch.service import metrics
from modeswitch.service.metrics import Metrics
from modeswitch.service.policy import read
from tests.support.port_watch import eventually
from tests.support.running_service import StartService

LINE = re.compile(r'[a-z_]+(\{[a-z]+="(?:[^"\\\n]|\\[\\"n])*"(,[a-z]+="(?:[^"\\\n]|\\[\\"n])*")*\})? -?[0-9.e+-]+')

AS_WANTED = 'modeswitch_as_wanted{port="%s"}'


def samples(text: str) -> dict[str, float]:
    """Each sample of a text; every line of it must be one of the format's."""
    found = {}
    for line in text.splitlines():
        if not line.startswith("# "):
            assert LINE.fullmatch(line), line
            name, _, value = line.rpartition(" ")
            found[name] = float(value)
    return found


def test_what_a_service_has_done(start: StartService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "PAUSE", 0.0)
    path = tmp_path / "modeswitch.prom"
    running = start("e3372h", "e3372h@1-2,busy", metrics=Metrics(str(path)))
    running.done(1, 1)
    wanted = 'modeswitch_stick{port="1-1",id="12d1:14dc",mode="hilink"}'
    eventually(lambda: wanted in path.read_text())
    found = samples(path.read_text())
    assert found['modeswitch_switches_total{port="1-1",mode="hilink"}'] == 1
    assert found['modeswitch_failures_total{port="1-2",kind="Busy"}'] == 1
    assert found['modeswitch_away_seconds{port="1-1"}'] >= 0
    assert found['modeswitch_stick{port="1-2",id="12d1:1f01",mode="mass-storage"}'] == 1
    running.bus.sim.sticks = running.bus.sim.sticks[1:]
    running.bus.netlink.device("remove", "1-1", 3)
    eventually(lambda: wanted not in path.read_text())
    assert samples(path.read_text())['modeswitch_switches_total{port="1-1",mode="hilink"}'] == 1
    running.end()
    assert [one.name for one in tmp_path.iterdir()] == ["modeswitch.prom"]
    assert path.stat().st_mode & 0o777 == 0o644


def test_every_figure_has_its_type_and_meaning() -> None:
    text = Metrics("x").text(set(), {"1-1": True, "1-2": False})
    for name, (kind, meaning) in metrics.HELP.items():
        assert f"# HELP {name} {meaning}\n# TYPE {name} {kind}\n" in text
    assert samples(text)['modeswitch_line_up{port="1-2"}'] == 0


@pytest.mark.parametrize("hostile", ['a"b', "a\\b", "a\nb", "\x1b[2J", 'x"} 1\nmodeswitch_stick{port="9'])
def test_what_a_device_says_stays_in_its_label(hostile: str) -> None:
    figures = Metrics("x")
    figures.note("done", port="1-1", id=hostile, mode=hostile, result="switched")
    figures.note("error", port="1-1", error=hostile)
    text = figures.text({"1-1"}, {})
    assert len(samples(text)) == 5
    assert text.replace("\n", "").isprintable()


def test_it_is_not_written_more_often_than_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.prom"
    figures = Metrics(str(path))
    assert figures.left() == 0
    assert figures.write([], {}) == 60
    assert 0 < figures.left() <= 1
    figures.note("done", port="1-1", id="12d1:14dc", mode="hilink", result="switched")
    left = figures.write(["1-1"], {})
    assert left is not None
    assert 0 < left <= 1
    assert "14dc" not in path.read_text()
    assert figures.write([], {}) != 0


@pytest.mark.slow
def test_a_stick_that_is_not_where_the_policy_wants_it(start: StartService, tmp_path: Path) -> None:
    """Left as it is, since it was awake already; or the switch has failed.  What is no stick is nothing of it."""
    path = tmp_path / "x.prom"
    policy = read('[default]\nto = "ncm"')
    sticks = ("e3372h@1-1,wakes=ecm", "e3372h@1-2,busy", "e3372h@1-3", "e3372h@1-4,id=0781:5567")
    running = start(*sticks, policy=policy, metrics=Metrics(str(path)))
    running.done(1, 1)
    wanted = {"1-1": 0, "1-2": 0, "1-3": 1}
    eventually(
        lambda: path.exists() and {port: samples(path.read_text()).get(AS_WANTED % port) for port in wanted} == wanted
    )
    assert 'port="1-4"' not in path.read_text()
    running.end()


def test_an_error_alone_does_not_tell_what_is_wanted() -> None:
    figures = Metrics("x")
    figures.note("found", port="1-1", id="12d1:155e", mode="ncm")
    figures.note("error", port="1-1", error="SwitchFailed")
    figures.note("at", port="1-1", mode="stick")
    found = samples(figures.text({"1-1"}, {}))
    assert AS_WANTED % "1-1" not in found
    assert found['modeswitch_stick{port="1-1",id="12d1:155e",mode="ncm"}'] == 1
    figures.note("done", port="1-1", id="12d1:155e", mode="ncm", result="already")
    found = samples(figures.text({"1-1"}, {}))
    assert found[AS_WANTED % "1-1"] == 1
    assert found['modeswitch_stick{port="1-1",id="12d1:155e",mode="ncm"}'] == 1
    assert not [name for name in found if name.startswith("modeswitch_switches_total")]


def test_times_are_told_to_the_thousandth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1234.56789)
    clock = iter((10.0, 11.23456))
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    figures = Metrics("x")
    figures.note("left", port="1-1")
    figures.note("back", port="1-1")
    found = samples(figures.text({"1-1"}, {}))
    assert found["modeswitch_start_time_seconds"] == 1234.568
    assert found['modeswitch_away_seconds{port="1-1"}'] == 1.235


def test_a_long_label_is_cut() -> None:
    figures = Metrics("x")
    figures.note("found", port="1-1", id="12d1:155e", mode="m" * 200)
    assert f'mode="{"m" * 100}…"' in figures.text({"1-1"}, {})


def test_a_line_that_fails_is_no_other_mode() -> None:
    figures = Metrics("x")
    figures.note("done", port="1-1", id="12d1:155e", mode="ncm", result="switched")
    figures.note("error", port="1-1", error="SwitchFailed")
    assert samples(figures.text({"1-1"}, {}))[AS_WANTED % "1-1"] == 1
    figures.note("error", port="1-1", error="SwitchFailed", wanted="ncm", id="12d1:1442", mode="stick")
    found = samples(figures.text({"1-1"}, {}))
    assert found[AS_WANTED % "1-1"] == 0
    assert found['modeswitch_stick{port="1-1",id="12d1:1442",mode="stick"}'] == 1
    assert AS_WANTED % "1-1" not in samples(figures.text(set(), {}))


def test_the_file_is_written_again_though_nothing_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that an old one is that of a service which runs no more."""
    path = tmp_path / "x.prom"
    figures = Metrics(str(path))
    assert figures.write([], {}) == metrics.BEAT
    path.unlink()
    assert 0 < figures.write([], {}) <= metrics.BEAT
    assert not path.exists()
    monkeypatch.setattr(metrics, "BEAT", 0.0)
    figures.write([], {})
    assert path.exists()


@pytest.mark.parametrize("path", ["/proc/none/x.prom", "/proc/nonexistent/x.prom"])
def test_a_file_that_cannot_be_written_is_told_once_and_ends_nothing(path: str, start: StartService) -> None:
    with pytest.raises((Refused, PermissionDenied)):
        Metrics(path).write([], {})
    running = start("e3372h", metrics=Metrics(path))
    running.done(1)
    running.end()
    assert [facts["message"] for facts in running.told("warning") if path in facts["message"]] != []
    assert len(running.told("warning")) == 1
