"""A device asked by INQUIRY what it is, where its id and its strings leave that open.

Ref: SPC-4 §6.6: vendor in bytes 8 to 15, product in 16 to 31, revision in 32 to 35.
"""

from __future__ import annotations

from math import inf

from ..database.library import Library
from ..errors import BadReply, CommandFailed, LinkLost, Refused
from ..identity.recognise import Device, recognise
from ..methods.actions import Bot
from ..methods.fits import storage_pipes
from ..methods.resources import Reach
from ..usb import bot
from ..usb import scsi as wire
from ..usb.bus import Bus
from .transition import Tell, free_storage

SECONDS = 10.0
"""How long asking may take."""
LENGTH = 36


def inquired(device: Device, bus: Bus, library: Library, tell: Tell, until: float | None = None) -> Device:
    """The device recognised by what it answers to INQUIRY, which decides; its driver is attached again.

    ``until`` is the last moment on the bus' clock.  A device that does not answer, or has no storage that could, stays
    as it was.  Raises :class:`~modeswitch.errors.Refused` where something of it is mounted: its driver is not taken
    away then; :class:`~modeswitch.errors.PermissionDenied` and :class:`~modeswitch.errors.Busy`.
    """
    free_storage(bus, device, tell)
    cdb = wire.build_cdb("INQUIRY", allocation=LENGTH)
    command = Bot(wire.build_cbw(cdb, data_in=LENGTH), LENGTH)
    try:
        with Reach(bus, device, min(bus.now() + SECONDS, until or inf), tell) as reach:
            pipes = storage_pipes(device)
            reach.link.claim(pipes.interface)
            data = bot.transact(reach.link, pipes, command).data
    except (LinkLost, CommandFailed, BadReply, Refused) as error:
        tell("warning", message=f"{device} could not be asked what it is: {error.message}")
        return device
    text = data[8:LENGTH].decode("ascii", "replace")
    scsi = (text[:8].strip(), text[8:24].strip(), text[24:].strip())
    return recognise(device.usb._replace(scsi=scsi), library)
