"""The doctor on Debian's kernel: a wrong driver explained and put right, and what it must leave as it is."""

from __future__ import annotations

import pytest

from tests.kernel.lab import Lab, both

pytestmark = pytest.mark.kernel

STICK = "e3372h-153,ports=FF\\;12+16"
"""Comes up with its PCUI port (ff/03/12) and its NCM function (ff/03/16), and no CD-ROM."""
NEW_ID = "/sys/bus/usb-serial/drivers/option1/new_id"
DOCTOR = "python3 -m modeswitch doctor 1-1"
WELL = {"ff/03/12": "option", "ff/03/16": "huawei_cdc_ncm"}
CLEAN = (
    "rm -f /run/modprobe.d/lab.conf; udevadm control --reload; modprobe -r option; modprobe -a option huawei_cdc_ncm"
)

TAKEN_LATER = f"""
plug stick0 {STICK} 0 && modprobe option && echo 12d1 1506 >{NEW_ID} || exit 99
echo 1-1:1.1 >/sys/bus/usb/drivers/huawei_cdc_ncm/unbind && echo 1-1:1.1 >/sys/bus/usb/drivers/option/bind || exit 99
"""
TAKEN_AT_THE_PLUG = f"""
modprobe option && modprobe -r huawei_cdc_ncm && echo 12d1 1506 >{NEW_ID} && plug stick0 {STICK} 0 || exit 99
modprobe -r huawei_cdc_ncm && [ ! -e /sys/module/huawei_cdc_ncm ] || exit 99  # udev has loaded it, in vain
"""


@both
@pytest.mark.parametrize("taken", [TAKEN_LATER, TAKEN_AT_THE_PLUG], ids=["driver loaded", "driver not loaded"])
def test_option_that_took_the_ncm_interface_is_put_right(lab: Lab, taken: str) -> None:
    """The seed's case: explained, put right, the stale id gone for the next plug, and then nothing is left to do."""
    ran = lab.run(
        f"{taken}echo held by $(readlink /sys/bus/usb/devices/1-1:1.1/driver)\n"
        f"{DOCTOR}; echo first $?\n{DOCTOR} --fix; echo fixed $?; udevadm settle --timeout=30\n"
        f"echo ids $(<{NEW_ID}); ip -o link show dev $(ls /sys/bus/usb/devices/1-1:1.1/net) && echo shown\n"
        f"{DOCTOR} --fix; echo second $?\n"
        f"terminate stick0; plug stick0 {STICK} 0; udevadm settle --timeout=30\n"
    )
    after = lab.device()
    lab.end()
    lab.sh(CLEAN)
    assert ran.status == 0, ran.stderr
    assert "drivers/option\n" in ran.stdout.split("first")[0]
    explained, fixed, again = (ran.stdout.split(mark)[0] for mark in ("first 1\n", "fixed 0\n", "second 0\n"))
    assert "problem: interface 1 (ff/03/16, ncm) is held by option, a driver for" in explained
    assert "12d1 1506" in explained or "12d1:1506" in explained
    assert "$ modeswitch doctor 1-1 --fix" in explained
    assert "unbinding option from 1-1:1.1" in ran.stderr
    assert "loading option anew, which forgets the id 12d1:1506" in ran.stderr
    assert ("loading huawei_cdc_ncm" in ran.stderr) == (taken == TAKEN_AT_THE_PLUG)
    assert "ncm, well: its network interface is " in fixed.split("first 1\n")[1]
    assert "ids\n" in again
    assert "shown\n" in again
    assert "there is nothing that can be put right here" in ran.stderr
    assert "problem" not in again.split("shown\n")[1]
    assert after.drivers == WELL
    assert len(after.networks) == 1


def test_an_interface_without_a_driver_gets_its_own(lab: Lab) -> None:
    lab.plug(STICK)
    ran = lab.run(
        "echo 1-1:1.1 >/sys/bus/usb/drivers/huawei_cdc_ncm/unbind; echo 1-1:1.0 >/sys/bus/usb/drivers/option/unbind\n"
        f"{DOCTOR} --fix; status=$?; udevadm settle --timeout=30; exit $status"
    )
    assert ran.status == 0, ran.stderr
    assert ran.device.drivers == WELL
    assert (len(ran.device.networks), len(ran.device.ports)) == (1, 1)


def test_what_is_in_use_is_left_as_it_is(lab: Lab) -> None:
    """Somebody has option's wrong tty open: refused, said by whom, and nothing changed."""
    ran = lab.run(
        f"{TAKEN_LATER}tty=$(basename /sys/bus/usb/devices/1-1:1.1/ttyUSB*); exec 5<>/dev/$tty\n"
        f"{DOCTOR} --fix; status=$?; exec 5>&-; exit $status"
    )
    lab.end()
    lab.sh(CLEAN)
    assert ran.status == 5, ran.stderr
    assert "nothing was changed" in ran.stderr
    assert "is open in bash" in ran.stderr
    assert ran.device.drivers == {"ff/03/12": "option", "ff/03/16": "option"}


def test_storage_is_never_touched(lab: Lab) -> None:
    lab.plug("e3372h")
    before = lab.device()
    ran = lab.run(f"{DOCTOR} --fix")
    assert ran.status == 1
    assert "usb-storage is still bound to it: that is right in this mode" in ran.stdout
    assert "$ modeswitch 1-1 --to hilink" in ran.stdout
    assert "there is nothing that can be put right here" in ran.stderr
    assert (ran.device.address, ran.device.drivers) == (before.address, before.drivers)


@both
def test_a_device_that_is_not_authorized(lab: Lab) -> None:
    """What USBGuard does: said, with the command that helps; and that command helps."""
    lab.plug(STICK)
    ran = lab.run(
        f"echo 0 >/sys/bus/usb/devices/1-1/authorized\n{DOCTOR}; echo first $?\n"
        f"eval \"$({DOCTOR} | sed -n 's/^ *\\$ \\(echo 1 >.*\\)/\\1/p')\"\n"
        "within 10 '[ -e /sys/bus/usb/devices/1-1:1.1/driver ]'; udevadm settle --timeout=30\n"
        f"{DOCTOR}; echo second $?"
    )
    assert "problem: it is not authorized: the system does not talk to it" in ran.stdout
    assert "first 1\n" in ran.stdout
    assert ran.stdout.endswith("second 0\n"), ran.stdout + ran.stderr
    assert ran.device.drivers == WELL


def test_an_interface_that_is_not_authorized(lab: Lab) -> None:
    """No driver may have it; binding one would be in vain, so none is bound and the reason is said."""
    lab.plug(STICK)
    ran = lab.run(
        f"echo 0 >/sys/bus/usb/devices/1-1:1.1/authorized\n{DOCTOR} --fix; echo first $?\n"
        f"eval \"$({DOCTOR} | sed -n 's/^ *\\$ \\(echo .*\\)/\\1/p')\"\n"
        f"udevadm settle --timeout=30; {DOCTOR}; echo second $?"
    )
    first = ran.stdout.split("first 1\n")[0]
    assert "problem: interface 1 (ff/03/16, ncm) is not authorized: no driver may have it" in first
    assert "has no driver" not in first
    assert "there is nothing that can be put right here" in ran.stderr
    assert ran.stdout.endswith("second 0\n"), ran.stdout + ran.stderr
    assert ran.device.drivers == WELL
