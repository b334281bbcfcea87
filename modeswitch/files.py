"""Whether a file may tell root what to do: only where only root could have written it."""

from __future__ import annotations

import os


def untrusted(file: int) -> str:
    """Why root must not believe an open file: another user owns it or may write to it; empty where it may."""
    if os.geteuid() != 0:
        return ""
    found = os.fstat(file)
    if found.st_uid != 0:
        return "belongs to another user than root"
    return "may be written by its group or by all" if found.st_mode & 0o022 else ""
