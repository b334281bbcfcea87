"""The machine that both programs are shown: /sys, /dev and the kernel's events of one bus, under a folder of its own.

umockdev's preload library redirects a program's looks at /sys and /dev there, gives it a socket file in the place of a
netlink socket, and sends its ioctls to a socket (see ``usbfs.py``).

Ref: umockdev 0.17, src/libumockdev-preload.c trap_path(), netlink_bind(); Documentation/ABI/testing/sysfs-bus-usb;
lib/kobject_uevent.c.
"""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Self

from .look import Look, looks
from .stick import Stick
from .usbfs import Server

CONTROLLER = "devices/pci0000:00/0000:00:14.0"
USB_MAJOR = 189
_SEQUENCE = count(1)


class Bench:
    """A folder with sticks in it, kept as the sticks come and go.  A context manager; ``sticks`` share one bus."""

    def __init__(self, *sticks: Stick) -> None:
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.root = Path(tempfile.mkdtemp(prefix="p", dir=memory))  # short: a socket's path has 108 bytes
        self.sticks = sticks
        self._servers: dict[str, Server] = {}
        self._told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        _bind_as_kernel(self._told)
        for folder in ("sys/bus/usb/devices", "sys/class", "dev/.node", "dev/bus/usb/001", "ioctl/dev"):
            (self.root / folder).mkdir(parents=True)
        self._hub(sticks[0].bus)
        for stick in sticks:
            self._plug(stick)
            stick.moved = self._moving(stick)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for stick in self.sticks:
            with stick.changed:
                stick.moved = lambda _action: None
            stick.close()
        for server in self._servers.values():
            server.close()
        self._told.close()
        shutil.rmtree(self.root, ignore_errors=True)

    def _moving(self, stick: Stick) -> Callable[[str], None]:
        where = _Place(stick)

        def moved(action: str) -> None:
            nonlocal where
            before, where = where, _Place(stick)
            if action == "change":
                self._unplug(before, node=False)
                self._plug(stick, node=False)
            elif action == "remove":
                self._unplug(before)
                self._tell("remove", before)
            else:
                self._plug(stick)
                self._tell("add", where)

        return moved

    # sysfs and device nodes.

    def _hub(self, bus: int) -> None:
        look = looks(0x1D6B, 0x0002, ())
        self._device(f"{CONTROLLER}/usb{bus}", look, bus, 1)

    def _plug(self, stick: Stick, *, node: bool = True) -> None:
        place = _Place(stick)
        self._device(place.folder, stick.look, stick.bus, stick.address)
        for number, function in enumerate(stick.look.functions):
            triple = function.settings[0].triple
            self._interface(place, number, triple, stick.look)
        if node:
            self._node(place, stick)

    def _unplug(self, place: _Place, *, node: bool = True) -> None:
        for link in (self.root / "sys/bus/usb/devices").glob(f"{place.name}*"):
            if link.name == place.name or link.name.startswith(f"{place.name}:"):
                link.unlink()
        shutil.rmtree(self.root / "sys" / place.folder)
        if node:
            (self.root / place.node).unlink()
            (self.root / place.number).unlink()

    def _device(self, folder: str, look: Look, bus: int, address: int) -> None:
        first = look.first
        configuration = str(look.active) if look.active else ""
        attributes = {
            "busnum": str(bus),
            "devnum": str(address),
            "idVendor": f"{first.vendor:04x}",
            "idProduct": f"{first.product:04x}",
            "bcdDevice": f"{first.release:04x}",
            "bDeviceClass": f"{first.device_class:02x}",
            "bNumConfigurations": str(len(look.configurations)),
            "bNumInterfaces": f"{len(look.functions):2d}" if look.active else "",
            "bConfigurationValue": configuration,
            "speed": "480",
            "manufacturer": first.manufacturer,
            "product": first.name,
            "serial": first.serial,
            "uevent": "\n".join(f"{key}={value}" for key, value in _properties(bus, address).items()),
        }
        path = self.root / "sys" / folder
        path.mkdir(parents=True)
        for name, text in attributes.items():
            (path / name).write_text(text + "\n")
        (path / "descriptors").write_bytes(look.descriptors())
        self._in_bus(path)

    def _interface(self, place: _Place, number: int, triple: tuple[int, int, int], look: Look) -> None:
        path = self.root / "sys" / place.folder / f"{place.name}:{look.active}.{number}"
        path.mkdir()
        names = ("bInterfaceClass", "bInterfaceSubClass", "bInterfaceProtocol")
        attributes = {name: f"{value:02x}" for name, value in zip(names, triple, strict=True)}
        attributes |= {"bInterfaceNumber": f"{number:02x}", "uevent": "DEVTYPE=usb_interface"}
        for name, text in attributes.items():
            (path / name).write_text(text + "\n")
        self._in_bus(path)
        if triple[0] == 8 and any(look.scsi):
            disk = path / "host0/target0:0:0/0:0:0:0"
            disk.mkdir(parents=True)
            for name, text in zip(("vendor", "model", "rev"), look.scsi, strict=True):
                (disk / name).write_text(text + "\n")

    def _in_bus(self, path: Path) -> None:
        up = "../" * len(path.relative_to(self.root / "sys").parts)
        (path / "subsystem").symlink_to(f"{up}bus/usb")
        link = self.root / "sys/bus/usb/devices" / path.name
        link.symlink_to(f"../../../{path.relative_to(self.root / 'sys')}")

    def _node(self, place: _Place, stick: Stick) -> None:
        self._servers[place.node] = Server(str(self.root / "ioctl" / place.node), stick)
        (self.root / place.node).touch()
        (self.root / place.number).symlink_to(f"{USB_MAJOR}:{place.address - 1}")

    # Events.

    def _tell(self, action: str, place: _Place) -> None:
        """The kernel's event, to every socket that a program has in the place of netlink's."""
        path = f"/{place.folder}"
        lines = {"ACTION": action, "DEVPATH": path, "SUBSYSTEM": "usb", **_properties(place.bus, place.address)}
        lines["SEQNUM"] = str(next(_SEQUENCE))
        message = "\0".join([f"{action}@{path}", *(f"{key}={value}" for key, value in lines.items()), ""])
        for listener in self.root.glob("event*"):
            with suppress(OSError):
                self._told.sendto(message.encode(), socket.MSG_DONTWAIT, str(listener))


class _Place:
    """Where a stick is now: its name, address, folder in sysfs, node, and the file that has the node's number."""

    def __init__(self, stick: Stick) -> None:
        self.name, self.bus, self.address = stick.name, stick.bus, stick.address
        self.folder = f"{CONTROLLER}/usb{stick.bus}/{stick.name}"
        self.node = f"dev/bus/usb/{stick.bus:03d}/{stick.address:03d}"
        self.number = f"dev/.node/bus_usb_{stick.bus:03d}_{stick.address:03d}"


def _properties(bus: int, address: int) -> dict[str, str]:
    return {
        "MAJOR": str(USB_MAJOR),
        "MINOR": str(address - 1),
        "DEVNAME": f"bus/usb/{bus:03d}/{address:03d}",
        "DEVTYPE": "usb_device",
        "BUSNUM": f"{bus:03d}",
        "DEVNUM": f"{address:03d}",
    }


def _bind_as_kernel(told: socket.socket) -> None:
    """Give the sender a name that reads as netlink's (0, n), a port and groups: two bytes, the first of them zero."""
    for last in range(256):
        try:
            told.bind(bytes([0, last]))
        except OSError:
            continue
        return
    raise OSError("every two-byte name of an abstract socket is taken")
