"""The modes that a device has in its other configurations: ways that need no profile, chosen by what is in them.

Pure.  Which configuration has a function stands in the device's own descriptors; its number differs from one firmware
to the next.

Ref: USB 2.0 §9.4.7; https://lists.freedesktop.org/archives/modemmanager-devel/2016-March/002727.html
"""

from __future__ import annotations

from ..database.profile import Evidence, Gives, Profile, Transition
from ..methods.base import Step
from ..modem import roles
from ..usb.descriptors import Interface
from ..values import TYPE_CHECKING
from .device import Device

if TYPE_CHECKING:
    from ..database.profile import CanDrive

WITHIN = 10.0
"""How long a device may take to have its drivers in another configuration, in seconds: it need not leave the bus."""


def ways(device: Device) -> tuple[Transition, ...]:
    """A transition to each mode that another configuration of the device makes, and the active one does not."""
    usb_device = device.usb
    descriptors = usb_device.descriptors
    if descriptors is None or device.product is None or device.mode is None or usb_device.configuration is None:
        return ()
    if len(descriptors.configurations) < 2:
        return ()
    from ..methods.configuration import SetConfiguration

    found: dict[str, Transition] = {}
    for configuration in descriptors.configurations:
        if configuration.value == usb_device.active:
            continue
        named = device.roles_of(configuration)
        mode = roles.mode(name for _, name in named)
        if mode in roles.FUNCTIONS and mode not in found and mode != device.mode:
            gives = _gives(named, mode) if mode != "stick" else ()  # a serial port is no network function
            step = Step(f'{{ configuration = {{ has = "{mode}" }} }}', (SetConfiguration(0, mode),))
            reason = Evidence("source", f"the device's own descriptors, configuration {configuration.value}")
            found[mode] = Transition(device.mode, (mode,), gives, (step,), WITHIN, False, (reason,))
    return tuple(found.values())


def _gives(named: list[tuple[Interface, str]], mode: str) -> tuple[Gives, ...]:
    """What makes that mode of a configuration's interfaces."""
    return tuple(Gives(each.triple, name) for each, name in named if name in roles.FUNCTIONS[mode])


def graph(device: Device, profile: Profile) -> Profile:
    """The family's graph for this device: the ways that are only for its model, the others, those by configuration.

    A way for other models is none for it.
    """
    ways = profile.transitions
    if any(way.only for way in ways):
        said = _words(device)
        ways = profile.ways_for(lambda model: model.lower() in said)
    return profile._replace(transitions=(*ways, *device.ways))


def _words(device: Device) -> set[str]:
    """The words of all that the device says of itself, in lower case."""
    text = " ".join((*device.usb.strings, *device.usb.scsi)).lower()
    return set("".join(letter if letter.isalnum() else " " for letter in text).split())


def usual_goal(device: Device, profile: Profile, can_drive: CanDrive) -> str:
    """Where a switch leads that asks for no mode: MBIM where a configuration has it and this host has its driver.

    Ref: usb_modeswitch's dispatcher 2.6.1 asks the same of every device with more than one configuration.
    """
    if device.product is None or not device.product.wakes:
        return profile.goal
    if device.mode == "mbim":
        gives = _gives(device.roles, "mbim")
    else:
        gives = next((way.gives for way in device.ways if way.to == ("mbim",)), ())
    return "mbim" if gives and all(can_drive(given) for given in gives) else profile.goal
