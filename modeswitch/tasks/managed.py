"""A stick that ModemManager holds: what that knows of it as a status, and how it dials it."""

from __future__ import annotations

from ..identity.device import Device
from ..modem.line import Addresses
from ..modem.status import Status
from ..values import TYPE_CHECKING

if TYPE_CHECKING:
    from ..usb.host import Held


def told(held: Held) -> Status:
    """What the program that holds a stick knows of it."""
    addresses = Addresses(held.address, held.prefix, held.gateway, held.dns) if held.address else None
    up = held.state == "connected"
    said = (held.sim, held.registered, held.operator, None, up, addresses, held.firmware)
    return Status(*said, source=held.by, state=held.state, quality=held.quality)


def ways(device: Device, apn: str) -> dict[str, str]:
    """The commands by which a host with ModemManager dials such a stick for good, and the one that keeps it away.

    Ref: nmcli(1), mmcli(1); libmm-glib's mm-common-helpers.c: a value of --simple-connect may stand in quotes.
    """
    from shlex import quote

    simple = f'apn="{apn}"'
    return {
        "nmcli": f"nmcli connection add type gsm ifname '*' apn {quote(apn)}",
        "mmcli": f"mmcli -m {quote(device.usb.path)} --simple-connect={quote(simple)}",
        "ignore": f"modeswitch udev ignore --port {device.port} --install",
    }
