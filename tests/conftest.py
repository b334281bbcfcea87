"""Keeps a developer's own profiles out of the tests, and hypothesis quick."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

from tests.support.said import Command

settings.register_profile(
    "fast", max_examples=60, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("fast")


@pytest.fixture(autouse=True)
def _no_profiles_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads /etc/modeswitch or the developer's own profiles."""
    monkeypatch.setattr("modeswitch.database.library.USER_DIRECTORY", "/nonexistent/modeswitch")
    monkeypatch.setenv("XDG_CONFIG_HOME", "/nonexistent/modeswitch")


@pytest.fixture(autouse=True)
def _no_locks_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits for what else runs on this machine: where the locks are none can be."""
    monkeypatch.setattr("modeswitch.linux.locks.MACHINE", "/dev/null/nowhere")
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs ``modeswitch`` with those words, in this process; sticks are given as ``sticks=("e3372h",)``."""
    return Command(capsys, monkeypatch)
