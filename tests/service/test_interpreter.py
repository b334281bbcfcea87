"""The interpreter of a service: one that it could not see, that lacks something or that others may change is refused.

The trees are made where only root writes, so these run as root, as CI does.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from modeswitch.errors import Refused
from modeswitch.service import interpreter
from tests.support.root import NOBODY, as_root


@pytest.fixture
def opt() -> Iterator[Path]:
    """A folder like /opt: nobody but root may write to it, and services see it."""
    folder = Path(tempfile.mkdtemp(prefix="modeswitch-test-", dir="/opt" if os.geteuid() == 0 else None))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def venv(opt: Path) -> Path:
    """Something like a venv, with its packages: the path of its interpreter."""
    for name in ("bin", *(f"lib/{name}" for name in interpreter.NEEDED)):
        (opt / "ms" / name).mkdir(parents=True)
    (opt / "ms/pyvenv.cfg").write_text("home = /usr/bin\n")
    (opt / "ms/lib/modeswitch/__init__.py").write_text("")
    (opt / "ms/lib/modeswitch.pth").write_text("")
    python = opt / "ms/bin/python"
    packages = {name: [str(opt / "ms/lib" / name)] for name in interpreter.NEEDED}
    told = json.dumps([(3, 11), [str(opt / "ms")], [str(opt / "ms/lib")], packages])
    python.write_text(f"#!/bin/sh\n# As Python would answer.\necho '{told}'\n")
    for path in (opt, *opt.rglob("*")):
        path.chmod(0o755)
    return python


def complaint(python: Path | str) -> str:
    with pytest.raises(Refused) as raised:
        interpreter.check(str(python))
    assert raised.value.status == 5
    for way in ("sudo pipx install --global modeswitch", "/opt/modeswitch", ".deb"):
        assert way in raised.value.hint
    return raised.value.message


@as_root
def test_what_is_roots_and_seen_is_fine(venv: Path) -> None:
    interpreter.check(str(venv))


@as_root
@pytest.mark.parametrize(
    "changed", ["", "ms", "ms/bin", "ms/bin/python", "ms/lib", "ms/lib/usb", "ms/lib/modeswitch", "ms/pyvenv.cfg"]
)
@pytest.mark.parametrize("how", ["owner", "all", "group"])
def test_nothing_on_the_way_may_be_anothers(venv: Path, opt: Path, changed: str, how: str) -> None:
    path = opt / changed
    if how == "owner":
        os.chown(path, NOBODY, -1)
    else:
        path.chmod(path.stat().st_mode | (0o002 if how == "all" else 0o020))
    said = complaint(venv)
    assert said.startswith(str(path))
    words = {"owner": "belongs to another user than root (uid 65534)", "all": "written by all", "group": "its group"}
    assert words[how] in said


@as_root
@pytest.mark.parametrize("changed", ["ms/lib/modeswitch/__init__.py", "ms/lib/modeswitch.pth"])
def test_nor_what_python_reads(venv: Path, opt: Path, changed: str) -> None:
    os.chown(opt / changed, NOBODY, -1)
    assert str(opt / changed) in complaint(venv)


@as_root
@pytest.mark.parametrize("linked", ["core.py", "backend"])
def test_nor_what_a_link_in_a_package_leads_to(venv: Path, opt: Path, linked: str) -> None:
    other = opt / "elsewhere"
    other.mkdir(mode=0o755)
    (opt / "ms/lib/usb" / linked).symlink_to(other)
    interpreter.check(str(venv))
    os.chown(other, NOBODY, -1)
    assert str(other) in complaint(venv)


@as_root
@pytest.mark.parametrize("folder", ["/tmp", "/var/tmp", "/root", "/home", "/run/user"])
@pytest.mark.parametrize("how", ["there", "link", "package"])
def test_what_a_service_could_not_see(venv: Path, opt: Path, folder: str, how: str) -> None:
    """The interpreter itself, what it is a link to, or its package."""
    made = not Path(folder).exists()
    hidden = Path(folder, opt.name)
    try:
        if how == "package":
            shutil.move(opt / "ms/lib/usb", hidden / "usb")
            (opt / "ms/lib/usb").symlink_to(hidden / "usb")
            said = complaint(venv)
        else:
            shutil.move(opt / "ms", hidden / "ms")
            (opt / "ms").symlink_to(hidden / "ms")
            said = complaint(hidden / "ms/bin/python" if how == "there" else venv)
            assert "a service could not see" in said
    finally:
        shutil.rmtree(folder if made else hidden)
    assert f"{folder} is hidden from it" in said


@as_root
def test_a_home_that_is_elsewhere_is_a_home(venv: Path, opt: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with ostree, where /home is a link: systemd hides what it leads to."""
    (opt / "home").symlink_to(opt / "ms")
    monkeypatch.setattr(interpreter, "HIDDEN", (str(opt / "home"),))
    assert f"{opt / 'ms'} is hidden" in complaint(venv)


@as_root
def test_links_in_a_circle(opt: Path) -> None:
    (opt / "a").symlink_to("b")
    (opt / "b").symlink_to("a")
    assert "in a circle" in complaint(opt / "a")


@as_root
def test_links_are_followed_as_the_kernel_does(opt: Path) -> None:
    (opt / "x/y").mkdir(parents=True)
    (opt / "x/file").touch()
    (opt / "x/y/up").symlink_to("../../link")
    (opt / "link").symlink_to(f"{opt}/x/./y/..")
    assert interpreter.passed_by(f"{opt}/x/y/up/file")[-1] == f"{opt}/x/file"
    assert os.path.realpath(f"{opt}/x/y/up/file") == f"{opt}/x/file"


@as_root
@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo '[[3, 9], [], [], {}]'", "is Python 3.9; modeswitch needs 3.11"),
        (
            "echo '[[3, 11], [], [], {}]'",
            "finds no package modeswitch; the modeswitch that runs now is in",
        ),
        ('echo \'[[3, 11], [], [], {"modeswitch": ["/usr"]}]\'', "finds no package usb"),
        ("echo broken >&2", "does not work as Python: broken"),
        ("true", "does not work as Python: it said nothing"),
        *(
            (f"echo '{said}'", "does not work as Python")
            for said in (
                "1",
                "{}",
                "[3, [], [], {}]",
                "[[], [], [], {}]",
                "[[3, 11], 1, [], {}]",
                "[[3, 11], [], [], []]",
            )
        ),
        ("echo '[[3, 11], [], [], {\"modeswitch\": 1}]'", "does not work as Python"),
        ("exec sleep 60", "does not work as Python"),
    ],
)
def test_one_that_does_not_run_modeswitch(opt: Path, monkeypatch: pytest.MonkeyPatch, script: str, words: str) -> None:
    monkeypatch.setattr(interpreter, "SECONDS", 0.5)
    (opt / "python").write_text(f"#!/bin/sh\n{script}\n")
    (opt / "python").chmod(0o755)
    assert words in complaint(opt / "python")


@as_root
def test_one_that_is_not_there(opt: Path) -> None:
    assert "No such file" in complaint(opt / "python")


@as_root
def test_where_it_has_its_packages(venv: Path) -> None:
    lib = str(venv.parent.parent / "lib")
    assert interpreter.check(str(venv)) == interpreter.folders_of(str(venv)) == [lib]


def test_all_folders_of_packages_count_and_none_of_the_library() -> None:
    search = ("/usr/lib/python311.zip", "/usr/lib/python3.11", "/usr/local/lib/python3.11/dist-packages")
    packages: dict[str, tuple[str, ...]] = {
        "modeswitch": ("/opt/checkout/modeswitch",),
        "usb": ("/usr/lib/python3/dist-packages/usb",),
    }
    found = interpreter.Installation("/usr/bin/python3", (3, 11), ("/usr",), search, packages)
    assert found.folders == ["/opt/checkout", "/usr/lib/python3/dist-packages", search[2]]


def test_where_nobody_can_say_has_its_packages() -> None:
    assert interpreter.folders_of("/none") == []


def test_a_checkout_and_pythonpath_count_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """This interpreter, which has the packages, without the environment that this test was started with."""
    monkeypatch.setenv("PYTHONPATH", "/nonexistent")
    found = interpreter.installation(sys.executable)
    assert found.version == sys.version_info[:2]
    assert os.path.realpath(sys.prefix) in map(os.path.realpath, found.prefixes)
    assert {"usb", "construct", "serial"} <= set(found.packages)
    assert "/nonexistent" not in found.search


@pytest.mark.parametrize("path", ["/home/pi/ms/bin/python", "/root/x", "/tmp/../tmp/x", "/var/tmp/x", "/run/user/1/x"])
def test_an_interpreter_of_another_system_is_judged_by_its_path(path: str) -> None:
    with pytest.raises(Refused, match="is hidden from it"):
        interpreter.check_named(path)
    assert interpreter.check_named("/homes/x/python") == "/homes/x/python"


def answering(python: Path, old: str, new: str) -> None:
    """Another answer of the venv's interpreter."""
    text = python.read_text()
    assert old in text
    python.write_text(text.replace(old, new))


@as_root
def test_the_oldest_python(venv: Path) -> None:
    answering(venv, "[3, 11]", "[3, 10]")
    assert "is Python 3.10; modeswitch needs 3.11" in complaint(venv)


@as_root
def test_what_python_says_before_its_answer_and_looks_for_in_vain_is_no_matter(venv: Path, opt: Path) -> None:
    answering(venv, "echo ", "echo something else; echo ")
    answering(venv, f'"{opt}/ms/lib"]', f'"{opt}/ms/lib", "/nonexistent/python311.zip", "relative"]')
    interpreter.check(str(venv))


@as_root
def test_where_the_modeswitch_is_that_is_not_there(venv: Path, opt: Path) -> None:
    answering(venv, '"modeswitch": ', '"other": ')
    here = os.path.dirname(interpreter.__file__.replace("/service", ""))
    assert complaint(venv).endswith(f"finds no package modeswitch; the modeswitch that runs now is in {here}")


@as_root
def test_a_link_says_where_it_leads(opt: Path, tmp_path: Path) -> None:
    (opt / "link").symlink_to(tmp_path)
    with pytest.raises(Refused, match=f"could not see {opt}/link, which is {tmp_path}: /tmp is hidden"):
        interpreter.check_seen(str(opt / "link"))
    with pytest.raises(Refused, match=f"could not see {tmp_path}: /tmp is hidden"):
        interpreter.check_seen(str(tmp_path))


@as_root
def test_as_many_links_are_followed_as_the_kernel_follows(opt: Path) -> None:
    (opt / "0").write_text("")
    for number in range(1, 42):
        (opt / f"{number}").symlink_to(f"{number - 1}")
    assert (opt / "40").stat()
    assert interpreter.passed_by(str(opt / "40"))[-1] == str(opt / "0")
    with pytest.raises(OSError, match="symbolic links"):
        (opt / "41").stat()
    with pytest.raises(Refused, match="its links lead in a circle"):
        interpreter.passed_by(str(opt / "41"))


@pytest.mark.parametrize(
    ("kind", "mode", "of_all", "passed"),
    [
        (stat.S_IFDIR, 0o755, "", ""),
        (stat.S_IFDIR, 0o1777, "may be written by all", ""),
        (stat.S_IFDIR, 0o777, "may be written by all", "may be written by all"),
        (stat.S_IFDIR, 0o775, "may be written by its group (gid 7)", "may be written by its group (gid 7)"),
        (stat.S_IFREG, 0o1777, "may be written by all", "may be written by all"),
        (stat.S_IFLNK, 0o777, "", ""),
    ],
)
def test_of_a_folder_like_tmp_only_what_is_in_it_counts(
    kind: int, mode: int, of_all: str, passed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "lstat", lambda _path: os.stat_result((kind | mode, 1, 1, 1, 0, 7, 0, 0, 0, 0)))
    assert (interpreter.changeable("/x"), interpreter.changeable("/x", only_passed=True)) == (of_all, passed)
