"""Knows how to ask the guest's kernel what it sees: devices, interfaces, their drivers, and what the drivers made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# Builtins where possible: a process costs more in the guest than all the rest of this.
SCRIPT = r"""
shopt -s nullglob
cd /sys/bus/usb/devices
for device in [1-9]*-[1-9]*; do
	[[ $device != *:* ]] || continue
	{ read -r vendor <$device/idVendor && read -r product <$device/idProduct && read -r address <$device/devnum; } ||
		continue
	configuration=
	read -r configuration <$device/bConfigurationValue
	echo "device $device $vendor:$product $address ${configuration:-0}"
	for interface in $device:*; do
		{ read -r class <$interface/bInterfaceClass && read -r sub <$interface/bInterfaceSubClass &&
			read -r protocol <$interface/bInterfaceProtocol; } || continue
		driver=-
		[[ ! -e $interface/driver ]] || driver=$(readlink $interface/driver)
		echo "interface $device ${interface##*.} $class/$sub/$protocol ${driver##*/}"
		for made in $interface/net/* $interface/ttyUSB* $interface/host*/target*/*/block/*; do
			echo "made $device ${interface##*.} ${made##*/}"
		done
	done
done 2>/dev/null
true
"""


@dataclass(frozen=True)
class Interface:
    """One interface: class triple, the driver bound to it ("" where there is none), what that driver made of it."""

    triple: str
    driver: str
    made: tuple[str, ...] = ()


@dataclass(frozen=True)
class Device:
    """One device; ``configuration`` is 0 while there is none, ``interfaces`` are by number."""

    id: str
    address: int
    configuration: int
    interfaces: Mapping[int, Interface] = field(default_factory=dict)

    @property
    def drivers(self) -> dict[str, str]:
        """Class triple of each interface that is bound, with its driver; storage interfaces may be several."""
        return {interface.triple: interface.driver for interface in self.interfaces.values() if interface.driver}

    @property
    def ports(self) -> list[str]:
        """The serial ports of it, by number."""
        return sorted(name for name in self._made if name.startswith("ttyUSB"))

    @property
    def disks(self) -> list[str]:
        """The block devices of it."""
        return sorted(name for name in self._made if name.startswith(("sr", "sd")))

    @property
    def networks(self) -> list[str]:
        """The network interfaces of it, whatever udev called them."""
        return sorted(name for name in self._made if not name.startswith(("ttyUSB", "sr", "sd")))

    @property
    def _made(self) -> list[str]:
        return [name for interface in self.interfaces.values() for name in interface.made]


def devices(text: str) -> dict[str, Device]:
    """Port → device, from what SCRIPT printed."""
    heads: dict[str, tuple[str, int, int]] = {}
    interfaces: dict[str, dict[int, Interface]] = {}
    for line in filter(None, text.splitlines()):
        kind, port, *rest = line.split()
        if kind == "device":
            heads[port] = (rest[0], int(rest[1]), int(rest[2]))
            interfaces[port] = {}
        elif kind == "interface":
            interfaces[port][int(rest[0])] = Interface(rest[1], rest[2].removeprefix("-"))
        else:
            number = int(rest[0])
            before = interfaces[port][number]
            interfaces[port][number] = Interface(before.triple, before.driver, (*before.made, rest[1]))
    return {port: Device(*head, interfaces[port]) for port, head in heads.items()}
