"""A HiLink stick with a password on its page, by the library, the command and the policy."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

import modeswitch
from modeswitch.database.library import Library
from modeswitch.errors import Refused, SwitchFailed, Unavailable, UsageError
from modeswitch.identity.device import Device
from modeswitch.identity.find import find_one
from modeswitch.service.apply import apply
from modeswitch.service.policy import Policy, read
from modeswitch.service.wish import Wish
from modeswitch.sim.bus import SimBus
from modeswitch.switching.session import Session
from modeswitch.switching.switch import switch
from tests.support.rig import sunny

pytestmark = pytest.mark.slow

SECRET = "Geheim-1234"
PAGE = f"e3372h,wakes=ecm,password={SECRET},hub=none"
LOGINS = ("", ",login=scram", ",login=base64")


def tries(bus: SimBus) -> int:
    return bus.sim.sticks[0].page_login.tries


@pytest.mark.parametrize("login", LOGINS)
def test_the_library_logs_in(login: str) -> None:
    events: list[str] = []
    bus = sunny(PAGE + login)
    result = modeswitch.switch(
        "1-1", "mass-storage", web_password=SECRET, bus=bus, on_event=lambda name, **facts: events.append(repr(facts))
    )
    assert result.mode == "mass-storage"
    assert tries(bus) == 1
    assert SECRET not in repr(events) + repr(result)


def test_a_session_logs_in_for_each_of_its_jobs() -> None:
    bus = sunny(PAGE)
    with modeswitch.Session("1-1", web_password=SECRET, bus=bus) as session:
        assert modeswitch.switch(session, "debug").mode == "debug"
        assert modeswitch.switch(session, "hilink").mode == "hilink"
        assert modeswitch.switch(session, "debug").mode == "debug"
        with pytest.raises(UsageError):
            modeswitch.switch(session, "hilink", web_password=SECRET)


@pytest.mark.parametrize("login", LOGINS)
def test_a_wrong_password_is_tried_once_whatever_ways_there_are(login: str) -> None:
    """Both calls of the page need it, and the hub is the way that is left."""
    bus = sunny(PAGE.replace(",hub=none", "") + login)
    result = modeswitch.switch("1-1", "mass-storage", web_password="wrong", bus=bus)
    assert result.mode == "mass-storage"
    assert tries(bus) == 1
    bus = sunny(PAGE + login)
    with Session("1-1", web_password="wrong", bus=bus, library=Library()) as session:
        for _ in range(2):
            with pytest.raises(Unavailable) as raised:
                switch(session, "mass-storage")
            assert raised.value.message.count("108006") == 1
            assert raised.value.message.count("step 1 of 1, { hilink") == 1
            assert "wrong-" not in str(raised.value)
    assert tries(bus) == 1


def test_a_young_stick_is_not_asked_twice_for_its_login() -> None:
    """It has just come back as a router: what does not answer is asked again, a login is not."""
    for kind, most in (("silent", 12.0), ("taken", 2.0), ("locked", 2.0)):
        bus = sunny(f"e3372h,wakes=gateway-ncm,password={SECRET},hub=none,login={kind}")
        begun = bus.now()
        with pytest.raises((Unavailable, SwitchFailed)):
            modeswitch.switch("1-1", "debug", web_password=SECRET, bus=bus)
        assert tries(bus) <= 1
        assert bus.now() - begun < most


# The command.


Command = Callable[..., int]


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    return lambda text: monkeypatch.setattr("sys.stdin", io.StringIO(text))


def command(*words: str) -> int:
    from modeswitch.cli import main

    return main([*words, "--simulate", f"{PAGE},sunny"])


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\nmore\n"])
@pytest.mark.parametrize("more", [(), ("-vv",), ("--json",), ("-vv", "--json")])
def test_the_command_reads_it_from_standard_input(
    end: str, more: tuple[str, ...], typed: Callable[[str], None], capfd: pytest.CaptureFixture[str]
) -> None:
    typed(SECRET + end)
    assert command("1-1", "--to", "mass-storage", "--web-password", "-", *more) == 0
    assert SECRET not in "".join(capfd.readouterr())


def test_the_command_with_a_wrong_one(typed: Callable[[str], None], capfd: pytest.CaptureFixture[str]) -> None:
    typed("Falsch-1234\n")
    assert command("1-1", "--to", "mass-storage", "--web-password", "-", "-vv", "--json") == 1
    out, err = capfd.readouterr()
    assert "Falsch-1234" not in out + err
    assert json.loads(out.splitlines()[-1])["code"] == 108006


def test_the_command_takes_none_on_its_line(capfd: pytest.CaptureFixture[str]) -> None:
    assert command("1-1", "--web-password", "Falsch-1234") == 2
    assert command("1-1", "--web-password=Falsch-1234") == 2
    said = "".join(capfd.readouterr())
    assert "Falsch-1234" not in said
    assert "ps(1)" in said


def test_the_command_without_one_on_standard_input(
    typed: Callable[[str], None], capfd: pytest.CaptureFixture[str]
) -> None:
    typed("")
    assert command("1-1", "--to", "mass-storage", "--web-password", "-") == 2
    assert "no password on standard input" in capfd.readouterr().err


def test_without_a_password_the_error_says_how(capfd: pytest.CaptureFixture[str]) -> None:
    assert command("1-1", "--to", "mass-storage") == 1
    assert "--web-password -" in capfd.readouterr().err


# The policy.


def awake(bus: SimBus, library: Library) -> Device:
    return find_one("1-1", bus, library)


def policy_of(path: Path) -> Policy:
    policy = read(f'[default]\nto = "debug"\nweb-password-file = "{path}"\n')
    assert policy.problems == ()
    return policy


WOKEN = PAGE.replace("wakes=ecm,", "")


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\nsecond line\n"])
def test_the_policy_has_it_in_a_file(end: str, tmp_path: Path) -> None:
    path = tmp_path / "page"
    path.write_text(SECRET + end)
    path.chmod(0o600)
    bus, library = sunny(WOKEN), Library()
    result = apply(awake(bus, library), policy_of(path), bus, library)
    assert result.mode == "debug"
    assert tries(bus) == 1


@pytest.mark.parametrize("mode", [0o604, 0o644, 0o620, 0o602])
def test_a_file_that_others_may_read_or_write_is_not_used(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "page"
    path.write_text(SECRET)
    path.chmod(mode)
    if os.geteuid() != 0 and not mode & 0o004:
        pytest.skip("who is not root may keep it as they like")
    bus, library = sunny(WOKEN), Library()
    with pytest.raises(Refused, match="is not used") as raised:
        apply(awake(bus, library), policy_of(path), bus, library)
    assert "chmod 600" in raised.value.hint
    assert SECRET not in str(raised.value)
    assert tries(bus) == 0


@pytest.mark.parametrize("raw", [None, b"\xff\xfe", b"", b"x" * 5000])
def test_a_file_that_holds_no_password(raw: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "page"
    if raw is not None:
        path.write_bytes(raw)
        path.chmod(0o600)
    bus, library = sunny(WOKEN), Library()
    with pytest.raises((Refused, Unavailable)) as raised:
        apply(awake(bus, library), policy_of(path), bus, library)
    assert "\\xff" not in str(raised.value)
    assert tries(bus) == 0


def test_the_file_is_read_only_where_a_login_is_wanted(tmp_path: Path) -> None:
    bus, library = sunny("e3372h"), Library()
    result = apply(awake(bus, library), policy_of(tmp_path / "none"), bus, library)
    assert result.mode == "debug"


@pytest.mark.parametrize(
    ("value", "words"), [('"page"', "begins with a slash"), ("1", "a string is wanted"), ('"/a\\u001b"', "printable")]
)
def test_a_path_that_is_none(value: str, words: str) -> None:
    policy = read(f'[[stick]]\nport = "1-1"\nto = "ncm"\nweb-password-file = {value}\n')
    assert words in policy.problems[0].message
    assert "line 4" in policy.problems[0].message
    assert Wish().web_password_file == ""
