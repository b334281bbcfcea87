"""Families that nobody has made, written to a folder of a test."""

from __future__ import annotations

from pathlib import Path

from modeswitch.database.library import Library

FAMILY = """
[family]
name = "made-up"
vendor = "Test"
goal = "switched"
[[product]]
usb = "12d1:14fe"
names = ["made up"]
evidence = [{ report = "made up" }]
[[product]]
usb = "12d1:1f01"
names = ["made up"]
evidence = [{ report = "made up" }]
[[switched]]
usb = "12d1:1506"
names = ["made up"]
evidence = [{ report = "made up" }]
[[switched]]
usb = "12d1:155e"
names = ["made up"]
ports = ["modem", "diag", "pcui"]
evidence = [{ report = "made up" }]
"""
RESET, BACK = '{ at = { send = "AT^RESET" } }', '{ back = { in = "mass-storage" } }'
WRITE = '{ ports = { mode = "ncm", first = "A1,A2" } }'
LINUX = '{ huawei = { os = "linux", new = true, cd = true, green = "work" } }'
ROUTER = '{ huawei = { os = "linux", green = "work" } }'


def hop(start: str, to: str, *steps: str, flag: str = "") -> str:
    return f"""
[[transition]]
from = "{start}"
to = {to}
{flag}
steps = [{", ".join(steps)}]
within = 60
evidence = [{{ report = "made up" }}]
"""


def made_up(folder: Path, *hops: str) -> Library:
    (folder / "profiles").mkdir()
    (folder / "profiles" / "made-up.toml").write_text(FAMILY + "".join(hops), "utf-8")
    return Library(user=[folder / "profiles"])
