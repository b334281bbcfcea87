"""``modeswitch learn``: a stick that nobody knows is looked at, asked about, switched, and known from then on."""

from __future__ import annotations

import io
import os
import pty
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from modeswitch.cli import setting
from modeswitch.cli.learn import UNASKED
from modeswitch.cli.show import Show
from modeswitch.database.reader import read
from modeswitch.errors import UsageError
from modeswitch.sim.faults import Faults
from modeswitch.sim.models import MODELS
from tests.support.rig import ALT_MODE, NEW_MODE, PPP_MODE, messages
from tests.support.said import Command
from tests.support.unknown import NOBODYS, unknown

LIKE = "12d1:1f01"


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the person at the terminal says, in turn; ``asked`` is not looked at."""
    said: list[str] = []
    monkeypatch.setattr(setting, "confirmed", lambda question, show: said.pop(0) == "y")
    return said


def files(folder: Path) -> tuple[Path, Path]:
    return folder / "like-12d1-9999.toml", folder / "modeswitch-learn-12d1-9999.md"


def test_it_is_switched_written_and_known_from_then_on(command: Command, tmp_path: Path) -> None:
    bus = unknown()
    said = command("learn", "1-1", "--like", LIKE, "--yes", "--into", str(tmp_path), bus=bus)
    assert said.status == 0, said.err
    assert messages(bus) == [NEW_MODE]
    profile, issue = files(tmp_path)
    family = read(profile.read_text("utf-8"), str(profile))
    (taken,) = [way for way in family.transitions if way.evidence[0].kind == "hardware"]
    assert re.match(r"\d{4}-\d\d-\d\d: 12d1:9999 \(HUAWEI_MOBILE", taken.evidence[0].ref)
    assert " to hilink as 12d1:14d" in taken.evidence[0].ref
    assert {one.kind for way in family.transitions if way is not taken for one in way.evidence} == {"report"}
    assert family.products[0].evidence[0].kind == "hardware"
    assert said.err.index("to be sent") < said.err.index("1-1: left")
    assert said.err.count("to be sent") == said.err.count("is taken for 12d1:1f01") == 1
    assert stat.S_IMODE(profile.stat().st_mode) == 0o644  # for the service
    assert stat.S_IMODE(issue.stat().st_mode) == 0o600
    again = command("learn", NOBODYS, "--profiles", str(tmp_path), bus=unknown())
    assert (again.status, "is known, there is nothing to learn: like-12d1-9999" in again.out) == (0, True)
    switched = command(NOBODYS, "--profiles", str(tmp_path), bus=unknown())
    assert (switched.status, switched.out.startswith("1-1: hilink in ")) == (0, True)


def test_the_profile_says_nothing_of_saving_it(command: Command, tmp_path: Path) -> None:
    command("learn", "1-1", "--like", LIKE, "--yes", "--into", str(tmp_path), bus=unknown())
    assert "To keep it" not in files(tmp_path)[0].read_text("utf-8")


def test_the_text_for_an_issue(command: Command, tmp_path: Path) -> None:
    bus = unknown()
    said = command("learn", "1-1", "--like", LIKE, "--to", "ncm", "--yes", "--into", str(tmp_path), bus=bus)
    assert said.status == 0
    profile, issue = files(tmp_path)
    text = issue.read_text("utf-8")
    assert text.startswith("# 12d1:9999 as if it were `12d1:1f01`: it works\n")
    parts = re.split(r"^## ", text, flags=re.MULTILINE)
    assert [part.splitlines()[0] for part in parts[1:]] == [
        "What was sent, and what came of it",
        "Before",
        "After",
        "The profile",
    ]
    assert ALT_MODE in parts[1]
    assert "1-1  12d1:9999  mass-storage" in parts[2]
    assert re.search(r"1-1  12d1:[0-9a-f]{4}  ncm", parts[3])
    assert profile.read_text("utf-8") in parts[4]
    assert "known doubt: `no profile knows 12d1:9999" in parts[0]


@pytest.mark.parametrize("words", [(), ("--to", "ncm"), ("--like", LIKE), ("--json",)])
def test_where_nobody_can_be_asked_nothing_is_sent(words: tuple[str, ...], command: Command, tmp_path: Path) -> None:
    bus = unknown()
    said = command("learn", "1-1", "--into", str(tmp_path), *words, bus=bus)
    assert said.status == UNASKED
    assert bus.sim.wire == []
    assert [*tmp_path.iterdir()] == []
    goal = " --to ncm" if "ncm" in words else ""
    typed = f"modeswitch learn 1-1 --like {LIKE}{goal} --into {tmp_path} --yes"
    if "--json" in words:
        names = [event["event"] for event in said.events]
        assert names == ["likened", "risk", "risk", "sends", "done"]
        assert said.events[-1]["result"] == "unasked"
        assert said.events[-1]["commands"][0] == typed
    else:
        assert typed in said.out
        assert (ALT_MODE if "ncm" in words else NEW_MODE) in said.err
        assert "this may be wrong: no profile knows" in said.err


def test_what_is_typed_next_is_quoted(command: Command, tmp_path: Path) -> None:
    said = command("learn", "1-1", "--like", "Vodafone K5150", "--into", str(tmp_path), "--unmount", bus=unknown())
    assert said.status == UNASKED
    assert f"modeswitch learn 1-1 --like 'Vodafone K5150' --into {tmp_path} --unmount --yes" in said.out


def test_a_yes_needs_a_relative(command: Command, tmp_path: Path) -> None:
    """Which one it is like by its look is a guess, and no guess is acted upon."""
    bus = unknown()
    said = command("learn", "1-1", "--yes", "--into", str(tmp_path), bus=bus)
    assert (said.status, bus.sim.wire) == (2, [])
    assert "--yes --like" in said.err


@pytest.mark.parametrize(("given", "status", "sent"), [("y", 0, 1), ("n n", UNASKED, 0), ("n y", 0, 1)])
def test_each_relative_is_asked_for(
    given: str, status: int, sent: int, answers: list[str], command: Command, tmp_path: Path
) -> None:
    answers += given.split()
    bus = unknown(becomes="12d1:9998")
    said = command("learn", "1-1", "--to", "switched", "--into", str(tmp_path), bus=bus)
    assert said.status == status, said.err
    assert len(messages(bus)) == sent
    assert answers == []
    assert "by its look it may be like 12d1:1f01, 12d1:14fe" in said.err
    assert len([*tmp_path.iterdir()]) == 2 * sent
    if sent:  # the doubts are those of the relative that was taken
        text = files(tmp_path)[1].read_text("utf-8")
        assert text.count("known doubt: ") == 2
        assert said.err.count("a stick that does not know the message") == len(given.split())
        assert ("like 12d1:14fe is a guess" if "n" in given else "like 12d1:1f01 is a guess") in text


@pytest.mark.parametrize(
    ("typed", "said"), [("y\n", True), ("YES\n", True), ("n\n", False), ("\n", False), ("", False)]
)
def test_only_a_yes_is_one(typed: str, said: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert setting.confirmed("send that?", Show(json=False)) is said
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    assert setting.confirmed("send that?", Show(json=False)) is None


@pytest.mark.parametrize("usb", ["12d1:1f01", "12d1:14dc"])
def test_a_stick_that_is_known(usb: str, command: Command) -> None:
    bus = unknown(usb)
    said = command("learn", "1-1", "--like", "12d1:14fe", "--yes", bus=bus)
    assert said.status == 0
    assert f"1-1: {usb} is known, there is nothing to learn: huawei-" in said.out
    assert bus.sim.wire == []
    (done,) = command("learn", "1-1", "--json", bus=unknown(usb)).events
    assert (done["result"], done["id"]) == ("known", usb)


@pytest.mark.parametrize(
    ("usb", "name", "words", "status", "why"),
    [
        ("12d1:9999", "Android Phone", (), 5, "in what it says of itself"),
        ("12d1:9999", "Android Phone", ("--like", LIKE, "--yes"), 5, "nobody's modem"),
        ("0781:5567", "Cruzer", (), 4, "nothing tells what"),
        ("12d1:9999", "HUAWEI", ("--to", "mass-storage"), 2, "name the mode"),
        ("12d1:9999", "HUAWEI", ("--like", "nonsense", "--yes"), 4, "no model, no id and no family"),
        ("12d1:9999", "HUAWEI", ("--like", LIKE, "--to", "qmi", "--yes"), 4, "qmi"),
    ],
)
def test_what_is_not_learnt(
    usb: str, name: str, words: tuple[str, ...], status: int, why: str, command: Command, tmp_path: Path
) -> None:
    bus = unknown(usb, manufacturer=name, name=name)
    said = command("learn", "1-1", "--into", str(tmp_path), *words, bus=bus)
    assert said.status == status
    assert why in said.err
    assert bus.sim.wire == []
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("words", [(), ("--like", LIKE, "--yes")])
def test_a_modem_that_nobody_knows_has_nothing_to_learn(words: tuple[str, ...], command: Command) -> None:
    looks = MODELS["e3372h"].compositions
    bus = unknown(functions=looks["gateway-ncm"].functions)
    said = command("learn", "1-1", *words, bus=bus)
    assert (said.status, bus.sim.wire) == (5, [])
    assert "is no storage" in said.err


@pytest.mark.parametrize("which", [0, 1])
def test_files_that_are_there_are_seen_before_anything_is_sent(which: int, command: Command, tmp_path: Path) -> None:
    path = files(tmp_path)[which]
    path.symlink_to(tmp_path / "elsewhere")
    bus = unknown()
    said = command("learn", "1-1", "--like", LIKE, "--yes", "--into", str(tmp_path), bus=bus)
    assert (said.status, bus.sim.wire) == (2, [])
    assert f"{path} is there already" in said.err
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_that_is_not_there_is_seen_before_anything_is_sent(command: Command, tmp_path: Path) -> None:
    bus = unknown()
    said = command("learn", "1-1", "--like", LIKE, "--yes", "--into", str(tmp_path / "no"), bus=bus)
    assert (said.status, bus.sim.wire) == (2, [])


def test_what_did_not_work_is_written_for_an_issue_and_no_profile(command: Command, tmp_path: Path) -> None:
    bus = unknown(becomes="12d1:9998")
    said = command("learn", "1-1", "--like", LIKE, "--to", "stick", "--yes", "--into", str(tmp_path), bus=bus)
    assert said.status == 1
    profile, issue = files(tmp_path)
    assert not profile.exists()
    text = issue.read_text("utf-8")
    assert "it does not work" in text.splitlines()[0]
    assert "12d1:9998" in text.partition("## After")[2]
    assert messages(bus) == [PPP_MODE]


def test_another_device_at_the_port_by_then(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bus = unknown()

    def swapped(_question: str, _show: Show) -> bool:
        found = bus.at
        monkeypatch.setattr(bus, "at", lambda port: (seen := found(port)) and seen._replace(address=99))
        return True

    monkeypatch.setattr(setting, "confirmed", swapped)
    said = command("learn", "1-1", "--into", str(tmp_path), bus=bus)
    assert (said.status, messages(bus), [*tmp_path.iterdir()]) == (5, [], [])
    assert "is not what was shown" in said.err


@pytest.mark.parametrize("unmount", [False, True])
def test_a_mounted_card_is_not_pulled_away(unmount: bool, command: Command, tmp_path: Path) -> None:
    bus = unknown(faults=Faults(mounted=True))
    words = ("--unmount",) if unmount else ()
    said = command("learn", "1-1", "--like", LIKE, "--yes", "--into", str(tmp_path), *words, bus=bus)
    assert said.status == (0 if unmount else 5)
    assert len(messages(bus)) == unmount
    assert len([*tmp_path.iterdir()]) == 2 * unmount


@pytest.mark.parametrize(
    ("fault", "status", "after"),
    [
        (Faults(back="never"), 6, "nothing is at its port"),
        (Faults(deaf=True), 1, "1-1  12d1:9999  mass-storage"),
        (Faults(back="same"), 1, "1-1  12d1:9999  mass-storage"),
    ],
)
def test_a_stick_that_takes_it_otherwise(
    fault: Faults, status: int, after: str, command: Command, tmp_path: Path
) -> None:
    said = command("learn", "1-1", "--like", LIKE, "--yes", "--into", str(tmp_path), bus=unknown(faults=fault))
    assert said.status == status
    profile, issue = files(tmp_path)
    assert not profile.exists()
    assert after in issue.read_text("utf-8").partition("## After")[2]
    assert f"{issue}: written" in said.out


def test_a_stick_that_is_gone_by_the_time_of_the_answer(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus = unknown()

    def pulled(_question: str, _show: Show) -> bool:
        monkeypatch.setattr(bus, "at", lambda _port: None)
        return True

    monkeypatch.setattr(setting, "confirmed", pulled)
    said = command("learn", "1-1", "--into", str(tmp_path), bus=bus)
    assert (said.status, messages(bus), [*tmp_path.iterdir()]) == (6, [], [])


def test_nothing_is_ever_written_to_nvram(command: Command, tmp_path: Path) -> None:
    assert command("learn", "1-1", "--like", LIKE, "--yes", "--persist", bus=unknown()).status == 2
    command("learn", "1-1", "--like", LIKE, "--yes", "--into", str(tmp_path), bus=unknown())
    profile = files(tmp_path)[0]
    assert not any(way.persistent for way in read(profile.read_text("utf-8"), str(profile)).transitions)


def test_a_full_disk_loses_nothing(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be written is shown, and the switch is told as what it was."""

    def full(path: str, _text: str, _mode: int = 0) -> None:
        raise UsageError(f"{path}: No space left on device")

    monkeypatch.setattr("modeswitch.cli.lesson.write_new", full)
    said = command("learn", "1-1", "--like", LIKE, "--yes", "--into", str(tmp_path), bus=unknown())
    assert "No space left on device" in said.err
    assert 'name   = "like-12d1-9999"' in said.out
    assert "1-1: hilink in " in said.out
    assert "From now on" not in said.out
    assert said.status == 74


def test_ones_own_profiles_are_where_it_goes_by_itself(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, here = tmp_path / "own" / "profiles", tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr("modeswitch.cli.lesson.user_directories", lambda: [str(own)])
    assert command("learn", "1-1", "--like", LIKE, bus=unknown()).status == UNASKED
    assert not own.exists()
    assert command("learn", "1-1", "--like", LIKE, "--yes", bus=unknown()).status == 0
    assert [path.name for path in own.iterdir()] == ["like-12d1-9999.toml"]
    assert [path.name for path in here.iterdir()] == ["modeswitch-learn-12d1-9999.md"]


def test_hostile_strings_stay_in_their_place(command: Command, tmp_path: Path) -> None:
    hostile = 'HUAWEI"\x1b[2J```\n## x'
    bus = unknown(manufacturer=hostile, name="``` 861234567890123 +49 151 23456789")
    said = command("learn", "1-1", "--like", LIKE, "--yes", "--into", str(tmp_path), bus=bus)
    assert said.status == 0, said.err
    profile, issue = files(tmp_path)
    read(profile.read_text("utf-8"), str(profile))
    text = issue.read_text("utf-8")
    assert "\x1b" not in text + said.out + said.err
    assert "\x1b" not in profile.read_text("utf-8")
    assert "861234567890123" not in text
    assert "861234567890123" not in profile.read_text("utf-8").partition("evidence = ")[2], "it may become everybody's"
    assert "23456789\n" not in text
    fences = re.findall(r"^(`{4,})(?:text|toml)?$", text, flags=re.MULTILINE)
    assert fences
    assert len(fences) % 2 == 0
    assert not re.search(r"^## x", text, flags=re.MULTILINE)


def test_of_a_simulated_stick_nothing_goes_where_it_lasts(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = command("learn", "1-1", "--json", sticks=("e3372h",))
    assert said.events[-1]["result"] == "known"
    monkeypatch.setattr("modeswitch.cli.lesson.user_directories", lambda: [str(tmp_path / "own")])
    said = command("learn", "1-1", "--like", LIKE, "--yes", "--json", sticks=(f"e3372h,id={NOBODYS}",))
    assert said.status == 0, said.err
    written = [Path(event["file"]) for event in said.events if event["event"] == "written"]
    assert [path.is_file() for path in written] == [True, True]
    assert os.listdir(tmp_path) == []
    shutil.rmtree(written[0].parent)


def test_an_owner_at_a_terminal(tmp_path: Path) -> None:
    """The whole command in a terminal of its own: it asks, and goes on after a y."""
    ours, theirs = pty.openpty()
    words = ("learn", "1-1", "--into", str(tmp_path), "--simulate", f"e3372h,id={NOBODYS},sunny,away=0.02,linger=0.01")
    code = "import sys; from modeswitch.cli import main; sys.exit(main(sys.argv[1:]))"
    with subprocess.Popen(
        [sys.executable, "-c", code, *words], stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, text=True
    ) as running:
        os.close(theirs)
        shown = b""
        while b"[y/N]" not in shown:
            shown += os.read(ours, 4096)
        assert b"to be sent" in shown
        assert os.listdir(tmp_path) == []
        os.write(ours, b"y\n")
        out, _ = running.communicate(timeout=30)
    os.close(ours)
    assert running.returncode == 0
    assert "1-1: hilink in " in out
    assert [path.is_file() for path in files(tmp_path)] == [True, True]


def test_as_json(command: Command, tmp_path: Path) -> None:
    words = ("learn", "1-1", "--like", LIKE, "--yes", "--json", "--into", str(tmp_path))
    events = command(*words, bus=unknown()).events
    names = [event["event"] for event in events]
    assert names[:4] == ["likened", "risk", "risk", "sends"]
    assert names[-4:] == ["profile", "written", "written", "done"]
    assert names.count("profile") == 1
    assert [Path(event["file"]) for event in events[-3:-1]] == [*files(tmp_path)]
    assert events[-1]["result"] == "switched"
