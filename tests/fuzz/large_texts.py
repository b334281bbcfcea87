"""Texts of 1 MiB that are as hard to read as can be thought of: each one asks much of another part of the reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count, product
from pathlib import Path

from modeswitch.doctor.pasted.read import MOST_BYTES

TESTS = Path(__file__).parent.parent
WALK = """\
  looking at parent device '/devices/pci0000:00/0000:00:14.0/usb1/{port}/{port}:1.{n}':
    KERNELS=="{port}:1.{n}"
    SUBSYSTEMS=="usb"
    DRIVERS=="option"
    ATTRS{{bInterfaceClass}}=="ff"
    ATTRS{{idVendor}}=="12d1"
"""
DESCRIPTORS = """\
Bus 001 Device {n:03}: ID 12d1:{n:04x} Huawei Technologies Co., Ltd.
Device Descriptor:
  bLength                18
  idVendor           0x12d1 Huawei Technologies Co., Ltd.
  idProduct          0x{n:04x}
  iManufacturer           1 HUAWEI
    Interface Descriptor:
      bInterfaceNumber        {i}
      bInterfaceClass       255 Vendor Specific Class
      bInterfaceSubClass      2
      bInterfaceProtocol     16
"""
LISTING = """\
T:  Bus=01 Lev=01 Prnt=01 Port={n:02} Cnt=01 Dev#= {n:2} Spd=480 MxCh= 0
P:  Vendor=12d1 ProdID={n:04x} Rev=01.02
S:  Product=HUAWEI Mobile
C:* #Ifs= 3 Cfg#= 1 Atr=c0 MxPwr=500mA
I:* If#= 0 Alt= 0 #EPs= 3 Cls=ff(vend.) Sub=02 Prot=12 Driver=option
"""


def _ports() -> Iterator[str]:
    """Ports, each another one."""
    return (f"{bus}-{'.'.join(map(str, hops))}" for bus, *hops in product(range(1, 100), repeat=4))


def _repeat(piece: str) -> str:
    return piece * (MOST_BYTES // len(piece.encode()) + 1)


def _many(line: Callable[[int, str], str]) -> str:
    """Lines, each for another port."""
    size, found = 0, []
    for number, port in zip(count(), _ports(), strict=False):
        found.append(line(number, port))
        size += len(found[-1])
        if size > MOST_BYTES:
            break
    return "".join(found)


def _captures() -> str:
    folders = (TESTS / "captures", TESTS / "doctor" / "field")
    every = [path.read_text("utf-8", "replace") for folder in folders for path in sorted(folder.iterdir())]
    return _repeat("\n".join(every))


def texts() -> dict[str, bytes]:
    """What it is → its bytes, 1 MiB of each."""
    log = "[   1.0] usb {p}: new high-speed USB device number 2 using xhci_hcd\n"
    found = _many(lambda n, p: f"[{n:5}.1] usb {p}: New USB device found, idVendor=12d1, idProduct={n & 0xFFFF:04x}\n")
    made = {
        "all captures": _captures(),
        "new devices at many ports": _many(lambda _n, p: log.format(p=p)),
        "ids at many ports": found,
        "bare usb lines": _many(lambda _n, p: f"usb {p}: x\n"),
        "usb 1-1 in one line": _repeat("usb 1-1: "),
        "usb 1-1, a line each": _repeat("usb 1-1: \n"),
        "errors at many ports": _many(lambda _n, p: f"usb {p}: device descriptor read/64, error -71\n"),
        "drivers at many ports": _many(lambda n, p: f"option {p}:1.{n % 32}: GSM modem (1-port) converter detected\n"),
        "networks at many ports": _many(lambda n, p: f"cdc_ether {p}:1.0 eth{n}: register 'cdc_ether' at usb-1\n"),
        "ttys at many ports": _many(
            lambda n, p: f"usb {p}: GSM modem (1-port) converter now attached to ttyUSB{n % 9999}\n"
        ),
        "ttys without a device": _many(
            lambda n, p: (
                f"usb {p}: USB disconnect, device number 2\noption1 ttyUSB{n % 99}: GSM modem (1-port) converter now"
                f" disconnected from ttyUSB{n % 99}\n"
            )
        ),
        "one stick that comes and goes": _many(
            lambda n, _p: (
                f"[{n}.1] usb 1-1: new high-speed USB device number {n % 128} using xhci_hcd\n"
                f"[{n}.2] usb 1-1: New USB device found, idVendor=12d1, idProduct=1f01\n"
                f"[{n}.3] usb 1-1: USB disconnect\n"
            )
        ),
        "lsusb": _many(lambda n, _p: f"Bus {n % 999:03} Device {n % 997:03}: ID 12d1:{n & 0xFFFF:04x} Huawei\n"),
        "lsusb in one line": _many(
            lambda n, _p: f"Bus {n % 999:03} Device {n % 997:03}: ID 12d1:{n & 0xFFFF:04x} Huawei "
        ),
        "lsusb -v": _many(lambda n, _p: DESCRIPTORS.format(n=n % 128, i=n // 128 % 256)),
        "lsusb -v in one line": _many(lambda n, _p: DESCRIPTORS.format(n=n % 128, i=n // 128 % 256)).replace("\n", " "),
        "lsusb -t": _repeat("/:  Bus 01.Port 1: Dev 1, Class=root_hub, Driver=xhci_hcd/4p, 480M\n")[:200]
        + _many(
            lambda n, _p: (
                f"{' ' * (4 * (n % 60))}|__ Port {n % 9}: Dev {n % 999}, If {n % 9}, "
                "Class=Vendor Specific Class, Driver=option, 480M\n"
            )
        ),
        "the old tree": _many(lambda n, _p: f"  `-Dev#{n % 999:4} Vendor 0x12d1 Product 0x{n & 0xFFFF:04x}\n"),
        "usb-devices": _many(lambda n, _p: LISTING.format(n=n % 128)),
        "usb-devices in one line": _many(lambda n, _p: LISTING.format(n=n % 128)).replace("\n", " "),
        "usb-devices without ids": _repeat("C:* #Ifs= 3 Cfg#= 1\n"),
        "a walk of udevadm": _many(lambda n, p: WALK.format(port=p, n=n % 32)),
        "events of udevadm": _many(
            lambda n, p: f"KERNEL[{n}.1] add      /devices/pci0/usb1/{p} (usb)\nPRODUCT=12d1/1f01/102\n"
        ),
        "paths of sysfs": _many(lambda _n, p: f"/sys/bus/usb/devices/{p}/idVendor:12d1\n"),
        "one path of sysfs": "P: /devices" + _repeat("/1-1/1-1:1.0"),
        "cat": _repeat("$ cat /sys/bus/usb/devices/1-1/idVendor /sys/bus/usb/devices/1-2/idProduct\n12d1\n1f01\n"),
        "usb_modeswitch": _many(
            lambda n, _p: f"usb_modeswitch: switch device 12d1:{n & 0xFFFF:04x} on 001/{n % 128:03}\n"
        ),
        "usb_modeswitch found": _many(
            lambda n, _p: f"  found USB ID 12d1:{n & 0xFFFF:04x}\nAccess device {n % 999} on bus 001\n"
        ),
        "usb_modeswitch's options": _repeat("usb_modeswitch -v 0x12d1 -p 0x1f01 " * 20 + "\n"),
        "usbmode": _many(
            lambda n, _p: f'Found device: 12d1:{n & 0xFFFF:04x} (Manufacturer: "H", Product: "P", Serial: "S{n}")\n'
        ),
        "ModemManager": _many(
            lambda _n, p: f"couldn't check support for device '/sys/devices/usb1/{p}': not supported\n"
        ),
        "mmcli in one line": '{"modem":{"generic":{"device":"/sys/devices/usb1/1-1","ports":['
        + _many(lambda n, _p: f'"ttyUSB{n} (at)","wwan{n} (net)",')
        + "]}}}",
        "mmcli's ports": _repeat(
            "           |               ports: cdc-wdm0 (at), ttyUSB0 (at), ttyUSB1 (at), wwan0 (net)\n"
        ),
        "mmcli's ports that never end": _repeat("| ports: " + "ttyUSB0 (at), " * 60 + "!\n"),
        "mmcli's paths": _many(lambda _n, p: f" System | device: /sys/devices/usb1/{p}\n | drivers: option\n"),
        "nmcli": _many(lambda n, _p: f"ttyUSB{n}  gsm  disconnected  --\n"),
        "ip link": _many(lambda n, _p: f"{n % 999}: wwan{n}: <BROADCAST,UP> mtu 1500 state DOWN\n"),
        "a long list of flags": _repeat("3: eth1: <" + "A," * 400 + "\n"),
        "descriptors in hex": _repeat(
            "DEVICE 1201000200000040d112011f0201010203 01\nCONFIG " + "0902" + "00" * 400 + "\n"
        ),
        "a device in hex": _repeat("12 01 00 02 00 00 00 40 d1 12 01 1f 02 01 01 02 03 01\n"),
        "hex": _repeat("0123456789abcdef" * 50 + "\n"),
        "hex that begins descriptors": _repeat("09 02 " * 160 + "x\n"),
        "hex in one line": _repeat("12 01 "),
        "messages": _repeat("55534243123456780000000000000011062000000100000000000000000000\n"),
        "port lists": _repeat("AT^SETPORT=FF;" + ",".join(["12"] * 17) + ";\n"),
        "port lists that never end": _repeat("SETPORT=" * 120 + ";\n"),
        "mentions": _many(lambda n, _p: f"mine {n & 0xFFFF:04x}:{n >> 4 & 0xFFFF:04x} maybe\n"),
        "mentions in long lines": _repeat("mine abcd:1234 " * 66 + "\n"),
        "halves of ids": _repeat("idVendor = 12d1 " * 60 + "\n"),
        "colons": _repeat(":"),
        "colons, a line each": _repeat(":a\n"),
        "colons in lines": _repeat(": " * 499 + "x\n"),
        "words with colons": _repeat("option: " * 120 + "\n"),
        "blanks": _repeat("x" + " " * 998 + "\n"),
        "blanks in one line": _repeat(" ") + "x",
        "tabs": _repeat("x" + "\t" * 998 + "\n"),
        "blanks and letters": _repeat("x "),
        "dots": _repeat("1-1.1.1.1.1.1.1.1 "),
        "digits": _repeat("1"),
        "digits with blanks": _repeat("1 " * 499 + "\n"),
        "numbered lines": "".join(f"{n}. usb 1-1: x\n" for n in range(99_999))[:MOST_BYTES],
        "one letter": _repeat("a"),
        "letters, a line each": _repeat("a\n"),
        "empty lines": _repeat("\n"),
        "line ends of two kinds": _repeat("\r\n\n\r"),
        "returns": _repeat("a\r"),
        "markup": _repeat("<b>usb</b> 1-1: <i>x</i><br>"),
        "markup that is not closed": _repeat("<br "),
        "forum markup": _repeat("[code][b]x[/b]"),
        "forum markup that is not closed": "[/" + _repeat("[color="),
        "entities": _repeat("&lt;&amp;"),
        "entities of no kind": _repeat("&"),
        "colours": _repeat("\x1b[1;31musb 1-1: x\x1b[0m\n"),
        "colours that do not end": _repeat("\x1b[1;1;1;1;1;1;1;1;1"),
        "quotes of typesetters": _repeat("\u201cusb\u201d \u2013 1-1:\u00a0x\n"),
        "prompts": _repeat("root@" + "a" * 39 + ":" + "~" * 79 + "\n"),
        "prompts with commands": _repeat("root@OpenWrt:~# lsusb\n"),
        "comments": _repeat("# usb_modeswitch -v 12d1 -p 1f01\n"),
        "records in one line": _repeat("[    1.000000] usb 1-1: new x "),
        "syslog in one line": _repeat("Apr 26 12:10:37 m kernel: usb 1-1: x "),
        "wall clocks": _repeat("2026-01-01 12:10:37 " * 40 + "\n"),
        "versions of Linux": _repeat("Linux Linux Linux " * 50 + "\n"),
        "old messages": _repeat("drivers/usb/" + "a" * 900 + "\n"),
        "converters": _repeat("usb 1-1: " + "converter now attached to " * 35 + "\n"),
        "converters without an end": _repeat("ttyUSB0: " * 60 + "converter now disconnected from \n"),
        "scsi": _repeat("scsi 0:0:0:0: CD-ROM " + " " * 900 + "\n"),
        "scsi vendors": _repeat("Vendor: x Model: " * 55 + "\n"),
        "errors in lines": _repeat("usb 1-1: " * 100 + "error -\n"),
        "hubs": _repeat("hub 1-1:1.0: " * 70 + "over-current\n"),
        "fields": _repeat("bInterfaceClass 255 " * 49 + "\n"),
        "interfaces": _repeat("interface 1 alt 1: " * 50 + "\n"),
        "rules": _repeat('ATTR{idVendor}=="12d1", ATTR{idProduct}=="1f01"\n'),
        "UTF-16": _repeat("usb 1-1: x\n")[: MOST_BYTES // 2 - 1],
        "bytes": "".join(map(chr, range(256))) * 4096,
        "characters of Chinese": _repeat("\u4e2d\u6587"),
    }
    raw = {name: text.encode("utf-8")[:MOST_BYTES] for name, text in made.items()}
    raw["UTF-16"] = b"\xff\xfe" + made["UTF-16"].encode("utf-16-le")
    raw["bytes"] = bytes(range(256)) * 4096
    return raw
