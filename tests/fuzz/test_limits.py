"""A text or file of 1 MiB costs a bounded time and memory, whatever it holds; the bounds here are generous.

What it costs beside the aims is what ``python -m tests.fuzz.bench`` shows.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import pytest

from modeswitch.database import reader
from modeswitch.linux import modules
from modeswitch.modem import saved
from modeswitch.service import policy
from tests.fuzz import large_files, large_indexes, large_texts, large_toml
from tests.fuzz.measure import cost_of
from tests.support.owners import of_imei

pytestmark = pytest.mark.slow

SECONDS, MEMORY = 8.0, 80.0
"""Of the processor, in seconds, and MiB: for a machine of a quarter of the speed of the one that the aims are for."""
IMPORT_MEMORY = 150.0
TEXTS = large_texts.texts()
FILES = large_files.texts()
WORST_TEXTS = ("scsi", "ttys without a device", "hex that begins descriptors", "mentions", "networks at many ports")
WORST_FILES = ("empty lines", "devices, escaped", "devices", "a key twice", "vendors with targets", "targets")
"""What once took more than ten seconds, and what takes most now."""


class Reader(NamedTuple):
    """A command that reads a file: its words, the file's name, how it may end, the texts, how large they may be."""

    words: tuple[str, ...]
    name: str
    statuses: tuple[int, ...]
    texts: Callable[[int], dict[str, bytes]]
    most: int


STICK = ("--simulate", "e3372h-153,wakes=linux,sunny")
READERS = {
    "profile": Reader(("profiles", "check"), "x.toml", (4,), large_toml.texts, reader.LARGEST),
    "policy": Reader(
        ("apply", "1-1", "--simulate", "e3372h,sunny", "--policy"), "x", (0, 2, 5), large_toml.texts, policy.LARGEST
    ),
    "saved": Reader(
        ("restore", "1-1", *STICK, "--state", "@"), f"{of_imei().key}.toml", (0, 5), large_toml.texts, saved.LARGEST
    ),
    "index": Reader(
        ("doctor", "tests/captures/06_usbdevs_12d1_14dc_hilink_ecm_plus_sd.txt", "--kernel-modules", "@"),
        "modules.alias",
        (0, 1, 9),
        large_indexes.texts,
        modules.LARGEST,
    ),
}
"""What reads a file that a person, or another machine, has written."""
WORST = (
    ("policy", "a pattern of brackets"),
    ("policy", "a pattern of stars"),
    ("policy", "sticks"),
    ("policy", "tables"),
    ("profile", "dotted headers, each another"),
    ("profile", "a long fraction"),
    ("saved", "dotted headers, each another"),
    ("saved", "tables"),
    ("saved", "digits"),
    ("index", "one line"),
    ("index", "one record"),
    ("index", "aliases"),
)


@lru_cache(maxsize=1)
def texts_for(kind: str) -> dict[str, bytes]:
    return READERS[kind].texts(READERS[kind].most)


def judge_reader(kind: str, name: str) -> None:
    one = READERS[kind]
    cost = cost_of([*one.words], texts_for(kind)[name], one.name)
    assert cost.status in one.statuses
    assert cost.seconds < SECONDS
    assert cost.memory < IMPORT_MEMORY


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


@pytest.mark.parametrize(("kind", "name"), WORST)
def test_the_worst_of_each_reader(kind: str, name: str) -> None:
    judge_reader(kind, name)


@pytest.mark.fuzz
@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, one in READERS.items() for name in one.texts(4096)])
def test_every_file_of_each_reader(kind: str, name: str) -> None:
    judge_reader(kind, name)


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
