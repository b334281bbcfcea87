"""``python -m tests.fuzz.distil [PARSER…]``: keeps in the corpus what atheris found and no seed reaches.

Of the inputs in ``build/fuzz/corpus`` those are kept that run a line of ours which no seed and no shorter one has run.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from tests.fuzz.corpus import LONGEST, keep
from tests.fuzz.judge import FIGURES, ROOT
from tests.fuzz.parsers import PARSERS

MOST = 40
"""How many inputs of a parser are kept."""
OURS = str(ROOT / "modeswitch")

Line = tuple[str, int]


def lines_of(run: Callable[[], object]) -> set[Line]:
    """The lines of modeswitch that a call runs; who traces besides goes on afterwards."""
    seen: set[Line] = set()

    def each(frame: FrameType, event: str, _: Any) -> Any:
        seen.add((frame.f_code.co_filename, frame.f_lineno))
        return each

    def entered(frame: FrameType, event: str, _: Any) -> Any:
        return each if frame.f_code.co_filename.startswith(OURS) else None

    before = sys.gettrace()
    sys.settrace(entered)
    try:
        run()
    finally:
        sys.settrace(before)
    return seen


def distil(name: str) -> int:
    """Keep what is new for one parser; how many inputs its corpus has then."""
    parser = PARSERS[name]
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        reached: set[Line] = set()
        for raw in parser.seeds:
            reached |= lines_of(lambda raw=raw: parser.run(raw, folder))  # type: ignore[misc]
        found = {path.read_bytes() for path in (FIGURES / "corpus" / name.replace(" ", "-")).glob("*")}
        new: list[bytes] = []
        for raw in sorted((one for one in found if len(one) <= LONGEST), key=lambda one: (len(one), one)):
            lines = lines_of(lambda raw=raw: parser.run(raw, folder))  # type: ignore[misc]
            if lines - reached and len(new) < MOST:
                reached |= lines
                new.append(raw)
    return keep(name, new) if new else 0


if __name__ == "__main__":
    for chosen in sys.argv[1:] or PARSERS:
        print(chosen, distil(chosen))
