"""Roles and modes: what the captured sticks and the kernel's driver tables say, and the rules by themselves."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from modeswitch.database.library import Library
from modeswitch.identity.recognise import recognise
from modeswitch.modem import roles
from modeswitch.modem.roles import GOALS, HUAWEI, HUAWEI_PORTS, MODES, NETWORK, SERIAL, WAKING, mode, role, satisfies
from modeswitch.usb.descriptors import Configuration, Descriptors, Interface, Port, Triple, UsbId
from modeswitch.usb.device import UsbDevice
from tests.support.usb_devices import CAPTURES, Listed, devices

BINDINGS = (CAPTURES / "29_kernel_6.1_huawei_bindings.txt").read_text("utf-8")


def bound(driver: str) -> list[str]:
    """The class triples in the lines of a driver."""
    lines = [line for line in BINDINGS.splitlines() if line.startswith(driver)]
    return [triple for line in lines for triple in re.findall(r"\b[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{2}\b", line)]


@pytest.mark.parametrize(
    ("driver", "expected"),
    [("huawei_cdc_ncm", "ncm"), ("cdc_ncm", "ncm"), ("cdc_mbim", "mbim"), ("cdc_ether", "ecm"), ("qmi_wwan", "qmi")],
)
def test_what_a_network_driver_binds_has_its_role(driver: str, expected: str) -> None:
    assert expected in NETWORK
    assert bound(driver)
    for triple in bound(driver):
        assert role(Triple.parse(triple), HUAWEI) == expected, triple


def test_what_the_serial_driver_binds_is_no_network() -> None:
    (protocols,) = (line.split() for line in BINDINGS.splitlines() if re.fullmatch(r" 01 02 03 [0-9a-f ]+", line))
    assert len(protocols) > 50
    for sub in range(1, 7):
        for proto in protocols:
            assert role(Triple(0xFF, sub, int(proto, 16)), HUAWEI) in SERIAL


def test_a_role_is_a_network_or_serial_and_never_both() -> None:
    assert not set(NETWORK) & set(SERIAL)
    assert "storage" not in (*NETWORK, *SERIAL)


def test_a_stick_that_nobody_has_switched_satisfies_no_wish_for_a_modem() -> None:
    assert set(WAKING) < set(MODES)
    assert not any(satisfies(now, "switched") for now in WAKING)


def test_what_the_serial_driver_leaves_out_is_no_port_to_dial_with() -> None:
    (left_out,) = (line.partition("): ")[2].split() for line in BINDINGS.splitlines() if line.startswith("NOT claimed"))
    assert "16" in left_out
    for proto in left_out:
        assert role(Triple(0xFF, 2, int(proto, 16)), HUAWEI) not in ("modem", "pcui")


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("modem", "01 10 31 61"),
        ("pcui", "02 12 32 62 72"),
        ("diag", "03 13 33 63 73"),
        ("gps", "05 14 35 65 74"),
        ("ncm", "16 46 76"),
    ],
)
@pytest.mark.parametrize("sub", range(1, 7))
def test_port_codes(name: str, codes: str, sub: int) -> None:
    for code in codes.split():
        assert role(Triple(0xFF, sub, int(code, 16)), HUAWEI) == name


def test_only_qualcomms_ndis_ports_speak_qmi() -> None:
    codes = [int(code, 16) for code in ["07", "08", "09", "11", "37", "38", "39", "67", "68", "69"]]
    assert {role(Triple(0xFF, 1, code), HUAWEI) for code in codes} == {"qmi"}
    assert {role(Triple(0xFF, sub, code), HUAWEI) for code in codes for sub in range(2, 7)} == {"other"}


def test_voice_is_no_gps() -> None:
    assert {role(Triple(0xFF, 2, code), HUAWEI) for code in (0x15, 0x45, 0x75)} == {"serial"}


def test_no_port_code_has_two_roles() -> None:
    codes = [code for some in HUAWEI_PORTS.values() for code in some]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    ("triple", "vendor", "expected"),
    [
        ("ff/ff/ff", HUAWEI, "vendor"),
        ("ff/00/12", HUAWEI, "vendor"),
        ("ff/07/12", HUAWEI, "vendor"),
        ("ff/02/12", 0x19D2, "vendor"),
        ("ff/02/12", None, "vendor"),
        ("08/06/50", HUAWEI, "storage"),
        ("08/06/62", None, "storage"),
        ("08/05/00", None, "storage"),
        ("02/06/00", None, "ecm"),
        ("02/06/ff", HUAWEI, "ecm"),
        ("e0/01/03", None, "rndis"),
        ("e0/01/01", None, "other"),
        ("02/0d/00", None, "ncm"),
        ("02/0e/00", None, "mbim"),
        ("ef/04/01", None, "rndis"),
        ("ef/01/01", None, "rndis"),
        ("ef/02/01", None, "other"),
        ("02/02/ff", HUAWEI, "rndis"),
        ("02/02/ff", None, "rndis"),
        ("02/02/06", None, "acm"),
        ("02/03/00", None, "other"),
        ("0a/00/01", None, "data"),
        ("03/01/01", None, "hid"),
        ("07/01/02", None, "printer"),
        ("09/00/00", None, "other"),
    ],
)
def test_role(triple: str, vendor: int | None, expected: str) -> None:
    assert role(Triple.parse(triple), vendor) == expected


@pytest.mark.parametrize(
    ("product", "triple", "number", "expected"),
    [
        *((product, "02/02/ff", 1, "serial") for product in (0x1C05, 0x1C1F, 0x1C23, 0x1441, 0x1442)),
        (0x1C06, "02/02/ff", 1, "rndis"),
        (0x1C05, "02/02/01", 1, "acm"),
        (0x14AC, "02/06/ff", 1, "qmi"),
        (0x14AC, "02/06/ff", 2, "ecm"),
        (0x140C, "ff/ff/ff", 1, "qmi"),
        (0x140C, "ff/ff/ff", 2, "vendor"),
        (0x140C, "08/06/50", 1, "storage"),
    ],
)
def test_what_a_product_of_huawei_has_else(product: int, triple: str, number: int, expected: str) -> None:
    assert role(Triple.parse(triple), HUAWEI, product, number) == expected
    assert role(Triple.parse(triple), 0x19D2, product, number) == role(Triple.parse(triple))


# The captured sticks, as a switch would recognise them.


def seen(listed: Listed) -> tuple[str | None, list[str]]:
    """Mode and roles."""
    found = Descriptors(listed.id, 0, Triple(0, 0, 0), (listed.configuration,))
    device = recognise(UsbDevice(Port(1, (1,)), 2, listed.id, found, 1), Library(user=[]))
    return device.mode, [name for _, name in device.roles]


CAPTURED = [(capture, device) for capture in ("01", "02", "05", "06", "19") for device in devices(capture)]
EXPECTED: dict[tuple[str, str], tuple[str | None, str]] = {
    ("01", "12d1:15b6"): ("ncm", "pcui modem ncm storage storage"),
    ("02", "12d1:15b6"): ("ncm", "pcui modem ncm storage"),
    ("05", "12d1:1506"): ("ncm", "pcui ncm"),
    ("06", "12d1:14dc"): ("hilink", "ecm data storage"),
    ("19", "12d1:1003"): ("switched", "vendor vendor storage storage"),
    ("19", "12d1:140c"): ("qmi", "vendor qmi vendor vendor storage"),
    ("19", "12d1:14ac"): ("qmi", "vendor qmi data vendor vendor"),
    ("19", "12d1:1436"): ("switched", "vendor ecm data vendor vendor storage storage"),
    ("19", "12d1:1c05"): ("switched", "vendor vendor vendor storage storage"),
    ("19", "12d1:1526"): ("mass-storage", "storage"),
}


@pytest.mark.parametrize(
    ("capture", "device"), CAPTURED, ids=[f"{capture}-{device.id}" for capture, device in CAPTURED]
)
def test_captured_sticks(capture: str, device: Listed) -> None:
    expected, names = EXPECTED[capture, str(device.id)]
    assert seen(device) == (expected, names.split())


def test_every_expectation_has_its_capture() -> None:
    assert {(capture, str(device.id)) for capture, device in CAPTURED} == set(EXPECTED)


def test_the_captured_descriptors() -> None:
    """Capture 25: a modem with a vendor's NCM, and a card reader."""
    path = Path(CAPTURES / "25_descriptors_12d1_1506_e173_ff03_ncm.txt")
    parts = [line.split()[1] for line in path.read_text("utf-8").splitlines() if line.startswith(("DEVICE", "CONFIG"))]
    (configuration,) = Descriptors.parse(bytes.fromhex("".join(parts))).configurations
    names = [name for _, name in roles.roles(configuration, HUAWEI)]
    assert names == ["modem", "ncm", "diag", "pcui", "storage", "storage"]
    assert mode(names) == "ncm"


def made(usb: str, *triples: str) -> Listed:
    interfaces = tuple(Interface(number, 0, Triple.parse(triple)) for number, triple in enumerate(triples))
    return Listed(UsbId.parse(usb), Configuration(1, interfaces))


MUTE = ("ff/ff/ff",) * 3


@pytest.mark.parametrize(
    ("usb", "triples", "expected"),
    [
        # Capture 13: what a gateway makes of an E3372h-320; its profile tells the ports apart.
        ("12d1:155e", (*MUTE, "02/0d/00", "0a/00/01"), "ncm"),
        ("12d1:1001", MUTE, "stick"),
        ("12d1:1001", ("08/06/50",), "mass-storage"),
        ("12d1:1001", ("ff/ff/ff", "ff/ff/ff", "08/06/50"), "switched"),
        # One product id, several modes.
        ("12d1:14dc", ("02/06/00", "0a/00/00", "08/06/50"), "hilink"),
        ("12d1:14dc", ("e0/01/03", "0a/00/00", "08/06/50"), "hilink"),
        ("12d1:14db", ("02/06/00", "0a/00/00"), "hilink"),
        ("12d1:1506", ("ff/02/12", "ff/02/01", "ff/02/16"), "ncm"),
        ("12d1:1506", ("ff/03/12", "ff/03/01", "08/06/50"), "stick"),
        ("12d1:1566", ("ff/02/12", "02/06/00", "0a/00/00"), "debug"),
        # What interfaces cannot tell, the profile does.
        ("12d1:1442", ("ff/ff/ff", "08/06/50"), "download"),
        ("12d1:1442", MUTE, "download"),
        ("12d1:1441", ("ff/ff/ff",), "debug"),
        # Nobody's.
        ("1209:0001", ("08/06/50",), "mass-storage"),
        ("1209:0001", ("03/01/01",), None),
        ("1209:0001", (), None),
        ("12d1:1f01", (), None),
    ],
)
def test_recognised(usb: str, triples: tuple[str, ...], expected: str | None) -> None:
    assert seen(made(usb, *triples))[0] == expected


@pytest.mark.parametrize(
    ("triples", "family"),
    [
        (("08/06/50",), "huawei-set-feature"),
        (("ff/ff/ff", "ff/ff/ff", "08/06/50"), "huawei-set-feature"),
        (MUTE, "huawei-hilink"),
    ],
)
def test_of_several_families_the_one_that_fits(triples: tuple[str, ...], family: str) -> None:
    """12d1:1001 wakes up as an E169, and is what a gateway makes of newer sticks."""
    listed = made("12d1:1001", *triples)
    found = Descriptors(listed.id, 0, Triple(0, 0, 0), (listed.configuration,))
    device = recognise(UsbDevice(Port(1, (1,)), 2, listed.id, found, 1), Library(user=[]))
    assert device.profile is not None
    assert device.profile.name == family


def test_described_ports_are_used_only_when_their_number_is_right() -> None:
    assert seen(made("12d1:155e", *MUTE, "02/0d/00"))[1] == ["modem", "diag", "pcui", "ncm"]
    assert seen(made("12d1:155e", *MUTE, "ff/ff/ff", "02/0d/00"))[1] == ["vendor"] * 4 + ["ncm"]
    assert seen(made("12d1:155e", "ff/02/12", *MUTE))[1] == ["pcui", "modem", "diag", "pcui"]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("", None),
        ("storage", "mass-storage"),
        ("storage storage", "mass-storage"),
        ("storage hid", None),
        ("ecm data", "hilink"),
        ("ecm data storage", "hilink"),
        ("rndis data", "hilink"),
        ("ecm data pcui", "debug"),
        ("rndis data modem", "debug"),
        ("ecm vendor", None),
        ("ecm acm", None),
        ("pcui", "stick"),
        ("modem diag storage", "stick"),
        ("ncm data", None),
        ("ncm pcui", "ncm"),
        ("ncm vendor", "ncm"),
        ("ncm acm", "ncm"),
        ("mbim", "mbim"),
        ("mbim pcui", "mbim"),
        ("qmi modem pcui", "qmi"),
        ("diag gps", None),
        ("vendor vendor vendor", None),
        ("acm acm", None),
        ("hid printer other", None),
    ],
)
def test_mode(names: str, expected: str | None) -> None:
    assert mode(names.split()) == expected


@pytest.mark.parametrize("goal", GOALS)
@pytest.mark.parametrize("now", [*MODES, None])
def test_satisfies(now: str | None, goal: str) -> None:
    if goal == "switched":
        assert satisfies(now, goal) == (now not in (None, "mass-storage", "asleep", "download"))
    else:
        assert satisfies(now, goal) == (now == goal)


def test_download_is_no_goal() -> None:
    assert "download" in MODES
    assert "download" not in GOALS
