"""The one table of events: what the source tells is in it, what it holds is told, and facts have the types it says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import modeswitch
from modeswitch.errors import ModeswitchError
from modeswitch.events import COMMON, EVENTS, OPEN, Event, silent, telling, timestamp
from modeswitch.modem.saved import Store
from tests.support.rig import plugged
from tests.support.said import Command
from tools import write_events_page

PACKAGE = Path(modeswitch.__file__).parent
TELLERS = ("tell", "trace", "emit", "on_event", "_on_event", "_tell", "_trace")
PRINTED = (
    *(
        "done",
        "error",
        "device",
        "command",
        "read",
        "stick",
        "finding",
        "family",
        "graph",
        "profile",
        "checked",
        "written",
    ),
    *("file", "summary", "entry"),
)
"""Events that the command prints as a result, and never as a line of progress."""
QUIET = ("waiting", "line", "policy", "unsaid")
"""Events of which a person sees something else: a countdown, the result, a sentence of its own."""


class Told(NamedTuple):
    """One call in the source that tells an event: where, its name, the facts that are written there."""

    where: str
    event: str
    facts: tuple[str, ...]


def told() -> Iterator[Told]:
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            first = node.args[0]
            if name in TELLERS and isinstance(first, ast.Constant) and isinstance(first.value, str):
                facts = tuple(word.arg for word in node.keywords if word.arg)
                yield Told(f"{path.relative_to(PACKAGE)}:{node.lineno}", first.value, facts)


TOLD = list(told())


def test_the_source_is_read() -> None:
    assert len(TOLD) > 40
    assert "step" in {one.event for one in TOLD}


@pytest.mark.parametrize("one", TOLD, ids=lambda one: f"{one.where} {one.event}")
def test_what_the_source_tells_is_in_the_table(one: Told) -> None:
    assert one.event in EVENTS
    if one.event not in OPEN:
        assert set(one.facts) <= {*COMMON, *EVENTS[one.event].facts}


def test_what_is_in_the_table_is_told_somewhere() -> None:
    assert set(EVENTS) == {one.event for one in TOLD}


def test_a_person_has_words_for_each() -> None:
    assert {name for name, event in EVENTS.items() if not event.words} == {*PRINTED, *QUIET}


@pytest.mark.parametrize("name", EVENTS)
def test_the_words_use_facts_of_the_event(name: str) -> None:
    used = set(re.findall(r"\{(\w+)", EVENTS[name].words))
    assert used <= {*COMMON, *EVENTS[name].facts}


def test_the_page_is_made_of_the_table() -> None:
    assert write_events_page.PAGE.read_text("utf-8") == write_events_page.page()
    assert write_events_page.main(["--check"]) == 0


def test_a_stale_page_is_noticed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(EVENTS, "left", Event("it says goodbye", {}))
    assert write_events_page.main(["--check"]) == 1
    assert "stale" in capsys.readouterr().out


# What is told at run time.

KINDS: dict[str, Any] = {
    "str": str,
    "int": int,
    "float": (int, float),
    "bool": bool,
    "None": type(None),
    "list[str]": list,
    "list[int]": list,
    "list[dict]": list,
}


def wrong(event: str, facts: dict[str, object]) -> list[str]:
    """What the table does not allow of an event's facts."""
    wanted = {**COMMON, **EVENTS[event].facts}
    missing = [name for name, kind in wanted.items() if not kind.endswith("?") and name not in facts]
    unknown = [name for name in facts if name not in wanted and event not in OPEN]
    mistyped = [name for name, kind in wanted.items() if name in facts and not _is(facts[name], kind)]
    return missing + unknown + mistyped


def _is(value: object, kind: str) -> bool:
    return any(isinstance(value, KINDS[one.strip()]) for one in kind.rstrip("?").split("|"))


def test_wrong_facts_are_noticed() -> None:
    assert wrong("left", {"port": "1-1", "time": timestamp()}) == []
    assert wrong("left", {"time": timestamp(), "id": 1}) == ["port", "id"]
    assert wrong("step", {**dict.fromkeys(COMMON, "x"), "number": "1", "of": 2, "step": "", "wire": ""}) == ["number"]


@pytest.mark.parametrize(
    ("stick", "to", "persist"),
    [
        ("e3372h", "ncm", False),
        ("e3372h,wakes=ecm", "ncm", False),
        ("e3372h,csw=late", "hilink", False),
        ("e3372h,back=never", "hilink", False),
        ("e3372h-153,wakes=linux", "stick", True),
        ("e173", "stick", False),
        ("eject", None, False),
    ],
)
def test_every_event_of_a_switch_has_the_facts_of_the_table(
    stick: str, to: modeswitch.Goal | None, persist: bool, tmp_path: Path
) -> None:
    heard: list[tuple[str, dict[str, object]]] = []
    bus = plugged(stick)
    try:
        modeswitch.switch(
            "1-1",
            to,
            persist=persist,
            state=str(tmp_path),
            on_event=lambda event, **facts: heard.append((event, facts)),
            bus=bus,
        )
    except ModeswitchError:
        assert heard
    assert [(event, wrong(event, facts)) for event, facts in heard if wrong(event, facts)] == []
    assert {facts["port"] for _, facts in heard} == {"1-1"}
    assert {"found", "step"} <= {event for event, _ in heard}


@pytest.mark.parametrize(
    "words",
    [
        ("1-1", "--to", "ncm", "-vv"),
        ("plan", "1-1", "--to", "ncm"),
        ("list",),
        ("top",),
        ("doctor", "1-1"),
        ("status", "1-1"),
        ("profiles", "list"),
        ("explain", "55534243123456780000000000000011062000000101000100000000000000"),
        ("connect", "1-1", "--apn", "x"),
        ("9-9",),
    ],
)
def test_every_line_of_json_has_the_facts_of_the_table(command: Command, words: tuple[str, ...]) -> None:
    import json

    said = command(*words, "--json", sticks=("e3372h",))
    lines = [json.loads(line) for line in said.out.splitlines()]
    assert lines
    for line in lines:
        assert line.pop("schema") == 1
        event = line.pop("event")
        assert (event, wrong(event, line)) == (event, [])


# The time, and who hears it.


def test_a_moment_is_written_in_utc() -> None:
    assert timestamp(0.0) == "1970-01-01T00:00:00.000Z"
    assert timestamp(1_700_000_000.2504) == "2023-11-14T22:13:20.250Z"


def test_facts_of_every_event_are_added_once() -> None:
    heard: list[dict[str, object]] = []
    tell = telling(lambda event, **facts: heard.append({"event": event, **facts}), "1-1.4")
    tell("left")
    assert heard[0].keys() == {"event", "port", "time"}
    assert heard[0]["port"] == "1-1.4"


def test_where_nobody_hears_nothing_is_made() -> None:
    assert telling(silent, "1-1") is silent


def test_the_store_is_told_where_a_value_went(tmp_path: Path) -> None:
    heard: list[str] = []
    modeswitch.write_ports(
        "1-1",
        "FF;12,16",
        state=str(tmp_path),
        bus=plugged("e3372h-153,wakes=linux"),
        on_event=lambda event, **facts: heard.append(str(facts["file"])) if event == "saved" else None,
    )
    assert len(heard) == 1
    assert Store(tmp_path).folder in heard[0]


# Those who log.


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    import logging

    caplog.set_level(logging.DEBUG)
    modeswitch.log_to(logging.getLogger("sticks"))
    yield caplog
    modeswitch.log_to(None)


def test_a_logger_hears_every_event(logged: pytest.LogCaptureFixture) -> None:
    heard: list[str] = []
    modeswitch.switch("1-1", "ncm", bus=plugged("e3372h"), on_event=lambda event, **_: heard.append(event))
    assert [record.__dict__["event"] for record in logged.records] == heard
    levels = {record.__dict__["event"]: record.levelname for record in logged.records}
    assert (levels["found"], levels["step"], levels["out"]) == ("INFO", "DEBUG", "DEBUG")
    assert logged.records[0].getMessage() == "1-1: 12d1:1f01 is in mass-storage"
    assert logged.records[0].__dict__["facts"]["mode"] == "mass-storage"


def test_a_logger_hears_without_on_event_too_and_no_more_once_it_is_taken_away(
    logged: pytest.LogCaptureFixture,
) -> None:
    modeswitch.switch("1-1", bus=plugged("e3372h"))
    heard = len(logged.records)
    assert heard
    modeswitch.log_to(None)
    modeswitch.switch("1-1", bus=plugged("e3372h"))
    assert len(logged.records) == heard


def test_a_log_line_holds_no_escape(logged: pytest.LogCaptureFixture) -> None:
    telling(silent, "1-1")("warning", message="\x1b[2J")
    assert logged.records[-1].levelname == "WARNING"
    assert logged.records[-1].getMessage() == "1-1: warning: \\x1b[2J"
