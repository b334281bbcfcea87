"""Checks of the drivers: a wrong one, a missing one, a program in its place; compositions that need another.  Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import UsageError
from ..linux.observe import Dynamic
from ..modem.ports import NO_PNP, STORAGE, PortList
from ..modem.roles import ADB, HUAWEI, NETWORK, WAKING
from ..usb.descriptors import Triple
from .actions import Action
from .driver_facts import LINUX_NCM, SERIAL_DRIVERS, STANDARD_NCM, module_name
from .driver_reasons import (
    explain_dynamic_id,
    explain_missing_match,
    explain_new_id,
    explain_subclass,
    explain_unbound,
    is_kernel_too_old,
    untaught_driver,
    wanted_module,
)
from .finding import Finding
from .snapshot import InterfaceState, Snapshot, called_together
from .systems import SYSTEMS

Saying = tuple[str, tuple[str, ...], tuple[str, ...], tuple[Action, ...]]
"""What is said of an interface, the reasons, the commands, what is wanted."""


def check_wrong_drivers(snapshot: Snapshot) -> Iterator[Finding]:
    """A driver is bound to an interface that it cannot drive; a data interface goes with its control interface."""
    said: dict[Saying, list[InterfaceState]] = {}
    control: list[InterfaceState] = []
    for interface in snapshot.interfaces:
        if not interface.has_wrong_driver:
            continue
        if interface.role == "data" and control and control[-1].driver == interface.driver:
            control.append(interface)
            continue
        lost = "no network interface can come of it" if interface.role in NETWORK else "its own driver cannot be bound"
        kind = "serial ports" if module_name(interface.driver) in SERIAL_DRIVERS else "networks"
        reasons = (
            *explain_subclass(snapshot, interface),
            *explain_missing_match(snapshot, interface),
            *explain_dynamic_id(snapshot, interface),
        )
        text = f"held by {interface.driver}, a driver for {kind}: {lost}"
        control = said.setdefault((text, reasons, *_repair(snapshot, interface)), [])
        control.append(interface)
    for (text, reasons, commands, wants), same in said.items():
        ttys = [interface.tty for interface in same if interface.tty]
        silent = f"; {', '.join(ttys)} {'answer' if len(ttys) > 1 else 'answers'} no AT command" if ttys else ""
        verb = "are" if len(same) > 1 else "is"
        whole = f"{called_together(same)} {verb} {text}{silent}"
        yield Finding("wrong-driver", "problem", whole, reasons, commands, wants)


def check_missing_drivers(snapshot: Snapshot) -> Iterator[Finding]:
    """No driver is bound where one should be; without an active configuration none can be."""
    said: dict[Saying, list[InterfaceState]] = {}
    for interface in () if snapshot.is_unconfigured else snapshot.interfaces:
        if not interface.is_unbound or interface.role in ("storage", "data", "other", "hid", "printer"):
            continue
        if interface.number in snapshot.observed.blocked:
            continue  # check_interfaces_authorized tells of it
        if not interface.expected and interface.role != "ncm":
            continue
        reasons = (
            *explain_subclass(snapshot, interface),
            *explain_missing_match(snapshot, interface),
            *explain_new_id(snapshot, interface),
            *explain_unbound(snapshot, interface),
        )
        said.setdefault(("no driver", reasons, *_repair(snapshot, interface)), []).append(interface)
    for (text, reasons, commands, wants), same in said.items():
        verb = "have" if len(same) > 1 else "has"
        yield Finding("no-driver", "problem", f"{called_together(same)} {verb} {text}", reasons, commands, wants)


def check_undriven_ports(snapshot: Snapshot) -> Iterator[Finding]:
    """A modem whose vendor-specific interfaces have no driver, so that it has no tty; which it should be is not known.

    Some of them are for programs (ADB) and have none rightly, so one that has a driver is enough.
    """
    is_gone = snapshot.pasted is not None and snapshot.pasted.disconnected
    is_other = snapshot.standing is not None and bool(snapshot.standing.thing)
    if is_gone or is_other or snapshot.is_unconfigured or snapshot.device.mode in WAKING:
        return
    ports = [one for one in snapshot.interfaces if one.role == "vendor" and not one.expected]
    bare = [one for one in ports if one.is_unbound]
    if not bare or any(module_name(one.driver) in SERIAL_DRIVERS for one in snapshot.interfaces):
        return
    numbers = ", ".join(str(one.number) for one in bare)
    yield Finding(
        "no-serial-driver",
        "problem",
        f"no serial port has a driver (interface{'s' if len(bare) > 1 else ''} {numbers}); most modems' is option",
        (
            "option has most modems by their ids: an older kernel leaves the ports of a newer id without a driver.",
            "A newer kernel has it, or the id is written to option's new_id.",
        ),
        wants=TEACH if snapshot.id is not None else (),
    )


def check_usbfs(snapshot: Snapshot) -> Iterator[Finding]:
    """A program has claimed interfaces in place of their driver."""
    held = [interface for interface in snapshot.interfaces if interface.driver == "usbfs"]
    bridges = [interface for interface in held if interface.triple == ADB]
    others = [interface for interface in held if interface.triple != ADB]
    if bridges:
        yield Finding(
            "adb",
            "note",
            f"{called_together(bridges)} is the Android debug bridge, held by adb: so it should be",
            ("It is no port of the modem; adb drives it from user space, and it stands in nobody's way.",),
        )
    if others:
        users = [program for node, program in snapshot.observed.holders if "/bus/usb/" in node]
        verb = "are" if len(others) > 1 else "is"
        yield Finding(
            "usbfs-holder",
            "problem",
            f"{called_together(others)} {verb} held by a program through usbfs: "
            f"{', '.join(users) or 'which one cannot be seen'}",
            ("While a program talks to the device directly (libusb), the kernel's driver is unbound.",),
        )


def check_dynamic_ids(snapshot: Snapshot) -> Iterator[Finding]:
    """A dynamic id, where no driver is wrong yet."""
    if any(interface.has_wrong_driver for interface in snapshot.interfaces):
        return
    for dynamic in snapshot.observed.dynamic:
        if dynamic.driver == snapshot.new_id:
            continue  # so it must be
        yield Finding(
            "dynamic-id",
            "note",
            f"somebody wrote {dynamic.id} to {dynamic.folder}/new_id: {dynamic.driver} may take every interface of it",
            ("It stays until the module is unloaded; whichever driver is asked first gets the network function.",),
            *_removal(dynamic),
        )


def _removal(dynamic: Dynamic) -> tuple[tuple[str, ...], tuple[Action, ...]]:
    """The command that removes a dynamic id, or what is wanted for that."""
    if dynamic.removable:
        return (f"echo {str(dynamic.id).replace(':', ' ')} > {dynamic.folder}/remove_id",), ()
    return (), (Action("unload", dynamic.driver),)


TEACH = (Action("teach", "option"), Action("teach-for-good", "option"))


def _repair(snapshot: Snapshot, interface: InterfaceState) -> tuple[tuple[str, ...], tuple[Action, ...]]:
    """The commands for an interface without its driver, and what is wanted: bind it, tell the driver, install it."""
    if snapshot.new_id in interface.expected and interface.available is not False:
        return (("modeswitch udev install",), (Action("bind"),)) if snapshot.is_live else ((), TEACH)
    if untaught_driver(snapshot, interface):
        return (), TEACH
    if interface.available or _may_be_available(snapshot, interface):
        return (), (Action("bind"),)
    if interface.available is not False and not interface.has_wrong_driver:
        return (), ()
    wanted = wanted_module(interface)
    freed = (Action("stop-new-id"),) if interface.has_wrong_driver else ()
    return (), (*freed, Action("install", wanted)) if wanted else freed


def _may_be_available(snapshot: Snapshot, interface: InterfaceState) -> bool:
    """May the machine of a text have the driver?  Its modules are unknown, and its kernel is not too old."""
    if snapshot.is_live or interface.available is not None or not interface.expected:
        return False
    return interface.triple is None or not is_kernel_too_old(snapshot, interface.triple, interface.number)


# Other compositions of the stick.

_NEEDS_CDROM = (
    "155e comes only of another switching message to the CD-ROM (host type gateway): so the list must begin with A1, "
    "never with FF."
)


def suggest_compositions(snapshot: Snapshot) -> Iterator[Finding]:
    """Where an NCM function of Huawei's own class has not its driver: the two compositions that other kernels drive."""
    ncm = next((interface for interface in snapshot.interfaces if _needs_composition(snapshot, interface)), None)
    if ncm is None:
        return
    wanted = _list_with_cdrom(snapshot)
    wants = (Action("write-ports", str(wanted)), Action("then-switch", "ncm"))
    if snapshot.system and SYSTEMS[snapshot.system].is_fixed and snapshot.drivers is None:
        yield from _on_fixed_system(snapshot, ncm, str(wanted))
        return
    if ncm.triple != LINUX_NCM:
        yield Finding(
            "way-out-linux",
            "note",
            "way out 1: let the stick know that its host is Linux: it then shows ff/02/16, which huawei_cdc_ncm has",
            (
                f"The list {wanted} keeps the CD-ROM, and the switching message that follows says Linux.",
                _judge_composition(snapshot, LINUX_NCM, "huawei_cdc_ncm for ff/02/16"),
                "A dynamic id binds its driver to that interface, too: first remove what writes to new_id.",
            ),
            wants=wants,
        )
    yield Finding(
        "way-out-155e",
        "note",
        "way out 2: let it come up as 12d1:155e, whose NCM is of the standard class 02/0d/00, driven by cdc_ncm",
        (
            _NEEDS_CDROM,
            _judge_composition(snapshot, STANDARD_NCM, "cdc_ncm for 02/0d/00"),
            "modeswitch sends that message by itself where modules.alias has cdc_ncm and not ff/02/16.",
        ),
        wants=wants,
    )


def _on_fixed_system(snapshot: Snapshot, ncm: InterfaceState, wanted: str) -> Iterator[Finding]:
    """The three ways out where no driver can be added: which of them that kernel can go, and what it costs.

    Ref: tests/captures/05; shantanugoel/asus-rt-n66u-merlin, rc/usb_devices.c; Linux 2.6.38, drivers/net/usb/cdc_ncm.c.
    """
    kernel = f"{SYSTEMS[snapshot.system].title}'s kernel{f' {snapshot.kernel}' if snapshot.kernel else ''}"
    if ncm.triple != LINUX_NCM:
        lacks = is_kernel_too_old(snapshot, LINUX_NCM) and snapshot.can_drive(LINUX_NCM) is not True
        can = "gives no network there" if lacks else "goes where the firmware has huawei_cdc_ncm"
        yield Finding(
            "way-out-linux",
            "note",
            f"way out 1, ff/02/16 (the message that says Linux), {can}",
            (f"It needs huawei_cdc_ncm: in Linux since 3.13, {'not in' if lacks else 'look for it in'} {kernel}.",),
            wants=() if lacks else (Action("write-ports", wanted), Action("restart")),
        )
    yield Finding(
        "way-out-155e",
        "note",
        "way out 2, 12d1:155e with NCM of the standard class (02/0d/00), goes where the firmware has cdc_ncm",
        (
            f"cdc_ncm is in Linux since 2.6.38; {kernel} has it only as its vendor built it: look in /lib/modules.",
            "It must be loaded before any serial driver gets the id.",
            _NEEDS_CDROM,
            "The list is written once; the message must be sent by the router at each plug, to what wakes up.",
        ),
        wants=(Action("write-ports", wanted), Action("restart"), Action("wake-at-plug")),
    )
    yield Finding(
        "way-out-hilink",
        "note",
        "way out 3, HiLink firmware in the stick: a router of its own on cdc_ether, which such kernels have",
        ("It needs no switch of the router's and no dialling; the price is a second NAT.",),
    )


def _needs_composition(snapshot: Snapshot, interface: InterfaceState) -> bool:
    """Is it an NCM function of Huawei's own class without its driver, which this kernel may lack?"""
    is_huawei = snapshot.id is not None and snapshot.id.vendor == HUAWEI
    is_own_class = interface.role == "ncm" and interface.triple is not None and interface.triple[0] == 0xFF
    lacks_driver = not interface.has_expected_driver and interface.driver is not None
    return is_huawei and is_own_class and lacks_driver and not interface.available


def _judge_composition(snapshot: Snapshot, triple: Triple, what: str) -> str:
    """Has that machine the driver for a composition?"""
    has = snapshot.can_drive(triple)
    if has is None and is_kernel_too_old(snapshot, triple):
        return f"It needs {what}, which a kernel {snapshot.kernel} has only where its vendor added it."
    words = {True: "This kernel has", False: "This kernel has no", None: "It needs a kernel with"}
    return f"{words[has]} {what}{': this way does not help here' if has is False else ''}."


def _list_with_cdrom(snapshot: Snapshot) -> PortList:
    """The port list of the text, with the CD-ROM in place of FF; else PCUI and NCM."""
    for text in snapshot.port_lists:
        try:
            ports = PortList.parse(text)
        except UsageError:
            continue
        if ports.first == (NO_PNP,) and "16" in ports.after:
            return PortList(STORAGE, ports.after)
    return PortList(STORAGE, ("12", "16"))
