"""The list of what USB devices are: how it is made, and how it is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from modeswitch.doctor import usb_things
from modeswitch.doctor.usb_things import THINGS, UsbThings, shipped
from modeswitch.errors import ModeswitchError
from modeswitch.usb.descriptors import UsbId
from tools.write_usb_things import names_of, of_drivers, pack, portable_of

ALIASES = [
    ("drivers/net/wireless/ralink/rt2x00/rt2800usb.ko.xz", "usb:v148Fp5370d*dc*dsc*dp*ic*isc*ip*in*"),
    ("drivers/usb/serial/ftdi_sio.ko.xz", "usb:v0403p6001d*dc*dsc*dp*ic*isc*ip*in*"),
    ("sound/usb/snd-usb-audio.ko.xz", "usb:v2040p7200d*dc*dsc*dp*ic01isc01ip*in*"),
    ("drivers/media/usb/em28xx/em28xx.ko.xz", "usb:v2040p7200d*dc*dsc*dp*ic*isc*ip*in*"),
    ("drivers/usb/serial/option.ko.xz", "usb:v413Cp8138d*dc*dsc*dp*icFFisc*ip*in*"),
    ("drivers/usb/serial/option.ko.xz", "usb:v12D1p*d*dc*dsc*dp*icFFisc02ip12in*"),
    ("drivers/usb/class/cdc-acm.ko.xz", "usb:v*p*d*dc*dsc*dp*ic02isc02ip01in*"),
]
IDS = """\
# a comment
148f  Ralink
\t5370  RT5370 Wireless Adapter
\t2573  RT2501 Wireless Adapter
\t2070  RT2070 Wireless Adapter
\t761a  LTE Modem
413c  Dell
\t8138  Wireless 5520 Voda I Mobile Broadband Adapter
\t2003  Keyboard
\t2105  Keyboard
1d6b  Linux Foundation
\t0002  2.0 root hub
04a9  Canon
{canon}
C 03  Human Interface Device
\t01  Boot Interface Subclass
""".replace("{canon}", "\n".join(f"\t{number:04x}  PIXMA MP{number}" for number in range(10)))
HWDB = "# Samsung Galaxy\nusb:v04E8p6860*\n ID_MTP_DEVICE=1\n\nusb:v12D1p107E*\n ID_MTP_DEVICE=1\n"


def made(aliases: list[tuple[str, str]], ids: str = "", hwdb: str = "") -> UsbThings:
    return UsbThings("#\n" + pack(*of_drivers(aliases), names_of(ids), portable_of(hwdb)))


LIST = made(ALIASES, IDS, HWDB)


@pytest.mark.parametrize(
    ("usb", "word"),
    [
        ("0403:6001", "cable"),
        ("2040:7200", "television"),
        ("413c:8138", "modem"),
        ("413c:2003", "input"),
        ("12d1:107e", "portable"),
        ("12d1:1506", ""),
        ("1d6b:0002", ""),
        ("148f:761a", "modem"),
        ("0301:0001", ""),
    ],
)
def test_a_product(usb: str, word: str) -> None:
    assert LIST.of_product(UsbId.parse(usb)) == word


def test_a_vendor_is_known_for_one_thing() -> None:
    ids = IDS.replace("\t761a  LTE Modem\n", "")
    assert made(ALIASES, ids).of_vendor(0x148F) == "wifi"
    assert made(ALIASES, ids).of_product(UsbId.parse("148f:5370")) == ""


def test_a_vendor_that_makes_modems_too_is_known_for_nothing() -> None:
    assert LIST.of_vendor(0x148F) == ""  # by a name
    ids = IDS.replace("\t761a  LTE Modem\n", "")
    by_driver = ("drivers/usb/serial/option.ko.xz", "usb:v148Fp*d*dc*dsc*dp*icFFisc02ip12in*")
    assert made([*ALIASES, by_driver], ids).of_vendor(0x148F) == ""


def test_a_vendor_of_much_and_no_modem() -> None:
    assert LIST.of_vendor(0x04A9) == "other"
    assert made(ALIASES, IDS.replace("\t0009  PIXMA MP9\n", "")).of_vendor(0x04A9) == ""


def test_every_word_of_the_shipped_list_means_something() -> None:
    lines = [line for line in Path(usb_things.PATH).read_text("ascii").splitlines() if not line.startswith("#")]
    assert {line.split(" ")[1] for line in lines} <= {*THINGS, "modem"}
    pairs = [tuple(line.split(" ")[:2]) for line in lines]
    assert len(set(pairs)) == len(pairs) > 2000
    assert Path(usb_things.PATH).read_text("ascii").startswith("# SPDX-License-Identifier: GPL-2.0-only\n")


def test_an_installation_without_the_list(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(usb_things, "PATH", str(tmp_path / "none"))
    shipped.cache_clear()
    try:
        with pytest.raises(ModeswitchError, match="none") as caught:
            shipped()
    finally:
        shipped.cache_clear()
    assert caught.value.hint == "The installation is damaged: install it again."
