"""The strict reader: what breaks a profile is refused with file, table and key."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from modeswitch.database.reader import read, read_text
from modeswitch.errors import ProfileError
from tests.support.profiles import GOOD


def test_the_good_one_is_good() -> None:
    profile = read(GOOD, "some/folder/made-up.toml")
    assert [str(product.usb) for product in profile.products] == ["1209:0001", "1209:0002"]
    assert [product.wakes for product in profile.products] == [True, False]
    assert [str(gives) for gives in profile.transitions[0].gives] == ["02/0d/00 ncm"]


class Broken(NamedTuple):
    """A change to the good profile, and the table and the key that the complaint must name."""

    old: str
    new: str
    table: str
    key: str | None

    def __str__(self) -> str:
        return f"{self.new[:60]!r} for {self.old!r}"


FAMILY, PRODUCT, SWITCHED, WAY = "[family]", "[[product]] 1", "[[switched]] 1", "[[transition]] 1"
BROKEN = (
    # Unknown keys, at each level.
    Broken("[family]", "color = 1\n[family]", "top level", "color"),
    Broken("[family]", "[familie]\n[family]", "top level", "familie"),
    Broken('vendor = "Test"', 'vendor = "Test"\nvendr = "x"', FAMILY, "vendr"),
    Broken('vendor = "Test"', 'vendor = "Test"\nsettle = "4"', FAMILY, "settle"),
    Broken('vendor = "Test"', 'vendor = "Test"\nsettle = true', FAMILY, "settle"),
    Broken('vendor = "Test"', 'vendor = "Test"\nsettle = -1', FAMILY, "settle"),
    Broken('vendor = "Test"', 'vendor = "Test"\nsettle = 61', FAMILY, "settle"),
    Broken('vendor = "Test"', 'vendor = "Test"\nsettle = nan', FAMILY, "settle"),
    Broken("within = 20", "within = 20\nsettle = 4", WAY, "settle"),
    Broken("within = 20", 'within = 20\nonly = "one"', WAY, "only"),
    Broken("within = 20", 'within = 20\nonly = ["on"]', WAY, "only"),
    Broken("within = 20", 'within = 20\nonly = ["two"]', WAY, "only"),
    Broken("within = 20", "within = 20\ncaution = true", WAY, "caution"),
    Broken("within = 20", "within = 20\nstand-in = 1", WAY, "stand-in"),
    Broken("within = 20", 'within = 20\ncaution = "a\\nb"', WAY, "caution"),
    Broken('names = ["two"]', 'names = ["two"]\nnew-id = "cdc_ncm"', SWITCHED, "new-id"),
    Broken('names = ["one"]', 'names = ["one"]\nnew-id = 1', PRODUCT, "new-id"),
    Broken('vendor = "Test"', 'vendor = "Test"\ncaution = "a"', FAMILY, "caution"),
    Broken('names = ["one"]', 'names = ["one"]\nname = "x"', PRODUCT, "name"),
    Broken('names = ["two"]', 'names = ["two"]\nwakes = true', SWITCHED, "wakes"),
    Broken("within = 20", "within = 20\nwithn = 3", WAY, "withn"),
    Broken('os = "linux"', 'os = "linux", so = 1', f"{WAY}, step 1, huawei", "so"),
    # Missing keys.
    Broken('name = "made-up"', "", FAMILY, "name"),
    Broken('vendor = "Test"', "", FAMILY, "vendor"),
    Broken('goal = "ncm"', "", FAMILY, "goal"),
    Broken('usb = "1209:0001"', "", PRODUCT, "usb"),
    Broken('names = ["one"]', "", PRODUCT, "names"),
    Broken('evidence = [{ source = "a" }]', "", PRODUCT, "evidence"),
    Broken('evidence = [{ capture = "a" }]', "", WAY, "evidence"),
    Broken("within = 20", "", WAY, "within"),
    Broken('from = "mass-storage"', "", WAY, "from"),
    Broken('to = ["ncm", "stick"]', "", WAY, "to"),
    Broken('steps = [{ huawei = { os = "linux" } }]', "", WAY, "steps"),
    Broken('os = "linux"', "", f"{WAY}, step 1, huawei", "os"),
    # Wrong types.
    Broken('name = "made-up"', "name = 1", FAMILY, "name"),
    Broken('names = ["one"]', 'names = "one"', PRODUCT, "names"),
    Broken('names = ["one"]', "names = [1]", PRODUCT, "names"),
    Broken("within = 20", 'within = "20"', WAY, "within"),
    Broken("within = 20", "within = true", WAY, "within"),
    Broken("within = 20", "within = nan", WAY, "within"),
    Broken("within = 20", "within = inf", WAY, "within"),
    Broken("within = 20", "within = 0", WAY, "within"),
    Broken("within = 20", "within = -1", WAY, "within"),
    Broken("within = 20", "within = 301", WAY, "within"),
    Broken("within = 20", f"within = {'9' * 400}", WAY, "within"),
    Broken("within = 20", f"within = 0x{'f' * 5000}", WAY, "within"),
    Broken("within = 20", "within = 2020-01-01", WAY, "within"),
    Broken("within = 20", "within = 20\npersistent = 1", WAY, "persistent"),
    Broken("within = 20", 'within = 20\npersistent = "no"', WAY, "persistent"),
    Broken('os = "linux"', 'os = "linux", new = 1', f"{WAY}, step 1, huawei", "new"),
    Broken('os = "linux"', 'os = "linux", timeout = true', f"{WAY}, step 1, huawei", "timeout"),
    Broken('os = "linux"', 'os = "linux", timeout = 256', f"{WAY}, step 1, huawei", "timeout"),
    Broken('os = "linux"', 'os = "linux", timeout = -1', f"{WAY}, step 1, huawei", "timeout"),
    Broken('os = "linux"', f'os = "linux", timeout = 0x{"f" * 5000}', f"{WAY}, step 1, huawei", "timeout"),
    Broken('os = "linux"', 'os = "linux", cb-length = 17', f"{WAY}, step 1, huawei", "cb-length"),
    Broken('os = "linux"', 'os = "beos"', f"{WAY}, step 1, huawei", "os"),
    Broken('os = "linux"', "os = 0x20", f"{WAY}, step 1, huawei", "os"),
    Broken('to = ["ncm", "stick"]', "to = 1", WAY, "to"),
    Broken('to = ["ncm", "stick"]', "to = []", WAY, "to"),
    Broken('to = ["ncm", "stick"]', "to = [[]]", WAY, "to"),
    # What the stick does by its own voice.
    Broken("within = 20", "within = 20\nusual = 21", WAY, "usual"),
    Broken("within = 20", "within = 20\nusual = 0", WAY, "usual"),
    Broken("within = 20", 'within = 20\nlisted = "yes"', WAY, "listed"),
    Broken('{ huawei = { os = "linux" } }', '{ ports = { mode = "ncm" } }', WAY, "persistent"),
    Broken('{ huawei = { os = "linux" } }', "{ u2diag = { value = 255 } }", WAY, "persistent"),
    Broken('{ huawei = { os = "linux" } }', '{ back = { in = "ncm" } }', WAY, "steps"),
    Broken('{ huawei = { os = "linux" } }', '{ reset = {} }, { back = { in = "ncm" } }', WAY, "steps"),
    Broken('{ huawei = { os = "linux" } }', '{ back = { in = "ncm" } }, { reset = {} }', WAY, "steps"),
    Broken(
        '{ huawei = { os = "linux" } }',
        '{ reset = {} }, { back = { in = "ncm" } }, { back = { in = "ncm" } }, { reset = {} }',
        WAY,
        "steps",
    ),
    # Evidence.
    Broken('[{ source = "a" }, { report = "b" }]', "[]", SWITCHED, "evidence"),
    Broken('[{ source = "a" }, { report = "b" }]', '[{ report = "b" }, { source = "a" }]', SWITCHED, "evidence"),
    Broken('[{ source = "a" }, { report = "b" }]', '[{ rumour = "b" }]', SWITCHED, "evidence"),
    Broken('[{ source = "a" }, { report = "b" }]', '[{ source = "a", report = "b" }]', SWITCHED, "evidence"),
    Broken('[{ source = "a" }, { report = "b" }]', '["source"]', SWITCHED, "evidence"),
    Broken('[{ source = "a" }, { report = "b" }]', "[{ source = 1 }]", SWITCHED, "evidence"),
    Broken('[{ source = "a" }, { report = "b" }]', '"source"', SWITCHED, "evidence"),
    Broken('[{ source = "a" }, { report = "b" }]', '[{ source = "a\\u001b" }]', SWITCHED, "evidence"),
    # Words and ids.
    Broken('goal = "ncm"', 'goal = "download"', FAMILY, "goal"),
    Broken('goal = "ncm"', 'goal = "nmc"', FAMILY, "goal"),
    Broken('goal = "ncm"', 'goal = "mbim"', FAMILY, "goal"),
    Broken('from = "mass-storage"', 'from = "disk"', WAY, "from"),
    Broken('to = ["ncm", "stick"]', 'to = ["ncm", "disk"]', WAY, "to"),
    Broken('usb = "1209:0001"', 'usb = "1209"', PRODUCT, "usb"),
    Broken('usb = "1209:0001"', 'usb = "1209:g001"', PRODUCT, "usb"),
    Broken('usb = "1209:0001"', "usb = 0x12090001", PRODUCT, "usb"),
    Broken('usb = "1209:0002"', 'usb = "1209:0001"', SWITCHED, "usb"),
    Broken('usb = "1209:0002"', 'usb = "0x1209:1"', SWITCHED, "usb"),
    Broken('name = "made-up"', 'name = "other"', FAMILY, "name"),
    Broken('ports = ["modem", "pcui"]', 'ports = ["modem", "pcuy"]', SWITCHED, "pcuy"),
    Broken('ports = ["modem", "pcui"]', 'mode = "disk"', SWITCHED, "mode"),
    Broken('["02/0d/00 ncm"]', '["02/0d ncm"]', WAY, "gives"),
    Broken('["02/0d/00 ncm"]', '["02/0d/00 network"]', WAY, "gives"),
    Broken('["02/0d/00 ncm"]', '["02/0d/00"]', WAY, "gives"),
    # Characters that no terminal shall see.
    Broken('vendor = "Test"', 'vendor = "\\u0000"', FAMILY, "vendor"),
    Broken('vendor = "Test"', 'vendor = "\\u001b[2J"', FAMILY, "vendor"),
    Broken('vendor = "Test"', 'vendor = "a\\nb"', FAMILY, "vendor"),
    Broken('names = ["one"]', 'names = ["a\\u202eb"]', PRODUCT, "names"),
    Broken('names = ["one"]', 'names = ["one"]\nleave-alone = "\\u0007"', PRODUCT, "leave-alone"),
    # What tells products and switched sticks apart.
    Broken('vendor = "Test"', 'vendor = "Test"\ntold-by = "name"', FAMILY, "told-by"),
    Broken('vendor = "Test"', 'vendor = "Test"\ntold-by = "class"', FAMILY, "told-by"),
    Broken('vendor = "Test"', 'vendor = "Test"\ntold-by = "class fff"', FAMILY, "told-by"),
    Broken('vendor = "Test"', 'vendor = "Test"\ntold-by = "class FF"', FAMILY, "told-by"),
    Broken('vendor = "Test"', 'vendor = "Test"\ntold-by = "id ff"', FAMILY, "told-by"),
    Broken('vendor = "Test"', 'vendor = "Test"\ntold-by = "configuration"', FAMILY, "told-by"),
    Broken('vendor = "Test"', 'vendor = "Test"\nunless = {}', FAMILY, "unless"),
    Broken('vendor = "Test"', 'vendor = "Test"\nunless = "Android"', FAMILY, "unless"),
    Broken('vendor = "Test"', 'vendor = "Test"\nunless = { maker = "A" }', f"{FAMILY}, unless", "maker"),
    Broken('names = ["one"]', 'names = ["one"]\nmatch = { manufacturer = "" }', PRODUCT, "match"),
    Broken('names = ["one"]', 'names = ["one"]\nmatch = {}', PRODUCT, "match"),
    Broken('names = ["one"]', 'names = ["one"]\nmatch = { manufactuer = "A" }', f"{PRODUCT}, match", "manufactuer"),
    Broken('names = ["one"]', 'names = ["one"]\nmatch = { serial = 1 }', f"{PRODUCT}, match", "serial"),
    Broken('names = ["one"]', 'names = ["one"]\nmatch = { serial = "\\u001b" }', f"{PRODUCT}, match", "serial"),
    Broken('names = ["one"]', 'names = ["one"]\nbecomes = "1209:0002"', PRODUCT, "becomes"),
    Broken('names = ["one"]', 'names = ["one"]\nbecomes = ["1209"]', PRODUCT, "becomes"),
    Broken('names = ["two"]', 'names = ["two"]\nmatch = { serial = "A" }', SWITCHED, "match"),
    Broken('names = ["two"]', 'names = ["two"]\nbecomes = ["1209:0003"]', SWITCHED, "becomes"),
    Broken('goal = "ncm"', 'goal = "asleep"', FAMILY, "goal"),
    # Steps.
    Broken('[{ huawei = { os = "linux" } }]', "[]", WAY, "steps"),
    Broken('[{ huawei = { os = "linux" } }]', "{}", WAY, "steps"),
    Broken('[{ huawei = { os = "linux" } }]', '["eject"]', f"{WAY}, step 1", None),
    Broken('[{ huawei = { os = "linux" } }]', "[{}]", f"{WAY}, step 1", None),
    Broken('[{ huawei = { os = "linux" } }]', "[{ huawai = {} }]", f"{WAY}, step 1", "huawai"),
    Broken('[{ huawei = { os = "linux" } }]', "[{ eject = {}, reset = {} }]", f"{WAY}, step 1", None),
    Broken('[{ huawei = { os = "linux" } }]', "[{ eject = {} }, { reset = 1 }]", f"{WAY}, step 2", "reset"),
)


@pytest.mark.parametrize("broken", BROKEN, ids=str)
def test_a_broken_profile_is_refused_with_its_place(broken: Broken) -> None:
    text = GOOD.replace(broken.old, broken.new, 1)
    assert text != GOOD
    with pytest.raises(ProfileError) as raised:
        read(text, "some/folder/made-up.toml")
    error = raised.value
    assert error.message.startswith(f"some/folder/made-up.toml: {error.facts['table']}")
    assert error.facts["table"] == broken.table
    assert error.facts.get("key") == broken.key
    if broken.key:
        assert f"key {broken.key!r}" in error.message
    assert error.message.isprintable()
    assert error.status == 4


def test_an_id_stands_twice_only_with_other_strings() -> None:
    second = '[[product]]\nusb = "1209:0001"\nnames = ["x"]\n%s\nevidence = [{ source = "a" }]\n[[switched]]'
    ok = GOOD.replace("[[switched]]", second % 'match = { serial = "A" }')
    assert len(read(ok, "made-up.toml").products) == 3
    with pytest.raises(ProfileError, match="1209:0001 stands here twice"):
        read(GOOD.replace("[[switched]]", second % ""), "made-up.toml")


@pytest.mark.parametrize(
    "text",
    [
        "[",
        "a = ",
        "[[[[",
        'x = "\x00"',
        "\x1b",
        "a = 1\na = 2",
        f"a = {'[' * 20000}",
        f"a = {'9' * 5000}",
        "a = 2020-99-99",
    ],
    ids=lambda text: text[:12].encode("unicode_escape").decode(),
)
def test_what_is_not_toml_is_refused(text: str) -> None:
    with pytest.raises(ProfileError, match=r"made-up\.toml: not TOML: "):
        read(text, "made-up.toml")


@pytest.mark.parametrize("text", ["", "# nothing", "family = 1", "[family]", "family = []", "product = []"])
def test_what_is_no_profile_is_refused(text: str) -> None:
    with pytest.raises(ProfileError, match=r"made-up\.toml: "):
        read(text, "made-up.toml")


def test_a_family_without_transitions_must_say_why() -> None:
    text = GOOD.split("[[transition]]")[0]
    with pytest.raises(ProfileError, match="leave alone"):
        read(text, "made-up.toml")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    large, coded, folder = tmp_path / "large.toml", tmp_path / "coded.toml", tmp_path / "folder.toml"
    large.write_bytes(b"#" * (2 * 1024 * 1024))
    coded.write_bytes(b'[family]\nname = "\xff"\n')
    folder.mkdir()
    for path, complaint in (
        (large, "larger than 1048576 bytes"),
        (coded, "not UTF-8 at byte 17"),
        (folder, "Is a directory"),
        (tmp_path / "none.toml", "No such file"),
    ):
        with pytest.raises(ProfileError, match=complaint) as raised:
            read_text(path)
        assert str(path) in raised.value.message
        assert raised.value.facts["file"] == str(path)
    with pytest.raises(ProfileError, match="null"):
        read_text("nul\0.toml")
