"""What ModemManager logs, what mmcli and nmcli print, and the network interfaces that ip and ifconfig list.

Ref: ModemManager 1.22, src/mm-base-manager.c, mm-device.c; mmcli(1); nmcli(1); ip-link(8).
"""

from __future__ import annotations

import re

from .form import Match, form
from .notes import Notes
from .udev import NODE

NAME = "ModemManager"
_PORTS = re.compile(r"\b((tty[A-Z]{2,8}\d{1,4})|(cdc-wdm\d{1,3})|([a-z][\w.-]{1,14})) \(([\w-]{1,12})\)")


def _port_of(text: str) -> str:
    nodes = re.findall(NODE, text)
    return nodes[-1][0] if nodes else ""


def _take_no_support(notes: Notes, match: Match) -> None:
    """A device that ModemManager does not take; most of them are no modems, and have no port."""
    port = _port_of(match[1])
    if port:
        notes.say(NAME, "not supported", "", None, port)


def _take_candidate(notes: Notes, match: Match) -> None:
    """A device that ModemManager takes for a modem."""
    port = _port_of(match.string)
    if port:
        notes.listed_at_port(port)


def _take_created(notes: Notes, match: Match) -> None:
    _take_candidate(notes, match)
    notes.say(NAME, "created", "", None, _port_of(match.string))


def _take_not_created(notes: Notes, match: Match) -> None:
    _take_candidate(notes, match)
    notes.say(NAME, "not created", match[1], None, _port_of(match.string))


def _take_state(notes: Notes, match: Match) -> None:
    notes.say(NAME, "state", match[1])


def _take_no_modem(notes: Notes, _match: Match) -> None:
    notes.say(NAME, "no modem")


def _take_device(notes: Notes, match: Match) -> None:
    """The device of a modem, as mmcli has it."""
    port, before = _port_of(match[1]), notes.block
    if not port:
        return
    draft = notes.begin_block(notes.listed_at_port(port))
    if before in notes.drafts and before is not None and not (before.id or before.port or before.interfaces):
        draft.merge(before)  # its maker and model stand before its path
        notes.drafts.remove(before)


def _take_drivers(notes: Notes, match: Match) -> None:
    draft = notes.block_device()
    for name in match[1].split(",")[:8]:
        draft.add_driver("option" if name.strip() == "option1" else name.strip())


def _take_ports(notes: Notes, match: Match) -> None:
    """The ports of a modem, with what each of them is for; they may go on in the next line."""
    draft = notes.block_device()
    for _, tty, wdm, other, kind in _PORTS.findall(match[1])[:16]:
        if tty:
            draft.add_tty(tty, -1)
        elif wdm:
            draft.add_wdm(wdm)
        elif other and kind == "net":
            draft.add_network(other)


def _take_string(notes: Notes, match: Match) -> None:
    which = {"manufacturer": "manufacturer", "model": "product"}[match[1].lower()]
    notes.block_device().add_string(which, match[2])


def _take_link(notes: Notes, match: Match) -> None:
    notes.add_link(match[1], f"{match[2]}, {match[3]}")


def _take_ip_link(notes: Notes, match: Match) -> None:
    if match[1] != "lo":
        state = match[3] or ("UP" if "UP" in match[2].split(",") else "DOWN")
        notes.add_link(match[1], state)


def _take_ifconfig(notes: Notes, match: Match) -> None:
    if match[1] != "lo":
        notes.add_link(match[1], "listed by ifconfig")


_KINDS = "ethernet|gsm|cdma|wifi|wifi-p2p|loopback|bridge|tun|wireguard|vlan|bond|dummy|ppp|bt"
_STATES = r"connected(?: \(\w+\))?|disconnected|unavailable|unmanaged|unknown|deactivating|connecting(?: \([\w -]+\))?"

FORMS = (
    form(
        NAME,
        r"couldn't check support for device(?: at)? '([^']{1,300})'",
        _take_no_support,
        "check support",
    ),
    form(NAME, r"modem for device (?:at )?'[^']{1,300}' successfully created", _take_created, "successfully created"),
    form(
        NAME,
        r"couldn't create modem for device (?:at )?'[^']{1,300}': (.{1,100})",
        _take_not_created,
        "create modem",
    ),
    form(NAME, r"\bcreating modem with plugin '", _take_candidate, "creating modem"),
    form(NAME, r"\bstate changed \(\S+ -> (\w+)\)", _take_state, "state changed"),
    form(NAME, r"No modems were found", _take_no_modem, "no modems"),
    form(NAME, r"\bModemManager1/Modem/\d", None, "modemmanager1"),
    form(
        NAME,
        r"^[\s>]*(?:System\s*)?\|\s*(?:device|physdev|sysfs path): ?'?(\S{1,300})",
        _take_device,
        "device:,physdev,sysfs",
    ),
    form(NAME, r"\|\s*drivers?: ?'?([\w, -]{1,100})", _take_drivers, "driver"),
    form(NAME, r"\|\s*((?:ports: ?)?'?(?:[\w.-]{2,15} \([\w-]{1,12}\)[, ']*)+)$", _take_ports, "("),
    form(NAME, r"\|\s*state: ?'?(?:\x1b\[\d+m)?(\w{3,20})", _take_state, "state:"),
    form(NAME, r"\|\s*(manufacturer|model): ?'?([^']{1,80})", _take_string, "manufacturer,model"),
    form(
        "",
        r"^[\s>]*(?:General|Hardware|System|Numbers|Status|Modes|Bands|IP|3GPP|SIM|Bearer|EPS|\s*)\s*\|\s|^[\s>]*-{8,}$",
        None,
        "|,----",
    ),
    form("nmcli", rf"^[\s>]*([\w.:-]{{2,20}})\s+({_KINDS})\s+({_STATES})\b", _take_link, _KINDS.replace("|", ",")),
    form("nmcli", r"^[\s>]*DEVICE\s+TYPE\s+STATE\b", None, "device"),
    form(
        "ip link",
        r"(?:^|\b\d{1,3}: )([a-zA-Z][\w.-]{1,14})(?:@\S{1,20})?: <([A-Z0-9_,-]{0,100})>(?:.*\bstate (\w{2,14}))?",
        _take_ip_link,
        ": <",
    ),
    form(
        "ip link",
        r"^[\s>]*(?:link/(?:ether|loopback|none|ppp)|inet6? [\da-f]|valid_lft|altname )",
        None,
        "link/,inet,valid,altname",
    ),
    form("ifconfig", r"^[\s>]*([a-z][\w.-]{1,14})(?::\s+flags=\d+<|\s+Link encap:)", _take_ifconfig, "flags=,encap"),
    form(
        "",
        r"^[\s>]*(?:[RT]X (?:packets|bytes|errors)|UP BROADCAST|inet6? addr|ether [\da-f]{2}:|collisions)",
        None,
        "x ,up ,inet,ether,coll",
    ),
)
"""In the order in which a line is tried."""
