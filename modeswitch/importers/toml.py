"""A profile's text, from drafts that share one graph: what ``modeswitch profiles import`` prints."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from ..printable import printable
from ..usb.descriptors import UsbId
from .methods import Draft

Origin = TypeVar("Origin")

# REUSE-IgnoreStart: the licence is that of what is written.
HEAD = """\
# SPDX-License-Identifier: {licence}
# {about}{source}

[family]
name   = {name}
vendor = {vendor}
goal   = "switched"
"""
# REUSE-IgnoreEnd


class About(NamedTuple):
    """What a profile says of itself: its name and vendor, a line on what it is, where it is from, its licence."""

    name: str
    vendor: str
    about: str
    source: str
    licence: str


def graph(draft: Draft) -> tuple[object, ...]:
    """What drafts of one family share."""
    return (draft.told_by, draft.starts, json.dumps(draft.steps), draft.within, draft.leave_alone)


def families(found: Iterable[tuple[Origin, Draft]]) -> list[list[tuple[Origin, Draft]]]:
    """Drafts, each with where it is from, put together where one profile can hold them: one vendor, one graph."""
    groups: dict[tuple[object, ...], list[tuple[Origin, Draft]]] = {}
    for origin, draft in found:
        groups.setdefault((draft.usb.vendor, *graph(draft)), []).append((origin, draft))
    return list(groups.values())


def unused(base: str, used: Container[str]) -> str:
    """A name that is not used yet: ``base``, else with a number."""
    name, number = base, 2
    while name in used:
        name, number = f"{base}-{number}", number + 1
    return name


def profile(about: About, drafts: Sequence[Draft], sources: Sequence[str]) -> str:
    """The TOML text of a family; ``sources`` says where each draft is from.  All drafts must have the same graph."""
    first = drafts[0]
    name, vendor = _text(about.name), _text(about.vendor)
    said = f"{about.about}\n#\n# " if about.about else ""
    lines = [HEAD.format(**{**about._asdict(), "about": said, "name": name, "vendor": vendor}).rstrip()]
    if first.told_by != "interfaces":
        lines.append(f"told-by = {_text(first.told_by)}")
    lines.append("")
    if first.steps:
        lines += _transition(first, sources)
    for each, source in zip(drafts, sources, strict=True):
        lines += ["", *_product(each, source)]
    return "\n".join(lines) + "\n"


def _transition(draft: Draft, sources: Sequence[str]) -> list[str]:
    starts = [_text(start) for start in draft.starts]
    written = [_value(step) for step in draft.steps]
    alone = len(written) == 1
    steps = [f"steps    = [{written[0]}]"] if alone else ["steps    = [", *(f"    {step}," for step in written), "]"]
    where = sources[0] if len(sources) == 1 else f"{sources[0]} and {len(sources) - 1} more: the products below"
    return [
        "[[transition]]",
        f"from     = {starts[0] if len(starts) == 1 else '[' + ', '.join(starts) + ']'}",
        'to       = "switched"',
        *steps,
        f"within   = {draft.within}",
        f"evidence = [{{ source = {_text(where)} }}]",
    ]


def _product(draft: Draft, source: str) -> list[str]:
    lines = ["[[product]]", f'usb      = "{draft.usb}"', f"names    = [{_text(draft.name or str(draft.usb))}]"]
    if draft.match:
        inside = ", ".join(f"{key} = {_text(text)}" for key, text in draft.match)
        lines.append(f"match    = {{ {inside} }}")
    if draft.leave_alone:
        lines.append(f"leave-alone = {_text(draft.leave_alone)}")
    if draft.becomes:
        lines.append(f"becomes  = [{_ids(draft.becomes)}]")
    return [*lines, f"evidence = [{{ source = {_text(source)} }}]"]


def _ids(ids: Sequence[UsbId]) -> str:
    rows = [", ".join(f'"{usb}"' for usb in ids[at : at + 8]) for at in range(0, len(ids), 8)]
    return rows[0] if len(rows) == 1 else "\n    " + ",\n    ".join(rows) + ",\n"


NUMBERS_IN_HEX = ("request-type", "request", "endpoint", "class", "out", "in")


def _value(value: Any, key: str = "") -> str:
    """A value as TOML writes it in one line."""
    if isinstance(value, Mapping):
        inside = ", ".join(f"{name} = {_value(item, name)}" for name, item in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    if isinstance(value, int):
        return f"0x{value:02x}" if key in NUMBERS_IN_HEX else str(value)
    return _text(str(value)) if isinstance(value, str) else repr(value)


def _text(text: str) -> str:
    """A string of TOML: what is printable is written alike in TOML and JSON."""
    return json.dumps(printable(text), ensure_ascii=False)
