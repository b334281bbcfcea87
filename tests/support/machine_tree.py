"""A made-up machine with one stick: /sys with interfaces and drivers, /proc with programs, /dev, /etc, and a kernel.

The kernel is a few lines: what is written to ``bind``, ``unbind``, ``new_id`` and ``remove_id`` is done to the tree.
"""

from __future__ import annotations

import os
from pathlib import Path

from modeswitch.linux.observe import Roots
from modeswitch.usb.descriptors import Triple
from tests.support import sysfs_tree

ALIASES = """\
alias usb:v12D1p*d*dc*dsc*dp*icFFisc03ip12in* option
alias usb:v12D1p*d*dc*dsc*dp*icFFisc03ip16in* huawei_cdc_ncm
alias usb:v*p*d*dc*dsc*dp*ic08isc06ip50in* usb_storage
"""
SEED = ("ff/03/12", "ff/03/16")


class Machine:
    """A tree below ``root``; ``wrote`` is what was written to sysfs, ``ran`` what modprobe was run with."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.sys, self.proc, self.dev = root / "sys", root / "proc", root / "dev"
        self.modules = root / "lib/modules/6.1.0-test"
        for folder in (self.sys / "bus/usb/devices", self.sys / "module", self.proc, self.dev, self.modules):
            folder.mkdir(parents=True)
        (self.modules / "modules.alias").write_text(ALIASES)
        (self.proc / "sys/kernel").mkdir(parents=True)
        (self.proc / "sys/kernel/osrelease").write_text("6.1.0-test\n")
        self.wrote: list[str] = []
        self.ran: list[str] = []
        self.declines: set[str] = set()

    @property
    def roots(self) -> Roots:
        """Where to look at it."""
        return Roots(str(self.sys), str(self.proc), str(self.dev), str(self.root))

    def stick(self, *triples: str, usb: str = "12d1:1506", port: str = "1-1", bound: tuple[str, ...] = ()) -> Path:
        """A stick in that port, with these interfaces and their drivers; option makes a tty of each."""
        raw = b"".join(bytes((9, 4, number, 0, 0, *Triple.parse(triple), 0)) for number, triple in enumerate(triples))
        whole = sysfs_tree.descriptors(usb, raw, len(triples))
        path = sysfs_tree.plug(self.sys, port, usb, raw=whole, serial="SECRET0123456789", authorized="1")
        for number in range(len(triples)):
            folder = path / f"{port}:1.{number}"
            folder.mkdir()
            (self.sys / f"bus/usb/devices/{port}:1.{number}").symlink_to(folder)
        for number, name in enumerate(bound):
            if name:
                self.bind(f"{port}:1.{number}", name)
        node = self.dev / "bus/usb/001"
        node.mkdir(parents=True, exist_ok=True)
        (node / "005").touch()
        return path

    def driver(self, name: str, bus: str = "usb") -> Path:
        """The folder of a driver that is loaded."""
        folder = self.sys / "bus" / bus / "drivers" / name
        if not folder.is_dir():
            folder.mkdir(parents=True)
            (folder / "bind").touch()
            (folder / "unbind").touch()
            module = self.sys / "module" / name.replace("-", "_").rstrip("1")
            module.mkdir(exist_ok=True)
            (folder / "module").symlink_to(module)
        return folder

    def dynamic(self, name: str, usb: str = "12d1:1506", bus: str = "usb-serial") -> None:
        """Somebody wrote this id to the driver's new_id."""
        folder = self.driver(name, bus)
        (folder / "new_id").write_text(usb.replace(":", " ") + "\n")
        if bus == "usb":
            (folder / "remove_id").touch()

    def interface(self, name: str) -> Path:
        return self.sys / "bus/usb/devices" / name

    def bind(self, interface: str, driver: str) -> None:
        folder = self.driver(driver)
        (self.interface(interface) / "driver").symlink_to(folder)
        (folder / interface).symlink_to(self.interface(interface).resolve())
        if driver == "option":
            (self.interface(interface) / f"ttyUSB{interface[-1]}").mkdir(exist_ok=True)
            (self.dev / f"ttyUSB{interface[-1]}").touch()
        elif "ncm" in driver:
            self.network(interface, "wwan0")

    def network(self, interface: str, name: str, flags: str = "0x1002") -> None:
        (self.interface(interface) / "net" / name).mkdir(parents=True, exist_ok=True)
        (self.sys / "class/net" / name).mkdir(parents=True, exist_ok=True)
        (self.sys / "class/net" / name / "flags").write_text(flags + "\n")

    def unbind(self, interface: str) -> None:
        folder = self.interface(interface)
        (folder / "driver").resolve().joinpath(interface).unlink()
        (folder / "driver").unlink()
        for tty in folder.glob("ttyUSB*"):
            tty.rmdir()

    def program(self, number: int, name: str, *nodes: str) -> None:
        """A program that runs, and has these nodes open."""
        folder = self.proc / str(number)
        (folder / "fd").mkdir(parents=True)
        (folder / "comm").write_text(name + "\n")
        for count, node in enumerate(nodes):
            (folder / "fd" / str(count)).symlink_to(node)

    def bound(self, interface: str) -> str | None:
        try:
            return os.path.basename(os.readlink(self.interface(interface) / "driver"))
        except OSError:
            return None

    # The kernel.

    def write(self, path: str, text: str) -> None:
        """What sysfs does when this is written."""
        folder, action = Path(path).parent, Path(path).name
        self.wrote.append(f"{folder.name}/{action} {text}")
        if action == "unbind":
            self.unbind(text)
        elif action == "bind" and folder.name not in self.declines:
            self.bind(text, folder.name)
        elif action == "new_id":
            with (folder / action).open("a") as file:
                file.write(text + "\n")
            for interface in sorted((self.sys / "bus/usb/devices").glob("*:*")):
                if self.bound(interface.name) is None and interface.name not in self.declines:
                    self.bind(interface.name, folder.name.rstrip("1"))
        elif action == "remove_id":
            (folder / "new_id").write_text("")

    def modprobe(self, *words: str) -> str:
        """Loads a module of the index, or unloads one that is loaded."""
        self.ran.append(" ".join(words))
        name = words[-1]
        if words[0] == "-r":
            (self.sys / "bus/usb-serial/drivers" / f"{name}1" / "new_id").write_text("")
            return ""
        if f" {name}\n" not in (self.modules / "modules.alias").read_text():
            return f"FATAL: Module {name} not found"
        self.driver(name)
        if name == "option":
            self.driver("option1", "usb-serial")
        return ""
