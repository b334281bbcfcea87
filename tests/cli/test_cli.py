"""The command, from its words to its exit status: what stands on stdout, what on stderr, and what never does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from modeswitch import __version__
from modeswitch.cli import main
from modeswitch.errors import NoLibusb
from modeswitch.linux.bus import LinuxBus
from modeswitch.usb.link import INSTALL_HINT
from tests.support import sysfs_tree
from tests.support.rig import ALT_MODE, NEW_MODE, messages, plugged
from tests.support.said import Command, Said

ROOT = Path(__file__).resolve().parent.parent.parent


STATUSES: tuple[tuple[int, str, tuple[str, ...]], ...] = (
    (0, "", ("1-1", "--to", "ncm")),
    (0, "", ("switch", "1-1")),
    (0, ",wakes=ecm", ("12d1:1f01",)),
    (1, ",deaf", ("1-1", "--timeout", "0.1")),
    (1, ",busy", ("1-1",)),
    (1, ",back=rndis", ("1-1", "--to", "ncm")),
    (2, "", ("1-1", "--to", "nothing")),
    (2, "", ("1-x",)),
    (3, "", ("12d1:1f02",)),
    (3, "", ("2-2",)),
    (3, "", ("12d1:1f01", "--port", "1-2")),
    (4, "", ("1-1", "--to", "mbim")),
    (4, ",wakes=ecm", ("1-1", "--to", "mbim")),
    (5, ",mounted", ("1-1",)),
    (5, ",descriptors=lying", ("1-1",)),
    (6, ",back=never", ("1-1", "--timeout", "0.1")),
    (6, ",blocked", ("1-1", "--timeout", "0.1")),
    (7, ",denied", ("1-1",)),
)


@pytest.mark.parametrize(("status", "fault", "words"), STATUSES)
def test_status(command: Command, status: int, fault: str, words: tuple[str, ...]) -> None:
    """A result is one line on stdout; an error is on stderr, names itself and leaves stdout empty."""
    said = command(*words, sticks=(f"e3372h{fault}",))
    assert said.status == status
    if status:
        assert said.out == ""
        assert "modeswitch: " in said.err
        assert len(said.err.strip().splitlines()) >= 1
    else:
        assert len(said.out.splitlines()) == 1
        assert said.out.startswith("1-1: 12d1:")


@pytest.mark.parametrize(("status", "fault", "words"), STATUSES)
def test_json(command: Command, status: int, fault: str, words: tuple[str, ...]) -> None:
    """Every line is JSON, the last says how it ended, and stderr is silent."""
    said = command(*words, "--json", sticks=(f"e3372h{fault}",))
    assert said.status == status
    assert said.err == ""
    last = said.events[-1]
    assert [event["event"] for event in said.events].count(last["event"]) == 1
    if status:
        assert last["event"] == "error"
        assert last["status"] == status
        assert last["message"]
        assert last["error"][0].isupper()
        if status not in (2, 3):
            assert last["port"] == "1-1"
            assert last["id"].startswith("12d1:")
    else:
        assert last["event"] == "done"
        assert last["result"] == ("already" if fault else "switched")
        assert last["port"] == "1-1"
        assert last["id"] in ("12d1:155e", "12d1:14dc")
        assert last["mode"] in ("ncm", "hilink")
        assert last["seconds"] < 2


def test_several_devices(command: Command) -> None:
    twins = ("e3372h", "e3372h@1-2")
    said = command("12d1:1f01", sticks=twins)
    assert said.status == 8
    assert "1-1" in said.err
    assert "1-2" in said.err
    listed = command("12d1:1f01", "--json", sticks=twins).events[-1]["devices"]
    assert [device["port"] for device in listed] == ["1-1", "1-2"]
    assert command("12d1:1f01", "--port", "1-2", sticks=twins).status == 0


def test_result_and_progress_are_apart(command: Command) -> None:
    said = command("1-1", "--to", "ncm", sticks=("e3372h",))
    assert said.out.startswith("1-1: 12d1:155e is in ncm, switched from mass-storage in 0.")
    assert [line.removeprefix("1-1: ") for line in said.err.splitlines()] == [
        "12d1:1f01 is in mass-storage",
        "going from mass-storage to ncm, which may take 20 s",
        "left",
        "back as 12d1:155e",
        "12d1:155e is in ncm",
    ]


@pytest.mark.parametrize(("flag", "step", "transfer"), [("-v", True, False), ("-vv", True, True)])
def test_verbose(command: Command, flag: str, step: bool, transfer: bool) -> None:
    said = command("1-1", "--to", "ncm", flag, sticks=("e3372h",))
    assert ("step 1 of 1" in said.err) == step
    assert (f"out 01: {ALT_MODE}" in said.err) == transfer
    assert len(said.out.splitlines()) == 1


def test_json_verbose_has_every_transfer(command: Command) -> None:
    events = command("1-1", "--to", "ncm", "-vv", "--json", sticks=("e3372h",)).events
    assert {"event": "out", "port": "1-1", "endpoint": "01", "data": ALT_MODE} in events


@pytest.mark.parametrize("words", [("switch", "1-1", "--dry-run"), ("plan", "1-1"), ("plan", "12d1:1f01"), ("list",)])
def test_nothing_is_sent(command: Command, words: tuple[str, ...]) -> None:
    said = command(*words, sticks=("e3372h",))
    assert said.status == 0
    assert command.opened
    assert [bus.sim.wire for bus in command.opened] == [[]]
    assert [stick.transfers for bus in command.opened for stick in bus.sim.sticks] == [0]


def test_dry_run_shows_the_bytes(command: Command) -> None:
    said = command("1-1", "--to", "ncm", "--dry-run", sticks=("e3372h",))
    assert ALT_MODE in said.out
    assert "12d1:1f01 at 1-1: from mass-storage to ncm, within 20 s" in said.out
    assert "because capture: 13_" in said.out
    assert said.err == ""


def test_dry_run_of_a_stick_that_is_there(command: Command) -> None:
    said = command("1-1", "--to", "hilink", "--dry-run", sticks=("e3372h,wakes=ecm",))
    assert "nothing to do" in said.out


def test_dry_run_of_all(command: Command) -> None:
    said = command("12d1:1f01", "--all", "--dry-run", sticks=("e3372h", "e3372h@1-2,wakes=ecm", "e3372h@1-3"))
    assert said.status == 0
    assert [line.split(" at ")[1][:3] for line in said.out.splitlines() if " at " in line] == ["1-1", "1-2", "1-3"]
    assert command.opened[0].sim.wire == []


def test_dry_run_needs_the_stick_and_plan_does_not(command: Command) -> None:
    assert command("12d1:1f01", "--dry-run", sticks=("e220",)).status == 3
    said = command("plan", "12d1:1f01", "--to", "stick", sticks=("e220",))
    assert said.status == 0
    assert "12d1:1f01 (not on the bus): from mass-storage to stick" in said.out


def test_plan_in_json(command: Command) -> None:
    first, last = command("plan", "12d1:1f01", "--json", sticks=("e220",)).events
    assert first["event"] == "transition"
    assert first["to"] == ["hilink"]
    assert first["steps"][0]["wire"] == [f"bulk out {NEW_MODE}, then CSW in"]
    assert last == {"event": "done", "result": "planned", "id": "12d1:1f01", "mode": "mass-storage"} | {
        "goal": "hilink",
        "within": 20.0,
        "usual": 1.0,
    }


@pytest.mark.parametrize(
    ("usb", "status"), [("12d1:fffe", 4), ("zz", 2), ("1-9", 3), ("12d1:1570", 5), ("12d1:155e", 3), ("12d1:1f01:", 2)]
)
def test_plan_of_nothing(command: Command, usb: str, status: int) -> None:
    assert command("plan", usb, sticks=("e220",)).status == status


def test_list(command: Command) -> None:
    said = command("list", sticks=("e3372h", "e3372h-153@1-1.4,wakes=linux", "e3372s@2-1,descriptors=lying"))
    assert said.status == 0
    first, second, third = said.out.splitlines()
    assert second.split()[3] == "wwan0"
    assert first.split()[:3] == ["1-1", "12d1:1f01", "mass-storage"]
    assert "E3372h" in first
    assert second.split()[:3] == ["1-1.4", "12d1:1506", "ncm"]
    assert "unreadable: " in third
    assert said.err == ""


def test_list_verbose_has_the_interfaces(command: Command) -> None:
    said = command("list", "-v", sticks=("e3372h,wakes=gateway-ncm",))
    roles = [line.split()[3] for line in said.out.splitlines() if "interface" in line]
    assert roles == ["modem", "diag", "pcui", "ncm", "data"]


def test_list_in_json(command: Command) -> None:
    (device,) = command("list", "--json", sticks=("e3372h",)).events
    assert device["event"] == "device"
    assert (device["port"], device["id"], device["mode"]) == ("1-1", "12d1:1f01", "mass-storage")
    assert device["family"] == "huawei-hilink"
    assert device["problem"] is None
    (interface,) = device["interfaces"]
    assert [interface[key] for key in ("number", "class", "role", "driver")] == [
        0,
        "08/06/50",
        "storage",
        "usb-storage",
    ]


@pytest.mark.parametrize(
    "words",
    [
        (NEW_MODE,),
        (NEW_MODE.upper(),),
        ("0x" + NEW_MODE,),
        tuple(NEW_MODE[at : at + 2] for at in range(0, 62, 2)),
        tuple(f"0x{NEW_MODE[at : at + 2]}" for at in range(0, 62, 2)),
        (":".join(NEW_MODE[at : at + 2] for at in range(0, 62, 2)),),
        (" ".join(NEW_MODE[at : at + 8] for at in range(0, 62, 8)),),
    ],
    ids=["plain", "upper", "0x", "words", "0x-words", "colons", "blanks"],
)
def test_explain(command: Command, words: tuple[str, ...]) -> None:
    said = command("explain", *words)
    assert said.status == 0
    assert "HUAWEI REWIND" in said.out
    assert "0x20 (linux)" in said.out


def test_explain_in_json(command: Command) -> None:
    (event,) = command("explain", ALT_MODE, "--json").events
    assert event["event"] == "done"
    assert event["host"] == "0x30 (gateway)"
    assert event["cb_length"].startswith("0 (not legal")


@pytest.mark.parametrize("text", ["5", "zz", "", "5553", NEW_MODE[:-2], "é", "\x1b[2J", "55\n66"])
def test_explain_nonsense(command: Command, text: str) -> None:
    said = command("explain", text)
    assert said.status == 2
    assert said.out == ""
    assert "\x1b" not in said.err


def test_profiles_list(command: Command) -> None:
    said = command("profiles")
    assert said.status == 0
    names = [line.split()[0] for line in said.out.splitlines()]
    assert names == sorted(path.stem for path in (ROOT / "profiles").rglob("*.toml") if path.stem != "example")
    assert len({line.index(" products  to ") for line in said.out.splitlines()}) == 1
    events = command("profiles", "list", "--json").events
    assert [event["name"] for event in events] == names
    assert "12d1:1f01" in next(event for event in events if event["name"] == "huawei-hilink")["products"]


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("huawei-hilink", "huawei-hilink"),
        ("12d1:1f01", "huawei-hilink"),
        ("12d1:14dc", "huawei-hilink"),
        ("zte-19d2-0026", "zte-19d2-0026"),
        ("19d2:0026", "zte-19d2-0026"),
    ],
)
def test_profiles_show(command: Command, name: str, family: str) -> None:
    said = command("profiles", "show", name)
    assert said.status == 0
    assert f'name   = "{family}"' in said.out


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("show",), 2),
        (("check",), 2),
        (("show", "nothing"), 4),
        (("show", "../profiles/huawei-hilink"), 4),
        (("show", "12d1:fffe"), 4),
        (("check", "/nonexistent.toml"), 4),
        (("check", "profiles"), 4),
        (("burn",), 2),
    ],
)
def test_profiles_nonsense(command: Command, words: tuple[str, ...], status: int) -> None:
    assert command("profiles", *words).status == status


def test_profiles_check(command: Command, tmp_path: Path) -> None:
    """Every file is looked at, and the status is that of the first bad one."""
    bad, good = tmp_path / "bad.toml", ROOT / "profiles" / "huawei-hilink.toml"
    bad.write_text('[family]\nname = "bad"\nvendr = "x"\n', "utf-8")
    said = command("profiles", "check", str(bad), str(good))
    assert said.status == 4
    assert "all well" in said.out
    assert "bad.toml" in said.err
    assert command("profiles", "check", str(good)).status == 0


def test_own_profiles_are_used_and_broken_ones_are_told(command: Command, tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("[", "utf-8")
    said = command("1-1", "--profiles", str(tmp_path), sticks=("e3372h",))
    assert said.status == 0
    assert "warning: " in said.err
    assert "broken.toml" in said.err
    events = command("1-1", "--json", "--profiles", str(tmp_path), sticks=("e3372h",)).events
    assert events[0]["event"] == "warning"
    assert command("list", "--profiles", "/nonexistent", sticks=("e3372h",)).status == 2


@pytest.mark.parametrize(
    "text",
    [
        *("12d1", "12d1:", ":1f01", "12d1:1f01:0", "12345:1", "12d1:1g01", "1-", "-1-1", "1-1..1", "0-1", "1/"),
        *("1-1.2.3.4.5.6.7.8", "1/2/3"),
        *("", " ", "12d1:1f01\n", "\x1b[31m", "\uff11\uff12d1:1f01", "\u0663-\u0661"),
    ],
)
def test_malformed_devices(command: Command, text: str) -> None:
    said = command(text, sticks=("e3372h",))
    assert said.status == 2
    assert "\x1b" not in said.err


@pytest.mark.parametrize("text", ["1", "1-", "a-1", "12d1:1f01", "0-1", "1-1\n"])
def test_malformed_port(command: Command, text: str) -> None:
    assert command("12d1:1f01", "--port", text, sticks=("e3372h",)).status == 2


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "-inf", "1e9", "soon", "", "1,5", "86401"])
def test_malformed_timeout(command: Command, text: str) -> None:
    said = command("1-1", f"--timeout={text}", sticks=("e3372h",))
    assert said.status == 2
    assert "no time in seconds" in said.err
    assert command.opened == []


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("download", "never a goal"),
        ("nmc", "did you mean ncm?"),
        ("hi-link", "did you mean hilink?"),
        ("NCM", "is no mode"),
        ("x", "the modes are mass-storage"),
        ("", "the modes are"),
    ],
)
def test_malformed_mode(command: Command, text: str, hint: str) -> None:
    said = command("1-1", "--to", text, sticks=("e3372h",))
    assert said.status == 2
    assert hint in said.err
    assert command.opened == []


@pytest.mark.parametrize(
    "words",
    [
        ("--nothing",),
        ("1-1", "--nothing"),
        ("1-1", "1-2"),
        ("list", "1-1"),
        ("1-1", "--simulate"),
        ("1-1", "--tim", "3"),
        ("switch",),
        ("plan",),
        ("explain",),
        ("-v",),
        ("12d1:1f01", "--all", "--port", "1-1"),
    ],
)
def test_usage(command: Command, words: tuple[str, ...]) -> None:
    said = command(*words)
    assert said.status == 2
    assert said.out == ""
    assert said.err.startswith("modeswitch: ")


@pytest.mark.parametrize("text", ["e3372", "", "e3372h@x", "e3372h,csw=odd", "e3372h,wakes=x", "e3372h,lag=nan"])
def test_malformed_stick(command: Command, text: str) -> None:
    said = Said(main(["list", "--simulate", text]), "", "")
    assert said.status == 2


def test_two_sticks_in_one_port(command: Command) -> None:
    assert command("list", sticks=("e3372h", "e220")).status == 2


@pytest.mark.parametrize("words", [(), ("--help",), ("-h",), ("list", "--help"), ("1-1", "--help"), ("plan", "-h")])
def test_help(command: Command, words: tuple[str, ...]) -> None:
    said = command(*words)
    assert said.status == 0
    assert said.out.startswith("usage: modeswitch")
    assert said.err == ""


def test_version(command: Command) -> None:
    assert command("--version") == (0, f"modeswitch {__version__}\n", "")


@pytest.mark.parametrize("words", [("list", "-v"), ("-v", "list"), ("--json", "list"), ("list", "--json")])
def test_options_stand_on_either_side_of_the_command(command: Command, words: tuple[str, ...]) -> None:
    said = command(*words, sticks=("e3372h",))
    assert said.status == 0
    assert "12d1:1f01" in said.out


def test_a_word_of_an_option_is_no_command(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "list").mkdir()
    monkeypatch.chdir(tmp_path)
    assert command("1-1", "--profiles", "list", sticks=("e3372h",)).status == 0


HOSTILE = "\x1b]0;owned\x07\x1b[2J\nmodeswitch: forged\r\u2028\u202e"


@pytest.mark.parametrize(
    "words",
    [
        (HOSTILE,),
        ("/" + HOSTILE + "/1-1",),
        ("1-1", "--to", HOSTILE),
        ("1-1", "--port", HOSTILE),
        ("1-1", HOSTILE),
        ("1-1", f"--{HOSTILE}"),
        ("1-1", "--timeout", HOSTILE),
        ("explain", HOSTILE),
        ("profiles", "show", HOSTILE),
        ("profiles", "show", "12d1:1f01" + HOSTILE),
        ("profiles", "check", "/nonexistent" + HOSTILE),
        ("profiles", "list", "--profiles", "/nonexistent" + HOSTILE),
        ("list", "--simulate", HOSTILE),
        ("list", "--simulate", f"e3372h,{HOSTILE}"),
        ("list", "--simulate", f"e3372h,lag={HOSTILE}"),
        ("list", "--simulate", f"e3372h@1-2,wakes={HOSTILE}"),
    ],
    ids=lambda words: " ".join(words).encode("unicode_escape").decode()[:50],
)
@pytest.mark.parametrize("json_lines", [False, True])
def test_what_was_typed_is_not_shown_raw(command: Command, words: tuple[str, ...], json_lines: bool) -> None:
    said = command(*words, *(["--json"] if json_lines else []))
    assert said.status in (2, 3, 4)
    shown = said.out + said.err
    assert not set(shown) & set("\x1b\x07\r\u2028\u202e")
    assert not any(line.startswith("modeswitch: forged") for line in shown.splitlines())
    if json_lines:
        assert said.events[-1]["status"] == said.status


@pytest.mark.parametrize("words", [("list",), ("list", "-v"), ("list", "--json"), ("1-1",), ("1-1", "--json")])
def test_what_a_device_says_is_not_shown_raw(
    command: Command, words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device with no profile is listed with its own words, made harmless."""
    sysfs_tree.plug(tmp_path, "1-1", "dead:beef", manufacturer=HOSTILE, product=HOSTILE, serial=HOSTILE)
    monkeypatch.setattr("modeswitch.host.default", lambda: LinuxBus(str(tmp_path)))
    said = command(*words)
    shown = said.out + said.err
    assert "dead:beef" in shown
    assert not set(shown) & set("\x1b\x07\r\u2028\u202e")
    assert not any(line.startswith("modeswitch: forged") for line in shown.splitlines())


def test_hostile_strings_do_not_stop_a_switch(command: Command) -> None:
    for kind in ("escape", "surrogate", "long", "odd"):
        said = command("1-1", sticks=(f"e3372h,strings={kind}",))
        assert said.status == 0
        assert "\x1b" not in said.out + said.err


def test_all_with_one_bad_stick(command: Command) -> None:
    """The good ones are switched, the bad one is reported, and the status is the bad one's."""
    sticks = ("e3372h", "e3372h@1-2,denied", "e3372h@1-3")
    said = command("12d1:1f01", "--all", "--to", "ncm", sticks=sticks)
    assert said.status == 7
    assert sorted(line[:3] for line in said.out.splitlines()) == ["1-1", "1-3"]
    assert "permission denied" in said.err
    events = command("12d1:1f01", "--all", "--to", "ncm", "--json", sticks=sticks).events
    ends = [(event["event"], event["port"]) for event in events if event["event"] in ("done", "error")]
    assert sorted(ends) == [("done", "1-1"), ("done", "1-3"), ("error", "1-2")]


def test_all_of_one(command: Command) -> None:
    assert command("12d1:1f01", "--all", sticks=("e3372h",)).status == 0
    assert command("12d1:1f01", "--all", sticks=("e220",)).status == 3


def test_no_libusb_is_an_error_with_a_hint(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> None:
        raise NoLibusb("no libusb could be loaded", hint=INSTALL_HINT)

    sysfs_tree.plug(tmp_path, "1-1", "12d1:1f01")
    monkeypatch.setattr("modeswitch.host.default", lambda: LinuxBus(str(tmp_path)))
    monkeypatch.setattr("modeswitch.usb.libusb.libusb_backend", none)
    said = command("1-1")
    assert said.status == 1
    assert "libusb-package" in said.err


def test_interrupted(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("modeswitch.switching.transition.perform", interrupt)
    said = command("1-1", sticks=("e3372h",))
    assert said.status == 130
    assert "1-1: interrupted" in said.err
    assert command("1-1", "--json", sticks=("e3372h",)).events[-1]["status"] == 130


def test_sigterm_lets_go(tmp_path: Path) -> None:
    """A real process, a real signal, while it waits for a stick that stays away."""
    words = [sys.executable, "-m", "modeswitch", "1-1", "--json", "--simulate", "e3372h,back=never,linger=0.01"]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if json.loads(line)["event"] == "left":
                process.terminate()
                break
        rest = [json.loads(line) for line in process.stdout]
        assert process.wait(10) == 143
    assert rest[-1]["status"] == 143


def test_broken_pipe(tmp_path: Path) -> None:
    """Whoever reads has gone: no traceback, and a status that says so."""
    reading, writing = os.pipe()
    os.close(reading)
    words = [sys.executable, "-m", "modeswitch", "profiles", "list"]
    done = subprocess.run(words, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=20, check=False)
    os.close(writing)
    assert done.returncode == 141
    assert done.stderr == ""


def test_the_virtual_bus_of_the_tests_is_the_one_of_the_command() -> None:
    """Both see the same stick, so that what the fast tests show holds for ``--simulate``."""
    bus = plugged("e3372h")
    assert [str(usb_device.port) for usb_device in bus.scan()] == ["1-1"]
    assert messages(bus) == []
