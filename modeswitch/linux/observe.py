"""What else bears on one stick on this machine: dynamic ids, other programs, permissions, rules; read, never changed.

Nothing here raises: what cannot be read is not observed.  Every scan is bounded.

Ref: Linux drivers/usb/serial/bus.c and drivers/usb/core/driver.c (new_id and remove_id: usb-serial's drivers have only
the first), Documentation/ABI/testing/sysfs-bus-usb (authorized); proc(5); udev(7); os-release(5).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable

from .. import files
from ..printable import printable
from ..usb.descriptors import UsbId
from ..usb.device import UsbDevice
from ..values import NamedTuple
from . import packages, usb_modeswitch

MOST_LINKS = 100_000
"""How many open files are looked at, of all processes together."""
MOST_PROCESSES = 20_000
WATCHED = ("ModemManager", "usbguard-daemon", "usb_modeswitch")
"""Programs that bear on a stick, as /proc/PID/comm has them."""
_ID = re.compile(r"([0-9a-f]{4}) ([0-9a-f]{4})(?: [0-9a-f]{2})?")
_OURS = re.compile(r"modeswitch@?\.service|-m modeswitch\b(?! udev)|bin/modeswitch\b")


class Roots(NamedTuple):
    """Where the system is looked at; ``root`` is what /etc, /lib and /usr are below."""

    sys: str = "/sys"
    proc: str = "/proc"
    dev: str = "/dev"
    root: str = "/"


class Dynamic(NamedTuple):
    """An id that somebody wrote to a driver's ``new_id``: it matches every interface of such a device.

    ``driver`` is the module's name, ``folder`` the driver's in sysfs, ``text`` what stands in its ``new_id``.
    """

    driver: str
    folder: str
    id: UsbId
    text: str

    @property
    def removable(self) -> bool:
        """Has the driver a ``remove_id``?  usb-serial's have not: their ids go with the module."""
        return "/bus/usb/" in self.folder


class Observed(NamedTuple):
    """What was seen; all empty where nobody may or can look (another machine's text, a simulated bus).

    ``system`` is the distribution (ID of os-release), ``holders`` pairs of a device node and the program that has it
    open.  ``usb_modeswitch`` and ``modeswitch`` tell whether the udev rules of each would switch sticks,
    ``replaces_usb_modeswitch`` whether modeswitch's take the sticks from usb_modeswitch's, ``usbmode`` whether
    OpenWrt's usbmode is installed.  ``authorized`` is None where the kernel does not say; ``blocked`` are the numbers
    of the interfaces that are not authorized.  ``denied`` are nodes that this user may not open, ``loaded`` the
    kernel's modules, ``quirks`` what usb-storage was told to do otherwise (``12d1:1f01:s``, by commas).
    """

    kernel: str = ""
    system: str = ""
    dynamic: tuple[Dynamic, ...] = ()
    running: tuple[str, ...] = ()
    holders: tuple[tuple[str, str], ...] = ()
    usb_modeswitch: bool = False
    modeswitch: bool = False
    replaces_usb_modeswitch: bool = False
    usbmode: bool = False
    authorized: bool | None = None
    blocked: tuple[int, ...] = ()
    denied: tuple[str, ...] = ()
    loaded: frozenset[str] = frozenset()
    quirks: str = ""


def observe(
    usb_device: UsbDevice,
    nodes: Iterable[str] = (),
    roots: Roots | None = None,
    may: Callable[[str, int], bool] = os.access,
) -> Observed:
    """Look around one device; ``nodes`` are its ttys and wdm nodes, ``may`` is os.access(2)."""
    roots = roots or Roots()
    usb = f"{roots.dev}/bus/usb/{usb_device.port.bus:03}/{usb_device.address:03}"
    own = [usb, *(_in(roots, node) for node in nodes)]
    there = [node for node in own if os.path.exists(node)]
    rules = _rules(roots.root)
    authorized = files.text(f"{roots.sys}/bus/usb/devices/{usb_device.port}/authorized", 8).strip()
    return Observed(
        kernel=printable(files.text(f"{roots.proc}/sys/kernel/osrelease", 100).strip()),
        system=packages.this_system(roots.root),
        dynamic=tuple(one for one in dynamic_ids(roots.sys) if one.id == usb_device.id),
        running=running(roots.proc),
        holders=holders(own, roots.proc),
        usb_modeswitch=usb_modeswitch.has_rules(roots.root) and not usb_modeswitch.is_disabled(roots.root),
        modeswitch=bool(_OURS.search(rules)),
        replaces_usb_modeswitch='ENV{DEVTYPE}=="usb_interface"' in rules and 'RUN="/bin/true"' in rules,
        usbmode=os.path.exists(os.path.join(roots.root, "etc/init.d/usbmode")),
        authorized={"0": False, "1": True}.get(authorized),
        blocked=_blocked(usb_device, roots.sys),
        denied=tuple(node for node in there if not may(node, os.R_OK | os.W_OK)),
        loaded=frozenset(files.names(f"{roots.sys}/module")),
        quirks=printable(files.text(f"{roots.sys}/module/usb_storage/parameters/quirks", 4096).strip()),
    )


def _blocked(usb_device: UsbDevice, sys: str) -> tuple[int, ...]:
    """The interfaces that no driver may have.  Ref: Linux Documentation/usb/authorization.rst."""
    folder, own = f"{sys}/bus/usb/devices", f"{usb_device.port}:{usb_device.active}."
    numbers = [name.removeprefix(own) for name in files.names(folder) if name.startswith(own)]
    denied = [one for one in numbers if files.text(f"{folder}/{own}{one}/authorized", 8).strip() == "0"]
    return tuple(sorted(int(one) for one in denied if one.isdecimal()))


def dynamic_ids(sys: str = "/sys") -> list[Dynamic]:
    """Every id that was written to a ``new_id``; usb-serial's drivers are named by their modules."""
    found = []
    for bus in ("usb", "usb-serial"):
        for name in files.names(f"{sys}/bus/{bus}/drivers"):
            folder = f"{sys}/bus/{bus}/drivers/{name}"
            for line in files.text(f"{folder}/new_id", 4096).splitlines():
                match = _ID.fullmatch(line.strip())
                if match:
                    module = os.path.basename(files.link(f"{folder}/module")) or name
                    found.append(Dynamic(module, folder, UsbId(int(match[1], 16), int(match[2], 16)), line.strip()))
    return found


def running(proc: str = "/proc") -> tuple[str, ...]:
    """Which of :data:`WATCHED` run now."""
    processes = [name for name in files.names(proc) if name.isdigit()][:MOST_PROCESSES]
    there = {files.text(f"{proc}/{process}/comm", 32).strip() for process in processes}
    return tuple(name for name in WATCHED if name[:15] in there)


def holders(nodes: Iterable[str], proc: str = "/proc") -> tuple[tuple[str, str], ...]:
    """(node, program) of each program that has one of these device nodes open, as far as we may look; not ourselves."""
    wanted = set(nodes)
    found = []
    looked = 0
    for process in [name for name in files.names(proc) if name.isdigit()][:MOST_PROCESSES] if wanted else ():
        if process == str(os.getpid()):
            continue
        for number in files.names(f"{proc}/{process}/fd"):
            looked += 1
            node = files.link(f"{proc}/{process}/fd/{number}")
            if node in wanted:
                found.append((node, f"{printable(files.text(f'{proc}/{process}/comm', 32).strip())} ({process})"))
        if looked > MOST_LINKS:
            break
    return tuple(dict.fromkeys(found))


def _in(roots: Roots, node: str) -> str:
    """A node of /dev, where the machine that is looked at has it."""
    return f"{roots.dev}/{node.removeprefix('/dev/')}"


def _rules(root: str) -> str:
    """The udev rules that start modeswitch, all in one."""
    texts = []
    for folder in ("etc/udev/rules.d", "run/udev/rules.d", "usr/lib/udev/rules.d", "lib/udev/rules.d"):
        for name in files.names(os.path.join(root, folder)):
            if "modeswitch" in name and "usb_modeswitch" not in name and name.endswith(".rules"):
                lines = files.text(os.path.join(root, folder, name), 1024 * 1024).splitlines()
                texts.append("\n".join(line for line in lines if not line.lstrip().startswith("#")))
    return "\n".join(texts)
