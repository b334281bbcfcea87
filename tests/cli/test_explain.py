"""``modeswitch explain``: what a message means, in any form that it is pasted in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.rig import ALT_MODE, NEW_MODE
from tests.support.said import Command


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


def test_explain_names_the_profiles_that_send_it(command: Command) -> None:
    other_tag = ALT_MODE[:8] + "01020304" + ALT_MODE[16:]
    for message in (ALT_MODE, other_tag):
        assert "sent by       huawei-hilink: mass-storage -> ncm or stick" in command("explain", message).out
    assert "sent by       huawei-set-feature: " in command("explain", "0003010000000000").out
    (event,) = command("explain", ALT_MODE, "--json").events
    assert "huawei-hilink: mass-storage -> ncm or stick" in event["sent_by"]


def test_explain_knows_a_person_s_own_profiles(command: Command, tmp_path: Path) -> None:
    message = ALT_MODE[:-2] + "ff"
    (tmp_path / "12d1:9999").write_text(f"MessageContent={message}\n", "utf-8")
    assert command("profiles", "import", str(tmp_path / "12d1:9999"), "--into", str(tmp_path)).status == 0
    said = command("explain", message, "--profiles", str(tmp_path))
    assert "sent by       12d1-9999: mass-storage -> switched" in said.out


def test_a_message_of_no_profile_and_one_of_many(command: Command) -> None:
    assert "sent by       no profile" in command("explain", ALT_MODE[:-2] + "ff").out
    eject = command("explain", "5553424397654321000000000000061b000000020000000000000000000000").out
    assert eject.count("sent by") == 13
    assert "more" in eject.splitlines()[-1]
