"""Starts both programs on every entry that is asked for, and says what is missing on this machine."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator

import pytest

from . import programs, shapes
from .entries import PACK, entries
from .programs import Worker
from .runs import Runs


def missing() -> list[str]:
    """The Debian packages that the suite needs and does not find."""
    needed = {"usb-modeswitch": os.path.exists(programs.PEER), "usb-modeswitch-data": os.path.exists(PACK)}
    for package, library in (("umockdev", programs.PRELOAD), ("libusb-1.0-0", "libusb-1.0.so.0")):
        needed[package] = _loads(library)
    return [package for package, there in needed.items() if not there]


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


@pytest.fixture(scope="session", autouse=True)
def _installed() -> None:
    """Fail where a package is missing: what is not run has shown nothing."""
    lacking = missing()
    if lacking:
        pytest.exit(f"not installed: apt install {' '.join(lacking)}", returncode=1)


@pytest.fixture(scope="session")
def runs(request: pytest.FixtureRequest, _installed: None) -> Iterator[Runs]:
    """Both programs on every entry that a test of this session asks for."""
    asked = [getattr(getattr(item, "callspec", None), "params", {}).get("entry") for item in request.session.items]
    with Runs({entry.name: entry for entry in asked if entry is not None}.values()) as begun:
        yield begun


@pytest.fixture(scope="session", autouse=True)
def _begun(runs: Runs) -> None:
    """What takes long has begun before the first test."""


@pytest.fixture(scope="session")
def worker(_installed: None) -> Iterator[Worker]:
    """Our command, for the tests that set up a bench of their own."""
    with Worker() as started:
        yield started


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """Where the suite is not asked for, its five hundred entries are not read."""
    return True if "not parity" in config.option.markexpr else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How much of the package our library knows, and which ids it does not."""
    reports = [*terminalreporter.stats.get("passed", ()), *terminalreporter.stats.get("failed", ())]
    if not any(report.nodeid.startswith("tests/parity/") for report in reports):
        return
    left_out: dict[str, list[str]] = {}
    for entry in entries():
        if not shapes.covered(entry):
            left_out.setdefault(entry.name[:4], []).append(entry.name[5:])
    count = sum(map(len, left_out.values()))
    terminalreporter.write_line(f"entries: {len(entries())}, covered: {len(entries()) - count}, not yet: {count}")
    for vendor, products in left_out.items():
        terminalreporter.write_line(f"  {vendor}: {' '.join(products)}")
