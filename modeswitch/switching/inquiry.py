"""A device asked by INQUIRY what it is, where its id and its strings leave that open.

Ref: SPC-4 §6.6: vendor in bytes 8 to 15, product in 16 to 31, revision in 32 to 35.
"""

from __future__ import annotations

from math import inf

from ..errors import BadReply, CommandFailed, LinkLost, Refused
from ..identity.recognise import recognise
from ..methods.target import storage_pipes
from ..usb import bot, scsi
from .session import Session
from .transition import free_storage

SECONDS = 10.0
"""How long asking may take."""
LENGTH = 36


def inquire(session: Session) -> None:
    """Ask the stick of the session, and recognise it by its answer; its driver is attached again.

    A device that does not answer, or has no storage that could, stays as it was.  Raises
    :class:`~modeswitch.errors.Refused` where something of it is mounted: its driver is not taken away then;
    :class:`~modeswitch.errors.PermissionDenied` and :class:`~modeswitch.errors.Busy`.
    """
    device = session.device
    free_storage(session, device)
    cdb = scsi.build_cdb("INQUIRY", allocation=LENGTH)
    command = bot.Command(scsi.build_cbw(cdb, data_in=LENGTH), LENGTH)
    until = min(session.bus.now() + SECONDS, session.deadline or inf)
    try:
        with session.resources(until) as resources:
            pipes = storage_pipes(device)
            resources.link().claim(pipes.interface)
            data = bot.transact(resources.link(), pipes, command).data
    except (LinkLost, CommandFailed, BadReply, Refused) as error:
        session.tell("warning", message=f"{device} could not be asked what it is: {error.message}")
        return
    text = data[8:LENGTH].decode("ascii", "replace")
    answer = (text[:8].strip(), text[8:24].strip(), text[24:].strip())
    session.device = recognise(device.usb._replace(scsi=answer), session.library)
