"""Gives the kernel tests one booted guest for the whole run, and a fresh one after a test that hung it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kernel import bundle, image, installed, recipe
from tests.kernel import managed as managers
from tests.kernel.lab import Lab
from tests.kernel.machine import Machine


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """The booted guest; what a test leaves in it (modules, sticks, files) the next test finds.

    It counts instructions, so that a busy host makes no test time out, and waiting costs nothing.
    """
    with Machine(image.ensure(), tmp_path_factory.mktemp("share"), icount=True) as booted:
        bundle.pack(booted.share)
        yield booted


@pytest.fixture(autouse=True)
def _alive(request: pytest.FixtureRequest) -> None:
    """Boot the guest again if an earlier test hung it."""
    if "machine" in request.fixturenames:
        guest: Machine = request.getfixturevalue("machine")
        if not guest.running:
            guest.restart()


@pytest.fixture
def lab(machine: Machine, _alive: None) -> Iterator[Lab]:
    """An empty bus and our code beside it; the bus is empty again afterwards."""
    fresh = Lab(machine)
    fresh.begin()
    yield fresh
    fresh.end()


@pytest.fixture(scope="session")
def booted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A guest of its own, which systemd has brought up."""
    with Machine(image.ensure(), tmp_path_factory.mktemp("share"), icount=True, systemd=True) as machine:
        bundle.pack(machine.share)
        yield machine


@pytest.fixture
def service(booted: Machine) -> Iterator[Lab]:
    """A guest with an empty bus and nothing of ours installed, before and after."""
    if not booted.running:
        booted.restart()
    lab = Lab(booted)
    lab.begin()
    lab.sh(installed.INSTALL)
    yield lab
    lab.end()
    lab.sh(installed.CLEAN)


@pytest.fixture(scope="session")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A guest of its own in which ModemManager and NetworkManager may run."""
    made = image.ensure(recipe.MANAGED)
    with Machine(made, tmp_path_factory.mktemp("share"), icount=True, systemd=True, memory=768) as machine:
        bundle.pack(machine.share)
        yield machine


@pytest.fixture
def managed(beside: Machine) -> Iterator[Lab]:
    """A guest with an empty bus, where both run."""
    if not beside.running:
        beside.restart()
    lab = Lab(beside)
    lab.begin()
    lab.sh(managers.START)
    yield lab
    lab.sh("python3 -m modeswitch udev remove >/dev/null")
    lab.end()
