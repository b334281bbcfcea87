"""usb_modeswitch's methods as steps of ours: one table from keyword to steps, and what else an entry says.

A step is the value that a profile holds: a table with one key.  Bytes are the published ones.

Ref: usb_modeswitch 2.6.1, each method as seen on the wire of the Debian binary.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ..database.profile import Words
from ..usb.descriptors import UsbId
from .usb_modeswitch import IGNORED, MESSAGES, MODES, Entry, is_true

Step = dict[str, dict[str, Any]]

WITHIN = 20
"""Seconds until a stick must be back, where an entry does not say; the peer's dispatcher waits as long."""
CBW = "55534243"
LEAVE_ALONE = "a module that is ready as it is: nothing to switch, its USB configuration is the choice"


def control(request_type: int, request: int, value: int = 0, **more: Any) -> Step:
    """A control request; the keys are those of the step."""
    fields: dict[str, Any] = {"request-type": request_type, "request": request}
    if value:
        fields["value"] = value
    return {"control": {**fields, **more}}


def cbw(cdb: str, tag: str = "12345678", length: str = "00000000", flags: str = "00", size: str = "06") -> Step:
    """A CBW by its parts, in hex."""
    return {"cbw": {"hex": f"{CBW}{tag}{length}{flags}00{size}{cdb.ljust(32, '0')}"}}


def _cisco() -> list[Step]:
    """Eleven commands of Cisco's own.  Any may fail: the peer looks at none of the answers."""
    commands = (
        ("f83bcd81", True, "fd0000000300000001"),
        ("98430082", True, "fd0000000700000001"),
        ("98430082", False, "fd0001000710"),
        ("98430082", True, "fd0002002300000001"),
        ("98430082", False, "fd0003002382"),
        ("98430082", True, "fd0002002600000001"),
        ("98430082", False, "fd00030026c8"),
        ("d84c0482", True, "fd0000107300000001"),
        ("d84c0482", True, "fd0002002400000001"),
        ("d84c0482", False, "fd0003002413"),
        ("d84c0482", False, "fd0001107324"),
    )
    steps = [
        cbw(cdb, tag, "00020000" if reading else "00000000", "80" if reading else "00", "0a")
        for tag, reading, cdb in commands
    ]
    return [{"cbw": {**step["cbw"], "may-fail": True}} for step in steps]


def _mobile_action() -> list[Step]:
    """The reports that Mobile Action's cable wants, and the answers that it gives; only the last must be taken."""

    def out(hexed: str, **more: Any) -> Step:
        return {"interrupt": {"endpoint": 0x02, "hex": hexed, "class": 0x03, **more}}

    def into(times: int) -> Step:
        return {"interrupt": {"endpoint": 0x81, "length": 8, "times": times, "may-fail": True, "class": 0x03}}

    hello = control(0x21, 0x09, 0x0300, data="b004000002902686", **{"may-fail": True, "class": 0x03})
    first, second = "3701fedbc1331f83", "370eb59d3b8a9151"
    third = "3487ba0dfc8a9151"
    parts: list[Step] = [hello, hello, into(2)]
    for report, times in ((first, 1), (second, 1), (third, 63), (first, 1), (second, 1), (third, 73)):
        parts += [out(report, **{"may-fail": True}), into(times)]
    parts += [out("3304fe00f46c1ff0", **{"may-fail": True}), into(1), out("3207fef029b93af0")]
    return parts


_SONY = control(0xC0, 0x11, 2, length=3)

STEPS: dict[str, list[Step]] = {
    "StandardEject": [{"eject": {"luns": [0, 1]}}],
    "HuaweiMode": [control(0x00, 0x03, 1)],
    "HuaweiNewMode": [{"huawei": {"os": "linux", "new": True, "cd": True, "green": "work"}}],
    "HuaweiAltMode": [{"huawei": {"os": "gateway", "profile": "ncm"}}],
    "SierraMode": [control(0x40, 0x0B, 1)],
    "SequansMode": [control(0x40, 0x0B, 2)],
    "QisdaMode": [control(0x40, 0x04, data="058c0408a0ee20005c01040898cdeabf")],
    "QuantaMode": [control(0xC0, 0xFF)],
    "GCTMode": [control(0xA1, 0xA0, length=1, **{"may-fail": True}), control(0xA1, 0xFE, length=1)],
    "KobilMode": [control(0xC0, 0x88, length=8)],
    "OptionMode": [cbw("01")],
    "BlackberryMode": [control(0xC0, 0xB1, length=8), control(0xC0, 0xA9, 0x000E, length=2)],
    "CiscoMode": _cisco(),
    "MobileActionMode": _mobile_action(),
    "SonyMode": [_SONY, {"back": {"in": "switched"}}, {"pause": {"seconds": 1}}, _SONY],
}
"""Method → steps.  Of Sony's, the second half is for the stick that has come back with its id and its modem's class."""

ON_STORAGE = ("StandardEject", "HuaweiNewMode", "HuaweiAltMode", "OptionMode", "CiscoMode", "SonyMode")
"""Methods that speak to the storage interface, or to a stick that has one."""
PANTECH_AUTO = 4
"""What the dispatcher's "automatic" choice of Pantech's modes comes to where the host has a driver for QMI."""


class Draft(NamedTuple):
    """An entry as parts of a profile; ``leave_alone`` where it has no steps, ``notes`` on what nothing stands for."""

    usb: UsbId
    match: Words
    name: str
    becomes: tuple[UsbId, ...]
    told_by: str
    starts: tuple[str, ...]
    steps: tuple[Step, ...]
    within: int
    leave_alone: str
    notes: tuple[str, ...]


def draft(entry: Entry) -> Draft:
    """What an entry of usb_modeswitch says, in our words.

    Raises :class:`~modeswitch.errors.ProfileError`, with file and line, for what cannot be said.
    """
    said = {keyword: setting.value for keyword, setting in entry.settings.items()}
    notes = [*entry.notes] + [
        f"{keyword} (line {entry.settings[keyword].line}) is left out: {why}"
        for keyword, why in IGNORED.items()
        if keyword in said
    ]
    if _on(said, "NoMBIMCheck"):
        entry.wrong("NoMBIMCheck", "no profile can say this; name the mode for this stick in /etc/modeswitch.toml")
    if said.get("Configuration") == "0":
        return Draft(entry.usb, entry.match, entry.name, (), "interfaces", (), (), 0, LEAVE_ALONE, tuple(notes))
    steps, on_storage = _steps(entry, said)
    steps = _before_others(steps)
    notes += [f"{keyword} (line {entry.settings[keyword].line}) is left out: {why}" for keyword, why in _unused(said)]
    if not steps:
        entry.wrong("", "no method stands here: nothing would be sent")
    becomes = _becomes(entry, said)
    starts = ("mass-storage",) if on_storage else ("mass-storage", "asleep")
    within = int(said.get("CheckSuccess", "0")) or WITHIN
    if within > 300:
        entry.wrong("CheckSuccess", "no stick is waited for longer than 300 s")
    within += int(said.get("WaitBefore", "0"))
    return Draft(
        *(entry.usb, entry.match, entry.name, becomes, _told_by(entry, said, becomes), starts),
        *(tuple(steps), within, "", tuple(notes)),
    )


def _on(said: dict[str, str], keyword: str) -> bool:
    return is_true(said.get(keyword, "0"))


def _steps(entry: Entry, said: dict[str, str]) -> tuple[list[Step], bool]:
    """The steps, and whether they need a storage interface."""
    steps: list[Step] = []
    if "WaitBefore" in said and int(said["WaitBefore"]):
        if int(said["WaitBefore"]) > 60:
            entry.wrong("WaitBefore", "no step waits longer than 60 s")
        steps.append({"pause": {"seconds": int(said["WaitBefore"])}})
    if _on(said, "DetachStorageOnly"):
        return [*steps, {"detach": {}}], True
    modes = [mode for mode in MODES if _on(said, mode)]
    if "PantechMode" in said:
        modes.append("PantechMode")
    if len(modes) > 1:
        entry.wrong(modes[1], f"{modes[0]} stands here too, and only one of them can be")
    on_storage = any(mode in ON_STORAGE for mode in modes)
    for mode in modes:
        steps += _pantech(entry, said) if mode == "PantechMode" else STEPS[mode]
    if _on(said, "StandardEject"):
        steps += STEPS["StandardEject"]
        on_storage = True
    if not modes or _on(said, "StandardEject"):
        messages, storage = _messages(entry, said)
        steps += messages
        on_storage = on_storage or storage
    return steps + _settings(entry, said), on_storage


def _before_others(steps: list[Step]) -> list[Step]:
    """The steps; a CBW that something follows may fail: the stick may obey and leave, and the rest is for none then."""
    return [
        {"cbw": {**step["cbw"], "may-fail": True}} if "cbw" in step and number < len(steps) else step
        for number, step in enumerate(steps, 1)
    ]


def _unused(said: dict[str, str]) -> list[tuple[str, str]]:
    """Keywords that stand beside others that leave them nothing to say, and why."""
    eject = _on(said, "StandardEject")
    alone = _on(said, "DetachStorageOnly")
    mode = next((mode for mode in MODES if _on(said, mode)), "PantechMode" if "PantechMode" in said else "")
    sent = [] if alone or (mode and not eject) else [key for key in MESSAGES if key in said][: 1 if eject else None]
    other = "DetachStorageOnly" if alone else mode or "StandardEject"
    found = [(key, f"{other} says what is sent") for key in MESSAGES if key in said and key not in sent]
    if not sent:
        found += [(key, "no message is sent") for key in ("MessageEndpoint", "ResponseEndpoint") if key in said]
    if "Interface" in said and "AltSetting" not in said:
        found.append(("Interface", "the interface is found by its class"))
    if "TargetVendor" in said and not (said.get("TargetProductList") or said.get("TargetProduct")):
        found.append(("TargetVendor", "no TargetProduct stands beside it"))
    return found


def _pantech(entry: Entry, said: dict[str, str]) -> list[Step]:
    number = int(said["PantechMode"])
    if number > 0xFFFF or number == 3:
        entry.wrong("PantechMode", "1 (automatic), 2 (RNDIS) and 4 (QMI) are known; 3 does nothing")
    return [control(0x40, 0x70, PANTECH_AUTO if number == 1 else number)] if number else []


def _messages(entry: Entry, said: dict[str, str]) -> tuple[list[Step], bool]:
    """The raw messages, and whether one of them is a CBW; one that is not gets no answer read."""
    given = [said[keyword].lower() for keyword in MESSAGES if keyword in said]
    if _on(said, "StandardEject"):
        given = given[:1]  # the peer sends one more after its four commands, and no second
    steps: list[Step] = []
    for number, message in enumerate(given):
        is_cbw = message.startswith(CBW)
        if is_cbw and len(message) != 62:
            entry.wrong(MESSAGES[number], f"a CBW has 31 bytes, not {len(message) // 2}")
        more: dict[str, Any] = {}
        out, into = (int(said.get(key, "0"), 16) for key in ("MessageEndpoint", "ResponseEndpoint"))
        if out:
            more["out" if is_cbw else "endpoint"] = out
        if into and is_cbw:
            more["in"] = into | 0x80
        steps.append({"cbw" if is_cbw else "bulk": {"hex": message, **more}})
    return steps, any("cbw" in step for step in steps) or (bool(steps) and "MessageEndpoint" not in said)


def _settings(entry: Entry, said: dict[str, str]) -> list[Step]:
    """What comes after all messages: configuration, alternate setting, reset."""
    steps: list[Step] = []
    if _on(said, "FunctionMBIM"):
        steps.append({"configuration": {"has": "mbim"}})
    if "Configuration" in said:
        value = int(said["Configuration"])
        if value > 0xFF:
            entry.wrong("Configuration", "a bConfigurationValue is one byte")
        steps.append({"configuration": {"value": value}})
    if "AltSetting" in said:
        if int(said["AltSetting"]) > 0xFF:
            entry.wrong("AltSetting", "a bAlternateSetting is one byte")
        number = int(said.get("Interface", "0"), 16)
        steps.append({"altsetting": {"interface": number, "alternate": int(said["AltSetting"])}})
    if _on(said, "ResetUSB"):
        steps += [{"pause": {"seconds": 1}}, {"reset": {}}]
    return steps


def _becomes(entry: Entry, said: dict[str, str]) -> tuple[UsbId, ...]:
    listed = said.get("TargetProductList") or said.get("TargetProduct")
    if not listed:
        return ()
    vendor = int(said["TargetVendor"], 16) if "TargetVendor" in said else entry.usb.vendor
    ids = (UsbId(vendor, int(product, 16)) for product in listed.replace(" ", "").split(","))
    return tuple(dict.fromkeys(ids))


def _told_by(entry: Entry, said: dict[str, str], becomes: tuple[UsbId, ...]) -> str:
    """How a switched stick is told: by its id where that changes, else by what the entry names."""
    if becomes and entry.usb not in becomes:
        return "id"
    if "TargetClass" in said:
        return f"class {int(said['TargetClass'], 16):02x}"
    return "configuration" if "Configuration" in said else "interfaces"
