"""What udev is told of a port: stable names for what comes of a stick in it; that ModemManager leaves it alone.  Text.

MACs and serial numbers repeat from stick to stick, so a name goes with the port.  Bus numbers change from boot to boot;
udev's ID_PATH does not have them.  No string of a device gets into a name: names are ours or the owner's.

Ref: systemd.link(5), Path= and Name=; systemd's 60-serial.rules (ID_PATH, ID_VENDOR_ID and ID_MODEL_ID of a tty),
udev-builtin-path_id.c; Debian's 73-usb-net-by-mac.link, before which ours must sort; linux/if.h, IFNAMSIZ.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from ..database.profile import Profile
from ..errors import Unavailable, UsageError
from ..linux import programs
from ..modem.roles import HUAWEI, HUAWEI_PORTS
from ..printable import printable
from ..usb.descriptors import Port
from .quoting import in_rule
from .udevrules import MARK

RULES_FILE = "62-modeswitch-names.rules"
"""After 60-serial.rules, which gives a tty its ID_PATH."""
IGNORE_FILE, IGNORE_FILES = "62-modeswitch-ignore-{}.rules", "62-modeswitch-ignore-*.rules"
LINK_FILE, LINK_FILES = "70-modeswitch-{}.link", "70-modeswitch-*.link"
NAMED_ROLES = ("pcui", "modem", "diag", "gps")
"""The roles whose ttys have a name."""
NAME_FORM = re.compile(r"[a-z][a-z0-9-]{0,14}")
"""What fits an interface's name (IFNAMSIZ) and needs no quoting anywhere; a dot parts the words of sysctl names."""
_OF_OTHERS = re.compile(r"(eth|usb|wlan|wwan)[0-9]+|lo|all|default|none")
_PATH = re.compile(r"ID_PATH=([A-Za-z0-9][A-Za-z0-9:.,@_+-]{0,250})")
SECONDS = 30.0
"""How long udevadm may take."""


def check_name(name: str) -> str:
    """The name, where it can be one.  Raises :class:`UsageError`."""
    if not NAME_FORM.fullmatch(name) or name.endswith("-"):
        raise UsageError(
            f"{printable(name, 60)!r} is no name for a port",
            hint="At most 15 of a-z, 0-9 and -, with a letter first and no - at the end.",
        )
    if _OF_OTHERS.fullmatch(name):
        raise UsageError(f"{name!r} is a name that the kernel gives, or means something else", hint="Take another.")
    return name


def default_name(port: Port) -> str:
    """The name of a port that nobody has named: ``modem-1-1-4`` for 1-1.4.  Raises :class:`UsageError`."""
    place = str(port).replace(".", "-")
    name = next((f"{word}-{place}" for word in ("modem", "m") if NAME_FORM.fullmatch(f"{word}-{place}")), None)
    if name is None:
        raise UsageError(f"{port} is too long for the name of a network interface", hint=f"Name it: --port {port}=NAME")
    return name


def parse_names(words: Iterable[str]) -> dict[Port, str]:
    """Port → name, from ``1-1.4`` and ``1-1.4=uplink``.  Raises :class:`UsageError`, also where two are the same."""
    names: dict[Port, str] = {}
    for word in words:
        place, given, name = word.partition("=")
        port = Port.parse(place)
        if port in names:
            raise UsageError(f"{port} is named twice")
        names[port] = check_name(name) if given else default_name(port)
    twice = next((name for name in names.values() if list(names.values()).count(name) > 1), None)
    if twice is not None:
        raise UsageError(f"two ports cannot both be {twice}")
    return names


def udevadm(*words: str) -> str:
    """What udevadm says.  Raises :class:`Unavailable` where there is none, or it does not end."""
    try:
        said = programs.run("udevadm", *words, seconds=SECONDS)
    except OSError as error:
        raise Unavailable(f"udevadm: {error}", hint="Names by port are made by udev; it must be installed.") from error
    if said.status is None:
        raise Unavailable(f"udevadm gave no answer in {SECONDS:g} s", hint="Does udev run? See: udevadm settle")
    return said.out


def udev_path(port: Port, run: Callable[..., str] = udevadm, sys: str = "/sys") -> str:
    """Udev's ID_PATH of the device in a port, as a pattern of what belongs to it: ``pci-0000:00:14.0-usb-0:1.4:*``.

    It is asked of the root hub, so the port may be empty.  Raises :class:`Unavailable`.
    """
    said = run("test-builtin", "path_id", f"{sys}/bus/usb/devices/usb{port.bus}")
    found = next((match for match in map(_PATH.fullmatch, map(str.strip, said.splitlines())) if match), None)
    if found is None:
        raise Unavailable(f"udev knows no lasting path for bus {port.bus}", hint="Is there such a bus? modeswitch list")
    return f"{found[1]}-usb-0:{'.'.join(map(str, port.ports))}:*"


def link_file(port: Port, name: str, pattern: str) -> str:
    """The .link file that names the network interface of what is in a port."""
    return f"{_mark(port)}\n[Match]\nPath={pattern}\n\n[Link]\nName={name}\n"


def ignore_rules(port: Port, pattern: str) -> str:
    """The rules by which ModemManager leaves alone what is in a port.

    It looks at the whole device, to which udev gives no ID_PATH by itself.  Ref: ModemManager, mm-filter.c.
    """
    device = 'ACTION!="remove", SUBSYSTEM=="usb", ENV{DEVTYPE}=="usb_device"'
    path = pattern.removesuffix(":*")
    return (
        f"{MARK.replace('udev install', 'udev ignore --install')}\n# Port {port} when it was made.\n"
        f'{device}, ENV{{ID_PATH}}=="", IMPORT{{builtin}}="path_id"\n'
        f'{device}, ENV{{ID_PATH}}=="{path}", ENV{{ID_MM_DEVICE_IGNORE}}="1"\n'
    )


def tty_rules(names: Mapping[Port, str], patterns: Mapping[Port, str], families: Iterable[Profile], python: str) -> str:
    """The rules that give the ttys of these ports their links: ``/dev/modeswitch/NAME-pcui`` and so on.

    ``python`` is the interpreter that has modeswitch.  Raises :class:`~modeswitch.errors.Refused` where a rule cannot
    name it.
    """
    lines = [
        MARK.replace("udev install", "udev names --install"),
        'ACTION=="remove", GOTO="modeswitch_names_end"',
        'SUBSYSTEM!="tty", GOTO="modeswitch_names_end"',
    ]
    lines += [f'ENV{{ID_PATH}}=="{patterns[port]}", ENV{{MODESWITCH_NAME}}="{name}"' for port, name in names.items()]
    lines += ['ENV{MODESWITCH_NAME}=="", GOTO="modeswitch_names_end"', *_by_triple(), *_by_profile(families, python)]
    made = 'SYMLINK+="modeswitch/$env{MODESWITCH_NAME}-$env{MODESWITCH_ROLE}"'
    lines += [f'ENV{{MODESWITCH_ROLE}}=="?*", {made}', 'LABEL="modeswitch_names_end"']
    return "\n".join(lines) + "\n"


def _mark(port: Port) -> str:
    return f"{MARK.replace('udev install', 'udev names --install')}\n# Port {port} when it was made."


def _by_triple() -> list[str]:
    """The roles that Huawei's interfaces tell by themselves."""
    of_vendor = f'ENV{{ID_VENDOR_ID}}=="{HUAWEI:04x}"'
    subs = _one_of(range(0x01, 0x07))
    return [
        f'{of_vendor}, ATTRS{{bInterfaceClass}}=="ff", ATTRS{{bInterfaceSubClass}}=="{subs}", '
        f'ATTRS{{bInterfaceProtocol}}=="{_one_of(HUAWEI_PORTS[role])}", ENV{{MODESWITCH_ROLE}}="{role}"'
        for role in NAMED_ROLES
    ]


def _one_of(codes: Iterable[int]) -> str:
    return "|".join(f"{code:02x}" for code in codes)


def _by_profile(families: Iterable[Profile], python: str) -> list[str]:
    """The roles of ff/ff/ff that a profile gives: only where all ports of the stick are as described, so it is asked.

    ``$id`` is the kernel's name of the interface (``1-1:1.0``).
    """
    mute = ", ".join(f'ATTRS{{bInterface{key}}}=="ff"' for key in ("Class", "SubClass", "Protocol"))
    ids = sorted({str(product.usb) for family in families for product in family.products if product.ports})
    asked = f'PROGRAM=="{in_rule(python)} -I -m modeswitch udev role $id", RESULT=="{"|".join(NAMED_ROLES)}"'
    return [
        f'ENV{{ID_VENDOR_ID}}=="{vendor}", ENV{{ID_MODEL_ID}}=="{product}", {mute}, '
        f'{asked}, ENV{{MODESWITCH_ROLE}}="%c"'
        for vendor, product in (usb.split(":") for usb in ids)
    ]
