"""Checks of what the id of a stick tells, where its interfaces do not; and of what is no modem.  Pure."""

from __future__ import annotations

from collections.abc import Iterator

from .actions import Action
from .driver_facts import module_name
from .finding import Finding
from .pasted.values import PastedDevice
from .snapshot import Snapshot
from .standing import LOOK_FOR, Standing


def check_standing(snapshot: Snapshot) -> Iterator[Finding]:
    """What its id tells, where its interfaces do not tell what it is."""
    standing, pasted = snapshot.standing, snapshot.pasted
    if standing is None or pasted is None or pasted.disconnected:
        return
    if standing.thing:
        yield from _judge_thing(snapshot, standing)
    elif standing.kind == "waking":
        if snapshot.device.mode != "download":
            yield Finding(
                "waits-for-switch",
                "problem",
                f"{standing.words}, as a CD-ROM or otherwise",
                standing.why,
                wants=(_switch(snapshot),),
            )
    elif standing.kind == "switched":
        looks = _looks(snapshot, standing)
        words = "; ".join(filter(None, (standing.words, looks[0])))
        yield Finding("switched", "good", words, (*standing.why, *_why_not(standing)), *looks[1:])
    elif standing.kind == "absent":
        return  # check_programs tells of it
    elif pasted.id is not None:
        shown = " or ".join(f"{text} when it is switched" for text in _modes_shown(standing))
        why = ("A CD-ROM (usb-storage, 08/06/50) alone is one that waits" + (f"; it shows {shown}." if shown else "."),)
        text = f"the text does not tell what it is: {standing.words}"
        yield Finding("either", "unclear", text, (*standing.why, *why), wants=(Action("describe"),))
    elif not pasted.earlier_ids and not pasted.kernel_errors and snapshot.device.mode is None and not snapshot.networks:
        made = ", ".join(_made(pasted))
        reasons = (f"It has made {made}.",) if made else ()
        text = "the text does not tell what it is: it lacks its id"
        yield Finding("no-id", "unclear", text, reasons, wants=(Action("describe"),))


def _judge_thing(snapshot: Snapshot, standing: Standing) -> Iterator[Finding]:
    """What is no modem: a driver of modems on it is a mistake; else there is nothing to switch."""
    grabbing = ("option", "usbserial_generic")
    taken = next((one for one in snapshot.interfaces if module_name(one.driver) in grabbing), None)
    if taken is not None:
        yield Finding(
            "driver-on-other-device",
            "problem",
            f"it is {standing.thing}, and {taken.driver} holds interface {taken.number}: its id was written to new_id",
            ("Its own driver is missing, or came too late; option is for modems.",),
            (f"# remove what writes {snapshot.id or 'its id'} to new_id",),
            (Action("unload", module_name(taken.driver)),),
        )
    elif standing.kind == "switched":
        looks = _looks(snapshot, standing)
        yield Finding("no-modem-switched", "good", f"{standing.words}; {looks[0]}", (), *looks[1:])
    else:
        yield Finding("no-modem", "other", f"{standing.words}: nothing to switch")


def _switch(snapshot: Snapshot) -> Action:
    profile = snapshot.device.profile or next(iter(snapshot.device.families), None)
    return Action("switch", profile.goal if profile else "")


def _modes_shown(standing: Standing) -> list[str]:
    return [LOOK_FOR[mode][0] for mode in standing.modes or ("hilink", "stick")]


def _looks(snapshot: Snapshot, standing: Standing) -> tuple[str, tuple[str, ...], tuple[Action, ...]]:
    """What to look for, the commands, what is wanted then; what the text shows already is named."""
    made = _made(snapshot.pasted) if snapshot.pasted else []
    if made:
        return f"it has made {', '.join(made)}", (), ()
    if any(one.driver and one.role != "storage" for one in snapshot.interfaces):
        return "", (), ()
    looks = [LOOK_FOR[mode] for mode in standing.modes or ("",)]
    wants = (Action("dhcp", "ethN"),) if standing.modes[:1] == ("hilink",) else ()
    return f"look for {', or '.join(text for text, _ in looks)}", looks[0][1], wants


def _made(pasted: PastedDevice) -> list[str]:
    """The ttys, control ports and network interfaces that drivers made of it."""
    return [*(name for name, _ in pasted.ttys), *pasted.wdms, *pasted.networks]


def _why_not(standing: Standing) -> tuple[str, ...]:
    """What people look for in vain."""
    if standing.modes == ("hilink",):
        return ("As a router it has no AT port and no tty, and PPP has nothing to dial: DHCP gives the address.",)
    return ()
