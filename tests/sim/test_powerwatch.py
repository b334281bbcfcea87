"""What a host orders of a hub, as usbmon tells it, and the stick in that port."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from modeswitch.sim import powerwatch
from modeswitch.sim.clock import VirtualClock
from modeswitch.sim.powerwatch import PowerWatch, vhci
from modeswitch.sim.spec import parse
from modeswitch.sim.stick import Stick
from modeswitch.usb.descriptors import Port

CLEAR, SET = "01", "03"


def order(what: str, port: int, *, hub: int = 1, feature: str = "0008") -> bytes:
    """A line of usbmon's ``u`` format: what the kernel asks of a hub's port."""
    return f"ffff8 3575914555 S Co:1:{hub:03d}:0 s 23 {what} {feature} {port:04x} 0000 0\n".encode("ascii")


class Bus:
    """The usbmon of bus 1, which has nothing to read until something is heard."""

    def __init__(self, folder: Path) -> None:
        os.mkfifo(folder / "1u")
        self._file = os.open(folder / "1u", os.O_RDWR)

    def hear(self, *lines: bytes) -> None:
        os.write(self._file, b"".join(lines))

    def close(self) -> None:
        os.close(self._file)


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bus]:
    monkeypatch.setattr(powerwatch, "USBMON", str(tmp_path))
    monkeypatch.setattr(powerwatch, "DEVICES", str(tmp_path))
    made = Bus(tmp_path)
    yield made
    made.close()


@pytest.fixture
def stick() -> Stick:
    return parse("e3372h,sunny", VirtualClock())


def test_the_power_of_its_port_is_its_own(bus: Bus, stick: Stick) -> None:
    watch = PowerWatch(stick, Port(1, (2,)))
    watch.look()
    assert stick.present, "nothing was ordered"
    bus.hear(order(CLEAR, 2))
    watch.look()
    assert not stick.present
    bus.hear(order(SET, 2))
    watch.look()
    stick.clock.wait(60)
    stick.advance()
    assert stick.present
    watch.close()


@pytest.mark.parametrize(
    "line",
    [
        order(CLEAR, 3),
        order(CLEAR, 2, hub=4),
        order(CLEAR, 2, feature="0004"),
        b"ffff8 3575914555 C Co:1:001:0 0 0\n",
    ],
    ids=["of another port", "of another hub", "of another feature", "an answer"],
)
def test_what_is_not_for_it(bus: Bus, stick: Stick, line: bytes) -> None:
    watch = PowerWatch(stick, Port(1, (2,)))
    bus.hear(line)
    watch.look()
    assert stick.present
    watch.close()


def test_all_that_was_ordered_is_done_in_its_order(bus: Bus, stick: Stick) -> None:
    watch = PowerWatch(stick, Port(1, (2,)))
    bus.hear(order(CLEAR, 2), order(SET, 2), order(CLEAR, 2))
    watch.look()
    stick.clock.wait(60)
    stick.advance()
    assert not stick.present
    watch.close()


def test_a_hub_that_is_no_root_hub_has_an_address(bus: Bus, stick: Stick, tmp_path: Path) -> None:
    (tmp_path / "1-3").mkdir()
    (tmp_path / "1-3" / "devnum").write_text("7\n", "ascii")
    watch = PowerWatch(stick, Port(1, (3, 2)))
    bus.hear(order(CLEAR, 2, hub=1))
    watch.look()
    assert stick.present, "that was the root hub's"
    bus.hear(order(CLEAR, 2, hub=7))
    watch.look()
    assert not stick.present
    watch.close()


def test_without_usbmon_or_hub_it_says_which_file(bus: Bus, stick: Stick, tmp_path: Path) -> None:
    for port, missing in ((Port(2, (1,)), "2u"), (Port(1, (4, 1)), "1-4/devnum")):
        with pytest.raises(OSError, match="No such file") as raised:
            PowerWatch(stick, port)
        assert raised.value.filename == str(tmp_path / missing)


def test_ports_of_vhci_are_those_of_its_first_bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has a bus for high speed, and behind it one for super speed."""
    for bus in ("usb11", "usb9"):
        (tmp_path / bus).mkdir()
    monkeypatch.setattr(powerwatch, "VHCI_BUSES", str(tmp_path / "usb[0-9]*"))
    assert vhci(3) == Port(9, (4,))


def test_a_machine_without_vhci(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(powerwatch, "VHCI_BUSES", str(tmp_path / "usb[0-9]*"))
    with pytest.raises(OSError, match="No such file"):
        vhci(0)
