"""What is fuzzed, by name: every reader of what others wrote, and every dialogue."""

from __future__ import annotations

from tests.fuzz.corpus import kept
from tests.fuzz.hosts import HOSTS
from tests.fuzz.parser import Parser
from tests.fuzz.simulators import SIMULATORS
from tests.fuzz.sticks import STICKS
from tests.fuzz.texts import TEXTS

PARSERS: dict[str, Parser] = {
    name: parser._replace(seeds=tuple(dict.fromkeys((*parser.seeds, *kept(name)))))
    for name, parser in {**TEXTS, **STICKS, **HOSTS, **SIMULATORS}.items()
}
"""Name → parser, its seeds with what the corpus has of it."""
