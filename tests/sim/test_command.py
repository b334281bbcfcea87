"""``python -m modeswitch.sim``: a stick in a port of ``vhci_hcd`` until it is told to end, and why it could not be."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from modeswitch.errors import Unavailable
from modeswitch.sim import powerwatch, tap, usbip
from modeswitch.sim.__main__ import main, redirected
from modeswitch.sim.tap import TapLan
from tests.support.vhci import Vhci


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """The command takes them; afterwards they are what they were."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


class Stopping(Vhci):
    """A port into which a stick is plugged, and then comes a signal."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number

    def write(self, line: str) -> None:
        super().write(line)
        os.kill(os.getpid(), self._number)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_keeps_the_stick_there_until_it_is_told_to_end(
    number: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kernel = Stopping(number)
    monkeypatch.setattr(usbip, "open", kernel.open, raising=False)
    assert main(["e3372h,speed=full", "--vhci-port", "5"]) == 0
    assert kernel.attached == [(5, 1 << 16 | 2, 2)]
    assert capsys.readouterr().out.splitlines() == ["attached 12d1:1f01 storage", "left"]
    kernel.sock.close()


def test_words_that_make_no_stick(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["e3372h,csw=purple"]) == 2
    said = capsys.readouterr()
    assert said.err.startswith("'purple' is no csw fault Known: whole, ")
    assert said.out == ""


@pytest.mark.parametrize(
    ("refusal", "said"), [(errno.EACCES, "Permission denied"), (errno.ENODEV, "No such device")], ids=["root", "port"]
)
def test_without_root_or_a_port(
    refusal: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(usbip, "open", Vhci(clearing=1, refusal=refusal).open, raising=False)
    assert main(["e3372h"]) == 1
    hint = "are the modules loaded (modprobe -a vhci_hcd tun), and are you root?"
    assert capsys.readouterr().err == f"vhci_hcd: {said}; {hint}\n"


def test_hub_power_without_vhci(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(powerwatch, "VHCI_BUSES", str(tmp_path / "usb[0-9]*"))
    assert main(["e3372h", "--hub-power"]) == 1
    assert capsys.readouterr().err.startswith(f"{tmp_path}/usb[0-9]*: No such file or directory; are the modules ")


@pytest.mark.parametrize("words", ["--usbredir", ""])
def test_it_heeds_the_power_of_its_port(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With usbredir that is the port in its words, else that of vhci_hcd; the power is off before it is plugged in."""
    heard = []

    class Watch:
        def __init__(self, stick: object, port: object) -> None:
            heard.append(str(port))

        def look(self) -> None:
            os.kill(os.getpid(), signal.SIGTERM)

        def close(self) -> None:
            heard.append("closed")

    (tmp_path / "usb4").mkdir()
    monkeypatch.setattr(powerwatch, "VHCI_BUSES", str(tmp_path / "usb[0-9]*"))
    monkeypatch.setattr(powerwatch, "PowerWatch", Watch)
    where = ["--usbredir", "/dev/null"] if words else ["--vhci-port", "1"]
    assert main(["e3372h@2-3.1", "--hub-power", *where]) == 0
    assert heard == ["2-3.1" if words else "4-2", "closed"]


def test_its_network_is_there_as_long_as_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    entered: list[str] = []

    class Network(TapLan):
        def __init__(self, fault: str, login: object) -> None:
            entered.append(fault)
            raise Unavailable("the network of a simulated stick needs dnsmasq-base", hint="Install it.")

    monkeypatch.setattr(tap, "TapLan", Network)
    assert main(["e3372h,web=busy", "--network"]) == Unavailable.status
    assert capsys.readouterr().err == "the network of a simulated stick needs dnsmasq-base Install it.\n"
    assert entered == ["busy"]


def test_a_character_device_is_opened_and_closed() -> None:
    """As a port of virtio-serial is one in QEMU's guest."""
    with redirected("/dev/null") as descriptor:
        assert os.readlink(f"/proc/self/fd/{descriptor}") == "/dev/null"
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)
