"""Does finding a profile grow with their number?  Process start to first switching byte, with ten profiles and more.

Each run is a process of its own on the simulated bus, that of each library in turn; what counts is its processor time
until the first bulk OUT, since these machines are noisy.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from modeswitch.database.compiled import FILE, compile_all
from modeswitch.database.library import Library
from modeswitch.database.profile import Profile

MADE_UP = 5000
TEN = (
    *("huawei-hilink", "huawei-stick", "huawei-module", "huawei-phone", "huawei-wimax", "zte-19d2-0026"),
    *("option-0af0-6711", "cisco-1307-1169", "nokia-0421-060c", "dell-413c-81a2"),
)
ROUNDS = 15

CHILD = """
import sys, time
from modeswitch.database.library import Library
from modeswitch.switching.session import Session
from modeswitch.switching.switch import switch
from modeswitch.sim.bus import SimBus
from modeswitch.sim.spec import parse
from modeswitch.sim.clock import VirtualClock

class First(BaseException):
    pass

def tell(event, **facts):
    if event == "out":
        raise First

library = Library(shipped=sys.argv[1], user=[])
clock = VirtualClock()
bus = SimBus([parse("e3372h", clock)], clock)
try:
    with Session("12d1:1f01", bus=bus, library=library, on_event=tell) as session:
        switch(session)
except First:
    print(time.process_time())
"""


def made_up(family: Profile, number: int) -> list[Profile]:
    """So many families of one product each, whose ids no stick has."""
    product = family.products[0]
    ids = (product.usb._replace(vendor=0x1209 + (n >> 12), product=n & 0xFFF) for n in range(number))
    return [
        family._replace(name=f"made-up-{n}", products=(product._replace(usb=usb, becomes=()),))
        for n, usb in enumerate(ids)
    ]


def write(folder: Path, families: list[Profile]) -> Path:
    """A library of these families, compiled."""
    folder.mkdir(parents=True)
    (folder / FILE).write_text(compile_all(families), "ascii")
    return folder


def measure(libraries: dict[str, Path], rounds: int = ROUNDS) -> dict[str, float]:
    """Name → processor seconds from the process' start to the first byte, medians; one run of each in turn."""
    times: dict[str, list[float]] = {name: [] for name in libraries}
    for _ in range(rounds):
        for name, folder in libraries.items():
            ran = subprocess.run([sys.executable, "-c", CHILD, str(folder)], capture_output=True, text=True, check=True)
            times[name].append(float(ran.stdout))
    return {name: statistics.median(values) for name, values in times.items()}


def main() -> None:
    """Print the figures."""
    library = Library(user=[])
    every = [library.family(name) for name in library.names()]
    ten = [family for family in every if family.name in TEN]
    scratch = Path(tempfile.mkdtemp(prefix="modeswitch-scale-"))
    try:
        folders = {
            "ten profiles": write(scratch / "ten", ten),
            f"all {len(every)}": write(scratch / "all", every),
            f"and {MADE_UP} made up": write(
                scratch / "more", every + made_up(library.family("zte-19d2-0026"), MADE_UP)
            ),
        }
        found = measure(folders)
    finally:
        shutil.rmtree(scratch)
    base = next(iter(found.values()))
    print("process start to first switching byte, processor time, median of", ROUNDS, "(aim: less than 5 ms more)")
    for name, seconds in found.items():
        print(f"  {name:22} {seconds * 1000:7.1f} ms  {(seconds - base) * 1000:+.1f} ms")


if __name__ == "__main__":
    main()
