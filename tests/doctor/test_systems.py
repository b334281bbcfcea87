"""Which system a text comes from: what machines print, what people write, what tells nothing."""

from __future__ import annotations

import time

import pytest

from modeswitch.doctor.actions import ACTIONS
from modeswitch.doctor.commands import MODESWITCH, TABLE
from modeswitch.doctor.systems import SIGNS, SYSTEMS, lineage, runs_modeswitch, system_of_id, system_of_text

USB = "usb 1-1: New USB device found, idVendor=12d1, idProduct=1f01"

TEXTS: dict[str, tuple[str, str]] = {
    "prompt of OpenWrt": ("root@OpenWrt:~# dmesg\n", "openwrt"),
    "prompt of GL.iNet": ("root@GL-MT300N:~# dmesg\n", "openwrt"),
    "its form of time": ("Tue Sep 21 13:42:02 2021 kern.info kernel: [  472.4] " + USB, "openwrt"),
    "its compiler": ("Linux version 5.15.134 (builder@buildhost) (mips-openwrt-linux-musl-gcc)", "openwrt-opkg"),
    "opkg": ("# opkg install usb-modeswitch\n", "openwrt-opkg"),
    "a package of its": ("I have kmod-usb-net-cdc-ether already\n", "openwrt"),
    "LEDE by word": (f"On LEDE 17.01:\n{USB}\n", "openwrt-opkg"),
    "release 23.05": ("DISTRIB_ID='OpenWrt'\nDISTRIB_RELEASE='23.05.3'\n", "openwrt-opkg"),
    "release 25.12": ("OpenWrt 25.12.0, r32000\nroot@OpenWrt:~# \n", "openwrt-apk"),
    "apk": ("root@OpenWrt:~# apk add kmod-usb-serial-option\n", "openwrt-apk"),
    "snapshot by its kernel": ("root@OpenWrt:~# uname -a\nLinux OpenWrt 6.12.44 #0 SMP\n", "openwrt-apk"),
    "HAOS by its kernel": ("Linux version 6.12.47-haos-raspi (builder@e) (aarch64)", "haos"),
    "HAOS by its add-on": ("core-ssh:~# dmesg\n", "haos"),
    "HAOS by its journal": ("Nov 02 10:11:12 homeassistant kernel: " + USB, "haos"),
    "HassOS by word": (f"HassOS 2.12 on a Raspberry Pi\n{USB}", "haos"),
    "LibreELEC": ("LibreELEC:~ # dmesg | tail\n", "libreelec"),
    "LibreELEC by word": ("LibreELEC 12 on a Pi 4\n", "libreelec"),
    "balena": ("root@3f9a1c2:~# dmesg\n", "balena"),
    "balena by word": (f"balenaOS 2.58, {USB}", "balena"),
    "Proxmox": ("Linux version 6.8.12-1-pve (build@proxmox)", "proxmox"),
    "Proxmox with Debian in it": ("Linux pve 6.8.12-5-pve #1 SMP PMX x86_64 GNU/Linux\nDebian 12\n", "proxmox"),
    "Asus by its prompt": ("admin@RT-N66U-2DE0:/tmp/home/root# uname -a\n", "asuswrt"),
    "Asus' newer prompt": ("admin@GT-AX11000-1234:/tmp/home/root# lsmod\n", "asuswrt"),
    "Merlin's banner": ("ASUSWRT-Merlin RT-AC68U 384.13-0 Sun Jul 28 18:37:35 UTC 2019\n", "asuswrt"),
    "Asus' log": ("Jan  1 02:00:21 rc_service: hotplug 512:notify_rc restart_nasapps\n", "asuswrt"),
    "Asus by word": (f"RT-AC56U with Asuswrt-Merlin\n{USB}", "asuswrt"),
    "Tomato": ("root@unknown:/tmp/home/root# lsmod\n", "tomato"),
    "Tomato with a name": ("root@RT-N18U:/tmp/home/root# lsmod\n", "tomato"),
    "Tomato's log": ("Jan  1 10:09:19 unknown user.info redial[3308]: WAN down\n", "tomato"),
    "FreshTomato": ("FreshTomato Firmware 2024.1 MIPSR2-RTN K26 USB VPN-64K\n", "tomato"),
    "DD-WRT": ("root@DD-WRT:~# dmesg\n", "ddwrt"),
    "DD-WRT's banner": ("DD-WRT v3.0-r44715 std (c) 2020 NewMedia-NET GmbH\n", "ddwrt"),
    "DD-WRT's log": ("Jan  1 00:00:21 DD-WRT kern.info kernel: " + USB, "ddwrt"),
    "Raspberry Pi": ("pi@raspberrypi:~ $ lsusb\n", "raspberrypi"),
    "Raspberry Pi's journal": ("Nov 02 10:11:12 raspberrypi kernel: " + USB, "raspberrypi"),
    "Raspberry Pi's kernel": ("Linux version 6.1.21-v8+ (dom@buildbot)", "raspberrypi"),
    "its newer kernel": ("Linux version 6.6.62+rpt-rpi-2712 (serge@raspberrypi.com) Debian 1:6.6.62", "raspberrypi"),
    "Debian's kernel": ("Linux version 6.1.0-18-amd64 (debian-kernel@lists.debian.org)", "debian"),
    "Debian's arm kernel": ("Linux 6.12.38-1-arm64 x\nLinux version 6.1.0-9-armmp-lpae\n", "debian"),
    "Ubuntu's kernel": ("Manufacturer: Linux 6.8.0-45-generic xhci-hcd\n", "ubuntu"),
    "Ubuntu on a Pi": ("Linux version 5.15.0-1049-raspi (buildd@bos03)", "ubuntu"),
    "Fedora": ("Manufacturer: Linux 6.11.4-301.fc41.x86_64 xhci-hcd\n", "fedora"),
    "CentOS": ("Linux version 3.10.0-1160.el7.x86_64", "rhel"),
    "Arch": ("Linux version 6.11.5-arch1-1 (linux@archlinux)", "arch"),
    "Manjaro": ("Linux version 6.6.54-2-MANJARO", "arch"),
    "Alpine": ("Linux version 6.6.54-0-lts (buildozer@build) (gcc (Alpine 13.2.1))", "alpine"),
    "nothing": (USB, ""),
    "an own kernel": ("Linux version 5.10.0 (me@home)", ""),
    "two by word": ("It works on Debian and not on OpenWrt.\n", ""),
    "proof before a word": ("It works on Ubuntu, not here:\nroot@OpenWrt:~# logread\n", "openwrt"),
    "a hostname is no prompt": ("Nov 2 10:11:12 box kernel: usb 1-1: Product: OpenWr\n", ""),
    "Android's -generic": ("Product: some-generic thing\n", ""),
}


@pytest.mark.parametrize(("text", "name"), TEXTS.values(), ids=TEXTS)
def test_where_a_text_comes_from(text: str, name: str) -> None:
    kernel = next((word for word in text.split() if word[0].isdigit() and word.count(".") == 2), "")
    assert system_of_text(text, kernel) == name


def test_every_system_has_a_sign_and_an_end() -> None:
    signed = {sign.system for sign in SIGNS} | {"linux", "firmware", "openwrt-opkg", "openwrt-apk"}
    assert signed == set(SYSTEMS)
    for name in SYSTEMS:
        assert lineage(name)[-1] in ("linux", "firmware")


def test_every_action_is_for_every_system() -> None:
    """Switch, plan, then-switch are made, not looked up; what has no command somewhere says so with ()."""
    made = {"switch", "plan", "then-switch", "stop-new-id"}
    assert set(TABLE) | made == set(ACTIONS)
    assert set(MODESWITCH) <= set(ACTIONS)
    missing = [
        (what, name)
        for what, lines in TABLE.items()
        for name in SYSTEMS
        if what not in made and not set(lineage(name)) & set(lines)
    ]
    assert missing == [("install", name) for name in ("firmware", "asuswrt", "tomato", "ddwrt")]


@pytest.mark.parametrize(
    ("name", "kernel", "runs"),
    [
        ("debian", "6.1.0-18-amd64", True),
        ("debian", "5.10.0-30-amd64", False),
        ("debian", "", True),
        ("openwrt", "5.4.154", False),
        ("openwrt", "6.6.119", True),
        ("asuswrt", "", False),
        ("haos", "6.12.47", False),
        ("linux", "2.6", True),
    ],
)
def test_where_modeswitch_runs(name: str, kernel: str, runs: bool) -> None:
    assert runs_modeswitch(name, kernel) is runs


@pytest.mark.parametrize(
    ("name", "kernel", "system"),
    [
        ("debian", "", "debian"),
        ("raspbian", "", "raspberrypi"),
        ("rocky", "", "rhel"),
        ("openwrt", "6.12.44", "openwrt-apk"),
        ("openwrt", "5.15.1", "openwrt-opkg"),
        ("gentoo", "", ""),
        ("", "", ""),
    ],
)
def test_the_system_of_a_host(name: str, kernel: str, system: str) -> None:
    assert system_of_id(name, kernel) == system


NEEDLES = " ".join(dict.fromkeys(sign.needle for sign in SIGNS if sign.pattern))
LONG = {
    "needles": NEEDLES + "\n",
    "lines without a word": "\n",
    "blanks": " \t",
    "one long word": "LibreELEC:",
    "dashes": "a-0",
    "times": "Tue Sep 21 13:42:02 2021 x",
    "hosts": "root@" + "a" * 60,
}


@pytest.mark.parametrize("piece", LONG.values(), ids=LONG)
def test_a_long_text_takes_little_time(piece: str) -> None:
    """Whatever it holds, with the needles of all signs in it, and no proof."""
    text = NEEDLES + (piece * (1024 * 1024 // len(piece) + 1))[: 1024 * 1024]
    began = time.process_time()
    system_of_text(text)
    assert time.process_time() - began < 0.6
