"""Why an interface has not the driver that it should have: the facts about drivers, with their dates.  Pure.

A machine's own modules.alias goes before these tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..modem import roles
from ..modem.ports import NO_PNP
from ..modem.roles import HUAWEI
from ..usb.descriptors import Triple
from .snapshot import NETWORK, SERIAL_DRIVERS, TABLE, TABLE_DATE, Face, View, plain

SINCE: dict[str, tuple[int, int]] = {"huawei_cdc_ncm": (3, 13), "cdc_mbim": (3, 8), "qmi_wwan": (3, 4)}
"""Driver → the first Linux that has it.  Ref: git history of drivers/net/usb; huawei_cdc_ncm in logs of 3.13."""
SUBCLASS_3 = (3, 18)
"""The Linux by which huawei_cdc_ncm has ff/03/16 (later than 3.13); vendors' backports have 02/16, 02/46, 02/76 only.
Ref: trees of 3.18 and 4.9; a backport to 2.6.36 of 2015."""

PACKAGES: dict[str, str] = {
    "huawei_cdc_ncm": "kmod-usb-net-huawei-cdc-ncm",
    "cdc_ncm": "kmod-usb-net-cdc-ncm",
    "cdc_mbim": "kmod-usb-net-cdc-mbim",
    "cdc_ether": "kmod-usb-net-cdc-ether",
    "rndis_host": "kmod-usb-net-rndis",
    "qmi_wwan": "kmod-usb-net-qmi-wwan",
    "option": "kmod-usb-serial-option",
    "usb_storage": "kmod-usb-storage",
}
"""Driver → OpenWrt's package.  Ref: OpenWrt, package/kernel/linux/modules/usb.mk."""

LINUX_NCM, STANDARD_NCM = Triple(0xFF, 0x02, 0x16), Triple(0x02, 0x0D, 0x00)


def can_drive(view: View, triple: Triple) -> bool | None:
    return view.drivers.can_drive(HUAWEI, triple) if view.drivers else None


def kind(driver: str | None) -> str:
    return "serial ports" if plain(driver or "") in SERIAL_DRIVERS else "networks"


def why_subclass(view: View, face: Face) -> Iterator[str]:
    """Why a stick shows what it shows to Windows.  Ref: hw_pnp.c and f_ncm.c of the E3372h kernel source."""
    if face.role != "ncm" or face.triple is None or face.triple[:2] != (0xFF, 0x03):
        return
    lists = [text for text in (view.reading.lists if view.reading else ()) if text.startswith(f"{NO_PNP};")]
    begins = (
        f"Its port list begins with FF ({lists[0]})"
        if lists
        else f"It shows it when its port list begins with FF (look: modeswitch ports {view.target})"
    )
    older = "" if lists else "; some older firmware knows nothing else"
    yield (
        f"Subclass 03 is what the firmware shows to Windows. {begins}: then it comes up without a CD-ROM, no message "
        f"ever tells it what its host is, and it takes it for Windows{older}. To one that says Linux it shows ff/02/16."
    )


def why_not_driven(view: View, face: Face) -> Iterator[str]:
    """Which driver would be the right one, and whether this kernel has it."""
    if not face.should and face.here is None:
        return
    names = " or ".join(face.should) or "no driver"
    if face.triple is not None and face.triple[0] == 0xFF and face.role == "ncm":
        yield (
            f"{face.triple} is huawei_cdc_ncm's: in Linux since 3.13, with ff/03/16 added by 3.18; older tables "
            "and vendors' backports have ff/02/16, ff/02/46 and ff/02/76 only, so it does not match there."
        )
    if face.here:
        yield f"This kernel has the driver for it: {names}."
    elif face.here is False:
        yield f"This kernel's modules.alias has no driver for {face.triple}: {_lacks(view, face)}"
    else:
        yield _by_version(view, face, names)


def _lacks(view: View, face: Face) -> str:
    """What kind of lack it is: an old table, or no module at all."""
    if face.role == "ncm" and face.triple != LINUX_NCM and can_drive(view, LINUX_NCM):
        return "its huawei_cdc_ncm predates ff/03/16, it has ff/02/16."
    wanted = plain(next(iter(face.should), "huawei_cdc_ncm" if face.role == "ncm" else ""))
    package = f" (OpenWrt: {PACKAGES[wanted]})" if wanted in PACKAGES else ""
    other = ", though cdc_ncm is there, which matches only 02/0d/00" if can_drive(view, STANDARD_NCM) else ""
    return f"{wanted or 'its module'} is not installed{package}, or the kernel was built without it{other}."


def predates(view: View, triple: Triple) -> bool:
    """Is that machine's kernel, by its version, older than the driver of such an interface?"""
    version, needs = _version(view.kernel), _needs(triple)
    return can_drive(view, triple) is None and needs is not None and version is not None and version < needs


def _needs(triple: Triple) -> tuple[int, int] | None:
    """The Linux that drives such an interface; None where all that matter do."""
    if triple[0] == 0xFF and triple[2] in roles.HUAWEI_PORTS["ncm"]:
        return SUBCLASS_3 if triple[1] == 0x03 else SINCE["huawei_cdc_ncm"]
    return next((SINCE[name] for name in TABLE.binding(HUAWEI, triple) if name in SINCE), None)


def _by_version(view: View, face: Face, names: str) -> str:
    """Nobody can see the machine's modules: what its version tells, and the table."""
    table = f"By the table of {TABLE_DATE} it should be {names}"
    if face.triple is not None and predates(view, face.triple):
        by = " (by the style of its messages)" if view.kernel == "2.6" else ""
        needs = ".".join(map(str, _needs(face.triple) or ()))
        return (
            f"{table}; that machine's kernel is {view.kernel}{by}, which predates the match ({needs}): it has no such "
            "driver unless its vendor added one, and its cdc_ncm, if any, matches only 02/0d/00."
        )
    return f"{table}; whether that kernel has it, --kernel-modules DIR tells (a copy of its /lib/modules/VERSION)."


def _version(text: str) -> tuple[int, int] | None:
    match = re.match(r"(\d{1,3})\.(\d{1,3})", text)
    return (int(match[1]), int(match[2])) if match else None


def why_taken(view: View, face: Face) -> Iterator[str]:
    """How a driver got an interface that is not in its table.  Ref: tests/captures/29_…: option lacks protocol 16."""
    usb = str(view.id or "its id").replace(":", " ")
    seen = [dynamic for dynamic in view.observed.dynamic if plain(face.bound or "").startswith(plain(dynamic.driver))]
    if plain(face.bound or "") not in SERIAL_DRIVERS:
        return
    rule = "Such a dynamic id matches every interface of the device, the network function as well as the serial ports."
    if seen:
        yield f"{seen[0].text!r} stands in {seen[0].folder}/new_id: somebody wrote it there. {rule}"
    elif face.role in NETWORK and face.triple is not None:
        yield (
            f"{face.bound} does not list {face.triple} itself: somebody gave it a dynamic id (echo {usb} > …/new_id, "
            f"by a script or firmware, or vendor= and product= of the module). {rule}"
        )


def why_not_loaded(view: View, face: Face) -> Iterator[str]:
    if face.here and view.live:
        there = {plain(name) for name in view.observed.loaded} & {plain(name) for name in face.should}
        if there:
            yield f"{' and '.join(sorted(there))} is loaded; it was unbound, or declined: see dmesg."
        else:
            yield f"The module {face.should[0]} is installed and not loaded."
