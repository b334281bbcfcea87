"""What becomes of a text on its way: cut, spliced, garbled, encoded otherwise, and with hostile names in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from hypothesis import strategies as st

CANARY = "zqx"
"""A word of every hostile name: a command that has it took it from the text."""
HOSTILE = (
    f"$({CANARY})",
    f"`{CANARY}`",
    f"; {CANARY}",
    f"'; {CANARY} #",
    f'"; {CANARY} "',
    f"| {CANARY}",
    f"&& {CANARY} &",
    f"> /{CANARY}",
    f"../../{CANARY}",
    f"-{CANARY}",
    f"{CANARY}\\",
    f"\x1b[2J{CANARY}\x07",
    f"\u202e{CANARY}\u2028",
    f"\x9b31m{CANARY}\x85",
    f"{CANARY}\r{CANARY}",
    CANARY * 40,
)
"""Names that a device, or who typed its text, may have chosen."""
HUGE = ("99999999999999999999", "-1", "0", "65536", "4294967296", "1e308", "0x", "٣", "1" * 500)
CONTROL = (
    b"\0",
    b"\x1b]0;x\x07",
    b"\x1b[2J",
    b"\xe2\x80\xae",
    b"\r",
    b"\x0b\x0c",
    b"\xff\xfe",
    b"\xc2\x9b",
    b"\x08\x08",
)
ENCODINGS = ("utf-16", "utf-16-be", "utf-8-sig", "cp1252", "utf-7", "cp037")

_PLACES = (
    re.compile(r"(?<=(?:duct|urer|mber)=)[^\n]{1,60}"),
    re.compile(r"(?<=(?:duct|urer|mber): )[^\n]{1,60}"),
    re.compile(r"\b(?:eth|wwan|usb|wwx|enx)\d{1,3}\b"),
    re.compile(r"\btty(?:USB|ACM)\d{1,3}\b|\bcdc-wdm\d\b"),
    re.compile(r"\b\d-\d(?:\.\d)*\b"),
    re.compile(r"(?<=Driver=|DRIVER=)\w+|\b(?:option|cdc_ether|usb-storage|qmi_wwan)\b"),
    re.compile(r"\b[0-9a-f]{4}\b"),
    re.compile(r"(?<=[:=] )[^\n]{1,40}"),
)
"""Where a text has strings and names: of the device, of networks, of nodes, ports, drivers, ids, of anything."""

Mutation = Callable[[bytes, int, int, Sequence[bytes]], bytes]


def _at(raw: bytes, number: int) -> int:
    return number % (len(raw) + 1)


def cut(raw: bytes, one: int, two: int, _seeds: Sequence[bytes]) -> bytes:
    start, end = sorted((_at(raw, one), _at(raw, two)))
    return raw[start:end]


def leave_out(raw: bytes, one: int, two: int, _seeds: Sequence[bytes]) -> bytes:
    start = _at(raw, one)
    return raw[:start] + raw[start + two % 200 :]


def splice(raw: bytes, one: int, two: int, seeds: Sequence[bytes]) -> bytes:
    other = seeds[two % len(seeds)]
    return raw[: _at(raw, one)] + other[_at(other, two) :][:8000]


def repeat(raw: bytes, one: int, two: int, _seeds: Sequence[bytes]) -> bytes:
    start = _at(raw, one)
    piece = raw[start : start + 1 + two % 300]
    return raw[:start] + piece * (1 + two % 50) + raw[start:]


def flip(raw: bytes, one: int, two: int, _seeds: Sequence[bytes]) -> bytes:
    if not raw:
        return raw
    start = one % len(raw)
    return raw[:start] + bytes([raw[start] ^ (1 << two % 8)]) + raw[start + 1 :]


def control(raw: bytes, one: int, two: int, _seeds: Sequence[bytes]) -> bytes:
    start = _at(raw, one)
    return raw[:start] + CONTROL[two % len(CONTROL)] + raw[start:]


def huge(raw: bytes, one: int, two: int, _seeds: Sequence[bytes]) -> bytes:
    return _replace(raw, re.compile(r"\d+"), one, HUGE[two % len(HUGE)])


def encode(raw: bytes, one: int, _two: int, _seeds: Sequence[bytes]) -> bytes:
    return raw.decode("utf-8", "replace").encode(ENCODINGS[one % len(ENCODINGS)], "replace")


def name(raw: bytes, one: int, two: int, _seeds: Sequence[bytes]) -> bytes:
    """One string or name of the text is a hostile one, and so is each that was equal to it."""
    return _replace(raw, _PLACES[two % len(_PLACES)], one, HOSTILE[two // len(_PLACES) % len(HOSTILE)])


def name_more(raw: bytes, one: int, two: int, _seeds: Sequence[bytes]) -> bytes:
    """A hostile one after a string or name of the text."""
    return _replace(raw, _PLACES[two % len(_PLACES)], one, HOSTILE[two // len(_PLACES) % len(HOSTILE)], keep=True)


def join(raw: bytes, one: int, two: int, _seeds: Sequence[bytes]) -> bytes:
    start, end = sorted((_at(raw, one), _at(raw, two)))
    return raw[:start] + raw[start:end].replace(b"\n", b" ") + raw[end:]


def line_ends(raw: bytes, one: int, _two: int, _seeds: Sequence[bytes]) -> bytes:
    return raw.replace(b"\n", (b"\r\n", b"\r", b"\n\n\r", b"<br>")[one % 4])


def blanks(raw: bytes, one: int, two: int, _seeds: Sequence[bytes]) -> bytes:
    return raw.replace(b" ", (b"", b"\t", b"\xc2\xa0", b" " * (two % 40))[one % 4])


def _replace(raw: bytes, pattern: re.Pattern[str], one: int, text: str, *, keep: bool = False) -> bytes:
    said = raw.decode("utf-8", "surrogateescape")
    found = list(pattern.finditer(said))
    if not found:
        return raw
    old = found[one % len(found)][0]
    return said.replace(old, (old if keep else "") + text, 30).encode("utf-8", "surrogateescape")


ALL: tuple[Mutation, ...] = (
    *(cut, leave_out, splice, repeat, flip, control, huge, encode, name, name_more, join, line_ends, blanks),
    *(name, name_more),  # twice: they find most
)
LARGEST = 64 * 1024
STEP = 5
"""So many bytes choose a mutation and its two numbers."""


def mutated(seeds: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Strategy: one of the seeds after some mutations, or bytes of any kind.

    The mutations are drawn as one string of bytes: hypothesis takes as long for each thing that is drawn as most of
    what is fuzzed takes for an input.
    """

    def apply(seed: bytes, drawn: bytes) -> bytes:
        for start in range(0, len(drawn) - STEP + 1, STEP):
            one, two = (int.from_bytes(drawn[start + at : start + at + 2], "big") for at in (1, 3))
            seed = ALL[drawn[start] % len(ALL)](seed, one, two, seeds)[:LARGEST]
        return seed

    drawn = st.binary(min_size=8, max_size=5 * STEP)
    of_seed = [st.builds(apply, st.sampled_from(seeds), drawn) for _ in range(6)]  # the same one counts once
    return st.one_of(*of_seed, st.binary(max_size=400))
