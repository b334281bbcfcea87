"""Reads what ``usb-devices`` prints and the kernel's usbdevfs file shows, as the captures have it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from modeswitch.usb.descriptors import Configuration, Interface, Triple, UsbId

CAPTURES = Path(__file__).parent.parent / "captures"


class Listed(NamedTuple):
    """An id and the interfaces that were printed."""

    id: UsbId
    configuration: Configuration


def devices(capture: str) -> list[Listed]:
    """Every device of a capture, in order; alternate settings of an interface follow each other."""
    (path,) = CAPTURES.glob(f"{capture}_*")
    found: list[Listed] = []
    for line in path.read_text("utf-8").splitlines():
        product = re.match(r"P:\s+Vendor=([0-9a-f]{4}) ProdID=([0-9a-f]{4})", line)
        interface = re.match(r"I:\*?\s+If#=\s*(\S+) Alt=\s*(\d+) .*Cls=(\w\w)\(.*\) Sub=(\w\w) Prot=(\w\w)", line)
        if product:
            found.append(Listed(UsbId.parse(":".join(product.groups())), Configuration(1, ())))
        elif interface:
            number, alternate, *triple = interface.groups()
            one = Interface(int(number, 0), int(alternate), Triple.parse("/".join(triple)))
            whole = found[-1].configuration
            found[-1] = found[-1]._replace(configuration=Configuration(1, (*whole.interfaces, one)))
    return found
