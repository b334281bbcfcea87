"""The network interfaces of a USB device, as sysfs shows them."""

from __future__ import annotations

from pathlib import Path

import pytest

from modeswitch.linux.netdev import interfaces, state
from tests.support import sysfs_tree


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """A device at port 1-1 with two interfaces."""
    path = sysfs_tree.plug(tmp_path, "1-1", "12d1:14dc")
    for entry in ("1-1:1.0", "1-1:1.1"):
        (path / entry).mkdir()
    return path


def net(stick: Path, entry: str, *names: str) -> None:
    for name in names:
        (stick / entry / "net" / name).mkdir(parents=True)


@pytest.mark.parametrize("address", ["x" * 32, "2001", "_" * 32, "20010db8 0000000 0000000 00000001", "\u0663" * 32])
def test_what_is_no_address_is_passed_over(address: str, tmp_path: Path) -> None:
    """Beside one that is: of the loopback, which every machine has."""
    (tmp_path / "net").mkdir()
    rest = "01 40 00 80 lo\n"
    (tmp_path / "net/if_inet6").write_text(f"{address} {rest}{'0' * 31}1 {rest}", "utf-8")
    assert state("lo", str(tmp_path), str(tmp_path)).addresses[-1] == "::1"


def test_a_stick_without_a_network(stick: Path) -> None:
    assert interfaces(str(stick)) == []
    assert interfaces(str(stick / "nothing")) == []
    assert interfaces("") == []


def test_the_interfaces_by_name(stick: Path, tmp_path: Path) -> None:
    net(stick, "1-1:1.0", "wwan0", "eth1")
    net(stick, "1-1:1.1", "enx0c5b8f279a64")
    (stick / "power").mkdir()
    assert interfaces(str(stick)) == ["enx0c5b8f279a64", "eth1", "wwan0"]
    assert interfaces("1-1", str(tmp_path)) == ["enx0c5b8f279a64", "eth1", "wwan0"]


def test_what_hangs_on_a_hub_is_not_the_hub_s(stick: Path) -> None:
    """The folders of a hub's devices are in the hub's own, in sysfs."""
    inner = stick / "1-1.4" / "1-1.4:1.0" / "net" / "eth1"
    inner.mkdir(parents=True)
    (stick / "2-1:1.0" / "net" / "eth2").mkdir(parents=True)
    assert interfaces(str(stick)) == []
    assert interfaces(str(stick / "1-1.4")) == ["eth1"]


@pytest.mark.parametrize("name", ["eth1", "enx0c5b8f279a64", "a" * 15, "eth0.100", "wlx-é"])
def test_names_that_the_kernel_gives(stick: Path, name: str) -> None:
    net(stick, "1-1:1.0", name)
    assert interfaces(str(stick)) == [name]


@pytest.mark.parametrize("name", ["a" * 16, "é" * 8, "eth 1", "eth:1", "eth\x1b", "eth\n", "eth\u202e", "eth\udcff"])
def test_names_that_it_does_not(stick: Path, name: str) -> None:
    net(stick, "1-1:1.0", name)
    assert interfaces(str(stick)) == []
