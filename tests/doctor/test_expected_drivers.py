"""The drivers that fit an interface: by the machine's own index, by the table, by the interface before it."""

from __future__ import annotations

from modeswitch.doctor.expected_drivers import with_expected_drivers
from modeswitch.doctor.snapshot import InterfaceState
from modeswitch.linux.modules import DriverIndex
from modeswitch.usb.descriptors import Triple, UsbId
from tests.support.snapshots import kernel

STICK = UsbId.parse("12d1:1506")
PCUI = InterfaceState(0, Triple(0xFF, 0x03, 0x12), "pcui", "option")
NCM = InterfaceState(1, Triple(0xFF, 0x03, 0x16), "ncm", "option")
STANDARD_NCM = InterfaceState(2, Triple(0x02, 0x0D, 0x00), "ncm", "cdc_ncm")
DATA = InterfaceState(3, Triple(0x0A, 0x00, 0x01), "data", "cdc_ncm")


def expected(
    *interfaces: InterfaceState,
    drivers: DriverIndex | None = None,
    networks: tuple[str, ...] = (),
    usb: UsbId = STICK,
) -> list[tuple[tuple[str, ...], bool | None, tuple[str, ...]]]:
    found = with_expected_drivers(interfaces, usb, drivers, networks)
    return [(one.expected, one.available, one.networks) for one in found]


def test_the_table_stands_in_for_a_machine_that_is_unknown() -> None:
    assert expected(PCUI, NCM) == [(("option",), None, ()), (("huawei_cdc_ncm",), None, ())]


def test_the_index_of_the_machine_tells_what_it_has() -> None:
    assert expected(PCUI, NCM, drivers=kernel("option")) == [(("option",), True, ()), (("huawei_cdc_ncm",), False, ())]


def test_a_data_interface_goes_with_the_control_interface_before_it() -> None:
    assert [one[0] for one in expected(STANDARD_NCM, DATA)] == [("cdc_ncm",), ("cdc_ncm",)]
    assert [one[1] for one in expected(STANDARD_NCM, DATA, drivers=kernel("cdc_ncm"))] == [True, True]
    assert [one[0] for one in expected(DATA, STANDARD_NCM)] == [(), ("cdc_ncm",)]
    assert [one[0] for one in expected(STANDARD_NCM, PCUI, DATA)] == [("cdc_ncm",), ("option",), ()]


def test_where_only_the_driver_is_known_it_counts_as_right() -> None:
    assert expected(PCUI._replace(triple=None), PCUI._replace(triple=None, driver="")) == [
        (("option",), None, ()),
        ((), None, ()),
    ]


def test_network_interfaces_belong_to_network_functions() -> None:
    assert [one[2] for one in expected(PCUI, NCM, networks=("wwan0",))] == [(), ("wwan0",)]


def test_a_driver_that_has_the_product_in_its_table_is_expected_of_any_vendor() -> None:
    port = InterfaceState(2, Triple(0xFF, 0x00, 0x00), "vendor", "")
    assert [one[0] for one in expected(port, usb=UsbId.parse("2c7c:0125"))] == [("option",)]
    assert [one[0] for one in expected(port, usb=UsbId.parse("2c7c:fffe"))] == [()]
    own = DriverIndex(b"alias usb:v2C7Cp0125d*dc*dsc*dp*icFFisc00ip00in* option\n")
    assert expected(port, usb=UsbId.parse("2c7c:0125"), drivers=own) == [(("option",), True, ())]
    assert expected(port, usb=UsbId.parse("2c7c:0801"), drivers=own) == [(("option",), False, ())]


def test_what_names_an_interface_by_its_number_goes_first() -> None:
    qmi = InterfaceState(4, Triple(0xFF, 0xFF, 0xFF), "vendor", "")
    quectel = UsbId.parse("2c7c:0121")
    assert [one[0] for one in expected(qmi, qmi._replace(number=3), usb=quectel)] == [("qmi_wwan",), ("option",)]
