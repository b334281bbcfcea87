"""A profile: which products a family has, which transitions lead from mode to mode, and the evidence for each claim.

The values, and the one strict reader of the TOML files in ``profiles/``.  ``profiles/example.toml`` shows every key.
The values need neither TOML nor construct, so that a compiled profile loads without them (``library.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from .actions import Step
from .descriptors import Triple, UsbId
from .errors import ProfileError, UsageError
from .roles import GOALS, MODES

if TYPE_CHECKING:
    from .fields import Fields

EVIDENCE = ("hardware", "capture", "source", "report")
"""Kinds of evidence, the best first."""

ROLES = ("modem", "pcui", "diag", "gps", "ncm", "ecm", "rndis", "qmi", "mbim", "serial", "storage", "acm", "other")
"""The words that ``ports`` and ``gives`` may use for a role."""


class Evidence(NamedTuple):
    """Why a claim is believed: its kind, and the file, document or address that shows it."""

    kind: str
    ref: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.ref}"


class Product(NamedTuple):
    """One id of the family: what a stick wakes up as (``wakes``), or what it is seen as after a switch.

    ``ports`` are the roles of interfaces that say only ff/ff/ff, in order; ``mode`` is set only where the interfaces
    cannot tell it (download); ``leave_alone`` says why this product must not be touched, and is empty else.
    """

    usb: UsbId
    names: tuple[str, ...]
    ports: tuple[str, ...]
    mode: str
    leave_alone: str
    evidence: tuple[Evidence, ...]
    wakes: bool = True


class Gives(NamedTuple):
    """A network function that the target mode has: class triple and role; the host needs a driver for it."""

    triple: Triple
    role: str

    def __str__(self) -> str:
        return f"{self.triple} {self.role}"


class Transition(NamedTuple):
    """One edge of the family's graph.

    ``to`` are the modes it may end in, the likeliest first: what the firmware's own settings decide is not ours to
    claim.  ``within`` is how long the stick may take until it is back on its port, in seconds.  ``persistent`` marks
    what writes to the stick's NVRAM.
    """

    start: str
    to: tuple[str, ...]
    gives: tuple[Gives, ...]
    steps: tuple[Step, ...]
    within: float
    persistent: bool
    evidence: tuple[Evidence, ...]

    def __str__(self) -> str:
        return f"{self.start} -> {' or '.join(self.to)}"


class Profile(NamedTuple):
    """A family: its name (that of its file), vendor, the mode a switch without ``--to`` leads to, and its graph."""

    name: str
    vendor: str
    goal: str
    products: tuple[Product, ...]
    transitions: tuple[Transition, ...]

    def product(self, usb: UsbId) -> Product | None:
        """The product with that id, or None."""
        return next((product for product in self.products if product.usb == usb), None)


def read(text: str, file: str) -> Profile:
    """Read a profile from the text of its TOML file; ``file`` is its path, whose stem must be the family's name.

    Raises :class:`~modeswitch.errors.ProfileError` with file, table and key.
    """
    import tomllib

    from .fields import Fields

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"{file}: not TOML: {error}", file=file) from error
    top = Fields(file, "top level", document)
    family = Fields(file, "[family]", top.take("family", Mapping))
    products = _tables(top, "product")
    switched = _tables(top, "switched")
    transitions = _tables(top, "transition")
    top.finish()
    if not products:
        top.wrong("a family has at least one [[product]]", "product")
    profile = Profile(
        family.text("name"),
        family.text("vendor"),
        _mode(family, "goal"),
        (
            *(_product(fields, wakes=True) for fields in products),
            *(_product(fields, wakes=False) for fields in switched),
        ),
        tuple(_transition(fields) for fields in transitions),
    )
    _check(profile, family, products + switched)
    family.finish()
    return profile


def _tables(top: Fields, key: str) -> list[Fields]:
    """The tables of an array, each under the name a person would give it."""
    from .fields import Fields

    return [Fields(top.file, f"[[{key}]] {n}", table) for n, table in enumerate(top.take(key, list, []), 1)]


def _check(profile: Profile, family: Fields, products: list[Fields]) -> None:
    """What no single key can show: the name is the file's, each id stands once, the goal can be reached."""
    stem = family.file.replace("\\", "/").rpartition("/")[2].removesuffix(".toml")
    if profile.name != stem:
        family.wrong(f"{profile.name!r} is not the file's name, {stem!r}", "name")
    seen: set[UsbId] = set()
    for product, fields in zip(profile.products, products, strict=True):
        if product.usb in seen:
            fields.wrong(f"{product.usb} stands here twice", "usb")
        seen.add(product.usb)
    reached = {mode for transition in profile.transitions for mode in transition.to}
    if profile.transitions and profile.goal not in reached | {"switched"}:
        family.wrong(f"no transition leads to {profile.goal!r}", "goal")
    if not profile.transitions and not all(product.leave_alone for product in profile.products):
        family.wrong("a family without transitions is one to leave alone: say why at each product")


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
            fields.wrong(f"{kind!r} is none of {', '.join(EVIDENCE)}, or its reference is no string", "evidence")
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
    product = Product(usb, fields.texts("names"), ports, mode, alone, _evidence(fields), wakes)
    fields.finish()
    return product


def _transition(fields: Fields) -> Transition:
    from . import steps

    start = _mode(fields, "from")
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
        start,
        to,
        tuple(_gives(fields, text) for text in fields.texts("gives", [])),
        tuple(steps.parse(step, f"{fields.where}, step {n}", fields.file) for n, step in enumerate(written, 1)),
        fields.seconds("within", 300.0),
        fields.flag("persistent"),
        _evidence(fields),
    )
    fields.finish()
    return transition


def _gives(fields: Fields, text: str) -> Gives:
    triple, _, role = text.partition(" ")
    if role not in ROLES:
        fields.wrong(f"{text!r} is not a class and a role, as in '02/0d/00 ncm'", "gives")
    try:
        return Gives(Triple.parse(triple), role)
    except UsageError as error:
        fields.wrong(error.message, "gives")


def written(profile: Profile) -> dict[str, Any]:
    """The profile as plain lists, numbers and strings: what the compiled form holds."""
    return {
        "name": profile.name,
        "vendor": profile.vendor,
        "goal": profile.goal,
        "products": [
            [str(p.usb), p.names, p.ports, p.mode, p.leave_alone, p.evidence, p.wakes] for p in profile.products
        ],
        "transitions": [_written_transition(transition) for transition in profile.transitions],
    }


def _written_transition(transition: Transition) -> list[Any]:
    start, to, gives, steps, *rest = transition
    return [start, to, [str(given) for given in gives], [_written_step(step) for step in steps], *rest]


def _written_step(step: Step) -> list[Any]:
    actions = [
        [type(action).__name__, *(item.hex() if isinstance(item, bytes) else item for item in action)]
        for action in step.actions
    ]
    return [step.written, actions]


def loaded(form: Mapping[str, Any]) -> Profile:
    """The profile back from its plain form, as :func:`written` made it."""
    return Profile(
        form["name"],
        form["vendor"],
        form["goal"],
        tuple(
            Product(_loaded_id(usb), tuple(names), tuple(ports), mode, alone, _loaded_evidence(evidence), wakes)
            for usb, names, ports, mode, alone, evidence, wakes in form["products"]
        ),
        tuple(
            Transition(
                start,
                tuple(to),
                tuple(Gives(Triple.parse(text[:8]), text[9:]) for text in gives),
                tuple(_loaded_step(*step) for step in steps),
                within,
                persistent,
                _loaded_evidence(evidence),
            )
            for start, to, gives, steps, within, persistent, evidence in form["transitions"]
        ),
    )


def _loaded_id(text: str) -> UsbId:
    return UsbId(int(text[:4], 16), int(text[5:], 16))


def _loaded_evidence(items: list[list[str]]) -> tuple[Evidence, ...]:
    return tuple(Evidence(*item) for item in items)


def _loaded_step(text: str, actions: list[list[Any]]) -> Step:
    from .actions import KINDS, Bot, Bulk, Control

    binary: dict[type, tuple[int, ...]] = {Bot: (0, 2), Control: (4,), Bulk: (0,)}
    made = []
    for name, *items in actions:
        kind = KINDS[name]
        for index in binary.get(kind, ()):
            items[index] = bytes.fromhex(items[index])
        made.append(kind(*items))
    return Step(text, tuple(made))
