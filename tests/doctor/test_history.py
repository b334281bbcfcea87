"""The line of time of a device that came and went."""

from __future__ import annotations

import pytest

from modeswitch.doctor.history import history, spoken, stay_times
from modeswitch.doctor.pasted.read import read


def line(second: float, words: str) -> str:
    return f"[{second:12.6f}] usb 1-1: {words}\n"


def visit(second: float, product: str, until: float | None) -> str:
    text = line(second, "new high-speed USB device number 4 using xhci_hcd")
    text += line(second + 0.1, f"New USB device found, idVendor=12d1, idProduct={product}")
    return text + (line(until, "USB disconnect, device number 4") if until is not None else "")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (visit(10, "1f01", None), ""),
        (visit(10, "1f01", 80) + visit(80.6, "14db", None), "12d1:1f01 70 s, away 0.6 s, back as 12d1:14db"),
        (
            visit(10, "1f01", 80) + visit(90, "14db", 1290),
            "12d1:1f01 70 s, away 10 s, back as 12d1:14db for 20 min, then gone",
        ),
        (line(5, "USB disconnect, device number 3") + visit(9, "1f01", None), "there, away 4 s, back as 12d1:1f01"),
    ],
)
def test_a_history(text: str, told: str) -> None:
    (device,) = read(text.encode()).devices
    assert history(device) == told


def test_a_long_history_is_told_by_its_ends() -> None:
    text = "".join(visit(10 * number, "1f01", 10 * number + 4) for number in range(200))
    (device,) = read(text.encode()).devices
    assert device.departures == 200
    assert len(device.stays) == 32
    assert history(device).count("away") == 4
    assert "… 28 more …" in history(device)
    assert set(stay_times(device)) == {4.0}


@pytest.mark.parametrize(("seconds", "words"), [(0.62, "0.6 s"), (9.0, "9 s"), (71.2, "71 s"), (1300, "22 min")])
def test_a_time_for_a_person(seconds: float, words: str) -> None:
    assert spoken(seconds) == words


def test_a_device_that_never_had_an_id_has_not_been_there() -> None:
    text = line(1, "new high-speed USB device number 4 using x") + line(2, "device descriptor read/64, error -71")
    (device,) = read((text + text).encode()).devices
    assert (device.departures, device.stays) == (0, ())
