"""The compiled form: the same profile comes back from it, and the file in git is fresh."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from modeswitch.database.compiled import FILE, compile_all, loaded, written
from modeswitch.database.library import IMPORTED
from modeswitch.database.reader import read
from modeswitch.errors import ProfileError
from tests.support.profiles import FILES, GOOD, profile_of, shipped
from tools import compile_profiles
from tools.compile_profiles import PROFILES, compiled, stale

TWO = ("huawei-hilink.toml", f"{IMPORTED}/zte-19d2-0026.toml")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two profiles, one of each folder, freshly compiled."""
    for name in TWO:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(PROFILES / name, tmp_path / name)
    (tmp_path / FILE).write_text(compiled(tmp_path), "ascii")
    return tmp_path


def test_every_profile_comes_back_the_same() -> None:
    every = [profile_of(path) for path in FILES]
    assert [one.name for one in every if loaded(json.loads(json.dumps(written(one)))) != one] == []


@pytest.mark.parametrize("told_by", ["interfaces", "id", "class ff", "class 0a"])
def test_what_tells_products_apart_comes_back_the_same(told_by: str) -> None:
    more = (
        'match = { serial = "A", scsi-model = "B" }\nunless = { product = "C" }\nbecomes = ["1209:0002", "1209:0003"]'
    )
    text = GOOD.replace('names = ["one"]', f'names = ["one"]\n{more}')
    text = text.replace('vendor = "Test"', f'vendor = "Test"\ntold-by = "{told_by}"\nunless = {{ manufacturer = "D" }}')
    profile = read(text, "made-up.toml")
    assert loaded(json.loads(json.dumps(written(profile)))) == profile
    first, switched, target = profile.products
    assert profile.told_by == told_by
    assert first.match == (("serial", "A"), ("scsi-model", "B"))
    assert first.unless == (("manufacturer", "D"), ("product", "C"))
    assert (switched.unless, str(target.usb), target.wakes, target.unless) == ((), "1209:0003", False, ())


@pytest.mark.parametrize(("line", "seconds"), [("", 0.0), ("settle = 4", 4.0), ("settle = 0.5", 0.5)])
def test_how_long_a_stick_settles_comes_back_the_same(line: str, seconds: float) -> None:
    profile = read(GOOD.replace('vendor = "Test"', f'vendor = "Test"\n{line}'), "made-up.toml")
    assert profile.settle == seconds
    assert loaded(json.loads(json.dumps(written(profile)))) == profile


@pytest.mark.parametrize(
    "said",
    [
        {"only": ["one"]},
        {"caution": "mind"},
        {"stand-in": True},
        {"only": ["one"], "caution": "mind", "stand-in": True},
    ],
)
def test_when_a_way_is_taken_comes_back_the_same(said: dict[str, object]) -> None:
    lines = "\n".join(f"{key} = {json.dumps(value)}" for key, value in said.items())
    profile = read(GOOD.replace("within = 20", f"within = 20\n{lines}"), "made-up.toml")
    (way,) = profile.transitions
    assert (list(way.only), way.caution, way.stand_in) == (
        said.get("only", []),
        said.get("caution", ""),
        said.get("stand-in", False),
    )
    assert loaded(json.loads(json.dumps(written(profile)))) == profile


@pytest.mark.parametrize("kind", ["one", "two"])
def test_the_driver_that_does_not_know_the_id_comes_back_the_same(kind: str) -> None:
    text = GOOD.replace(f'names = ["{kind}"]', f'names = ["{kind}"]\nnew-id = "option"')
    profile = read(text, "made-up.toml")
    assert [product.new_id for product in profile.products if product.names == (kind,)] == ["option"]
    assert loaded(json.loads(json.dumps(written(profile)))) == profile


def test_the_order_of_the_profiles_is_nothing_to_the_file() -> None:
    every = list(shipped().values())
    assert compile_all(reversed(every)) == compile_all(every)


def test_a_change_of_one_profile_changes_its_two_lines() -> None:
    """Its line of JSON, and the length of that in the index."""
    every = shipped()
    changed = every["huawei-hilink"]._replace(vendor="Another name, and some of them are long")
    before = compile_all(every.values()).splitlines()
    after = compile_all({**every, "huawei-hilink": changed}.values()).splitlines()
    length, family = [line for old, line in zip(before, after, strict=True) if old != line]
    assert length == f"huawei-hilink {len(family) + 1}"
    assert json.loads(family) == json.loads(json.dumps(written(changed)))


def test_the_file_in_git_is_fresh() -> None:
    assert not stale(PROFILES)


@pytest.mark.parametrize("damage", ["missing", "outdated", "a family left over", "a family missing"])
def test_a_stale_file_is_noticed_and_written_anew(
    damage: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(compile_profiles, "PROFILES", folder)
    assert compile_profiles.main(["--check"]) == 0
    if damage == "missing":
        (folder / FILE).unlink()
    elif damage == "outdated":
        (folder / FILE).write_text("{}", "ascii")
    elif damage == "a family left over":
        (folder / TWO[1]).unlink()
    else:
        shutil.copy(PROFILES / "huawei-stick.toml", folder)
    assert compile_profiles.main(["--check"]) == 1
    assert capsys.readouterr().out == "stale: profiles/compiled.txt: run make profiles\n"
    assert compile_profiles.main([]) == 0
    assert compile_profiles.main(["--check"]) == 0
    assert capsys.readouterr().out == "written: profiles/compiled.txt\n"


def test_the_example_is_read_and_not_compiled(folder: Path) -> None:
    shutil.copy(PROFILES / "example.toml", folder)
    assert not stale(folder)
    (folder / "example.toml").write_text("[family]\nname = 'example'\n", "utf-8")
    with pytest.raises(ProfileError, match=r"example\.toml"):
        compiled(folder)


def test_a_name_stands_in_one_folder_only(folder: Path) -> None:
    shutil.copy(folder / TWO[0], folder / IMPORTED)
    with pytest.raises(ProfileError, match=r"imported/huawei-hilink\.toml: .*/huawei-hilink\.toml is called the same"):
        compiled(folder)


@pytest.mark.parametrize("name", ["zte a", "zte_a", "ZTE", "zté", "zte\na"])
def test_a_name_that_the_index_could_not_hold_is_refused(name: str, folder: Path) -> None:
    (folder / f"{name}.toml").write_text("", "utf-8")
    with pytest.raises(ProfileError, match="called by a-z, 0-9 and dashes"):
        compiled(folder)
