"""``modeswitch profiles``: the shipped ones are listed and shown, a person's own are checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from modeswitch.database.reader import read
from modeswitch.usb.descriptors import UsbId
from tests.support.said import Command
from tools.compile_profiles import PROFILES


def test_profiles_list(command: Command) -> None:
    said = command("profiles")
    assert said.status == 0
    names = [line.split()[0] for line in said.out.splitlines()]
    assert names == sorted(path.stem for path in PROFILES.rglob("*.toml") if path.stem != "example")
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
    bad, good = tmp_path / "bad.toml", PROFILES / "huawei-hilink.toml"
    bad.write_text('[family]\nname = "bad"\nvendr = "x"\n', "utf-8")
    said = command("profiles", "check", str(bad), str(good))
    assert said.status == 4
    assert "all well" in said.out
    assert "bad.toml" in said.err
    assert command("profiles", "check", str(good)).status == 0


@pytest.mark.parametrize("usb", ["12d1:1f1c", "12d1:14dc", "12d1:14DC", "0x12d1:0x14dc"])
def test_the_product_that_was_asked_for_stands_first(command: Command, usb: str) -> None:
    """And what is printed is the whole profile still."""
    said = command("profiles", "show", usb)
    head = said.out[: said.out.index("[[", 2)]
    assert head.startswith(("[[product]]", "[[switched]]", "#"))
    assert f'usb      = "{UsbId.parse(usb)}"' in head
    whole = read((PROFILES / "huawei-hilink.toml").read_text("utf-8"), "huawei-hilink.toml")
    shown = read(said.out, "huawei-hilink.toml")
    assert shown.transitions == whole.transitions
    assert set(shown.products) == set(whole.products)
    same_kind = [one for one in shown.products if one.wakes == (str(UsbId.parse(usb)) == "12d1:1f1c")]
    assert same_kind[0].usb == UsbId.parse(usb)


def test_of_an_imported_profile_too(command: Command) -> None:
    said = command("profiles", "show", "19d2:1225")
    assert said.out.startswith('[[product]]\nusb      = "19d2:1225"')
    assert 'name   = "zte-19d2-0026"' in said.out


def test_profiles_graph(command: Command) -> None:
    said = command("profiles", "graph", "huawei-hilink")
    assert said.status == 0
    lines = said.out.splitlines()
    assert lines[0] == "flowchart LR"
    assert '    ncm -->|"AT^RESET: 16 s<br>port power: 18 s"| mass_storage' in lines
    assert command("profiles", "graph", "3566:2001").out.startswith("flowchart LR\n")
    (event,) = command("profiles", "graph", "huawei-hilink", "--json").events
    assert event == {"event": "graph", "name": "huawei-hilink", "text": said.out.rstrip("\n")}


@pytest.mark.parametrize(("words", "status"), [((), 2), (("nothing",), 4), (("12d1:fffe",), 4), (("../x",), 4)])
def test_profiles_graph_of_nothing(command: Command, words: tuple[str, ...], status: int) -> None:
    said = command("profiles", "graph", *words)
    assert said.status == status
    assert said.out == ""
