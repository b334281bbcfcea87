"""What is advised exists on the system that the text comes from: what must be said there, and what never."""

from __future__ import annotations

import re
import subprocess

import pytest

from modeswitch.doctor.actions import ACTIONS, Action
from modeswitch.doctor.checks import diagnose
from modeswitch.doctor.commands import render
from modeswitch.doctor.finding import Finding
from modeswitch.doctor.pasted.read import read
from modeswitch.doctor.pasted_snapshot import choose_devices, snapshot_of_pasted
from modeswitch.doctor.snapshot import Snapshot
from modeswitch.doctor.systems import SYSTEMS
from modeswitch.linux.observe import Observed
from tests.support.snapshots import FF03, LIBRARY, live

BANNERS = {
    "linux": "",
    "debian": "Linux version 6.1.0-18-amd64 (debian-kernel@lists.debian.org)",
    "debian old": "Linux version 5.10.0-30-amd64 (debian-kernel@lists.debian.org)",
    "ubuntu": "Linux version 6.8.0-45-generic (buildd@lcy02)",
    "raspberrypi": "Linux version 6.6.62+rpt-rpi-v8 (serge@raspberrypi.com)",
    "proxmox": "Linux version 6.8.12-1-pve (build@proxmox)",
    "fedora": "Linux version 6.11.4-301.fc41.x86_64 (mockbuild@)",
    "arch": "Linux version 6.11.5-arch1-1 (linux@archlinux)",
    "alpine": "Linux version 6.6.54-0-lts (buildozer@build)",
    "openwrt": "root@OpenWrt:~# dmesg",
    "openwrt old": "root@LEDE:~# uname -a\nLinux LEDE 4.4.182 #0 mips",
    "openwrt-opkg": "DISTRIB_ID='OpenWrt'\nDISTRIB_RELEASE='24.10.5'",
    "openwrt-apk": "DISTRIB_ID='OpenWrt'\nDISTRIB_RELEASE='25.12.0'",
    "haos": "Linux version 6.12.47-haos (builder@e)",
    "balena": "root@3f9a1c2:~# dmesg",
    "libreelec": "LibreELEC:~ # dmesg",
    "asuswrt": "admin@RT-N66U:/tmp/home/root# uname -a\nLinux RT-N66U 2.6.22.19 #1 mips",
    "tomato": "root@unknown:/tmp/home/root# dmesg",
    "ddwrt": "root@DD-WRT:~# dmesg",
}
INTERFACE = "I:* If#={0:2} Alt= 0 #EPs= 3 Cls={1} Sub={2} Prot={3} Driver={4}\n"


def listing(usb: str, *interfaces: str) -> str:
    vendor, product = usb.split(":")
    head = (
        f"T:  Bus=01 Lev=01 Prnt=01 Port=00 Cnt=01 Dev#=  2 Spd=480\nP:  Vendor={vendor} ProdID={product} Rev= 1.02\n"
    )
    rows = (INTERFACE.format(number, *words.split()) for number, words in enumerate(interfaces))
    return f"{head}C:* #Ifs={len(interfaces):2} Cfg#= 1 Atr=80 MxPwr=500mA\n{''.join(rows)}"


SITUATIONS = {
    "cd-rom": listing("12d1:1f01", "08(stor.) 06 50 usb-storage"),
    "router": listing("12d1:14dc", "02(comm.) 06 00 cdc_ether", "0a(data ) 00 00 cdc_ether")
    + "[ 9.0] cdc_ether 1-1:1.0 eth1: register 'cdc_ether' at usb-1, CDC Ethernet Device, 00:00:00:00:00:00\n",
    "no rndis_host": listing("05c6:9024", "e0(wlcon) 01 03 (none)", "0a(data ) 00 00 (none)"),
    "no option": listing("2c7c:9999", "ff(vend.) ff ff (none)", "ff(vend.) 00 00 (none)"),
    "id alone": "Bus 001 Device 004: ID 12d1:1001 Huawei\n",
    "ncm": "[ 9.0] usb 1-1: New USB device found, idVendor=12d1, idProduct=1506\n"
    "[ 9.1] huawei_cdc_ncm 1-1:1.2 wwan0: register 'huawei_cdc_ncm' at usb-1, Huawei CDC NCM, 00:00:00:00:00:00\n",
    "ppp": listing("12d1:1001", "ff(vend.) ff ff option", "ff(vend.) ff ff option"),
    "wrong driver": listing("12d1:1506", "ff(vend.) 03 12 option", "ff(vend.) 03 16 option"),
    "ids": listing("12d1:1c05", "ff(vend.) ff ff option"),
}


def diagnosed(text: str) -> tuple[Snapshot, list[Finding]]:
    pasted = read(text.encode())
    chosen, _ = choose_devices(pasted, LIBRARY)
    snapshot = snapshot_of_pasted(chosen[0], pasted, LIBRARY)
    return snapshot, diagnose(snapshot)


def commands(banner: str, situation: str) -> list[str]:
    """Every command, without what is for another machine."""
    _, found = diagnosed(f"{BANNERS[banner]}\n{SITUATIONS[situation]}")
    every = [command for finding in found for command in finding.commands]
    return [command for command in every if "# on a machine with Python" not in command]


ROUTER = (
    "lsusb",
    "usb-devices",
    "apt ",
    "dnf ",
    "nmcli",
    "dhclient",
    "sudo",
    "udev",
    "systemctl",
    "modprobe",
    "/etc/modprobe.d",
)
NO_PACKAGE = ("apt ", "dnf ", "opkg", "apk ", "pacman", "pip ", "$ modeswitch ")
NEVER = {
    "linux": ("opkg", "uci ", "nvram", "insmod"),
    "debian": ("opkg", "apk ", "dnf ", "uci ", "nvram", "insmod", "udhcpc"),
    "debian old": ("opkg", "apk ", "dnf ", "$ modeswitch ", "udhcpc"),
    "ubuntu": ("opkg", "apk ", "dnf ", "udhcpc"),
    "raspberrypi": ("opkg", "apk ", "dnf ", "linux-modules-extra", "udhcpc"),
    "proxmox": ("opkg", "apk ", "dnf ", "udhcpc"),
    "fedora": ("opkg", "apk ", "apt ", "udhcpc"),
    "arch": ("opkg", "apk ", "apt ", "dnf ", "udhcpc"),
    "alpine": ("opkg", "apt ", "dnf ", "nmcli"),
    "openwrt": (*ROUTER, "nvram ", "udhcpc", "usb_modeswitch -v"),
    "openwrt old": (*ROUTER, "nvram ", "udhcpc", "$ modeswitch ", "apk "),
    "openwrt-opkg": (*ROUTER, "nvram ", "udhcpc", "apk ", "usb_modeswitch -v"),
    "openwrt-apk": (*ROUTER, "nvram ", "udhcpc", "opkg", "usb_modeswitch -v"),
    "haos": (*NO_PACKAGE, "/etc/udev", "/etc/modprobe.d", "usb-devices", "udhcpc", "insmod"),
    "balena": (*NO_PACKAGE, "/etc/modprobe.d", "usb-devices", "udhcpc", "insmod"),
    "libreelec": (*NO_PACKAGE, "/etc/modprobe.d", "usb-devices", "usb_modeswitch", "udhcpc", "nmcli", "insmod"),
    "asuswrt": (*ROUTER, *NO_PACKAGE, "uci ", "new_id"),
    "tomato": (*ROUTER, *NO_PACKAGE, "uci ", "new_id"),
    "ddwrt": (*ROUTER, *NO_PACKAGE, "uci ", "new_id"),
}
"""System → what is not there."""


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("banner", BANNERS)
def test_nothing_is_advised_that_is_not_there(banner: str, situation: str) -> None:
    said = [f"$ {command}" for command in commands(banner, situation)]
    assert not [(word, command) for word in NEVER[banner] for command in said if word in command]


MUST = {
    ("linux", "cd-rom"): r"modeswitch 1-1 --to hilink",
    ("debian", "cd-rom"): r"modeswitch 1-1 --to hilink",
    ("debian old", "cd-rom"): r"apt install usb-modeswitch\nusb_modeswitch -v 12d1 -p 1f01 -M 5553\w+ -n",
    ("openwrt", "cd-rom"): r"modeswitch 1-1 --to hilink\necho '.*HuaweiNew.*' > (\S+)\nusbmode -s -v -c \1",
    ("openwrt old", "cd-rom"): r"^echo '.*HuaweiNew.*' > (\S+)\nusbmode -s -v -c \1",
    ("haos", "cd-rom"): r"^usb_modeswitch -v 12d1 -p 1f01 -M 5553\w+ -n",
    ("asuswrt", "cd-rom"): r"^usb_modeswitch -v 12d1 -p 1f01 -M 5553\w+ -n",
    ("tomato", "cd-rom"): r"^usb_modeswitch -v 12d1 -p 1f01 -M 5553\w+ -n",
    ("debian", "router"): r"dhclient eth1",
    ("raspberrypi", "router"): r"nmcli device connect eth1",
    ("alpine", "router"): r"udhcpc -i eth1",
    ("openwrt", "router"): r"uci set network.lte.proto=dhcp && uci set network.lte.device=eth1 && .*ifup lte",
    ("haos", "router"): r"ha network update eth1 --ipv4-method auto",
    ("libreelec", "router"): r"connmanctl",
    ("asuswrt", "router"): r"udhcpc -i eth1",
    ("debian", "no rndis_host"): r"modeswitch doctor 1-1 --fix",
    ("debian old", "no rndis_host"): r"modprobe rndis_host",
    ("openwrt", "no rndis_host"): r"opkg install kmod-usb-net-rndis +# 25.12 and newer: apk -U add kmod-usb-net-rndis",
    ("openwrt-opkg", "no rndis_host"): r"opkg install kmod-usb-net-rndis$",
    ("openwrt-apk", "no rndis_host"): r"^apk -U add kmod-usb-net-rndis$",
    ("asuswrt", "no rndis_host"): r"insmod rndis_host",
    ("debian", "no option"): r"modprobe option\necho 2c7c 9999 ff > \S+/option1/new_id\n.*modprobe\.d",
    ("alpine", "no option"): r"modprobe option\necho 2c7c 9999 ff > \S+/option1/new_id\n.*/etc/local\.d",
    ("openwrt", "no option"): r"kmod-usb-serial-option.*\necho 2c7c 9999 ff > \S+/option1/new_id\n.*/etc/rc\.local",
    ("haos", "no option"): r"modprobe option\necho 2c7c 9999 ff > \S+/option1/new_id",
    ("libreelec", "no option"): r"/storage/\.config/autostart\.sh",
    ("asuswrt", "no option"): r"insmod option vendor=0x2c7c product=0x9999",
    ("ddwrt", "no option"): r"insmod usbserial vendor=0x2c7c product=0x9999",
    ("linux", "id alone"): r"usb-devices\ncat /sys/kernel/debug/usb/devices\nlsusb -t",
    ("openwrt", "id alone"): r"^cat /sys/kernel/debug/usb/devices$",
    ("asuswrt", "id alone"): r"^cat /proc/bus/usb/devices$",
    ("debian", "ncm"): r"modeswitch connect 1-1 --apn NAME",
    ("openwrt old", "ncm"): r"uci set network.lte.proto=ncm",
    ("asuswrt", "ncm"): r"""printf 'AT\^NDISDUP=1,1,"NAME"\\r' > /dev/ttyUSB0\nudhcpc -i wwan0""",
    ("asuswrt", "wrong driver"): r"nvram set stop_ui=1; nvram set stop_ui_insmod=1; nvram commit",
}
"""System and situation → what is said there."""


@pytest.mark.parametrize(("banner", "situation"), MUST, ids="-".join)
def test_what_is_advised_there(banner: str, situation: str) -> None:
    said = "\n".join(commands(banner, situation))
    assert re.search(MUST[banner, situation], said, re.MULTILINE), said


@pytest.mark.parametrize("banner", ["openwrt old", "haos", "asuswrt", "debian old"])
def test_where_modeswitch_cannot_run_its_plan_is_made_elsewhere(banner: str) -> None:
    _, found = diagnosed(f"{BANNERS[banner]}\n{SITUATIONS['router']}")
    (plan,) = [one for finding in found if finding.id == "router" for one in finding.commands]
    target = "openwrt" if banner == "openwrt old" else "usb_modeswitch"
    assert plan.startswith(f"modeswitch plan 12d1:14dc --to ncm --as {target}    # on a machine with Python")


@pytest.mark.parametrize("banner", ["haos", "balena", "libreelec", "asuswrt", "tomato", "ddwrt"])
def test_where_no_package_can_be_added_that_is_said(banner: str) -> None:
    _, found = diagnosed(f"{BANNERS[banner]}\n{SITUATIONS['no option']}")
    why = " ".join(reason for finding in found for reason in finding.why)
    assert re.search("takes no package|no package adds one", why)


def test_libreelec_can_only_eject() -> None:
    """It has no usb_modeswitch: an eject is all that it can send."""
    assert not [command for command in commands("libreelec", "cd-rom") if command[0] != "#"]
    ejected = f"{BANNERS['libreelec']}\n{listing('0930:0d46', '08(stor.) 06 50 usb-storage')}"
    _, found = diagnosed(ejected)
    assert "eject /dev/sr0" in [one for finding in found for one in finding.commands]
    _, found = diagnosed(f"{BANNERS['libreelec']}\n{SITUATIONS['cd-rom']}")
    assert "has no program that sends its message" in " ".join(found[0].why)


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("banner", BANNERS)
def test_what_is_advised_is_shell(banner: str, situation: str) -> None:
    said = "\n".join(commands(banner, situation))
    done = subprocess.run(["sh", "-n"], input=said, text=True, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), said


EVIL = "$(reboot)"


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_hostile_name_is_quoted(name: str) -> None:
    """Names of interfaces, drivers and ttys are what a text says."""
    snapshot, _ = diagnosed(SITUATIONS["wrong driver"])
    assert snapshot.text is not None
    interfaces = [one._replace(driver="option", tty=EVIL) for one in snapshot.interfaces]
    there = snapshot._replace(
        text=snapshot.text._replace(system=name), interfaces=tuple(interfaces), networks=(EVIL,), drivers=None
    )
    for what in ACTIONS:
        of = EVIL if what in ("dhcp", "unload", "load") else "ncm"
        for command in render(Action(what, of), there).commands:
            assert EVIL not in re.sub(r"'[^']*'", "''", command), command


def test_a_live_stick_gets_the_commands_of_this_host() -> None:
    there = live(*FF03, bound=("", ""))
    for system, said in (("ubuntu", "nmcli"), ("openwrt", "uci set"), ("debian", "dhclient"), ("", "udhcpc")):
        mine = there._replace(observed=Observed(system=system))
        assert said in " ".join(render(Action("dhcp", "eth1"), mine).commands)
    old = there._replace(observed=Observed(system="debian", kernel="5.10.0"))
    assert render(Action("switch", "ncm"), old).commands == ("modeswitch 1-1 --to ncm",)  # it is running
