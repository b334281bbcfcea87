"""Draw docs/pictures/switch.svg from what the command says; with --check only say whether it is stale (status 1).

The command is run on a simulated stick, in virtual time: what stands in the picture is its own output, in a terminal's
colours.  Run from the root of the checkout: ``python -m tools.draw_pictures``.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path
from unittest import mock

from modeswitch.cli import main as run
from modeswitch.cli import setting
from modeswitch.sim.bus import plug
from modeswitch.sim.clock import VirtualClock

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "pictures" / "switch.svg"
STICK = "e3372h,sunny,away=0.6"
SESSION = ("modeswitch list", "modeswitch 12d1:1f01 --to ncm", "modeswitch list wwan0")
"""What is typed, one after the other, with the same stick plugged in."""
COLUMNS = 80
ENVIRONMENT = {"COLUMNS": str(COLUMNS), "CLICOLOR_FORCE": "1", "NO_COLOR": ""}

WIDE, HIGH, MARGIN = 8.4, 20, 16
"""A character's width, a line's height and the border, in pixels."""
GROUND, TEXT, PROMPT = "#1c2128", "#d0d7de", "#8b949e"
COLOURS = {"32": "#56d364", "1;31": "#ff7b72", "33": "#e3b341", "1": "#ffffff"}
"""SGR as the command writes it → the colour in the picture."""


def said() -> list[str]:
    """The lines of the terminal: what is typed, and what the command says to it."""
    bus = plug([STICK], VirtualClock())
    lines = []
    with mock.patch.object(setting, "bus", return_value=bus), mock.patch.dict(os.environ, ENVIRONMENT):
        for typed in SESSION:
            terminal = io.StringIO()
            with contextlib.redirect_stdout(terminal), contextlib.redirect_stderr(terminal):
                status = run(typed.split()[1:])
            if status:
                raise ValueError(f"{typed}: status {status}: {terminal.getvalue()}")
            lines += [f"$ {typed}", *terminal.getvalue().splitlines(), ""]
    return lines[:-1]


def picture() -> str:
    """The text of the picture."""
    lines = said()
    width, height = COLUMNS * WIDE + 2 * MARGIN, len(lines) * HIGH + 2 * MARGIN
    rows = [
        f'<text x="{MARGIN}" y="{MARGIN + HIGH * number + 14}" xml:space="preserve">{"".join(_spans(line))}</text>'
        for number, line in enumerate(lines)
    ]
    size = f'width="{width:g}" height="{height}" viewBox="0 0 {width:g} {height}"'
    label = f"A terminal: {'; '.join(SESSION)}"
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{escape(label)}">',
            "<!-- Made by `make pictures` from the command's own output, on a simulated stick. -->",
            f'<rect width="100%" height="100%" rx="8" fill="{GROUND}"/>',
            f'<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14" fill="{TEXT}">',
            *rows,
            "</g>",
            "</svg>\n",
        )
    )


def _spans(line: str) -> Iterator[str]:
    """A line in its colours."""
    if line.startswith("$ "):
        yield f'<tspan fill="{PROMPT}">$ </tspan><tspan font-weight="bold">{escape(line[2:])}</tspan>'
        return
    for code, coloured, plain in re.findall(r"\x1b\[([\d;]+)m(.*?)\x1b\[0m|([^\x1b]+)", line):
        if plain:
            yield escape(plain)
        else:
            weight = ' font-weight="bold"' if code.startswith("1") else ""
            yield f'<tspan fill="{COLOURS[code]}"{weight}>{escape(coloured)}</tspan>'


def main(words: list[str]) -> int:
    """Draw the picture, or with ``--check`` compare it; 1 where it is stale."""
    name, text = PICTURE.relative_to(ROOT), picture()
    if "--check" in words:
        if PICTURE.is_file() and PICTURE.read_text("utf-8") == text:
            return 0
        print(f"stale: {name}; run: make pictures")
        return 1
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(text, "utf-8")
    print(f"written: {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
