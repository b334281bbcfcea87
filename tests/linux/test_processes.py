"""What a process is called."""

from __future__ import annotations

import os
from pathlib import Path

from modeswitch.linux import processes


def test_the_name_of_a_process(tmp_path: Path) -> None:
    assert processes.name(str(os.getpid())) == Path("/proc/self/comm").read_text().strip()
    assert processes.name("0") == ""
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "comm").write_text("\x1b" + "x" * 99 + "\n")
    assert processes.name("7", str(tmp_path)) == "\\x1b" + "x" * 31 + "…"
