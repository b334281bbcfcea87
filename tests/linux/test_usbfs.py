"""A device that is opened by its node: what is asked of libusb, who is let in, and that nothing stays open."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from modeswitch.errors import LinkLost, ModeswitchError, PermissionDenied
from modeswitch.linux import usbfs
from modeswitch.linux.bus import LinuxBus
from modeswitch.linux.sysfs import hub_of
from modeswitch.usb.descriptors import Port, UsbId
from modeswitch.usb.device import UsbDevice
from tests.support import sysfs_tree
from tests.support.pyusb_anew import Library, pyusb_anew

STICK = UsbDevice(Port(1, (1,)), 5, UsbId(0, 0), None, 1)
"""A device as a libusb shows it that tells nothing: its ids are 0."""


class Calls(Library):
    """Notes what is called, with which flags the node was open, and what the node is."""

    def __init__(self, **results: int) -> None:
        super().__init__(**results)
        self.called: list[str] = []
        self.node: tuple[str, int] | None = None

    def __getattr__(self, name: str) -> Any:
        known = super().__getattr__(name)

        def function(*words: Any) -> int:
            self.called.append(name)
            if name == "libusb_wrap_sys_device":
                flags = Path(f"/proc/self/fdinfo/{words[1]}").read_text().split("flags:")[1].split()[0]
                self.node = os.readlink(f"/proc/self/fd/{words[1]}"), int(flags, 8) & os.O_ACCMODE
            return known(*words)

        setattr(self, name, function)
        return function


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(usbfs, "FOLDER", str(tmp_path))
    path = tmp_path / "001/005"
    path.parent.mkdir()
    path.touch()
    return path


def opened() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_one_device_is_wrapped_and_the_bus_is_not_looked_at(node: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its node is open for reading: so libusb cannot ask it for its configuration; that is known."""
    library = Calls()
    pyusb_anew(monkeypatch, library)
    before = opened()
    link = usbfs.open_device(STICK)
    assert link is not None
    assert library.node == (str(node), os.O_RDONLY)
    assert opened() == before
    calls = library.called
    assert calls.index("libusb_set_option") < calls.index("libusb_init") < calls.index("libusb_wrap_sys_device")
    assert calls.index("libusb_get_device") < calls.index("libusb_ref_device") < calls.index("libusb_close")
    assert not {"libusb_get_device_list", "libusb_get_configuration", "libusb_open"} & set(calls)
    link.close(attach=False)


def test_what_is_closed_is_given_back_at_once_whoever_holds_it_still(
    node: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error whose traceback has it; what is part of a cycle pyusb gives back never."""
    library = Calls()
    pyusb_anew(monkeypatch, library)
    link = usbfs.open_device(STICK)
    assert link is not None
    held: list[object] = []
    try:
        link.bulk_out(1, b"x")
    except ModeswitchError as error:
        held += [error, held]
    assert library.called.count("libusb_unref_device") == 0
    for _ in range(2):
        link.close(attach=True)
        assert library.called.count("libusb_ref_device") == library.called.count("libusb_unref_device") == 1
    with pytest.raises(LinkLost, match="closed"):
        link.control(0x80, 6, 0x100, 0, 18)
    del link, held
    gc.collect()
    assert library.called.count("libusb_unref_device") == 1


@pytest.mark.parametrize(("active", "asked"), [(1, False), (None, True)])
def test_the_configuration_is_asked_for_where_nobody_has_told_it(
    node: Path, monkeypatch: pytest.MonkeyPatch, active: int | None, asked: bool
) -> None:
    library = Calls()
    pyusb_anew(monkeypatch, library)
    link = usbfs.open_device(STICK._replace(active=active))
    assert link is not None
    with pytest.raises(ModeswitchError):  # a device without descriptors has no endpoint
        link.bulk_out(1, b"x")
    assert "libusb_open" in library.called
    assert ("libusb_get_configuration" in library.called) is asked


def test_another_device_is_not_opened(node: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pyusb_anew(monkeypatch, Library())
    before = opened()
    with pytest.raises(LinkLost, match="12d1:1f01 at 1-1: the device is gone"):
        usbfs.open_device(STICK._replace(id=UsbId(0x12D1, 0x1F01)))
    node.unlink()
    with pytest.raises(LinkLost, match="gone") as raised:
        usbfs.open_device(STICK)
    assert raised.value.reason == "gone"
    assert opened() == before


def test_a_device_that_leaves_meanwhile_is_gone(node: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pyusb_anew(monkeypatch, Library(libusb_wrap_sys_device=-1))
    before = opened()
    with pytest.raises(LinkLost, match="gone") as raised:
        usbfs.open_device(STICK)
    assert raised.value.reason == "gone"
    assert opened() == before


def test_who_may_not_read_the_node_is_told(node: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_words: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(PermissionDenied, match="opening 0000:0000 at 1-1: permission denied"):
        usbfs.open_device(STICK)


def test_what_is_no_usbfs_is_looked_at_as_a_whole(node: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No such folder, as in a container; a stand-in, whose nodes are elsewhere."""
    real = tmp_path / "elsewhere"
    node.rename(real)
    node.symlink_to(real)
    assert usbfs.open_device(STICK) is None
    monkeypatch.setattr(usbfs, "FOLDER", str(tmp_path / "none"))
    assert usbfs.open_device(STICK) is None


def test_the_real_libusb_says_no_to_what_is_no_device(tmp_path: Path) -> None:
    """In a process of its own, whose contexts look at nothing from then on."""
    (tmp_path / "001").mkdir()
    (tmp_path / "001/005").touch()
    code = (
        "import sys; from modeswitch.linux import usbfs; from tests.linux.test_usbfs import STICK\n"
        f"usbfs.FOLDER = {str(tmp_path)!r}\n"
        "try: usbfs.open_device(STICK)\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "LinkLost opening 0000:0000 at 1-1: the device is gone (libusb's -1)\n"


def test_the_hub_of_a_port(tmp_path: Path) -> None:
    for name, number in (("usb1", "1"), ("1-1", "2")):
        sysfs_tree.plug(tmp_path, name, "1d6b:0002", devnum=number)
    root, hub = hub_of(str(tmp_path), Port(1, (1,))), hub_of(str(tmp_path), Port(1, (1, 4)))
    assert root is not None
    assert hub is not None
    assert [(str(one.id), one.address) for one in (root, hub)] == [("1d6b:0002", 1), ("1d6b:0002", 2)]
    assert hub_of(str(tmp_path), Port(1, (2, 1))) is None


def test_only_the_real_sysfs_has_nodes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_usb_device: UsbDevice) -> None:
        raise AssertionError("a node of this machine")

    monkeypatch.setattr(usbfs, "open_device", never)
    pyusb_anew(monkeypatch, Calls())
    with pytest.raises(LinkLost, match="gone"):
        LinuxBus(str(tmp_path)).open(STICK)
    with pytest.raises(AssertionError, match="a node of this machine"):
        LinuxBus().open(STICK)
