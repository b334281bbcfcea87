"""Causes outside USB modes: the supply, a hub's current, the bus, bandwidth, the host's controller, other programs."""

from __future__ import annotations

import pytest

from modeswitch.doctor.checks import diagnose
from modeswitch.doctor.diagnosis import Diagnosis, diagnose_text
from tests.support.snapshots import FF03, LIBRARY, RIGHT, live, words

STICK = (
    "usb 1-1.2: New USB device found, idVendor=12d1, idProduct=14dc, bcdDevice= 1.02\n"
    "cdc_ether 1-1.2:1.0 eth1: register 'cdc_ether' at usb-1.2, CDC Ethernet Device, 00:1e:10:1f:00:00\n"
)
LOW, NORMAL = "hwmon hwmon1: Undervoltage detected!\n", "hwmon hwmon1: Voltage normalised\n"
READ = "usb 1-1.2: device descriptor read/64, error -71\n"


def told(text: str) -> list[Diagnosis]:
    return diagnose_text(text.encode(), LIBRARY)


def levels(text: str) -> dict[str, str]:
    """Of the only stick of a text: id → level."""
    (diagnosis,) = told(text)
    return {one.id: one.level for one in diagnosis.findings}


@pytest.mark.parametrize(
    "line",
    [
        "[ 8.06] Under-voltage detected! (0x00050005)\n",
        "[ 8.06] hwmon hwmon1: Under-voltage detected!\n",
        "[ 8.06] rpi_volt hwmon1: Undervoltage detected!\n",
        "Aug 28 17:07 pi kernel: hwmon hwmon0: UNDERVOLTAGE detected!\n",
        "in0:              N/A  ALARM (LCRIT)\n",
        "throttled=0x1\n",
        "throttled=0x50005\n",
        "under voltage detected\n",
        LOW + NORMAL + LOW,
        (LOW + NORMAL) * 3,
        LOW + NORMAL + READ,
        "throttled=0x50000\n" + READ,
        LOW + NORMAL + "usb 1-1.2: USB disconnect, device number 4\n",
    ],
)
def test_a_supply_that_is_too_weak(line: str) -> None:
    assert levels(STICK + line)["under-voltage"] == "problem"


@pytest.mark.parametrize("line", [LOW + NORMAL, LOW + "hwmon1: Voltage normalized (0x0)\n", "throttled=0x50000\n"])
def test_a_supply_that_was_weak_for_a_moment(line: str) -> None:
    assert levels(STICK + line)["under-voltage"] == "note"


@pytest.mark.parametrize("line", [NORMAL, "throttled=0x0\n", "No undervoltage detected\n", "throttled=0x60000\n"])
def test_a_supply_that_is_well(line: str) -> None:
    assert "under-voltage" not in levels(STICK + line)


def test_the_bits_are_decoded() -> None:
    assert "throttled=0x50005: under-voltage now, throttled now, under-voltage since the start" in words(
        [*told(STICK + "throttled=0x50005\n")[0].findings]
    )
    assert levels(STICK + "throttled=0x60000\n")["throttled"] == "note"


CURRENT = "usb 1-1-port2: over-current condition\n"


@pytest.mark.parametrize(
    ("line", "finding", "level"),
    [
        (CURRENT, "over-current", "problem"),
        ("hub 1-1:1.0: over-current change on port 2\n", "over-current", "problem"),
        ("usb usb1-port1: over-current change #3\n", "over-current", "problem"),
        ("hub 1-0:1.0: over-current condition on port 1\n", "over-current", "problem"),
        ("usb usb1-port3: over-current condition\n", "over-current", "note"),
        (
            "usb 1-1.2: rejected 1 configuration due to insufficient available bus power\n",
            "bus-power",
            "problem",
        ),
        (
            "usb 1-1.2: rejected 2 configurations due to insufficient available bus power\n",
            "bus-power",
            "problem",
        ),
        ("usb 1-1.2: no configuration chosen from 1 choice\n", "unconfigured", "problem"),
        ("usb 1-1.2: can't set config #1, error -32\n", "unconfigured", "problem"),
        ("usb 1-1.2: Not enough bandwidth for new device state.\n", "bandwidth", "problem"),
        ("usb 1-1.2: can't set config #1, error -28\n", "bandwidth", "problem"),
        ("usb 1-1.2: 2:1: usb_set_interface failed (-28)\n", "bandwidth", "problem"),
        ("usb 1-1.2: Not enough host controller resources for new device state.\n", "host-resources", "problem"),
        ("usb 1-1.2: can't set config #1, error -12\n", "host-resources", "problem"),
        ("cdc_ncm: probe of 1-1.2:1.0 failed with error -12\n", "host-resources", "problem"),
        ("usb 1-1.2: device descriptor read/all, error -62\n", "bus-errors", "problem"),
        ("usb 1-1.2: device not accepting address 5, error -110\n", "bus-errors", "problem"),
        ("usb 1-1-port2: unable to enumerate USB device\n", "bus-errors", "problem"),
        ("usb 1-1-port2: Cannot enable. Maybe the USB cable is bad?\n", "bus-errors", "problem"),
        ("hub 1-1:1.0: unable to enumerate USB device on port 2\n", "bus-errors", "problem"),
        (
            "xhci_hcd 0000:04:00.0: Direct firmware load for renesas_usb_fw.mem failed with error -2\n",
            "controller-firmware",
            "problem",
        ),
        (
            "tegra-xusb 70090000.usb: Direct firmware load for nvidia/tegra210/xusb.bin failed with error -2\n",
            "controller-firmware",
            "problem",
        ),
        ("xhci_hcd 0000:04:00.0: request_firmware failed: -2\n", "controller-firmware", "problem"),
        (
            "xhci_hcd 0000:04:00.0: xHCI host controller not responding, assume dead\n",
            "controller-died",
            "problem",
        ),
        ("xhci_hcd 0000:04:00.0: HC died; cleaning up\n", "controller-died", "problem"),
    ],
)
def test_a_line_of_the_kernel(line: str, finding: str, level: str) -> None:
    assert levels(STICK + line)[finding] == level


@pytest.mark.parametrize(
    "line",
    [
        "Bluetooth: hci0: Opcode 0x200c failed: -110\n",
        "mmc0: error -110 whilst initialising SD card\n",
        "I read that an over-current condition can be the cause, or not enough bandwidth.\n",
        "# usb 1-1-port2: over-current condition\n",
        "usb 1-1.4: device descriptor read/64, error -71\n",
        "iwlwifi 0000:02:00.0: Direct firmware load for iwlwifi-8000C-36.ucode failed with error -2\n",
    ],
)
def test_what_is_no_trouble_of_the_stick(line: str) -> None:
    known = set(levels(STICK))
    assert {one.id for one in told(STICK + line)[0].findings} == known


def test_a_storm_is_counted_at_its_port() -> None:
    text = STICK + READ * 12 + READ.replace("-71", "-110") * 2
    (found,) = (one for one in told(text)[0].findings if one.id == "bus-errors")
    assert found.text == (
        "the bus itself fails at port 1-1.2, 14 times (-71 12 times, -110 twice): device descriptor read/64, error -71"
    )


def test_an_error_of_a_tty_is_of_the_port_of_its_stick() -> None:
    text = (
        "usb 1-1.2: New USB device found, idVendor=12d1, idProduct=1506, bcdDevice= 1.02\n"
        "option 1-1.2:1.0: GSM modem (1-port) converter detected\n"
        "usb 1-1.2: GSM modem (1-port) converter now attached to ttyUSB0\n"
    )
    lines = "option1 ttyUSB0: usb_wwan_indat_callback: nonzero status: -71 on endpoint 82\n" * 3
    (found,) = (one for one in told(text + lines)[0].findings if one.id == "bus-errors")
    assert found.text.startswith("the bus itself fails at port 1-1.2, 3 times")


def test_the_other_half_of_a_connector_is_its_port_too() -> None:
    assert "bus-errors" in levels(STICK + "usb 2-1.2: device descriptor read/8, error -110\n" * 2)


def test_a_text_that_has_only_trouble() -> None:
    (diagnosis,) = told("usb usb1-port2: unable to enumerate USB device\n" + LOW)
    assert (diagnosis.target, diagnosis.verdict) == ("1-2", "problem")
    assert [one.id for one in diagnosis.findings] == ["under-voltage", "bus-errors"]


def test_which_firmware_is_missing() -> None:
    line = "xhci_hcd 0000:04:00.0: Direct firmware load for renesas_usb_fw.mem failed with error -2\n"
    assert "lacks renesas_usb_fw.mem" in words([*told(STICK + line)[0].findings])


def test_on_this_machine() -> None:
    found = {one.id: one.level for one in diagnose(live(*FF03, bound=RIGHT, under_voltage=True, over_currents=2))}
    assert (found["under-voltage"], found["over-current"]) == ("problem", "note")


# Who keeps it out, who takes it.


@pytest.mark.parametrize(
    "text",
    [
        '5: block id 12d1:14dc serial "" name "HUAWEI_MOBILE" hash "x=" via-port "1-1.2" with-interface x',
        'usbguard-daemon[7]: uid=0 pid=7 device.rule=\'reject id 12d1:14dc serial "0" name "HUAWEI_MOBILE"\'',
        "$ cat /sys/bus/usb/devices/1-1.2/authorized\n0\n" + STICK,
        "/sys/bus/usb/devices/1-1.2/authorized:0\n" + STICK,
        STICK + "usb 1-1.2: Device is not authorized for usage\n",
    ],
)
def test_one_that_is_not_authorized(text: str) -> None:
    (diagnosis,) = told(text)
    assert {one.id: one.level for one in diagnosis.findings}["not-authorized"] == "problem"


@pytest.mark.parametrize("value", ["authorized:1", "authorized_default:0"])
def test_one_that_is_authorized(value: str) -> None:
    assert "not-authorized" not in levels(f"/sys/bus/usb/devices/1-1.2/{value}\n" + STICK)


NEW_ID = "echo 12d1 {} ff > /sys/bus/usb-serial/drivers/option1/new_id\n"


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("Bus 001 Device 004: ID 12d1:1f01 Huawei\n# " + NEW_ID.format("1f01"), "problem"),
        (
            "Bus 001 Device 004: ID 12d1:1f01 Huawei\n$ sudo sh -c 'echo 12d1 1f01 > /sys/bus/usb/drivers/x/new_id'\n",
            "problem",
        ),
        ("Bus 001 Device 004: ID 12d1:14dc Huawei\n" + NEW_ID.format("14dc"), "note"),
        (
            "Bus 001 Device 004: ID 12d1:14dc x\n$ echo 12d1 14dc | tee /sys/bus/usb-serial/drivers/option1/new_id",
            "note",
        ),
    ],
)
def test_a_wild_new_id(text: str, level: str) -> None:
    assert levels(text)["wild-new-id"] == level


def test_a_new_id_of_another_device_is_not_its() -> None:
    assert "wild-new-id" not in levels("Bus 001 Device 004: ID 12d1:1f01 Huawei\n" + NEW_ID.format("1506"))


TOOLS = "usb_modeswitch[9]: switch device 12d1:14dc on 001/004\nusbmode: switching\n"


def test_two_tools_at_once() -> None:
    assert levels(STICK + TOOLS)["two-switchers"] == "note"
    turns = "".join(
        f"[{number}.1] usb 1-1.2: New USB device found, idVendor=12d1, idProduct={product}\n"
        f"[{number}.9] usb 1-1.2: USB disconnect, device number {number}\n"
        for number, product in enumerate(("1f01", "14dc") * 3, 2)
    )
    assert levels(turns + TOOLS)["two-switchers"] == "problem"
    assert "two-switchers" not in levels(STICK + TOOLS.splitlines()[0])


LISTED = (
    "P: Vendor=2c7c ProdID=0125 Rev= 1.02\nC:* #Ifs= 2 Cfg#= 1 Atr=a0 MxPwr=500mA\n"
    "I:* If#= 0 Alt= 0 #EPs= 3 Cls=ff(vend.) Sub=ff Prot=ff Driver=option\n"
    "I:* If#= 1 Alt= 0 #EPs= 2 Cls=ff(vend.) Sub={} Prot={} Driver={}\n"
)


@pytest.mark.parametrize(
    ("interface", "problems"),
    [
        (("42", "01", "usbfs"), []),
        (("42", "03", "usbfs"), []),
        (("42", "01", "(none)"), []),
        (("ff", "ff", "usbfs"), ["usbfs-holder"]),
    ],
)
def test_a_holder_through_usbfs(interface: tuple[str, str, str], problems: list[str]) -> None:
    found = levels(LISTED.format(*interface))
    assert [name for name, level in found.items() if level == "problem"] == problems


def test_a_holder_of_an_interface_whose_class_is_not_told() -> None:
    tree = (
        "/:  Bus 01.Port 1: Dev 1, Class=root_hub, Driver=xhci_hcd/4p, 480M\n"
        "    |__ Port 2: Dev 3, If 0, Class=Vendor Specific Class, Driver=option, 480M\n"
        "    |__ Port 2: Dev 3, If 1, Class=Vendor Specific Class, Driver=usbfs, 480M\n"
    )
    assert levels(tree)["usbfs-holder"] == "note"
