"""A made-up /sys with USB devices in it, for the tests that must not depend on what is plugged in here."""

from __future__ import annotations

import struct
from pathlib import Path

STORAGE = bytes.fromhex("0904000002080650 00 0705810200020007050102000200".replace(" ", ""))
"""An interface 08/06/50 with two bulk endpoints."""


def descriptors(usb: str, interfaces: bytes = STORAGE, count: int = 1, value: int = 1) -> bytes:
    """A device descriptor and one configuration, as the ``descriptors`` attribute has them."""
    vendor, product = (int(part, 16) for part in usb.split(":"))
    device = struct.pack("<BBHBBBBHHHBBBB", 18, 1, 0x0200, 0, 0, 0, 64, vendor, product, 0x0102, 1, 2, 3, 1)
    return device + struct.pack("<BBHBBBBB", 9, 2, 9 + len(interfaces), count, value, 0, 0x80, 250) + interfaces


def folder(root: Path, name: str) -> Path:
    """The folder of a device."""
    return root / "bus" / "usb" / "devices" / name


def plug(root: Path, name: str, usb: str, *, raw: bytes | None = None, **attributes: str) -> Path:
    """A device with that kernel name; attributes replace or add to the usual ones, an empty one is left out."""
    path = folder(root, name)
    path.mkdir(parents=True, exist_ok=True)
    vendor, product = usb.split(":")
    usual = {"devnum": "5", "idVendor": vendor, "idProduct": product, "bConfigurationValue": "1"}
    for key, text in {**usual, **attributes}.items():
        if text:
            (path / key).write_bytes(text.encode("utf-8", "surrogateescape") + b"\n")
    (path / "descriptors").write_bytes(descriptors(usb) if raw is None else raw)
    return path
