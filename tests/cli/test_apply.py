"""``modeswitch apply``: what the policy wants of one stick."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.said import Command


def policy(tmp_path: Path, text: str) -> tuple[str, str]:
    path = tmp_path / "modeswitch.toml"
    path.write_text(text)
    path.chmod(0o644)
    return "--policy", str(path)


@pytest.mark.parametrize(
    ("text", "stick", "said", "status"),
    [
        ("", "e3372h", "12d1:14dc is in hilink", 0),
        ('[default]\nto = "ncm"', "e3372h", "12d1:155e is in ncm", 0),
        ('[[stick]]\nport = "1-1"\nto = "stick"', "e3372h", "12d1:1001 is in stick", 0),
        ('[[stick]]\nport = "1-2"\nto = "stick"', "e3372h", "12d1:14dc is in hilink", 0),
        ('[default]\nto = "leave-alone"', "e3372h", "12d1:1f01 is left alone: the policy", 0),
        ('[default]\nto = "ncm"', "e3372h,wakes=ecm", "12d1:14dc is left in hilink, the policy wants ncm", 0),
        ('[default]\nto = "ncm"', "e3372h,busy", "", 1),
        ('[default]\nto = "mbim"', "e3372h", "", 4),
        ('[[stick]]\nport = "1-1"\nto = "nmc"', "e3372h", "12d1:14dc is in hilink", 0),
        ("[default]\nto = 1", "e3372h", "12d1:1f01 is left alone: something is wrong with the policy", 0),
    ],
)
def test_apply(command: Command, tmp_path: Path, text: str, stick: str, said: str, status: int) -> None:
    done = command("apply", "1-1", *policy(tmp_path, text), sticks=(stick,))
    assert done.status == status
    assert said in done.out
    if "nmc" in text or "= 1" in text:
        assert "warning: " in done.err
        assert "modeswitch.toml" in done.err


def test_a_policy_that_is_no_toml_is_an_error(command: Command, tmp_path: Path) -> None:
    done = command("apply", "1-1", *policy(tmp_path, "rubbish"), sticks=("e3372h",))
    assert (done.status, done.out) == (2, "")
    assert "modeswitch.toml: not TOML" in done.err


def test_apply_without_a_policy(command: Command, tmp_path: Path) -> None:
    assert command("apply", "1-1", "--policy", str(tmp_path / "none"), sticks=("e3372h",)).status == 0


def test_apply_in_json(command: Command, tmp_path: Path) -> None:
    last = command("apply", "1-1", "--json", *policy(tmp_path, ""), sticks=("e3372h",)).events[-1]
    assert (last["result"], last["port"], last["mode"]) == ("switched", "1-1", "hilink")
