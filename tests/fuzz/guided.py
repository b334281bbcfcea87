"""``python -m tests.fuzz.guided TIMES PARSER…``: inputs that reach new code, as libFuzzer chooses them, by atheris.

Each parser gets ``TIMES`` / 4 of the inputs that hypothesis makes for it, in a process of its own, which libFuzzer
ends.  An input that breaks a rule is told with a traceback, and is in ``build/fuzz/found``; what reached new code is in
``build/fuzz/corpus``, of which ``python -m tests.fuzz.distil`` keeps the best.

Ref: atheris' README; libFuzzer's options (llvm.org/docs/LibFuzzer.html).
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

LONGEST = 4096
"""The longest input, in bytes."""


def main(times: int, names: list[str]) -> int:
    """Fuzz these parsers, one after the other; how many of them broke a rule."""
    import atheris

    with atheris.instrument_imports(include=["modeswitch"], enable_loader_override=False):
        from tests.fuzz.parsers import PARSERS
    broken = 0
    for name in names:
        child = os.fork()  # once all is instrumented, which takes seconds
        if child == 0:
            _fuzz(name, PARSERS[name].inputs * times // 4)
        broken += os.waitpid(child, 0)[1] != 0
    return broken


def _fuzz(name: str, runs: int) -> NoReturn:
    import atheris

    from tests.fuzz.judge import FIGURES, Judge, bounded
    from tests.fuzz.mutations import HOSTILE
    from tests.fuzz.parser import PART
    from tests.fuzz.parsers import PARSERS

    folder = Path(tempfile.mkdtemp(prefix="modeswitch-fuzz-"))
    found, corpus = FIGURES / "found", FIGURES / "corpus" / name.replace(" ", "-")
    for made in (found, corpus, folder / "work"):
        made.mkdir(parents=True, exist_ok=True)
    for raw in PARSERS[name].seeds:
        (corpus / hashlib.sha256(raw).hexdigest()).write_bytes(raw[:LONGEST])
    words = [word.encode("utf-8", "replace")[:60] for word in HOSTILE] + [PART]
    lines = ['"' + "".join(f"\\x{byte:02x}" for byte in word) + '"\n' for word in words]
    (folder / "words").write_text("".join(lines), "ascii")
    judge = Judge(name, PARSERS[name], folder / "work")

    def one(raw: bytes) -> None:
        try:
            judge(raw)
        finally:
            if judge.broken or judge.inputs % 100 == 0 or judge.inputs == runs:
                judge.note("atheris", "0")

    options = {"runs": runs, "max_len": LONGEST, "dict": folder / "words", "artifact_prefix": f"{found}/{name}-"}
    options |= {"seed": 1, "verbosity": 0, "timeout": 20, "rss_limit_mb": 2048}
    arguments = [sys.argv[0], *(f"-{key}={value}" for key, value in options.items()), str(corpus)]
    with bounded():
        atheris.Setup(arguments, one)
        atheris.Fuzz()
    raise AssertionError("libFuzzer has ended the process")


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
