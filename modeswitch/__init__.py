"""modeswitch: move a USB modem from the mode it wakes up in to the mode you want, and prove that it got there.

    import modeswitch

    outcome = modeswitch.switch("12d1:1f01", to="ncm")
    print(outcome.device.usb.port, outcome.mode)

Everything public is reachable from here and is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module

from . import errors as _errors
from .values import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from .api import connect, devices, disconnect, switch
    from .database.library import Library
    from .database.profile import Profile
    from .errors import (
        BadDescriptors,
        BadReply,
        Busy,
        CommandFailed,
        LinkLost,
        ModeswitchError,
        NoDevice,
        NoDriver,
        NoLibusb,
        NotBack,
        NoWay,
        PermissionDenied,
        ProfileError,
        Refused,
        SeveralDevices,
        SwitchFailed,
        TransferError,
        Unavailable,
        UsageError,
    )
    from .identity.recognise import Device
    from .linux.bus import LinuxBus
    from .modem.ports import PortList
    from .modem.roles import MODES
    from .switching.switch import SwitchResult
    from .tasks.line import Line
    from .usb.bus import Bus, PyusbBus
    from .usb.descriptors import Descriptors, Port, Triple, UsbId
    from .usb.device import UsbDevice
    from .usb.explain import explain

__version__ = "0.1.0"

_HOMES = {
    "api": ("connect", "devices", "disconnect", "switch"),
    "tasks.line": ("Line",),
    "modem.ports": ("PortList",),
    "usb.bus": ("Bus", "PyusbBus"),
    "linux.bus": ("LinuxBus",),
    "usb.descriptors": ("Descriptors", "Port", "Triple", "UsbId"),
    "database.library": ("Library",),
    "database.profile": ("Profile",),
    "identity.recognise": ("Device",),
    "modem.roles": ("MODES",),
    "usb.device": ("UsbDevice",),
    "switching.switch": ("SwitchResult",),
    "usb.explain": ("explain",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names} | dict.fromkeys(_errors.__all__, "errors")

__all__ = [
    "MODES",
    "BadDescriptors",
    "BadReply",
    "Bus",
    "Busy",
    "CommandFailed",
    "Descriptors",
    "Device",
    "Library",
    "Line",
    "LinkLost",
    "LinuxBus",
    "ModeswitchError",
    "NoDevice",
    "NoDriver",
    "NoLibusb",
    "NoWay",
    "NotBack",
    "PermissionDenied",
    "Port",
    "PortList",
    "Profile",
    "ProfileError",
    "PyusbBus",
    "Refused",
    "SeveralDevices",
    "SwitchFailed",
    "SwitchResult",
    "TransferError",
    "Triple",
    "Unavailable",
    "UsageError",
    "UsbDevice",
    "UsbId",
    "connect",
    "devices",
    "disconnect",
    "explain",
    "switch",
]


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)
