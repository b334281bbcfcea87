"""The script that reads what drivers bind: of a module, and of the table in a driver's C file."""

from __future__ import annotations

import lzma
import shutil
from pathlib import Path

import pytest

from tools.read_kernel_aliases import PACKAGE, WHOLE, aliases_of_module, aliases_of_source

SOURCE = r"""
/* struct usb_device_id none[] = { { USB_DEVICE(0x1111, 0x2222) }, }; */
#define MAKER 0x12d1
#define FIXED(p, n) USB_DEVICE_INTERFACE_NUMBER(MAKER, p, n), \
	.driver_info = (unsigned long)&some_info
static const struct usb_device_id	ids [] = {
#ifdef CONFIG_SOME
	{ USB_DEVICE(MAKER, 0x1001) },	// any class
#endif
	{ USB_VENDOR_AND_INTERFACE_INFO(MAKER, 0xff, 0x02, 0x12), .driver_info = RESERVED(1) },
	{ FIXED(0x14ac, 1) },
	{ .match_flags = USB_DEVICE_ID_MATCH_INT_INFO, .bInterfaceClass = USB_CLASS_COMM, .bInterfaceSubClass = 6 },
	{ }
};
"""
ALIASES = [
    "usb:v12D1p1001d*dc*dsc*dp*ic*isc*ip*in*",
    "usb:v12D1p*d*dc*dsc*dp*icFFisc02ip12in*",
    "usb:v12D1p14ACd*dc*dsc*dp*ic*isc*ip*in01*",
    "usb:v*p*d*dc*dsc*dp*ic02isc06ip00in*",
]


@pytest.mark.skipif(shutil.which("cc") is None, reason="a C compiler evaluates the tables")
def test_the_table_of_a_source_is_what_its_compiler_makes_of_it() -> None:
    assert aliases_of_source(SOURCE.replace("RESERVED(1)", "BIT(1)")) == ALIASES


@pytest.mark.parametrize("name", ["option.ko", "option.ko.xz"])
def test_the_aliases_of_a_module(name: str, tmp_path: Path) -> None:
    raw = b"\x7fELF\0license=GPL\0" + b"".join(b"alias=%s\0" % one.encode() for one in ALIASES) + b"alias=pci:v1\0"
    (tmp_path / name).write_bytes(lzma.compress(raw) if name.endswith(".xz") else raw)
    assert aliases_of_module(tmp_path / name) == ALIASES


def test_a_quirk_of_one_release_of_a_device_is_left_out() -> None:
    assert all(WHOLE.fullmatch(alias) for alias in ALIASES)
    assert not WHOLE.fullmatch("usb:v12D1p1001d0000dc*dsc*dp*ic08isc06ip50in*")


@pytest.mark.parametrize(
    ("name", "series"),
    [
        ("linux-image-5.10.0-46-amd64", "5.10"),
        ("linux-image-6.12.118+deb13-amd64", "6.12"),
        ("linux-modules-7.3.4+deb13-amd64", "7.3"),
        ("linux-image-6.12.118+deb13-cloud-amd64", None),
        ("linux-image-5.10.0-46-rt-amd64", None),
        ("linux-image-amd64", None),
    ],
)
def test_which_package_has_the_modules(name: str, series: str | None) -> None:
    match = PACKAGE.fullmatch(name)
    assert (match[1] if match else None) == series
