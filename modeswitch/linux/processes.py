"""The processes of this machine.  Ref: proc(5)."""

from __future__ import annotations

from .. import files
from ..printable import printable

LONGEST = 32
"""How much of a name is shown, in characters: the kernel keeps 15 of a program's (TASK_COMM_LEN), more of its own."""


def name(number: str, proc: str = "/proc") -> str:
    """What the program of a process is called, for a person; empty where there is no such process."""
    return printable(files.text(f"{proc}/{number}/comm", LONGEST * 4).strip(), LONGEST)
