"""Which driver is wrong, and the ways out: from a view to findings, and to a repair.  Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import UsageError
from ..linux.binding import Bind, Repair, Unbind
from ..linux.observe import Dynamic
from ..modem.ports import NO_PNP, STORAGE, PortList
from ..modem.roles import HUAWEI
from ..usb.descriptors import Triple
from .driver_facts import (
    LINUX_NCM,
    PACKAGES,
    STANDARD_NCM,
    can_drive,
    kind,
    predates,
    why_not_driven,
    why_not_loaded,
    why_subclass,
    why_taken,
)
from .snapshot import NETWORK, SERIAL, Face, Finding, View, plain


def wrong_driver(view: View) -> Iterator[Finding]:
    """A driver holds an interface that it can make nothing of."""
    for face in view.faces:
        if not face.is_wrong:
            continue
        lost = "no network interface can come of it" if face.role in NETWORK else "its own driver cannot get at it"
        tty = f"; {face.tty} there is mute" if face.tty else ""
        yield Finding(
            "problem",
            f"{face} is held by {face.bound}, a driver for {kind(face.bound)}: {lost}{tty}",
            (*why_subclass(view, face), *why_not_driven(view, face), *why_taken(view, face)),
            _repairing(view, face),
        )


def no_driver(view: View) -> Iterator[Finding]:
    """No driver is bound where one should be."""
    for face in view.faces:
        if face.bound != "" or face.role in ("storage", "data", "other", "hid", "printer"):
            continue
        if face.number in view.observed.blocked:
            continue  # that is its own finding
        if not face.should and face.role != "ncm":
            continue
        yield Finding(
            "problem",
            f"{face} has no driver",
            (*why_subclass(view, face), *why_not_driven(view, face), *why_not_loaded(view, face)),
            _repairing(view, face),
        )


def program_holds(view: View) -> Iterator[Finding]:
    """A program has taken an interface from its driver."""
    for face in view.faces:
        if face.bound == "usbfs":
            users = [who for node, who in view.observed.holders if "/bus/usb/" in node]
            yield Finding(
                "problem",
                f"{face} is held by a program through usbfs: {', '.join(users) or 'which one cannot be seen'}",
                ("While a program talks to the device by itself (libusb), the kernel's driver has let go of it.",),
            )


def ways_out(view: View) -> Iterator[Finding]:
    """Where an NCM function of Huawei's own class has not its driver: the two compositions that other kernels drive."""
    face = next((face for face in view.faces if _needs_a_way(view, face)), None)
    if face is None:
        return
    wanted = _linux_list(view)
    write = f'modeswitch ports {view.target} --set "{wanted}" --persist'
    if face.triple != LINUX_NCM:
        yield Finding(
            "note",
            "way out 1: let the stick know that its host is Linux: it then shows ff/02/16, which huawei_cdc_ncm has",
            (
                f"The list {wanted} keeps the CD-ROM, and the switching message that follows says Linux.",
                _here(view, LINUX_NCM, "huawei_cdc_ncm for ff/02/16"),
                "A dynamic id would take that, too: first remove whatever writes to new_id.",
            ),
            (write, f"modeswitch {view.port} --to ncm"),
        )
    yield Finding(
        "note",
        "way out 2: let it come up as 12d1:155e, whose NCM is of the standard class 02/0d/00, driven by cdc_ncm",
        (
            _FROM_CDROM,
            _here(view, STANDARD_NCM, "cdc_ncm for 02/0d/00"),
            "modeswitch sends that message by itself where modules.alias has cdc_ncm and not ff/02/16.",
        ),
        (write, f"modeswitch {view.port} --to ncm"),
    )


def stale_ids(view: View) -> Iterator[Finding]:
    """A dynamic id that has done no harm yet."""
    if any(face.is_wrong for face in view.faces):
        return
    for dynamic in view.observed.dynamic:
        yield Finding(
            "note",
            f"somebody wrote {dynamic.id} to {dynamic.folder}/new_id: {dynamic.driver} may take every interface of it",
            ("It stays until the module is unloaded; whichever driver is asked first gets the network function.",),
            (_removal(dynamic),),
        )


def repair(view: View) -> Repair | None:
    """What can be put right on this machine without losing anything; None where there is nothing."""
    if not view.live or view.drivers is None:
        return None
    faces = [face for face in view.faces if _repairable(face) and face.number not in view.observed.blocked]
    if not faces:
        return None
    folder = f"{view.device.usb.port}:{view.device.usb.active}"
    unbind = [
        Unbind(f"{folder}.{face.number}", face.bound or "", face.tty, face.networks if not face.tty else ())
        for face in faces
        if face.bound
    ]
    bind = [Bind(f"{folder}.{face.number}", face.should) for face in faces if face.role != "data"]
    return Repair(str(view.device.usb.port), tuple(unbind), tuple(_stale(view)), tuple(bind))


def _repairable(face: Face) -> bool:
    """Wrong or unbound, and this host has the driver; storage never."""
    broken = face.is_wrong or (face.bound == "" and face.role in (*NETWORK, *SERIAL))
    return broken and bool(face.here) and bool(face.should)


def _stale(view: View) -> Iterator[Dynamic]:
    """The dynamic ids that can go: those whose driver would keep, without them, all that is rightly its own."""
    for dynamic in view.observed.dynamic:
        kept = [face for face in view.faces if plain(face.bound or "") == plain(dynamic.driver) and not face.is_wrong]
        if all(face.here and face.is_right for face in kept):
            yield dynamic


def _repairing(view: View, face: Face) -> tuple[str, ...]:
    """The next command for an interface without its driver."""
    if face.here or (face.here is None and not view.live and face.should and not _too_old(view, face)):
        return (f"modeswitch doctor {view.target} --fix",)
    package = PACKAGES.get(plain(next(iter(face.should), "huawei_cdc_ncm" if face.role == "ncm" else "")))
    if face.here is False and view.observed.system == "openwrt" and package:
        return (f"opkg install {package}",)
    if face.here is False and view.observed.system == "ubuntu":
        return ("apt install linux-modules-extra-$(uname -r)",)
    return ()


def _too_old(view: View, face: Face) -> bool:
    return face.triple is not None and predates(view, face.triple)


def _removal(dynamic: Dynamic) -> str:
    if dynamic.removable:
        return f"echo {str(dynamic.id).replace(':', ' ')} > {dynamic.folder}/remove_id"
    return f"modprobe -r {dynamic.driver}"


# Ways.

_FROM_CDROM = (
    "155e comes only of another switching message to the CD-ROM (host type gateway): so the list must begin with A1, "
    "never with FF."
)


def _needs_a_way(view: View, face: Face) -> bool:
    """An NCM function of Huawei's class without its driver, unless this kernel has that driver."""
    vendor = view.id is not None and view.id.vendor == HUAWEI
    mine = face.role == "ncm" and face.triple is not None and face.triple[0] == 0xFF
    return vendor and mine and not face.is_right and face.bound is not None and not face.here


def _here(view: View, triple: Triple, what: str) -> str:
    """Does this way help on that machine?"""
    has = can_drive(view, triple)
    if has is None and predates(view, triple):
        return f"It needs {what}, which a kernel {view.kernel} has only where its vendor added it."
    words = {True: "This kernel has", False: "This kernel has no", None: "It needs a kernel with"}
    return f"{words[has]} {what}{': this way does not help here' if has is False else ''}."


def _linux_list(view: View) -> PortList:
    """The list that was pasted, with the CD-ROM in place of FF; else PCUI and NCM."""
    for text in view.reading.lists if view.reading else ():
        try:
            had = PortList.parse(text)
        except UsageError:
            continue
        if had.first == (NO_PNP,) and "16" in had.after:
            return PortList(STORAGE, had.after)
    return PortList(STORAGE, ("12", "16"))
