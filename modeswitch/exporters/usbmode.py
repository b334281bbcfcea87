"""Actions as an entry of the list that OpenWrt's usbmode reads (``/etc/usb-mode.json``), and the packages of a plan.

Ref: OpenWrt usbmode, main.c (``-s``, ``-c FILE``), switch.c (keys and modes that it knows; ``detach_storage``,
``reset`` and ``wait`` stand in the list and are not read); package/utils/usbmode; package/kernel/linux/modules/usb.mk.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ..database.profile import Transition
from ..importers.methods import CBW, STEPS
from ..importers.openwrt import NAMES
from ..linux.packages import OPENWRT
from ..methods.altsetting import SetAltsetting
from ..methods.base import Action
from ..methods.bulk import Bulk
from ..methods.configuration import SetConfiguration
from ..methods.registry import read_step
from ..methods.storage import Bot
from ..modem.drivers import tabled_drivers
from .shell import configuration_value
from .stick import Stick
from .usb_modeswitch import without_doubt

FILES = "/etc/usb-mode-own-{}.json"
"""Our lists beside the stock one, which an update of the package replaces."""
HOTPLUG = "/etc/hotplug.d/usb/21-usb-mode-own"
STOCK, STOCK_HOTPLUG = "/etc/usb-mode.json", "/etc/hotplug.d/usb/20-usb_mode"
UNKNOWN_MODES = ("HuaweiAlt", "Quanta", "Option", "Blackberry", "Pantech")
"""Modes that some version of usbmode does not know: it takes their entries for messages, and sends none."""
CONNECTING = {
    "hilink": ("", "dhcp", "usb0"),
    "ncm": ("comgt-ncm", "ncm", "/dev/ttyUSB0"),
    "mbim": ("umbim", "mbim", "/dev/cdc-wdm0"),
    "qmi": ("uqmi", "qmi", "/dev/cdc-wdm0"),
    "stick": ("comgt", "3g", "/dev/ttyUSB0"),
}
"""Mode → OpenWrt's package for the line, its protocol, its device.  Ref: OpenWrt, package/network/utils/comgt, umbim,
uqmi; netifd's protocol handlers."""


def entry(actions: Sequence[Action], stick: Stick) -> tuple[dict[str, Any], int]:
    """The list with the entry that does the first of these actions, and how many of them it does: 0 where it cannot."""
    device: dict[str, Any] = {}
    messages: list[str] = []
    taken = 0
    for name, method in NAMES.items():
        if name in UNKNOWN_MODES or method not in STEPS:
            continue
        sequence = [action for step in STEPS[method] for action in read_step(step, method, "").actions]
        if [*map(without_doubt, actions[: len(sequence)])] == [*map(without_doubt, sequence)]:
            device, taken = {"mode": name}, len(sequence)
    if not taken:
        device, messages = _messages(actions)
        taken = len(messages)
    taken += _settings(device, actions[taken:], stick)
    if not taken:
        return {}, 0
    found = {"messages": messages, "devices": {str(stick.id): {"*": {**_targets(stick), **device}}}}
    return found, taken


def _targets(stick: Stick) -> dict[str, Any]:
    """What it becomes, in numbers as the list has them; usbmode does not look at it."""
    if not stick.becomes:
        return {}
    return {"t_vendor": stick.becomes[0].vendor, "t_product": [one.product for one in stick.becomes]}


def _messages(actions: Sequence[Action]) -> tuple[dict[str, Any], list[str]]:
    """The messages at the head of the actions, and the keys that go with them."""
    messages: list[str] = []
    device: dict[str, Any] = {}
    for action in actions[:3]:
        if isinstance(action, Bot) and not action.data_out:
            ends = {"msg_endpoint": action.pipe_out, "response_endpoint": action.pipe_in}
            device["response"] = True
        elif isinstance(action, Bulk) and not action.data.hex().startswith(CBW) and "response" not in device:
            ends = {"msg_endpoint": action.endpoint or 0}
        else:
            break
        device.update({key: value for key, value in ends.items() if value})
        messages.append((action.cbw if isinstance(action, Bot) else action.data).hex())
    return ({"msg": [*range(len(messages))], **device}, messages) if messages else ({}, [])


def _settings(device: dict[str, Any], actions: Sequence[Action], stick: Stick) -> int:
    """Add what comes after all messages; how many actions that is."""
    taken = 0
    for action in actions:
        if isinstance(action, SetConfiguration) and "alt" not in device and "config" not in device:
            value = configuration_value(action, stick)
            if value.isdigit():
                device["config"] = int(value)
            elif not device and action.function == "mbim":
                device["mode"] = "MBIM"
            else:
                break
        elif isinstance(action, SetAltsetting) and "alt" not in device:
            device |= {"interface": action.interface, "alt": action.alternate}
        else:
            break
        taken += 1
    return taken


def lines(actions: Sequence[Action], stick: Stick, number: int = 1) -> tuple[list[str], int]:
    """A list as a file, the call that reads it, and how many of the actions that does: none where it cannot.

    ``number`` is that of the file.
    """
    made, taken = entry(actions, stick)
    if not taken:
        return [], 0
    whose = [] if stick.is_first else [f"# {stick.id} is what most of them wake up as; what yours does, dmesg tells"]
    (device,) = made["devices"].values()
    rows = [f'"messages": {json.dumps(made["messages"])},', f'"devices": {{ "{stick.id}": {json.dumps(device)} }}']
    name = FILES.format(number)
    file = [f"cat > {name} <<'EOF'", "{", *(f"  {row}" for row in rows), "}", "EOF"]
    return [*whose, *file, f"usbmode -s -v -c {name}"], taken


def for_good(stick: Stick) -> Iterator[str]:
    """What switches it at every plug: a hotplug script of its own, and the stock list without that id."""
    product = f"{stick.id.vendor:x}/{stick.id.product:x}"
    yield "# For good, at every plug; the stock list must not have the id any more, else it is switched as that says:"
    yield f'sed -i \'s/"{stick.id}"/"{stick.id} off"/\' {STOCK}'
    every = f"for list in {FILES.format('*')}; do usbmode -s -c $list; done"
    script = f'case "$ACTION $DEVTYPE $PRODUCT" in "add usb_device {product}/"*) {every} ;; esac'
    yield f"echo '{script}' > {HOTPLUG}"


def packages(way: Iterable[Transition], stick: Stick, mode: str) -> list[str]:
    """OpenWrt's packages for what the way ends in, and for the way itself."""
    last = [*way][-1]
    drivers = [name for one in last.gives for name in tabled_drivers(stick.id, one.triple, one.role)]
    names = [OPENWRT[name] for name in drivers if name in OPENWRT]
    if mode != "hilink":
        names.append(OPENWRT["option"])
    line = CONNECTING.get(mode, ("", "", ""))[0]
    return [*dict.fromkeys(filter(None, ("usb-modeswitch", *names, line)))]


def install(names: Iterable[str]) -> Iterator[str]:
    """The line that installs packages, with the package manager that is there."""
    joined = " ".join(names)
    yield f"apk -U add {joined}    # OpenWrt 25.12 and newer"
    yield f"opkg update && opkg install {joined}    # OpenWrt 24.10 and older"


def connect(mode: str) -> Iterator[str]:
    """The interface of netifd for what the way ends in, and the calls that put it up and look at it."""
    if mode not in CONNECTING:
        return
    _package, protocol, device = CONNECTING[mode]
    apn = "" if protocol == "dhcp" else " && uci set network.lte.apn=NAME"
    settings = f"uci set network.lte.proto={protocol} && uci set network.lte.device={device}{apn}"
    yield f"uci set network.lte=interface && {settings}"
    yield "uci add_list firewall.@zone[1].network=lte && uci commit && ubus call network reload"
    yield "ubus call network.interface.lte status"
