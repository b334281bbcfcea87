"""Lines that tell of trouble outside USB modes, in any text: power, bandwidth, a host controller, errors of the bus.

Each is counted by its kind and the port that it names; a line may be of another form, too.

Ref: Linux drivers/hwmon/raspberrypi-hwmon.c ("Undervoltage detected!", "Voltage normalised"), before 4.20 the Raspberry
Pi kernel's drivers/firmware/raspberrypi.c ("Under-voltage detected! (0x00050005)"); drivers/usb/core/hub.c
(over-current condition, over-current change, unable to enumerate); core/generic.c (insufficient available bus power, no
configuration chosen); host/xhci.c (Not enough bandwidth, Not enough host controller resources);
host/xhci-pci-renesas.c (renesas_usb_fw.mem); host/xhci-ring.c (assume dead);
Documentation/driver-api/usb/error-codes.rst (-12 ENOMEM, -28 ENOSPC, -32 EPIPE, -62 ETIME, -71 EPROTO,
-110 ETIMEDOUT).
"""

from __future__ import annotations

import re

from .form import PORT
from .notes import Notes

KINDS: dict[str, tuple[str, str]] = {
    "under-voltage": (
        "voltage,lcrit",
        (
            r"(?<!no )\bunder[- ]?voltage (?:detect|warn|condition)|\bhwmon\d{1,3}: under[- ]?voltage"
            r"|\bin0(?:_label)?:.{0,60}ALARM.{0,3}LCRIT"
        ),
    ),
    "voltage-normal": ("voltage normali", r"\bvoltage normali[sz]ed"),
    "throttled": ("throttled=0x", r"\bthrottled=(0x[0-9a-f]{1,8})\b"),
    "over-current": ("current", r"\bover-?current (?:condition|change)"),
    "bus-power": ("insufficient", r"\brejected \d+ configurations? due to insufficient"),
    "unconfigured": ("config", r"\bno configuration chosen|\bcan't set config #\d+"),
    "bandwidth": ("bandwidth", r"\bnot enough bandwidth"),
    "host-resources": (
        "not enough",
        r"\bnot enough host controller resources|\bnot enough memory for new device state",
    ),
    "controller-firmware": (
        "firmware",
        (
            r"\b(?:[xeou]hci|tegra-xusb|renesas|usb[_-])\S{0,30} \S{1,30}: "
            r"(?:direct firmware load for (\S{1,80}) failed|request_firmware failed|failed to request firmware)"
        ),
    ),
    "controller-died": ("assume dead,hc died", r"\bhost controller not responding, assume dead|\bHC died;"),
    "enumeration": (
        "enumerate,accepting,cable",
        r"\bunable to enumerate|\bnot accepting address|\bMaybe the USB cable is bad",
    ),
}
"""Kind → words one of which is in each of its lines, in lower case, and their pattern; a group in it is the detail."""
KERNELS = ("over-current", "bus-power", "unconfigured", "bandwidth", "host-resources", "enumeration")
"""The kinds whose lines are the kernel's about a hub or a device: a sentence that quotes the words is none."""
ERRNOS = {12: "host-resources", 28: "bandwidth"}
"""The kernel's error numbers that are a kind of their own; the others are kinds by their number (``-71``)."""
_PATTERNS = [(kind, tuple(words.split(",")), re.compile(text, re.IGNORECASE)) for kind, (words, text) in KINDS.items()]
_NEGATIVE = tuple(f"-{number}" for number in (12, 28, 32, 62, 71, 110))
_ERRNO = re.compile(
    r"(?:error|err =|errno|status|failed|failure|stopped|returned?|rc|ret)\b[^-]{0,24}-(12|28|32|62|71|110)\b"
    r"|\(-(12|28|32|62|71|110)\)"
)
_HUB_PORT = re.compile(r"\busb (?:usb)?(\d{1,3})(?:-(\d{1,3}(?:\.\d{1,3}){0,5}))?-port(\d{1,3})\b")
_HUB = re.compile(rf"\bhub ({PORT}):\d")
_ON_PORT = re.compile(r"\bport (\d{1,3})\b")
_AT = re.compile(rf"\b(?:usb|[a-z][\w-]{{1,30}}) ({PORT})(?::\d{{1,3}}\.\d{{1,3}})?[: ]")
_TTY = re.compile(r"\b(tty[A-Z]{2,8}\d{1,4})\b")


def take_trouble(notes: Notes, line: str) -> bool:
    """Count a line that tells of trouble; False where it does not."""
    found = _kind(line)
    errno = _errno(line)
    if found is None and errno is None:
        return False
    port = _port(notes, line)
    kind, detail = found or ("", "")
    if kind and (port is not None or kind not in KERNELS):
        notes.add_incident(kind, port or "", detail or _message(line))
    else:
        kind = ""
    if errno is not None and port and errno != kind:
        notes.add_incident(errno, port, _message(line))
    return bool(kind or (errno and port))


def _kind(line: str) -> tuple[str, str] | None:
    """The kind of trouble that a line tells of, and its detail."""
    lower = line.lower()
    for kind, words, pattern in _PATTERNS:
        match = pattern.search(line) if any(word in lower for word in words) else None
        if match:
            return kind, next(filter(None, match.groups()), "")
    return None


def _errno(line: str) -> str | None:
    """The kind by the error number of the kernel's in a line."""
    match = _ERRNO.search(line) if any(number in line for number in _NEGATIVE) else None
    if match is None:
        return None
    value = int(match[1] or match[2])
    return ERRNOS.get(value, f"-{value}")


def is_trouble(message: str) -> bool:
    """Is a message of the kernel about trouble that is counted?"""
    return _kind(message) is not None or _errno(message) is not None


def _message(line: str) -> str:
    """The message without time and host."""
    start = re.search(r"\b(?:usb|hub|hwmon|xhci\S*|option\S*|qmi_wwan|cdc_\w+) \S", line)
    text = line[start.start() :] if start else line
    return text.strip()


def _port(notes: Notes, line: str) -> str | None:
    """The port that a line names by a hub, device, interface or tty; empty for a root hub; None where it names none."""
    at_hub = _HUB_PORT.search(line)
    if at_hub:
        bus, path, number = at_hub.groups()
        return f"{bus}-{path}.{number}" if path else f"{bus}-{number}"
    hub = _HUB.search(line)
    if hub:
        number = _ON_PORT.search(line)
        bus, _, path = hub[1].partition("-")
        if number is None:
            return "" if path == "0" else hub[1]
        return f"{bus}-{number[1]}" if path == "0" else f"{hub[1]}.{number[1]}"
    at = _AT.search(line)
    if at:
        return at[1]
    tty = _TTY.search(line)
    return next((draft.port for draft in notes.at_port.values() if tty and tty[1] in draft.ttys), None)
