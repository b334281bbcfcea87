"""What else bears on a stick on its machine: other programs, rules, permissions; and what a log tells.  Pure checks."""

from __future__ import annotations

from collections.abc import Iterator

from .snapshot import Finding, View

_CABLE = (
    "error -71",
    "error -110",
    "error -32",
    "error -62",
    "not accepting address",
    "unable to enumerate",
    "over-cur",
)


def not_authorized(view: View) -> Iterator[Finding]:
    """The kernel was told not to use it: USBGuard's doing, as a rule."""
    port = view.device.usb.port
    guard = "usbguard-daemon" in view.observed.running
    said = any("not authorized" in trouble for trouble in (view.pasted.troubles if view.pasted else ()))
    if view.observed.authorized is False or said:
        why = (
            "USBGuard runs here and blocks what it has no rule for" if guard else "Some program wrote 0 to 'authorized'"
        )
        yield Finding(
            "problem",
            "it is not authorized: the system does not talk to it",
            (f"{why}. A stick has a new id after each switch, and each needs a rule.",),
            ("usbguard list-devices --blocked", "usbguard allow-device ID -p")
            if guard or said
            else (f"echo 1 > /sys/bus/usb/devices/{port}/authorized",),
        )
    elif guard:
        yield Finding(
            "note",
            "USBGuard runs here: the id that the stick has after a switch needs a rule of its own",
            commands=("usbguard list-devices",),
        )


def interface_not_authorized(view: View) -> Iterator[Finding]:
    """One interface that the kernel was told to give to no driver.  Ref: Linux Documentation/usb/authorization.rst."""
    usb_device = view.device.usb
    for face in view.faces if view.live else ():
        if face.number in view.observed.blocked:
            interface = f"{usb_device.port}:{usb_device.active}.{face.number}"
            yield Finding(
                "problem",
                f"{face} is not authorized: no driver may have it",
                ("Some program wrote 0 to its 'authorized'; a driver looks at it again only when it is told to.",),
                (
                    f"echo 1 > /sys/bus/usb/devices/{interface}/authorized",
                    f"echo {interface} > /sys/bus/usb/drivers_probe",
                ),
            )


def two_tools(view: View) -> Iterator[Finding]:
    """Two programs that would switch the same stick, to different ends."""
    seen, product = view.observed, view.device.product
    if seen.usb_modeswitch and seen.modeswitch and not seen.replaces_usb_modeswitch:
        yield Finding(
            "problem",
            "two tools switch this stick when it is plugged in: usb_modeswitch's udev rules and modeswitch's",
            ("Both start at the same event; the one that comes second meets a stick that is just leaving.",),
            ("modeswitch udev install --replace-usb-modeswitch",),
        )
    elif seen.usb_modeswitch and not seen.modeswitch and product is not None and not product.leave_alone:
        yield Finding(
            "note",
            "usb_modeswitch's udev rules switch this stick when it is plugged in, to where its own data say",
            ("For another mode they must not: else it is switched before modeswitch sees it.",),
            ("ln -s /dev/null /etc/udev/rules.d/40-usb_modeswitch.rules",),
        )
    if seen.usbmode:
        yield Finding("note", "OpenWrt's usbmode switches sticks here, too", commands=("/etc/init.d/usbmode disable",))
    ids = [*view.pasted.earlier, view.id] if view.pasted else []
    if len(ids) >= 4 and len(set(ids)) <= 2:
        yield Finding(
            "problem",
            f"it goes to and fro at its port: {', '.join(map(str, ids[:8]))}",
            ("Two tools that switch it in turn look like this; so does a port without enough power.",),
            ("ln -s /dev/null /etc/udev/rules.d/40-usb_modeswitch.rules",),
        )


def ports_taken(view: View) -> Iterator[Finding]:
    """Programs that have the stick's ports open."""
    names = {face.tty for face in view.faces if face.tty}
    taken = [(node, who) for node, who in view.observed.holders if f"/dev/{node.rpartition('/')[2]}" in names]
    manager = "ModemManager" in view.observed.running
    others = [f"{node} is open in {who}" for node, who in taken if not who.startswith("ModemManager")]
    mine = sorted(node for node, who in taken if who.startswith("ModemManager"))
    if others:
        yield Finding("note", f"another program talks to it: {'; '.join(others)}", ("Its answers and ours would mix.",))
    if manager and (mine or view.device.mode in ("ncm", "stick", "mbim", "qmi")):
        holding = f"ModemManager holds {', '.join(mine)}" if mine else "ModemManager runs, and tries every serial port"
        yield Finding(
            "note",
            holding,
            ("modeswitch asks it to leave the stick alone while it speaks to it, by mmcli; other programs must, too.",),
            (f"mmcli --inhibit-device={view.device.usb.path or view.target}",),
        )


def permissions(view: View) -> Iterator[Finding]:
    """Nodes that this user may not open."""
    denied = view.observed.denied
    usb = [node for node in denied if "/bus/usb/" in node]
    ttys = [node for node in denied if "/bus/usb/" not in node]
    if usb:
        goal = view.device.profile.goal if view.device.profile else "switched"
        yield Finding(
            "problem",
            f"this user may not write to {usb[0]}: the stick cannot be switched",
            ("Only root may, until a udev rule gives the node to a group.",),
            (f"sudo modeswitch {view.target} --to {goal}", "sudo modeswitch udev install"),
        )
    if ttys:
        yield Finding(
            "problem",
            f"this user may not open {', '.join(ttys)}",
            ("Such a port belongs to the group dialout (or uucp).",),
            ("sudo usermod -aG dialout $USER   # then log in again",),
        )


def troubles(view: View) -> Iterator[Finding]:
    """What a log complains of."""
    if view.pasted is None:
        return
    told = (*view.pasted.troubles, *(view.reading.troubles if view.reading else ()))
    cable = [line for line in told if any(sign in line for sign in _CABLE)]
    if cable:
        yield Finding(
            "problem",
            f"the bus itself fails: {cable[0]}",
            ("Such errors come of power, cable, hub or port; a stick takes up to 500 mA, and more when it sends.",),
            ("# another port or cable, or a hub with a power supply of its own; then: dmesg -w",),
        )
    other = [line for line in told if line not in cable and "not authorized" not in line]
    if other:
        why = ("Serial ports that look like a network to rndis_host or cdc_ether cause this; it does no harm.",)
        yield Finding("note", f"the kernel says: {'; '.join(other[:3])}", why if "bad CDC" in other[0] else ())


def away(view: View) -> Iterator[Finding]:
    """It left, or came back as something the log does not name."""
    pasted = view.pasted
    if pasted is None:
        return
    if pasted.gone:
        yield Finding("problem", "it left and had not come back at the end of the text", commands=("modeswitch list",))
    elif pasted.id is None and pasted.earlier:
        yield Finding(
            "note",
            f"it was {pasted.earlier[-1]} and came back; the text ends before its new id",
            commands=("modeswitch list -v",),
        )


def incomplete(view: View) -> Iterator[Finding]:
    """What the text does not tell of this device."""
    pasted = view.pasted
    if pasted is None:
        return
    if pasted.declared is not None and len(pasted.parts) < pasted.declared:
        yield Finding("note", f"the text has {len(pasted.parts)} of its {pasted.declared} interfaces")
    if not pasted.parts and not pasted.gone:
        yield Finding("note", "the text tells nothing of its interfaces", commands=("usb-devices", "lsusb -t"))
    elif view.guessed:
        yield Finding(
            "note", "the text tells which drivers are bound, not what the interfaces are", (), ("usb-devices",)
        )
