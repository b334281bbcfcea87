"""The state of a data line, as a stick tells it: up or not for each family of addresses, and which addresses.

Ref: ModemManager, src/plugins/huawei (mm_huawei_parse_ndisstatqry_response, _dhcp_response and its tests); OpenWrt's
comgt-ncm; tests/captures/26_at_responses.txt.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..errors import BadReply, CommandFailed
from ..values import NamedTuple
from .at import Dialogue

FAMILIES = {"4": ("IPV4",), "6": ("IPV6",), "46": ("IPV4", "IPV6")}
"""What is asked for → the families of addresses that it means, as sticks name them."""
UNNAMED = ""
"""The family of a state that names none."""


class Addresses(NamedTuple):
    """What the network gave the stick's line, as dotted IPv4; ``prefix`` is the netmask's length in bits."""

    address: str
    prefix: int
    gateway: str
    dns: tuple[str, ...]


def states(values: Iterable[str]) -> dict[str, bool]:
    """Family → is its line up?  ``values`` are what stands behind each ``^NDISSTATQRY:``.

    Sticks say both families in one line (``1,,,"IPV4",0,,,"IPV6"``), or each in its own, or no family at all.
    """
    found: dict[str, bool] = {}
    for value in values:
        fields = [field.strip().strip('"') for field in value.split(",")]
        for at in range(0, len(fields) if len(fields) > 1 else 1, 4):
            state, *_, family = (*fields[at : at + 4], *[UNNAMED] * 4)[:4]
            if state in ("0", "1", "2", "3"):
                name = family.upper() if family.upper() in FAMILIES["46"] else UNNAMED
                found[name] = found.get(name, False) or state == "1"
    return found


def is_up(found: dict[str, bool], ip: str = "46") -> bool | None:
    """Is a line of one of the families that ``ip`` asks for up?  None where nothing was said of them."""
    said = [up for family, up in found.items() if family == UNNAMED or family in FAMILIES[ip]]
    return any(said) if said else None


def ask_state(dialogue: Dialogue, ip: str = "46") -> bool | None:
    """Is the data line up, for one of the families at least?  None where the stick does not say."""
    for command in ("AT^NDISSTATQRY?", "AT^NDISSTATQRY=1"):
        try:
            found = states(dialogue.ask(command).values("^NDISSTATQRY"))
        except (CommandFailed, BadReply):
            continue
        if found:
            return is_up(found, ip)
    return None


class Refusal(NamedTuple):
    """A line that came down or was refused: of which family (empty: not said), and the cause that was given."""

    family: str
    cause: int


_NDISSTAT = re.compile(
    r'\^NDISSTAT\s*:\s*0\s*,\s*([0-9]{1,5})(?![0-9])\s*(?:,[^,]*(?:,\s*"?(IPV[46])"?)?)?', re.IGNORECASE
)


def refusal(urc: str) -> Refusal | None:
    """What an unasked ``^NDISSTAT: 0,33,,"IPV6"`` says; None where it refuses nothing (no cause, or cause 0).

    Ref: ModemManager's mm-modem-helpers-huawei.c: causes 33, 50 and 51 are one family's, the other may be up.
    """
    match = _NDISSTAT.match(urc)
    return Refusal((match[2] or UNNAMED).upper(), int(match[1])) if match and int(match[1]) else None


def ask_addresses(dialogue: Dialogue) -> Addresses | None:
    """What ``AT^DHCP?`` says of the line; None where it says nothing."""
    value = dialogue.said("AT^DHCP?", "^DHCP")
    return decode_dhcp(value) if value else None


def decode_dhcp(value: str) -> Addresses | None:
    """Decode ``a3ec5c64,f8ffffff,…``: hex words whose lowest byte is the first of an IPv4 address.

    The order is address, netmask, gateway, DHCP server, two name servers, two speeds.
    """
    words = [word.strip().lower().removeprefix("0x") for word in value.split(",")[:6]]
    if len(words) < 6 or not all(re.fullmatch(r"[0-9a-f]{1,8}", word) for word in words):
        return None
    dotted = [".".join(map(str, int(word, 16).to_bytes(4, "little"))) for word in words]
    mask = int.from_bytes(int(words[1], 16).to_bytes(4, "little"), "big")
    servers = tuple(server for server in dotted[4:6] if server != "0.0.0.0")  # nosec B104 # no address: nothing listens
    return Addresses(dotted[0], mask.bit_count(), dotted[2], servers)
