"""What is wrong with a stick on a machine, why, and the next command: a table of checks over one view.  Pure.

The checks of drivers are in ``drivercheck.py``, those of its machine and of logs in ``machinecheck.py``; here are those
of the stick itself, and the table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..modem.roles import HUAWEI, satisfies
from .drivers import no_driver, program_holds, stale_ids, ways_out, wrong_driver
from .machine import (
    away,
    incomplete,
    interface_not_authorized,
    not_authorized,
    permissions,
    ports_taken,
    troubles,
    two_tools,
)
from .snapshot import NETWORK, SERIAL, Finding, View

Check = Callable[[View], Iterator[Finding]]


def leave_alone(view: View) -> Iterator[Finding]:
    """A product that must not be touched."""
    product = view.device.product
    if product is not None and product.leave_alone:
        yield Finding("note", f"it is left alone: {product.leave_alone}")


def unreadable(view: View) -> Iterator[Finding]:
    """Descriptors that contradict themselves, or no active configuration."""
    usb_device = view.device.usb
    if usb_device.problem:
        yield Finding(
            "problem", f"its descriptors are unreadable: {usb_device.problem}", commands=("dmesg | tail -50",)
        )
    elif view.live and usb_device.configuration is None and view.observed.authorized is not False:
        yield Finding(
            "problem",
            "the system has not configured it: no interface of it can be used",
            ("A hub without enough power, or a rule of some program, keeps a device so.",),
            (f"cat /sys/bus/usb/devices/{usb_device.port}/bConfigurationValue", "dmesg | tail -50"),
        )


def in_storage(view: View) -> Iterator[Finding]:
    """It is still the CD-ROM: nothing has switched it, or somebody's attempt failed."""
    if view.device.mode != "mass-storage":
        return
    profile = view.device.profile
    bound = any(face.bound in ("usb-storage", "uas") for face in view.faces)
    why = ["A stick wakes up as a CD-ROM, and stays so until it gets a switching message."]
    if bound:
        why.append("usb-storage is still bound to it: that is right in this mode, and no hindrance.")
    if view.pasted and "usb_modeswitch" in (view.reading.tools if view.reading else ()):
        why.append("usb_modeswitch was at work in this log, and the stick has not come back as something else.")
    if view.observed.usb_modeswitch and not view.observed.modeswitch:
        why.append(
            "usb_modeswitch's rules are installed; they have not switched it, or it came back: see journalctl -b."
        )
    if view.id is None:
        commands = (f"modeswitch {view.target}",)
        why.append("The text lacks its id.")
    elif profile is None:
        commands = (f"modeswitch report {view.target}",)
        why.append("No profile knows this id, so no message is known for it.")
    else:
        commands = (f"modeswitch {view.target} --to {profile.goal}",)
    yield Finding("problem", "it is in mass-storage: a CD-ROM, and no modem yet", tuple(why), commands)


def in_download(view: View) -> Iterator[Finding]:
    """Download mode: for flashing."""
    if view.device.mode == "download":
        yield Finding(
            "problem",
            "it is in download mode, where its firmware is written",
            ("Nothing here speaks to it in this mode. Some sticks get there by AT^U2DIAG=0 or AT^GODLOAD.",),
            ("modeswitch list", "# unplug it and plug it in again"),
        )


def unknown(view: View) -> Iterator[Finding]:
    """No profile knows it."""
    if view.device.profile is None and view.id is not None and view.device.mode != "mass-storage":
        yield Finding(
            "note",
            f"no profile knows {view.id}: what it is is read from its interfaces alone",
            commands=(f"modeswitch report {view.target}",) if view.live else (),
        )


def stuck_1c05(view: View) -> Iterator[Finding]:
    """12d1:1c05 is a working modem of one kind and another kind's trap.  Ref: tests/captures/23_…; huawei hw_pnp.h."""
    if view.id is not None and str(view.id) == "12d1:1c05":
        yield Finding(
            "note",
            "12d1:1c05 is what E173s become by a switch, and what E303 and E3131 are left in by AT^U2DIAG=0",
            ("In the second case they refuse every later AT^U2DIAG, and keep this across replugging.",),
            (f"modeswitch ports {view.target}",),
        )


def well(view: View) -> Iterator[Finding]:
    """What is as it should be, and what to do with it."""
    right = [face for face in view.faces if face.is_right and face.role in (*NETWORK, *SERIAL)]
    networks = ", ".join(view.networks)
    if view.networks:
        next_step = {"ncm": f"modeswitch connect {view.target} --apn NAME", "hilink": f"udhcpc -i {view.networks[0]}"}
        command = next_step.get(view.device.mode or "")
        yield Finding("good", f"its network interface is {networks}", commands=(command,) if command else ())
    elif right and not any(
        face.bound == "" or face.is_wrong for face in view.faces if face.role in (*NETWORK, *SERIAL)
    ):
        yield Finding("good", f"each interface that matters has its driver ({', '.join(_drivers(view))})")


def _drivers(view: View) -> list[str]:
    return sorted({face.bound for face in view.faces if face.bound and face.role in (*NETWORK, *SERIAL)})


def not_the_goal(view: View) -> Iterator[Finding]:
    """A router where a network card may be wanted: said once, since that is the usual surprise."""
    if view.device.mode == "hilink" and view.id is not None and view.id.vendor == HUAWEI:
        yield Finding(
            "note",
            "in hilink it is a router of its own, with its own address and NAT",
            ("For a line of your own it must be in ncm or stick.",),
            (f"modeswitch plan {view.target} --to ncm",),
        )
    elif satisfies(view.device.mode, "switched") and view.device.mode == "stick":
        yield Finding(
            "note",
            "it has AT ports and no network function: it is dialled by PPP",
            (),
            (f"modeswitch plan {view.target} --to ncm --persist",),
        )


CHECKS: tuple[Check, ...] = (
    unreadable,
    not_authorized,
    interface_not_authorized,
    leave_alone,
    away,
    troubles,
    wrong_driver,
    no_driver,
    ways_out,
    program_holds,
    stale_ids,
    in_storage,
    in_download,
    two_tools,
    permissions,
    ports_taken,
    stuck_1c05,
    unknown,
    incomplete,
    well,
    not_the_goal,
)
"""Every check, in the order in which a person should read what it finds."""


def diagnose(view: View) -> list[Finding]:
    """All that the checks find."""
    return [finding for check in CHECKS for finding in check(view)]
