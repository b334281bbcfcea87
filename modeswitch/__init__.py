"""modeswitch: move a USB modem from the mode it wakes up in to the mode you want, and prove that it got there.

    import modeswitch

    result = modeswitch.switch("12d1:1f01", to="ncm")
    print(result.port, result.id, result.mode)

Everything public is reachable from here and is loaded when it is first used; no other path is promised.  Simulated
sticks for tests are in :mod:`modeswitch.sim`.
"""

from __future__ import annotations

import sys as _sys
from importlib import import_module

# Where this seems to be the command: before all else.
_ = any(word.endswith("modeswitch") for word in _sys.orig_argv) and import_module(f"{__name__}.starting")

from . import errors as _errors  # noqa: E402
from .values import TYPE_CHECKING  # noqa: E402

if TYPE_CHECKING:
    from .api import (
        connect,
        devices,
        diagnose,
        disconnect,
        find,
        plan,
        ports,
        restart,
        restore,
        status,
        switch,
        write_ports,
    )
    from .database.library import Library
    from .database.profile import Profile, Transition
    from .doctor.diagnosis import Diagnosis
    from .doctor.finding import Finding
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
    from .events import EVENTS, log_to
    from .identity.device import Device, DeviceInterface
    from .linux.bus import LinuxBus
    from .modem.mode import Goal, Mode
    from .modem.ports import PortList
    from .modem.roles import MODES
    from .modem.status import Status
    from .service.policy import Policy
    from .service.service import watch
    from .sim.bus import SimBus
    from .sim.simulated import simulated
    from .switching.session import Session
    from .switching.switch import SwitchResult
    from .tasks.line import Line
    from .tasks.ports import PortState
    from .tasks.restart import Restarted
    from .usb.bus import Bus, PyusbBus
    from .usb.descriptors import Descriptors, Port, Triple, UsbId
    from .usb.device import UsbDevice
    from .usb.explain import explain
    from .usb.host import Host

__version__ = "0.1.0"

_HOMES = {
    "api": (
        "connect",
        "devices",
        "diagnose",
        "disconnect",
        "find",
        "plan",
        "ports",
        "restart",
        "restore",
        "status",
        "switch",
        "write_ports",
    ),
    "database.library": ("Library",),
    "database.profile": ("Profile", "Transition"),
    "doctor.diagnosis": ("Diagnosis",),
    "doctor.finding": ("Finding",),
    "events": ("EVENTS", "log_to"),
    "identity.device": ("Device", "DeviceInterface"),
    "linux.bus": ("LinuxBus",),
    "modem.status": ("Status",),
    "modem.mode": ("Goal", "Mode"),
    "modem.ports": ("PortList",),
    "modem.roles": ("MODES",),
    "service.policy": ("Policy",),
    "service.service": ("watch",),
    "sim.bus": ("SimBus",),
    "sim.simulated": ("simulated",),
    "switching.session": ("Session",),
    "switching.switch": ("SwitchResult",),
    "tasks.line": ("Line",),
    "tasks.ports": ("PortState",),
    "tasks.restart": ("Restarted",),
    "usb.bus": ("Bus", "PyusbBus"),
    "usb.descriptors": ("Descriptors", "Port", "Triple", "UsbId"),
    "usb.device": ("UsbDevice",),
    "usb.explain": ("explain",),
    "usb.host": ("Host",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names} | dict.fromkeys(_errors.__all__, "errors")

__all__ = [
    "EVENTS",
    "MODES",
    "BadDescriptors",
    "BadReply",
    "Bus",
    "Busy",
    "CommandFailed",
    "Descriptors",
    "Device",
    "DeviceInterface",
    "Diagnosis",
    "Finding",
    "Goal",
    "Host",
    "Library",
    "Line",
    "LinkLost",
    "LinuxBus",
    "Mode",
    "ModeswitchError",
    "NoDevice",
    "NoDriver",
    "NoLibusb",
    "NoWay",
    "NotBack",
    "PermissionDenied",
    "Policy",
    "Port",
    "PortList",
    "PortState",
    "Profile",
    "ProfileError",
    "PyusbBus",
    "Refused",
    "Restarted",
    "Session",
    "SeveralDevices",
    "SimBus",
    "Status",
    "SwitchFailed",
    "SwitchResult",
    "TransferError",
    "Transition",
    "Triple",
    "Unavailable",
    "UsageError",
    "UsbDevice",
    "UsbId",
    "connect",
    "devices",
    "diagnose",
    "disconnect",
    "explain",
    "find",
    "log_to",
    "plan",
    "ports",
    "restart",
    "restore",
    "simulated",
    "status",
    "switch",
    "watch",
    "write_ports",
]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


if not TYPE_CHECKING:  # a type checker that saw this would take any name for one that is there

    def __getattr__(name: str) -> object:
        home = _HOME.get(name)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{home}"), name)
