"""The network interface of a stick that is to dial: it is waited for, and what holds its place is said."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest

from modeswitch.errors import NoDriver
from modeswitch.linux.modules import DriverIndex
from modeswitch.modem.dial import Call
from modeswitch.sim.host import SimHost
from modeswitch.tasks import line
from modeswitch.usb.nodes import Nodes
from tests.support.rig import do, here, on_host


class Bare(SimHost):
    """A host that made no network interface of the stick, and tells which driver holds what."""

    def networks(self, usb_device: Any) -> list[str]:
        return []

    def nodes(self, usb_device: Any) -> dict[int, Nodes]:
        return {number: nodes._replace(driver="option") for number, nodes in super().nodes(usb_device).items()}


def test_a_missing_network_interface_is_an_error_before_anything_is_dialled() -> None:
    """Where option has taken the NCM interface nothing else would say why there is no network."""
    bus, _host = on_host("e3372h-153,ports=FF;12+16", Bare)
    with pytest.raises(NoDriver) as raised:
        do(line.connect, here(bus), Call("internet"), bus=bus)
    assert "its NCM interface 1 (ff/03/16) is held by option" in raised.value.message
    assert raised.value.message.count("held by") == 1
    assert raised.value.facts == {"port": "1-1", "id": "12d1:1506", "mode": "ncm"}
    assert bus.sim.wire == []


class Binding(SimHost):
    """A host whose drivers take their time to make a network interface, or never do."""

    made_at = 0.0
    index: bytes | None = None
    bound: Mapping[int, str] = MappingProxyType({})

    def networks(self, usb_device: Any) -> list[str]:
        return super().networks(usb_device) if self.sim.clock.now() >= self.made_at else []

    def nodes(self, usb_device: Any) -> dict[int, Nodes]:
        found = super().nodes(usb_device).items()
        return {number: nodes._replace(driver=self.bound.get(number)) for number, nodes in found}

    def drivers(self) -> DriverIndex | None:
        return DriverIndex(self.index) if self.index is not None else None


NCM_ALIAS = b"alias usb:v12D1p*d*dc*dsc*dp*icFFisc03ip16in* huawei_cdc_ncm\n"


@pytest.mark.parametrize(
    ("made_after", "bound", "index", "took", "words"),
    [
        (0.0, {}, b"", 0.0, ""),
        (1.0, {}, NCM_ALIAS, 1.0, ""),
        (1.0, {1: "huawei_cdc_ncm"}, b"", 1.0, ""),
        (99.0, {}, NCM_ALIAS, 3.0, "held by no driver; huawei_cdc_ncm would bind it"),
        (99.0, {1: "option"}, NCM_ALIAS, 3.0, "held by option; huawei_cdc_ncm would bind it"),
        # Nobody is waited for who will not come; what holds the AT port makes no network.
        (99.0, {0: "option"}, b"", 0.0, "held by no driver; this kernel has no driver for it"),
        (99.0, {}, None, 0.0, "held by no driver; this kernel has no driver for it"),
    ],
)
def test_a_network_interface_is_waited_for(
    made_after: float, bound: dict[int, str], index: bytes | None, took: float, words: str
) -> None:
    bus, host = on_host("e3372h-153,ports=FF;12+16", Binding)
    started = bus.now()
    host.made_at, host.bound, host.index = started + made_after, bound, index
    if words:
        with pytest.raises(NoDriver, match=words):
            do(line.connect, here(bus), Call("internet"), bus=bus)
        assert bus.now() - started == pytest.approx(took, abs=0.06)
    else:
        assert do(line.connect, here(bus), Call("internet"), bus=bus).networks == ("wwan0",)
        assert took <= bus.now() - started < took + 2
