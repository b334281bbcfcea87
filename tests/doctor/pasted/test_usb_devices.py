"""usb-devices: the path of a port, the active configuration, lines that are missing."""

from __future__ import annotations

import pytest

from modeswitch.doctor.pasted.read import read
from tests.support.pasted import devices

HUBS = """\
T:  Bus=02 Lev=00 Prnt=00 Port=00 Cnt=00 Dev#=  1 Spd=480 MxCh= 2
P:  Vendor=1d6b ProdID=0002 Rev= 6.01
T:  Bus=02 Lev=01 Prnt=01 Port=00 Cnt=01 Dev#=  2 Spd=480 MxCh= 4
P:  Vendor=8087 ProdID=0024 Rev= 0.00
T:  Bus=02 Lev=02 Prnt=02 Port=02 Cnt=01 Dev#= 11 Spd=480 MxCh= 0
P:  Vendor=12d1 ProdID=1506 Rev= 1.02
"""


def test_the_path_of_a_port_leads_over_its_hubs() -> None:
    assert devices(HUBS) == ["12d1:1506@2-1.3", "1d6b:0002@(2, 1)", "8087:0024@2-1"]


def test_without_its_hub_a_device_has_an_address_only() -> None:
    (line,) = devices("".join(HUBS.splitlines(keepends=True)[4:]))
    assert line == "12d1:1506@(2, 11)"


def test_only_the_active_configuration_counts() -> None:
    text = (
        "P:  Vendor=12d1 ProdID=15ca Rev= 1.02\n"
        "C:  #Ifs= 1 Cfg#= 1 Atr=80 MxPwr=500mA\n"
        "I:  If#= 0 Alt= 0 #EPs= 2 Cls=08(stor.) Sub=06 Prot=50 Driver=\n"
        "C:* #Ifs= 2 Cfg#= 2 Atr=80 MxPwr=500mA\n"
        "I:* If#= 0 Alt= 0 #EPs= 1 Cls=02(comm.) Sub=0e Prot=00 Driver=cdc_mbim\n"
        "I:* If#= 1 Alt= 0 #EPs= 2 Cls=0a(data ) Sub=00 Prot=02 Driver=cdc_mbim\n"
        "C:  #Ifs= 1 Cfg#= 3 Atr=80 MxPwr=500mA\n"
        "I:  If#= 5 Alt= 0 #EPs= 2 Cls=08(stor.) Sub=06 Prot=50 Driver=(none)\n"
    )
    assert devices(text) == ["12d1:15ca@- 0=02/0e/00:cdc_mbim 1=0a/00/02:cdc_mbim"]
    assert read(text.encode()).devices[0].interface_count == 2


@pytest.mark.parametrize(
    ("driver", "read_as"),
    [(" Driver=option", "option"), (" Driver=(none)", "none"), (" Driver=", "none"), ("", "?")],
)
def test_the_driver_of_an_interface(driver: str, read_as: str) -> None:
    line = f"P: Vendor=12d1 ProdID=1506\nI:* If#= 1 Alt= 0 #EPs= 3 Cls=ff(vend.) Sub=03 Prot=16{driver}\n"
    assert devices(line) == [f"12d1:1506@- 1=ff/03/16:{read_as}"]


def test_strings() -> None:
    text = "P: Vendor=12d1 ProdID=1506\nS: Manufacturer=HUAWEI\nS: Product=Mobile\x1b\x07\nS: SerialNumber=0123\n"
    (device,) = read(text.encode()).devices
    assert device.strings == ("HUAWEI", "Mobile\\x1b\\x07", "0123")


def test_a_second_id_begins_another_device() -> None:
    assert devices("P: Vendor=12d1 ProdID=1506\nP: Vendor=12d1 ProdID=1f01\n") == ["12d1:1506@-", "12d1:1f01@-"]
