"""DriverIndex: the seed's case on several kernels, a wrong driver, a missing one, dynamic ids, other compositions."""

from __future__ import annotations

import pytest

from modeswitch.doctor.checks import diagnose
from modeswitch.doctor.snapshot import Snapshot
from modeswitch.linux.modules import DriverIndex
from modeswitch.usb.descriptors import Triple
from tests.support.captures import raw
from tests.support.snapshots import (
    FF03,
    REMOVABLE,
    RIGHT,
    STALE,
    TAKEN,
    check_hit,
    findings,
    kernel,
    live,
    snapshots,
    words,
)

# The seed.


SEED = b"\n".join(line for line in raw("05").splitlines() if line[:1] != b"#") + b'\nAT^SETPORT="FF;12,16"\n'
"""The seed's lines without the words of who cited them, so that nothing names the router."""


def test_the_seed_is_explained_with_both_layers_and_both_ways_out() -> None:
    found = findings(SEED)
    (problem,) = (one for one in found if one.level == "problem")
    why = " ".join(problem.why)
    assert "no network interface can come of it" in problem.text
    assert "ttyUSB1 answers no AT command" in problem.text
    # (a) the composition: FF, Windows, and a table that predates it.
    assert "begins with FF (FF;12,16)" in why
    assert "assumes Windows" in why
    assert "ff/02/16, ff/02/46 and ff/02/76 only" in why
    assert "older than the first with this match (3.18)" in why
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
                "This kernel's modules.alias has no driver for it: huawei_cdc_ncm is not installed",
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
    drivers: DriverIndex, phrases: tuple[str, ...], command: tuple[str, ...]
) -> None:
    found = findings(SEED, drivers)
    for phrase in phrases:
        assert phrase in words(found)
    (problem,) = (one for one in found if one.level == "problem")
    assert problem.commands == command
    assert ("way out 1" in words(found)) is not bool(command)


@pytest.mark.parametrize(
    ("version", "phrase"),
    [
        ("3.10.108", "older than the first with this match (3.18)"),
        ("3.14.1", "older than the first with this match (3.18)"),
        ("5.15.0-91-generic", "add --kernel-modules DIR"),
    ],
)
def test_the_seed_by_the_version_that_the_text_tells(version: str, phrase: str) -> None:
    text = f"Linux version {version} (gcc)\n".encode() + raw("05")
    assert phrase in words(findings(text))


def test_the_list_that_was_pasted_is_kept_but_for_its_ff() -> None:
    text = SEED.replace(b'"FF;12,16"', b'"FF;12,10,16,A2"')
    assert '--set "A1,A2;12,10,16,A2"' in words(findings(text))


def test_lines_missing_around_the_seed() -> None:
    text = b"P: Vendor=12d1 ProdID=1506 Rev= 1.02\nIf#= 1 Alt= 0 Cls=ff(vend.) Sub=03 Prot=16 Driver=option\n"
    found = words(findings(text))
    assert "is held by option" in found
    assert "It does so when its port list begins with FF" in found
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
        "interfaces 3–4 (02/0d/00, ncm; 0a/00/01,",
    ]
    assert "way out" not in words(found)


# On this machine.


@pytest.mark.parametrize(
    ("snapshot", "level", "phrases"),
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
            live(Triple(0xFF, 0x42, 0x01), usb="1bc7:1052", bound=("usbfs",), drivers=None),
            "note",
            ("interface 0 (ff/42/01, vendor) is the Android debug bridge, held by adb",),
        ),
    ],
)
def test_what_is_found_of_the_drivers(snapshot: Snapshot, level: str, phrases: tuple[str, ...]) -> None:
    check_hit(snapshot, level, phrases)


def test_a_text_of_a_stick_that_option_does_not_know_gets_the_commands() -> None:
    text = b"T:  Bus=01 Lev=01 Prnt=01 Port=00 Cnt=01 Dev#=  5 Spd=480\nP:  Vendor=3566 ProdID=2001 Rev=ff.ff\n"
    text += b"".join(
        b"I:* If#= %d Alt= 0 #EPs= 2 Cls=ff(vend.) Sub=ff Prot=ff Driver=(none)\n" % number for number in range(5)
    )
    text += b"I:* If#= 5 Alt= 0 #EPs= 1 Cls=02(comm.) Sub=0d Prot=00 Driver=cdc_ncm\n"
    text += b"I:  If#= 6 Alt= 0 #EPs= 0 Cls=0a(data ) Sub=00 Prot=01 Driver=cdc_ncm\n"
    (snapshot,) = snapshots(text)
    assert [one.role for one in snapshot.interfaces] == ["other", "modem", "diag", "other", "pcui", "ncm", "data"]
    commands = {command for one in diagnose(snapshot) for command in one.commands}
    assert "echo 3566 2001 ff > /sys/bus/usb-serial/drivers/option1/new_id" in commands


# The same of several interfaces.

MANY = b"""\
P: Vendor=2c7c ProdID=0121 Rev= 1.02
C:* #Ifs= 5 Cfg#= 1 Atr=a0 MxPwr=500mA
I:* If#= 0 Alt= 0 #EPs= 3 Cls=ff(vend.) Sub=ff Prot=ff Driver=%s
I:* If#= 1 Alt= 0 #EPs= 2 Cls=ff(vend.) Sub=ff Prot=ff Driver=%s
I:* If#= 2 Alt= 0 #EPs= 2 Cls=ff(vend.) Sub=ff Prot=ff Driver=%s
I:* If#= 3 Alt= 0 #EPs= 2 Cls=ff(vend.) Sub=ff Prot=ff Driver=%s
I:* If#= 4 Alt= 0 #EPs= 3 Cls=ff(vend.) Sub=ff Prot=ff Driver=qmi_wwan
"""


@pytest.mark.parametrize(
    ("drivers", "kind", "begins"),
    [
        ((b"(none)",) * 4, "no-driver", "interfaces 0–3 (ff/ff/ff, vendor) have no driver"),
        ((b"(none)", b"option", b"(none)", b"(none)"), "no-driver", "interfaces 0, 2–3 (ff/ff/ff, vendor) have no"),
        ((b"option", b"(none)", b"option", b"option"), "no-driver", "interface 1 (ff/ff/ff, vendor) has no driver"),
        ((b"usbfs", b"usbfs", b"option", b"option"), "usbfs-holder", "interfaces 0–1 (ff/ff/ff, vendor) are held by"),
    ],
)
def test_interfaces_with_the_same_finding_are_one_finding(drivers: tuple[bytes, ...], kind: str, begins: str) -> None:
    found = [one for one in findings(MANY % drivers) if one.level == "problem"]
    assert [one.id for one in found] == [kind]
    assert found[0].text.startswith(begins)


def test_two_control_interfaces_with_the_same_wrong_driver_are_one_finding() -> None:
    text = b"".join(
        b"I:* If#= %d Alt= 0 #EPs= 1 Cls=%s Driver=option\n" % (number, triple)
        for number, triple in enumerate((b"02 Sub=0d Prot=00", b"0a Sub=00 Prot=01") * 2)
    )
    found = [one for one in findings(b"P: Vendor=12d1 ProdID=155e\n" + text) if one.level == "problem"]
    assert [one.text.partition(" (")[0] for one in found] == ["interfaces 0–3"]
