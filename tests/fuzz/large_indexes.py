"""Indexes of kernel modules (modules.alias, modules.builtin.modinfo) as large as may be, and hard to read."""

from __future__ import annotations

from functools import partial

from tests.fuzz import large_files


def texts(most: int) -> dict[str, bytes]:
    """What it is → its bytes, about so many of each."""
    fill = partial(large_files.fill, most=most)
    alias = "alias usb:v12D1p*d*dc*dsc*dp*icFFisc02ip16in* option\n"
    made = {
        "one alias again": fill("", lambda _: alias * 100, ""),
        "aliases": fill("", lambda n: f"alias usb:v12D1p{n & 0xFFFF:04X}d*dc*dsc*dp*icFFisc02ip16in* drv{n}\n", ""),
        "drivers": fill("", lambda n: f"alias usb:v*p*d*dc*dsc*dp*icFFisc02ip16in* drv{n}\n", ""),
        "one line": fill("", lambda _: "alias usb:v12D1p " * 100, ""),
        "one line without blanks": fill("", lambda _: "alias usb:v12D1p*" * 100, ""),
        "one record": fill("", lambda _: "o.alias=usb:v12D1p" * 100, ""),
        "records": fill("", lambda n: f"drv{n}.alias=usb:v12D1p*d*dc*dsc*dp*icFFisc02ip16in*\0", ""),
        "stars": fill("", lambda _: f"alias usb:v12D1p{'*' * 900} option\n", ""),
        "brackets": fill("", lambda _: f"alias usb:v12D1p{'[' * 900} option\n", ""),
        "letters": fill("", lambda _: "a" * 1000, ""),
        "empty lines": fill("", lambda _: "\n" * 1000, ""),
    }
    return {name: text.encode("ascii") for name, text in made.items()}
