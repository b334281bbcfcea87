"""``modeswitch udev``: rules and service that switch sticks by themselves, names by port: shown, written, removed."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess

from ..database.library import Library
from ..errors import NoDevice, UsageError
from ..identity.find import survey
from ..identity.recognise import recognise
from ..linux import usb_modeswitch
from ..printable import printable
from ..service import install, names
from ..usb.descriptors import Port
from . import setting
from .show import Show

RELOAD = (("udevadm", "control", "--reload"), ("systemctl", "daemon-reload"))
TRIGGER = ("udevadm", "trigger", "--action=add", "--subsystem-match=usb", "--property-match=DEVTYPE=usb_device")
"""The sticks that are there already are looked at as if they were plugged in now."""
TRIGGER_TTYS = ("udevadm", "trigger", "--action=change", "--subsystem-match=tty", "--sysname-match=ttyUSB*")

WORDS = {
    "written": "written",
    "unchanged": "is as it should be",
    "kept": "was changed by a person, and is left as it is",
    "removed": "removed",
    "absent": "was not there",
}


def run(arguments: argparse.Namespace, show: Show) -> int:
    """Show, install or remove; name ports; tell udev a role."""
    strange = [
        name
        for name, of in (("port", "names"), ("install", "names"), ("interface", "role"))
        if _odd(arguments, name, of)
    ]
    if strange:
        raise UsageError(f"{strange[0]} means nothing to udev {arguments.what}", hint="See: modeswitch udev --help")
    if arguments.what == "role":
        return _role(arguments, show)
    if arguments.what == "names":
        return _names(arguments, show)
    made = install.files(setting.library(arguments), replace_peer=arguments.replace_usb_modeswitch)
    if arguments.what == "show":
        return _shown(made, show)
    if arguments.what == "install":
        done = install.install(made, arguments.root)
    else:
        done = install.remove([*made, *install.names_there(arguments.root)], arguments.root)
    status = _told(done, show)
    if (
        arguments.what == "install"
        and usb_modeswitch.has_rules(arguments.root)
        and not arguments.replace_usb_modeswitch
    ):
        show.progress(
            "warning: usb_modeswitch is installed and would switch the same sticks; "
            "--replace-usb-modeswitch takes those that are known here from it (and gives them back on remove)"
        )
    if arguments.root == "/":
        _reload(show, *([TRIGGER] if arguments.what == "install" else []))
    return status


def _odd(arguments: argparse.Namespace, name: str, of: str) -> bool:
    return bool(getattr(arguments, name)) and arguments.what != of


def _names(arguments: argparse.Namespace, show: Show) -> int:
    """Names by port: shown, or written in place of those there were."""
    library = setting.library(arguments)
    named = names.read(arguments.port or _occupied(library))
    made = install.names({port: names.path(port) for port in named}, named, library)
    if not arguments.install:
        return _shown(made, show)
    old = [path for path in install.names_there(arguments.root) if path not in made]
    status = _told([*install.remove(old, arguments.root), *install.write(made, arguments.root)], show)
    if arguments.root == "/":
        _reload(show, TRIGGER_TTYS)
    show.progress("a network interface that is there keeps its name until its stick is plugged in again, or switched")
    return status


def _occupied(library: Library) -> list[str]:
    """The ports that have a stick now."""
    from ..host import default

    found = [str(device.usb.port) for device in survey(default(), library) if device.profile]
    if not found:
        raise NoDevice("there is no stick on the bus", hint="Name its port: modeswitch udev names --port 1-1.4")
    return found


def _role(arguments: argparse.Namespace, show: Show) -> int:
    """Tell udev what an interface is for, where that is known: its rule's PROGRAM.  Status 3 where it is not."""
    from ..host import default

    place, _, numbers = (arguments.interface or "").partition(":")
    number = numbers.partition(".")[2]
    port = Port.parse(place)
    seen = default().at(port)
    device = recognise(seen, setting.library(arguments)) if seen else None
    roles = {str(interface.number): role for interface, role in device.roles} if device else {}
    role = roles.get(number)
    if role not in names.NAMED:
        raise NoDevice(f"{printable(arguments.interface, 60)} has no role that is named")
    show.result(role)
    return 0


def _shown(made: dict[str, str], show: Show) -> int:
    for path, text in made.items():
        if show.json:
            show.emit("file", path=f"/{path}", text=install.sealed(text))
            continue
        show.result(f"# /{path}")
        for line in install.sealed(text).splitlines():
            show.result(line)
    return 0


def _told(done: list[install.Done], show: Show) -> int:
    """Say what became of each file; status 5 where one is left as a person changed it."""
    for one in done:
        if show.json:
            show.emit("file", path=one.path, result=one.what)
        else:
            show.result(f"{one.path}: {WORDS[one.what]}")
    return 5 if any(one.what == "kept" for one in done) else 0


def _reload(show: Show, *triggers: tuple[str, ...]) -> None:
    """Have udev and systemd read what is there now; what of it is not running is no matter."""
    for command in (*RELOAD, *triggers):
        if shutil.which(command[0]) is None or (command[0] == "systemctl" and not os.path.isdir("/run/systemd/system")):
            continue
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode:
            show.progress(f"warning: {' '.join(command)}: {printable(done.stderr.strip())}")
