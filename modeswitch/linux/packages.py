"""The packages that have the kernel's drivers, by system, and which system this is.

Ref: OpenWrt, package/kernel/linux/modules/usb.mk; Ubuntu, linux-modules-extra (debian.master/control.d); Fedora,
kernel.spec (kernel-modules-extra); os-release(5).
"""

from __future__ import annotations

from ..missing import openwrt_manager, systems

OPENWRT: dict[str, str] = {
    "huawei_cdc_ncm": "kmod-usb-net-huawei-cdc-ncm",
    "cdc_ncm": "kmod-usb-net-cdc-ncm",
    "cdc_mbim": "kmod-usb-net-cdc-mbim",
    "cdc_ether": "kmod-usb-net-cdc-ether",
    "rndis_host": "kmod-usb-net-rndis",
    "qmi_wwan": "kmod-usb-net-qmi-wwan",
    "option": "kmod-usb-serial-option",
    "usb_storage": "kmod-usb-storage",
}
"""Driver, as its module is named → OpenWrt's package."""

EXTRA = {
    "ubuntu": "apt install linux-modules-extra-$(uname -r)",
    "fedora": "dnf install kernel-modules-extra",
    "rhel": "dnf install kernel-modules-extra",
    "centos": "dnf install kernel-modules-extra",
}
"""System → what installs the drivers that its kernel package leaves out."""


def install_command(module: str, system: str, root: str = "/") -> str:
    """The command that installs a driver on a system (ID of os-release); empty where it is in the kernel's package.

    ``root`` is where that system is: OpenWrt has one of two package managers.
    """
    if system == "openwrt":
        return f"{openwrt_manager(root)} {OPENWRT[module]}" if module in OPENWRT else ""
    return EXTRA.get(system, "")


def this_system(root: str = "/") -> str:
    """ID of os-release: ``debian``, ``openwrt`` …; empty where there is none."""
    return next(iter(systems(root)), "")
