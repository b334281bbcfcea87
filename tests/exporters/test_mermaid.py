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


def arrows(*ways: Transition) -> list[str]:
    return [line for line in chart(*ways) if ARROW.fullmatch(line)]


RESET = way("ncm", "mass-storage", step="at", fields={"send": "AT^RESET"})
POWER = way("ncm", "mass-storage")


@pytest.mark.parametrize(
    ("ways", "arrow"),
    [
        ((RESET,), "-->"),
        ((POWER, RESET), "-->"),
        ((RESET._replace(persistent=True),), "==>"),
        ((POWER,), "-.->"),
        ((RESET._replace(stand_in=True),), "-.->"),
        ((RESET._replace(only=("E303",)),), "-.->"),
        ((RESET._replace(to=("hilink", "mass-storage")),), "-.->"),
    ],
)
def test_an_arrow_tells_how_sure_it_is(ways: tuple[Transition, ...], arrow: str) -> None:
    assert arrows(*ways)[-1].split("|")[0].split()[1] == arrow


def test_from_mode_to_mode_is_one_arrow_and_one_that_writes() -> None:
    ways = (RESET, RESET._replace(usual=16.0), POWER._replace(usual=1.5), RESET._replace(persistent=True))
    assert arrows(*ways) == [
        '    ncm -->|"AT^RESET: 16 s<br>port power: 1.5 s"| mass_storage',
        '    ncm ==>|"AT^RESET"| mass_storage',
    ]


def test_no_text_ends_the_quotes() -> None:
    step = RESET.steps[0]._replace(written="{ at = { send = 'A\"B' } }")
    assert arrows(RESET._replace(steps=(step,))) == ['    ncm -->|"AT command"| mass_storage']


def test_a_family_that_is_left_alone_is_drawn_as_such() -> None:
    assert chart() == ["flowchart LR", '    alone["not switched"]']
