"""Where the kernel's drivers come from, by system."""

from __future__ import annotations

from pathlib import Path

import pytest

from modeswitch.linux import packages
from modeswitch.linux.host import LinuxHost


@pytest.mark.parametrize(
    ("module", "system", "command"),
    [
        ("option", "openwrt", "opkg install kmod-usb-serial-option"),
        ("huawei_cdc_ncm", "openwrt", "opkg install kmod-usb-net-huawei-cdc-ncm"),
        ("sierra", "openwrt", ""),
        ("cdc_ncm", "ubuntu", "apt install linux-modules-extra-$(uname -r)"),
        ("cdc_ncm", "fedora", "dnf install kernel-modules-extra"),
        ("cdc_ncm", "debian", ""),
        ("cdc_ncm", "", ""),
    ],
)
def test_what_installs_a_driver(module: str, system: str, command: str) -> None:
    assert packages.install_command(module, system) == command


@pytest.mark.parametrize(
    ("text", "system"),
    [('ID="openwrt"\n', "openwrt"), ("NAME=x\nID=debian\n", "debian"), ("VERSION_ID=12\n", ""), ("ID=\x1b[2J\n", "")],
)
def test_which_system_this_is(tmp_path: Path, text: str, system: str) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/os-release").write_text(text)
    assert packages.this_system(str(tmp_path)) == system


def test_a_missing_module_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "this_system", lambda: "openwrt")
    hint = LinuxHost().install_hint("usb-storage")
    assert hint == "The module usb_storage is missing: opkg install kmod-usb-storage."


def test_a_newer_openwrt_has_another_package_manager(tmp_path: Path) -> None:
    assert packages.install_command("option", "openwrt", str(tmp_path)) == "opkg install kmod-usb-serial-option"
    (tmp_path / "usr/bin").mkdir(parents=True)
    (tmp_path / "usr/bin/apk").touch()
    assert packages.install_command("option", "openwrt", str(tmp_path)) == "apk -U add kmod-usb-serial-option"
