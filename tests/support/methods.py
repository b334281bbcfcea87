"""Libraries of one product: of a file of usb_modeswitch's, or of steps as a profile writes them; and messages."""

from __future__ import annotations

from pathlib import Path

from modeswitch.cli import main
from modeswitch.database.library import Library
from tests.support.rig import plugged

CBW = "55534243"
ALLOW_0 = "5553424387654321000000000000061e000000000000000000000000000000"
EJECT_0 = "5553424397654321000000000000061b000000020000000000000000000000"
ALLOW_1 = "5553424387654321000000000001061e000000000000000000000000000000"
EJECT_1 = "5553424397654321000000000001061b000000020000000000000000000000"


def usb_of(stick: str) -> str:
    composition = plugged(stick).sim.sticks[0].composition
    return f"{composition.vendor:04x}:{composition.product:04x}"


def import_file(folder: Path, usb: str, *lines: str) -> Library:
    """A library with what ``modeswitch profiles import`` makes of a file of the peer's, and with the shipped."""
    source, into = folder / usb, folder / "profiles"
    source.write_text("\n".join(lines) + "\n", "utf-8")
    into.mkdir(exist_ok=True)
    assert main(["profiles", "import", "--into", str(into), str(source)]) == 0
    return Library(user=[into])


# Messages of the peer's own files, and what stands beside them.


REZERO = "55534243123456780000000000000601000000000000000000000000000000"
VENDOR_CBW = "55534243123456702000000080000c85010101180101010101000000000000"


# What is not there is refused before a byte.


PROFILE = """
[family]
name = "made-up"
vendor = "Test"
goal = "switched"
told-by = "id"
[[product]]
usb = "%s"
names = ["made up"]
evidence = [{ report = "made up" }]
[[transition]]
from = ["mass-storage", "asleep"]
to = "switched"
steps = [%s]
within = 5
evidence = [{ report = "made up" }]
"""


def family_of_steps(folder: Path, usb: str, written: str) -> Library:
    (folder / "made-up.toml").write_text(PROFILE % (usb, written), "utf-8")
    return Library(user=[folder])


FIRST = "{ control = { request-type = 0x40, request = 0x0b, value = 1 } }"
