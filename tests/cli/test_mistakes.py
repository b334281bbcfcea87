"""Words that are not ours: what was probably meant is named, and nothing is done."""

from __future__ import annotations

import pytest

from tests.support.said import Command

MEANT = {
    "lst": "list",
    "doctr": "doctor",
    "stats": "status",
    "hlep": "help",
    "swich 12d1:1f01 --to ncm": "switch 12d1:1f01 --to ncm",
    "stauts 1-1": "status 1-1",
    "12d1:1f01 ncm": "12d1:1f01 --to ncm",
    "12d1:1f01 Router": "12d1:1f01 --to hilink",
    "12d1:1f01 -to ncm": "12d1:1f01 --to ncm",
    "12d1:1f01 --mode ncm": "12d1:1f01 --to ncm",
    "12d1:1f01 --mode=ncm": "12d1:1f01 --to ncm",
    "12d1:1f01 -t ncm": "12d1:1f01 --to ncm",
    "12d1:1f01 --jsn": "12d1:1f01 --json",
    "12d1:1f01 --tim 3": "12d1:1f01 --timeout 3",
    "12d1:1f01 --unmout": "12d1:1f01 --unmount",
    "12d1:1f01 --wait carier": "12d1:1f01 --wait carrier",
    "12d1:1f01 -a": "12d1:1f01 --all",
    "-V": "--version",
    "--versoin": "--version",
    "udev instal": "udev install",
    "profiles shw 12d1:1f01": "profiles show 12d1:1f01",
    "connect 1-1 internet": "connect 1-1 --apn internet",
    "connect 1-1 --ap internet": "connect 1-1 --apn internet",
    "plan 1-1 ncm": "plan 1-1 --to ncm",
}


@pytest.mark.parametrize("typed", MEANT)
def test_did_you_mean(command: Command, typed: str) -> None:
    said = command(*typed.split())
    assert said.status == 2
    assert said.err.splitlines()[-1].strip() == f"Did you mean: modeswitch {MEANT[typed]}"
    assert said.out == ""


def test_what_is_no_command_is_named_and_not_the_word_after_it(command: Command) -> None:
    assert command("swich", "12d1:1f01").err.startswith("modeswitch: 'swich' is no command\n")


@pytest.mark.parametrize("typed", ["xyzzy", "1-1 1-2", "--xyzzy", "1-1 xyzzy", "-z", "connect", "status lst"])
def test_what_is_like_nothing_is_not_guessed_at(command: Command, typed: str) -> None:
    said = command(*typed.split(), sticks=("e3372h",))
    assert said.status == 2
    assert "Did you mean" not in said.err


SAME = {
    "-v 12d1 -p 1f01 -J": "12d1:1f01",
    "-v 0x12d1 -p 0x1F01 -J": "12d1:1f01",
    "-v12d1 -p1f01 -J": "12d1:1f01",
    "-J -v 12d1 -p 1f01": "12d1:1f01",
    "-v 19d2 -p 26 -K -W": "19d2:0026 -v",
    "-v 12d1 -p 1f01 -JW": "12d1:1f01 -v",
    "-v 12d1 -p 1f01 -X": "12d1:1f01 --to ncm",
    "-v 12d1 -p 1f01 -V 12d1 -P 155e -s 20": "12d1:1f01",
    "-v 12d1 -p 1f01 -n": "12d1:1f01",
    "-v 12d1 -p 1f01 -D": "12d1:1f01 --json",
    "-v 12d1 -p 1f01": "12d1:1f01",
    "-v 1199 -p 9041 -j": "1199:9041 --to mbim",
    "-b 1 -g 5 -J": "1/5",
    "-v 12d1 -p 1f01 -b 001 -g 005 -J": "1/5",
    "--default-vendor 12d1 --default-product 1f01 --huawei-new-mode": "12d1:1f01",
    "--default-vendor=0x12d1 --default-product=1f01 --huawei-alt": "12d1:1f01 --to ncm",
    "--bus-num 1 --device-num=5 --std-eject": "1/5",
    "12d1:1f01 -J": "12d1:1f01",
    "usb_modeswitch -v 12d1 -p 1f01 -J": "12d1:1f01",
    "-e": "--version",
    "-l": "list",
    "-s": "--all",
    "-sv": "--all -v",
    "usbmode -s": "--all",
    "-v 12d1 -p 1f01 -J --simulate e3372h": "12d1:1f01 --simulate e3372h",
}
"""What usb_modeswitch and usbmode are called with, and the same here."""


@pytest.mark.parametrize("typed", SAME)
def test_a_peers_options_are_answered_with_our_command(command: Command, typed: str) -> None:
    said = command(*typed.split())
    assert said.status == 2
    first, *hints = (line.strip() for line in said.err.splitlines())
    assert "options of" in first
    assert f"The same here: modeswitch {SAME[typed]}" in hints
    assert command.opened == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("-v 12d1 -p 1f01 -M 55534243", "to see it: modeswitch plan 12d1:1f01"),
        ("-v 12d1 -p 1f01 -c my.conf", "modeswitch profiles import my.conf --into /etc/modeswitch/profiles"),
        ("-c my.conf", "modeswitch profiles import my.conf --into /etc/modeswitch/profiles"),
        ("-s -c my.json", "modeswitch profiles import my.json --into /etc/modeswitch/profiles"),
        ("-v 12d1 -p 1f01 -f HuaweiNewMode=1", "Write your text to a file first"),
        ("-t -v 12d1 -p 1f01", "Write your text to a file first"),
        ("-v 12d1 -p 1f01 -u 2", "stands in its profile"),
        ("-J", "DEVICE is its id or port: modeswitch list"),
        ("-c a;reboot", "import 'a;reboot' --into"),
        ("-c \x1b[2J", "import '\\x1b[2J' --into"),
    ],
)
def test_and_with_what_they_need_besides(command: Command, typed: str, said: str) -> None:
    assert said in command(*typed.split(" ")).err


@pytest.mark.parametrize("typed", ["1-1 -m ncm", "1-1 -z", "--json -z", "1-1 -n"])
def test_a_slip_of_ours_is_not_taken_for_theirs(command: Command, typed: str) -> None:
    assert "options of" not in command(*typed.split()).err
