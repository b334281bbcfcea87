"""Puts a wrong binding right, through sysfs: unbinds the driver, drops a stale id, binds the right driver.

All is checked before anything is done, and each thing is told before it is done.  Storage is never touched.

Ref: Linux Documentation/ABI/testing/sysfs-bus-usb, driver-model/binding.rst; drivers/usb/serial/bus.c (an id given to a
usb-serial driver goes only with its module); modprobe(8).
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable

from .. import files
from ..errors import ModeswitchError, PermissionDenied, Refused, Unavailable
from ..printable import printable
from ..usb.descriptors import UsbId
from ..values import NamedTuple
from .observe import Dynamic, holders

MODULE = re.compile(r"[a-z0-9_][a-z0-9_-]{0,59}")
"""What a module may be called; anything else is never given to modprobe."""
SECONDS = 30.0
"""How long modprobe may take."""


NEW_ID_FILES = {"option": "/sys/bus/usb-serial/drivers/option1/new_id"}
"""Module of usb-serial → where an id that it does not know is written to it.  Ref: Linux drivers/usb/serial/option.c,
drivers/usb/serial/bus.c; the ids go with the module."""


def new_id_line(usb: UsbId) -> str:
    """What is written to a ``new_id`` so that the driver takes the vendor's own interfaces of a device, and no other.

    Ref: Linux drivers/usb/core/driver.c, usb_store_new_id: vendor, product, bInterfaceClass.
    """
    return f"{usb.vendor:04x} {usb.product:04x} ff"


class NewId(NamedTuple):
    """An id that a driver of usb-serial does not know, and is told."""

    driver: str
    id: UsbId


class Unbind(NamedTuple):
    """One interface (``1-1:1.1``) and the driver to unbind from it; the tty and the networks it made of it."""

    interface: str
    driver: str
    tty: str = ""
    networks: tuple[str, ...] = ()


class Bind(NamedTuple):
    """One interface and the drivers that may have it, the best first: of modules.alias, or loaded ones."""

    interface: str
    drivers: tuple[str, ...]


class Repair(NamedTuple):
    """What is to be done on the stick at ``port``, in this order: all unbinding, stale ids, new ids, all binding."""

    port: str
    unbind: tuple[Unbind, ...] = ()
    stale: tuple[Dynamic, ...] = ()
    bind: tuple[Bind, ...] = ()
    new: tuple[NewId, ...] = ()


def modprobe(*words: str) -> str:
    """Run modprobe with these words; what it complained of, empty where it did what was asked."""
    from . import programs

    try:
        said = programs.run("modprobe", *words, seconds=SECONDS)
    except OSError as error:
        return str(error)
    return "" if said.status == 0 else said.complaint or ("it failed" if said.status else "it does not end")


def write_attribute(path: str, text: str) -> None:
    """Write to an attribute of sysfs.  Raises :class:`OSError`."""
    file = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(file, text.encode("ascii"))
    finally:
        os.close(file)


class Binder:
    """Carries a :class:`Repair` out; ``tell`` is called with a line before each thing is done.

    ``run`` is called in place of :func:`modprobe`.
    """

    def __init__(
        self,
        tell: Callable[[str], None],
        sys: str = "/sys",
        proc: str = "/proc",
        run: Callable[..., str] | None = None,
    ) -> None:
        self._tell, self._run = tell, run or modprobe
        self._sys, self._proc = sys, proc

    def repair(self, repair: Repair) -> None:
        """Do all of it.

        Raises :class:`Refused` while nothing was done, where something is in use; :class:`PermissionDenied`;
        :class:`Unavailable` where a driver cannot be loaded or declines: the one that was there is bound again.
        """
        self._refuse_what_is_in_use(repair)
        strange = [name for wanted in repair.bind for name in wanted.drivers if not MODULE.fullmatch(name)]
        if strange:
            raise Unavailable(f"nothing was changed: {printable(strange[0], 60)!r} is no module's name")
        for one in repair.unbind:
            if self._bound(one.interface) == one.driver:
                self._tell(f"unbinding {one.driver} from {one.interface}")
                self._write(f"{self._driver(one.driver)}/unbind", one.interface)
        try:
            for dynamic in repair.stale:
                self._forget(dynamic, repair)
            for new in repair.new:
                self._add(new)
            for wanted in repair.bind:
                self._bind(wanted)
        except ModeswitchError:
            self._put_back(repair)
            raise

    # Before.

    def _refuse_what_is_in_use(self, repair: Repair) -> None:
        problems = []
        for one in repair.unbind:
            if one.driver in ("usb-storage", "uas"):
                problems.append(f"{one.interface} is storage, which is never touched here")
            problems += [f"{node} is open in {who}" for node, who in holders([one.tty] if one.tty else [], self._proc)]
            problems += [f"the network interface {name} is up" for name in one.networks if self._is_up(name)]
        if problems:
            raise Refused(
                f"{repair.port}: nothing was changed: {'; '.join(problems)}",
                hint="Stop what uses it (ModemManager: systemctl stop ModemManager), then try again.",
                port=repair.port,
            )

    def _is_up(self, network: str) -> bool:
        """Ref: linux/if.h, IFF_UP."""
        try:
            return bool(int(files.text(f"{self._sys}/class/net/{network}/flags", 16), 16) & 0x1)
        except ValueError:
            return False

    # Each thing.

    def _forget(self, dynamic: Dynamic, repair: Repair) -> None:
        """Take a dynamic id from its driver: by ``remove_id``, or by loading a usb-serial module anew."""
        if dynamic.removable:
            self._tell(f"removing the id {dynamic.id} from {dynamic.driver}")
            self._write(f"{dynamic.folder}/remove_id", f"{dynamic.id.vendor:04x} {dynamic.id.product:04x}")
            return
        why = self._kept(dynamic, repair)
        if why:
            self._tell(f"leaving the id {dynamic.id} in {dynamic.driver}: only unloading it would remove it, and {why}")
            return
        self._tell(f"loading {dynamic.driver} anew, which forgets the id {dynamic.id}")
        self._modprobe("-r", dynamic.driver)
        self._modprobe(dynamic.driver)

    def _add(self, new: NewId) -> None:
        """Tell a driver of an id; it binds what is free of such a device at once."""
        file = NEW_ID_FILES[new.driver].replace("/sys", self._sys, 1)
        if not os.path.isdir(os.path.dirname(file)):
            self._tell(f"loading {new.driver}")
            self._modprobe(new.driver)
        self._tell(f"writing {new_id_line(new.id)} to {file}")
        self._write(file, new_id_line(new.id))

    def _kept(self, dynamic: Dynamic, repair: Repair) -> str:
        """Why the module cannot be loaded anew; empty where it can."""
        if not MODULE.fullmatch(dynamic.driver):
            return "its name is strange"
        bound = [name for name in files.names(self._driver(dynamic.driver)) if ":" in name]
        others = sorted({name.partition(":")[0] for name in bound} - {repair.port})
        if others:
            return f"it drives {', '.join(others)}, too"
        folders = [f"{self._sys}/bus/usb/devices/{name}" for name in bound]
        ttys = [f"/dev/{tty}" for folder in folders for tty in files.names(folder) if _is_tty(tty)]
        open_in = [f"{node} is open in {who}" for node, who in holders(ttys, self._proc)]
        return "; ".join(open_in)

    def _bind(self, wanted: Bind) -> None:
        if self._bound(wanted.interface) in _spellings(wanted.drivers):
            return  # the driver took it by itself, as soon as it was free
        name = next((name for name in _spellings(wanted.drivers) if os.path.isdir(self._driver(name))), None)
        if name is None:
            module = wanted.drivers[0]
            self._tell(f"loading {module}")
            self._modprobe(module)
            name = next((name for name in _spellings((module,)) if os.path.isdir(self._driver(name))), module)
        if self._bound(wanted.interface) == name:
            return
        self._tell(f"binding {name} to {wanted.interface}")
        self._write(f"{self._driver(name)}/bind", wanted.interface)
        if self._bound(wanted.interface) != name:
            raise Unavailable(f"{name} did not take {wanted.interface}", hint="See what the kernel says: dmesg | tail")

    def _put_back(self, repair: Repair) -> None:
        """Give each interface that has no driver now the one that it had."""
        for one in repair.unbind:
            if self._bound(one.interface) is None:
                self._tell(f"binding {one.driver} to {one.interface} again, as it was")
                try:
                    self._write(f"{self._driver(one.driver)}/bind", one.interface)
                except ModeswitchError:
                    continue  # what went wrong first is what is told

    # sysfs.

    def _driver(self, name: str) -> str:
        return f"{self._sys}/bus/usb/drivers/{name}"

    def _bound(self, interface: str) -> str | None:
        return os.path.basename(files.link(f"{self._sys}/bus/usb/devices/{interface}/driver")) or None

    def _modprobe(self, *words: str) -> None:
        if os.geteuid() != 0:
            raise PermissionDenied(f"modprobe {' '.join(words)}: only root may", hint="Run the same as root (sudo).")
        complaint = self._run(*words)
        if complaint:
            raise Unavailable(
                f"modprobe {' '.join(words)}: {complaint}", hint="Is the module there? modinfo " + words[-1]
            )

    def _write(self, path: str, text: str) -> None:
        try:
            write_attribute(path, text)
        except OSError as error:
            words = f"{path}: {os.strerror(error.errno or 0).lower()}"
            if error.errno in (errno.EACCES, errno.EPERM):
                raise PermissionDenied(words, hint="Run the same as root (sudo).") from error
            raise Unavailable(words, hint="See what the kernel says: dmesg | tail") from error


def _spellings(names: tuple[str, ...]) -> list[str]:
    """The names, and each as modules and drivers differ: usb_storage, usb-storage."""
    return list(dict.fromkeys(name.replace(*pair) for name in names for pair in (("", ""), ("_", "-"), ("-", "_"))))


def _is_tty(name: str) -> bool:
    return re.fullmatch(r"ttyUSB\d+", name) is not None
