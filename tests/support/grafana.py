"""A dashboard as Grafana's own models read it: each key must be one of theirs, each value of the type they give it.

Ref: grafana-foundation-sdk, which Grafana Labs makes from Grafana's schemas (Apache-2.0).
"""

from __future__ import annotations

import enum
import importlib
import json
import types
import typing
from collections.abc import Iterable, Iterator
from typing import Any

PARTS = {
    "stat": {"options": "stat.Options"},
    "state-timeline": {"options": "statetimeline.Options", "custom": "statetimeline.FieldConfig"},
    "table": {"options": "table.Options", "custom": "common.TableFieldOptions"},
    "timeseries": {"options": "timeseries.Options", "custom": "timeseries.FieldConfig"},
}
"""Type of a panel → the models of its options, and of what it adds to each field."""


def strange(dashboard: dict[str, Any]) -> list[str]:
    """What Grafana's models do not know of a dashboard: path, and what is wrong there."""
    found = list(_differences(dashboard, "dashboard.Dashboard", ""))
    for number, panel in enumerate(dashboard["panels"]):
        where, parts = f"/panels/{number}", PARTS[panel["type"]]
        found += _differences(panel["options"], parts["options"], f"{where}/options")
        if custom := panel["fieldConfig"]["defaults"].get("custom"):
            found += _differences(custom, parts["custom"], f"{where}/custom")
        for target in panel["targets"]:
            found += _differences(target, "prometheus.Dataquery", f"{where}/targets")
    return found


def _differences(raw: dict[str, Any], name: str, where: str) -> Iterator[str]:
    module, _, name = name.partition(".")
    yield from _read(raw, getattr(importlib.import_module(f"grafana_foundation_sdk.models.{module}"), name), where)


def _read(raw: dict[str, Any], model: Any, where: str) -> Iterator[str]:
    from grafana_foundation_sdk.cog.encoder import JSONEncoder

    read = model.from_json(raw)
    yield from _lost(raw, json.loads(JSONEncoder().encode(read)), where)
    yield from _misfits(read, model, where)


def _lost(raw: object, said: object, where: str) -> Iterator[str]:
    """What is not there any more, or is another, after the models have read and said it."""
    if isinstance(raw, dict) and isinstance(said, dict):
        for key, value in raw.items():
            yield from _lost(value, said[key], f"{where}/{key}") if key in said else [f"{where}/{key}: unknown"]
    elif isinstance(raw, list) and isinstance(said, list) and len(raw) == len(said):
        for number, (one, other) in enumerate(zip(raw, said, strict=True)):
            yield from _lost(one, other, f"{where}/{number}")
    elif raw != said:
        yield f"{where}: {raw!r} is read as {said!r}"


def _misfits(value: object, hint: Any, where: str) -> Iterator[str]:
    """Where a value is not of the type that the models give it."""
    kind, parts = typing.get_origin(hint), typing.get_args(hint)
    if kind in (typing.Union, types.UnionType):
        yield from min(
            ([*_misfits(value, part, where)] for part in parts if value is None or part is not type(None)), key=len
        )
    elif kind is typing.Literal:
        if value not in parts:
            yield f"{where}: {value!r} is none of {parts}"
    elif kind is list and isinstance(value, list):
        for number, one in enumerate(value):
            yield from _misfits(one, parts[0], f"{where}/{number}")
    elif kind is dict and isinstance(value, dict):
        for key, one in value.items():
            yield from _misfits(one, parts[1], f"{where}/{key}")
    elif isinstance(hint, enum.EnumType):
        members: Iterable[enum.Enum] = hint.__members__.values()
        values = [member.value for member in members]
        if value not in values:
            yield f"{where}: {value!r} is none of {values}"
    elif hasattr(hint, "from_json") and isinstance(value, dict):  # what a model has left as it was
        yield from _read(value, hint, where)
    elif hint in (float, int) and isinstance(value, int | float) and not isinstance(value, bool):
        return
    elif hint not in (object, Any) and not isinstance(value, kind or hint):
        yield f"{where}: {value!r} is no {hint}"
    elif hasattr(value, "to_json"):
        for name, of in typing.get_type_hints(type(value)).items():
            yield from _misfits(getattr(value, name), of, f"{where}/{name}")
