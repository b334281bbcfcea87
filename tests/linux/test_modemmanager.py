"""ModemManager's own tool, played by a script: asked, waited for, and always ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from modeswitch.errors import Busy
from modeswitch.linux import modemmanager, programs
from modeswitch.linux.modemmanager import ModemManager
from modeswitch.methods.resources import Resources
from modeswitch.sim.host import SimHost
from modeswitch.usb.device import UsbDevice
from modeswitch.usb.host import Held
from tests.support.rig import known_at, on_host

pytestmark = pytest.mark.slow

DEVICE = "/sys/devices/pci0000:00/usb1/1-1"
BEARER = "/org/freedesktop/ModemManager1/Bearer/3"
NOT_RUNNING = "error: couldn't find the ModemManager process in the bus"
NO_MODEM = "error: couldn't find modem"
NOT_EXPORTED = "error: couldn't inhibit device: 'GDBus.Error:…Core.WrongState: Modem not exported in the bus'"
NO_DEVICE = f"error: couldn't inhibit device: 'GDBus.Error:…Core.NotFound: No device found with uid '{DEVICE}''"
TAKEN = f"error: couldn't inhibit device: 'GDBus.Error:…Core.InProgress: Device '{DEVICE}' is already inhibited'"
FORBIDDEN = "error: couldn't inhibit device: 'GDBus.Error:…Core.Unauthorized: PolicyKit authorization failed'"
GRANTS = """\
trap 'echo released >>LOG; exit 0' INT
echo "successfully inhibited device with uid '$1'"
echo "type Ctrl+C to abort this program and remove the inhibition"
while :; do sleep 0.02; done
"""
HANGS = "trap '' INT\nwhile :; do sleep 0.02; done\n"


def fails(complaint: str) -> str:
    return f'echo "{complaint}" >&2; exit 1\n'


def prints(told: object) -> str:
    return f"cat <<'end'\n{told if isinstance(told, str) else json.dumps(told)}\nend\n"


def modem(state: str = "registered", **more: Any) -> dict[str, Any]:
    """What mmcli prints of a modem, as far as it matters."""
    generic = {
        "bearers": [BEARER] if state == "connected" else [],
        "device": DEVICE,
        "revision": "21.200.07.01.26",
        "signal-quality": {"recent": "yes", "value": "54"},
        "sim": "/org/freedesktop/ModemManager1/SIM/0",
        "state": state,
        "state-failed-reason": "--",
        "unlock-required": "sim-pin2",
        **more,
    }
    gpp = {"operator-name": "Sim Mobile", "registration-state": "home"}
    return {"modem": {"3gpp": gpp, "dbus-path": "/org/freedesktop/ModemManager1/Modem/7", "generic": generic}}


def bearer(connected: str = "yes") -> dict[str, Any]:
    return {
        "bearer": {
            "ipv4-config": {"address": "10.1.2.3", "dns": ["10.1.2.4"], "gateway": "10.1.2.4", "prefix": "29"},
            "properties": {"apn": "internet"},
            "status": {"connected": connected, "interface": "wwan0"},
        }
    }


class Tool:
    """The script in mmcli's place: what it does for each kind of question, one after the other, the last for ever."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.log = folder, folder / "log"
        self.log.touch()

    def plays(self, **parts: str | tuple[str, ...]) -> None:
        """``modem``, ``bearer`` and ``inhibit``: what is done when it is asked for one."""
        for kind, given in parts.items():
            scripts = (given,) if isinstance(given, str) else given
            for number, script in enumerate(scripts):
                (self.folder / f"{kind}.{number}").write_text(script.replace("LOG", str(self.log)))
            (self.folder / f"{kind}.last").write_text(str(len(scripts) - 1))
        mmcli = self.folder / "mmcli"
        mmcli.write_text(
            f'#!/bin/sh\necho "$@" >>{self.log}\ncd {self.folder}\n'
            'case "$1" in --modem) kind=modem;; --bearer) kind=bearer;; *) kind=inhibit;; esac\n'
            "read -r last <$kind.last; count=0; [ -e $kind.count ] && read -r count <$kind.count\n"
            "echo $((count + 1)) >$kind.count; [ $count -gt $last ] && count=$last\n"
            ". ./$kind.$count\n"
        )
        mmcli.chmod(0o755)

    def asked(self, word: str) -> int:
        return sum(line.startswith(word) for line in self.log.read_text().splitlines())


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tool:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setattr(programs, "PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setattr(programs, "ENDING", 0.5)
    return Tool(folder)


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """The processes that are started."""
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def start(words: list[str], **options: Any) -> subprocess.Popen[bytes]:
        started.append(popen(words, **options))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", start)
    return started


def is_gone(process: subprocess.Popen[bytes]) -> bool:
    """Has it ended, was it asked how, and was what it writes to closed?"""
    assert process.stdout is not None
    return process.returncode is not None and process.stdout.closed


class Setting:
    """A machine with that stick, whose time passes only where it is waited; ``runs`` is how long ModemManager has."""

    def __init__(self, root: Path, age: float | None = 600.0, runs: float | None = 600.0) -> None:
        self.now, self.age = 0.0, age
        self.told: list[str] = []
        self.root = root
        self.nodes = ["/dev/ttyUSB0"]
        (root / "proc").mkdir(parents=True)
        self.wait(0.0)
        if runs is not None:
            self.process(runs)
        self.manager = ModemManager(
            str(root / "device"),
            lambda: self.nodes,
            lambda: self.age if self.age is None else self.age + self.now,
            str(root / "proc"),
            str(root / "udev"),
        )

    def process(self, runs: float) -> None:
        folder = self.root / "proc/70"
        (folder / "fd").mkdir(parents=True)
        (folder / "comm").write_text("ModemManager\n")
        began = int((1000 - runs) * os.sysconf("SC_CLK_TCK"))
        (folder / "stat").write_text(f"70 (Modem) Manager) S {' '.join(['0'] * 18)} {began} 0\n")

    def opens(self, node: str) -> None:
        (self.root / "proc/70/fd/9").symlink_to(node)

    def ignored(self) -> None:
        (self.root / "device").mkdir()
        (self.root / "device/dev").write_text("189:3\n")
        (self.root / "udev/data").mkdir(parents=True)
        (self.root / "udev/data/c189:3").write_text("E:ID_VENDOR=x\nE:ID_MM_DEVICE_IGNORE=1\n")

    def left(self) -> float:
        return 120.0 - self.now

    def wait(self, seconds: float) -> None:
        self.now += seconds
        (self.root / "proc/uptime").write_text(f"{1000 + self.now:.2f} 900.00\n")

    def tell(self, event: str, **facts: object) -> None:
        self.told.append(f"{event} {facts['by']}")

    def begin(self, *, take: bool = False) -> bool:
        return self.manager.begin(take=take, left=self.left, wait=self.wait, tell=self.tell)

    def held(self) -> Held | None:
        return self.manager.held(self.left, self.wait, self.tell)


class Case(NamedTuple):
    """What mmcli says, how old stick and ModemManager are; whether it lets go, or the words of the error, and when."""

    about: str
    modem: str | tuple[str, ...]
    inhibit: str | tuple[str, ...]
    result: bool | str
    age: float | None = 600.0
    runs: float | None = 600.0
    ignored: bool = False
    opens: bool = False
    take: bool = False
    waited: float = 0.0

    def __str__(self) -> str:
        return self.about


NONE, HELD = fails(NO_MODEM), prints(modem())
CASES = (
    Case("not running", fails(NOT_RUNNING), GRANTS, False),
    Case("no bus, and no such process", fails("error: couldn't get bus"), GRANTS, False, runs=None),
    Case("no bus, and it runs", fails("error: couldn't get bus: no"), GRANTS, "cannot be asked.*couldn't get bus: no"),
    Case("no words, and it runs", "exit 0\n", GRANTS, "cannot be asked"),
    Case("disabled", prints(modem("disabled")), GRANTS, True),
    Case("registered", HELD, GRANTS, True),
    Case("disconnecting", prints(modem("disconnecting")), GRANTS, True),
    Case("connected", prints(modem("connected")), GRANTS, "a connection over it .APN internet, wwan0, address 10.1"),
    Case("connecting", prints(modem("connecting")), GRANTS, r"has a connection over it \(connecting\)"),
    Case("connected, to be cut", prints(modem("connected")), GRANTS, True, take=True),
    Case("probing", (NONE, NONE, HELD), (fails(NOT_EXPORTED), fails(NOT_EXPORTED), GRANTS), True, 1, waited=2),
    Case("probing, then connected", (NONE, prints(modem("connected"))), fails(NOT_EXPORTED), "connection", 1, waited=1),
    Case("refused twice", HELD, (fails(TAKEN), fails(TAKEN), GRANTS), True, waited=2),
    Case("refused for ever", HELD, fails(TAKEN), "does not let go of it: .*already inhibited", waited=30),
    Case("another program has it", NONE, fails(TAKEN), "already inhibited", waited=30),
    Case("probing for ever", NONE, fails(NOT_EXPORTED), False, age=1, waited=30),
    Case("it has just started", NONE, fails(NOT_EXPORTED), False, runs=10, waited=20),
    Case("nobody knows since when", NONE, fails(NO_DEVICE), False, age=None, runs=None, waited=30),
    Case("not yet seen", (NONE, NONE, HELD), (fails(NO_DEVICE), fails(NO_DEVICE), GRANTS), True, age=1, waited=2),
    Case("never seen", NONE, fails(NO_DEVICE), False),
    Case("ignored", NONE, fails(NO_DEVICE), False, age=1, ignored=True),
    Case("ignored too late", HELD, GRANTS, True, age=1, ignored=True),
    Case("unsupported", NONE, fails(NOT_EXPORTED), False, waited=1),
    Case("starting anew, with a port open", NONE, fails(NOT_EXPORTED), "not exported", opens=True, waited=30),
    Case("root only", HELD, fails(FORBIDDEN), "lets only root have it"),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_lets_go_or_the_error_says_why_not(
    case: Case, tool: Tool, tmp_path: Path, processes: list[subprocess.Popen[bytes]]
) -> None:
    tool.plays(modem=case.modem, inhibit=case.inhibit, bearer=prints(bearer()))
    machine = Setting(tmp_path, case.age, case.runs)
    if case.ignored:
        machine.ignored()
    if case.opens:
        machine.opens("/dev/ttyUSB0")
    if isinstance(case.result, str):
        with pytest.raises(Busy, match=case.result) as raised:
            machine.begin(take=case.take)
        assert raised.value.hint
        assert raised.value.facts["holder"] == "ModemManager"
    else:
        assert machine.begin(take=case.take) is case.result
    assert machine.now == pytest.approx(case.waited, abs=1)
    assert machine.told == ["locked ModemManager"] * (case.waited > 0)
    assert all(map(is_gone, processes[:-1]))
    machine.manager.end()
    assert all(map(is_gone, processes))
    assert tool.log.read_text().splitlines().count("released") == (case.result is True)


def test_a_connection_is_never_asked_to_be_cut(tool: Tool, tmp_path: Path) -> None:
    tool.plays(modem=prints(modem("connected")), bearer=prints(bearer()), inhibit=GRANTS)
    with pytest.raises(Busy) as raised:
        Setting(tmp_path).begin()
    assert tool.asked("--inhibit-device") == 0
    assert "--take" in raised.value.hint
    assert "modeswitch status device" in raised.value.hint


def test_how_it_is_asked(tool: Tool, tmp_path: Path, processes: list[subprocess.Popen[bytes]]) -> None:
    tool.plays(modem=HELD, inhibit=GRANTS)
    machine = Setting(tmp_path)
    assert machine.begin()
    device = tmp_path / "device"
    assert tool.log.read_text().splitlines() == [
        f"--modem {device} --output-json",
        f"--inhibit-device={device} --timeout=25",
    ]
    assert os.getsid(processes[-1].pid) == processes[-1].pid  # a Ctrl-C at our terminal does not reach it
    machine.manager.end()
    machine.manager.end()


def test_letting_go_may_take_its_time(tool: Tool, tmp_path: Path) -> None:
    """A modem that is connected is disconnected first."""
    tool.plays(modem=prints(modem("connected")), inhibit=f"sleep 0.8\n{GRANTS}")
    machine = Setting(tmp_path)
    assert machine.begin(take=True)
    machine.manager.end()


@pytest.mark.parametrize(
    "script",
    [
        HANGS,
        "exec cat /dev/zero\n",
        "head -c 100000 /dev/zero\nwhile :; do sleep 0.02; done\n",
        "while :; do printf x; sleep 0.02; done\n",  # its time is for all of it, not for each byte
    ],
)
def test_one_that_gives_no_answer(
    tool: Tool, tmp_path: Path, script: str, processes: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(modemmanager, "GRANTING", 0.2)
    monkeypatch.setattr(modemmanager, "ANSWERING", 0.2)
    monkeypatch.setattr(modemmanager, "PROBING", 1.0)
    began = time.monotonic()
    tool.plays(modem=HELD, inhibit=script)
    machine = Setting(tmp_path)
    with pytest.raises(Busy, match="does not let go of it: no answer"):
        machine.begin()
    tool.plays(modem=script)
    with pytest.raises(Busy, match="cannot be asked for the stick: mmcli gave no answer"):
        machine.begin()
    with pytest.raises(Busy, match="cannot be asked for the stick: mmcli gave no answer"):
        machine.held()
    assert all(map(is_gone, processes))
    assert time.monotonic() - began < 5


def test_one_that_will_not_end_is_killed(tool: Tool, tmp_path: Path, processes: list[subprocess.Popen[bytes]]) -> None:
    tool.plays(modem=HELD, inhibit=GRANTS.replace("exit 0", ":"))
    machine = Setting(tmp_path)
    assert machine.begin()
    machine.manager.end()
    assert tool.log.read_text().endswith("released\n")  # it was asked first
    assert is_gone(processes[-1])
    assert processes[-1].returncode == -signal.SIGKILL


def test_without_its_tool(tool: Tool, tmp_path: Path) -> None:
    machine = Setting(tmp_path, runs=None)
    assert machine.begin() is False
    assert machine.held() is None
    machine.process(runs=600)
    with pytest.raises(Busy, match="runs, and cannot be asked for the stick: its tool, mmcli, is not here"):
        machine.begin()


def test_a_stick_without_a_folder_is_not_asked_for(tool: Tool) -> None:
    tool.plays(modem=HELD, inhibit=GRANTS)
    nobody = ModemManager("")
    assert nobody.begin(take=False, left=lambda: 9.0, wait=time.sleep, tell=lambda *_, **__: None) is False
    assert tool.log.read_text() == ""


def test_a_tool_that_cannot_be_run(tool: Tool, tmp_path: Path) -> None:
    tool.plays(modem=HELD)
    (tool.folder / "mmcli").write_text("#!/nonexistent/sh\n")
    assert Setting(tmp_path, runs=None).begin() is False


def test_the_callers_path_names_no_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = Tool(tmp_path)
    own.plays(modem=HELD, inhibit=GRANTS)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    Setting(tmp_path, runs=None).held()
    assert own.log.read_text() == ""


def test_interrupted_while_it_answers(
    tool: Tool, tmp_path: Path, processes: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    tool.plays(modem=HELD, inhibit=GRANTS)
    hear = programs.Program.hear

    def interrupted(self: programs.Program, seconds: float, until: bytes | None = None) -> bool:
        if until is not None:
            raise KeyboardInterrupt
        return hear(self, seconds)

    monkeypatch.setattr(programs.Program, "hear", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Setting(tmp_path).begin()
    assert len(processes) == 2
    assert all(map(is_gone, processes))


# What it knows.


def test_what_it_knows_of_a_connected_modem(tool: Tool, tmp_path: Path) -> None:
    tool.plays(modem=prints(modem("connected")), bearer=prints(bearer()))
    held = Setting(tmp_path).held()
    assert held == Held(
        by="ModemManager",
        number="7",
        state="connected",
        sim="READY",
        registered=True,
        operator="Sim Mobile",
        quality=54,
        firmware="21.200.07.01.26",
        bearers=(BEARER,),
        interface="wwan0",
        apn="internet",
        address="10.1.2.3",
        prefix=29,
        gateway="10.1.2.4",
        dns=("10.1.2.4",),
    )
    assert tool.asked("--inhibit") == 0


def test_a_connection_that_is_down_has_no_address(tool: Tool, tmp_path: Path) -> None:
    other = modem("connected", bearers=["/org/freedesktop/ModemManager1/Bearer/2", BEARER])
    tool.plays(modem=prints(other), bearer=(prints(bearer("no")), prints(bearer())))
    held = Setting(tmp_path).held()
    assert held is not None
    assert held.address == "10.1.2.3"
    assert tool.asked("--bearer") == 2
    tool.plays(bearer=prints(bearer("no")))
    held = Setting(tmp_path / "other").held()
    assert held is not None
    assert held.address == ""


@pytest.mark.parametrize(
    ("generic", "sim"),
    [
        ({"unlock-required": "sim-pin"}, "SIM PIN"),
        ({"unlock-required": "sim-puk"}, "SIM PUK"),
        ({"state": "failed", "sim": "--", "state-failed-reason": "sim-missing"}, "sim-missing"),
        ({"sim": "--"}, ""),
    ],
)
def test_what_it_knows_of_the_sim(tool: Tool, tmp_path: Path, generic: dict[str, str], sim: str) -> None:
    tool.plays(modem=prints(modem(**generic)))
    held = Setting(tmp_path).held()
    assert held is not None
    assert held.sim == sim


@pytest.mark.parametrize(
    ("modems", "age", "waited", "found"),
    [
        (fails(NOT_RUNNING), 1, 0, False),
        (NONE, 600, 0, False),
        (NONE, 1, 29, False),
        ((NONE, NONE, HELD), 1, 2, True),
        (HELD, 1, 0, True),
    ],
)
def test_it_is_waited_for_while_it_finds_out(
    tool: Tool, tmp_path: Path, modems: str, age: float, waited: float, found: bool
) -> None:
    tool.plays(modem=modems, inhibit=GRANTS)
    machine = Setting(tmp_path, age)
    assert (machine.held() is not None) == found
    assert machine.now == waited
    assert tool.asked("--inhibit") == 0


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"modem": 5},
        {"modem": {"generic": [], "3gpp": {"operator-name": 7}}},
        {"modem": {"generic": {"state": ["connected"], "signal-quality": {"value": "lots"}, "bearers": "/org"}}},
        {"modem": {"generic": {"state": "connected", "bearers": [{}, 5, "--help", *["/x"] * 1000]}}},
    ],
)
def test_strange_answers(tool: Tool, tmp_path: Path, told: object) -> None:
    tool.plays(modem=prints(told), bearer=prints("[" * 100_000))
    held = Setting(tmp_path).held()
    assert held is not None
    assert (held.registered, held.operator, held.quality, held.address) == (None, "", None, "")
    assert tool.asked("--bearer") <= 4
    assert tool.asked("--bearer --help") == 0


@pytest.mark.parametrize("text", ["[" * 100_000, "[]", "nonsense", '{"modem": '])
def test_what_is_no_answer(tool: Tool, tmp_path: Path, text: str) -> None:
    tool.plays(modem=prints(text))
    with pytest.raises(Busy, match="cannot be asked"):
        Setting(tmp_path).held()


def test_hostile_words_are_harmless(tool: Tool, tmp_path: Path) -> None:
    hostile = modem(state="\x1b[2Jevil\u202e", revision="x" * 5000)
    hostile["modem"]["3gpp"]["operator-name"] = "\x07bell"
    tool.plays(modem=prints(hostile), inhibit=fails("error: \x1b[31mred"))
    machine = Setting(tmp_path)
    held = machine.held()
    assert held is not None
    assert (held.state, held.operator) == (r"\x1b[2Jevil\u202e", r"\x07bell")
    assert len(held.firmware) < 200
    with pytest.raises(Busy) as raised:
        machine.begin()
    assert r"\x1b[31mred" in raised.value.message


@pytest.mark.parametrize("fails", [RuntimeError, KeyboardInterrupt])
def test_released_whatever_happens(tool: Tool, tmp_path: Path, fails: type[BaseException]) -> None:
    tool.plays(modem=HELD, inhibit=GRANTS)

    class Here(SimHost):
        """A host where ModemManager runs."""

        def manager(self, usb_device: UsbDevice) -> ModemManager:
            return Setting(tmp_path).manager

    here, _host = on_host("e3372h-153,wakes=linux", Here)
    device = known_at(here, "1-1")
    assert device is not None

    def talk() -> None:
        with Resources(here, device, here.now() + 10, lambda *_, **__: None) as resources:
            resources.dialogue().ask("AT")
            assert resources.managed
            assert "released" not in tool.log.read_text().splitlines()
            raise fails

    with pytest.raises(fails):
        talk()
    assert tool.log.read_text().endswith("released\n")
