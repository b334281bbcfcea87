"""A fixture for other people's tests: pytest finds it where modeswitch is installed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .bus import SimBus


@pytest.fixture
def simulated_sticks() -> Callable[..., SimBus]:
    """Make a bus of simulated sticks in a test: call it with their names; time is virtual."""
    from .simulated import simulated

    return simulated
