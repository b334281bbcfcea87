"""After a write and a restart: what the stick's NVRAM holds is read once more, or said to be unknown."""

from __future__ import annotations

from collections.abc import Collection

from ..errors import BadReply, Busy, CommandFailed, LinkLost, Refused, Unavailable
from ..modem import nvram
from ..modem.roles import ASKED, satisfies
from .session import Session

UNREAD = (Unavailable, LinkLost, BadReply, Busy, Refused)
"""What keeps a stick from being asked; what it holds is unknown then."""


def confirm(session: Session, expected: Collection[str]) -> None:
    """Read again what was written to the stick, which has come back.

    ``expected`` are the modes that the new value wakes up in.  Where the stick has no AT port, or none that answers in
    time, that is told as ``warning``, with how to find out.  Raises :class:`CommandFailed` where the stick holds
    something else, or comes back in another mode and cannot be asked.
    """
    device, written = session.device, session.written
    if not written:
        return
    why = f"in {device.mode} it has no AT port"
    if any(role in ASKED for _, role in device.roles):
        try:
            with session.talk() as resources:
                nvram.read_again(resources.dialogue(), written)
            return
        except CommandFailed as error:
            if "answer" not in error.facts:  # the question was answered, by another value
                raise
            why = error.message
        except UNREAD as error:
            why = error.message
    if not any(satisfies(device.mode, mode) for mode in expected):
        wanted = ", ".join(f"{one.name} {one.wanted}" for one in written.values())
        leads = " or ".join(dict.fromkeys(expected))
        raise CommandFailed(
            f"{device} is back in {device.mode}, where {wanted} leads to {leads}: it did not keep it, or makes "
            f"something else of it ({why})",
            **device.facts(),
        )
    told = "; ".join(map(nvram.told_of, written.values()))
    how = nvram.how_to_find_out(written.values(), str(device.port))
    session.tell("warning", message=f"{device}: whether it kept it is not known, {why}: {told}. {how}")
