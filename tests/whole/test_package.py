"""The package as wheel, sdist, editable install and bare checkout: each holds the same, each switches a stick."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

import modeswitch
from tests.support.checkout import copy_checkout
from tools import dist

pytestmark = pytest.mark.package

ROOT = Path(__file__).parent.parent.parent
EPOCH = 1_764_324_000
SWITCH = ["-m", "modeswitch", "12d1:1f01", "--to", "ncm", "--simulate", "e3372h,away=0.01,linger=0.01"]


def run(*command: str | Path, cwd: Path, path: Path | None = None) -> str:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    if path is not None:
        environment["PYTHONPATH"] = str(path)
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_checkout(tmp_path_factory.mktemp("checkout") / "modeswitch")


@pytest.fixture(scope="module")
def built(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Wheel and sdist; the wheel is built from the sdist, as an index would."""
    out = tmp_path_factory.mktemp("dist")
    dist.build(checkout, out, EPOCH)
    return out


def files(folder: Path) -> dict[str, bytes]:
    """Name, within the folder, and content of every file there."""
    found = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def profiles() -> dict[str, bytes]:
    """Those of this checkout: written by hand, imported, and compiled, and nothing else."""
    found = files(ROOT / "profiles")
    assert {"example.toml", "huawei-hilink.toml", "imported/zte-19d2-0026.toml", "compiled.txt"} <= set(found)
    assert all(re.fullmatch(r"(imported/)?[a-z0-9-]+\.toml|compiled\.txt", name) for name in found)
    return found


def test_the_wheel_holds_what_the_checkout_holds(built: Path, tmp_path: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
        names = archive.namelist()
    assert files(tmp_path / "modeswitch" / "profiles") == profiles()
    shutil.rmtree(tmp_path / "modeswitch" / "profiles")
    assert files(tmp_path / "modeswitch") == files(ROOT / "modeswitch")
    assert any(name.endswith("licenses/LICENSES/GPL-2.0-or-later.txt") for name in names)
    assert any(name.endswith("licenses/LICENSES/GPL-2.0-only.txt") for name in names)
    assert {"modeswitch/linux/kernel_tables.txt", "modeswitch/doctor/usb_things.txt"} <= set(names)
    shared = {name.partition(".data/data/")[2] for name in names} - {""}
    assert shared == {
        "share/man/man1/modeswitch.1",
        "share/man/man5/modeswitch.toml.5",
        "share/bash-completion/completions/modeswitch.bash",
        "share/zsh/site-functions/_modeswitch",
        "share/fish/vendor_completions.d/modeswitch.fish",
    }
    assert not [name for name in names if not name.startswith("modeswitch")]


@pytest.mark.parametrize("name", dist.CHECKS)
def test_an_index_would_take_it(name: str, checkout: Path, built: Path) -> None:
    (wheel,), (sdist,) = built.glob("*.whl"), built.glob("*.tar.gz")
    dist.check(name, checkout, wheel, sdist)


def test_its_metadata_is_what_an_index_shows(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        told = message_from_bytes(archive.read(name))
    assert told["License-Expression"] == "MIT AND GPL-2.0-or-later AND GPL-2.0-only"
    assert told["License"] is None
    assert told["Version"] == modeswitch.__version__
    assert told["Description-Content-Type"] == "text/markdown"
    links = dict(link.split(", ", 1) for link in told.get_all("Project-URL", []))
    assert {"Homepage", "Documentation", "Source", "Issues", "Changelog"} == set(links)
    extras = {"audit", "contrib", "dev", "docs", "fuzz", "hilink", "libusb", "mutants", "release"}
    assert extras == set(told.get_all("Provides-Extra", []))


def test_the_wheel_has_the_same_bytes_again(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In another folder, an hour zone away, of files with other times, for somebody with another umask."""
    again = copy_checkout(tmp_path / "elsewhere")
    for path in again.rglob("*"):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    monkeypatch.setenv("TZ", "Pacific/Chatham")
    before = os.umask(0o077)
    try:
        second, _ = dist.build(again, tmp_path / "dist", EPOCH)
    finally:
        os.umask(before)
    (first,) = built.glob("*.whl")
    assert second.read_bytes() == first.read_bytes()


def test_the_wheel_switches(built: Path, tmp_path: Path) -> None:
    (wheel,) = built.glob("*.whl")
    run(sys.executable, "-m", "pip", "install", "--no-deps", "--target", tmp_path / "site", wheel, cwd=tmp_path)
    assert "1-1: ncm in " in run(sys.executable, *SWITCH, cwd=tmp_path, path=tmp_path / "site")
    found = run(
        sys.executable, "-c", "import modeswitch; print(modeswitch.__file__)", cwd=tmp_path, path=tmp_path / "site"
    )
    assert str(tmp_path) in found


def test_the_sdist_has_what_its_tests_need(built: Path, tmp_path: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (top,) = tmp_path.iterdir()
    assert files(top / "profiles") == profiles()
    assert files(top / "modeswitch") == files(ROOT / "modeswitch")
    for name in (
        "tests/captures/26_at_responses.txt",
        "tests/kernel/guest/init",
        "examples/every_stick.py",
        "Makefile",
    ):
        assert (top / name).is_file(), name
    assert "1-1: ncm in " in run(sys.executable, *SWITCH, cwd=top, path=top)


def test_an_editable_install_switches(checkout: Path, tmp_path: Path) -> None:
    run(sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv", cwd=tmp_path)
    python = tmp_path / "venv" / "bin" / "python"
    site = next(path for path in sys.path if path.endswith("site-packages"))
    (own,) = (tmp_path / "venv" / "lib").glob("python*/site-packages")
    (own / "dependencies.pth").write_text(site)  # behind what is installed here: modeswitch may be there, too
    options = ["--no-deps", "--no-build-isolation", "--quiet"]
    run(python, "-m", "pip", "install", *options, "--editable", checkout, cwd=tmp_path)
    assert str(checkout) in run(python, "-c", "import modeswitch; print(modeswitch.__file__)", cwd=tmp_path)
    assert "1-1: ncm in " in run(tmp_path / "venv" / "bin" / "modeswitch", *SWITCH[2:], cwd=tmp_path)
    listed = run(python, "-m", "modeswitch", "profiles", cwd=tmp_path)
    assert "huawei-hilink" in listed
    assert "zte-19d2-0026" in listed


def test_a_bare_checkout_switches(checkout: Path) -> None:
    assert "1-1: ncm in " in run(sys.executable, *SWITCH, cwd=checkout)
