"""Devices as sysfs shows them."""

from __future__ import annotations

import shutil
from io import FileIO
from pathlib import Path

import pytest

from modeswitch.linux import sysfs
from modeswitch.linux.bus import LinuxBus
from modeswitch.usb.descriptors import Port
from tests.support import sysfs_tree


def test_scan_of_a_made_up_tree(tmp_path: Path) -> None:
    sysfs_tree.plug(tmp_path, "usb1", "1d6b:0002", devnum="1")
    sysfs_tree.plug(tmp_path, "2-1.10", "12d1:14fe", devnum="9")
    sysfs_tree.plug(tmp_path, "2-1.9", "12d1:14fe", devnum="8")
    sysfs_tree.plug(tmp_path, "1-1", "12d1:1f01", manufacturer="HUAWEI", product="Mobile", serial="0123")
    sysfs_tree.folder(tmp_path, "1-1:1.0").mkdir()
    first, *others = sysfs.scan(str(tmp_path))
    assert [str(usb_device.port) for usb_device in others] == ["2-1.9", "2-1.10"]
    assert (str(first.port), first.address, str(first.id)) == ("1-1", 5, "12d1:1f01")
    assert first.strings == ("HUAWEI", "Mobile", "0123")
    assert first.problem == ""
    assert first.active == 1
    assert first.configuration is not None
    assert first.path == str(sysfs_tree.folder(tmp_path, "1-1"))


def test_scan_where_there_is_no_usb(tmp_path: Path) -> None:
    assert sysfs.scan(str(tmp_path)) == []
    assert sysfs.look(str(tmp_path), "1-1") is None


@pytest.mark.parametrize("missing", ["devnum", "idVendor", "idProduct", "descriptors"])
def test_a_folder_that_is_being_taken_down_is_nothing(tmp_path: Path, missing: str) -> None:
    path = sysfs_tree.plug(tmp_path, "1-1", "12d1:1f01")
    (path / missing).unlink()
    assert sysfs.scan(str(tmp_path)) == []
    (path / missing).write_bytes(b"")
    assert sysfs.scan(str(tmp_path)) == []


def test_a_name_that_dangles_is_nothing(tmp_path: Path) -> None:
    folder = sysfs_tree.folder(tmp_path, "1-1")
    folder.parent.mkdir(parents=True)
    folder.symlink_to(tmp_path / "gone")
    assert sysfs.scan(str(tmp_path)) == []


@pytest.mark.parametrize("missing", ["bConfigurationValue", "manufacturer", "product", "serial"])
def test_what_may_be_missing(tmp_path: Path, missing: str) -> None:
    path = sysfs_tree.plug(tmp_path, "1-1", "12d1:1f01", manufacturer="m", product="p", serial="s")
    (path / missing).unlink()
    (usb_device,) = sysfs.scan(str(tmp_path))
    assert (usb_device.active is None) == (missing == "bConfigurationValue")
    assert usb_device.strings.count("") == (missing != "bConfigurationValue")


@pytest.mark.parametrize(("text", "active"), [("", None), ("0", 0), ("2", 2), ("x", None), ("1 ", 1)])
def test_a_device_that_is_not_configured(tmp_path: Path, text: str, active: int | None) -> None:
    path = sysfs_tree.plug(tmp_path, "1-1", "12d1:1f01")
    (path / "bConfigurationValue").write_text(text + "\n", "utf-8")
    (usb_device,) = sysfs.scan(str(tmp_path))
    assert usb_device.active == active
    assert (usb_device.configuration is not None) == (active == 1)


@pytest.mark.parametrize("number", ["-", "0x5", "five", "5\n6"])
def test_numbers_that_are_none(tmp_path: Path, number: str) -> None:
    sysfs_tree.plug(tmp_path, "1-1", "12d1:1f01", devnum=number)
    assert sysfs.scan(str(tmp_path)) == []


@pytest.mark.parametrize("raw", [b"\x12\x01", b"\xff" * 70000, sysfs_tree.descriptors("12d1:1f01")[:-1], b"\0" * 18])
def test_lying_descriptors_are_a_problem_and_no_error(tmp_path: Path, raw: bytes) -> None:
    sysfs_tree.plug(tmp_path, "1-1", "12d1:1f01", raw=raw)
    (usb_device,) = sysfs.scan(str(tmp_path))
    assert usb_device.problem
    assert usb_device.descriptors is None
    assert usb_device.configuration is None


def test_hostile_strings_are_taken_as_they_are_and_bounded(tmp_path: Path) -> None:
    path = sysfs_tree.plug(tmp_path, "1-1", "12d1:1f01", manufacturer="\x1b[2J", product="x" * 100_000)
    (path / "serial").write_bytes(b"\xff\xfe\0\n")
    (usb_device,) = sysfs.scan(str(tmp_path))
    assert usb_device.strings[0] == "\x1b[2J"
    assert len(usb_device.strings[1]) == 4096
    assert usb_device.strings[2] == "\ufffd\ufffd\0"


@pytest.mark.parametrize("name", ["1-1:1.0", "usb1", "..", "1-", "x", "1-1-1"])
def test_other_names_are_no_devices(tmp_path: Path, name: str) -> None:
    if name != "..":
        sysfs_tree.plug(tmp_path, name, "12d1:1f01")
    assert sysfs.scan(str(tmp_path)) == []


def test_the_driver_of_an_interface(tmp_path: Path) -> None:
    path = sysfs_tree.plug(tmp_path, "1-1", "12d1:1f01")
    interface = path / "1-1:1.0"
    interface.mkdir()
    bus = LinuxBus(str(tmp_path))
    (usb_device,) = bus.scan()
    assert bus.host.nodes(usb_device)[0].driver is None
    (interface / "driver").symlink_to("../../../../bus/usb/drivers/usb-storage")
    assert bus.host.nodes(usb_device)[0].driver == "usb-storage"
    assert list(bus.host.nodes(usb_device)) == [0]


def test_linux_bus_looks_at_one_port(tmp_path: Path) -> None:
    sysfs_tree.plug(tmp_path, "1-1.4", "12d1:1f01")
    bus = LinuxBus(str(tmp_path))
    seen = bus.at(Port.parse("1-1.4"))
    assert seen is not None
    assert bus.scan() == [seen]
    assert bus.at(Port.parse("1-1")) is None
    shutil.rmtree(sysfs_tree.folder(tmp_path, "1-1.4"))
    assert bus.at(Port.parse("1-1.4")) is None


@pytest.mark.parametrize(
    ("port", "link", "target", "peer"),
    [
        ("1-1", "1-0:1.0/usb1-port1", "../../../usb2/2-0:1.0/usb2-port3", "2-3"),
        ("1-1.4", "1-1:1.0/1-1-port4", "../../2-1/2-1:1.0/2-1-port4", "2-1.4"),
        ("1-1.2.3", "1-1.2:1.0/1-1.2-port3", "../2-1.2-port3", "2-1.2.3"),
        ("1-1", "1-0:1.0/usb1-port1", "../2-1\x1b[2J-port1", ""),
        ("1-1", "1-0:1.0/usb1-port2", "../usb2-port1", ""),
    ],
)
def test_the_other_half_of_a_connector(tmp_path: Path, port: str, link: str, target: str, peer: str) -> None:
    folder = sysfs_tree.folder(tmp_path, link)
    folder.mkdir(parents=True)
    (folder / "peer").symlink_to(target)
    found = sysfs.peers_of(str(tmp_path), Port.parse(port))
    assert found == ([Port.parse(peer)] if peer else [])
    assert LinuxBus(str(tmp_path)).host.peers(Port.parse(port)) == found


@pytest.mark.parametrize(("said", "age"), [("2500", 2.5), ("0", 0.0), ("", None), ("soon", None)])
def test_the_age_of_a_device(tmp_path: Path, said: str, age: float | None) -> None:
    path = sysfs_tree.plug(tmp_path, "1-1", "12d1:1f01")
    (path / "power").mkdir()
    (path / "power" / "connected_duration").write_text(said + "\n")
    (seen,) = sysfs.scan(str(tmp_path))
    assert sysfs.age_of(seen) == age


def test_descriptors_longer_than_a_page_are_read_to_their_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel gives at most a page for one read of an attribute."""
    raw = sysfs_tree.descriptors("12d1:1f01")
    extra = b"\xff\x24" + bytes(253)
    many = raw[:18] + raw[18:20] + (len(raw) - 18 + 20 * 255).to_bytes(2, "little") + raw[22:] + extra * 20
    sysfs_tree.plug(tmp_path, "1-1", "12d1:1f01", raw=many)

    class Page(FileIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(4096, size or 0))

    monkeypatch.setattr("builtins.open", lambda path, mode, buffering: Page(path, "r"))
    (seen,) = sysfs.scan(str(tmp_path))
    assert seen.problem == ""
    assert seen.configuration is not None
