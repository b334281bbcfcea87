"""The lines of the kernel's log, and of the logs of programs, about USB devices.

Ref: messages of Linux drivers/usb/core/hub.c, serial/usb-serial.c, net/usb/usbnet.c, storage/usb.c; tests/captures.
"""

from __future__ import annotations

import re

from .form import PORT, Match, byte, form, usb_id
from .notes import Notes


def _take_new_device(notes: Notes, match: Match) -> None:
    notes.add_device_at_port(match[1], int(match[2] or match[3]))
    notes.last_interface = None


def _take_id(notes: Notes, match: Match) -> None:
    """The id of a device; a second id, or one after a disconnect, is that of another device."""
    draft = notes.device_at_port(match[1])
    if draft.id is not None or draft.disconnected:
        draft = notes.add_device_at_port(match[1], None)
    draft.id = usb_id(match[2], match[3])
    draft.began = draft.began or notes.moment


def _take_string(notes: Notes, match: Match) -> None:
    notes.device_at_port(match[1]).add_string(match[2].lower().removesuffix("number"), match[3])


def _take_disconnect(notes: Notes, match: Match) -> None:
    notes.device_at_port(match[1]).leave(notes.moment)


CONVERTERS = {
    "gsm modem (1-port)": "option",
    "qualcomm usb modem": "qcserial",
    "sierra usb modem": "sierra",
    "ftdi usb serial device": "ftdi_sio",
    "pl2303": "pl2303",
    "cp210x": "cp210x",
    "ch341-uart": "ch341",
    "generic": "usbserial_generic",
}
"""How a driver of usb-serial calls what it drives → the driver.  Ref: ``description`` in Linux drivers/usb/serial."""


def _take_tty(notes: Notes, match: Match) -> None:
    """A tty of usb-serial, whose line names the device only; its interface is the one that was mentioned last."""
    draft = notes.device_at_port(match[1])
    last = notes.last_interface
    draft.add_tty(match[3], last[1] if last and last[0] is draft else -1)
    draft.add_driver(CONVERTERS.get(match[2].strip().lower(), "usbserial"))


def _take_lost_tty(notes: Notes, match: Match) -> None:
    notes.device_at_port(match[1]).ttys.pop(match[2], None)


def _take_named_tty(notes: Notes, match: Match) -> None:
    """A tty that left, in a line that has the driver's name for it and no device."""
    for draft in notes.at_port.values():
        draft.ttys.pop(match[1], None)


def _take_device_error(notes: Notes, match: Match) -> None:
    notes.device_at_port(match[1]).add_kernel_error(match[2])


def _take_bus_error(notes: Notes, match: Match) -> None:
    notes.add_kernel_error(match[0])


_NO_BINDING = re.compile(r"no of_node|not parsing pinctrl|usb_probe_interface|forced unbind", re.IGNORECASE)
"""What the kernel writes of an interface and a driver before or without binding the two."""
_LEAVING = re.compile(r"\bunregister|\bdisconnect", re.IGNORECASE)
_FAILING = re.compile(r"fail|error|\bbad\b|can't|unable|ignored|probe of", re.IGNORECASE)
_TTY = re.compile(r"attached to (tty[A-Z]{2,8}\d{1,4})|\b(tty[A-Z]{2,8}\d{1,4}): USB ACM")
_WDM = re.compile(r"\b(cdc-wdm\d{1,3}): USB WDM")
_NETWORK_NAME = re.compile(r"^[a-z][\w.-]{1,14}$")


def _take_driver_message(notes: Notes, match: Match) -> None:
    """A driver writes about an interface: it is bound to it, unless it says that it leaves, or that something failed.

    The last one that binds counts.
    """
    driver, port, number, name, message = match[1], match[2], byte(match[3]), match[4] or "", match[5] or ""
    if driver in ("hub", "usb", "usbfs") or port.endswith("-0") or _NO_BINDING.search(message):
        return
    draft = notes.device_at_port(port)
    notes.last_interface = (draft, number)
    if _LEAVING.search(message):
        bound = draft.interfaces.get(number)
        if bound is not None and bound.driver == driver and not draft.disconnected:
            draft.bind(number, "")
        draft.networks.pop(name, None)
        return
    if _FAILING.search(message):
        draft.add_kernel_error(f"{driver} {port}, interface {number}: {message}")
        return
    draft.bind(number, driver)
    tty, wdm = _TTY.search(message), _WDM.search(f"{name}: {message}")
    if tty:
        draft.add_tty(tty[1] or tty[2], number)
    if wdm:
        draft.add_wdm(wdm[1])
    if name and _NETWORK_NAME.match(name) and ("register" in message or "renamed" in message):
        old_name = message.rpartition("from ")[2].strip() if "renamed" in message else ""
        draft.networks.pop(old_name, None)
        draft.add_network(name)


def _take_failed_probe(notes: Notes, match: Match) -> None:
    driver, port, number, message = match.groups()
    notes.device_at_port(port).add_kernel_error(f"{driver} {port}, interface {byte(number)}: {message}")


def _take_disk(notes: Notes, match: Match) -> None:
    """A SCSI device, whose line names no USB device: it is of the interface that was mentioned last."""
    if notes.last_interface is not None:
        notes.last_interface[0].add_disk(f"{match[1]}: {match[2]}")


def _take_old_storage(notes: Notes, _match: Match) -> None:
    """Linux 2.6 names neither device nor interface: it is the device that came last."""
    if notes.last_device is not None and not notes.last_device.interfaces:
        notes.last_device.bind(0, "usb-storage")


def _take_old_name(notes: Notes, match: Match) -> None:
    notes.scsi_name = f"{match[1]} {match[2]}"


def _take_old_kind(notes: Notes, match: Match) -> None:
    if notes.last_device is not None and notes.scsi_name:
        notes.last_device.add_disk(f"{match[1]}: {notes.scsi_name}")
    notes.scsi_name = ""


def _take_tool(notes: Notes, match: Match) -> None:
    notes.tools.setdefault(match[1])


_HUB_PORT = r"\d{1,3}(?:-\d{1,3}(?:\.\d{1,3}){0,6})?-port\d{1,2}"
_ERROR = (
    r"(.{0,60}?(?:error -\d+|err = -\d+|not accepting address|unable to enumerate|descriptor read|bad CDC descriptors|"
    r"not authorized|can't set config|over-current|rejected \d+ configuration|device firmware changed).*)"
)


_ERROR_WORDS = "error,err =,not acc,unable,descriptor,not auth,set config,over-current,rejected,firmware"


FORMS = (
    form(
        "dmesg",
        rf"\busb ?({PORT}): ?new .{{0,40}}?USB device (?:number (\d{{1,3}})|using .{{0,40}}address (\d{{1,3}}))",
        _take_new_device,
        "new ",
    ),
    form(
        "dmesg",
        rf"\busb ?({PORT}): ?New USB device found,? ?idVendor= ?([0-9a-f]{{4}}),? ?idProduct= ?([0-9a-f]{{4}})",
        _take_id,
        "idvendor",
    ),
    form("dmesg", rf"\busb ?({PORT}): ?(Product|Manufacturer|SerialNumber): ?(.*)", _take_string, "usb"),
    form("dmesg", rf"\busb ?({PORT}): ?USB disconnect", _take_disconnect, "disconnect"),
    form(
        "dmesg",
        rf"\busb ({PORT}): ([^:]{{1,40}}?) converter now attached to (tty[A-Z]{{2,8}}\d{{1,4}})",
        _take_tty,
        "now attached",
    ),
    form(
        "dmesg",
        rf"\busb ({PORT}): [^:]{{1,40}}? converter now disconnected from (tty[A-Z]{{2,8}}\d{{1,4}})",
        _take_lost_tty,
        "now disconnected",
    ),
    form(
        "dmesg",
        r"\btty[A-Z]{2,8}\d{1,4}: .{1,40} converter now disconnected from (tty[A-Z]{2,8}\d{1,4})",
        _take_named_tty,
        "now disconnected",
    ),
    form("dmesg", rf"\busb ({PORT}): {_ERROR}", _take_device_error, _ERROR_WORDS),
    form(
        "dmesg",
        rf"\busb (?:usb)?{_HUB_PORT}: .*|\bhub {PORT}:\d\.\d: .*(?:unable to|over-current).*",
        _take_bus_error,
        "-port,hub ",
    ),
    form("dmesg", rf"\busb {PORT}: ", None, "usb "),
    form(
        "dmesg",
        rf"\b([a-z][\w-]{{1,30}}): probe of ({PORT}):\d{{1,3}}\.(\d{{1,3}}) (failed.{{0,60}})",
        _take_failed_probe,
        "probe of",
    ),
    form(
        "dmesg",
        rf"\b([a-z][a-z0-9_-]{{1,30}}) ({PORT}):\d{{1,3}}\.(\d{{1,3}})\b(?: ([^\s:]{{1,15}}))?(?::? (.*))?",
        _take_driver_message,
        ":",
    ),
    form(
        "dmesg", r"\bscsi \d{1,3}:\d:\d:\d: (CD-ROM|Direct-Access)\s{1,20}(\S.{0,60}?)\s{1,20}PQ:", _take_disk, "scsi "
    ),
    form(
        "", r"\busbcore: |\busb-?serial\w{0,20}\b.{0,20}: |\bdrivers/usb/\S+\.c: |\bcdrom: Uniform", None, "usb,cdrom"
    ),
    form("dmesg", r"\bSCSI emulation for USB Mass Storage", _take_old_storage, "emulation"),
    form("dmesg", r"\bVendor: (\S{1,20})\s+Model: (.{1,20}?)\s+Rev: ", _take_old_name, "model: "),
    form("dmesg", r"\bType:\s+(CD-ROM|Direct-Access)\s+ANSI", _take_old_kind, "ansi"),
    form("", r"\bs[dr] \d+:\d:\d:\d: |\b(?:scsi ?\w*|sr\d+)\s?: ", None, "sd ,sr,scsi"),
    form(
        "",
        r"\b(?:ADDRCONF\(|usbnet|[oeux]hci[\w-]{0,20}[ :]|mtp-probe|kauditd|systemd(?:-udevd)?(?:\[\d+\])?:)",
        None,
        "hci,addrconf,usbnet,mtp,audit,systemd",
    ),
    form(
        "log of a program",
        r"\b(usb_modeswitch|ModemManager|usbmode|NetworkManager)(?:_dispatcher)?(?:\[\d+\])?: ",
        _take_tool,
        "modeswitch,modemmanager,usbmode,networkmanager",
    ),
)
"""In the order in which a line is tried."""
