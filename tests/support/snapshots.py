"""Snapshots and findings for the tests of the doctor: of a text, of a stick with what is observed of its machine."""

from __future__ import annotations

from typing import Any

from modeswitch.database.library import Library
from modeswitch.doctor.checks import diagnose
from modeswitch.doctor.finding import Finding
from modeswitch.doctor.live_snapshot import assemble
from modeswitch.doctor.pasted.read import read
from modeswitch.doctor.pasted_snapshot import is_modem, snapshot_of_pasted
from modeswitch.doctor.snapshot import Snapshot
from modeswitch.identity.recognise import recognise
from modeswitch.linux.modules import DriverIndex
from modeswitch.linux.observe import Dynamic, Observed
from modeswitch.usb.descriptors import Configuration, Descriptors, Interface, Port, Triple, UsbId
from modeswitch.usb.device import UsbDevice

LIBRARY = Library(user=[])
ALIAS = {
    "option": "v12D1p*d*dc*dsc*dp*icFFisc03ip12in* option",
    "option2": "v12D1p*d*dc*dsc*dp*icFFisc02ip12in* option",
    "ff02": "v12D1p*d*dc*dsc*dp*icFFisc02ip16in* huawei_cdc_ncm",
    "ff03": "v12D1p*d*dc*dsc*dp*icFFisc03ip16in* huawei_cdc_ncm",
    "cdc_ncm": "v*p*d*dc*dsc*dp*ic02isc0Dip00in* cdc_ncm",
    "cdc_ether": "v*p*d*dc*dsc*dp*ic02isc06ip00in* cdc_ether",
    "storage": "v*p*d*dc*dsc*dp*ic08isc06ip50in* usb_storage",
}


def kernel(*names: str) -> DriverIndex:
    """A kernel whose modules.alias has these, and storage."""
    return DriverIndex("".join(f"alias usb:{ALIAS[name]}\n" for name in ("storage", *names)).encode())


FULL = kernel("option", "option2", "ff02", "ff03", "cdc_ncm", "cdc_ether")

FF03 = (Triple(0xFF, 0x03, 0x12), Triple(0xFF, 0x03, 0x16))
"""A PCUI port and an NCM function, as firmware shows them to Windows."""
RIGHT, TAKEN = ("option", "huawei_cdc_ncm"), ("option", "option")
"""The drivers of :data:`FF03`: as they should be, and where option took both."""
STORAGE = Triple(0x08, 0x06, 0x50)
STALE = Dynamic("option", "/sys/bus/usb-serial/drivers/option1", UsbId.parse("12d1:1506"), "12d1 1506")
REMOVABLE = Dynamic("qmi_wwan", "/sys/bus/usb/drivers/qmi_wwan", UsbId.parse("12d1:1506"), "12d1 1506")


def snapshots(text: bytes, drivers: DriverIndex | None = None) -> list[Snapshot]:
    """Of every modem of a text."""
    whole = read(text)
    modems = [device for device in whole.devices if is_modem(device, LIBRARY)]
    return [snapshot_of_pasted(device, whole, LIBRARY, drivers) for device in modems]


def findings(text: bytes, drivers: DriverIndex | None = None) -> list[Finding]:
    """Of all modems of a text."""
    return [finding for snapshot in snapshots(text, drivers) for finding in diagnose(snapshot)]


def words(found: list[Finding]) -> str:
    """All words of the findings in one text."""
    return "\n".join("\n".join((one.text, *one.why, *one.commands)) for one in found)


def live(
    *triples: Triple,
    usb: str = "12d1:1506",
    bound: tuple[str, ...] = (),
    drivers: DriverIndex | None = FULL,
    networks: tuple[str, ...] = (),
    path: str = "/sys/devices/usb1/1-1",
    **observed: Any,
) -> Snapshot:
    """A stick at 1-1 with these interfaces, bound so."""
    interfaces = tuple(Interface(number, 0, triple) for number, triple in enumerate(triples))
    descriptors = Descriptors(UsbId.parse(usb), 0x102, Triple(0, 0, 0), (Configuration(1, interfaces),))
    device = recognise(UsbDevice(Port.parse("1-1"), 5, UsbId.parse(usb), descriptors, 1, path=path), LIBRARY)
    ttys = {number: f"/dev/ttyUSB{number}" for number, driver in enumerate(bound) if driver == "option"}
    return assemble(device, dict(enumerate(bound)), drivers, Observed(**observed), networks, ttys)


def check_hit(snapshot: Snapshot, level: str, phrases: tuple[str, ...]) -> None:
    """One finding has the first phrase, and that level; all of them together have the other phrases."""
    found = diagnose(snapshot)
    assert [one.level for one in found if phrases[0] in words([one])] == [level]
    for phrase in phrases[1:]:
        assert phrase in words(found)
