"""Any mode to any mode on Debian's kernel: AT through option's tty, the web page over cdc_ether, NCM by its drivers."""

from __future__ import annotations

import re

import pytest

from tests.kernel.lab import Lab, both
from tests.kernel.test_network import TOOLS

pytestmark = pytest.mark.kernel

STATE = "--state /tmp/lab/state"
LIST = "A1,A2;12,1,16,A1,A2"
PPP = "ports=A1+A2\\;12+1"
TTYS = ["ttyUSB0", "ttyUSB1"]
MODULES = """
mkdir -p modules && cat /lib/modules/$(uname -r)/modules.alias >modules/modules.alias
"""


@both
def test_stick_to_ncm_for_good(lab: Lab) -> None:
    """The list is written over option's tty; FF comes up as ff/03, which this kernel's huawei_cdc_ncm binds."""
    lab.plug(f"e3372h-153,wakes=linux,boots=0,{PPP}")
    assert lab.device().drivers == {"ff/02/12": "option", "ff/02/01": "option"}
    ran = lab.modeswitch(f"12d1:14fe --to ncm --persist {STATE} -vv")
    assert ran.status == 0, ran.stderr
    assert "/dev/ttyUSB0 < AT^SETPORT?" in ran.stderr
    assert ran.device.drivers == {"ff/03/12": "option", "ff/03/01": "option", "ff/03/16": "huawei_cdc_ncm"}
    assert ran.device.ports == TTYS
    assert len(ran.device.networks) == 1
    assert re.search(r"register 'huawei_cdc_ncm' at usb-[^ ]+-1", lab.dmesg())
    assert 'value = "A1,A2;12,1"' in lab.sh("cat state/imei-868723020012345.toml")


def test_a_kernel_that_lacks_ff03_keeps_the_cdrom(lab: Lab) -> None:
    lab.plug(f"e3372h-153,wakes=linux,{PPP}")
    ran = lab.run(
        f"{MODULES}sed -i '/icFFisc03ip16/d' modules/modules.alias\n"
        f"python3 -m modeswitch 1-1 --to ncm --persist {STATE} --kernel-modules modules\n"
        "status=$?; udevadm settle --timeout=30; exit $status"
    )
    assert ran.status == 0, ran.stderr
    assert "begin with FF" not in ran.stderr
    assert ran.device.drivers == {"ff/02/12": "option", "ff/02/01": "option", "ff/02/16": "huawei_cdc_ncm"}


def test_a_kernel_without_huawei_cdc_ncm_gets_the_standard_class(lab: Lab) -> None:
    lab.plug("e3372h-153")
    ran = lab.run(
        f"{MODULES}sed -i '/huawei_cdc_ncm/d' modules/modules.alias\n"
        "python3 -m modeswitch 1-1 --to ncm --kernel-modules modules\n"
        "status=$?; udevadm settle --timeout=30; exit $status"
    )
    assert ran.status == 0, ran.stderr
    assert ran.device.id == "12d1:155e"
    assert ran.device.drivers["02/0d/00"] == "cdc_ncm"


def test_no_driver_is_said_before_anything_is_sent(lab: Lab) -> None:
    lab.plug("e3372h")
    before = lab.device()
    lab.record()
    ran = lab.run(
        f"{MODULES}sed -i '/cdc_ncm/d' modules/modules.alias\n"
        "python3 -m modeswitch 1-1 --to ncm --kernel-modules modules"
    )
    assert not [event for event in lab.recorded() if event.is_switch]
    assert ran.status == 4
    assert "no kernel driver" in ran.stderr
    assert (ran.device.address, ran.device.drivers) == (before.address, before.drivers)


@both
def test_there_and_back_over_replugs(lab: Lab) -> None:
    """ncm -> stick -> ncm, with the stick pulled out between: its NVRAM keeps what was written."""
    stick = "e3372h-153,nvram=/tmp/lab/nvram"
    name = lab.plug(stick)
    ran = lab.modeswitch("12d1:14fe --to ncm")
    assert ran.device.drivers["ff/02/16"] == "huawei_cdc_ncm"
    ran = lab.modeswitch(f"1-1 --to stick --persist {STATE}")
    assert ran.status == 0, ran.stderr
    assert ran.device.drivers == {"ff/03/12": "option", "ff/03/01": "option", "08/06/50": "usb-storage"}
    lab.sh(f"terminate {name}")
    lab.plug(stick)
    assert lab.device().id == "12d1:1506"
    assert lab.device().networks == []
    ran = lab.modeswitch(f"1-1 --to ncm --persist {STATE}")
    assert ran.status == 0, ran.stderr
    assert ran.device.drivers["ff/03/16"] == "huawei_cdc_ncm"
    lab.sh(f"terminate {name}")
    lab.plug(stick)
    assert lab.device().drivers["ff/03/16"] == "huawei_cdc_ncm"
    ran = lab.modeswitch(f"restore 1-1 {STATE}")
    assert ran.status == 0, ran.stderr
    assert "SETPORT was written: A1,A2;12,1,16,A1,A2, as it was saved on" in ran.stdout
    assert (ran.device.id, ran.device.drivers) == ("12d1:14fe", {"08/06/50": "usb-storage"})


@both
def test_hilink_to_ncm_in_one_command(lab: Lab) -> None:
    """Its web page is reached over the real cdc_ether link, though nobody gave that an address."""
    ran = lab.run(
        f"{TOOLS}plug stick0 e3372h,wakes=ecm 0 --network || exit\n"
        "python3 -m modeswitch plan 12d1:14dc --to ncm && python3 -m modeswitch 12d1:14dc --to ncm -vv\n"
        "status=$?; udevadm settle --timeout=30; exit $status"
    )
    assert ran.status == 0, ran.stderr
    assert "from hilink to ncm through mass-storage" in ran.stdout
    assert "POST /api/device/control: 200" in ran.stderr
    assert ran.device.id == "12d1:155e"
    assert ran.device.drivers == {"ff/ff/ff": "option", "02/0d/00": "cdc_ncm", "0a/00/01": "cdc_ncm"}


def test_the_address_that_was_lent_is_taken_back(lab: Lab) -> None:
    """A page that wants a login, and a hub that cuts the data alone: the router is as it was, without an address."""
    ran = lab.run(
        f"{TOOLS}plug stick0 e3372h,sunny,wakes=ecm,web=login,hub=dataonly 0 --network --hub-power || exit\n"
        "name=$(network 1-1); ip -o link show $name | grep -o 'state [A-Z]*'\n"
        "python3 -m modeswitch 1-1 --to mass-storage --timeout 30; echo status $?\n"
        "within 10 '[ -e /sys/bus/usb/devices/1-1:1.0/driver ]'; name=$(network 1-1)\n"
        "ip -o link show $name | grep -o 'state [A-Z]*'; ip -4 -o address show dev $name"
    )
    assert "100003" in ran.stderr
    assert ran.stdout.split("\n") == ["state DOWN", "status 1", "state DOWN", ""]


def test_the_power_of_its_port(lab: Lab) -> None:
    """The kernel's own switch of the root hub's port: what is left where page and AT port are of no use."""
    ran = lab.run(
        f"{TOOLS}plug stick0 e3372h,wakes=ecm,web=login 0 --network --hub-power || {{ cat stick0.log >&2; exit 1; }}\n"
        "python3 -m modeswitch 12d1:14dc --to ncm -vv; status=$?; udevadm settle --timeout=30\n"
        "grep attached stick0.log; cat /sys/bus/usb/devices/1-0:1.0/usb1-port1/disable; exit $status"
    )
    assert ran.status == 0, ran.stderr
    *looks, disabled = ran.stdout.splitlines()[-4:]
    assert [look.split()[1] for look in looks] == ["12d1:14dc", "12d1:1f01", "12d1:155e"]
    assert disabled == "0"
    assert ran.device.id == "12d1:155e"


def test_ncm_back_to_hilink(lab: Lab) -> None:
    lab.plug("e3372h,wakes=gateway-ncm")
    ran = lab.modeswitch("12d1:1f01 --to hilink")
    assert ran.status == 0, ran.stderr
    assert ran.device.drivers["02/06/00"] == "cdc_ether"
    assert ran.device.ports == []


def test_connect_until_the_guest_has_an_address(lab: Lab) -> None:
    """The seed's story to its end: the line is up, and there is an interface with an address."""
    ran = lab.run(
        f"{TOOLS}plug stick0 e3372h-153 0 --network && python3 -m modeswitch 12d1:14fe --to ncm >&2 || exit\n"
        "udevadm settle --timeout=30; python3 -m modeswitch connect 12d1:14fe --apn internet && lease $(network 1-1)\n"
        "status=$?; python3 -m modeswitch status 1-1 && busybox ping -c 1 -W 2 10.64.64.1 >&2 || exit\n"
        "python3 -m modeswitch disconnect 1-1; exit $status"
    )
    assert ran.status == 0, ran.stderr
    (network,) = ran.device.networks
    assert f"1-1: the line is up, network interface {network}, address 10.64.64.64/25" in ran.stdout
    assert "inet 10.64.64.64" in ran.stdout
    assert "line       up, address 10.64.64.64/25" in ran.stdout
    assert "1-1: the line is down" in ran.stdout
    assert "1 packets received" in ran.stderr


UNBOUND = "for one in /sys/bus/usb/drivers/option/1-1:*; do echo ${one##*/} >/sys/bus/usb/drivers/option/unbind; done\n"


@pytest.mark.parametrize(
    ("stick", "before", "port"),
    [
        ("e3372h-153,wakes=linux,sunny", "", "/dev/ttyUSB0"),
        ("e3372h-153,wakes=linux,sunny", UNBOUND, "interface 0"),
        ("e3372h-153,wakes=linux,at=wdmonly,sunny", "", "/dev/cdc-wdm0"),
        ("e3372h,wakes=gateway-ncm,sunny", "", "/dev/ttyUSB2"),
        ("e3372h,wakes=gateway-ncm,at=urc,sunny", "", "/dev/ttyUSB2"),
        ("e3372h,wakes=gateway-ncm,at=noecho,sunny", "", "/dev/ttyUSB2"),
    ],
    ids=["tty", "bare endpoints", "wdm", "the third of three", "urcs", "no echo"],
)
def test_each_carrier(lab: Lab, stick: str, before: str, port: str) -> None:
    lab.plug(stick)
    ran = lab.run(f"{before}python3 -m modeswitch status 1-1 -vv")
    assert ran.status == 0, ran.stderr
    assert "SIM        READY" in ran.stdout
    assert f"1-1: {port} < AT+CSQ" in ran.stderr


def test_option_that_took_the_ncm_interface_is_named(lab: Lab) -> None:
    """The seed's case: FF;12,16 and a dynamic id; the line would come up, and no interface would carry it."""
    lab.plug("e3372h-153,ports=FF\\;12+16")
    ran = lab.run(
        "echo 12d1 1506 >/sys/bus/usb-serial/drivers/option1/new_id\n"
        "echo 1-1:1.1 >/sys/bus/usb/drivers/huawei_cdc_ncm/unbind && echo 1-1:1.1 >/sys/bus/usb/drivers/option/bind\n"
        "python3 -m modeswitch connect 1-1 --apn internet; status=$?\n"
        "echo 12d1 1506 >/sys/bus/usb-serial/drivers/option1/remove_id 2>/dev/null; modprobe -r option; exit $status"
    )
    assert ran.status == 4, ran.stderr
    assert "its NCM interface 1 (ff/03/16) is held by option; huawei_cdc_ncm would bind it" in ran.stderr


def test_stopped_in_the_midst_of_a_talk(lab: Lab) -> None:
    """SIGTERM while the stick thinks: the port is free, the stick as it was."""
    lab.plug("e3372h-153,sunny,wakes=linux,at=slow,lag=2")
    before = lab.device()
    ran = lab.run(
        "background talk python3 -m modeswitch status 1-1 -vv; child=$!\n"
        "within 30 'grep -q CPIN talk.log' && kill $child; wait $child; status=$?\n"
        "python3 -c 'import serial; serial.Serial(\"/dev/ttyUSB0\", exclusive=True)' && exit $status"
    )
    assert ran.status == 143, ran.stderr
    assert (ran.device.address, ran.device.drivers) == (before.address, before.drivers)


def test_two_that_would_talk_at_once(lab: Lab) -> None:
    """The second waits until the first has ended, says for whom, and then has its answers."""
    lab.plug("e3372h-153,sunny,wakes=linux,at=slow,lag=1")
    ran = lab.run(
        "background first python3 -m modeswitch status 1-1 -vv; child=$!\n"
        "within 30 'grep -q CPIN first.log' || exit\n"
        "python3 -m modeswitch ports 1-1 -vv; status=$?; ended first || exit 99; wait $child && exit $status"
    )
    first = lab.sh("cat first.log; cat first.pid")
    assert ran.status == 0, ran.stderr + first
    assert f"1-1: waiting for python3 (process {first.split()[-1]}), which is at this port" in ran.stderr
    assert "1-1: 12d1:1506 has the list" in ran.stdout
    assert "SIM        READY" in first
    assert "SETPORT" not in first


def test_pulled_out_in_the_midst_of_an_answer(lab: Lab) -> None:
    lab.plug("e3372h-153,sunny,wakes=linux,at=gone")
    ran = lab.run(
        "python3 -m modeswitch status 1-1 --json; status=$?\n"
        "within 10 '[ ! -e /sys/bus/usb/devices/1-1 ]'; exit $status"
    )
    assert ran.status == 1
    last = ran.events[-1]
    assert (last["error"], last["port"]) == ("LinkLost", "1-1")
    assert ran.seconds < 30
    assert ran.view == {}


def test_a_page_with_a_password(lab: Lab) -> None:
    """Over the real cdc_ether link, by SCRAM, which needs no package."""
    ran = lab.run(
        f"{TOOLS}plug stick0 e3372h,sunny,wakes=ecm,password=Geheim-1234,login=scram 0 --network || exit\n"
        "echo Geheim-1234 | python3 -m modeswitch 1-1 --to mass-storage --web-password - -vv"
    )
    assert ran.status == 0, ran.stderr
    assert ran.stderr.count("POST /api/user/authentication_login: 200") == 1
    assert "Geheim" not in ran.stdout + ran.stderr
    assert ran.device.id == "12d1:1f01"
