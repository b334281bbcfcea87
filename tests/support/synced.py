"""What is brought to the disk, and in which order."""

from __future__ import annotations

import os

import pytest


def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of all files and folders that are synced from now on; it grows with each fsync(2)."""
    found: list[str] = []
    whole = os.fsync

    def sync(file: int) -> None:
        found.append(os.readlink(f"/proc/self/fd/{file}"))
        whole(file)

    monkeypatch.setattr(os, "fsync", sync)
    return found
