"""What is taken for a device node of a stick: by its name alone, as the drivers give them."""

from __future__ import annotations

from pathlib import Path

import pytest

from modeswitch.linux import sysfs
from modeswitch.usb.descriptors import Port, UsbId
from modeswitch.usb.device import UsbDevice


@pytest.mark.parametrize(
    ("kind", "folder", "name", "is_one"),
    [
        ("tty", "", "ttyUSB0", True),
        ("tty", "", "ttyUSB12", True),
        ("tty", "", "ttyACM0", False),
        ("tty", "tty", "ttyACM0", True),
        ("tty", "tty", "ttyXRUSB3", True),
        ("tty", "tty", "tty0", False),
        ("tty", "tty", "ttyS0", False),
        ("tty", "tty", "ttyACM", False),
        ("tty", "tty", "ttyacm0", False),
        ("tty", "tty", "ttyACM²", False),
        ("tty", "tty", "ttyABCDEFGHI0", False),
        ("tty", "tty", "attyACM0", False),
        ("usbmisc", "usbmisc", "cdc-wdm0", True),
        ("usbmisc", "usbmisc", "cdc-wdm", False),
        ("usbmisc", "usbmisc", "hiddev0", False),
        ("usbmisc", "", "cdc-wdm0", False),
    ],
)
def test_names(kind: str, folder: str, name: str, is_one: bool, tmp_path: Path) -> None:
    (tmp_path / "1-1:1.2" / folder / name).mkdir(parents=True)
    stick = UsbDevice(Port(1, (1,)), 5, UsbId(0x12D1, 0x1506), None, 1, path=str(tmp_path))
    assert sysfs.node_of(stick, 2, kind) == (f"/dev/{name}" if is_one else None)
