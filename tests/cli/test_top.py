"""``modeswitch top`` as a person sees it: a pty, simulated sticks that come and go, keys, sizes, signals."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from modeswitch.database.library import Library
from modeswitch.service.farm import Farm
from modeswitch.usb.descriptors import Port
from tests.support.port_watch import eventually
from tests.support.rig import plugged, stick_at
from tests.support.running_service import PluggableBus
from tests.support.said import Command
from tests.support.terminal import Terminal, on_terminal

ROOT = Path(__file__).resolve().parent.parent.parent
NCM = "e3372h-153@1-2,wakes=linux"


class Heard(PluggableBus):
    """A bus on which everything is told: what comes and goes, and with ``changes`` what the host has to tell.

    ``looks`` is how often all sticks were looked at.
    """

    def __init__(self, *sticks: str) -> None:
        super().__init__(*sticks)
        self.looks = 0
        self.told = Told()
        self.host.changes = lambda: [self.told]  # type: ignore[method-assign]

    def scan(self) -> Any:
        self.looks += 1
        return super().scan()

    def pull(self, port: str) -> None:
        stick = stick_at(self, port)
        stick.unplug()
        eventually(lambda: Port.parse(port) not in self.present())
        self.netlink.device("remove", port, stick.address)


class Told:
    """Tells that something of the host has changed."""

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)

    def tell(self) -> None:
        os.write(self._writer, b".")

    def fileno(self) -> int:
        return self._reader

    def take(self) -> bool:
        try:
            while os.read(self._reader, 100):
                pass
        except BlockingIOError:
            pass
        return True

    def close(self) -> None:
        os.close(self._reader)
        os.close(self._writer)


class Person:
    """Runs ``top`` on a terminal, in this thread, while a function does something there."""

    def __init__(self, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
        self.terminals: list[Terminal] = []
        self._command, self._monkeypatch = command, monkeypatch

    def __call__(
        self, bus: Any, does: Callable[[Terminal], None], *words: str, size: tuple[int, int] = (80, 24)
    ) -> tuple[int, Terminal]:
        terminal = Terminal(*size)
        self.terminals.append(terminal)
        words = ("top", "--policy", "/nonexistent", *words) if "--policy" not in words else ("top", *words)
        run = partial(self._command, *words, bus=bus)
        said = on_terminal(terminal, self._monkeypatch, run, partial(does, terminal))
        return said.status, terminal


@pytest.fixture
def person(command: Command, monkeypatch: pytest.MonkeyPatch) -> Iterator[Person]:
    monkeypatch.setenv("TERM", "xterm")
    for name in ("NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "FORCE_COLOR", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    made = Person(command, monkeypatch)
    yield made
    for terminal in made.terminals:
        terminal.close()


def glance(terminal: Terminal) -> None:
    terminal.shows("1-1")


# What is shown.


def test_every_stick_has_a_line_and_the_terminal_is_given_back(person: Person) -> None:
    bus = Heard("e3372h", NCM)

    def look(terminal: Terminal) -> None:
        summary, headings, first, second, *rest = terminal.shows("1-2")
        assert summary.split() == ["2", "sticks:", "1", "mass-storage,", "1", "ncm", "q:", "leave"]
        assert headings.split() == ["PORT", "ID", "MODE", "NETWORK", "LINE", "SINCE", "NAME"]
        assert first.split()[:3] == ["1-1", "12d1:1f01", "mass-storage"]
        assert second.split()[:5] == ["1-2", "12d1:1506", "ncm", "wwan0", "down"]
        assert not any(rest)
        assert terminal.seen.modes == {"1049": True, "25": False, "7": False}

    status, terminal = person(bus, look)
    assert status == 0
    assert terminal.given_back()
    assert terminal.seen.overflows == 0


def test_what_comes_and_goes_is_shown_as_it_happens(person: Person) -> None:
    bus = Heard("e3372h")

    def look(terminal: Terminal) -> None:
        terminal.shows("1-1", "mass-storage")
        bus.plug("e3372h@1-3")
        terminal.shows("1-3", "mass-storage")
        bus.pull("1-3")
        terminal.shows("1-3", "away")
        bus.plug("e3372h@1-3,wakes=ecm")
        terminal.shows("1-3", "hilink", "eth1")

    assert person(bus, look)[0] == 0


@pytest.mark.slow
def test_a_stick_that_left_is_forgotten_after_a_while(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modeswitch.service.farm.GONE", 0.3)
    bus = Heard("e3372h", "e3372h@1-2")

    def look(terminal: Terminal) -> None:
        terminal.shows("1-2")
        bus.pull("1-2")
        terminal.shows("1-2", "away")
        looks = bus.looks
        terminal.lacks("1-2")
        assert bus.looks == looks
        bus.pull("1-1")
        assert terminal.shows("no stick on the bus")[1:] == [""] * 23

    person(bus, look)


def test_how_a_switch_ended_is_shown_without_asking_the_stick(person: Person) -> None:
    bus = Heard("e3372h", NCM)

    def look(terminal: Terminal) -> None:
        terminal.shows("1-2")
        wire = list(bus.sim.wire)
        bus.host.note_switched(Port.parse("1-1"), 2.34)
        bus.host.note_failed(Port.parse("1-2"), "NotBack")
        bus.host.note_failed(Port.parse("1-2"), "NotBack")
        bus.told.tell()
        lines = terminal.shows("2 NotBack")
        assert lines[1].split()[-4:-1] == ["SWITCHED", "AWAY", "FAILED"]
        assert "2.3s" in lines[2]
        bus.host.bring_up("wwan0")
        bus.told.tell()
        terminal.shows("1-2", "no carrier")
        assert (bus.sim.wire, bus.sim.claims, bus.sim.drivers) == (wire, set(), {})

    person(bus, look, size=(100, 24))


def test_what_the_policy_wants_is_shown_where_it_differs(person: Person, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('[[stick]]\nport = "1-1"\nto = "ncm"\n')
    bus = Heard("e3372h,wakes=ecm", NCM)

    def look(terminal: Terminal) -> None:
        lines = terminal.shows("1-1", "hilink", "ncm")
        assert lines[1].split()[:4] == ["PORT", "ID", "MODE", "WANTS"]
        assert "1 not as the policy wants" in lines[0]
        policy.write_text('[[stick]]\nport = "1-1"\nto = "hilink"\n')
        terminal.press(b"r")
        terminal.lacks("WANTS")
        policy.write_text("\x1b[2J = \n")
        terminal.press(b"r")
        assert "not TOML" in terminal.shows("policy.toml")[1]

    person(bus, look, "--policy", str(policy), size=(200, 24))


def test_what_a_device_says_of_itself_is_no_command_to_the_terminal(person: Person) -> None:
    bus = Heard("e3372h", "e3372h@1-2")
    strings = ("\x1b[2J\x1b]0;owned\x07\u202e", "\N{CJK UNIFIED IDEOGRAPH-4E00}" * 100 + "\r\n1-9  forged", "")
    scan = bus.scan
    bus.scan = lambda: [device._replace(strings=strings) for device in scan()]  # type: ignore[method-assign]

    def look(terminal: Terminal) -> None:
        assert len([line for line in terminal.shows("1-2") if line]) == 4
        assert not any("forged" in line for line in terminal.text)

    terminal = person(bus, look)[1]
    assert b"\x1b[2J\x1b]" not in terminal.raw
    assert b"\x07" not in terminal.raw
    assert terminal.seen.overflows == 0


# When it looks and paints.


@pytest.mark.slow
def test_without_an_event_it_neither_looks_nor_paints(person: Person) -> None:
    """Once the sticks have been there for a minute, their times change once a minute."""
    bus = Heard("e3372h", NCM)
    for stick in bus.sim.sticks:
        stick.arrived -= 3600 * 60

    def look(terminal: Terminal) -> None:
        terminal.shows("1-2", "2d")
        looks = bus.looks
        assert terminal.quiet(1.5) == 0
        assert bus.looks == looks

    person(bus, look)


@pytest.mark.slow
def test_a_time_counts_on_without_a_look_and_only_its_line_is_painted(person: Person) -> None:
    bus = Heard("e3372h", NCM)
    stick_at(bus, "1-2").arrived -= 7200

    def look(terminal: Terminal) -> None:
        terminal.shows("1-1", " 0s ")
        looks, before = bus.looks, len(terminal.raw)
        terminal.shows("1-1", " 1s ")
        assert bus.looks == looks
        assert b"12d1:1506" not in terminal.raw[before:]
        assert len(terminal.raw) - before < 120

    person(bus, look)


def test_where_nothing_tells_of_changes_it_looks_now_and_then(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modeswitch.service.farm.AGAIN_BUS", 0.3)
    bus = plugged("e3372h,wakes=ecm")

    def look(terminal: Terminal) -> None:
        terminal.shows("1-1", "hilink")
        bus.sim.sticks[0].reboot()
        bus.clock.wait(60)
        terminal.shows("1-1", "mass-storage")

    person(bus, look)


@pytest.mark.slow
def test_many_events_are_few_looks(person: Person) -> None:
    bus = Heard("e3372h")

    def look(terminal: Terminal) -> None:
        terminal.shows("1-1")
        looks, began = bus.looks, time.monotonic()
        while time.monotonic() - began < 1:
            bus.netlink.device("change", "1-1", 2)
        assert 2 <= bus.looks - looks <= 12

    person(bus, look)


@pytest.mark.slow
def test_128_sticks_cost_little_time_and_few_bytes(person: Person) -> None:
    """Nothing but the first picture writes more than what has changed."""
    bus = Heard(*(f"e3372h@{number // 100 + 1}-{number % 100 + 1}" for number in range(128)))
    for stick in bus.sim.sticks:
        stick.arrived -= 3 * 86400

    def look(terminal: Terminal) -> None:
        lines = terminal.shows("1-1 ")
        assert "128 sticks" in lines[0]
        assert lines[-1] == "0 above, 91 below: arrows, Page Up, Page Down"
        assert len(terminal.raw) < 40 * 110
        before = len(terminal.raw)
        bus.host.note_failed(Port.parse("1-5"), "NotBack")
        bus.told.tell()
        terminal.shows("1 NotBack", seconds=20)
        terminal.quiet(0.3)
        first = len(terminal.raw) - before  # a column has come, so that each line is another
        assert first < 40 * 120
        before = len(terminal.raw)
        bus.host.note_failed(Port.parse("1-5"), "NotBack")
        bus.told.tell()
        terminal.shows("2 NotBack", seconds=20)
        assert len(terminal.raw) - before < 150

    began = time.process_time()
    person(bus, look, size=(100, 40))
    assert time.process_time() - began < 20


def test_a_hundred_pictures_of_128_sticks_take_less_than_three_seconds() -> None:
    from modeswitch.cli.screen import Screen
    from modeswitch.cli.show import Show
    from modeswitch.cli.top import View

    bus = Heard(*(f"e3372h@{number // 100 + 1}-{number % 100 + 1}" for number in range(128)))
    farm = Farm(bus, Library(user=[]))
    farm.look()
    view = View(farm, Screen(), Show(json=False))
    began = time.process_time()
    for _ in range(100):
        frame = view.frame(100, 40)
    assert time.process_time() - began < 3
    assert len(frame.lines) == 40
    farm.close()


# Keys and sizes.


@pytest.mark.slow
def test_what_has_no_room_is_counted_and_keys_move_the_table(person: Person) -> None:
    bus = Heard(*(f"e3372h@1-{number}" for number in range(1, 31)))

    def look(terminal: Terminal) -> None:
        assert terminal.shows("1-1 ")[-1].startswith("0 above, 23 below")
        for keys, first, hidden in (
            (b"j", "1-2", "1 above, 22 below"),
            (b"\x1b[B\x1bOB", "1-4", "3 above, 20 below"),
            (b"\x1b[", "1-4", "3 above, 20 below"),
            (b"6~", "1-11", "10 above, 13 below"),
            (b"G", "1-24", "23 above, 0 below"),
            (b"\x1b[A", "1-23", "22 above, 1 below"),
            (b"\x1b", "1-23", "22 above, 1 below"),
            (b"xk\xff", "1-22", "21 above, 2 below"),
            (b"g", "1-1", "0 above, 23 below"),
            (b"\x1b[5~", "1-1", "0 above, 23 below"),
        ):
            terminal.press(keys)
            lines = terminal.shows(hidden)
            assert lines[2].split()[0] == first
            assert len([line for line in lines if line]) == 10

    assert person(bus, look, size=(80, 10))[1].given_back()


@pytest.mark.parametrize("size", [(80, 24), (60, 12), (40, 5), (20, 3), (7, 2), (1, 1)])
def test_a_small_terminal_shows_what_it_has_room_for(person: Person, size: tuple[int, int], tmp_path: Path) -> None:
    (tmp_path / "policy").write_text('[default]\nto = "ncm"\n')
    bus = Heard(*(f"e3372h@1-{number}.4.4,wakes=ecm" for number in range(1, 31)))
    for stick in bus.sim.sticks:
        bus.host.note_failed(stick.port, "SwitchFailed")

    def look(terminal: Terminal) -> None:
        eventually(lambda: any(terminal.text), 10)
        if size[1] > 4:
            lines = terminal.shows("1-1.4.4", "hilink")
            assert lines[1].startswith("PORT")
            assert "below" in lines[-1]

    terminal = person(bus, look, "--policy", str(tmp_path / "policy"), size=size)[1]
    assert terminal.seen.overflows == 0
    assert terminal.given_back()


def test_another_size_is_another_picture(person: Person) -> None:
    bus = Heard("e3372h", NCM)

    def look(terminal: Terminal) -> None:
        def widest_is(columns: int) -> bool:
            return max(map(len, terminal.text)) > columns - 9

        assert "q: leave" in terminal.shows("1-2")[0]
        for columns, lines in ((40, 4), (220, 30), (221, 30)):
            terminal.resize(columns, lines)
            os.kill(os.getpid(), signal.SIGWINCH)
            eventually(partial(widest_is, columns))
            assert len([line for line in terminal.text if line]) == 4

    terminal = person(bus, look)[1]
    assert terminal.seen.overflows == 0


def test_control_l_paints_all_of_it_again(person: Person) -> None:
    def look(terminal: Terminal) -> None:
        picture = terminal.shows("1-1")
        terminal.seen.feed("\x1b[Hspoilt")
        assert terminal.text != picture
        terminal.press(b"\x0c")
        terminal.lacks("spoilt")

    person(Heard("e3372h"), look)


# Where it is no live table.


@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {"TERM": ""}])
def test_a_terminal_that_cannot_be_written_over_gets_one_table(
    person: Person, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    status, terminal = person(plugged("e3372h"), glance)
    assert status == 0
    assert b"\x1b" not in terminal.raw


def test_no_colours_where_none_are_wanted(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    assert person(Heard("e3372h"), glance)[1].seen.coloured
    monkeypatch.setenv("NO_COLOR", "1")
    bare = person(Heard("e3372h"), glance)[1]
    assert b"\x1b[1m" not in bare.raw
    assert bare.given_back()


def test_once_on_a_terminal(person: Person) -> None:
    status, terminal = person(Heard("e3372h"), glance, "--once")
    assert status == 0
    assert b"\x1b[?" not in terminal.raw


def test_a_pipe_gets_one_table_as_wide_as_it_may_be(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    said = command("top", sticks=("e3372h", NCM))
    assert said.status == 0
    assert [line.split()[0] for line in said.out.splitlines()] == ["PORT", "1-1", "1-2"]
    assert max(map(len, said.out.splitlines())) <= 60
    assert command("top", bus=plugged()) == (
        0,
        "",
        "no stick on the bus\n  Other devices are shown by: modeswitch list -v\n",
    )


STICKS = (
    *("e3372h", NCM, "e3372s@2-1,descriptors=lying", "e3372h@1-3,wakes=ecm", "e173@1-4", "eject@1-5"),
    *("e3372-325@1-6,wakes=router", "e3372h@1-7,id=12d1:9999"),
)


@pytest.mark.parametrize("wanted", ["", '[default]\nto = "ncm"\n'])
def test_json_is_that_of_list(command: Command, tmp_path: Path, wanted: str) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(wanted)
    bus = plugged(*STICKS)
    bus.host.bring_up("wwan0")
    assert command("1-1", "--to", "hilink", bus=bus).status == 0
    bus.host.note_failed(Port.parse("1-3"), "NotBack")
    words = ("--json", "--policy", str(policy))
    top, listed = (command(name, *words, bus=bus).events for name in ("top", "list"))
    assert top == listed
    assert [one["port"] for one in top] == sorted(one["port"] for one in top)
    assert len(top) >= 7
    first = top[0]
    assert (first["mode"], first["failures"], first["failure"]) == ("hilink", 0, None)
    assert first["wants"] == ("ncm" if wanted else None)
    assert first["away"] > 0
    assert first["switched"] is not None
    assert [line["interface"] for line in first["lines"]] == first["networks"]
    table = command("top", "--once", "--policy", str(policy), bus=bus).out.splitlines()[1:]
    assert [line.split()[:2] for line in table] == [[one["port"], one["id"]] for one in listed]
    shown = [line for line in command("list", bus=bus).out.splitlines()[1:] if line[0] != " "]
    assert [line.split()[:2] for line in shown] == [[one["port"], one["id"]] for one in listed]


def test_a_policy_that_is_wrong_is_told_and_the_rest_counts(command: Command, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('[[stick]]\nport = "1-1"\nto = "ncm"\n[[stick]]\nport = "1-2"\nto = "x"\n')
    for name in ("top", "list"):
        said = command(name, "--json", "--policy", str(policy), bus=plugged("e3372h"))
        warning, device = said.events
        assert (warning["event"], device["wants"]) == ("warning", "ncm")
        assert "line 6" in warning["message"]


# A process of its own: signals, and what it loads.


def started(terminal: Terminal, *words: str, **more: Any) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "modeswitch", "top", "--policy", "/nonexistent", *words]
    environment = {**os.environ, "TERM": "xterm"}
    side = terminal.theirs
    given = {"stdin": side, "stdout": side, "stderr": side, **more}
    return subprocess.Popen(command, cwd=ROOT, env=environment, **given)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    made = Terminal()
    yield made
    made.close()


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"])
def test_a_signal_ends_it_and_the_terminal_is_as_before(terminal: Terminal, name: str) -> None:
    process = started(terminal, "--simulate", "e3372h")
    terminal.shows("1-1")
    process.send_signal(getattr(signal, name))
    assert process.wait(10) == 0
    assert terminal.given_back()


def test_a_second_signal_while_it_leaves_changes_nothing(terminal: Terminal) -> None:
    process = started(terminal, "--simulate", "e3372h")
    terminal.shows("1-1")
    for _ in range(50):
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
    process.wait(10)
    assert terminal.given_back()


SHELL = """
import os, subprocess, sys
child = subprocess.Popen([sys.executable, "-m", "modeswitch", *sys.argv[2:]], process_group=0)
while os.WIFSTOPPED(os.waitpid(child.pid, os.WUNTRACED)[1]):
    open(sys.argv[1], "a").write("stopped,")
"""
"""Nobody but a parent of the same session can continue a process; without one the kernel does not stop it."""


def test_control_z_gives_the_terminal_back_until_it_is_continued(terminal: Terminal, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    mark.touch()

    def is_marked(times: int) -> bool:
        return mark.read_text() == "stopped," * times

    side = terminal.theirs
    words = [sys.executable, "-c", SHELL, str(mark), "top", "--simulate", "e3372h"]
    environment = {**os.environ, "TERM": "xterm"}
    with subprocess.Popen(words, cwd=ROOT, env=environment, stdin=side, stdout=side, stderr=side) as shell:
        terminal.shows("1-1")
        child = int(Path(f"/proc/{shell.pid}/task/{shell.pid}/children").read_text())
        try:
            for number in (1, 2):
                os.kill(child, signal.SIGTSTP)
                eventually(partial(is_marked, number))
                assert terminal.given_back()
                os.kill(child, signal.SIGCONT)
                eventually(lambda: terminal.seen.modes["1049"])
                terminal.shows("1-1")
        except BaseException:
            os.kill(child, signal.SIGKILL)
            raise
        terminal.press(b"q")
        shell.wait(10)
    assert terminal.given_back()


def test_one_that_was_stopped_without_its_knowledge_puts_the_terminal_right(terminal: Terminal) -> None:
    process = started(terminal, "--simulate", "e3372h")
    terminal.shows("1-1")
    process.send_signal(signal.SIGSTOP)
    termios.tcsetattr(terminal.theirs, termios.TCSANOW, terminal.modes)
    os.write(terminal.theirs, b"\x1b[?25h\x1b[?7h\x1b[?1049l")
    assert terminal.given_back()
    process.send_signal(signal.SIGCONT)
    eventually(lambda: terminal.seen.modes == {"1049": True, "25": False, "7": False})
    eventually(lambda: not termios.tcgetattr(terminal.theirs)[3] & termios.ECHO)
    terminal.press(b"q")
    assert process.wait(10) == 0
    assert terminal.given_back()


def test_a_fault_gives_the_terminal_back_before_it_is_told(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    bus = Heard("e3372h")

    def look(terminal: Terminal) -> None:
        terminal.shows("1-1")
        monkeypatch.setattr("modeswitch.service.farm.sticks", lambda *_: 1 / 0)
        bus.told.tell()
        eventually(lambda: not terminal.seen.modes["1049"])

    with pytest.raises(ZeroDivisionError):
        person(bus, look)
    assert person.terminals[0].given_back()


def test_a_closed_terminal_ends_it() -> None:
    terminal = Terminal()
    process = started(terminal, "--simulate", "e3372h", stderr=subprocess.DEVNULL)
    terminal.shows("1-1")
    terminal.close()
    assert process.wait(10) in (0, 74)


def test_a_closed_stdout_is_told_by_the_status() -> None:
    command = f"exec {sys.executable} -m modeswitch top --simulate e3372h >&-"
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, timeout=30)
    assert (done.returncode, done.stdout, done.stderr) == (74, b"", b"")


@pytest.mark.slow
def test_keys_that_are_no_terminals_are_not_read(terminal: Terminal) -> None:
    process = started(terminal, "--simulate", "e3372h", stdin=subprocess.DEVNULL)
    terminal.shows("1-1")
    before = Path(f"/proc/{process.pid}/stat").read_text().split()[13]
    threading.Event().wait(0.5)
    assert int(Path(f"/proc/{process.pid}/stat").read_text().split()[13]) - int(before) < 20
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert terminal.given_back()


def test_it_loads_no_library_for_terminals() -> None:
    code = (
        "import sys, json; before = set(sys.modules)\n"
        "import modeswitch.cli.top, modeswitch.cli.screen\n"
        "print(json.dumps([name for name in set(sys.modules) - before if name.split('.')[0] in "
        "('curses', 'rich', 'textual', 'readline', 'usb', 'construct', 'serial', 'tomllib', 'asyncio')]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True
    )
    assert json.loads(done.stdout) == []
