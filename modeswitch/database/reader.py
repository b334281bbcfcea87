"""The one reader of profiles: TOML in, a :class:`~modeswitch.database.profile.Profile` out, strictly.

An unknown key, a wrong type, a claim without evidence is an error that names file, table and key;
``profiles/example.toml`` shows and comments every key.  This module imports tomllib and construct, which cost more
than the interpreter's start: therefore shipped profiles are compiled.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from itertools import pairwise

from ..errors import ProfileError, UsageError
from ..fields import Fields
from ..files import UntrustedFile, read_bounded
from ..methods.back import Back
from ..methods.registry import read_step
from ..modem.roles import GOALS, MODES, STARTS
from ..printable import printable
from ..usb.descriptors import Triple, UsbId
from .profile import (
    EVIDENCE,
    NEW_IDS,
    ROLES,
    STRINGS,
    TOLD_BY,
    Evidence,
    Gives,
    Product,
    Profile,
    Transition,
    Words,
    selected,
)

LONGEST_SETTLE = 60.0
"""No stick is known that changes by itself for longer after it is back, in seconds."""


def read(text: str, file: str) -> Profile:
    """Read a profile from the text of its TOML file; ``file`` is its path, whose stem must be the family's name.

    Raises :class:`~modeswitch.errors.ProfileError` with file, table and key.
    """
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # TOMLDecodeError; int() and deep nesting raise their own
        raise ProfileError(f"{printable(file)}: not TOML: {error}", file=file) from error
    top = Fields(file, "top level", document)
    family = Fields(file, "[family]", top.take("family", Mapping))
    products = _tables(top, "product")
    switched = _tables(top, "switched")
    transitions = _tables(top, "transition")
    top.finish()
    if not products:
        top.wrong("a family has at least one [[product]]", "product")
    ways = [(fields, _transition(fields)) for fields in transitions]
    profile = Profile(
        family.text("name"),
        family.text("vendor"),
        _mode(family, "goal"),
        (
            *(_product(fields, wakes=True) for fields in products),
            *(_product(fields, wakes=False) for fields in switched),
        ),
        tuple(one for _fields, found in ways for one in found),
        _told_by(family),
        family.seconds("settle", LONGEST_SETTLE) if family.has("settle") else 0.0,
    )
    unless = _words(family, "unless")
    products_of = tuple(p._replace(unless=(*unless, *p.unless)) if p.wakes else p for p in profile.products)
    profile = profile._replace(products=_with_targets(products_of))
    _check(profile, family)
    _check_models(profile, ways)
    _check_ids(profile, products + switched)
    family.finish()
    return profile


def _tables(top: Fields, key: str) -> list[Fields]:
    """The tables of an array, each under the name a person would give it."""
    return [Fields(top.file, f"[[{key}]] {n}", table) for n, table in enumerate(top.take(key, list, []), 1)]


def _with_targets(products: tuple[Product, ...]) -> tuple[Product, ...]:
    """The products, and those that they become and that no table of their own describes."""
    described = {product.usb for product in products if not product.wakes}
    found: dict[UsbId, Product] = {}
    for product in products:
        for usb in product.becomes:
            if usb not in described:
                names = (f"switched {product.usb}",)
                found.setdefault(usb, Product(usb, names, (), "", "", product.evidence, wakes=False))
    return (*products, *found.values())


def _told_by(family: Fields) -> str:
    """How a switched stick is told; a class is written ``class ff``."""
    told = family.text("told-by", "interfaces")
    kind, _, digits = told.partition(" ")
    if kind not in TOLD_BY or (kind == "class") != bool(re.fullmatch("[0-9a-f]{2}", digits)):
        family.wrong(f"{told!r} is not one of {', '.join(TOLD_BY)} (written as 'class ff')", "told-by")
    return told


def _check(profile: Profile, family: Fields) -> None:
    """What no single key can show: the name is the file's, the goal can be reached, a configuration can tell."""
    stem = family.file.replace("\\", "/").rpartition("/")[2].removesuffix(".toml")
    if profile.name != stem:
        family.wrong(f"{profile.name!r} is not the file's name, {stem!r}", "name")
    reached = {mode for transition in profile.transitions for mode in transition.to}
    if profile.transitions and profile.goal not in reached | {"switched"}:
        family.wrong(f"no transition leads to {profile.goal!r}", "goal")
    if not profile.transitions and not all(product.leave_alone for product in profile.products):
        family.wrong("a family without transitions is one to leave alone: say why at each product")
    if profile.told_by == "configuration" and selected(profile) is None:
        family.wrong("no step selects a configuration by its value", "told-by")


def _check_models(profile: Profile, ways: list[tuple[Fields, list[Transition]]]) -> None:
    """Each model that a transition is for is one of those that wake up."""
    names = {name for product in profile.products if product.wakes for name in product.names}
    for fields, found in ways:
        strange = [model for model in found[0].only if model not in names]
        if strange:
            fields.wrong(f"{strange[0]!r} is no name of a [[product]]", "only")


def _check_ids(profile: Profile, tables: list[Fields]) -> None:
    """Each id stands once in a family, as what wakes up and as what comes of it, or each time with other strings."""
    seen: set[tuple[UsbId, bool, object]] = set()
    for product, fields in zip(profile.products, tables, strict=False):
        other = (product.usb, not product.wakes, product.match)
        if (product.usb, product.wakes, product.match) in seen or other in seen:
            fields.wrong(f"{product.usb} stands here twice", "usb")
        seen.add((product.usb, product.wakes, product.match))


def _mode(fields: Fields, key: str) -> str:
    value = fields.text(key)
    if value not in GOALS:
        fields.wrong(f"{value!r} is no mode; the modes are {', '.join(GOALS)}", key)
    return value


def _evidence(fields: Fields) -> tuple[Evidence, ...]:
    """A list of tables with one key each, its kind; not empty, best kind first."""
    found = []
    for item in fields.take("evidence", list):
        if not isinstance(item, Mapping) or len(item) != 1:
            fields.wrong('one kind and its reference is wanted, as in { capture = "…" }', "evidence")
        (kind, ref), *_ = item.items()
        if kind not in EVIDENCE or not isinstance(ref, str) or not ref.isprintable():
            fields.wrong(f"{kind!r} is not one of {', '.join(EVIDENCE)}, or its reference is no string", "evidence")
        found.append(Evidence(kind, ref))
    if not found:
        fields.wrong("no claim without evidence", "evidence")
    if found != sorted(found, key=lambda evidence: EVIDENCE.index(evidence.kind)):
        fields.wrong(f"the best comes first: {', '.join(EVIDENCE)}", "evidence")
    return tuple(found)


def _product(fields: Fields, wakes: bool) -> Product:
    try:
        usb = UsbId.parse(fields.text("usb"))
    except UsageError as error:
        fields.wrong(error.message, "usb")
    mode = fields.text("mode", "")
    if mode and mode not in MODES:
        fields.wrong(f"{mode!r} is no mode; the modes are {', '.join(MODES)}", "mode")
    ports = fields.texts("ports", [])
    for port in ports:
        if port not in ROLES:
            fields.unknown(port, ROLES)
    alone = fields.text("leave-alone", "")
    new_id = fields.text("new-id", "")
    if new_id and new_id not in NEW_IDS:
        fields.wrong(f"{new_id!r} is not one of {', '.join(NEW_IDS)}", "new-id")
    product = Product(usb, fields.texts("names"), ports, mode, alone, _evidence(fields), wakes, new_id=new_id)
    if wakes:
        product = product._replace(
            match=_words(fields, "match"), unless=_words(fields, "unless"), becomes=_ids(fields, "becomes")
        )
    fields.finish()
    return product


def _words(fields: Fields, key: str) -> Words:
    """A table of strings to be found in those of the device, in the order of STRINGS."""
    if not fields.has(key):
        return ()
    table = fields.table(key)
    words = tuple((name, table.text(name)) for name in STRINGS if table.has(name))
    table.finish()
    if not words or not all(text for _name, text in words):
        fields.wrong("an empty string is in all, and none in nothing: say what is in which", key)
    return words


def _ids(fields: Fields, key: str) -> tuple[UsbId, ...]:
    try:
        return tuple(UsbId.parse(text) for text in fields.texts(key, []))
    except UsageError as error:
        fields.wrong(error.message, key)


def _transition(fields: Fields) -> list[Transition]:
    """One transition for each mode it may start from."""
    starts = [fields.text("from")] if isinstance(fields.peek("from"), str) else fields.texts("from")
    for start in starts:
        if start not in STARTS:
            fields.wrong(f"{start!r} is no mode; the modes are {', '.join(STARTS)}", "from")
    if not starts:
        fields.wrong("a transition starts somewhere", "from")
    to = (fields.text("to"),) if isinstance(fields.peek("to"), str) else fields.texts("to")
    for mode in to:
        if mode not in MODES:
            fields.wrong(f"{mode!r} is no mode; the modes are {', '.join(MODES)}", "to")
    if not to:
        fields.wrong("a transition leads somewhere", "to")
    written = fields.take("steps", list)
    if not written:
        fields.wrong("a transition has at least one step", "steps")
    transition = Transition(
        starts[0],
        to,
        tuple(_gives(fields, text) for text in fields.texts("gives", [])),
        tuple(read_step(step, f"{fields.where}, step {n}", fields.file) for n, step in enumerate(written, 1)),
        fields.seconds("within", 300.0),
        fields.flag("persistent"),
        _evidence(fields),
        fields.seconds("usual", 300.0) if fields.has("usual") else 0.0,
        fields.flag("listed"),
        fields.texts("only", []),
        fields.text("caution", ""),
        fields.flag("stand-in"),
    )
    if transition.usual > transition.within:
        fields.wrong(f"what is usual ({transition.usual:g} s) is longer than what is allowed", "usual")
    writes = any(action.writes for step in transition.steps for action in step.actions)
    if writes and not transition.persistent:
        fields.wrong("a step writes to the stick's NVRAM: say persistent = true", "persistent")
    pauses = [isinstance(action, Back) for step in transition.steps for action in step.actions]
    if any(one and after for one, after in pairwise([True, *pauses, True])):
        fields.wrong("back stands between two other steps", "steps")
    fields.finish()
    return [transition._replace(start=start) for start in starts]


def _gives(fields: Fields, text: str) -> Gives:
    triple, _, role = text.partition(" ")
    if role not in ROLES:
        fields.wrong(f"{text!r} is not a class and a role, as in '02/0d/00 ncm'", "gives")
    try:
        return Gives(Triple.parse(triple), role)
    except UsageError as error:
        fields.wrong(error.message, "gives")


LARGEST = 1024 * 1024
"""No profile is larger, in bytes; what is, is not read."""


def read_text(path: str | os.PathLike[str], *, trusted: bool = False) -> str:
    """The text of a profile's file; ``trusted`` where it is to be acted upon.

    Raises :class:`ProfileError` where it cannot be read, is too large, is not UTF-8, or where we are root, shall act
    upon it, and another user could have written it.
    """
    name = os.fspath(path)
    shown = printable(name)
    try:
        return read_bounded(path, LARGEST, trusted=trusted).decode("utf-8")
    except UntrustedFile as error:
        hint = f"chown root {shown}; chmod go-w {shown}"
        raise ProfileError(f"{shown} {error.strerror}", hint=hint, file=name) from error
    except OSError as error:
        raise ProfileError(f"{shown}: {error.strerror}", file=name) from error
    except UnicodeDecodeError as error:
        raise ProfileError(f"{shown}: not UTF-8 at byte {error.start}", file=name) from error
