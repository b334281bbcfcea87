"""What the owner wants: read strictly, wrong in part and good in the rest, believed where root alone could write it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modeswitch.database.library import Library
from modeswitch.errors import Refused, UsageError
from modeswitch.service.policy import WRONG, Policy, Rule, load, read
from modeswitch.service.wish import LEAVE_ALONE, WantedLine, Wish
from modeswitch.usb.descriptors import Port, UsbId
from modeswitch.usb.device import UsbDevice

GOOD = """\
# my sticks
[default]
to = "leave-alone"

[[stick]]
port = "1-1.4"
to = "ncm"
timeout = 60

[[stick]]
id = "12d1:1f01"
manufacturer = "HUAWEI*"
to = "hilink"

[[stick]]
serial = "0123*"
to = "usual"
"""


def seen(port: str = "2-1", usb: str = "12d1:14fe", *strings: str) -> UsbDevice:
    padded = (*strings, "", "", "")[:3]
    return UsbDevice(Port.parse(port), 5, UsbId.parse(usb), None, 1, (padded[0], padded[1], padded[2]))


@pytest.mark.parametrize(
    ("usb_device", "wish"),
    [
        (seen("1-1.4"), Wish("ncm", timeout=60)),
        (seen("1-1.4", "12d1:1f01", "HUAWEI_MOBILE"), Wish("ncm", timeout=60)),
        (seen("2-1", "12d1:1f01", "HUAWEI_MOBILE"), Wish("hilink")),
        (seen("2-1", "12d1:1f01", "Android"), Wish(LEAVE_ALONE)),
        (seen("2-1", "12d1:14fe", "", "", "0123456789ABCDEF"), Wish("usual")),
        (seen("2-1"), Wish(LEAVE_ALONE)),
    ],
)
def test_the_first_rule_that_fits(usb_device: UsbDevice, wish: Wish) -> None:
    policy = read(GOOD)
    assert policy.problems == ()
    assert policy.wish(usb_device) == wish


def test_without_a_file_each_goes_where_its_family_goes(tmp_path: Path) -> None:
    assert load(str(tmp_path / "none.toml")) == Policy()
    assert Policy().wish(seen()) == Wish("usual")


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ('port = "1-1.4"', 'port = "1-x"', 6, "port path"),
        ('port = "1-1.4"', "port = 1", 6, "key 'port': a string is wanted here, not an integer"),
        ('port = "1-1.4"', 'prot = "1-1.4"', 6, "key 'prot': unknown; did you mean 'port'?"),
        ('to = "ncm"', 'to = "nmc"', 7, "'nmc' is not one of"),
        ('to = "ncm"', 'to = "download"', 7, "'download' is not one of"),
        ('to = "ncm"', 'to = "ethernet"', 7, "'ethernet' may be one of 2 modes: hilink ("),
        ('to = "ncm"', 'to = "\\u001b[2J"', 7, "is not one of"),
        ('port = "1-1.4"\nto = "ncm"', 'port = "1-1.4"', 5, "where shall it go"),
        ('port = "1-1.4"\n', "", 5, "which stick"),
        ('to = "ncm"', "to = 1", 7, "key 'to': a string is wanted here, not an integer"),
        (
            "timeout = 60",
            "persist = true",
            8,
            "key 'persist': unknown; known are always, apn, auth, id, ip, manufacturer, ",
        ),
        ("timeout = 60", 'timeout = "60"', 8, "key 'timeout': a number is wanted here, not a string"),
        ("timeout = 60", "timeout = true", 8, "a number is wanted here, not true or false"),
        ("timeout = 60", "timeout = 0", 8, "0 is not a time of up to 86400 seconds"),
        ("timeout = 60", "timeout = nan", 8, "nan is not a time of up to"),
        ("timeout = 60", "timeout = inf", 8, "inf is not a time of up to"),
        ("timeout = 60", "timeout = 86401", 8, "86401 is not a time of up to"),
        ("timeout = 60", 'always = "yes"', 8, "key 'always': true or false is wanted here, not a string"),
        ("timeout = 60", 'user = "me"', 8, "key 'user': belongs to a line: give its apn, too"),
        ("timeout = 60", 'pin-file = "/etc/pin"', 8, "key 'pin-file': belongs to a line"),
        ("timeout = 60", 'apn = "a\\nb"', 8, "key 'apn'"),
        ("timeout = 60", 'apn = "a"\nip = "5"', 8, "is no family of addresses"),
        ("timeout = 60", 'apn = "a"\npassword-file = "/etc/x"', 9, "key 'password-file': goes with user"),
        ("timeout = 60", 'apn = "a"\nuser = "u"\npassword-file = "x"', 10, "begins with a slash"),
        ('to = "ncm"', 'to = "hilink"\napn = "a"', 8, "a line is dialled in ncm, and this stick goes to hilink"),
        ("timeout = 60", 'run = "/bin/up"', 8, "key 'run': a list is wanted here, not a string"),
        ("timeout = 60", "run = [1]", 8, "write a list of at most 50 strings"),
        ("timeout = 60", 'run = ["up"]', 8, "the program is named by its whole path"),
        ("timeout = 60", 'run = ["/bin/up", "{prot}"]', 8, "{prot} is none of {port}, {id}, {mode}"),
    ],
)
def test_a_wrong_table_is_told_with_its_line_and_the_rest_counts(old: str, new: str, line: int, words: str) -> None:
    policy = read(GOOD.replace(old, new, 1), "/etc/modeswitch.toml")
    (problem,) = policy.problems
    assert problem.message.startswith(f"/etc/modeswitch.toml, line {line}: [[stick]] 1")
    assert isinstance(problem, UsageError)
    assert words in problem.message
    assert problem.message.isprintable()
    assert policy.wish(seen("1-1.4")) == Wish(LEAVE_ALONE)
    assert policy.wish(seen("2-1", "12d1:1f01", "HUAWEI_MOBILE")) == Wish("hilink")


def test_a_day_is_time_enough() -> None:
    policy = read(GOOD.replace("timeout = 60", "timeout = 86400"))
    assert policy.problems == ()
    assert policy.wish(seen("1-1.4")) == Wish("ncm", timeout=86400)


@pytest.mark.parametrize(
    ("text", "line"),
    [("[defualt]\nto = 'ncm'\n", 1), ("\nstick = 1\n", 2), ("[stick]\nto = 'ncm'\n", 1), ("to = 'ncm'\n", 1)],
)
def test_what_is_no_table_of_it(text: str, line: int) -> None:
    (problem,) = read(text, "p").problems
    assert problem.message.startswith(f"p, line {line}: ")


def test_each_unknown_table_and_key_is_told() -> None:
    problems = read("to = 'ncm'\n[defualt]\n[sticks]\n[[stick]]\nprot = 1\n[default]\nport = '1-1'\n", "p").problems
    assert [problem.message.partition(": ")[0] for problem in problems] == [
        *("p, line 1", "p, line 2", "p, line 3", "p, line 5", "p, line 7"),
    ]
    assert problems[1].message.endswith("unknown; did you mean 'default'? Known are default, stick")


def test_the_line_of_a_later_table() -> None:
    (problem,) = read(GOOD.replace('to = "hilink"', 'to = "hi"'), "p").problems
    assert problem.message.startswith("p, line 13: [[stick]] 2, key 'to': 'hi' is not one of ")


def test_a_stick_in_an_inline_table() -> None:
    (problem,) = read("# one\nstick = [{ port = '1-1' }]\n", "p").problems
    assert problem.message.startswith("p, line 2: [[stick]] 1: where shall it go?")


def test_a_wrong_default_leaves_all_others_alone() -> None:
    policy = read(GOOD.replace('to = "leave-alone"', 'to = "everything"', 1))
    assert len(policy.problems) == 1
    assert policy.wish(seen()) == WRONG
    assert policy.wish(seen("1-1.4")).to == "ncm"


@pytest.mark.parametrize(
    "text", ["[", "a = ", "a = 1\na = 2", "x = '\x00'", "[[stick]", f"a = {'[' * 20000}", "\udcff = 1"]
)
def test_what_is_no_toml_touches_no_stick(text: str) -> None:
    policy = read(text, "p")
    assert len(policy.problems) == 1
    assert policy.problems[0].message.startswith("p")
    assert policy.problems[0].message.isprintable()
    assert policy.wish(seen("1-1.4")) == WRONG


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    assert isinstance(read(text), Policy)


# Who may have written it.


def written(tmp_path: Path, mode: int) -> str:
    path = tmp_path / "modeswitch.toml"
    path.write_text(GOOD)
    path.chmod(mode)
    return str(path)


@pytest.mark.parametrize("mode", [0o664, 0o646, 0o666, 0o777])
def test_root_does_not_believe_what_others_could_have_written(
    tmp_path: Path, mode: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, mode)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(Refused, match=r"may be written|belongs to") as raised:
        load(path)
    assert path in raised.value.message
    assert "chmod" in raised.value.hint


def test_nor_what_somebody_else_owns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, 0o644)
    real = os.fstat(os.open(path, os.O_RDONLY))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "fstat", lambda _file: os.stat_result((*real[:4], 1000, *real[5:])))
    with pytest.raises(Refused, match="another user"):
        load(path)


def test_a_user_believes_his_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert load(written(tmp_path, 0o666)).problems == ()


def test_a_good_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, 0o644)
    real = os.fstat(os.open(path, os.O_RDONLY))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "fstat", lambda _file: os.stat_result((*real[:4], 0, *real[5:])))
    assert len(load(path).rules) == 3


@pytest.mark.parametrize("kind", ["folder", "large"])
def test_what_cannot_be_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "modeswitch.toml"
    if kind == "folder":
        path.mkdir()
    else:
        path.write_bytes(b"#" * (2 * 1024 * 1024))
    with pytest.raises(Refused, match=r"modeswitch\.toml"):
        load(str(path))


@pytest.mark.parametrize(("text", "unreadable"), [("", False), ("# a … comment\n\n", False), ("# \x01\n", True)])
def test_comments_alone_wish_nothing_and_are_read_as_strictly(text: str, unreadable: bool) -> None:
    assert read(text).unreadable is unreadable
    assert (read(text) == Policy()) is not unreadable


@pytest.mark.parametrize(
    ("word", "wish"),
    [("NCM", "ncm"), ("Router", "hilink"), ("dial-up", "stick"), ("Usual", "usual"), ("leave_alone", "leave-alone")],
)
def test_a_wish_in_a_persons_words(word: str, wish: str) -> None:
    found = read(f'[default]\nto = "{word}"\n')
    assert (found.problems, found.default.to) == ((), wish)


def test_the_whole_wish() -> None:
    policy = read(
        """[[stick]]
port = "1-1.4"
to = "ncm"
always = true
apn = "internet"
user = "me"
auth = "pap"
ip = "46"
password-file = "/etc/modeswitch-password"
pin-file = "/etc/modeswitch-pin"
run = ["/usr/local/bin/up", "{port}", "a b"]
"""
    )
    assert policy.problems == ()
    line = WantedLine("internet", "me", "/etc/modeswitch-password", "pap", "46", "/etc/modeswitch-pin")
    run = ("/usr/local/bin/up", "{port}", "a b")
    assert policy.wish(seen("1-1.4")) == Wish("ncm", always=True, line=line, run=run)


def test_the_id_that_a_stick_wakes_up_with_is_meant_whatever_it_has_become() -> None:
    family = Library(user=[]).family("huawei-hilink")
    policy = read('[[stick]]\nid = "12d1:1f01"\nto = "ncm"')
    assert policy.wish(seen("1-1", "12d1:14dc"), family) == Wish("ncm")
    assert policy.wish(seen("1-1", "12d1:14dc")) == Wish()
    assert policy.wish(seen("1-1", "12d1:14fe"), family) == Wish()
    shown = read('[[stick]]\nid = "12d1:14dc"\nto = "ncm"')
    assert shown.wish(seen("1-1", "12d1:1f01"), family) == Wish()


def test_a_policy_has_a_largest_size(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.touch(mode=0o600)
    path.write_text("#" * 262144)
    assert load(str(path)) == Policy()
    path.write_text("#" * 262145)
    with pytest.raises(Refused, match="larger than 262144 bytes"):
        load(str(path))


@pytest.mark.parametrize(("text", "line"), [("\udcff", 1), ("\n\udcff", 2), ("\n# a\n\n\udcff\n\n", 4)])
def test_what_is_no_utf_8_is_told_with_its_line(text: str, line: int) -> None:
    policy = read(text, "/etc/x.toml")
    assert [one.message for one in policy.problems] == [f"/etc/x.toml, line {line}: not UTF-8"]
    assert policy.unreadable
    assert policy.default.to == LEAVE_ALONE


def test_what_is_wrong_with_a_policy_is_told_within_bounds() -> None:
    policy = read("[[stick]]\n" * 50, "/etc/x.toml")
    *first, last = [one.message for one in policy.problems]
    assert len(first) == 20
    assert all("where shall it go?" in message for message in first)
    assert last == "/etc/x.toml: more problems: 30"
    assert read("[[stick]]\n" * 21, "x").problems[-1].message == "x: more problems: 1"
    assert len(read("[[stick]]\n" * 20).problems) == 20


def test_comments_alone_need_no_toml(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modeswitch.toml.read_toml", lambda _text: 1 / 0)
    assert read("# a\n\n# b\n") == Policy()


@pytest.mark.parametrize(("key", "most"), [("serial", 200), ("product", 200), ("run", 50)])
def test_a_pattern_and_a_program_have_a_greatest_length(key: str, most: int) -> None:
    def written(length: int) -> Policy:
        value = f'"{"x" * length}"' if key != "run" else '["/x", ' + '"y", ' * (length - 1) + "]"
        return read(f'[[stick]]\nid = "12d1:1f01"\nto = "ncm"\n{key} = {value}\n')

    assert written(most).problems == ()
    assert len(written(most + 1).problems) == 1


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ('user = "me"\nip = "6"', "key 'user'"),
        ('run = ["/x", "{one} {two}"]', "{one} is none of {port}"),
    ],
)
def test_of_several_faults_the_first_is_named(lines: str, words: str) -> None:
    (problem,) = read(f'[default]\nto = "ncm"\n{lines}\n').problems
    assert words in problem.message


@pytest.mark.parametrize(
    ("wish", "needs"),
    [
        (Wish("ncm"), False),
        (Wish("ncm", line=WantedLine("internet")), True),
        (Wish("ncm", run=("/x",)), True),
        (Wish("ncm", always=True), True),
        (Wish("ncm", web_password_file="/x"), True),
    ],
)
def test_what_needs_a_network(wish: Wish, needs: bool) -> None:
    assert Policy(default=wish).needs_network is needs
    assert Policy(rules=(Rule(wish),)).needs_network is needs


def test_an_id_that_no_stick_wakes_up_with_is_that_id_alone() -> None:
    family = Library(user=[]).family("huawei-hilink")
    rule = Rule(Wish("ncm"), id=UsbId.parse("12d1:155e"))
    assert rule.fits(seen("1-1", "12d1:155e"), family)
    assert not rule.fits(seen("1-1", "12d1:14dc"), family)
