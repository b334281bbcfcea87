"""Every fault of a simulated stick, in every mode that its model has, on its way to every goal.

Whatever goes wrong: the error is typed and says what to do, the time is bounded, nothing is called well that is not and
nothing failed that stands there, nothing is held, nothing is lost.  The fast suite takes a sample, ``make matrix`` all.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from modeswitch.database.library import Library
from modeswitch.identity.recognise import recognise
from modeswitch.modem.ports import PortList
from modeswitch.modem.roles import GOALS, WAKING, satisfies
from modeswitch.modem.saved import Store
from modeswitch.sim.faults import ERRNOS, PLACES, WORDS
from modeswitch.sim.models import MODELS
from modeswitch.sim.stick import Stick
from modeswitch.usb.descriptors import Port
from tests.support.owners import of_imei
from tests.support.rig import Ran, messages, plugged, run

TIMEOUT = 40.0
SAMPLE = 599
"""The fast suite takes one in so many: a prime, so that no fault, goal or model is passed over for good."""

SINGLE = (
    *("", "dies", "deaf", "busy", "denied", "blocked", "mounted", "nocarrier", "pin=1234"),
    *(f"back={back}" for back in ("never", "same", "storage")),
    *("moves=1-3", "moves=2-1", "slow=8", "slow=50", "linger=0", "linger=5", "linger=45", "away=0", "breaks=0.25"),
    *("twice=1.2", "twice=8", "twice=50", "falls=0.05", "falls=1.5", "falls=12", "hung=3", "hung=28", "hung=60"),
    *("boots=0", "boots=12", "boots=60", "resets=0", "restarts=1", "restarts=35", "page=0", "page=60", "names=2"),
    *(f"pulled={number}" for number in range(1, 9)),
    *(f"obeys={number}" for number in range(1, 5)),
)
"""The faults that are numbers, flags or places, at values that matter."""
NAMED = tuple(f"{name}={word}" for name, words in WORDS.items() for word in words if word)
FAILING = tuple(f"fails={place}:{error}{number}" for place in PLACES for error in ERRNOS for number in ("", ":2"))
PAIRS = (
    *("csw=refused,deaf", "csw=missing,deaf", "csw=stalled,breaks=0.25", "twice=1.2,events=never", "hung=20,slow=15"),
    *("at=gone,nv=other", "at=mute,hub=dataonly", "web=login,hub=unseen", "web=login,hub=dataonly", "at=mute,hub=lies"),
    *("back=never,events=never", "boots=12,restarts=25", "falls=1.5,events=never", "nv=forgets,restarts=5"),
    *("sunny", "sunny,csw=late", "sunny,back=same", "sunny,twice=1.2", "mounted,csw=late", "deaf,events=never"),
)
FAULTS = (*SINGLE, *NAMED, *FAILING, *PAIRS)


class Cell(NamedTuple):
    """One run: a model, what it wakes up as (empty: as it is made), its faults, the goal, consent to write."""

    model: str
    wakes: str
    faults: str
    goal: str
    persist: bool

    @property
    def stick(self) -> str:
        """The same in the simulator's words."""
        return ",".join(filter(None, (self.model, self.wakes and f"wakes={self.wakes}", self.faults)))

    def __str__(self) -> str:
        return f"{self.stick} to {self.goal}{' for good' * self.persist}"


def cells() -> Iterator[Cell]:
    """The whole matrix."""
    for name, model in MODELS.items():
        for looks in ("", *(looks for looks in model.compositions if looks != model.wakes)):
            for faults in FAULTS:
                if faults == "back=storage" and "storage" not in model.compositions:
                    continue
                for goal in GOALS:
                    for persist in (False, True):
                        yield Cell(name, looks, faults, goal, persist)


ALL = tuple(cells())


def judge(cell: Cell, folder: Path) -> None:
    """Run one cell and hold it to all that must be true of any."""
    bus = plugged(cell.stick)
    (stick,) = bus.sim.sticks
    kept, store = (stick.nvram.ports, stick.nvram.u2diag), Store(folder)
    ran = run(bus, "1-1", cell.goal, timeout=TIMEOUT, persist=cell.persist, store=store)

    # A driver that waits for its command lets go when that ends: the kernel's call cannot be cut short.
    assert ran.seconds <= TIMEOUT + 0.1 + stick.faults.hung, "it took longer than its time"
    reached = mode_now(stick, ran)
    if ran.outcome is not None:
        assert satisfies(reached, cell.goal), f"called well, and it is in {reached}"
        assert ran.outcome.mode == reached
    else:
        assert ran.error is not None
        forgot = (
            cell.persist and "did not keep" in ran.error.message and (stick.nvram.ports, stick.nvram.u2diag) == kept
        )
        assert forgot or not satisfies(reached, cell.goal), f"called failed, and it is in {reached}: {ran.error}"
        assert ran.error.port in ("1-1", "2-1")
        assert str(ran.error.port) in ran.error.message, ran.error.message
        assert ran.error.hint, f"no hint: {ran.error.message}"
    held(bus, stick)
    lost(cell, ran, stick, kept, store)


def mode_now(stick: Stick, ran: Ran) -> str | None:
    """The mode of what is where the switch ended; None where nothing is there, or it cannot be read."""
    if stick.broken and stick.present:
        return None
    seen = ran.bus.at(Port.parse(str(ran.outcome.port if ran.outcome else ran.error and ran.error.port)))
    return recognise(seen, Library(user=[])).mode if seen and seen.configuration else None


def held(bus: object, stick: Stick) -> None:
    """Nothing is claimed, and storage has its driver."""
    sim = bus.sim  # type: ignore[attr-defined]
    assert sim.claims == set(), "an interface is claimed still"
    there = [seen for seen in sim.enumerate_devices() if seen.stick is stick]
    if there and not stick.broken and stick.configured and not stick.faults.fails.startswith(("attach", "release")):
        number = next((n for n, one in enumerate(stick.composition.functions) if one.luns), None)
        assert number is None or sim.is_kernel_driver_active(there[0], number), "storage has lost its driver"


def lost(cell: Cell, ran: Ran, stick: Stick, kept: tuple[str, int | None], store: Store) -> None:
    """A mounted card stayed; what was written was wanted and is saved; there is an AT port still."""
    if "mounted" in cell.faults:
        assert messages(ran.bus) == [], "a stick with a mounted card was sent something"
        assert not any("RESET" in command for command in stick.modem.heard)
    now = (stick.nvram.ports, stick.nvram.u2diag)
    if now != kept:
        assert cell.persist, "NVRAM was written without consent"
        saved = {one.name: one.value for one in store.first(of_imei())}
        assert saved, "NVRAM was written and what it held is not saved"
        assert str(kept[0] if now[0] != kept[0] else kept[1]) in saved.values()
        if now[0] != kept[0] and "nv=other" not in cell.faults:
            assert PortList.parse(now[0]).wakes in ("ncm", "stick", *WAKING), "no AT port is left"


@pytest.mark.parametrize("cell", ALL[::SAMPLE], ids=str)
@pytest.mark.slow
def test_a_sample_of_the_matrix(cell: Cell, tmp_path: Path) -> None:
    judge(cell, tmp_path)


@pytest.mark.matrix
@pytest.mark.parametrize("part", range(SAMPLE))
def test_the_whole_matrix(part: int, tmp_path: Path) -> None:
    """In parts, each with every cell that failed."""
    failed = []
    for number, cell in enumerate(ALL[part::SAMPLE]):
        try:
            judge(cell, tmp_path / str(number))
        except Exception as error:
            failed.append(f"{cell}: {type(error).__name__}: {str(error).splitlines()[0]}")
    assert not failed, f"{len(failed)} of {len(ALL[part::SAMPLE])}:\n" + "\n".join(failed[:200])
