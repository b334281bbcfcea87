"""modeswitch: move a USB modem from the mode it wakes up in to the mode you want, and prove that it got there.

    import modeswitch

    outcome = modeswitch.switch("12d1:1f01", to="ncm")
    print(outcome.after.sighting.port, outcome.mode)

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
    from .identity.recognise import Known
    from .modem.ports import PortList
    from .modem.roles import MODES
    from .switching.switch import Outcome
    from .tasks.line import Line
    from .usb.bus import Bus, LinuxBus, PyusbBus
    from .usb.descriptors import Descriptors, Port, Triple, UsbId
    from .usb.explain import explain
    from .usb.sighting import Sighting

__version__ = "0.1.0"

_HOMES = {
    "api": ("connect", "devices", "disconnect", "switch"),
    "tasks.line": ("Line",),
    "modem.ports": ("PortList",),
    "usb.bus": ("Bus", "LinuxBus", "PyusbBus"),
    "usb.descriptors": ("Descriptors", "Port", "Triple", "UsbId"),
    "database.library": ("Library",),
    "database.profile": ("Profile",),
    "identity.recognise": ("Known",),
    "modem.roles": ("MODES",),
    "usb.sighting": ("Sighting",),
    "switching.switch": ("Outcome",),
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
    "Known",
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
    "Outcome",
    "PermissionDenied",
    "Port",
    "PortList",
    "Profile",
    "ProfileError",
    "PyusbBus",
    "Refused",
    "SeveralDevices",
    "Sighting",
    "SwitchFailed",
    "TransferError",
    "Triple",
    "Unavailable",
    "UsageError",
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
