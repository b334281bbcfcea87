"""Checks of what else bears on a stick on its machine: authorization, other programs, rules, permissions.  Pure."""

from __future__ import annotations

from collections.abc import Iterator

from .actions import Action
from .finding import Finding
from .snapshot import Snapshot, called_together

MANAGED_MODES = ("ncm", "stick", "mbim", "qmi")
"""The modes in which ModemManager talks to a stick."""


def check_authorized(snapshot: Snapshot) -> Iterator[Finding]:
    """The kernel was told not to use the device: mostly by USBGuard."""
    port = snapshot.device.usb.port
    guard = "usbguard-daemon" in snapshot.observed.running
    in_log = any("not authorized" in message for message in (snapshot.pasted.kernel_errors if snapshot.pasted else ()))
    if snapshot.observed.authorized is False or in_log:
        why = (
            "USBGuard runs here and blocks what it has no rule for" if guard else "Some program wrote 0 to 'authorized'"
        )
        yield Finding(
            "not-authorized",
            "problem",
            "it is not authorized: the system does not talk to it",
            (f"{why}. A stick has a new id after each switch, and each needs a rule.",),
            ("usbguard list-devices --blocked", "usbguard allow-device ID -p")
            if guard or in_log
            else (f"echo 1 > /sys/bus/usb/devices/{port}/authorized",),
        )
    elif guard:
        yield Finding(
            "usbguard",
            "note",
            "USBGuard runs here: the id that the stick has after a switch needs a rule of its own",
            commands=("usbguard list-devices",),
        )


def check_interfaces_authorized(snapshot: Snapshot) -> Iterator[Finding]:
    """The kernel was told to bind no driver to an interface.  Ref: Linux Documentation/usb/authorization.rst."""
    usb_device = snapshot.device.usb
    blocked = [one for one in snapshot.interfaces if one.number in snapshot.observed.blocked]
    if not blocked or not snapshot.is_live:
        return
    verb, which = ("are", "them") if len(blocked) > 1 else ("is", "it")
    names = [f"{usb_device.port}:{usb_device.active}.{interface.number}" for interface in blocked]
    yield Finding(
        "interface-not-authorized",
        "problem",
        f"{called_together(blocked)} {verb} not authorized: no driver may have {which}",
        ("Some program wrote 0 to 'authorized'. The kernel tries a driver again only when it is told to.",),
        (
            *(f"echo 1 > /sys/bus/usb/devices/{name}/authorized" for name in names),
            *(f"echo {name} > /sys/bus/usb/drivers_probe" for name in names),
        ),
    )


def check_other_switchers(snapshot: Snapshot) -> Iterator[Finding]:
    """Another program would switch the same stick, perhaps to another mode."""
    seen, product = snapshot.observed, snapshot.device.product
    if seen.usb_modeswitch and seen.modeswitch and not seen.replaces_usb_modeswitch:
        yield Finding(
            "two-switchers",
            "problem",
            "two tools switch this stick when it is plugged in: usb_modeswitch's udev rules and modeswitch's",
            ("Both start at the same event; the second one meets a stick that is just disconnecting.",),
            ("modeswitch udev install --replace-usb-modeswitch",),
        )
    elif seen.usb_modeswitch and not seen.modeswitch and product is not None and not product.leave_alone:
        yield Finding(
            "usb-modeswitch-rules",
            "note",
            "usb_modeswitch's udev rules switch this stick when it is plugged in, to the mode that its own data name",
            ("For another mode, mask them: else it is switched before modeswitch sees it.",),
            wants=(Action("mask"),),
        )
    if seen.usbmode:
        yield Finding(
            "usbmode-rules",
            "note",
            "OpenWrt's usbmode switches sticks here, too",
            commands=("/etc/init.d/usbmode disable",),
        )


def check_open_ports(snapshot: Snapshot) -> Iterator[Finding]:
    """Programs have the stick's ttys open, or will open them."""
    ttys = {interface.tty for interface in snapshot.interfaces if interface.tty}
    open_ttys = [
        (node, program) for node, program in snapshot.observed.holders if f"/dev/{node.rpartition('/')[2]}" in ttys
    ]
    others = [f"{node} is open in {program}" for node, program in open_ttys if not program.startswith("ModemManager")]
    managed = sorted(node for node, program in open_ttys if program.startswith("ModemManager"))
    if others:
        yield Finding(
            "open-port",
            "note",
            f"another program talks to it: {'; '.join(others)}",
            ("The answers to its commands and to ours would mix.",),
        )
    is_running = "ModemManager" in snapshot.observed.running
    if is_running and (managed or snapshot.device.mode in MANAGED_MODES):
        holding = (
            f"ModemManager holds {', '.join(managed)}" if managed else "ModemManager runs, and tries every serial port"
        )
        yield Finding(
            "modemmanager-holds",
            "note",
            holding,
            ("modeswitch inhibits it by mmcli while it talks to the stick; other programs must do so, too.",),
            (f"mmcli --inhibit-device={snapshot.device.usb.path or snapshot.target}",),
        )


def check_permissions(snapshot: Snapshot) -> Iterator[Finding]:
    """The user may not open the stick's device nodes."""
    denied = snapshot.observed.denied
    usb_nodes = [node for node in denied if "/bus/usb/" in node]
    ttys = [node for node in denied if "/bus/usb/" not in node]
    if usb_nodes:
        goal = snapshot.device.profile.goal if snapshot.device.profile else "switched"
        yield Finding(
            "no-permission",
            "problem",
            f"this user may not write to {usb_nodes[0]}: the stick cannot be switched",
            ("Only root may, until a udev rule gives the node to a group.",),
            (f"sudo modeswitch {snapshot.target} --to {goal}", "sudo modeswitch udev install"),
        )
    if ttys:
        yield Finding(
            "no-tty-permission",
            "problem",
            f"this user may not open {', '.join(ttys)}",
            ("Such a port belongs to the group dialout (or uucp).",),
            ("sudo usermod -aG dialout $USER   # then log in again",),
        )
