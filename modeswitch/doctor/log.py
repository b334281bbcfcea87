"""Checks of what only a pasted text tells: errors, a stick that left or keeps coming back, missing lines.  Pure."""

from __future__ import annotations

from collections.abc import Iterator

from .actions import Action
from .finding import Finding
from .history import stay_times
from .snapshot import Snapshot

BUS_FAILURES = (
    "error -71",
    "error -110",
    "error -32",
    "error -62",
    "not accepting address",
    "unable to enumerate",
    "over-cur",
)
"""What is in a message of the kernel when the transmission itself fails: EPROTO, ETIMEDOUT, EPIPE, ETIME."""


def check_kernel_errors(snapshot: Snapshot) -> Iterator[Finding]:
    """The log has errors of the bus, or of drivers."""
    if snapshot.pasted is None:
        return
    messages = (*snapshot.pasted.kernel_errors, *(snapshot.text.kernel_errors if snapshot.text else ()))
    of_bus = [message for message in messages if any(sign in message for sign in BUS_FAILURES)]
    if of_bus:
        yield Finding(
            "bus-errors",
            "problem",
            f"the bus itself fails: {of_bus[0]}",
            ("Such errors come from power, cable, hub or port; a stick takes up to 500 mA, and more when it sends.",),
            ("# another port or cable, or a hub with a power supply of its own; then: dmesg -w",),
        )
    others = [message for message in messages if message not in of_bus and "not authorized" not in message]
    if others:
        why = ("Serial ports that look like a network to rndis_host or cdc_ether cause this; it does no harm.",)
        yield Finding(
            "kernel-messages",
            "note",
            f"the kernel says: {'; '.join(others[:3])}",
            why if "bad CDC" in others[0] else (),
        )


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
            "problem",
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
    count = len(pasted.interfaces)
    if count and pasted.interface_count is not None and count < pasted.interface_count:
        yield Finding("missing-interfaces", "note", f"the text has {count} of its {pasted.interface_count} interfaces")
    if snapshot.guesses_classes:
        yield Finding(
            "guessed-classes",
            "note",
            "the text tells which drivers are bound, not what the interfaces are",
            wants=(Action("describe"),),
        )
