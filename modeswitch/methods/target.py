"""The device that an action is for, and which of its interfaces and endpoints: found before a byte is sent, or Refused.

Pure.  A message for storage goes to nothing but storage, and no action touches an interface of another class than it
needs.
"""

from __future__ import annotations

from ..errors import Refused
from ..usb.bot import Pipes
from ..values import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Protocol

    from ..usb.descriptors import Configuration, Interface
    from ..usb.device import UsbDevice

    class Target(Protocol):
        """What an action may know of the device: as the bus shows it, with the role of each interface.

        :class:`modeswitch.identity.device.Device` is one; its package stands above this one.
        """

        @property
        def usb(self) -> UsbDevice:
            """The device as the bus shows it."""

        @property
        def mode(self) -> str | None:
            """Its mode."""

        @property
        def roles(self) -> list[tuple[Interface, str]]:
            """Each interface of the active configuration with its role."""

        def roles_of(self, configuration: Configuration) -> list[tuple[Interface, str]]:
            """The same of any of its configurations."""


def storage_pipes(device: Target) -> Pipes:
    """The first storage interface of the active configuration and its bulk endpoints.

    Raises :class:`Refused` where there is none: a message for storage goes to nothing else.
    """
    for interface, role in device.roles:
        pipe_out, pipe_in = interface.bulk(is_in=False), interface.bulk(is_in=True)
        if role == "storage" and pipe_out is not None and pipe_in is not None:
            return Pipes(interface.number, pipe_out, pipe_in)
    raise Refused(f"{device} has no storage interface with two bulk endpoints")


def owner(device: Target, endpoint: int) -> int | None:
    """The number of the interface that has that endpoint address, or None."""
    having = (each.number for each, _role in device.roles if endpoint in [end.address for end in each.endpoints])
    return next(having, None)


def endpoint_owner(device: Target, endpoint: int, needs: int) -> int:
    """The number of the interface that has that endpoint address, and the class ``needs`` (-1: any)."""
    number = owner(device, endpoint)
    if number is None:
        raise Refused(f"{device} has no endpoint {endpoint:02x}")
    check_class(device, number, needs)
    return number


def check_class(device: Target, number: int, needs: int) -> None:
    """Raise :class:`Refused` where there is no such interface, or where its class is not ``needs`` (-1: any)."""
    triple = next((each.triple for each, _role in device.roles if each.number == number), None)
    if triple is None:
        raise Refused(f"{device} has no interface {number}")
    if needs not in (-1, triple.cls):
        where = f"interface {number} of {device}"
        raise Refused(f"{where} is of class {triple.cls:02x}, not {needs:02x}: nothing was sent")
