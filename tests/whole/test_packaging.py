"""The samples for packagers: one version in all, each as its distribution's own linter wants it (make package-test)."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import tomllib
from pathlib import Path

import pytest

import modeswitch
from tests.support.linters import lint
from tools.release import CHANGELOGS, PLACES

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "contrib/packaging"
BY_UDEV = ["debian/rules", "fedora/modeswitch.spec", "alpine/APKBUILD", "arch/PKGBUILD", "nix/package.nix"]
SHELL = {  # SC2034, SC2154: variables that the packager's own tool sets and reads
    "alpine/APKBUILD": ("-s", "sh", "-e", "SC2034,SC2154"),
    "alpine/modeswitch.initd": ("-s", "sh", "-e", "SC2034,SC2154"),
    "arch/PKGBUILD": ("-s", "bash", "-e", "SC2034,SC2154,SC2164"),
    "debian/modeswitch.postinst": ("-s", "sh"),
    "debian/modeswitch.postrm": ("-s", "sh"),
    "debian/modeswitch.prerm": ("-s", "sh"),
    "../netns/modem-netns": ("-s", "sh"),
}
"""Sample → the options by which shellcheck takes it for what it is."""


@pytest.mark.parametrize("path", PLACES)
def test_every_sample_is_of_this_version(path: str) -> None:
    found = re.findall(PLACES[path], (ROOT / path).read_text("utf-8"), re.MULTILINE)
    assert found == [modeswitch.__version__]


@pytest.mark.parametrize(
    ("sample", "newest"),
    [
        ("debian/changelog", r"\Amodeswitch \((.+)-0upstream\d+\) "),
        ("fedora/modeswitch.spec", r"^%changelog\n\* .+ - (.+)-\d+$"),
    ],
)
def test_the_newest_entry_of_a_changelog_is_of_this_version(sample: str, newest: str) -> None:
    found = re.findall(newest, (SAMPLES / sample).read_text("utf-8"), re.MULTILINE)
    assert found == [modeswitch.__version__]


@pytest.mark.parametrize(
    ("sample", "licence"),
    [
        ("fedora/modeswitch.spec", r"^License: +(.+)$"),
        ("alpine/APKBUILD", r'^license="(.+)"$'),
        ("arch/PKGBUILD", r"^license=\((.+)\)$"),
        ("openwrt/Makefile", r"^PKG_LICENSE:=(.+)$"),
    ],
)
def test_every_sample_has_the_licences_of_the_project(sample: str, licence: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (found,) = re.findall(licence, (SAMPLES / sample).read_text("utf-8"), re.MULTILINE)
    assert set(found.replace("'", "").split()) - {"AND"} == set(project["license"].split(" AND "))


def test_every_folder_has_its_version() -> None:
    named = {Path(path).parts[2] for path in (*PLACES, *CHANGELOGS) if path.startswith("contrib/packaging/")}
    assert named == {path.name for path in SAMPLES.iterdir() if path.is_dir()}


@pytest.mark.parametrize("sample", BY_UDEV)
def test_every_package_has_the_rules_where_packages_have_them(sample: str) -> None:
    text = " ".join((SAMPLES / sample).read_text("utf-8").replace("\\\n", " ").split())
    assert "-B -m modeswitch udev files --vendor --replace-usb-modeswitch" in text


def test_the_readme_names_every_folder() -> None:
    text = (SAMPLES / "README.md").read_text("utf-8")
    folders = {path.name for path in SAMPLES.iterdir() if path.is_dir()}
    assert set(re.findall(r"^\| `(\w+)/`", text, re.MULTILINE)) == folders


@pytest.mark.package
@pytest.mark.parametrize("sample", SHELL)
def test_shellcheck(sample: str) -> None:
    lint("shellcheck", *SHELL[sample], SAMPLES / sample)


@pytest.mark.package
def test_rpm() -> None:
    spec = SAMPLES / "fedora/modeswitch.spec"
    assert "0 errors" in lint("rpmlint", spec)
    assert "\nName:           modeswitch\n" in f"\n{lint('rpmspec', '-P', spec)}"


@pytest.mark.package
def test_arch() -> None:
    """makepkg reads it and says what it read; it does nothing for root."""
    lint("makepkg", "--version")
    nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups") if os.geteuid() == 0 else ()
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(SAMPLES / "arch/PKGBUILD", folder)
        if nobody:
            os.chown(folder, 65534, 65534)
        environment = {**os.environ, "PACMAN": "true", "HOME": folder}
        told = lint(*nobody, "makepkg", "--printsrcinfo", cwd=Path(folder), env=environment)
    assert f"\tpkgver = {modeswitch.__version__}\n" in told
    assert "\tdepends = python-pyusb\n" in told


@pytest.mark.package
def test_nix() -> None:
    lint("nix-instantiate", "--parse", SAMPLES / "nix/package.nix")


@pytest.mark.package
def test_openwrt(tmp_path: Path) -> None:
    """make reads it, with OpenWrt's own files made up; what it defines is what its build will run."""
    for path in ("rules.mk", *(f"feeds/packages/lang/python/{name}.mk" for name in ("pypi", "python3-package"))):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("Py3Package=\nBuildPackage=\n")
    (tmp_path / "include").mkdir()
    (tmp_path / "include/package.mk").write_text("")
    told = "told:\n\t$(info $(Package/modeswitch))\n\t$(info $(Py3Package/modeswitch/install))\n"
    (tmp_path / "asked.mk").write_text(f"include {SAMPLES}/openwrt/Makefile\n{told}")
    said = lint(
        "make", "-n", "-f", tmp_path / "asked.mk", "told", f"TOPDIR={tmp_path}", f"INCLUDE_DIR={tmp_path}/include"
    )
    assert "+python3-pyusb +libusb-1.0" in said
    assert "/contrib/openwrt/20-modeswitch" in said
