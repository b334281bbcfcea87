"""Gives the kernel tests one booted guest for the whole run, and a fresh one after a test that hung it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kernel import bundle, image, installed, recipe
from tests.kernel import managed as managers
from tests.kernel.lab import Lab
from tests.kernel.machine import Machine
from tests.kernel.wiring import REDIRECTED


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """The booted guest; what a test leaves in it (modules, sticks, files) the next test finds.

    It counts instructions, so that a busy host makes no test time out, and waiting costs nothing.
    """
    with Machine(image.ensure(recipe.of_the_run()), tmp_path_factory.mktemp("share"), icount=True) as booted:
        bundle.pack(booted.share)
        yield booted


@pytest.fixture(scope="session")
def redirected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A guest of its own in which sticks are behind QEMU's own controllers."""
    share = tmp_path_factory.mktemp("share")
    with Machine(image.ensure(recipe.of_the_run()), share, icount=True, wiring=REDIRECTED) as machine:
        bundle.pack(machine.share)
        yield machine


@pytest.fixture(autouse=True)
def _alive(request: pytest.FixtureRequest) -> None:
    """Boot the guest again if an earlier test hung it."""
    if "machine" in request.fixturenames:
        guest: Machine = request.getfixturevalue("machine")
        if not guest.running:
            guest.restart()


MACHINES = {"vhci": "machine", "xhci": "redirected"}
"""A wiring as tests name it → the fixture with its guest."""


@pytest.fixture
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """An empty bus and our code beside it; the bus is empty again afterwards."""
    guest: Machine = request.getfixturevalue(MACHINES[getattr(request, "param", "vhci")])
    if not guest.running:
        guest.restart()
    fresh = Lab(guest)
    fresh.begin()
    yield fresh
    fresh.end()


@pytest.fixture(scope="session")
def booted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A guest of its own, which systemd has brought up."""
    made = image.ensure(recipe.of_the_run())
    with Machine(made, tmp_path_factory.mktemp("share"), icount=True, systemd=True) as machine:
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
    """A guest of its own in which ModemManager and NetworkManager may run; it is always Debian 12."""
    if recipe.of_the_run() is recipe.NEXT:
        pytest.skip("the image with ModemManager is of Debian 12 only")
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
