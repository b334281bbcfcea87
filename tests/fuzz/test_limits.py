"""A text or file of 1 MiB costs a bounded time and memory, whatever it holds; the bounds here are generous.

What it costs beside the aims is what ``python -m tests.fuzz.bench`` shows.
"""

from __future__ import annotations

import pytest

from tests.fuzz import large_files, large_texts
from tests.fuzz.measure import cost_of

pytestmark = pytest.mark.slow

SECONDS, MEMORY = 8.0, 80.0
"""Of the processor, in seconds, and MiB: for a machine of a quarter of the speed of the one that the aims are for."""
IMPORT_MEMORY = 150.0
TEXTS = large_texts.texts()
FILES = large_files.texts()
WORST_TEXTS = ("scsi", "ttys without a device", "hex that begins descriptors", "mentions", "networks at many ports")
WORST_FILES = ("empty lines", "devices, escaped", "devices", "a key twice", "vendors with targets", "targets")
"""What once took more than ten seconds, and what takes most now."""


def judge_text(name: str) -> None:
    cost = cost_of(["doctor"], TEXTS[name])
    assert cost.status in (0, 1, 3, 9)
    assert cost.seconds < SECONDS
    assert cost.memory < MEMORY


def judge_file(name: str) -> None:
    cost = cost_of(["profiles", "import"], FILES[name])
    assert cost.status in (0, 4)
    assert cost.seconds < SECONDS
    assert cost.memory < IMPORT_MEMORY


@pytest.mark.parametrize("name", WORST_TEXTS)
def test_the_worst_texts(name: str) -> None:
    judge_text(name)


@pytest.mark.parametrize("name", WORST_FILES)
def test_the_worst_files(name: str) -> None:
    judge_file(name)


@pytest.mark.fuzz
@pytest.mark.parametrize("name", TEXTS)
def test_every_text(name: str) -> None:
    judge_text(name)


@pytest.mark.fuzz
@pytest.mark.parametrize("name", FILES)
def test_every_file(name: str) -> None:
    judge_file(name)


def test_they_are_as_large_as_may_be() -> None:
    small = ("vendors", "vendors with targets", "2000 variants", "2000 devices of the peer")
    assert {len(text) for text in TEXTS.values()} <= set(range(1_000_000, 1_048_577))
    assert all(1_000_000 < len(text) <= 1_048_576 for name, text in FILES.items() if name not in small)
