"""An action as the commands of a system: a table from action and system to lines.  Pure.

Ref: OpenWrt, opkg and apk, /etc/modules.d, usbmode's hotplug script (package/utils/usbmode); Asuswrt, rc/usb_devices.c
(stop_ui, stop_ui_insmod, insmod option vendor= product=); home-assistant/operating-system pull 485 (its image has
option and usb_modeswitch); home-assistant/cli, network update; connmanctl(1); dd-wrt, libutils/lib3g.c (insmod
usbserial vendor= product=).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..errors import ModeswitchError
from ..exporters import shell
from ..exporters.export import export
from ..exporters.stick import TTY, stick_of
from ..linux.binding import NEW_ID_FILES
from ..linux.packages import OPENWRT
from ..linux.usb_modeswitch import RULES, RULES_FOLDERS
from ..switching.plan import plan
from ..values import NamedTuple
from .actions import Action
from .finding import Finding
from .snapshot import InterfaceState, Snapshot
from .systems import SYSTEMS, lineage, runs_modeswitch

MESSAGE_155E = "55534243123456780000000000000011063000000000010000000000000000"
"""What makes 12d1:155e of a stick that has its CD-ROM.

Ref: E3372h kernel source, hw_pnp_adapt.c: host 0x30, profile 1; usb_modeswitch's HuaweiAltMode."""
MODPROBE = "/sbin/modprobe --ignore-install option"
DEVICES = "cat /sys/kernel/debug/usb/devices"
UCI = (
    "uci set network.lte=interface && uci set network.lte.proto={} && uci set network.lte.device={} && "
    "uci commit network && ifup lte"
)

MODESWITCH: dict[str, str] = {
    "switch": "modeswitch {target}{to}",
    "then-switch": "modeswitch {later} --to {of}",
    "plan": "modeswitch plan {target} --to {of}",
    "list": "modeswitch list -v",
    "show-ports": "modeswitch ports {target}",
    "write-ports": 'modeswitch ports {target} --set "{list}" --persist',
    "connect": "modeswitch connect {target} --apn NAME",
    "bind": "modeswitch doctor {target} --fix",
}
"""Action → our own command, where the system has Python 3.11 and pip."""

TABLE: dict[str, dict[str, tuple[str, ...]]] = {
    "list": {
        "linux": ("lsusb",),
        "firmware": ("{devices}",),
        **dict.fromkeys(("openwrt", "haos", "balena"), (DEVICES,)),
    },
    "describe": {
        "linux": ("usb-devices", DEVICES, "lsusb -t"),
        **dict.fromkeys(("openwrt", "haos", "balena"), (DEVICES,)),
        "libreelec": ("lsusb -v", "lsusb -t"),
        "firmware": ("{devices}",),
    },
    "show-ports": dict.fromkeys(("linux", "firmware"), ("{ask_ports}",)),
    "write-ports": dict.fromkeys(("linux", "firmware"), ("{keep_ports}", "{write_ports}")),
    "connect": {
        "linux": ("{dial}", "{dhcp_any}"),
        "openwrt": (UCI.format("ncm && uci set network.lte.apn=NAME", "{tty}"),),
        "firmware": ("{dial}", "udhcpc -i {network}"),
    },
    "dhcp": {
        "linux": ("udhcpc -i {of}",),
        "debian": ("dhclient {of}",),
        "ubuntu": ("nmcli device connect {of}",),
        "raspberrypi": ("nmcli device connect {of}",),
        "proxmox": ("dhclient {of}",),
        "fedora": ("nmcli device connect {of}",),
        "arch": ("nmcli device connect {of}",),
        "openwrt": (UCI.format("dhcp", "{of}"),),
        "haos": ("ha network update {of} --ipv4-method auto",),
        "balena": ("nmcli device connect {of}",),
        "libreelec": ("connmanctl services", "connmanctl config SERVICE --ipv4 dhcp"),
        "firmware": ("udhcpc -i {of}",),
    },
    "bind": {
        "linux": ("modprobe {right}", "{rebind}"),
        "openwrt": ("{install_right}", "{rebind}"),
        "firmware": ("{insmod_right}", "{rebind}"),
    },
    "load": {"linux": ("modprobe -a {of}",), "openwrt": ("{install}",), "firmware": ("{insmod}",)},
    "install": {
        "linux": (),
        "ubuntu": ("apt install linux-modules-extra-$(uname -r)",),
        "fedora": ("dnf install kernel-modules-extra",),
        "openwrt": ("{install}",),
    },
    "teach": {
        "linux": ("modprobe option", "{tell}"),
        "openwrt": ("{install}", "{tell}"),
        "asuswrt": ("rmmod option; insmod option {vendor_product}",),
        "firmware": ("insmod usbserial {vendor_product}",),
    },
    "teach-for-good": {
        "linux": (
            f"echo 'install option {MODPROBE}; {{tell}}' > /etc/modprobe.d/option-new-id.conf",
            "echo option > /etc/modules-load.d/option.conf",
        ),
        "openwrt": ("sed -i '/^exit 0/i {tell}' /etc/rc.local",),
        "alpine": ("echo 'modprobe option; {tell}' > /etc/local.d/option.start", "rc-update add local"),
        "asuswrt": ("echo 'insmod option {vendor_product}' >> /jffs/scripts/services-start",),
        "libreelec": ("echo 'modprobe option; {tell}' >> /storage/.config/autostart.sh",),
        **dict.fromkeys(("haos", "balena", "firmware"), ()),
    },
    "unload": {
        "linux": ("modprobe -r {of}",),
        "openwrt": ("rmmod {of}",),
        "firmware": ("rmmod {of}",),
    },
    "stop-new-id": {
        "asuswrt": ("nvram set stop_ui=1; nvram set stop_ui_insmod=1; nvram commit",),
    },
    "restart": dict.fromkeys(("linux", "firmware"), ("{reset}",)),
    "mask": {
        "linux": (f"ln -s /dev/null /{RULES_FOLDERS[0]}/{RULES}",),
        "openwrt": ("mv /etc/hotplug.d/usb/20-usb_mode /root/",),
        "asuswrt": ("nvram set stop_ui=1; nvram set stop_ui_insmod=1; nvram commit",),
        **dict.fromkeys(("haos", "balena", "libreelec", "firmware"), ()),
    },
    "quirk": {
        "linux": ("echo 'options usb-storage quirks={of}:s' > /etc/modprobe.d/modeswitch-{of_dashed}.conf",),
        "openwrt": ("sed -i '/^exit 0/i echo {of}:s > /sys/module/usb_storage/parameters/quirks' /etc/rc.local",),
        "haos": ("# add to cmdline.txt of its boot partition: usb-storage.quirks={of}:s",),
        "balena": ("# add to cmdline.txt of its boot partition: usb-storage.quirks={of}:s",),
        "libreelec": ("# add to cmdline.txt or extlinux.conf in /flash: usb-storage.quirks={of}:s",),
        "firmware": ("echo {of}:s > /sys/module/usb_storage/parameters/quirks",),
    },
    "wake-at-plug": {
        "linux": ("usb_modeswitch -v {vendor} -p {wakes} -M {message} -n",),
        "libreelec": (),
        "firmware": ("insmod cdc_ncm; usb_modeswitch -v {vendor} -p {wakes} -M {message} -n",),
    },
}
"""Action → system → its commands; the nearest system that it is like counts, and those of ours before all."""

FIXED = {
    "haos": "Home Assistant OS takes no package and no module: what its kernel lacks must be asked for at its project.",
    "balena": "balenaOS takes no package: a module must be built for its very kernel, and loaded by a container.",
    "libreelec": "LibreELEC takes no package and no module: what its kernel lacks must be asked for at its project.",
    "firmware": "Such a router has the modules that its firmware was built with; no package adds one for its kernel.",
}
"""System → what is to be known where a module is wanted."""


class Rendered(NamedTuple):
    """The commands for an action, and what must be said of it."""

    commands: tuple[str, ...] = ()
    why: tuple[str, ...] = ()


def with_commands(finding: Finding, snapshot: Snapshot) -> Finding:
    """The finding with the commands of the stick's own machine for what it wants done, before those it has."""
    rendered = [render(action, snapshot) for action in finding.wants]
    commands = [command for one in rendered for command in one.commands]
    why = [reason for one in rendered for reason in one.why if reason not in finding.why]
    return finding._replace(
        commands=tuple(dict.fromkeys((*commands, *(_for_system(one, snapshot) for one in finding.commands)))),
        why=(*finding.why, *dict.fromkeys(why)),
    )


def render(action: Action, snapshot: Snapshot) -> Rendered:
    """An action on the machine of the stick; one without commands there has a reason, or nothing."""
    name = snapshot.system or "linux"
    has_modeswitch = snapshot.is_live or runs_modeswitch(name, snapshot.kernel)
    words = _words(action, snapshot)
    ours = MODESWITCH.get(action.what)
    if action.what == "switch":
        return _switch(snapshot, action.of, ours if has_modeswitch else None, words)
    if action.what == "plan" and not has_modeswitch:
        target = "openwrt" if "openwrt" in lineage(name) else "usb_modeswitch"
        where = "on a machine with Python 3.11"
        return Rendered((f"modeswitch plan {words['id']} --to {action.of} --as {target}    # {where}",))
    if ours is not None and has_modeswitch and not (action.what == "bind" and SYSTEMS[name].own_tool == "usbmode"):
        return Rendered((ours.format(**words),))
    lines = next((TABLE[action.what][one] for one in lineage(name) if one in TABLE.get(action.what, {})), ())
    made = tuple(line for line in (template.format(**words) for template in lines) if line)
    needs_module = action.what in ("install", "load", "bind", "teach") and SYSTEMS[name].is_fixed
    reason = next((FIXED[one] for one in lineage(name) if one in FIXED), "") if needs_module else ""
    if action.what == "install" and SYSTEMS[name].is_fixed:
        made = ()
    return Rendered(made, (reason,) if reason else ())


def _for_system(command: str, snapshot: Snapshot) -> str:
    """A command that is the same anywhere; our own is for another machine where the stick's has no Python for it."""
    is_ours = command.removeprefix("sudo ").startswith("modeswitch ")
    if not is_ours or snapshot.is_live or runs_modeswitch(snapshot.system or "linux", snapshot.kernel):
        return command
    return f"{command}    # on a machine with Python 3.11"


def _switch(snapshot: Snapshot, goal: str, ours: str | None, words: dict[str, str]) -> Rendered:
    """The switch by our command; where the system has another tool and perhaps no Python, by that one, too."""
    name = snapshot.system or "linux"
    commands = [ours.format(**words)] if ours else []
    tool = SYSTEMS[name].own_tool
    if (ours and tool != "usbmode") or snapshot.is_live:
        return Rendered(tuple(commands))
    lines = _native(snapshot, goal, "openwrt" if tool == "usbmode" else "usb_modeswitch")
    if not lines:
        return Rendered((*commands, *_by_own_data(tool, words)))
    if not tool:
        ejects = [line for line in lines if " -K" in line]
        reason = f"{SYSTEMS[name].title} has no program that sends its message: switch it by a machine that has one."
        return Rendered(("eject /dev/sr0",) if ejects else (), () if ejects else (reason,))
    if tool == "usb_modeswitch" and "debian" in lineage(name):
        commands.append("apt install usb-modeswitch")
    return Rendered((*commands, *lines))


def _by_own_data(tool: str, words: dict[str, str]) -> Iterator[str]:
    """What the tool does by its own data, where no plan of ours says which message."""
    if tool == "usbmode":
        yield "usbmode -s -v"
    elif tool == "usb_modeswitch":
        yield f"usb_modeswitch -v {words['vendor']} -p {words['product']} -c /etc/usb_modeswitch.d/{words['id']}"


def _native(snapshot: Snapshot, goal: str, target: str) -> list[str]:
    """The lines that the plan to that mode comes to there, without comments and without what follows the switch."""
    profile, usb = snapshot.device.profile or next(iter(snapshot.device.families), None), snapshot.id
    if profile is None or usb is None:
        return []
    starts = {one.start for one in profile.transitions}
    start = snapshot.device.mode or ("mass-storage" if "mass-storage" in starts else "asleep")
    try:
        way = plan(profile, start, goal or profile.goal)
    except ModeswitchError:
        return []
    if len(way) != 1:
        return []
    stick = stick_of(profile, usb, snapshot.port)
    lines = [line for line in export(way, stick, target, goal or profile.goal) if not line.startswith("#")]
    return _packed(lines) if target == "openwrt" else lines


def _packed(lines: list[str]) -> list[str]:
    """OpenWrt's list in one line, and the call of usbmode."""
    if "EOF" not in lines:
        return []
    first = next(number for number, line in enumerate(lines) if line.startswith("cat > "))
    last = lines.index("EOF")
    name = lines[first].split()[2]
    text = " ".join(line.strip() for line in lines[first + 1 : last])
    return [f"echo '{text}' > {name}", next(line for line in lines[last:] if line.startswith("usbmode "))]


_PLAIN = re.compile(r"[\w./:@%+=,-]*")


def _word(text: str) -> str:
    """A word of a shell: in quotes where it is not plain."""
    return text if _PLAIN.fullmatch(text) else shell.quoted(text)


def _words(action: Action, snapshot: Snapshot) -> dict[str, str]:
    """What a template may name; what a text or a device says is quoted."""
    usb, name = snapshot.id, snapshot.system or "linux"
    profile = snapshot.device.profile or next(iter(snapshot.device.families), None)
    stick = stick_of(profile, usb) if profile is not None and usb is not None else None
    tty = next((_word(f"/dev/{one.tty}") for one in snapshot.interfaces if one.tty and one.has_expected_driver), TTY)
    network = _word(next(iter(snapshot.networks), "wwan0"))
    broken = [one for one in snapshot.interfaces if one.driver and one.has_wrong_driver]
    right = dict.fromkeys(one.expected[0].replace("-", "_") for one in broken or _unbound(snapshot) if one.expected)
    modules = [*map(_word, action.of.split() or right)]
    goal = action.of if action.what == "switch" else ""
    ids = (f"{usb.vendor:04x}", f"{usb.product:04x}") if usb is not None else ("VENDOR", "PRODUCT")
    return {
        "target": _word(snapshot.target),
        "later": _word(snapshot.target_after_switch),
        "to": f" --to {goal}" if goal else "",
        "id": str(usb or "ID"),
        "of": " ".join(map(_word, action.of.split(" "))),
        "list": action.of,
        "of_dashed": action.of.replace(":", "-"),
        "vendor": ids[0],
        "product": ids[1],
        "wakes": f"{stick.wakes.product:04x}" if stick is not None and stick.wakes is not None else "WAKES",
        "message": MESSAGE_155E,
        "tell": f"echo {ids[0]} {ids[1]} ff > {NEW_ID_FILES['option']}",
        "vendor_product": f"vendor=0x{ids[0]} product=0x{ids[1]}",
        "tty": tty,
        "network": network,
        "devices": _devices_file(snapshot),
        "ask_ports": shell.ask(tty, "AT^SETPORT?"),
        "keep_ports": f"{shell.ask(tty, 'AT^SETPORT?')} | tee -a {shell.KEPT}",
        "write_ports": shell.send(tty, f'AT^SETPORT="{action.of}"'),
        "reset": shell.send(tty, "AT^RESET"),
        "dial": shell.send(tty, 'AT^NDISDUP=1,1,"NAME"'),
        "dhcp_any": _dhcp(name, network),
        "right": " ".join(right) or "MODULE",
        "insmod": "; ".join(f"insmod {one}" for one in modules),
        "insmod_right": "; ".join(f"insmod {one}" for one in right),
        "install": _install(name, modules),
        "install_right": _install(name, [*right]),
        "rebind": _rebind(snapshot),
    }


def _unbound(snapshot: Snapshot) -> list[InterfaceState]:
    return [one for one in snapshot.interfaces if one.is_unbound]


def _devices_file(snapshot: Snapshot) -> str:
    """The kernel's list of devices: where the firmware of such a router has it, old kernels elsewhere."""
    is_old = snapshot.kernel.startswith("2.")
    return f"cat {'/proc/bus/usb/devices' if is_old or not snapshot.kernel else '/sys/kernel/debug/usb/devices'}"


def _dhcp(name: str, network: str) -> str:
    lines = next(TABLE["dhcp"][one] for one in lineage(name) if one in TABLE["dhcp"])
    return "; ".join(lines).format(of=network)


def _install(name: str, modules: list[str]) -> str:
    """OpenWrt's packages of these modules, by its package manager."""
    packages = " ".join(dict.fromkeys(OPENWRT[one] for one in modules if one in OPENWRT))
    if not packages:
        return ""
    if name == "openwrt-apk":
        return f"apk -U add {packages}"
    later = f"    # 25.12 and newer: apk -U add {packages}" if name == "openwrt" else ""
    return f"opkg update && opkg install {packages}{later}"


def _rebind(snapshot: Snapshot) -> str:
    """The wrong driver off its interfaces, and the kernel's search for another."""
    wrong = [one for one in snapshot.interfaces if one.driver and one.has_wrong_driver]
    place = _word(snapshot.port or "PORT")
    return "; ".join(
        f"echo {place}:1.{one.number} > /sys/bus/usb/drivers/{_word(one.driver or '')}/unbind; "
        f"echo {place}:1.{one.number} > /sys/bus/usb/drivers_probe"
        for one in wrong
    )
