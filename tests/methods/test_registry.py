"""The kinds of steps: each is read by its own file and can be written and read back; another kind is refused."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest

import modeswitch.methods
from modeswitch.errors import ProfileError
from modeswitch.methods.base import Action
from modeswitch.methods.registry import KINDS, action, plain, read_step

FOLDER = Path(modeswitch.methods.__file__).parent
SHARED = {"__init__", "base", "registry", "resources", "target"}
"""What is no method."""

EXAMPLES: dict[str, dict[str, Any]] = {
    "huawei": {"os": "linux"},
    "cbw": {"hex": "55534243123456780000000000000011062000000101000100000000000000"},
    "scsi": {"cdb": "120000002400", "data-in": 36},
    "eject": {"luns": [0, 1]},
    "control": {"request-type": 0x40, "request": 0xA1, "data": "0102"},
    "bulk": {"hex": "1b5a01", "endpoint": 1},
    "interrupt": {"endpoint": 0x81, "length": 8},
    "detach": {},
    "configuration": {"has": "mbim"},
    "altsetting": {"interface": 0, "alternate": 1},
    "reset": {},
    "pause": {"seconds": 0.5},
    "at": {"send": "AT^RESET"},
    "ports": {"mode": "ncm"},
    "u2diag": {"value": 256},
    "hilink": {"call": "reboot"},
    "power": {},
    "back": {"in": "mass-storage"},
}


def read(kind: str) -> tuple[Action, ...]:
    return read_step({kind: EXAMPLES[kind]}, "step 1", "x.toml").actions


def test_each_kind_has_an_example_here() -> None:
    assert set(EXAMPLES) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_the_actions_of_a_kind_know_their_words_and_can_be_compiled(kind: str) -> None:
    for one in read(kind):
        assert str(one)
        name, *values = plain(one)
        assert all(isinstance(value, (str, int, float, bool, type(None))) for value in values)
        assert action(name, values) == one


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_stands_in_the_example_profile_with_a_comment(kind: str) -> None:
    text = (FOLDER.parent.parent / "profiles" / "example.toml").read_text("utf-8")
    assert re.search(rf"\{{ {kind} = ", text)


def test_one_file_a_method_and_no_file_without_a_line_in_the_registry() -> None:
    files = {path.stem for path in FOLDER.glob("*.py")} - SHARED
    assert files == {reader.partition(".")[0] for reader in KINDS.values()}


@pytest.mark.parametrize("name", sorted({path.stem for path in FOLDER.glob("*.py")} - SHARED))
def test_a_method_has_its_action_and_its_reader_in_one_file(name: str) -> None:
    tree = ast.parse((FOLDER / f"{name}.py").read_text("utf-8"))
    actions = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert len(actions) == 1
    assert {reader.partition(".")[2] for reader in KINDS.values() if reader.startswith(f"{name}.")} <= functions


def test_no_other_module_lists_the_kinds() -> None:
    """Nobody else tells actions apart by their class, but for the two that a whole way is made of.

    The exporters do, since what another program has a word for is that program's business: an action that none of them
    knows is told as one that only modeswitch can do.
    """
    allowed = {
        ("switching/perform.py", "Back"),
        ("database/reader.py", "Back"),
        ("database/profile.py", "SetConfiguration"),
    }
    found = set()
    for path in FOLDER.parent.rglob("*.py"):
        if path.parent in (FOLDER, FOLDER.parent / "exporters"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "isinstance":
                names = {one.id for one in ast.walk(node.args[1]) if isinstance(one, ast.Name)}
                classes = names & {
                    "Bot",
                    "Control",
                    "Bulk",
                    "Interrupt",
                    "Detach",
                    "SetConfiguration",
                    "SetAltsetting",
                    "Reset",
                    "Pause",
                    "At",
                    "U2diag",
                    "Web",
                    "Power",
                    "Back",
                }
                found |= {(str(path.relative_to(FOLDER.parent)), name) for name in classes}
    assert found <= allowed


def test_a_kind_that_is_none_gets_the_list_of_kinds() -> None:
    with pytest.raises(ProfileError) as raised:
        read_step({"huwei": {"os": "linux"}}, "[[transition]] 1, step 2", "my.toml")
    assert "my.toml: [[transition]] 1, step 2, key 'huwei': unknown" in raised.value.message
    assert "did you mean 'huawei'?" in raised.value.message
    assert all(kind in raised.value.message for kind in KINDS)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({"pause": {"seconds": "1"}}, "my.toml: step 1, pause, key 'seconds': a number is wanted here, not a string"),
        ({"at": {"send": 5}}, "my.toml: step 1, at, key 'send': a string is wanted here, not an integer"),
        ({"power": True}, "my.toml: step 1, key 'power': a table is wanted here, not"),
        ({"control": {"request-type": 0x40, "request": 999}}, "key 'request': 999 is not in 0..255"),
        ({"power": {}, "reset": {}}, "a step is one kind with its fields"),
    ],
)
def test_a_value_of_a_wrong_type_is_named_with_key_and_file(written: dict[str, Any], words: str) -> None:
    with pytest.raises(ProfileError) as raised:
        read_step(written, "step 1", "my.toml")
    assert words in raised.value.message


@pytest.mark.parametrize("name", ["os.system", "storage.Nothing", "base.Step", "", "storage"])
def test_a_compiled_action_that_is_none(name: str) -> None:
    with pytest.raises(ValueError, match="no action"):
        action(name, [])
