"""What follows a switch: the line that the policy wants, the owner's program; and a line that drops."""

from __future__ import annotations

import json
import os
import stat
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from modeswitch.database.library import Library
from modeswitch.errors import ModeswitchError, Refused
from modeswitch.linux import programs
from modeswitch.service import lines, upkeep
from modeswitch.service.apply import apply
from modeswitch.service.policy import Policy, read
from modeswitch.service.upkeep import NoLine, keep_up, run_program
from modeswitch.service.wish import WantedLine, Wish, read_secret
from modeswitch.sim.bus import SimBus
from tests.support.port_watch import eventually
from tests.support.rig import here, sunny
from tests.support.root import NOBODY, as_root
from tests.support.running_service import StartService
from tests.support.sticks import STICK_NCM

pytestmark = pytest.mark.slow

INTERNET = WantedLine("internet")


@pytest.fixture(autouse=True)
def _no_systemd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "SYSTEMD", "/proc/nonexistent")


@pytest.fixture
def up(tmp_path: Path) -> Path:
    """A program that writes down its words and its environment."""
    path = tmp_path / "up"
    words = "json.dump([sys.argv[1:], dict(os.environ), os.getcwd()], open(sys.argv[0] + '.said', 'a'))"
    path.write_text(f"#!{sys.executable}\nimport json, os, sys\n{words}\n")
    path.chmod(0o755)
    return path


def done(wish: Wish, stick: str = "e3372h-153") -> tuple[SimBus, list[tuple[str, dict[str, Any]]]]:
    """A stick with which all is done that is wished; what was told."""
    bus, library, told = sunny(stick), Library(user=[]), []

    def tell(event: str, **facts: Any) -> None:
        told.append((event, facts))

    result = apply(here(bus, library), Policy(default=wish), bus, library, tell)
    keep_up(result, wish, bus, library, tell)
    return bus, told


def test_the_line_and_then_the_program(up: Path) -> None:
    run = (str(up), "{port}", "{network}", "{tty}", "{id} {mode}", "$HOME; x")
    bus, told = done(Wish("ncm", line=INTERNET, run=run))
    assert bus.sim.sticks[0].modem.up
    ran = dict(told)["ran"]
    assert (ran["status"], ran["command"]) == (
        0,
        [str(up), "1-1", "wwan0", ran["command"][3], "12d1:1506 ncm", "$HOME; x"],
    )
    names = [name for name, _ in told]
    assert names.index("dialling") < names.index("ran")
    words, environment, _folder = json.loads(Path(f"{up}.said").read_text())
    assert words == ran["command"][1:]
    assert set(environment) <= {"PATH", "LC_ALL", "LC_CTYPE", "PWD"}


@pytest.mark.parametrize("to", ["usual", "switched"])
def test_the_program_follows_whatever_the_usual_mode_is(to: str, up: Path) -> None:
    _bus, told = done(Wish(to, run=(str(up),)), "e3372h")
    assert dict(told)["ran"]["status"] == 0


def test_what_is_so_already_runs_nothing(up: Path) -> None:
    wish = Wish("ncm", line=INTERNET, run=(str(up),))
    bus, library = sunny(STICK_NCM), Library(user=[])
    for times in (1, 1):
        result = apply(here(bus, library), Policy(default=wish), bus, library)
        keep_up(result, wish, bus, library, lambda *_, **__: None)
        assert Path(f"{up}.said").read_text().count("PATH") == times


@pytest.mark.parametrize(
    ("stick", "wish"),
    [
        ("e3372h", Wish("hilink", line=INTERNET)),
        ("e3372h,wakes=ecm", Wish("ncm", line=INTERNET, run=("/bin/false",))),
        ("e3372h", Wish("leave-alone", run=("/bin/false",))),
    ],
)
def test_nothing_follows_where_the_stick_is_not_as_its_owner_wants_it(stick: str, wish: Wish) -> None:
    _bus, told = done(wish, stick)
    assert not {"dialling", "ran"} & {name for name, _ in told}


@pytest.mark.parametrize("stick", ["e3372h", "e3372h,wakes=ecm"])
@pytest.mark.parametrize("to", ["leave-alone", "usual", "ncm"])
@pytest.mark.parametrize("known", [True, False])
def test_nothing_follows_a_stick_that_came_and_is_elsewhere(stick: str, to: str, known: bool) -> None:
    """It is storage still, nobody knows what it is, or it shall be left alone."""
    bus, library = sunny(stick), Library(user=[])
    result = apply(here(bus, library), Policy(default=Wish("leave-alone")), bus, library)
    if not known:
        result = result._replace(device=result.device._replace(mode=None))
    follows = to == "usual" and known and result.device.mode == "hilink"

    told: list[str] = []
    wish = Wish(to, run=("/bin/true",))
    keep_up(result, wish, bus, library, lambda event, **_: told.append(event), came=True)
    assert ("ran" in told) is follows


def test_where_nothing_is_wished_for_nobody_looks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    bus, library = sunny("e3372h,wakes=ecm"), Library(user=[])
    result = apply(here(bus, library), Policy(default=Wish("hilink")), bus, library)
    monkeypatch.setattr(bus, "at", lambda _port: pytest.fail("looked at"))
    keep_up(result, Wish("hilink"), bus, library, lambda *_, **__: None, came=True)


def test_secrets_are_read_from_files(tmp_path: Path) -> None:
    for name in ("password", "pin"):
        (tmp_path / name).write_text("7391\n")
        (tmp_path / name).chmod(0o600)
    line = WantedLine("internet", "me", str(tmp_path / "password"), "pap", "4", str(tmp_path / "pin"))
    bus, told = done(Wish("ncm", line=line), "e3372h-153,pin=7391")
    assert bus.sim.sticks[0].modem.up
    assert "7391" not in json.dumps([facts for name, facts in told if name not in ("at",)], default=str)


def test_a_secret_file_has_a_largest_size(tmp_path: Path) -> None:
    path = tmp_path / "pin"
    path.touch(mode=0o600)
    path.write_text("7391\n" + "#" * 1019)
    assert read_secret(str(path), "pin-file") == "7391"
    path.write_text("7391\n" + "#" * 1020)
    with pytest.raises(Refused, match="larger than 1024 bytes"):
        read_secret(str(path), "pin-file")


def test_a_secret_that_others_can_write_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    (tmp_path / "pin").write_text("1234\n")
    (tmp_path / "pin").chmod(0o620)
    with pytest.raises(Refused, match="the secret in it is not used"):
        read_secret(str(tmp_path / "pin"), "pin-file")


def test_a_secret_that_others_can_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pin").write_text("1234\n")
    (tmp_path / "pin").chmod(0o644)
    with pytest.raises(Refused, match="may be read by all"):
        read_secret(str(tmp_path / "pin"), "pin-file")
    with pytest.raises(NoLine) as raised:
        done(Wish("ncm", line=INTERNET._replace(pin_file=str(tmp_path / "pin"))))
    assert isinstance(raised.value.cause, Refused)
    with pytest.raises(Refused, match="No such file"):
        read_secret(str(tmp_path / "none"), "pin-file")


@pytest.mark.parametrize(
    ("text", "mode", "kind", "words"),
    [
        ("#!/bin/sh\necho no route >&2; exit 3\n", 0o755, ModeswitchError, "gave status 3: .*: no route"),
        ("#!/nonexistent/sh\n", 0o755, ModeswitchError, "gave status 127: .*No such file"),
        ("#!/bin/sh\n", 0o644, Refused, "is no program"),
        ("#!/bin/sh\n", 0o777, Refused, "may be written by its group or by all: it is not run"),
        (None, 0, Refused, "No such file"),
        (None, stat.S_IFIFO | 0o755, Refused, "is no program"),
        (None, stat.S_IFDIR | 0o755, Refused, "is no program"),
    ],
)
def test_a_program_that_fails_is_told(
    text: str | None, mode: int, kind: type[ModeswitchError], words: str, tmp_path: Path
) -> None:
    path = tmp_path / "up"
    if stat.S_ISFIFO(mode):
        os.mkfifo(path, stat.S_IMODE(mode))
    elif stat.S_ISDIR(mode):
        path.mkdir(stat.S_IMODE(mode))
    elif text is not None:
        path.write_text(text)
        path.chmod(mode)
    bus = sunny("e3372h")
    with pytest.raises(kind, match=words):
        run_program(here(bus), Wish(run=(str(path),)), bus, lambda *_, **__: None)


@as_root
@pytest.mark.parametrize("how", ["owner", "all", "group", "sticky"])
def test_a_program_that_somebody_else_could_put_another_into_the_place_of_is_not_run(how: str, tmp_path: Path) -> None:
    """Root's own program, in a folder of others': between the look and the run it may be theirs."""
    folder = tmp_path / "theirs"
    (folder / "in").mkdir(parents=True)
    (folder / "in/up").write_text("#!/bin/sh\n")
    (folder / "in/up").chmod(0o755)
    if how == "owner":
        os.chown(folder, NOBODY, -1)
    else:
        folder.chmod({"all": 0o777, "group": 0o775, "sticky": 0o1777}[how])
    bus, program = sunny("e3372h"), Wish(run=(f"{folder}/in/up",))
    if how == "sticky":  # as /tmp is: nobody else moves there what is root's
        run_program(here(bus), program, bus, lambda *_, **__: None)
        return
    with pytest.raises(Refused, match=rf"up is not run: {folder} (?:belongs to another|may be written)") as raised:
        run_program(here(bus), program, bus, lambda *_, **__: None)
    assert "where only root writes" in raised.value.hint


@pytest.mark.parametrize(
    ("error", "words"), [(OSError(2, "No such file"), "No such file"), (OSError(), "cannot be loo")]
)
def test_a_folder_that_cannot_be_looked_at_is_not_trusted(
    error: OSError, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was there when the program was looked at."""

    def gone(_path: str, **_kind: bool) -> str:
        raise error

    (tmp_path / "up").write_text("#!/bin/sh\n")
    (tmp_path / "up").chmod(0o755)
    monkeypatch.setattr("modeswitch.service.interpreter.changeable", gone)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(upkeep, "untrusted", lambda _file: "")
    bus = sunny("e3372h")
    with pytest.raises(Refused, match=f"up is not run: / {words}"):
        run_program(here(bus), Wish(run=(f"{tmp_path}/up",)), bus, lambda *_, **__: None)


def test_of_a_long_command_the_beginning_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "up"
    path.write_text("#!/bin/sh\nexit 3\n")
    path.chmod(0o755)
    bus, told = sunny("e3372h"), dict[str, dict[str, Any]]()
    device = here(bus)
    clock = iter((10.0, 11.26))
    monkeypatch.setattr(bus, "now", lambda: next(clock))
    with pytest.raises(ModeswitchError) as raised:
        run_program(device, Wish(run=(str(path), "x" * 999)), bus, lambda event, **facts: told.update({event: facts}))
    shown = f"{path} {'x' * 999}"[:300]
    for said in (raised.value.message, raised.value.hint):
        assert shown in said
        assert f"{shown}x" not in said
    assert told["ran"]["seconds"] == 1.3


def test_a_program_that_hangs_is_killed_with_what_it_has_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "SECONDS", 0.3)
    monkeypatch.setattr(programs, "ENDING", 0.2)
    path = tmp_path / "up"
    path.write_text(f"#!/bin/sh\ntrap '' INT TERM\nsleep 60 & echo $! > {tmp_path}/child; wait\n")
    path.chmod(0o755)
    bus, began = sunny("e3372h"), time.monotonic()
    with pytest.raises(ModeswitchError, match=r"did not end in 0\.3 s, and was killed"):
        run_program(here(bus), Wish(run=(str(path),)), bus, lambda *_, **__: None)
    assert time.monotonic() - began < 5
    child = int((tmp_path / "child").read_text())
    eventually(lambda: not os.path.exists(f"/proc/{child}") or "Z" in Path(f"/proc/{child}/stat").read_text())


def test_a_line_that_drops_is_dialled_again(start: StartService, up: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LOOK", 0.1)
    monkeypatch.setattr(lines, "LOST", 0.2)
    policy = read(f'[default]\nto = "ncm"\napn = "internet"\nrun = ["{up}", "{{network}}"]')
    assert policy.problems == ()
    running = start("e3372h-153", policy=policy, idle=0.1)
    modem = running.bus.sim.sticks[0].modem
    eventually(lambda: len(running.told("ran")) == 1, 30)
    assert not running.left(0.5), "a line is kept: it does not leave"
    for turn in (2, 3):
        modem.up = False
        modem.network(False)
        eventually(lambda turn=turn: len(running.told("ran")) == turn, 30)  # type: ignore[misc]
        assert modem.up
    assert running.end() == []
    assert len(running.told("dialling")) == 3


@pytest.mark.parametrize("always", [True, False])
def test_the_program_of_a_stick_that_comes_as_it_shall_be(
    start: StartService, up: Path, tmp_path: Path, always: bool
) -> None:
    """Once for each time that it comes, and not each time that it is looked at."""
    file = tmp_path / "policy"
    file.write_text(f'[default]\nto = "hilink"\nalways = {str(always).lower()}\nrun = ["{up}", "{{port}}"]\n')
    running = start("e3372h,wakes=ecm", policy=str(file))
    eventually(lambda: len(running.told("done")) == 1, 30)
    running.service.reload()
    eventually(lambda: len(running.told("done")) >= 2, 30)
    running.idle()
    assert len(running.told("ran")) == always
    done = len(running.told("done"))
    running.bus.plug("e3372h,wakes=ecm")
    eventually(lambda: len(running.told("done")) > done and len(running.told("ran")) == 2 * always, 30)
    running.idle()
    assert len(running.told("ran")) == 2 * always
    running.end()


def test_a_line_that_fails_is_told_and_dialled_again(start: StartService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "FIRST", 0.2)
    running = start("e3372h-153,pin=1234", policy=read('[default]\nto = "ncm"\napn = "internet"'))
    modem = running.bus.sim.sticks[0].modem
    eventually(lambda: len(running.told("error")) == 2, 60)
    first, second = running.told("error")
    assert "PIN" in first["message"]
    assert "It is dialled again in 0.2 s." in first["hint"]
    assert "It is dialled again in 0.4 s." in second["hint"]
    modem.ready = True
    eventually(lambda: modem.up, 30)
    running.end()


def test_a_line_whose_stick_was_pulled_out_keeps_no_service(start: StartService) -> None:
    running = start("e3372h-153", policy=read('[default]\nto = "ncm"\napn = "internet"'), idle=0.3)
    modem = running.bus.sim.sticks[0].modem
    eventually(lambda: modem.up and not running.service.active_ports, 30)
    assert not running.left(0.6)
    running.bus.unplug("1-1")
    assert running.left()


def test_a_program_that_fails_is_told_by_the_service(start: StartService) -> None:
    running = start("e3372h", policy=read('[default]\nto = "ncm"\nrun = ["/bin/false"]'))
    running.done(1, 1)
    (error,) = running.told("error")
    assert (error["port"], error["id"]) == ("1-1", "12d1:155e")
    assert "the policy's program gave status 1: /bin/false" in error["message"]
    running.end()


@pytest.mark.parametrize(
    ("text", "network", "warned"),
    [('run = ["/bin/true"]', False, True), ('run = ["/bin/true"]', True, False), ("timeout = 20", False, False)],
)
def test_a_service_that_is_shut_off_from_what_the_policy_wants_says_so(
    text: str, network: bool, warned: bool, start: StartService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modeswitch.sim.host.SimHost.has_network", lambda _host: network, raising=False)
    file = tmp_path / "policy.toml"
    file.write_text(f'[default]\nto = "ncm"\n{text}')
    for policy, name in ((read(file.read_text()), "the policy"), (str(file), str(file))):
        running = start(policy=policy)
        running.idle()
        messages = [facts["message"] for facts in running.told("warning")]
        assert [message.startswith(f"{name} wants what needs a network") for message in messages] == [True] * warned
        assert all("shut off from it: modeswitch udev install" in message for message in messages)
        running.end()


def test_systemd_fills_in_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """systemd puts variables into the words of a command; ours are to arrive as they are."""
    ran: list[tuple[str, ...]] = []

    def run(*words: str, seconds: float) -> programs.Said:
        assert seconds > upkeep.SECONDS  # systemd ends it before
        ran.append(words)
        return programs.Said(0, "", "")

    monkeypatch.setattr(programs, "SYSTEMD", str(tmp_path))
    monkeypatch.setattr(upkeep, "SYSTEM_BUS", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(programs, "find", lambda _name: "/usr/bin/systemd-run")
    monkeypatch.setattr(programs, "run", run)
    bus = sunny("e3372h")
    run_program(here(bus), Wish(run=("/bin/true", "$HOME", "${X} $(id) 5$")), bus, lambda *_, **__: None)
    assert ran[0][0] == "systemd-run"
    assert ran[0][-3:] == ("/bin/true", "$$HOME", "$${X} $$(id) 5$$")


@pytest.mark.parametrize("there", ["SYSTEMD", "SYSTEM_BUS"])
def test_without_systemd_or_its_bus_it_is_run_from_here(
    there: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[tuple[str, ...]] = []

    def run(*words: str, seconds: float) -> programs.Said:
        ran.append(words)
        return programs.Said(0, "", "")

    for module, name in ((programs, "SYSTEMD"), (upkeep, "SYSTEM_BUS")):
        monkeypatch.setattr(module, name, str(tmp_path if name == there else tmp_path / "none"))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(programs, "find", lambda _name: "/usr/bin/systemd-run")
    monkeypatch.setattr(programs, "run", run)
    bus = sunny("e3372h")
    run_program(here(bus), Wish(run=("/bin/true",)), bus, lambda *_, **__: None)
    assert ran == [("/bin/true",)]
