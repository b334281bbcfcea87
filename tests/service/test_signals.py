"""Signals that stop a service, or make it read its policy again."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator

import pytest

from modeswitch.service.signals import SignalHandlers

NUMBERS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@pytest.fixture
def unchanged() -> Iterator[None]:
    """The handlers after the test are those before it, whatever it does."""
    before = {number: signal.getsignal(number) for number in NUMBERS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("unchanged")
def test_each_signal_calls_its_function_and_afterwards_its_old_handler() -> None:
    called: list[str] = []
    for number in NUMBERS:
        signal.signal(number, lambda got, _frame: called.append(f"old {signal.Signals(got).name}"))
    with SignalHandlers(lambda: called.append("stop"), lambda: called.append("reload")):
        for number in NUMBERS:
            signal.raise_signal(number)
    assert called == ["stop", "stop", "reload"]
    for number in NUMBERS:
        signal.raise_signal(number)
    assert called[3:] == ["old SIGTERM", "old SIGINT", "old SIGHUP"]


def test_outside_the_main_thread_nothing_is_changed() -> None:
    before = [signal.getsignal(number) for number in NUMBERS]
    inside: list[object] = []

    def work() -> None:
        with SignalHandlers(lambda: None, lambda: None):
            inside.extend(signal.getsignal(number) for number in NUMBERS)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert inside == before == [signal.getsignal(number) for number in NUMBERS]
