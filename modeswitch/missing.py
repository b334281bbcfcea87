"""What to install where a package or library that modeswitch needs is not there: the command of this system.

Ref: os-release(5), ID and ID_LIKE; the packages of Debian 12, Fedora, Alpine (community), Arch, openSUSE, OpenWrt.
"""

from __future__ import annotations

import os
import re
import sys

from . import files
from .errors import ModeswitchError

LIBUSB = "libusb"
PYTHON = {"usb": "pyusb", "construct": "construct", "serial": "pyserial"}
"""Module → its package on PyPI."""
MANAGERS = {
    "debian": "apt install",
    "ubuntu": "apt install",
    "fedora": "dnf install",
    "rhel": "dnf install",
    "alpine": "apk add",
    "arch": "pacman -S",
    "suse": "zypper install",
    "opensuse": "zypper install",
    "openwrt": "opkg install",
}
"""System, as ID or ID_LIKE of os-release names it → the command that installs packages."""
PACKAGES = {
    "apt install": ("libusb-1.0-0", "python3-usb", "python3-construct", "python3-serial"),
    "dnf install": ("libusb1", "python3-pyusb", "python3-construct", "python3-pyserial"),
    "apk add": ("libusb", "py3-usb", "py3-construct", "py3-pyserial"),
    "pacman -S": ("libusb", "python-pyusb", "python-construct", "python-pyserial"),
    "zypper install": ("libusb-1_0-0", "python3-pyusb", "python3-construct", "python3-pyserial"),
    "opkg install": ("libusb-1.0-0", "", "", "python3-pyserial"),
    "apk -U add": ("libusb-1.0-0", "", "", "python3-pyserial"),
}
"""That command → what it calls libusb, pyusb, construct and pyserial; empty where it has no such package."""
_NEEDS = (LIBUSB, *PYTHON)


def command(need: str, root: str = "/", *, venv: bool | None = None) -> str:
    """The command that installs libusb, or a module of :data:`PYTHON`, on this system.

    In a venv (``venv``, this process by itself) a module comes from PyPI, since the system's are not seen there.
    """
    inside = sys.prefix != sys.base_prefix if venv is None else venv
    manager = manager_of(root)
    package = PACKAGES[manager][_NEEDS.index(need)] if manager else ""
    if need == LIBUSB:
        other = "pip install 'modeswitch[libusb]'"
        return f"{manager} {package}, or: {other}" if package else f"{other}, or your system's libusb 1.0"
    if package and not inside:
        return f"{manager} {package}"
    return f"{sys.executable or 'python3'} -m pip install {PYTHON[need]}"


def manager_of(root: str = "/") -> str:
    """The command that installs packages on this system; empty where none is known."""
    found = next((MANAGERS[name] for name in systems(root) if name in MANAGERS), "")
    return openwrt_manager(root) if found == "opkg install" else found


def openwrt_manager(root: str = "/") -> str:
    """The command that installs packages on OpenWrt: apk is in opkg's place since 25.12."""
    return "apk -U add" if os.path.exists(os.path.join(root, "usr/bin/apk")) else "opkg install"


def error(raised: ModuleNotFoundError) -> ModeswitchError | None:
    """The error of a package that is not installed, in one sentence; None where no package that we need is meant."""
    need = (raised.name or "").partition(".")[0]
    if need not in PYTHON:
        return None
    return ModeswitchError(f"the Python package {PYTHON[need]} is not installed: {command(need)}", package=PYTHON[need])


def systems(root: str = "/") -> list[str]:
    """ID of os-release, then what it is like: ``raspbian``, ``debian``; none where there is no such file."""
    release = files.text(os.path.join(root, "etc/os-release"), 8192)
    lines = re.findall(r"^(ID|ID_LIKE)=[\"']?([a-z0-9._ -]{1,80})", release, re.MULTILINE)
    found = {key: words.split() for key, words in lines}
    return [*found.get("ID", []), *found.get("ID_LIKE", [])]
