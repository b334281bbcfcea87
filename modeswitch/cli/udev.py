"""``modeswitch udev``: the rules and units that switch sticks, shown, installed, removed; what udev is told of ports.

``files`` writes them for a package or an image, and looks at nothing of this system.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from ..database.library import Library
from ..errors import NoDevice, UsageError
from ..identity.find import absent, survey
from ..identity.recognise import recognise
from ..linux import programs, usb_modeswitch
from ..printable import printable
from ..service import install, interpreter, names, policy, units
from ..usb.descriptors import Port
from . import setting
from .show import Show

RELOAD = (("udevadm", "control", "--reload"), ("systemctl", "daemon-reload"))
TRIGGER = ("udevadm", "trigger", "--action=add", "--subsystem-match=usb", "--property-match=DEVTYPE=usb_device")
"""Apply the rules to the sticks that are plugged in already."""
TRIGGER_ONE = ("udevadm", "trigger", "--settle", "--action=change")
TRIGGER_TTYS = ("udevadm", "trigger", "--action=change", "--subsystem-match=tty", "--sysname-match=ttyUSB*")

RESULTS = {
    "written": "written",
    "unchanged": "is as it should be",
    "kept": "was changed by a person, and is left as it is",
    "removed": "removed",
    "absent": "was not there",
}
"""Result of a file → what a person reads."""
ONLY_WITH = {
    "port": ("names", "ignore"),
    "install": ("names", "ignore"),
    "until_reboot": ("ignore",),
    "interface": ("role",),
    "resident": ("install", "files", "show"),
    "vendor": ("files", "show"),
    "python": ("install", "files", "show", "names"),
    "replace_usb_modeswitch": ("install", "files", "show", "remove"),
}
"""Argument → the actions it belongs to."""
SECONDS = 60.0
"""How long udev and systemd may take to read the new files."""


def run(arguments: argparse.Namespace, show: Show) -> int:
    """Show, install or remove the rules; name ports; tell udev a role."""
    for name, of in ONLY_WITH.items():
        if vars(arguments)[name] and arguments.what not in of:
            word = name.replace("_", "-")
            raise UsageError(f"{word} means nothing to udev {arguments.what}", hint="See: modeswitch udev --help")
    actions = {
        "show": _show,
        "install": _install,
        "files": _files,
        "remove": _remove,
        "names": _names,
        "ignore": _ignore,
        "role": _role,
    }
    return actions[arguments.what](arguments, show)


def _python(arguments: argparse.Namespace) -> str:
    """The interpreter that services are to run: the one that runs now, if no other was named."""
    return arguments.python or sys.executable


def _checked_python(arguments: argparse.Namespace) -> tuple[str, list[str]]:
    """That interpreter, where a service can run it and may, and the folders of its packages where they are known.

    Raises :class:`~modeswitch.errors.Refused`.

    One that was named for another root is the business of that system: only that services see such a path is looked at.
    """
    python = _python(arguments)
    if arguments.python and arguments.root != "/":
        return interpreter.check_named(python), []
    return python, interpreter.check(python)


def _made(arguments: argparse.Namespace, python: str, folders: Sequence[str] = ()) -> dict[str, str]:
    wanted = policy.load(os.path.join(arguments.root, install.POLICY))
    return install.service_files(
        setting.library(arguments),
        python,
        folders,
        replace_usb_modeswitch=arguments.replace_usb_modeswitch,
        resident=arguments.resident,
        network=wanted.needs_network,
    )


def _packed(arguments: argparse.Namespace, python: str) -> dict[str, str]:
    """What a package has: with ``vendor`` where it has it, else in /etc."""
    made = _made(arguments, python)
    return install.vendor_files(made) if arguments.vendor else made


def _show(arguments: argparse.Namespace, show: Show) -> int:
    python = _python(arguments)
    if arguments.vendor:
        return _show_files(_packed(arguments, python), show)
    made = _made(arguments, python, interpreter.folders_of(python))
    return _show_files({path: install.with_checksum(text) for path, text in made.items()}, show)


def _files(arguments: argparse.Namespace, show: Show) -> int:
    """Write the files for a package or an image: nothing of this system is asked, and nothing made to read them."""
    if not arguments.python or arguments.root == "/":
        raise UsageError(
            "udev files wants the interpreter and the folder of the system that it writes for",
            hint="modeswitch udev files --vendor --python /usr/bin/python3 --root DIR",
        )
    made = _packed(arguments, interpreter.check_named(arguments.python))
    return _show_results((install.pack if arguments.vendor else install.install)(made, arguments.root), show)


def _install(arguments: argparse.Namespace, show: Show) -> int:
    """Write the rules and the unit, and warn where usb_modeswitch's rules would switch the same sticks."""
    made = _made(arguments, *_checked_python(arguments))
    former = _remove_former(arguments.root)
    status = _show_results([*former, *install.install(made, arguments.root)], show)
    if usb_modeswitch.has_rules(arguments.root) and not arguments.replace_usb_modeswitch:
        show.progress(
            "warning: usb_modeswitch is installed and would switch the same sticks; "
            "--replace-usb-modeswitch takes those that are known here from it (and gives them back on remove)"
        )
    service = ("systemctl", "enable" if arguments.resident else "disable", units.UNIT)
    again = ("systemctl", "restart" if arguments.resident else "try-restart", units.UNIT)
    _reload(arguments.root, show, service, again, TRIGGER)
    return status


def _remove(arguments: argparse.Namespace, show: Show) -> int:
    told = (*install.installed_name_files(arguments.root), *install.installed_ignore_files(arguments.root))
    if arguments.root == "/":
        _tell(show, "systemctl", "disable", "--now", units.UNIT)
    results = [*install.remove([*install.SERVICE_FILES, *told], arguments.root), *_remove_former(arguments.root)]
    status = _show_results(results, show)
    _reload(arguments.root, show)
    return status


def _remove_former(root: str) -> list[install.FileResult]:
    """Remove what an earlier version has installed, where that is there."""
    return [one for one in install.remove(install.FORMER_FILES, root) if one.result != "absent"]


def _names(arguments: argparse.Namespace, show: Show) -> int:
    """Show the files that name ports, or write them in the place of those that are installed."""
    library = setting.library(arguments)
    named = names.parse_names(arguments.port or _ports_with_sticks(library))
    python = _checked_python(arguments)[0] if arguments.install else _python(arguments)
    made = install.name_files({port: names.udev_path(port) for port in named}, named, library, python)
    if not arguments.install:
        return _show_files({path: install.with_checksum(text) for path, text in made.items()}, show)
    old = [path for path in install.installed_name_files(arguments.root) if path not in made]
    results = [*install.remove(old, arguments.root), *install.write(made, arguments.root)]
    status = _show_results(results, show)
    _reload(arguments.root, show, TRIGGER_TTYS)
    show.progress("a network interface that is there keeps its name until its stick is plugged in again, or switched")
    return status


def _ignore(arguments: argparse.Namespace, show: Show) -> int:
    """Show the rules by which ModemManager leaves ports alone, or write them."""
    if not arguments.port:
        raise UsageError("which port?", hint="modeswitch udev ignore --port 1-1.4 --install")
    patterns = {port: names.udev_path(port) for port in map(Port.parse, arguments.port)}
    made = install.ignore_files(patterns, until_reboot=arguments.until_reboot)
    if not arguments.install:
        return _show_files({path: install.with_checksum(text) for path, text in made.items()}, show)
    status = _show_results(install.write(made, arguments.root), show)
    sticks = (f"/sys/bus/usb/devices/{port}" for port in patterns)
    again = [(*TRIGGER_ONE, stick) for stick in sticks if os.path.exists(stick)]
    _reload(arguments.root, show, *again)
    show.progress(
        "what ModemManager holds already it keeps until the stick is plugged in again or switched, "
        "or: systemctl restart ModemManager"
    )
    return status


def _ports_with_sticks(library: Library) -> list[str]:
    """The ports that have a known stick now.  Raises :class:`NoDevice` where none has."""
    from ..host import default

    with default() as bus:
        found = [str(device.port) for device in survey(bus, library) if device.profile]
        if not found:
            raise absent(bus, "there is no stick on the bus", "Name its port: modeswitch udev names --port 1-1.4")
    return found


def _role(arguments: argparse.Namespace, show: Show) -> int:
    """Tell udev the role of an interface (``1-1:1.0``): its rule runs this as PROGRAM.

    Raises :class:`NoDevice`, of status 3, where it has no role whose tty gets a name.
    """
    from ..host import default

    place, _, numbers = (arguments.interface or "").partition(":")
    number = numbers.partition(".")[2]
    port = Port.parse(place)
    with default() as bus:
        seen = bus.at(port)
    device = recognise(seen, setting.library(arguments)) if seen else None
    roles = {str(interface.number): role for interface, role in device.roles} if device else {}
    role = roles.get(number)
    if role not in names.NAMED_ROLES:
        raise NoDevice(f"{printable(arguments.interface, 60)} has no role that is named")
    show.result(role)
    return 0


def _show_files(made: dict[str, str], show: Show) -> int:
    """Show each file: its path below the root and its text."""
    for path, text in made.items():
        if show.json:
            show.emit("file", path=f"/{path}", text=text)
            continue
        show.result(f"# /{path}")
        for line in text.splitlines():
            show.result(line)
    return 0


def _show_results(results: list[install.FileResult], show: Show) -> int:
    """Show what was done with each file; status 5 where one was kept because a person has changed it."""
    for one in results:
        if show.json:
            show.emit("file", path=one.path, result=one.result)
        else:
            show.result(f"{one.path}: {RESULTS[one.result]}")
    return 5 if any(one.result == "kept" for one in results) else 0


def _reload(root: str, show: Show, *triggers: tuple[str, ...]) -> None:
    """Make the running udev and systemd read the new files, where ``root`` is this system's; a failure is a warning."""
    for command in (*RELOAD, *triggers) if root == "/" else ():
        _tell(show, *command)


def _tell(show: Show, name: str, *words: str) -> None:
    """Run a program of udev's or systemd's, where that runs; a failure is a warning."""
    if programs.find(name) is None or (name == "systemctl" and not programs.systemd_runs()):
        return
    said = programs.run(name, *words, seconds=SECONDS)
    if said.status != 0:
        show.progress(f"warning: {name} {' '.join(words)}: {said.complaint or 'it gave no answer'}")
