"""A family's graph: every way is an arrow, every mode a node, and no text breaks the chart."""

from __future__ import annotations

import re

import pytest

from modeswitch.database.library import Library
from modeswitch.database.profile import Profile, Transition
from modeswitch.exporters.mermaid import WORDS, flowchart
from modeswitch.methods.registry import KINDS, read_step

LIBRARY = Library(user=())
NODE = re.compile(r'    (\w+)\["([\w -]+)"\]')
ARROW = re.compile(r'    (\w+) (-->|-\.->|==>)\|"([^"]+)"\| (\w+)')


def way(start: str, *to: str, step: str = "power", fields: dict[str, object] | None = None) -> Transition:
    steps = (read_step({step: fields or {}}, "test", ""),)
    return Transition(start, to, (), steps, within=20.0, persistent=False, evidence=())


def chart(*ways: Transition) -> list[str]:
    return flowchart(Profile("made-up", "Nobody", "ncm", (), ways))


def test_each_kind_of_step_has_its_words() -> None:
    assert set(WORDS) == set(KINDS)


@pytest.mark.parametrize("name", LIBRARY.names())
def test_every_shipped_family_is_drawn(name: str) -> None:
    family = LIBRARY.family(name)
    head, *rest = flowchart(family)
    assert head == "flowchart LR"
    nodes = {found[1]: found[2] for line in rest if (found := NODE.fullmatch(line))}
    arrows = [found for line in rest if (found := ARROW.fullmatch(line))]
    assert len(nodes) + len(arrows) == len(rest)
    drawn = {(nodes[arrow[1]], nodes[arrow[4]]) for arrow in arrows}
    assert drawn == {(way.start, mode) for way in family.transitions for mode in way.to}


def test_what_writes_is_thick_and_what_stands_in_is_dotted() -> None:
    at = way("ncm", "mass-storage", step="at", fields={"send": "AT^RESET"})
    lines = chart(at, at._replace(persistent=True), at._replace(stand_in=True), way("ncm", "mass-storage"))
    assert [line.split("|")[0].split()[1] for line in lines[3:]] == ["-->", "==>", "-.->"]
    assert lines[-1] == '    ncm -.->|"AT^RESET<br>the power of its port"| mass_storage'


def test_ways_that_look_alike_are_one_arrow() -> None:
    assert len(chart(way("ncm", "stick"), way("ncm", "stick"))) == 4


def test_a_second_outcome_and_a_model_are_told() -> None:
    lines = chart(way("ncm", "stick", "debug")._replace(only=('E"5',), usual=1.5))
    assert lines[-2:] == [
        '    ncm -.->|"the power of its port; 1.5 s; only E#quot;5"| stick',
        '    ncm -.->|"the power of its port; 1.5 s; only E#quot;5; some firmware"| debug',
    ]


def test_a_family_that_is_left_alone_is_drawn_as_such() -> None:
    assert chart() == ["flowchart LR", '    alone["not switched"]']
