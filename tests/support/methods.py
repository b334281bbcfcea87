"""Libraries of one product: of a file of usb_modeswitch's, or of steps as a profile writes them."""

from __future__ import annotations

from pathlib import Path

from modeswitch.cli import main
from modeswitch.database.library import Library
from tests.support.rig import plugged


def usb_of(stick: str) -> str:
    """The id of a simulated stick."""
    composition = plugged(stick).sim.sticks[0].composition
    return f"{composition.vendor:04x}:{composition.product:04x}"


def import_file(folder: Path, usb: str, *lines: str) -> Library:
    """A library with what ``modeswitch profiles import`` makes of a file of usb_modeswitch's, and with the shipped.

    ``usb`` names the file, as usb_modeswitch has it; ``lines`` are its settings.
    """
    source, into = folder / usb, folder / "profiles"
    source.write_text("\n".join(lines) + "\n", "utf-8")
    into.mkdir(exist_ok=True)
    assert main(["profiles", "import", "--into", str(into), str(source)]) == 0
    return Library(user=[into])


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
    """A library with one product, told by its id, that is switched by these steps."""
    (folder / "made-up.toml").write_text(PROFILE % (usb, written), "utf-8")
    return Library(user=[folder])


FIRST = "{ control = { request-type = 0x40, request = 0x0b, value = 1 } }"
"""A step that any simulated ``vendor`` stick takes."""
