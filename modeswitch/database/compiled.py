"""The compiled form of a profile: plain lists, numbers and strings, with every message ready to be sent.

It loads without TOML and construct.  ``profiles/compiled.txt`` holds it for the shipped profiles;
``tools/compile_profiles.py`` writes that file, ``shipped.py`` reads it, and a test says when it is stale.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..methods.base import Step
from ..methods.registry import action, plain
from ..usb.descriptors import Triple, UsbId
from ..values import TYPE_CHECKING
from .profile import Evidence, Gives, Product, Profile, Transition

if TYPE_CHECKING:
    from typing import Any


FILE = "compiled.txt"
"""The name of the file of :func:`compile_all`, in the folder of the shipped profiles."""


def written(profile: Profile) -> dict[str, Any]:
    """The profile as plain lists, numbers and strings: what the compiled form holds."""
    return {
        "name": profile.name,
        "vendor": profile.vendor,
        "goal": profile.goal,
        "told_by": profile.told_by,
        **({"settle": profile.settle} if profile.settle else {}),
        "products": [
            [str(p.usb), p.names, p.ports, p.mode, p.leave_alone, p.evidence, p.wakes, *_strings(p)]
            for p in profile.products
        ],
        "transitions": [_written_transition(transition) for transition in profile.transitions],
    }


def _strings(product: Product) -> list[Any]:
    """What tells products of one id apart, what they become, whom their id is written to; nothing for most."""
    if not (product.match or product.unless or product.becomes or product.new_id):
        return []
    known = [product.match, product.unless, [str(usb) for usb in product.becomes]]
    return [*known, product.new_id] if product.new_id else known


def _written_transition(transition: Transition) -> list[Any]:
    start, to, gives, steps, *rest, only, caution, stand_in = transition
    known = [start, to, [str(given) for given in gives], [_written_step(step) for step in steps], *rest]
    return [*known, only, caution, stand_in] if only or caution or stand_in else known


def _written_step(step: Step) -> list[Any]:
    return [step.written, [plain(one) for one in step.actions]]


def loaded(form: Mapping[str, Any]) -> Profile:
    """The profile back from its plain form, as :func:`written` made it."""
    return Profile(
        form["name"],
        form["vendor"],
        form["goal"],
        tuple(_loaded_product(*items) for items in form["products"]),
        tuple(_loaded_transition(*items) for items in form["transitions"]),
        form["told_by"],
        form.get("settle", 0.0),
    )


def _loaded_transition(
    start: str,
    to: Any,
    gives: Any,
    steps: Any,
    within: float,
    persistent: bool,
    evidence: Any,
    usual: float,
    listed: bool,
    only: Any = (),
    caution: str = "",
    stand_in: bool = False,
) -> Transition:
    return Transition(
        start,
        tuple(to),
        tuple(Gives(Triple.parse(text[:8]), text[9:]) for text in gives),
        tuple(_loaded_step(*step) for step in steps),
        within,
        persistent,
        _loaded_evidence(evidence),
        usual,
        listed,
        tuple(only),
        caution,
        stand_in,
    )


def _loaded_product(
    usb: str, names: Any, ports: Any, mode: str, alone: str, evidence: Any, wakes: bool, *strings: Any
) -> Product:
    product = Product(_loaded_id(usb), tuple(names), tuple(ports), mode, alone, _loaded_evidence(evidence), wakes)
    if not strings:
        return product
    match, unless, becomes, *new_id = strings
    product = product._replace(
        match=tuple(map(tuple, match)), unless=tuple(map(tuple, unless)), becomes=tuple(map(_loaded_id, becomes))
    )
    return product._replace(new_id=new_id[0]) if new_id else product


def _loaded_id(text: str) -> UsbId:
    return UsbId(int(text[:4], 16), int(text[5:], 16))


def _loaded_evidence(items: list[list[str]]) -> tuple[Evidence, ...]:
    return tuple(Evidence(*item) for item in items)


def _loaded_step(text: str, actions: list[list[Any]]) -> Step:
    return Step(text, tuple(action(name, values) for name, *values in actions))


def compile_all(profiles: Iterable[Profile]) -> str:
    """The text of the compiled file of all these profiles, in ASCII: the index, then one line of JSON a family.

    The index is the number of bytes that its rest has, a line for each id with the families that know it, and one for
    each family with the number of bytes of its JSON; an empty line stands before, between and after these.  Lengths
    rather than offsets: a change of one profile changes no line of the others.
    """
    import json

    families = sorted(profiles, key=lambda profile: profile.name)
    ids: dict[str, list[str]] = {}
    for family in families:
        for usb in dict.fromkeys(str(product.usb) for product in family.products):
            ids.setdefault(usb, []).append(family.name)
    lines = [json.dumps(written(family)) + "\n" for family in families]
    knowing = "".join(f"{usb} {' '.join(names)}\n" for usb, names in sorted(ids.items()))
    lengths = "".join(f"{family.name} {len(line)}\n" for family, line in zip(families, lines, strict=True))
    index = f"\n{knowing}\n{lengths}\n"
    return f"{len(index)}\n{index}{''.join(lines)}"
