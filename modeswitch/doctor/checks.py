"""What is wrong with a stick, why, and the next command: a table of checks of one snapshot.  Pure.

The checks of the stick itself are here; those of its drivers in ``drivers.py``, of its machine in ``machine.py``, of
what a pasted log tells in ``log.py``, of what programs say in ``programs.py``, of what its id tells in ``ids.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ..identity.relatives import offer
from ..modem.roles import HUAWEI, NETWORK, SERIAL
from .actions import Action
from .commands import with_commands
from .driver_facts import STORAGE_DRIVERS
from .drivers import (
    check_dynamic_ids,
    check_missing_drivers,
    check_undriven_ports,
    check_usbfs,
    check_wrong_drivers,
    suggest_compositions,
)
from .finding import LEVELS, Finding
from .ids import check_standing
from .log import check_completeness, check_disconnected, check_kernel_errors, check_repeated_switches
from .machine import (
    check_authorized,
    check_interfaces_authorized,
    check_open_ports,
    check_other_switchers,
    check_permissions,
)
from .programs import check_links, check_programs
from .snapshot import Snapshot
from .things import STICKS

Check = Callable[[Snapshot], Iterator[Finding]]


def check_left_alone(snapshot: Snapshot) -> Iterator[Finding]:
    """A product that must not be switched."""
    product = snapshot.device.product
    if product is not None and product.leave_alone:
        yield Finding("left-alone", "note", f"it is left alone: {product.leave_alone}")


def check_descriptors(snapshot: Snapshot) -> Iterator[Finding]:
    """Its descriptors cannot be parsed, or no configuration is active."""
    usb_device = snapshot.device.usb
    if usb_device.problem:
        yield Finding(
            "unreadable-descriptors",
            "problem",
            f"its descriptors are unreadable: {usb_device.problem}",
            commands=("dmesg | tail -50",),
        )
    elif snapshot.is_unconfigured or (
        snapshot.is_live and usb_device.configuration is None and snapshot.observed.authorized is not False
    ):
        folder = f"/sys/bus/usb/devices/{snapshot.port or 'PORT'}"
        chosen: tuple[str, ...] = (f"echo 1 > {folder}/bConfigurationValue",) if snapshot.is_unconfigured else ()
        yield Finding(
            "unconfigured",
            "problem",
            "the system has not configured it (no active configuration): no interface of it can be used",
            ("A hub with too little power, or a rule of some program, can be the cause.",),
            (f"cat {folder}/bConfigurationValue", *chosen, "dmesg | tail -50"),
        )


def check_mass_storage(snapshot: Snapshot) -> Iterator[Finding]:
    """It is still a CD-ROM: nothing has switched it, or a switch has failed."""
    if snapshot.device.mode != "mass-storage" or (snapshot.standing is not None and snapshot.standing.thing):
        return
    profile = snapshot.device.profile
    why = ["A stick wakes up as a CD-ROM, and stays so until it gets a switching message."]
    if any(interface.driver in STORAGE_DRIVERS for interface in snapshot.interfaces):
        why.append("usb-storage is still bound to it: that is right in this mode, and does not hinder a switch.")
    if "usb_modeswitch" in (snapshot.text.tools if snapshot.text else ()):
        why.append("usb_modeswitch was at work in this log, and the stick has not come back as something else.")
    if snapshot.observed.usb_modeswitch and not snapshot.observed.modeswitch:
        why.append(
            "usb_modeswitch's rules are installed; they have not switched it, or it came back: see journalctl -b."
        )
    wants: tuple[Action, ...] = (Action("switch"),)
    commands: tuple[str, ...] = ()
    if snapshot.id is None:
        why.append("The text lacks its id.")
    elif profile is None and not snapshot.is_live and not _is_like_cdrom(snapshot):
        yield Finding(
            "unknown-storage",
            "unclear",
            "it is storage only, and no profile knows it: a disk, or a CD-ROM that waits for a message",
            ('The log tells which: "CD-ROM" or "Direct-Access" after "scsi".',),
            ("dmesg | grep scsi",),
            (Action("describe"),),
        )
        return
    elif profile is None:
        alike = snapshot.device.relatives
        wants, commands = (), (f"modeswitch report {snapshot.target}",)
        why.append("No profile knows this id, so no message is known for it.")
        if alike:
            commands = (offer(snapshot.target, alike),)
            why.append(f"It looks like {' or '.join(alike)}: that shows what would be sent, and why it may be wrong.")
    else:
        wants = (Action("switch", profile.goal),)
    text = "it is in mass-storage: a CD-ROM, and no modem yet"
    yield Finding("still-cd-rom", "problem", text, tuple(why), commands, wants)


def _is_like_cdrom(snapshot: Snapshot) -> bool:
    """Does a text tell that an unknown disk is a CD-ROM, or is it by its vendor likely one?"""
    pasted = snapshot.pasted
    is_cdrom = any(disk.startswith("CD-ROM") for disk in pasted.disks) if pasted else False
    is_sticks = snapshot.id is not None and snapshot.id.vendor in STICKS
    return is_cdrom or is_sticks or bool(snapshot.device.relatives)


def check_download(snapshot: Snapshot) -> Iterator[Finding]:
    """It is in download mode: for flashing."""
    if snapshot.device.mode == "download":
        yield Finding(
            "download-mode",
            "problem",
            "it is in download mode, where its firmware is written",
            ("Nothing here speaks to it in this mode. Some sticks get there by AT^U2DIAG=0 or AT^GODLOAD.",),
            ("# unplug it and plug it in again",),
            (Action("list"),),
        )


def check_profile(snapshot: Snapshot) -> Iterator[Finding]:
    """No profile knows its id."""
    knows_more = snapshot.standing is not None or snapshot.device.mode == "mass-storage"
    if snapshot.device.profile is None and snapshot.id is not None and not knows_more:
        yield Finding(
            "no-profile",
            "note",
            f"no profile knows {snapshot.id}: its mode is read from its interfaces alone",
            commands=(f"modeswitch report {snapshot.target}",) if snapshot.is_live else (),
        )


def check_1c05(snapshot: Snapshot) -> Iterator[Finding]:
    """12d1:1c05 is a working E173, or an E303 or E3131 that refuses AT^U2DIAG.

    Ref: tests/captures/23_dmesg_e303_stuck_1c05_after_u2diag0.txt; huawei hw_pnp.h.
    """
    if snapshot.id is not None and str(snapshot.id) == "12d1:1c05":
        yield Finding(
            "shared-id-1c05",
            "note",
            "12d1:1c05 is the id of an E173 after a switch, and of an E303 or E3131 after AT^U2DIAG=0",
            ("An E303 or E3131 then refuses every later AT^U2DIAG, also after it was unplugged.",),
            wants=(Action("show-ports"),),
        )


SELF_SWITCHING = ("12d1:1f01", "12d1:14db")
"""The id that firmware 10.x wakes up with, and that of the router which it becomes by itself."""


def check_self_switching(snapshot: Snapshot) -> Iterator[Finding]:
    """Firmware 10.x goes to its router by itself, once usb-storage has asked it how many LUNs it has.

    Ref: github Huawei-LTE-routers-mods/README, disable_autoswitch_on_new_models.md; openwrt/packages#15893 (E5576-320);
    Linux Documentation/admin-guide/kernel-parameters.txt, usb-storage.quirks, s = SINGLE_LUN.
    """
    wakes, router = SELF_SWITCHING
    ids = [str(one) for one in (snapshot.id, *(snapshot.pasted.earlier_ids if snapshot.pasted else ())) if one]
    if not ids or ids[0] not in SELF_SWITCHING or f"{wakes}:" in snapshot.observed.quirks.lower():
        return
    goes_round = ids.count(wakes) > 1 or ids.count(router) > 1
    yield Finding(
        "self-switching",
        "note",
        f"firmware 10.x (E3372h-320, E8372h-320, E5576-320) goes from {wakes} to {router} by itself"
        + (", and so it seems to do here" if goes_round else ""),
        (
            "It does so once usb-storage has asked for its number of LUNs (GET_MAX_LUN), in a race with any message.",
            "The quirk keeps usb-storage from asking, from its next start on; a card in the stick is not seen then.",
        ),
        wants=(Action("quirk", wakes),),
    )


def confirm_working(snapshot: Snapshot) -> Iterator[Finding]:
    """It has a network interface, or each interface of a modem has its driver; and what to do next."""
    if snapshot.standing is not None and snapshot.standing.thing:
        return
    modem_interfaces = [interface for interface in snapshot.interfaces if interface.role in (*NETWORK, *SERIAL)]
    pasted = snapshot.pasted
    is_there = pasted is None or not pasted.disconnected
    if snapshot.networks and is_there:
        next_steps = {
            "ncm": Action("connect"),
            "hilink": Action("dhcp", snapshot.networks[0]),
        }
        step = next_steps.get(snapshot.device.mode or "")
        names = ", ".join(snapshot.networks)
        wdms = ", ".join(f"/dev/{name}" for name in pasted.wdms) if pasted else ""
        control = f", and its control port {wdms}" if wdms else ""
        yield Finding("network", "good", f"its network interface is {names}{control}", wants=(step,) if step else ())
    elif pasted is not None and snapshot.guesses_classes and pasted.ttys and is_there:
        yield Finding("ttys", "good", f"it has made {', '.join(name for name, _ in pasted.ttys)}")
    elif any(interface.has_expected_driver for interface in modem_interfaces) and not any(
        interface.is_unbound or interface.has_wrong_driver for interface in modem_interfaces
    ):
        drivers = sorted({interface.driver for interface in modem_interfaces if interface.driver})
        yield Finding("right-drivers", "good", f"each interface that matters has its driver ({', '.join(drivers)})")


def suggest_ncm(snapshot: Snapshot) -> Iterator[Finding]:
    """It is a router, or has serial ports only, where a network interface of the host's own may be wanted."""
    if snapshot.device.mode == "hilink" and snapshot.id is not None and snapshot.id.vendor == HUAWEI:
        yield Finding(
            "router",
            "note",
            "in hilink it is a router of its own, with its own address and NAT",
            ("For a data line that this host dials, it must be in ncm or stick.",),
            wants=(Action("plan", "ncm"),),
        )
    elif snapshot.device.mode == "stick":
        yield Finding(
            "no-network-function",
            "note",
            "it has AT ports and no network function: it is dialled by PPP",
            wants=(Action("plan", "ncm --persist"),),
        )


CHECKS: tuple[Check, ...] = (
    check_standing,
    check_descriptors,
    check_authorized,
    check_interfaces_authorized,
    check_left_alone,
    check_disconnected,
    check_kernel_errors,
    check_wrong_drivers,
    check_missing_drivers,
    check_undriven_ports,
    suggest_compositions,
    check_usbfs,
    check_dynamic_ids,
    check_mass_storage,
    check_download,
    check_other_switchers,
    check_repeated_switches,
    check_programs,
    check_links,
    check_permissions,
    check_open_ports,
    check_1c05,
    check_self_switching,
    check_profile,
    check_completeness,
    confirm_working,
    suggest_ncm,
)
"""Every check, in the order in which a person should read what it finds."""


def diagnose(snapshot: Snapshot) -> list[Finding]:
    """All that the checks find, with the commands of the stick's machine."""
    return [with_commands(finding, snapshot) for check in CHECKS for finding in check(snapshot)]


def verdict(findings: Iterable[Finding]) -> str:
    """What they come to: ``problem``, ``unclear`` (the text does not tell), ``other`` (it is no modem) or ``well``."""
    levels = {finding.level for finding in findings}
    return next((level for level in LEVELS[:3] if level in levels), "well")
