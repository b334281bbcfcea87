"""What of a device an action is for, as its descriptors tell: found before a byte is sent, or Refused.  Pure.

A message for storage goes to nothing but storage, and no method touches an interface of another class than it needs.
"""

from __future__ import annotations

from ..errors import Refused
from ..identity.recognise import Device
from ..modem import roles
from ..usb import bot
from ..values import TYPE_CHECKING
from .actions import Action, Bot, Bulk, Control, Detach, Interrupt, SetAltsetting, SetConfiguration

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def see(device: Device, action: Action) -> None:
    """Raise :class:`Refused` where the device has nothing that the action is for."""
    find = FITS.get(type(action))
    if find is not None:
        find(device, action)


def storage_pipes(device: Device) -> bot.Pipes:
    """The first storage interface of the active configuration and its bulk endpoints.

    Raises :class:`Refused` where there is none: a message for storage goes to nothing else.
    """
    for interface, role in device.roles:
        out, into = interface.bulk(is_in=False), interface.bulk(is_in=True)
        if role == "storage" and out is not None and into is not None:
            return bot.Pipes(interface.number, out, into)
    raise Refused(f"{device} has no storage interface with two bulk endpoints")


def pipes(device: Device, action: Bot) -> bot.Pipes:
    """The storage interface, with the endpoints that the action names in place of its first."""
    found = storage_pipes(device)
    for endpoint in filter(None, (action.out, action.into)):
        if _owner(device, endpoint) != found.interface:
            raise Refused(f"{device} has no endpoint {endpoint:02x} at its storage interface")
    return bot.Pipes(found.interface, action.out or found.out, action.into or found.into)


def of_endpoint(device: Device, action: Bulk | Interrupt) -> int:
    """The interface that has the endpoint, of the class that is needed."""
    endpoint = action.endpoint or storage_pipes(device).out
    number = _owner(device, endpoint)
    if number is None:
        raise Refused(f"{device} has no endpoint {endpoint:02x}")
    _see_class(device, number, action.needs)
    return number


def recipient(device: Device, action: Control) -> int | None:
    """The interface that the request speaks to, of the class that is needed; None where it speaks to the device."""
    if action.request_type & 0x1F != 1:
        return None
    _see_class(device, action.windex & 0xFF, action.needs)
    return action.windex & 0xFF


def interface(device: Device, action: SetAltsetting) -> int:
    """The interface, which must have that alternate setting."""
    configuration = device.usb.configuration
    having = [(each.number, each.alternate) for each in configuration.interfaces] if configuration else []
    if (action.interface, action.alternate) not in having:
        raise Refused(f"{device} has no alternate setting {action.alternate} of interface {action.interface}")
    return action.interface


def configuration(device: Device, action: SetConfiguration) -> int:
    """The bConfigurationValue that is meant.

    A configuration that makes the mode is preferred to one that has its function among others: another's modem port
    makes no ``stick``.
    """
    descriptors = device.usb.descriptors
    having = descriptors.configurations if descriptors else ()
    values = [each.value for each in having if each.value == action.value]
    if action.function:
        sets = [(each.value, {name for _, name in device.roles_of(each)}) for each in having]
        values = [value for value, names in sets if roles.mode(names) == action.function]
        values += [value for value, names in sets if names & set(roles.FUNCTIONS[action.function])]
    if values:
        return values[0]
    wanted = f"with {action.function}" if action.function else f"{action.value}"
    there = ", ".join(str(each.value) for each in having)
    raise Refused(f"{device} has no configuration {wanted}; it has {there or 'none that can be read'}")


def _owner(device: Device, endpoint: int) -> int | None:
    """The number of the interface that has that endpoint address, or None."""
    having = (each.number for each, _role in device.roles if endpoint in [end.address for end in each.endpoints])
    return next(having, None)


def _see_class(device: Device, number: int, needed: int) -> None:
    """Raise :class:`Refused` where there is no such interface, or where its class is another than what is needed."""
    triple = next((each.triple for each, _role in device.roles if each.number == number), None)
    if triple is None:
        raise Refused(f"{device} has no interface {number}")
    if needed not in (-1, triple.cls):
        raise Refused(
            f"interface {number} of {device} is of class {triple.cls:02x}, not {needed:02x}: nothing was sent"
        )


FITS: dict[type[Action], Callable[[Device, Any], object]] = {
    Bot: pipes,
    Bulk: of_endpoint,
    Interrupt: of_endpoint,
    Detach: lambda device, _action: storage_pipes(device),
    Control: recipient,
    SetConfiguration: configuration,
    SetAltsetting: interface,
}
"""Action → what of the device it is for; of the others the descriptors say nothing."""
