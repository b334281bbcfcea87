"""A package or a library that is not there: one sentence, with what this system calls it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from modeswitch import missing

ROOT = Path(__file__).resolve().parent.parent


def release(root: Path, text: str) -> str:
    (root / "etc").mkdir()
    (root / "etc/os-release").write_text(text)
    return str(root)


@pytest.mark.parametrize(
    ("text", "libusb", "pyusb"),
    [
        ("ID=debian\n", "apt install libusb-1.0-0, or: ", "apt install python3-usb"),
        ('NAME="x"\nID_LIKE=debian\nID=raspbian\n', "apt install libusb-1.0-0, or: ", "apt install python3-usb"),
        ('ID=linuxmint\nID_LIKE="ubuntu debian"\n', "apt install libusb-1.0-0, or: ", "apt install python3-usb"),
        ("ID=fedora\n", "dnf install libusb1, or: ", "dnf install python3-pyusb"),
        ('ID="rocky"\nID_LIKE="rhel centos fedora"\n', "dnf install libusb1, or: ", "dnf install python3-pyusb"),
        ("ID=alpine\n", "apk add libusb, or: ", "apk add py3-usb"),
        ("ID=manjaro\nID_LIKE=arch\n", "pacman -S libusb, or: ", "pacman -S python-pyusb"),
        (
            'ID="opensuse-leap"\nID_LIKE="suse opensuse"\n',
            "zypper install libusb-1_0-0",
            "zypper install python3-pyusb",
        ),
        ("ID=openwrt\n", "opkg install libusb-1.0-0", f"{sys.executable} -m pip install pyusb"),
        ("ID=plan9\n", "pip install 'modeswitch[libusb]', or your", f"{sys.executable} -m pip install pyusb"),
        ("", "pip install 'modeswitch[libusb]', or your", f"{sys.executable} -m pip install pyusb"),
    ],
)
def test_what_this_system_calls_it(tmp_path: Path, text: str, libusb: str, pyusb: str) -> None:
    root = release(tmp_path, text)
    assert missing.command(missing.LIBUSB, root).startswith(libusb)
    assert missing.command("usb", root, venv=False) == pyusb


def test_in_a_venv_the_systems_packages_are_not_seen(tmp_path: Path) -> None:
    root = release(tmp_path, "ID=debian\n")
    assert missing.command("serial", root, venv=True) == f"{sys.executable} -m pip install pyserial"
    assert missing.command(missing.LIBUSB, root, venv=True).startswith("apt install libusb-1.0-0")


def test_a_newer_openwrt_has_another_package_manager(tmp_path: Path) -> None:
    root = release(tmp_path, "ID=openwrt\n")
    (tmp_path / "usr/bin").mkdir(parents=True)
    (tmp_path / "usr/bin/apk").touch()
    assert missing.command(missing.LIBUSB, root).startswith("apk -U add libusb-1.0-0")


def test_every_manager_names_every_need_or_none() -> None:
    assert {*missing.MANAGERS.values(), "apk -U add"} == set(missing.PACKAGES)
    assert {len(names) for names in missing.PACKAGES.values()} == {1 + len(missing.PYTHON)}


def test_only_what_we_need_is_such_an_error() -> None:
    assert missing.error(ModuleNotFoundError("no", name="xyz")) is None
    assert missing.error(ModuleNotFoundError("no")) is None
    found = missing.error(ModuleNotFoundError("no", name="usb.core"))
    assert found is not None
    assert (found.status, found.hint, found.facts["package"]) == (1, "", "pyusb")


@pytest.mark.parametrize(
    ("absent", "package", "words"),
    [
        ("usb", "pyusb", ("12d1:1f01", "--simulate", "e3372h")),
        ("usb", "pyusb", ("12d1:1f01", "--all", "--simulate", "e3372h", "--simulate", "e3372h@1-2")),
        ("usb", "pyusb", ("watch", "--simulate", "e3372h")),
        ("construct", "construct", ("explain", "55534243")),
    ],
)
def test_a_command_says_it_in_one_sentence(absent: str, package: str, words: tuple[str, ...]) -> None:
    code = f"import sys; sys.modules[{absent!r}] = None\nfrom modeswitch.cli import main\nsys.exit(main(sys.argv[1:]))"
    ran = subprocess.run([sys.executable, "-c", code, *words], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == f"modeswitch: the Python package {package} is not installed: {missing.command(absent)}\n"
