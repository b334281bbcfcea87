"""ModemManager's log, mmcli, nmcli, ip link, ifconfig."""

from __future__ import annotations

import pytest

from modeswitch.doctor.pasted.read import read

PATH = "/sys/devices/pci0000:00/0000:00:14.0/usb1/1-4"
MMCLI = f"""\
  Hardware |        manufacturer: huawei
           |               model: E3372
  System   |              device: {PATH}
           |             drivers: option1, huawei_cdc_ncm
           |        primary port: ttyUSB0
           |               ports: cdc-wdm0 (at), ttyUSB0 (at),
           |                      ttyUSB1 (ignored), wwan0 (net)
  Status   |               state: connected
"""


def test_mmcli() -> None:
    text = read(MMCLI.encode())
    (device,) = text.devices
    assert (device.port, device.strings[:2]) == ("1-4", ("huawei", "E3372"))
    assert device.drivers == ("option", "huawei_cdc_ncm")
    assert [name for name, _ in device.ttys] == ["ttyUSB0", "ttyUSB1"]
    assert (device.wdms, device.networks) == (("cdc-wdm0",), ("wwan0",))
    assert [(said.what, said.detail) for said in text.said] == [("state", "connected")]
    assert text.understood == text.lines


@pytest.mark.parametrize(
    ("line", "what", "port"),
    [
        (f"couldn't check support for device '{PATH}': not supported by any plugin", "not supported", "1-4"),
        (f"[device {PATH}] creating modem with plugin 'huawei' and '3' ports", "", "1-4"),
        (f"Couldn't create modem for device '{PATH}': Failed to find primary AT port", "not created", "1-4"),
        (f"modem for device '{PATH}' successfully created", "created", "1-4"),
        ("No modems were found", "no modem", ""),
        ("[modem0] state changed (searching -> registered)", "state", ""),
    ],
)
def test_a_line_of_the_log(line: str, what: str, port: str) -> None:
    text = read(f"Jan 10 12:00:05 pi ModemManager[512]: <info>  {line}\n".encode())
    assert [(said.what, said.port) for said in text.said] == ([(what, port)] if what else [])
    assert text.understood == 1


def test_what_is_no_usb_device_is_not_noted() -> None:
    line = (
        "couldn't check support for device '/sys/devices/platform/scb/fd580000.ethernet': not supported by any plugin"
    )
    assert read(line.encode()).said == ()


@pytest.mark.parametrize(
    ("line", "links"),
    [
        ("cdc-wdm0  gsm       disconnected  --", (("cdc-wdm0", "gsm, disconnected"),)),
        ("eth0      ethernet  connected     Wired", (("eth0", "ethernet, connected"),)),
        ("3: wwan0: <BROADCAST,MULTICAST> mtu 1500 qdisc noop state DOWN mode DEFAULT", (("wwan0", "DOWN"),)),
        ("4: ppp0: <POINTOPOINT,UP,LOWER_UP> mtu 1500", (("ppp0", "UP"),)),
        ("1: lo: <LOOPBACK,UP> mtu 65536 state UNKNOWN", ()),
        ("wwan0     Link encap:Ethernet  HWaddr 00:00:00:00:00:00", (("wwan0", "listed by ifconfig"),)),
    ],
)
def test_a_link(line: str, links: tuple[tuple[str, str], ...]) -> None:
    assert read(line.encode()).links == links


def test_a_control_port_alone_is_a_device() -> None:
    (device,) = read(b"cdc-wdm0  gsm  disconnected  --\nwlan0  wifi  connected  home\n").devices
    assert device.wdms == ("cdc-wdm0",)
