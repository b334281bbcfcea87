"""Which system a text comes from, and what that system is like: a table.  Pure.

Ref: prompts, banners and logs of public reports (tests/doctor/field, tests/doctor/test_systems.py); os-release(5); the
kernels' names by distribution (Debian ``-amd64``, Ubuntu ``-generic``, Fedora ``.fc41``, Proxmox ``-pve``, Home
Assistant ``-haos``, Raspberry Pi ``+rpt-rpi``, ``-v8+``, Alpine ``-lts``); OpenWrt logd, logread.c (its form of time);
OpenWrt's releases: 5.4 is 21.02, 5.15 is 23.05, 6.6 is 24.10, 6.12 is 25.12, the first with apk.
"""

from __future__ import annotations

import re
from functools import cache

from ..linux.kernel_tables import Version, parse_version
from ..values import NamedTuple

NEVER: Version = (999,)
"""The kernel of no system: what needs it is never there."""


class System(NamedTuple):
    """A system: what it is called, the system that it is like, which of our needs it meets.

    ``modeswitch_since`` is the kernel of its first release with Python 3.11 and pip, () where it has always had both.
    ``own_tool`` is what switches sticks there: ``usb_modeswitch``, ``usbmode`` or nothing.  ``is_fixed`` tells that no
    package can be added to its image.  ``has_modprobe`` tells that modprobe finds modules there.
    """

    title: str
    like: str = "linux"
    modeswitch_since: Version = ()
    own_tool: str = "usb_modeswitch"
    is_fixed: bool = False
    has_modprobe: bool = True


SYSTEMS: dict[str, System] = {
    "linux": System("Linux", ""),
    "debian": System("Debian", modeswitch_since=(6, 1)),
    "ubuntu": System("Ubuntu", "debian", (6, 2)),
    "raspberrypi": System("Raspberry Pi OS", "debian", (6, 1)),
    "proxmox": System("Proxmox VE", "debian", (6, 2)),
    "fedora": System("Fedora", modeswitch_since=(6, 0)),
    "rhel": System("RHEL, CentOS, Rocky or Alma", "fedora", (6, 12)),
    "arch": System("Arch Linux"),
    "alpine": System("Alpine Linux", modeswitch_since=(6, 1)),
    "openwrt": System("OpenWrt", modeswitch_since=(5, 15), own_tool="usbmode"),
    "openwrt-opkg": System("OpenWrt 24.10 or older", "openwrt", (5, 15), "usbmode"),
    "openwrt-apk": System("OpenWrt 25.12 or newer", "openwrt", (5, 15), "usbmode"),
    "haos": System("Home Assistant OS", modeswitch_since=NEVER, is_fixed=True),
    "balena": System("balenaOS", modeswitch_since=NEVER, is_fixed=True),
    "libreelec": System("LibreELEC", modeswitch_since=NEVER, own_tool="", is_fixed=True),
    "firmware": System("a router's firmware", "", NEVER, is_fixed=True, has_modprobe=False),
    "asuswrt": System("Asuswrt", "firmware", NEVER, is_fixed=True, has_modprobe=False),
    "tomato": System("Tomato", "firmware", NEVER, is_fixed=True, has_modprobe=False),
    "ddwrt": System("DD-WRT", "firmware", NEVER, is_fixed=True, has_modprobe=False),
}
"""Name → system; one that is ``like`` another has that one's commands where it has none of its own."""


class Sign(NamedTuple):
    """A sign of a system: what must be in the text, and a pattern where that alone is too little.

    ``weight`` is :data:`PROOF` for what only the machine itself prints, :data:`WORD` for what people write of it.
    """

    system: str
    needle: str
    pattern: str = ""
    weight: int = 10


PROOF, WORD = 10, 1
LOOKED_AT = 128 * 1024
"""How much of a text is looked at, in characters: a system shows itself early."""

SIGNS: tuple[Sign, ...] = (
    # Images and firmware, before what they are made of.
    Sign("haos", "-haos", r"\d-haos\b"),
    Sign("haos", "core-ssh:", r"(?m)^[^\w\n]{0,8}core-ssh:\S{0,80}[#$]"),
    Sign("haos", "homeassistant kernel:"),
    Sign("haos", "[core-ssh "),
    Sign("haos", "hassos", weight=WORD),
    Sign("haos", "HassOS", weight=WORD),
    Sign("haos", "HAOS", r"\bHAOS\b", WORD),
    Sign("haos", "Home Assistant OS", weight=WORD),
    Sign("libreelec", "LibreELEC:", r"LibreELEC:\S{0,80} #"),
    Sign("libreelec", "LibreELEC kernel:"),
    Sign("libreelec", "/storage/.kodi"),
    Sign("libreelec", "LibreELEC", weight=WORD),
    Sign("libreelec", "CoreELEC", weight=WORD),
    Sign("balena", "root@", r"root@[0-9a-f]{7}:~#"),
    Sign("balena", "balenad["),
    Sign("balena", "balena", weight=WORD),
    Sign("proxmox", "-pve", r"\d-pve\b"),
    Sign("proxmox", "root@pve"),
    Sign("proxmox", " pve kernel:"),
    Sign("proxmox", "Proxmox", weight=WORD),
    # Routers.
    Sign("asuswrt", "admin@", r"admin@(?:RT|GT|DSL|TUF|ZenWiFi|XT|ROG|BRT|RP|4G)-?[\w-]{0,30}:/"),
    Sign("asuswrt", "ASUSWRT-Merlin "),
    Sign("asuswrt", "rc_service:"),
    Sign("asuswrt", "asus_usb_interface"),
    Sign("asuswrt", "asus_tty"),
    Sign("asuswrt", "/jffs/scripts/"),
    Sign("asuswrt", "/asuswrt", weight=WORD),
    Sign("asuswrt", "suswrt", r"(?i)\basuswrt", WORD),
    Sign("asuswrt", "ASUSWRT", weight=WORD),
    Sign("asuswrt", "RT-", r"\bRT-(?:N|AC|AX|BE)\d{2}", WORD),
    Sign("tomato", "root@unknown:/"),
    Sign("tomato", " unknown ", r"(?m)^\w{3} [ \d]\d \d\d:\d\d:\d\d unknown (?:kern|user|daemon|cron|syslog)\."),
    Sign("tomato", "root@", r"root@[\w-]{1,40}:/tmp/home/root#"),
    Sign("tomato", "FreshTomato"),
    Sign("tomato", "3G MODEM"),
    Sign("tomato", "omato", r"(?i)\btomato\b", WORD),
    Sign("ddwrt", "DD-WRT:"),
    Sign("ddwrt", "DD-WRT v"),
    Sign("ddwrt", "DD-WRT ", r"(?m)^\w{3} [ \d]\d \d\d:\d\d:\d\d DD-WRT \w"),
    Sign("ddwrt", "-WRT", r"(?i)\bdd-wrt\b", WORD),
    Sign("ddwrt", "dd-wrt", weight=WORD),
    Sign(
        "openwrt",
        "root@",
        r"(?i)root@(?:OpenWrt|LEDE|OpenMPTCProu?ter|ImmortalWrt|FriendlyWrt|turris|GL-\w+|iStoreOS)\b",
    ),
    Sign("openwrt", "OpenWrt GCC"),
    Sign("openwrt", "-openwrt-linux"),
    Sign("openwrt", "DISTRIB_ID='"),
    Sign("openwrt", "opkg ", r"\bopkg (?:install|update|list|find|remove|files|info)"),
    Sign("openwrt", "kmod-usb-"),
    Sign("openwrt", "uci ", r"\buci (?:set|show|get|commit|add|delete|export)\b"),
    Sign("openwrt", "/etc/usb-mode.json"),
    Sign("openwrt", "procd: "),
    Sign("openwrt", "kmodloader: "),
    Sign("openwrt", "netifd: "),
    Sign("openwrt", " logread", r"[#$] logread\b"),
    Sign(
        "openwrt",
        "kern.",
        r"(?m)^[^\w\n]{0,8}(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4} "
        r"(?:kern|user|daemon)\.\w+ ",
    ),
    Sign("openwrt", "OpenWrt", weight=WORD),
    Sign("openwrt", "penMPTCProuter", weight=WORD),
    Sign("openwrt", "openmptcprouter", weight=WORD),
    Sign("openwrt", "openwrt", weight=WORD),
    Sign("openwrt", "LEDE", r"\bLEDE\b", WORD),
    # Distributions.
    Sign("raspberrypi", "raspberrypi:", r"\w@raspberrypi:"),
    Sign("raspberrypi", "raspberrypi kernel:"),
    Sign("raspberrypi", "rpt-rpi", r"\d\+rpt-rpi|-rpi-v[678]"),
    Sign("raspberrypi", "-v", r"\d\.\d{1,3}-(?:rt-)?v(?:6|7l?|8)(?:-16k)?\+"),
    Sign("raspberrypi", "serge@raspberrypi"),
    Sign("raspberrypi", "aspbian", weight=WORD),
    Sign("raspberrypi", "assbian", weight=WORD),
    Sign("raspberrypi", "Raspberry Pi OS", weight=WORD),
    Sign("ubuntu", "-generic", r"\d-\d{1,4}-generic\b"),
    Sign("ubuntu", "-raspi", r"\d-\d{3,5}-raspi\b"),
    Sign("ubuntu", "@ubuntu:", r"\w@ubuntu:"),
    Sign("ubuntu", "ubuntu kernel:"),
    Sign("ubuntu", "-Ubuntu SMP"),
    Sign("ubuntu", "buntu", weight=WORD),
    Sign("fedora", ".fc", r"\d\.fc\d{2}\b"),
    Sign("fedora", "@fedora", r"\w@fedora\b"),
    Sign("fedora", "fedora kernel:"),
    Sign("fedora", "dnf ", r"[#$] (?:sudo )?dnf (?:install|search|update)"),
    Sign("fedora", "edora", r"\bFedora\b", WORD),
    Sign("rhel", ".el", r"\d\.el\d{1,2}(?:_\d+)?\b"),
    Sign("rhel", "CentOS", weight=WORD),
    Sign("rhel", "AlmaLinux", weight=WORD),
    Sign("rhel", "Rocky Linux", weight=WORD),
    Sign("arch", "arch", r"\d[.-]arch\d\b|\w@arch(?:linux)?\b|\barch(?:linux)? kernel:"),
    Sign("arch", "-ARCH", r"\d-ARCH\b"),
    Sign("arch", "-MANJARO", r"\d-MANJARO\b"),
    Sign("arch", "alarm", r"\w@alarm\b|\balarm kernel:"),
    Sign("arch", "pacman -", r"\bpacman -S"),
    Sign("arch", "Arch", r"\bArch(?: ?Linux| ARM)\b", WORD),
    Sign("arch", "Manjaro", weight=WORD),
    Sign("alpine", "-lts", r"\d-\d{1,2}-(?:lts|virt|rpi)\b"),
    Sign("alpine", "alpine:", r"(?m)^[^\w\n]{0,8}(?:root@)?alpine:\S{0,80}#"),
    Sign("alpine", "-alpine-linux"),
    Sign("alpine", "alpine ", r"\balpine (?:kern|user|daemon)\.\w+ "),
    Sign("alpine", "Alpine", r"\bAlpine\b", WORD),
    Sign("debian", "-", r"\d-\d{1,2}-(?:amd64|arm64|armmp(?:-lpae)?|686(?:-pae)?|rt-amd64|cloud-amd64|marvell)\b"),
    Sign("debian", "debian-kernel@"),
    Sign("debian", "@debian:", r"\w@debian:"),
    Sign("debian", "debian kernel:"),
    Sign("debian", "ebian", r"\b[Dd]ebian\b", WORD),
)
"""The signs; of systems that have as many, the one whose first sign stands first is meant."""

APK_KERNEL: Version = (6, 12)
"""The kernel of the first OpenWrt with apk, 25.12."""
IDS = {
    "hassos": "haos",
    "balena-os": "balena",
    "coreelec": "libreelec",
    "raspbian": "raspberrypi",
    "linuxmint": "ubuntu",
    "pop": "ubuntu",
    "centos": "rhel",
    "almalinux": "rhel",
    "rocky": "rhel",
    "manjaro": "arch",
    "endeavouros": "arch",
    "archarm": "arch",
}
"""ID of os-release → system, where that has another name here."""


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def system_of_text(text: str, kernel: str = "") -> str:
    """The system that a text comes from, as :data:`SYSTEMS` names it; empty where the text does not tell.

    What the machine printed goes before what people write; two systems of which only people write are none.
    """
    text = text[:LOOKED_AT]
    weights: dict[str, int] = {}
    for sign in SIGNS:
        if sign.needle in text and (not sign.pattern or _compiled(sign.pattern).search(text)):
            weights[sign.system] = weights.get(sign.system, 0) + sign.weight
    proven = [name for name in weights if weights[name] >= PROOF]
    if not proven and len(weights) != 1:
        return ""
    # Of several that are proven the first counts: an image names what it is made of, too.
    name = next(iter(proven or weights))
    return _edition(name, text, kernel)


def system_of_id(name: str, kernel: str = "") -> str:
    """The system with that ID in os-release; empty where nothing is known of it."""
    found = IDS.get(name, name)
    return _edition(found, "", kernel) if found in SYSTEMS else ""


def _edition(name: str, text: str, kernel: str) -> str:
    """OpenWrt by its package manager, where release or kernel tells which it has."""
    if name != "openwrt":
        return name
    release = re.search(r"(?:OpenWrt |DISTRIB_RELEASE=['\"]?|LEDE )v?(\d\d)\.\d\d|DISTRIB_RELEASE='SNAPSHOT", text)
    version = parse_version(kernel)
    if re.search(r"\bapk (?:-U )?(?:add|update|list|search)\b", text):
        return "openwrt-apk"
    if release and release[1]:
        return "openwrt-apk" if int(release[1]) >= 25 else "openwrt-opkg"
    if version:
        return "openwrt-apk" if version >= APK_KERNEL else "openwrt-opkg"
    return "openwrt-opkg" if re.search(r"\bopkg \w|\bLEDE\b", text) else name


def lineage(name: str) -> list[str]:
    """The system and those that it is like, the nearest first."""
    found = []
    while name:
        found.append(name)
        name = SYSTEMS[name].like
    return found


def runs_modeswitch(name: str, kernel: str) -> bool:
    """Has the system Python 3.11 and pip, by its kernel?  One whose kernel is unknown is taken for a new one."""
    since = SYSTEMS[name].modeswitch_since
    version = parse_version(kernel)
    return since != NEVER and (not version or version >= since)
