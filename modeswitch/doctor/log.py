"""Checks of what only a pasted text tells: errors, a stick that left or keeps coming back, missing lines.  Pure."""

from __future__ import annotations

from collections.abc import Iterator

from .finding import Finding
from .machine import MASK_RULES
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
            "problem",
            f"the bus itself fails: {of_bus[0]}",
            ("Such errors come from power, cable, hub or port; a stick takes up to 500 mA, and more when it sends.",),
            ("# another port or cable, or a hub with a power supply of its own; then: dmesg -w",),
        )
    others = [message for message in messages if message not in of_bus and "not authorized" not in message]
    if others:
        why = ("Serial ports that look like a network to rndis_host or cdc_ether cause this; it does no harm.",)
        yield Finding("note", f"the kernel says: {'; '.join(others[:3])}", why if "bad CDC" in others[0] else ())


def check_disconnected(snapshot: Snapshot) -> Iterator[Finding]:
    """The stick is not there at the end of the text, or its new id is not in the text."""
    pasted = snapshot.pasted
    if pasted is None:
        return
    if pasted.disconnected:
        yield Finding("problem", "it left and had not come back at the end of the text", commands=("modeswitch list",))
    elif pasted.id is None and pasted.earlier_ids:
        yield Finding(
            "note",
            f"it was {pasted.earlier_ids[-1]} and came back; the text ends before its new id",
            commands=("modeswitch list -v",),
        )


def check_repeated_switches(snapshot: Snapshot) -> Iterator[Finding]:
    """It had the same two ids by turns."""
    ids = [*snapshot.pasted.earlier_ids, snapshot.id] if snapshot.pasted else []
    if len(ids) >= 4 and len(set(ids)) <= 2:
        yield Finding(
            "problem",
            f"it changes between two ids at its port: {', '.join(map(str, ids[:8]))}",
            (
                "Either two tools switch it in turn, or the port does not give enough power.",
                "A router whose network card nothing drives (cdc_ether, rndis_host) goes back to its CD-ROM, too.",
            ),
            (MASK_RULES,),
        )


def check_completeness(snapshot: Snapshot) -> Iterator[Finding]:
    """The text lacks interfaces of the stick, or their classes."""
    pasted = snapshot.pasted
    if pasted is None:
        return
    count = len(pasted.interfaces)
    if pasted.interface_count is not None and count < pasted.interface_count:
        yield Finding("note", f"the text has {count} of its {pasted.interface_count} interfaces")
    if not pasted.interfaces and not pasted.disconnected:
        yield Finding("note", "the text tells nothing of its interfaces", commands=("usb-devices", "lsusb -t"))
    elif snapshot.guesses_classes:
        yield Finding(
            "note", "the text tells which drivers are bound, not what the interfaces are", (), ("usb-devices",)
        )
