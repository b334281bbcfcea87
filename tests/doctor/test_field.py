"""What people paste, and what they need to hear: public reports, and short texts of the same kinds.

Each row is a text, the words that must be said of it (patterns), those that must not, and the exit status.  The files
in ``field/`` name their source on their first line.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.said import Command

FIELD = Path(__file__).resolve().parent / "field"
WELL, PROBLEM, NO_STICK, UNCLEAR = 0, 1, 3, 9


class Case(NamedTuple):
    """The words that must be said, those that must not, and the exit status."""

    status: int
    said: tuple[str, ...]
    never: tuple[str, ...] = ()


NO_MODE = "in no mode that is known"
REPORTS: dict[str, Case] = {
    "01a": Case(PROBLEM, (r"left \d+ times", r"every 1 to 3 s", "cdc_ether"), (NO_MODE, "had not come back")),
    "01b": Case(WELL, ("storage 71 s", r"away 0\.6 s", "usb0"), (NO_MODE,)),
    "02a": Case(
        PROBLEM, ("12d1:14fe", "usb_modeswitch -v 12d1 -p 14fe -M 5553", "CD-ROM"), (r"\$ modeswitch", "lsusb")
    ),
    "02b": Case(WELL, ("12d1:1506 at 1-1.2", "interface 3", "interface 4", "switched"), (NO_MODE,)),
    "03": Case(WELL, ("switched", "no storage any more", "DHCP|udhcpc"), (NO_MODE, "not read +Default")),
    "05": Case(WELL, ("161c:f101", "switched", "no storage any more"), (NO_MODE, "(?m)^8087:0029")),
    "06": Case(PROBLEM, ("05c6:9024", "rndis_host", "hilink"), (NO_MODE, "asleep", "eject")),
    "08": Case(WELL, ("1199:9091", "mbim")),
    "09": Case(PROBLEM, ("2c7c:0121 at 1-1.4", "option", "left out.*1-1.2"), ("good.*ftdi", NO_MODE)),
    "10": Case(WELL, ("19d2:1489", "rndis_host"), (NO_MODE,)),
    "11": Case(PROBLEM, ("12d1:1f01", "--to hilink")),
    "12": Case(WELL, ("12d1:1c05", "12d1:1c0b.*12d1:1c05", "switched"), (NO_MODE, "(?m)^12d1:1c0b")),
    "13": Case(PROBLEM, ("19d2:1705", "CD-ROM", "modeswitch .*--to switched"), (NO_MODE,)),
    "14": Case(WELL, ("19d2:1405 at 1-1: hilink",), (r"\*\*", "not read")),
    "17": Case(PROBLEM, ("05c6:f000", "waits", "modeswitch 1-1.2 --to"), (NO_MODE,)),
    "18": Case(
        PROBLEM, ("12d1:1573", "no active configuration|not configured", "bConfigurationValue"), ("has no driver",)
    ),
    "20": Case(PROBLEM, ("Wi-Fi", "option", "new_id"), ("good", NO_MODE)),
    "21": Case(WELL, ("0bda:b812", "Wi-Fi", "no modem"), (NO_MODE, "(?m)^0627:0001")),
    "24": Case(WELL, ("12d1:1506 at 1-1.4: ncm", "cdc-wdm0", "connect"), (NO_MODE,)),
    "26": Case(WELL, ("12d1:14dc", "hilink", "eth1")),
    "27": Case(WELL, ("12d1:14dc", "switched|hilink", "no AT port"), (NO_MODE,)),
    "30": Case(WELL, ("2c7c:0125", "ttyUSB0.*ttyUSB3", "left out.*1516:8628"), ("(?m)^1516:8628", NO_MODE)),
    "37": Case(UNCLEAR, ("3566:2001", "either", "rndis_host"), (NO_MODE,)),
    "40": Case(UNCLEAR, ("storage", "left|away", "came back|back"), (NO_MODE,)),
    "41": Case(WELL, ("1-1.1.4", "1-1.1.2", "eth2", "switched"), ("uas", NO_MODE)),
    "42": Case(UNCLEAR, ("/sys/kernel/debug/usb/devices",), (NO_MODE,)),
    "46": Case(PROBLEM, ("HUAWEI", "CD-ROM")),
    "51": Case(WELL, ("ncm", "huawei_cdc_ncm", "wwan0"), (NO_MODE,)),
    "t07a": Case(PROBLEM, ("3566:2001", "CD-ROM")),
    "t07b": Case(WELL, ("3566:2001", "usb0")),
    "t07c": Case(PROBLEM, ("19d2:0557", "modeswitch")),
    "t13": Case(UNCLEAR, ("at 1-8.4", "option", "ttyUSB1"), (NO_MODE,)),
}
"""The first word of a file's name → what must be said of it."""


def lsusb(usb: str, name: str = "") -> str:
    return f"Bus 001 Device 004: ID {usb} {name}\n"


DMESG = """\
[  100.000000] usb 1-1: new high-speed USB device number 2 using xhci_hcd
[  100.100000] usb 1-1: New USB device found, idVendor=12d1, idProduct=1f01, bcdDevice= 1.02
[  100.200000] usb-storage 1-1:1.0: USB Mass Storage device detected
[  101.200000] scsi 0:0:0:0: CD-ROM            HUAWEI   Mass Storage     2.31 PQ: 0 ANSI: 2
[  170.000000] usb 1-1: USB disconnect, device number 2
[  170.600000] usb 1-1: new high-speed USB device number 3 using xhci_hcd
[  170.700000] usb 1-1: New USB device found, idVendor=12d1, idProduct=14db, bcdDevice= 1.02
[  171.000000] cdc_ether 1-1:1.0 eth1: register 'cdc_ether' at usb-1, CDC Ethernet Device, 00:1e:10:1f:00:00
"""

SHORT: dict[str, tuple[str, Case]] = {
    "waking": (lsusb("12d1:1f01"), Case(PROBLEM, ("CD-ROM", "modeswitch 12d1:1f01 --to hilink"), (NO_MODE,))),
    "waking zte": (lsusb("19d2:2000"), Case(PROBLEM, ("CD-ROM", "modeswitch 19d2:2000 --to"), (NO_MODE,))),
    "router": (lsusb("12d1:14db"), Case(WELL, ("switched already", "look for", "ip link"), (NO_MODE,))),
    "ncm": (lsusb("12d1:155e"), Case(WELL, ("switched already", "look for"), (NO_MODE,))),
    "stick": (lsusb("12d1:1001"), Case(UNCLEAR, ("could be either", "usb-devices"), (NO_MODE,))),
    "same id": (lsusb("12d1:1003"), Case(UNCLEAR, ("could be either", "usb-devices"), (NO_MODE,))),
    "becomes": (lsusb("19d2:0117"), Case(WELL, ("switched already",), (NO_MODE,))),
    "huawei unknown": (lsusb("12d1:9abc"), Case(UNCLEAR, ("could be either", "usb-devices"), (NO_MODE,))),
    "module": (lsusb("2c7c:0306"), Case(WELL, ("module", "look for"), (NO_MODE,))),
    "wifi": (lsusb("0bda:8179", "Realtek RTL8188EUS 802.11n"), Case(WELL, ("no modem", "Wi-Fi"), (NO_MODE,))),
    "wifi cd": (lsusb("0bda:1a2b", "Realtek"), Case(PROBLEM, ("CD-ROM", "modeswitch 0bda:1a2b"), (NO_MODE,))),
    "cable": (lsusb("0403:6001", "FT232"), Case(NO_STICK, ("no modem", "serial"), (NO_MODE,))),
    "disk": (lsusb("0781:5567", "SanDisk"), Case(NO_STICK, ("no modem", "disk"), (NO_MODE,))),
    "phone": (lsusb("04e8:6860", "Samsung Galaxy"), Case(NO_STICK, ("no modem", "phone"), (NO_MODE,))),
    "ethernet": (lsusb("0bda:8153", "RTL8153"), Case(NO_STICK, ("no modem", "Ethernet"), (NO_MODE,))),
    "gadget": (lsusb("1d6b:0104", "Multifunction Composite Gadget"), Case(UNCLEAR, ("gadget",), (NO_MODE,))),
    "nobody": (lsusb("abcd:1234"), Case(UNCLEAR, ("usb-devices",), (NO_MODE,))),
    "modem beside": (
        lsusb("0403:6001") + lsusb("0781:5567").replace("004", "005") + lsusb("2c7c:0125").replace("004", "006"),
        Case(WELL, ("2c7c:0125", "left out +0403:6001, 0781:5567"), ("(?m)^0403", "(?m)^0781")),
    ),
    "id alone": ("my stick says 12d1:1f01, what now?\n", Case(PROBLEM, ("modeswitch 12d1:1f01 --to",))),
    "lost blank": ("Bus001 Device004:ID 12d1: 14dc Huawei\n", Case(WELL, ("12d1:14dc", "switched already"))),
    "history": (DMESG, Case(WELL, (r"12d1:1f01 \(storage\) 70 s, away 0\.6 s, back as 12d1:14db", "eth1"))),
    "numbered": (
        "".join(f"{number}. {line}\n" for number, line in enumerate(DMESG.splitlines(), 8)),
        Case(WELL, ("back as 12d1:14db",), ("not read",)),
    ),
    "html": (
        "<pre>" + DMESG.replace("\n", "<br>\n").replace("'", "&#39;") + "</pre>",
        Case(WELL, ("back as 12d1:14db", "eth1"), ("not read",)),
    ),
    "one line": (" ".join(DMESG.splitlines()), Case(WELL, ("back as 12d1:14db", "eth1"))),
    "cat": (
        (
            "root@OpenWrt:~# cat /sys/bus/usb/devices/1-1/idVendor\n12d1\n"
            "root@OpenWrt:~# cat /sys/bus/usb/devices/1-1/idProduct\n14dc\n"
        ),
        Case(WELL, ("12d1:14dc at 1-1", "switched already"), ("not read",)),
    ),
    "grep": (
        (
            "/sys/bus/usb/devices/1-1/idVendor:12d1\n/sys/bus/usb/devices/1-1/idProduct:1f01\n"
            "/sys/bus/usb/devices/1-1:1.0/bInterfaceClass:08\n"
        ),
        Case(PROBLEM, ("12d1:1f01 at 1-1",), ("not read",)),
    ),
    "dispatcher": (
        "USB values from sysfs:\n  idVendor\t12d1\n  idProduct\t1f01\n  manufacturer\tHUAWEI_MOBILE\n",
        Case(PROBLEM, ("12d1:1f01", "modeswitch"), (NO_MODE,)),
    ),
    "options": (
        "# sudo usb_modeswitch -v 0x12d1 -p 0x1f01 -J\nNo devices in default mode found. Nothing to do. Bye!\n",
        Case(UNCLEAR, ("12d1:1f01", "not on the bus"), (NO_MODE,)),
    ),
    "usbmode -l": (
        'Found device: 12d1:1f01 (Manufacturer: "HUAWEI_MOBILE", Product: "HUAWEI_MOBILE", Serial: "0123")\n',
        Case(PROBLEM, ("12d1:1f01", "CD-ROM"), ("not read",)),
    ),
    "syslog": (
        (
            "Apr 26 12:10:37 m kernel: [15757.1] usb 2-1.5: New USB device found, idVendor=12d1, idProduct=1f01\n"
            "Apr 26 12:10:37 m usb_modeswitch: switch device 12d1:1f01 on 002/009\n"
        ),
        Case(PROBLEM, ("12d1:1f01 at 2-1.5", "has not come back|sent"), (NO_MODE,)),
    ),
    "mmcli": (
        (
            "  System   |              device: /sys/devices/pci0000:00/0000:00:14.0/usb1/1-4\n"
            "           |             drivers: option, huawei_cdc_ncm\n"
            "           |              plugin: huawei\n"
            "           |        primary port: ttyUSB0\n"
            "           |               ports: cdc-wdm0 (at), ttyUSB0 (at), ttyUSB1 (at), wwan0 (net)\n"
            "  Status   |               state: connected\n"
        ),
        Case(WELL, ("at 1-4", "wwan0", "ModemManager.*connected"), (NO_MODE, "not read")),
    ),
    "ModemManager": (
        "ModemManager[563]: <info>  [base-manager] couldn't check support for device "
        "'/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2': not supported by any plugin\n" + DMESG.replace("1-1", "1-2"),
        Case(WELL, ("ModemManager", "not supported"), ("not read",)),
    ),
    "nmcli": (
        lsusb("12d1:1506") + "DEVICE    TYPE      STATE         CONNECTION\ncdc-wdm0  gsm       disconnected  --\n"
        "eth0      ethernet  connected     Wired\n",
        Case(WELL, ("cdc-wdm0", "disconnected"), ("not read",)),
    ),
    "ip link": (
        lsusb("12d1:14dc") + "3: eth1: <BROADCAST,MULTICAST> mtu 1500 qdisc noop state DOWN mode DEFAULT\n"
        "    link/ether 00:1e:10:1f:00:00 brd ff:ff:ff:ff:ff:ff\n",
        Case(WELL, ("eth1", "DOWN|down", "ip link set eth1 up"), ("not read",)),
    ),
    "monitor": (
        (
            "KERNEL[100.1] add      /devices/pci0000:00/0000:00:14.0/usb1/1-1 (usb)\nPRODUCT=12d1/1f01/102\n"
            "KERNEL[100.2] add      /devices/pci0000:00/0000:00:14.0/usb1/1-1/1-1:1.0 (usb)\nINTERFACE=8/6/80\n"
            "KERNEL[170.1] remove   /devices/pci0000:00/0000:00:14.0/usb1/1-1 (usb)\n"
            "KERNEL[170.7] add      /devices/pci0000:00/0000:00:14.0/usb1/1-1 (usb)\nPRODUCT=12d1/14dc/102\n"
        ),
        Case(WELL, (r"12d1:1f01 \(storage\) 70 s, away 0\.6 s, back as 12d1:14dc",), ("not read", NO_MODE)),
    ),
    "old tree": (
        "Bus#  1\n`-Dev#   1 Vendor 0x1d6b Product 0x0002\n  `-Dev#   4 Vendor 0x12d1 Product 0x1f01\n",
        Case(PROBLEM, ("12d1:1f01", "modeswitch"), ("not read",)),
    ),
    "last driver": (
        (
            "[ 1.0] usb 1-1: New USB device found, idVendor=12d1, idProduct=1506\n"
            "[ 1.1] option 1-1:1.2: GSM modem (1-port) converter detected\n"
            "[ 9.1] option 1-1:1.2: device disconnected\n"
            "[ 9.2] huawei_cdc_ncm 1-1:1.2 wwan0: register 'huawei_cdc_ncm' at usb-1, Huawei CDC NCM device\n"
        ),
        Case(WELL, ("interface 2.*huawei_cdc_ncm", "wwan0"), ("interface 2.* option",)),
    ),
    "disk by its log": (
        (
            "[ 1.0] usb 1-1: New USB device found, idVendor=abcd, idProduct=1234\n"
            "[ 1.1] usb-storage 1-1:1.0: USB Mass Storage device detected\n"
            "[ 1.2] scsi 0:0:0:0: Direct-Access     General  UDisk            5.00 PQ: 0 ANSI: 2\n"
        ),
        Case(NO_STICK, ("no modem", "disk"), ("CD-ROM", NO_MODE)),
    ),
    "cable by its log": (
        (
            "[ 1.0] ftdi_sio 1-1:1.0: FTDI USB Serial Device converter detected\n"
            "[ 1.1] usb 1-1: FTDI USB Serial Device converter now attached to ttyUSB0\n"
        ),
        Case(NO_STICK, ("no modem", "serial"), ("good", NO_MODE)),
    ),
    "two lists": (
        "$ lsusb\n"
        + lsusb("12d1:1f01")
        + "$ sudo modeswitch 12d1:1f01\n$ lsusb\n"
        + lsusb("12d1:155e").replace("004", "005"),
        Case(WELL, ("12d1:1f01.*back as 12d1:155e",), ("(?m)^12d1:1f01", NO_MODE)),
    ),
}
"""A short text of one of the kinds → what must be said of it."""


def judge(command: Command, path: Path, case: Case) -> None:
    said = command("doctor", str(path))
    lacks = [pattern for pattern in case.said if not re.search(pattern, said.out)]
    wrong = [pattern for pattern in case.never if re.search(pattern, said.out)]
    assert (lacks, wrong, said.status) == ([], [], case.status), said.out


def test_every_report_is_here() -> None:
    assert {path.name.partition("_")[0] for path in FIELD.iterdir()} == set(REPORTS)


@pytest.mark.parametrize("name", REPORTS)
def test_a_report(name: str, command: Command) -> None:
    (path,) = FIELD.glob(f"{name}_*")
    judge(command, path, REPORTS[name])


@pytest.mark.parametrize("name", SHORT)
def test_a_short_text(name: str, command: Command, tmp_path: Path) -> None:
    text, case = SHORT[name]
    path = tmp_path / "post.txt"
    path.write_text(text, "utf-8")
    judge(command, path, case)
