"""The drivers that fit an interface: by the machine's own index, by the table, by the interface before it."""

from __future__ import annotations

from modeswitch.doctor.expected_drivers import with_expected_drivers
from modeswitch.doctor.snapshot import InterfaceState
from modeswitch.linux.modules import DriverIndex
from modeswitch.modem.roles import HUAWEI
from modeswitch.usb.descriptors import Triple
from tests.support.snapshots import kernel

PCUI = InterfaceState(0, Triple(0xFF, 0x03, 0x12), "pcui", "option")
NCM = InterfaceState(1, Triple(0xFF, 0x03, 0x16), "ncm", "option")
STANDARD_NCM = InterfaceState(2, Triple(0x02, 0x0D, 0x00), "ncm", "cdc_ncm")
DATA = InterfaceState(3, Triple(0x0A, 0x00, 0x01), "data", "cdc_ncm")


def expected(
    *interfaces: InterfaceState, drivers: DriverIndex | None = None, networks: tuple[str, ...] = ()
) -> list[tuple[tuple[str, ...], bool | None, tuple[str, ...]]]:
    found = with_expected_drivers(interfaces, HUAWEI, drivers, networks)
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
