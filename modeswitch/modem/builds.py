"""What a build of firmware takes of a port list: rules that are known before anything is written.

Ref: Huawei's AT command documents on ^SETPORT and the handlers of vendor firmware, each with what bears it out: HiLink
builds refuse every list (github trackIT-Systems/modemmanager-e3372, docs/E3372h-153.md: ERROR, firmware 22.329.63);
E398 and its like list ``^SETPORT:A1,A2;1,2,3,7,A1,A2`` and are driven as QMI; an E8372H is HiLink under 21.x, too
(capture 26).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from ..values import NamedTuple
from .ports import NCM, PortList

LONGEST_LIST = 50
"""How long the text of a list may be, in characters."""
MOST_PORTS_3G = 8
"""How many interfaces Balong V3 (E3131, E3531: 3G alone) can have."""
QMI = ("7", "9", "11")
"""Codes of the ports that speak QMI on Qualcomm chips (qmi_wwan binds these)."""
LTE = ("10", "12", "13", "14")
"""Codes that only chips with 4G name."""
ROUTER_REFUSES = ("1", "10")
"""Codes that the builds of pocket routers refuse: they have no modem port."""

_HILINK_MODEL = re.compile(r"(?:HUAWEI )?E8372", re.IGNORECASE)
_HILINK_FIRMWARE = re.compile(r"(?:22|10)\.[0-9]")
"""Ref: 22.x of E3372h-153, E3272 and E3372h-607, 10.x of E3372h-320; stick firmware is 11.x and 21.x."""
_ROUTER = re.compile(r"(?:HUAWEI )?(?:E5[0-9]{2,3}|R2[0-9]{2})", re.IGNORECASE)


class Build(NamedTuple):
    """What is known of a stick's firmware: its own words for model and firmware, its mode, the codes that it names."""

    model: str
    firmware: str
    mode: str | None
    known: frozenset[str]

    @property
    def is_hilink(self) -> bool:
        """Is it a router's firmware: by its mode, its firmware's number, or its model?"""
        by_name = _HILINK_FIRMWARE.match(self.firmware) or _HILINK_MODEL.match(self.model)
        return self.mode in ("hilink", "debug") or by_name is not None

    @property
    def is_router(self) -> bool:
        """Is it a pocket router?"""
        return _ROUTER.match(self.model) is not None

    @property
    def is_qualcomm(self) -> bool:
        """Does it name a port that speaks QMI, and no NCM?"""
        return NCM not in self.known and bool(self.known & set(QMI))

    @property
    def is_3g(self) -> bool:
        """Does it name ports, and none of 4G?"""
        return bool(self.known) and not self.known & set(LTE)


def complaint(build: Build, wanted: PortList) -> str:
    """Why a build would not take a list; empty where no rule says so."""
    return next((words.format(build=build) for applies, words in _RULES if applies(build, wanted)), "")


def _has(wanted: PortList, codes: Collection[str]) -> bool:
    return bool(set(wanted.after) & set(codes))


_RULES: tuple[tuple[Callable[[Build, PortList], bool], str], ...] = (
    (
        lambda build, _wanted: build.is_hilink,
        "HiLink firmware ({build.model} {build.firmware}) refuses every list",
    ),
    (
        lambda build, wanted: build.is_router and _has(wanted, ROUTER_REFUSES),
        "a pocket router ({build.model}) refuses the modem ports, 1 and 10",
    ),
    (
        lambda build, wanted: build.is_qualcomm and _has(wanted, (NCM,)),
        "its chip is Qualcomm's: it has no NCM port (16), its network is the QMI port 7",
    ),
    (
        lambda _build, wanted: len(str(wanted)) > LONGEST_LIST,
        f"it is longer than {LONGEST_LIST} characters, which firmware cuts or refuses",
    ),
    (
        lambda build, wanted: build.is_3g and len(wanted.after) > MOST_PORTS_3G,
        f"it has more than {MOST_PORTS_3G} ports, which is all that a 3G chip (Balong V3) can have",
    ),
)
"""When a rule applies, and what it says."""
