"""The compiled file: every id and every family is found in it, and what is damaged says so."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from modeswitch.database.compiled import FILE
from modeswitch.database.library import Library
from modeswitch.database.shipped import Shipped
from modeswitch.errors import ProfileError
from modeswitch.usb.descriptors import UsbId
from tests.support.profiles import shipped
from tools.compile_profiles import PROFILES

HILINK = UsbId.parse("12d1:1f01")
WHOLE = (PROFILES / FILE).read_bytes()
INDEX = len(WHOLE.partition(b"\n{")[0])
"""Where the first family begins, less one."""
LINE = WHOLE.index(b'{"name": "huawei-hilink"')


def refused(folder: Path, content: bytes) -> bool:
    """Is a file of that content told to be damaged?  If not, it must give what the whole file gives."""
    (folder / FILE).write_bytes(content)
    try:
        families = Library(shipped=folder, user=[]).families(HILINK)
    except ProfileError as error:
        told = (error.message.startswith(f"{folder / FILE}: "), error.hint)
        return told == (True, "The installation is damaged: install modeswitch again.")
    assert families == [shipped()["huawei-hilink"]]
    return False


def test_every_id_is_found() -> None:
    """The first and the last, too."""
    families: dict[UsbId, list[str]] = {}
    for name, profile in sorted(shipped().items()):
        for usb in dict.fromkeys(product.usb for product in profile.products):
            families.setdefault(usb, []).append(name)
    known = Shipped(str(PROFILES))
    assert [str(usb) for usb, names in families.items() if known.knowing(usb) != names] == []
    assert known.names() == sorted(shipped())


@pytest.mark.parametrize("usb", ["0000:0000", "12d1:fffe", "ffff:ffff"])
def test_no_other_id_is(usb: str) -> None:
    assert Shipped(str(PROFILES)).knowing(UsbId.parse(usb)) == []


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=r"compiled\.txt.*No such file") as raised:
        Library(shipped=tmp_path, user=[]).families(HILINK)
    assert "install modeswitch again" in raised.value.hint


def test_a_file_that_ends_too_early(tmp_path: Path) -> None:
    """Anywhere: before the end of the line that is wanted it is noticed, after that it is no harm."""
    end = WHOLE.index(b"\n", LINE) + 1
    cuts = [*range(0, len(WHOLE), 1999), *range(12), INDEX - 1, INDEX, INDEX + 1, LINE, LINE + 1, end - 1, end]
    assert [cut for cut in cuts if refused(tmp_path, WHOLE[:cut]) != (cut < end)] == []


def test_a_byte_that_is_missing_before_the_line(tmp_path: Path) -> None:
    """In the index, or in the lines before that which is wanted: the line is not where the index says."""
    places = [*range(0, LINE, 997), *range(12), INDEX - 1, INDEX, INDEX + 1, LINE - 1, LINE, LINE + 100]
    assert [at for at in places if not refused(tmp_path, WHOLE[:at] + WHOLE[at + 1 :])] == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (WHOLE[:INDEX], b""),
        (WHOLE[:6], b"99999999\n"),
        (WHOLE[:6], b"9" * 5000),
        (WHOLE[:6], b"9" * 30 + b"\n"),
        (WHOLE[:6], b"-1\n"),
        (WHOLE[:6], b"-2\n"),
        (WHOLE[:6], b"0\n"),
        (WHOLE[:6], b"x\n"),
        (b" huawei-hilink\n", b" huawei-hulink\n"),
        (b"\nhuawei-hilink ", b"\nhuawei-hulink "),
        (b"\nhuawei-hilink ", b"\nhuawei-hilink 1"),
        (b"\nhuawei-hilink ", b"\nhuawei-hilink x"),
        (b"\nhuawei-et302 ", b"\nhuawei-et302 " + b"9" * 30),
        (b"\nhuawei-et302 ", b"\nhuawei-et302 " + b"9" * 5000),
        (b"\nhuawei-et302 ", b"\nhuawei-et302 -"),
        (b"\nhuawei-et302 ", b"\nhuawei-et302 \xff"),
        (b'\n{"name": "huawei-hilink"', b'\n{"name": "huawei-hulink"'),
        (b'\n{"name": "huawei-hilink", ', b'\n{"name": "huawei-hilink"\0 '),
        (WHOLE[LINE:], b"\xff" * 99999),
        *((one, one[::-1]) for one in (b'"told_by"', b'"goal"', b'"products"', b'"transitions"')),
        *((b'"transitions": [', one) for one in (b'"transitions":  ', b'"transitions": 1', b'"transitions":[{')),
    ],
    ids=lambda part: repr(part[:30]),
)
def test_a_file_with_other_bytes_in_it(old: bytes, new: bytes, tmp_path: Path) -> None:
    assert WHOLE.count(old) >= 1
    assert refused(tmp_path, WHOLE.replace(old, new))


@pytest.mark.parametrize("more", [-100, -1, 1, 100, 99999])
def test_an_index_that_does_not_end_where_it_says_is_noticed_whatever_is_asked(more: int, tmp_path: Path) -> None:
    size, _, rest = WHOLE.partition(b"\n")
    (tmp_path / FILE).write_bytes(b"%d\n%b" % (int(size) + more, rest))
    for ask in (Shipped.names, lambda known: known.knowing(UsbId.parse("0000:0000"))):
        with pytest.raises(ProfileError, match=r"compiled\.txt"):
            ask(Shipped(str(tmp_path)))


def test_an_index_that_is_not_ascii_or_breaks_off_within_a_line(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"23\n\n12d1:1f01 \xff\n\n\xff 9\nx 9\n\n{")
    known = Shipped(str(tmp_path))
    for ask in (known.names, lambda: known.knowing(HILINK)):
        with pytest.raises(ProfileError, match=r"compiled\.txt"):
            ask()


@pytest.mark.parametrize("size", [b"99999999\n", b"999999999", b"9" * 19])
def test_a_size_that_is_none_takes_no_memory(size: bytes, tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(size + b"\n\n")
    tracemalloc.start()
    try:
        with pytest.raises(ProfileError):
            Shipped(str(tmp_path)).names()
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_one_broken_family_does_not_concern_the_others(tmp_path: Path) -> None:
    content = WHOLE.replace(b'\n{"name": "huawei-et302", ', b'\n{"name": "huawei-et302"x ')
    assert not refused(tmp_path, content)
    with pytest.raises(ProfileError, match=r"compiled\.txt"):
        Library(shipped=tmp_path, user=[]).family("huawei-et302")
