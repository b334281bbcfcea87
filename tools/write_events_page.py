"""Write docs/events.md from the table in modeswitch/events.py; with --check only say whether it is stale (status 1).

Run from the root of the checkout: ``python -m tools.write_events_page``.
"""

from __future__ import annotations

import sys
from pathlib import Path

from modeswitch.events import COMMON, EVENTS, OPEN, SCHEMA

PAGE = Path(__file__).resolve().parent.parent / "docs" / "events.md"

HEAD = """\
# Events

<!-- Made by `python -m tools.write_events_page` from modeswitch/events.py: change it there. -->

While a job is done, modeswitch tells what happens as events: a name and facts. The library calls
`on_event(name, **facts)`; the command prints them with `--json`, one JSON object a line, the name as `event`. With
`-vv` every transfer is among them.

```python
def on_event(name, **facts):
    print(facts["time"], facts["port"], name)


modeswitch.switch("12d1:1f01", to="ncm", on_event=on_event)
```

## What is promised

* Every event has {common}. In JSON it also has `"schema": {schema}`.
* Within one schema no event and no fact is renamed, changed in type or taken away. Events and facts may be added:
  ignore what you do not know.
* `at` and `answer` name the AT port as `at_port`, since `port` is always the USB port path. Passwords and PINs are
  masked.
* The last event of a command is `done` for each stick that ended well and `error` for each that did not; `status` in
  `error` is the exit status.

## All of them

A type that ends in `?` marks a fact that is not always there.

| event | what it means | facts besides the common ones |
|---|---|---|
"""


def page() -> str:
    """The text of docs/events.md."""
    common = " and ".join(f"`{name}` ({_type(kind)})" for name, kind in COMMON.items())
    rows = []
    for name, event in EVENTS.items():
        facts = ", ".join(f"`{fact}`: {_type(kind)}" for fact, kind in event.facts.items())
        more = " and more, by command" if name in OPEN else ""
        rows.append(f"| `{name}` | {event.meaning} | {facts or 'none'}{more} |\n")
    return HEAD.format(common=common, schema=SCHEMA) + "".join(rows)


def _type(kind: str) -> str:
    return kind.replace("|", "\\|")


def main(arguments: list[str]) -> int:
    """Write, or check."""
    if arguments == ["--check"]:
        stale = not PAGE.is_file() or PAGE.read_text("utf-8") != page()
        if stale:
            print("stale: docs/events.md (make events)")
        return int(stale)
    PAGE.write_text(page(), "utf-8")
    print("written: docs/events.md")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
