"""Write docs/doctor.md from modeswitch/doctor/catalogue.py; with --check only say whether it is stale (status 1).

Run from the root of the checkout: ``python -m tools.write_doctor_page``.
"""

from __future__ import annotations

import sys
from pathlib import Path

from modeswitch.doctor.catalogue import CATALOGUE

PAGE = Path(__file__).resolve().parent.parent / "docs" / "doctor.md"

HEAD = """\
# What doctor finds

<!-- Made by `python -m tools.write_doctor_page` from modeswitch/doctor/catalogue.py: change it there. -->

Every finding of `modeswitch doctor` has an id. It is in `--json` (event `finding`, fact `id`) and in
`Finding.id` of the library, and it stays: `doctor.md#wrong-driver` is a link that a wiki or a bot may give.

| level | what it means | exit status |
|---|---|---|
| problem | it does not work, or will not | 1 |
| unclear | the text does not tell; the commands would | 9 |
| other | it is no modem | 3 where nothing else is there |
| note | worth knowing | |
| good | so it should be | |
"""


def page() -> str:
    """The text of docs/doctor.md: a heading for each id, which is its anchor."""
    return HEAD + "".join(
        f"\n## {name}\n\n*{' or '.join(entry.levels)}*: {entry.meaning}\n\nWhat to do: {entry.advice}\n"
        for name, entry in sorted(CATALOGUE.items())
    )


def main(arguments: list[str]) -> int:
    """Write, or check."""
    if arguments == ["--check"]:
        stale = not PAGE.is_file() or PAGE.read_text("utf-8") != page()
        if stale:
            print("stale: docs/doctor.md (make doctor)")
        return int(stale)
    PAGE.write_text(page(), "utf-8")
    print("written: docs/doctor.md")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
