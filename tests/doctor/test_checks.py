"""What the doctor finds: in every capture, in the seed's case on several kernels, with each thing that is observed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modeswitch.database.library import Library
from modeswitch.doctor.checks import CHECKS, diagnose
from modeswitch.doctor.drivers import repair
from modeswitch.doctor.pasted.read import read
from modeswitch.doctor.snapshot import Finding, View, is_ours, of_live, of_pasted
from modeswitch.identity.recognise import recognise
from modeswitch.linux.modules import Drivers
from modeswitch.linux.observe import Dynamic, Observed
from modeswitch.usb.descriptors import Configuration, Descriptors, Interface, Port, Triple, UsbId
from modeswitch.usb.device import UsbDevice
from tests.doctor.test_pasted import LINES, raw

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


def kernel(*names: str) -> Drivers:
    """A kernel whose modules.alias has these."""
    return Drivers("".join(f"alias usb:{ALIAS[name]}\n" for name in ("storage", *names)).encode())


def views(text: bytes, drivers: Drivers | None = None) -> list[View]:
    reading = read(text)
    return [of_pasted(one, reading, LIBRARY, drivers) for one in reading.devices if is_ours(one, LIBRARY)]


def findings(text: bytes, drivers: Drivers | None = None) -> list[Finding]:
    return [finding for view in views(text, drivers) for finding in diagnose(view)]


def said(found: list[Finding]) -> str:
    """All words of the findings in one text."""
    return "\n".join("\n".join((one.text, *one.why, *one.commands)) for one in found)


PROBLEMS: dict[str, tuple[str, ...]] = {
    "01": (),
    "02": (),
    "03": (),
    "05": ("interface 1 (ff/03/16, ncm) is held by option",),
    "06": (),
    "07": (),
    "08": (),
    "09": (),
    "11": (),
    "13": (),
    "15": (),
    "16": ("it is in mass-storage",),
    "17": (),
    "19": ("it is in mass-storage",),
    "22": ("it is in mass-storage",),
    "23": (),
    "24": (),
    "25": (),
}
"""Capture → the problems that are found in it, by their beginning."""


@pytest.mark.parametrize("capture", PROBLEMS)
def test_the_problems_of_a_capture(capture: str) -> None:
    found = [one.text for one in findings(raw(capture)) if one.level == "problem"]
    assert len(found) == len(PROBLEMS[capture])
    for text, begins in zip(found, PROBLEMS[capture], strict=True):
        assert text.startswith(begins)


@pytest.mark.parametrize(
    ("capture", "modes"),
    [
        ("01", ["ncm"]),
        ("02", ["ncm"]),
        ("03", ["ncm"]),
        ("05", ["ncm"]),
        ("07", ["hilink"]),
        ("08", ["ncm"]),
        ("09", [None]),
        ("13", ["ncm"]),
        ("16", ["mass-storage"]),
        ("17", [None]),
        ("19", ["switched", "switched", "switched", "switched", "switched", "mass-storage"]),
        ("22", ["mass-storage"]),
        ("24", ["hilink"]),
        ("25", ["ncm"]),
    ],
)
def test_the_mode_of_a_capture(capture: str, modes: list[str | None]) -> None:
    assert [view.device.mode for view in views(raw(capture))] == modes


def test_roles_come_from_the_profile_where_a_log_has_only_drivers() -> None:
    (view,) = views(raw("13"))
    assert [face.role for face in view.faces] == ["modem", "diag", "pcui", "ncm"]


# The seed.


def test_the_seed_is_explained_with_both_layers_and_both_ways_out() -> None:
    found = findings(raw("05"))
    (problem,) = (one for one in found if one.level == "problem")
    why = " ".join(problem.why)
    assert "no network interface can come of it" in problem.text
    assert "ttyUSB1 there is mute" in problem.text
    # (a) the composition: FF, Windows, and a table that predates it.
    assert "begins with FF (FF;12,16)" in why
    assert "takes it for Windows" in why
    assert "ff/02/16, ff/02/46 and ff/02/76 only" in why
    assert "predates the match (3.18)" in why
    assert "its cdc_ncm, if any, matches only 02/0d/00" in why
    # (b) the dynamic id.
    assert "option does not list ff/03/16 itself" in why
    assert "12d1 1506 > …/new_id" in why
    assert "matches every interface of the device" in why
    assert problem.commands == ()  # nothing can be bound on such a kernel
    first, second = (one for one in found if one.text.startswith("way out"))
    write = 'modeswitch ports 1-1.2 --set "A1,A2;12,16" --persist'
    assert first.commands == second.commands == (write, "modeswitch 1-1.2 --to ncm")
    assert "ff/02/16" in first.text
    assert "12d1:155e" in second.text
    assert "02/0d/00, driven by cdc_ncm" in second.text
    assert "must begin with A1, never with FF" in " ".join(second.why)


@pytest.mark.parametrize(
    ("drivers", "phrases", "command"),
    [
        (
            kernel("option", "cdc_ncm"),
            (
                "This kernel's modules.alias has no driver for ff/03/16: huawei_cdc_ncm is not installed",
                "though cdc_ncm is there, which matches only 02/0d/00",
                "This kernel has no huawei_cdc_ncm for ff/02/16: this way does not help here.",
                "This kernel has cdc_ncm for 02/0d/00.",
            ),
            (),
        ),
        (
            kernel("option", "ff02"),
            (
                "its huawei_cdc_ncm predates ff/03/16, it has ff/02/16.",
                "This kernel has huawei_cdc_ncm for ff/02/16.",
                "This kernel has no cdc_ncm for 02/0d/00: this way does not help here.",
            ),
            (),
        ),
        (
            kernel("option", "ff02", "ff03"),
            ("This kernel has the driver for it: huawei_cdc_ncm.", "somebody gave it a dynamic id"),
            ("modeswitch doctor 1-1.2 --fix",),
        ),
    ],
)
def test_the_seed_on_a_kernel_whose_drivers_are_known(
    drivers: Drivers, phrases: tuple[str, ...], command: tuple[str, ...]
) -> None:
    found = findings(raw("05"), drivers)
    for phrase in phrases:
        assert phrase in said(found)
    (problem,) = (one for one in found if one.level == "problem")
    assert problem.commands == command
    assert ("way out 1" in said(found)) is not bool(command)


@pytest.mark.parametrize(
    ("version", "phrase"),
    [
        ("3.10.108", "predates the match (3.18)"),
        ("3.14.1", "predates the match (3.18)"),
        ("5.15.0-91-generic", "--kernel-modules DIR tells"),
    ],
)
def test_the_seed_by_the_version_that_the_text_tells(version: str, phrase: str) -> None:
    text = f"Linux version {version} (gcc)\n".encode() + raw("05")
    assert phrase in said(findings(text))


def test_the_list_that_was_pasted_is_kept_but_for_its_ff() -> None:
    text = raw("05").replace(b'"FF;12,16"', b'"FF;12,10,16,A2"')
    assert '--set "A1,A2;12,10,16,A2"' in said(findings(text))


def test_lines_missing_around_the_seed() -> None:
    text = b"P: Vendor=12d1 ProdID=1506 Rev= 1.02\nIf#= 1 Alt= 0 Cls=ff(vend.) Sub=03 Prot=16 Driver=option\n"
    found = said(findings(text))
    assert "is held by option" in found
    assert "It shows it when its port list begins with FF" in found
    assert "modeswitch PORT --to ncm" in found


def test_155e_without_its_driver() -> None:
    text = b"""\
P: Vendor=12d1 ProdID=155e Rev= 1.02
I:* If#= 0 Alt= 0 #EPs= 3 Cls=ff(vend.) Sub=ff Prot=ff Driver=option
I:* If#= 1 Alt= 0 #EPs= 2 Cls=ff(vend.) Sub=ff Prot=ff Driver=option
I:* If#= 2 Alt= 0 #EPs= 2 Cls=ff(vend.) Sub=ff Prot=ff Driver=option
I:* If#= 3 Alt= 0 #EPs= 1 Cls=02(comm.) Sub=0d Prot=00 Driver=option
I:* If#= 4 Alt= 1 #EPs= 2 Cls=0a(data ) Sub=00 Prot=01 Driver=option
"""
    found = findings(text, kernel("cdc_ncm"))
    assert [one.text[:40] for one in found if one.level == "problem"] == [
        "interface 3 (02/0d/00, ncm) is held by o",
        "interface 4 (0a/00/01, data) is held by ",
    ]
    assert "way out" not in said(found)


# Live, with what can be observed.

FF03 = (Triple(0xFF, 0x03, 0x12), Triple(0xFF, 0x03, 0x16))
FULL = kernel("option", "option2", "ff02", "ff03", "cdc_ncm", "cdc_ether")


def live(
    *triples: Triple,
    usb: str = "12d1:1506",
    bound: tuple[str, ...] = (),
    drivers: Drivers | None = FULL,
    networks: tuple[str, ...] = (),
    path: str = "/sys/devices/usb1/1-1",
    **observed: Any,
) -> View:
    """A stick at 1-1 with these interfaces, bound so."""
    interfaces = tuple(Interface(number, 0, triple) for number, triple in enumerate(triples))
    descriptors = Descriptors(UsbId.parse(usb), 0x102, Triple(0, 0, 0), (Configuration(1, interfaces),))
    device = recognise(UsbDevice(Port.parse("1-1"), 5, UsbId.parse(usb), descriptors, 1, path=path), LIBRARY)
    ttys = {number: f"/dev/ttyUSB{number}" for number, driver in enumerate(bound) if driver == "option"}
    seen = Observed(**observed)
    return of_live(device, dict(enumerate(bound)), drivers, seen, networks, ttys)


STORAGE = Triple(0x08, 0x06, 0x50)
STALE = Dynamic("option", "/sys/bus/usb-serial/drivers/option1", UsbId.parse("12d1:1506"), "12d1 1506")
REMOVABLE = Dynamic("qmi_wwan", "/sys/bus/usb/drivers/qmi_wwan", UsbId.parse("12d1:1506"), "12d1 1506")
RIGHT = ("option", "huawei_cdc_ncm")
TAKEN = ("option", "option")


def test_all_is_well() -> None:
    found = diagnose(live(*FF03, bound=RIGHT, networks=("wwan0",)))
    assert [(one.level, one.text) for one in found] == [("good", "its network interface is wwan0")]
    assert found[0].commands == ("modeswitch connect 1-1 --apn NAME",)


@pytest.mark.parametrize(
    ("view", "level", "phrases"),
    [
        (
            live(*FF03, bound=TAKEN, dynamic=(STALE,)),
            "problem",
            ("'12d1 1506' stands in /sys/bus/usb-serial/drivers/option1/new_id", "modeswitch doctor 1-1 --fix"),
        ),
        (live(*FF03, bound=RIGHT, dynamic=(STALE,)), "note", ("somebody wrote 12d1:1506", "modprobe -r option")),
        (
            live(*FF03, bound=RIGHT, dynamic=(REMOVABLE,)),
            "note",
            ("echo 12d1 1506 > /sys/bus/usb/drivers/qmi_wwan/remove_id",),
        ),
        (
            live(*FF03, bound=("option", "")),
            "problem",
            ("interface 1 (ff/03/16, ncm) has no driver", "huawei_cdc_ncm is installed and not loaded", "--fix"),
        ),
        (
            live(*FF03, bound=("option", ""), loaded=frozenset({"huawei_cdc_ncm"})),
            "problem",
            ("huawei_cdc_ncm is loaded; it was unbound, or declined",),
        ),
        (
            live(*FF03, bound=("option", ""), drivers=kernel("option"), system="openwrt"),
            "problem",
            ("huawei_cdc_ncm is not installed", "opkg install kmod-usb-net-huawei-cdc-ncm", "way out 1", "way out 2"),
        ),
        (
            live(*FF03, bound=("option", ""), drivers=kernel("option"), system="ubuntu"),
            "problem",
            ("apt install linux-modules-extra-$(uname -r)",),
        ),
        (
            live(*FF03, bound=("", "huawei_cdc_ncm"), drivers=kernel("ff03"), system="openwrt"),
            "problem",
            ("interface 0 (ff/03/12, pcui) has no driver", "opkg install kmod-usb-serial-option"),
        ),
        (
            live(*FF03, bound=("usbfs", "huawei_cdc_ncm"), holders=(("/dev/bus/usb/001/005", "qemu (7)"),)),
            "problem",
            ("interface 0 (ff/03/12, pcui) is held by a program through usbfs: qemu (7)",),
        ),
        (
            live(STORAGE, usb="12d1:14fe", bound=("usb-storage",)),
            "problem",
            ("a CD-ROM, and no modem yet", "usb-storage is still bound", "modeswitch 1-1 --to switched"),
        ),
        (
            live(STORAGE, usb="12d1:1f01", bound=("usb-storage",), usb_modeswitch=True),
            "problem",
            ("usb_modeswitch's rules are installed; they have not switched it",),
        ),
        (live(STORAGE, usb="1234:5678", bound=("usb-storage",)), "problem", ("modeswitch report 1-1",)),
        (
            live(*FF03, bound=RIGHT, usb_modeswitch=True, modeswitch=True),
            "problem",
            ("two tools switch this stick", "modeswitch udev install --replace-usb-modeswitch"),
        ),
        (
            live(*FF03, bound=RIGHT, usb_modeswitch=True),
            "note",
            ("usb_modeswitch's udev rules switch this stick", "/etc/udev/rules.d/40-usb_modeswitch.rules"),
        ),
        (live(*FF03, bound=RIGHT, usbmode=True), "note", ("/etc/init.d/usbmode disable",)),
        (
            live(*FF03, bound=RIGHT, running=("ModemManager",)),
            "note",
            ("ModemManager runs, and tries every serial port", "mmcli --inhibit-device=/sys/devices/usb1/1-1"),
        ),
        (
            live(*FF03, bound=RIGHT, running=("ModemManager",), holders=(("/dev/ttyUSB0", "ModemManager (9)"),)),
            "note",
            ("ModemManager holds /dev/ttyUSB0",),
        ),
        (
            live(*FF03, bound=RIGHT, holders=(("/dev/ttyUSB0", "pppd (77)"),)),
            "note",
            ("another program talks to it: /dev/ttyUSB0 is open in pppd (77)",),
        ),
        (
            live(*FF03, bound=RIGHT, denied=("/dev/bus/usb/001/005",)),
            "problem",
            ("this user may not write to /dev/bus/usb/001/005", "sudo modeswitch 1-1 --to switched"),
        ),
        (live(*FF03, bound=RIGHT, denied=("/dev/ttyUSB0",)), "problem", ("usermod -aG dialout",)),
        (
            live(*FF03, bound=RIGHT, authorized=False),
            "problem",
            ("it is not authorized", "echo 1 > /sys/bus/usb/devices/1-1/authorized"),
        ),
        (
            live(*FF03, bound=("option", ""), blocked=(1,)),
            "problem",
            (
                "interface 1 (ff/03/16, ncm) is not authorized",
                "/1-1:1.1/authorized",
                "echo 1-1:1.1 > /sys/bus/usb/driv",
            ),
        ),
        (
            live(*FF03, bound=RIGHT, authorized=False, running=("usbguard-daemon",)),
            "problem",
            ("USBGuard runs here and blocks", "usbguard allow-device ID -p"),
        ),
        (
            live(*FF03, bound=RIGHT, authorized=True, running=("usbguard-daemon",)),
            "note",
            ("needs a rule of its own",),
        ),
        (live(STORAGE, usb="12d1:1442", bound=("usb-storage",)), "problem", ("it is in download mode",)),
        (live(Triple(0x02, 0x0E, 0), usb="12d1:1573", bound=("cdc_mbim",)), "note", ("it is left alone",)),
        (live(*FF03, usb="12d1:ffee", bound=RIGHT), "note", ("no profile knows 12d1:ffee", "modeswitch report 1-1")),
        (live(Triple(0xFF, 0x02, 0x12), bound=("option",)), "note", ("dialled by PPP",)),
    ],
)
def test_what_is_observed_is_told(view: View, level: str, phrases: tuple[str, ...]) -> None:
    found = diagnose(view)
    hit = [one for one in found if phrases[0] in said([one])]
    assert [one.level for one in hit] == [level]
    for phrase in phrases[1:]:
        assert phrase in said(found)


def test_rules_that_take_the_sticks_from_the_others_are_no_second_tool() -> None:
    found = diagnose(live(*FF03, bound=RIGHT, usb_modeswitch=True, modeswitch=True, replaces_usb_modeswitch=True))
    assert "tools" not in said(found)


def test_a_simulated_bus_has_no_drivers_to_complain_of() -> None:
    view = live(*FF03, bound=(), drivers=None, path="")
    assert [one.level for one in diagnose(view)] == []
    assert repair(view) is None


@pytest.mark.parametrize(
    ("view", "unbind", "stale", "bind"),
    [
        (live(*FF03, bound=RIGHT), None, None, None),
        (live(*FF03, bound=TAKEN), ["1-1:1.1"], [], ["1-1:1.1"]),
        (live(*FF03, bound=TAKEN, dynamic=(STALE,)), ["1-1:1.1"], ["option"], ["1-1:1.1"]),
        (live(*FF03, bound=("option", "")), [], [], ["1-1:1.1"]),
        (live(*FF03, bound=("", "")), [], [], ["1-1:1.0", "1-1:1.1"]),
        (live(*FF03, bound=TAKEN, drivers=kernel("option")), None, None, None),
        # Without its dynamic id this option would let go of the AT port, too: the id stays.
        (live(*FF03, bound=TAKEN, dynamic=(STALE,), drivers=kernel("ff03")), ["1-1:1.1"], [], ["1-1:1.1"]),
        (live(STORAGE, usb="12d1:1f01", bound=("",)), None, None, None),
        (
            live(Triple(0x02, 0x0D, 0), Triple(0x0A, 0, 1), usb="12d1:155e", bound=TAKEN),
            ["1-1:1.0", "1-1:1.1"],
            [],
            ["1-1:1.0"],
        ),
    ],
)
def test_repair(view: View, unbind: list[str] | None, stale: list[str] | None, bind: list[str] | None) -> None:
    found = repair(view)
    if found is None:
        assert unbind is None
        return
    assert [one.interface for one in found.unbind] == unbind
    assert [one.driver for one in found.stale] == stale
    assert [one.interface for one in found.bind] == bind


def test_nothing_that_is_pasted_is_repaired() -> None:
    (view,) = views(raw("05"), FULL)
    assert repair(view) is None


# What a log tells.

FOUND = "usb 1-1: New USB device found, idVendor=12d1, idProduct=1f01\n"


@pytest.mark.parametrize(
    ("text", "level", "phrase"),
    [
        (
            FOUND + "usb 1-1: device descriptor read/64, error -71",
            "problem",
            "the bus itself fails: device descriptor read/64, error -71",
        ),
        (
            FOUND + "usb 1-1: USB disconnect",
            "problem",
            "it left and had not come back",
        ),
        (
            FOUND + "usb 1-1: Device is not authorized for usage",
            "problem",
            "it is not authorized",
        ),
        (
            "".join(
                f"usb 1-1: new high-speed USB device number {number} using xhci_hcd\n"
                f"usb 1-1: New USB device found, idVendor=12d1, idProduct={product}\n"
                "usb 1-1: USB disconnect\n"
                for number, product in enumerate(("1f01", "14db") * 3, 2)
            ),
            "problem",
            "it goes to and fro at its port: 12d1:1f01, 12d1:14db, 12d1:1f01",
        ),
    ],
)
def test_a_log_of_trouble(text: str, level: str, phrase: str) -> None:
    hit = [one for one in findings(text.encode()) if phrase in one.text]
    assert [one.level for one in hit] == [level]


def test_the_e303_that_is_stuck() -> None:
    found = said(findings(raw("23")))
    assert "bad CDC descriptors" in found
    assert "AT^U2DIAG=0" in found


def test_what_a_text_lacks_is_said() -> None:
    assert "the text has 5 of its 7 interfaces" in said(findings(raw("19")))
    assert "the text ends before its new id" in said(findings(raw("17")))


def test_every_check_is_of_the_table_once() -> None:
    assert len(set(CHECKS)) == len(CHECKS)


@given(st.sets(st.integers(0, len(LINES) - 1)), st.sampled_from([None, FULL, kernel("ff02")]))
def test_any_text_is_diagnosed(gone: set[int], drivers: Drivers | None) -> None:
    reading = read(b"".join(line for number, line in enumerate(LINES) if number not in gone))
    for pasted in reading.devices:
        for finding in diagnose(of_pasted(pasted, reading, LIBRARY, drivers)):
            assert finding.level in ("good", "note", "problem")
            assert finding.text


def test_a_blocked_interface_is_no_case_for_a_repair() -> None:
    """Its lack of a driver is told once, as what it is, and binding one would be in vain."""
    view = live(*FF03, bound=("option", ""), blocked=(1,))
    assert repair(view) is None
    assert [one.text for one in diagnose(view) if one.level == "problem"] == [
        "interface 1 (ff/03/16, ncm) is not authorized: no driver may have it"
    ]
