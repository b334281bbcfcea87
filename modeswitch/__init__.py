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
    from .bus import Bus, LinuxBus, PyusbBus
    from .decode import explain
    from .descriptors import Descriptors, Port, Triple, UsbId
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
    from .library import Library
    from .online import Line
    from .portlist import PortList
    from .profile import Profile
    from .recognise import Known
    from .roles import MODES
    from .sighting import Sighting
    from .switching import Outcome

__version__ = "0.1.0"

_HOMES = {
    "api": ("connect", "devices", "disconnect", "switch"),
    "online": ("Line",),
    "portlist": ("PortList",),
    "bus": ("Bus", "LinuxBus", "PyusbBus"),
    "descriptors": ("Descriptors", "Port", "Triple", "UsbId"),
    "library": ("Library",),
    "profile": ("Profile",),
    "recognise": ("Known",),
    "roles": ("MODES",),
    "sighting": ("Sighting",),
    "switching": ("Outcome",),
    "decode": ("explain",),
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
