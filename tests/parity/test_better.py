"""Where the two part on purpose: each test shows what usb_modeswitch does and what we do, on the same stick.

Ref: usb_modeswitch 2.6.1, usb_modeswitch.c (switchSendMessage, search_devices, checkSuccess, the mode map).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from . import programs, shapes
from .bench import Bench
from .differences import expected
from .entries import EJECT, Entry, entries, parse
from .look import looks
from .programs import Said, Worker
from .runs import peer_arguments
from .stick import Faults, Stick

pytestmark = pytest.mark.parity

FAILED, USAGE, NO_WAY, REFUSED, SEVERAL = 1, 2, 4, 5, 8
WIMAX, STICK, PHONE, MODULE = "12d1:380b", "12d1:14fe", "12d1:101e", "12d1:1573"
HUAWEI_NEW = "55534243123456780000000000000011062000000101000100000000000000"
REZERO = "55534243123456780000000000000601000000000000000000000000000000"


def entry_of(name: str) -> Entry:
    """The package's entry of that name."""
    return next(entry for entry in entries() if entry.name == name)


def at(name: str, port: str = "1-1", address: int = 5, faults: Faults | None = None) -> Stick:
    """The stick of an entry, at that port and address, with those faults."""
    stick = shapes.stick(entry_of(name), port, faults)
    stick.address = address
    return stick


def theirs(*sticks: Stick, argv: Sequence[str]) -> Said:
    """usb_modeswitch on a bus with those sticks."""
    with Bench(*sticks) as bench:
        return programs.peer(bench, argv)


def ours(worker: Worker, *sticks: Stick, argv: Sequence[str]) -> Said:
    """Our command on a bus with those sticks; a switch that fails shall not take its half minute."""
    with Bench(*sticks) as bench:
        return worker.run(bench, [*argv, "--timeout", "3"])


def dispatched(stick: Stick, name: str) -> list[str]:
    """The arguments that the dispatcher gives usb_modeswitch."""
    return peer_arguments(entry_of(name), stick)


def test_a_stalled_csw_ends_nothing(worker: Worker) -> None:
    """ALLOW MEDIUM REMOVAL is stalled: they take it for gone and never send the eject; we clear the stall and go on."""
    stick = at(WIMAX, faults=Faults(stalled=0x1E))
    said = theirs(stick, argv=dispatched(stick, WIMAX))
    assert (said.status, len(stick.wire), stick.enumeration) == (0, 1, 1)
    assert EJECT[30:] not in stick.wire[0]

    stick = at(WIMAX, faults=Faults(stalled=0x1E))
    said = ours(worker, stick, argv=[WIMAX, "--port", "1-1"])
    assert said.status == 0, said
    unstalled = at(WIMAX)
    theirs(unstalled, argv=dispatched(unstalled, WIMAX))
    assert stick.wire == expected(entry_of(WIMAX), unstalled.wire)
    assert len(stick.wire) == 4


def test_a_switch_that_fails_is_a_failure(worker: Worker) -> None:
    """The stick takes the message and stays: they exit with 0, asked to look or not; we say what is wrong, and 1."""
    stick = at(STICK, faults=Faults(stays=True))
    assert theirs(stick, argv=dispatched(stick, STICK)) == Said(0, "ok:busdev\n", "")

    stick = at(STICK, faults=Faults(stays=True))
    looked = ["-v", "12d1", "-p", "14fe", "-V", "12d1", "-P", "1506", "-J", "-s", "2"]
    said = theirs(stick, argv=looked)
    assert said.status == 0
    assert "Mode switch has failed" in said.stdout

    stick = at(STICK, faults=Faults(stays=True))
    said = ours(worker, stick, argv=[STICK, "--port", "1-1"])
    assert said.status == FAILED
    assert "took the message and stayed" in said.stderr


@pytest.mark.parametrize("port", ["1-1", "1-2"])
def test_the_port_chooses_among_twins(worker: Worker, port: str) -> None:
    """Two equal sticks: they switch the one that libusb lists last, and say nothing; we ask, or obey ``--port``."""
    twins = at(STICK, "1-1", 5), at(STICK, "1-2", 9)
    assert theirs(*twins, argv=["-v", "12d1", "-p", "14fe", "-J"]).status == 0
    assert sorted(len(one.wire) for one in twins) == [0, 1]

    twins = at(STICK, "1-1", 5), at(STICK, "1-2", 9)
    said = ours(worker, *twins, argv=[STICK])
    assert said.status == SEVERAL
    assert "1-1" in said.stderr
    assert "1-2" in said.stderr
    assert [one.wire for one in twins] == [[], []]

    twins = at(STICK, "1-1", 5), at(STICK, "1-2", 9)
    assert ours(worker, *twins, argv=[STICK, "--port", port, "--without-driver"]).status == 0
    assert [one.name for one in twins if one.wire] == [port]


def test_a_sibling_proves_nothing(worker: Worker) -> None:
    """One stick stays, another was switched before: they count it as success; we look at the port."""

    def pair() -> tuple[Stick, Stick]:
        switched = Stick("1-2", looks(0x12D1, 0x1506, shapes.modem("stick", 0x12D1)), [], address=9)
        return at(STICK, faults=Faults(stays=True)), switched

    looked = ["-b", "1", "-g", "5", "-v", "12d1", "-p", "14fe", "-V", "12d1", "-P", "1506", "-J", "-s", "3"]
    said = theirs(*pair(), argv=looked)
    assert said.status == 0
    assert "Mode switch succeeded" in said.stdout

    said = ours(worker, *pair(), argv=[STICK, "--port", "1-1"])
    assert said.status == FAILED


def test_a_target_known_by_its_class_is_looked_at(worker: Worker) -> None:
    """Its ids stay, and so does it: called as by the dispatcher they say ok; we go by its interfaces."""
    entry = entry_of(PHONE)
    assert entry.keys.keys() >= {"TargetClass"}
    assert not entry.targets
    as_it_was = shapes.before(entry)

    def unchanged() -> Stick:
        stick = at(PHONE)
        stick.stages = [stage._replace(then=as_it_was) for stage in stick.stages]
        return stick

    stick = unchanged()
    assert theirs(stick, argv=dispatched(stick, PHONE)) == Said(0, "ok:busdev\n", "")

    said = ours(worker, unchanged(), argv=[PHONE, "--port", "1-1"])
    assert said.status == FAILED
    assert "came back in mode mass-storage" in said.stderr

    said = ours(worker, at(PHONE), argv=[PHONE, "--port", "1-1"])
    assert said.status == 0


@pytest.mark.parametrize("words", [("-J", "-J"), ("-f", "HuaweiNewMode=1\n", "-J")])
def test_no_option_changes_its_meaning_when_repeated(worker: Worker, words: tuple[str, ...]) -> None:
    """HuaweiNewMode asked for twice is OptionMode to them, REZERO UNIT; we have goals, and a goal is a word."""
    stick = at(STICK)
    theirs(stick, argv=["-v", "12d1", "-p", "14fe", *words])
    assert stick.wire == [f"out 01 {REZERO}"]

    stick = at(STICK)
    assert ours(worker, stick, argv=[STICK, "--port", "1-1", "-J"]).status == USAGE
    assert stick.wire == []
    twice = ("--to", "switched", "--to", "switched", "--without-driver")  # this host may have none for what comes
    assert ours(worker, stick, argv=[STICK, "--port", "1-1", *twice]).status == 0
    assert stick.wire == [f"out 01 {HUAWEI_NEW}"]


MISTYPED = "TargetVendor=0x12d1\nTargetProduct=0x1506\nHuawaiNewMode=1\n"
NO_LONGER = "TargetVendor=0x12d1\nTargetProduct=0x1506\nHuaweiNewMode=1\nNeedResponse=1\n"


def test_a_mistyped_key_is_an_error(worker: Worker, tmp_path: Path) -> None:
    """A mode that is written wrongly: they send nothing and say ok; we say which word it is, and what was meant."""
    stick = at(STICK)
    assert theirs(stick, argv=peer_arguments(parse(STICK, MISTYPED), stick)) == Said(0, "ok:busdev\n", "")
    assert stick.wire == []

    said = imported(worker, tmp_path, MISTYPED)
    assert said.status == NO_WAY
    assert "'HuawaiNewMode' is no keyword" in said.stderr
    assert "HuaweiNewMode" in said.stderr


def test_a_key_that_does_nothing_is_told(worker: Worker, tmp_path: Path) -> None:
    """NeedResponse has had no effect since 2.3.0: they take it silently, we warn."""
    stick = at(STICK)
    assert theirs(stick, argv=peer_arguments(parse(STICK, NO_LONGER), stick)) == Said(0, "ok:busdev\n", "")
    assert len(stick.wire) == 1

    said = imported(worker, tmp_path, NO_LONGER)
    assert said.status == 0
    assert "NeedResponse" in said.stderr


def imported(worker: Worker, folder: Path, text: str) -> Said:
    """``modeswitch profiles import`` of a file of theirs."""
    file = folder / STICK
    file.write_text(text, "utf-8")
    with Bench(at(STICK)) as bench:
        return worker.run(bench, ["profiles", "import", str(file)])


def test_what_must_be_left_alone_is_refused(worker: Worker) -> None:
    """``Configuration=0`` means "do nothing": they say ok, so that all looks well; we say that and why, and 5."""
    stick = at(MODULE)
    said = theirs(stick, argv=dispatched(stick, MODULE))
    assert said == Said(0, "ok:busdev\n", "")
    assert stick.wire == []

    stick = at(MODULE)
    said = ours(worker, stick, argv=[MODULE, "--port", "1-1"])
    assert said.status == REFUSED
    assert "is left alone" in said.stderr
    assert stick.wire == []
