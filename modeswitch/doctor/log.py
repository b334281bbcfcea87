"""Checks of what only a pasted text tells: errors, a stick that left or keeps coming back, missing lines.  Pure."""

from __future__ import annotations

from collections.abc import Iterator

from .actions import Action
from .finding import Finding
from .history import stay_times
from .pasted.trouble import is_trouble
from .snapshot import Snapshot


def check_kernel_messages(snapshot: Snapshot) -> Iterator[Finding]:
    """The log has errors of drivers, which are no trouble of the bus or the host."""
    messages = snapshot.pasted.kernel_errors if snapshot.pasted else ()
    others = [message for message in messages if "not authorized" not in message and not is_trouble(message)]
    if others:
        why = ("Serial ports that look like a network to rndis_host or cdc_ether cause this; it does no harm.",)
        yield Finding(
            "kernel-messages",
            "note",
            f"the kernel says: {'; '.join(others[:3])}",
            why if "bad CDC" in others[0] else (),
        )


def check_two_switchers(snapshot: Snapshot) -> Iterator[Finding]:
    """The log has two programs that switch."""
    tools = [name for name in SWITCHERS if name in (snapshot.text.tools if snapshot.text else ())]
    if len(tools) < 2:
        return
    why = ("The second one meets a stick that is just disconnecting, or sends it where the first one did not.",)
    if goes_round(snapshot):
        yield Finding(
            "two-switchers", "problem", f"{' and '.join(tools)} switch it in turn", why, wants=(Action("mask"),)
        )
    else:
        yield Finding(
            "two-switchers", "note", f"{' and '.join(tools)} both act in this log", why, wants=(Action("mask"),)
        )


SWITCHERS = ("usb_modeswitch", "usbmode", "modeswitch")
"""The programs that switch, as the log names them."""
LOOP_DEPARTURES, LOOP_SECONDS = 3, 20.0
"""A device goes round where it left at least so often, and mostly stayed no longer than that."""


def goes_round(snapshot: Snapshot) -> bool:
    """Does it come and go, by turns with two ids or after a few seconds each time?"""
    pasted = snapshot.pasted
    if pasted is None:
        return False
    ids = [usb_id for usb_id in (*pasted.earlier_ids, pasted.id) if usb_id]
    if len(ids) >= 4 and len(set(ids)) == 2:
        return True
    times = sorted(stay_times(pasted))
    return pasted.departures >= LOOP_DEPARTURES and (not times or times[len(times) // 2] <= LOOP_SECONDS)


def check_disconnected(snapshot: Snapshot) -> Iterator[Finding]:
    """The stick is not there at the end of the text, or its new id is not in the text."""
    pasted = snapshot.pasted
    if pasted is None or goes_round(snapshot):
        return
    if pasted.disconnected:
        sent = any(said.what == "sent" and said.id in (pasted.id, *pasted.earlier_ids) for said in snapshot.said)
        why = ("A switching message was sent before: it leaves for that, and its return is not in the text.",)
        yield Finding(
            "left",
            "unclear",
            "it left and had not come back at the end of the text",
            why if sent else (),
            wants=(Action("list"),),
        )
    elif pasted.id is None and pasted.earlier_ids and not pasted.interfaces:
        yield Finding(
            "id-cut-off",
            "unclear",
            f"it was {pasted.earlier_ids[-1]} and came back; the text ends before its new id",
            wants=(Action("list"),),
        )


def check_repeated_switches(snapshot: Snapshot) -> Iterator[Finding]:
    """It comes and goes, mostly between the same two ids."""
    pasted = snapshot.pasted
    if pasted is None or not goes_round(snapshot):
        return
    ids = list(dict.fromkeys(str(usb_id) for usb_id in (*pasted.earlier_ids, pasted.id) if usb_id))
    between = f" between {' and '.join(ids)}" if len(ids) == 2 else ""
    times = [round(seconds) for seconds in stay_times(pasted)]
    short, long = (min(times), max(times)) if times else (0, 0)
    every = f", every {max(short, 1)} to {max(long, 1)} s" if times and long <= 10 * LOOP_SECONDS else ""
    yield Finding(
        "goes-round",
        "problem",
        f"it goes round at its port{between}: it left {pasted.departures} times{every}",
        (
            "A router whose network card nothing drives (cdc_ether, rndis_host) goes back to its CD-ROM.",
            "Its driver is the cure.",
            "Else two tools switch it in turn, or the port does not give enough power.",
        ),
        wants=(Action("load", "cdc_ether rndis_host"), Action("mask")),
    )


def check_completeness(snapshot: Snapshot) -> Iterator[Finding]:
    """The text lacks interfaces of the stick, or their classes."""
    pasted = snapshot.pasted
    if pasted is None:
        return
    count, declared = len(pasted.interfaces), pasted.interface_count
    has = f"{count} of its {declared} interfaces" if declared else f"{count} of its interfaces, and not how many it has"
    is_judged = any(one.has_wrong_driver or one.needs_driver for one in snapshot.interfaces)
    if snapshot.is_cut and snapshot.shows_function:
        yield Finding("missing-interfaces", "note", f"the text has {has}")
    elif snapshot.is_cut and (declared is not None or not is_judged):
        yield Finding(
            "missing-interfaces",
            "unclear",
            f"the text has {has}: what the others are, and their drivers, it does not tell",
            wants=(Action("describe"),),
        )
    if snapshot.guesses_classes:
        yield Finding(
            "guessed-classes",
            "note",
            "the text tells which drivers are bound, not what the interfaces are",
            wants=(Action("describe"),),
        )
