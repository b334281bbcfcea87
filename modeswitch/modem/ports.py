"""The list of ports in a stick's NVRAM, as AT^SETPORT tells it: a value that knows its roles and modes, and its guard.

Two groups: what the stick shows before the switch (``A1`` a CD-ROM, ``A2`` a card, ``FF`` no such state), and what it
shows after.  A port code is the hex bInterfaceProtocol of the interface that comes of it.

Ref: hw_pnp.h and usb_nv_get.h of the E3372h kernel source (samm-git/e3372h-vendor-src), NV item 50091; the forms in
tests/captures/26_at_responses.txt.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ..errors import BadReply, Refused, UsageError
from ..printable import printable
from ..values import NamedTuple
from . import roles

PCUI = ("12", "2")
"""Codes of the port that a stick must never be without, the newer first."""
NCM = "16"
STORAGE = ("A1", "A2")
NO_PNP = "FF"
FIRST_GROUPS = (("A1",), ("A1", "A2"), (NO_PNP,))
"""All that firmware takes as the first group (AT handler of Balong sources)."""

CODES: dict[str, str] = {
    **dict.fromkeys(("4", "6", "A", "B", "C", "D", "E", "F", "15", "18", "19", "1A", "1B", "1C", "1D"), "serial"),
    **dict.fromkeys(("7", "8", "9", "11"), "other"),
    **{f"{code:X}": role for role, codes in roles.HUAWEI_PORTS.items() for code in codes if role != "qmi"},
    **dict.fromkeys(STORAGE, "storage"),
    "A3": "rndis",
}
"""Port code → role.  NDIS ports (07 to 09, 11) speak QMI on Qualcomm chips only; some of these have AT^SETPORT."""

NETWORKS = tuple(code for code, role in CODES.items() if role in ("ncm", "rndis", "ecm", "other"))

NAMES: dict[str, str] = {
    "pcui": "pcui",
    **dict.fromkeys(("modem", "mdm", "3g_modem", "4g_modem"), "modem"),
    **dict.fromkeys(("diag", "3g_diag", "4g_diag"), "diag"),
    **dict.fromkeys(("gps", "3g_gps", "4g_gps"), "gps"),
    **dict.fromkeys(("ncm", "ndis"), "ncm"),
    **{name: name for name in ("ecm", "rndis")},
    **dict.fromkeys(("mass", "mass_two", "cdrom", "sd"), "storage"),
}
"""What AT^GETPORTMODE calls a port → role; the rest (bt, c_shell, a_shell …) are ``serial``."""

_CODE = re.compile(r"[0-9A-F]{1,2}")
_LONGEST = 200
FF_WARNING = (
    "its list will begin with FF: it then comes up without a CD-ROM, and the way back by a SCSI message is gone; only "
    "its AT port can bring that back"
)


class PortList(NamedTuple):
    """What is shown before the switch (``first``), and after (``after``): port codes in capitals, no leading zero."""

    first: tuple[str, ...]
    after: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> PortList:
        """Read ``A1,A2;12,16``: upper or lower case, blanks anywhere, in quotes or not, an empty first group.

        Raises :class:`UsageError`.
        """
        bare = re.sub(r"\s+", "", text[: _LONGEST + 1]).strip('"').upper()
        groups = bare.split(";")
        if len(text) > _LONGEST or len(groups) != 2:
            raise UsageError(f"{printable(text, 80)!r} is no port list", hint=f"Write it as the stick does: {_EXAMPLE}")
        first, after = (tuple(_code(part, text) for part in group.split(",")) if group else () for group in groups)
        if not after:
            raise UsageError(f"{printable(text, 80)!r} has no port after the switch", hint=f"As in {_EXAMPLE}")
        return cls(first, after)

    def __str__(self) -> str:
        return f"{','.join(self.first)};{','.join(self.after)}"

    @property
    def roles(self) -> tuple[str, ...]:
        """The role of each port after the switch, in order."""
        return tuple(CODES.get(code, "other") for code in self.after)

    @property
    def mode(self) -> str | None:
        """The mode that the ports after the switch make."""
        return roles.mode(self.roles)

    @property
    def wakes(self) -> str | None:
        """The mode that the stick comes up in after a reset or when it is plugged in."""
        return "mass-storage" if set(self.first) & set(STORAGE) else self.mode

    def towards(self, mode: str, first: Iterable[str] = (), known: Iterable[str] = ()) -> PortList:
        """The nearest list whose ports make that mode: ``ncm`` adds an NCM port, ``stick`` takes networks away.

        ``first`` replaces the first group where it is not empty; ``known`` are the codes the stick has, which decide
        which PCUI is added where there is none.  Storage stays last.
        """
        ports = [code for code in self.after if CODES.get(code) != "storage"]
        disks = [code for code in self.after if CODES.get(code) == "storage"]
        if mode == "stick":
            ports = [code for code in ports if code not in NETWORKS]
        elif mode == "ncm" and not any(CODES.get(code) == "ncm" for code in ports):
            ports = [code for code in ports if code not in NETWORKS] + [NCM]
        if not set(ports) & set(PCUI):
            offered = set(known)
            ports.insert(0, next((code for code in PCUI if code in offered), PCUI[0]))
        return PortList(tuple(first) or self.first, (*ports, *disks))


_EXAMPLE = "A1,A2;12,16,A1,A2"


def _code(text: str, whole: str) -> str:
    if not _CODE.fullmatch(text):
        raise UsageError(
            f"{printable(text, 20)!r} in {printable(whole, 80)!r} is no port code",
            hint=f"Codes are hex, with commas between: {_EXAMPLE}",
        )
    return f"{int(text, 16):X}"


def current(lines: Iterable[str]) -> PortList:
    """The list in the answer to ``AT^SETPORT?``.  Raises :class:`BadReply` where there is none."""
    for line in lines:
        name, colon, value = line.partition(":")
        if colon and name.strip().upper() == "^SETPORT":
            try:
                return PortList.parse(value)
            except UsageError as error:
                raise BadReply(f"AT^SETPORT? was answered by {printable(line, 80)!r}") from error
    raise BadReply("AT^SETPORT? was answered without a list of ports")


def offered(lines: Iterable[str]) -> dict[str, str]:
    """Port code → the stick's own name for it, from the answer to ``AT^SETPORT=?``; empty where it lists none."""
    found = {}
    for line in lines:
        match = re.fullmatch(r"\^SETPORT\s*:\s*([0-9A-F]{1,2})\s*:\s*(.{0,40})", line.strip(), re.IGNORECASE)
        if match:
            found[f"{int(match[1], 16):X}"] = printable(match[2].strip())
    return found


def port_mode(lines: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """The ports in the answer to ``AT^GETPORTMODE``, in its order: (the stick's name, role).

    The number behind each name is no tty's: it counts from 0 or from 1, as firmware likes.
    """
    for line in lines:
        if re.match(r"\^GETPORTMODE\s*:", line.strip(), re.IGNORECASE):
            found = re.findall(r"([A-Za-z0-9_ ]{1,20}?)\s*:\s*([0-9]{1,2})(?=\s*(?:,|$))", line)
            names = [name.strip().lower() for name, _ in found]
            return tuple((name, NAMES.get(name, "serial")) for name in names)
    return ()


def guard(wanted: PortList, known: Mapping[str, str], had: PortList | None = None, refused: str = "") -> list[str]:
    """Refuse a list that could cost the stick its AT port or that its firmware has never promised to understand.

    ``known`` is what :func:`offered` read; ``had`` a list that the stick once held itself, whose first group is good
    therefore; ``refused`` why its build of firmware would not take the list (:mod:`builds`), empty where it may.
    Returns what to warn of.  Raises :class:`Refused` and says why.
    """
    complaint = refused or _complaint(wanted, known, had)
    if complaint:
        raise Refused(
            f"the port list {wanted} is not written: {complaint}",
            hint=f"This stick's ports: {_shown(known)}." if known else "Look at its own: modeswitch ports DEVICE",
            ports=str(wanted),
        )
    return [FF_WARNING] if wanted.first == (NO_PNP,) else []


def _complaint(wanted: PortList, known: Mapping[str, str], had: PortList | None) -> str:
    """What is wrong with a list, the worst first; empty where nothing is."""
    after = wanted.after
    unknown = [code for code in after if code not in CODES]
    unnamed = [code for code in (*wanted.first, *after) if code not in known and code != NO_PNP]
    disks = [CODES.get(code) == "storage" for code in after]
    rules = (
        (not set(after) & set(PCUI), "it has no PCUI port (2 or 12), so the stick could never be spoken to again"),
        (bool(unknown), f"no known stick has the port {', '.join(unknown)}"),
        (len(set(after)) != len(after), "it names a port twice"),
        (disks != sorted(disks), "storage (A1, A2) must come after all other ports"),
        (
            wanted.first not in FIRST_GROUPS and (had is None or wanted.first != had.first),
            f"its first group is {','.join(wanted.first) or 'empty'}, where A1, A1,A2 or FF may stand",
        ),
        (not known, "the stick does not say which ports it has (AT^SETPORT=?)"),
        (bool(unnamed), f"the stick itself does not name the port {', '.join(dict.fromkeys(unnamed))} (AT^SETPORT=?)"),
    )
    return next((words for wrong, words in rules if wrong), "")


def _shown(known: Mapping[str, str]) -> str:
    return ", ".join(f"{code} ({name})" for code, name in known.items())
