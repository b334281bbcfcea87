"""Profiles as what usb_modeswitch and OpenWrt's usbmode keep of a device: what they can say, and why not the rest.

An entry is one direct way from a stick that wakes up to the mode wanted.  It is given only where it reads back, by
``importers/``, as the same actions.

Ref: usb_modeswitch 2.6.1, its dispatcher (a file a device, strings in its name, glob characters live); OpenWrt usbmode,
main.c (it compares no strings) and switch.c.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from math import ceil
from typing import Any

from ..database.profile import Product, Profile, Transition
from ..errors import ProfileError
from ..importers.files import read as read_back
from ..importers.methods import draft
from ..importers.usb_modeswitch import MATCHES
from ..methods.base import Action
from ..methods.pause import Pause
from ..methods.registry import read_step
from ..methods.reset import Reset
from ..modem.roles import WAKING, satisfies
from ..printable import printable
from ..usb.descriptors import UsbId
from ..values import NamedTuple
from . import usb_modeswitch, usbmode
from .stick import Stick

LIST = "usb-mode.json"
"""The file of OpenWrt's list."""
MOST_TARGETS = 64
LONGEST_NAME = 200
"""The longest file name that is given, in characters."""
_SAFE = re.compile(r"[A-Za-z0-9_.,+&-]{1,80}")
"""What of a device's strings may stand in a file name: no separator of the peer's, and no glob character."""
_UNSAFE_IN_COMMENT = re.compile(r"[^\w .,()/+:&-]", re.ASCII)


class Entry(NamedTuple):
    """What a program keeps of one product: the name of its file, and the text; of usbmode the parts of its list."""

    usb: UsbId
    name: str
    text: str
    device: dict[str, Any]
    messages: list[str]


class Unsaid(NamedTuple):
    """What a program cannot be told of products of one family, and why; ``written``: there is an entry all the same."""

    family: str
    ids: tuple[UsbId, ...]
    message: str
    written: bool


class Unsayable(Exception):
    """Why a product has no entry."""


def entries(
    families: Iterable[Profile], target: str, to: str | None, others: Callable[[UsbId], Iterable[Product]]
) -> tuple[list[Entry], list[Unsaid]]:
    """The entries for ``target`` (``usb_modeswitch`` or ``openwrt``), and what it cannot be told.

    ``to`` is the mode wanted, None for each family's own; ``others`` gives all products of an id, of any family.
    """
    found: dict[str, Entry] = {}
    why: dict[tuple[str, str, bool], list[UsbId]] = {}
    for family in families:
        for product in (one for one in family.products if one.wakes):
            try:
                entry = _entry(family, product, target, to or family.goal, [*others(product.usb)])
                if entry.name in found:
                    raise Unsayable("its id has an entry already, and no string tells the two apart")
                found[entry.name] = entry
                for note in _notes(product, target):
                    why.setdefault((family.name, note, True), []).append(product.usb)
            except Unsayable as error:
                why.setdefault((family.name, str(error), False), []).append(product.usb)
    unsaid = [Unsaid(name, tuple(ids), message, written) for (name, message, written), ids in why.items()]
    return [*found.values()], unsaid


def whole_list(found: Sequence[Entry]) -> str:
    """OpenWrt's list of these entries, as its script reads it."""
    messages = [*dict.fromkeys(message for entry in found for message in entry.messages)]
    rows = []
    for entry in found:
        own = {key: value for key, value in entry.device.items() if key != "msg"}
        if entry.messages:
            own["msg"] = [messages.index(message) for message in entry.messages]
        rows.append(f'    "{entry.usb}": {json.dumps({"*": own})}')
    texts = ",\n".join(f"    {json.dumps(message)}" for message in messages)
    return f'{{\n  "messages": [\n{texts}\n  ],\n  "devices": {{\n' + ",\n".join(rows) + "\n  }\n}\n"


def reference(found: Sequence[Entry]) -> str:
    """All entries of usb_modeswitch as one text, as in its device_reference.txt."""
    parts = []
    for entry in found:
        vendor, product = str(entry.usb).split(":")
        ids = f"DefaultVendor=0x{vendor}\nDefaultProduct=0x{product}\n"
        head = [line for line in entry.text.splitlines() if line.startswith("#")]
        rest = [line for line in entry.text.splitlines() if not line.startswith("#")]
        parts.append("\n".join((f"# {'#' * 60}", *head, ids, *rest, "")))
    return "\n".join(parts)


def _entry(family: Profile, product: Product, target: str, goal: str, others: list[Product]) -> Entry:
    """The entry of one product.  Raises :class:`Unsayable`."""
    if product.leave_alone and target == "openwrt":  # its configuration 0 would take the device's away
        raise Unsayable(f"it is left alone, which usbmode cannot be told: {product.leave_alone}")
    name = _name(product, target, others)
    if product.leave_alone:
        return _left_alone(family, product, name)
    stick = Stick(product.usb, wakes=product.usb, becomes=_targets(family, product))
    whys = []
    for way in _ways(family, goal):
        try:
            return (_for_usbmode if target == "openwrt" else _for_usb_modeswitch)(family, product, way, stick, name)
        except Unsayable as error:
            whys.append(str(error))
    raise Unsayable(whys[0])


def _ways(family: Profile, goal: str) -> list[Transition]:
    """The ways that lead there at once, the likeliest first.  Raises :class:`Unsayable` where there is none."""
    every = family.ways_for(lambda _model: False)
    leading = [way for way in every if any(satisfies(mode, goal) for mode in way.to)]
    direct = [way for way in leading if way.start in WAKING and not way.stand_in]
    if not leading:
        raise Unsayable(f"no way leads to {goal} for all sticks of this id")
    if not direct:
        raise Unsayable(f"{goal} is reached only through {leading[0].start}, and it does one way")
    free = [way for way in direct if not way.persistent]
    if not free:
        raise Unsayable(f"the way to {goal} writes to the stick's NVRAM, and it keeps no old value")

    def rank(way: Transition) -> tuple[int, int]:
        return WAKING.index(way.start), next(n for n, mode in enumerate(way.to) if satisfies(mode, goal))

    return sorted(free, key=rank)


def _targets(family: Profile, product: Product) -> tuple[UsbId, ...]:
    """The ids it becomes, where they can be told: another than its own, of one vendor, not too many."""
    listed = product.becomes or tuple(
        one.usb for one in family.products if not one.wakes and one.usb.vendor == product.usb.vendor and not one.mode
    )
    ids = tuple(dict.fromkeys(listed))
    fits = ids and product.usb not in ids and len({one.vendor for one in ids}) == 1
    return ids[:MOST_TARGETS] if fits else ()


def _notes(product: Product, target: str) -> Iterator[str]:
    """What an entry leaves out and a person should know."""
    program = "usbmode" if target == "openwrt" else "usb_modeswitch"
    for key, text in product.unless:
        yield f"{program} cannot be told to leave alone what has {printable(text, 60)!r} in its {key}"


def _name(product: Product, target: str, others: list[Product]) -> str:
    """The file's name, with the strings that the device is told by.  Raises :class:`Unsayable`."""
    apart = [one for one in others if one.wakes and one.match != product.match]
    if target == "openwrt":
        if product.match or apart:
            raise Unsayable("sticks of this id are told apart by their strings, and usbmode compares none")
        return str(product.usb)
    alone = [one for one in apart if one.leave_alone]
    if alone and not product.match:
        raise Unsayable(f"another stick of this id is left alone: {alone[0].leave_alone}")
    suffixes = {ours: theirs for theirs, ours in MATCHES.items()}
    name = str(product.usb)
    for key, text in product.match:
        word = text.replace(" ", "_")
        if not _SAFE.fullmatch(word):
            raise Unsayable(f"{key} {printable(text, 60)!r} cannot stand in the name of a file")
        name += f":{suffixes[key]}={word}"
    if len(name) > LONGEST_NAME:
        raise Unsayable(f"its strings make a file name of more than {LONGEST_NAME} characters")
    return name


def _actions(way: Transition) -> list[Action]:
    return [action for step in way.steps for action in step.actions]


def _for_usb_modeswitch(family: Profile, product: Product, way: Transition, stick: Stick, name: str) -> Entry:
    """A file of /etc/usb_modeswitch.d.  Raises :class:`Unsayable`."""
    every = _actions(way)
    settings: list[tuple[str, str]] = []
    if stick.becomes:
        settings.append(("TargetVendor", f"0x{stick.becomes[0].vendor:04x}"))
        settings.append(("TargetProductList", '"' + ",".join(f"{one.product:04x}" for one in stick.becomes) + '"'))
    elif family.told_by.startswith("class "):
        settings.append(("TargetClass", f"0x{family.told_by.removeprefix('class ')}"))
    rest, wait = every, 0
    if len(rest) > 1 and isinstance(rest[0], Pause) and rest[0].seconds == int(rest[0].seconds):
        wait, rest = int(rest[0].seconds), rest[1:]
        settings.append(("WaitBefore", str(wait)))
    if len(rest) > 1 and isinstance(rest[-1], Reset) and isinstance(rest[-2], Pause) and rest[-2].seconds == 1:
        rest = [*rest[:-2], rest[-1]]  # it waits for that second before every reset
    made = usb_modeswitch.settings(rest, stick)
    _see_that_it_does_all(made[1] if made else 0, rest, "usb_modeswitch")
    settings += made[0] if made else []
    settings.append(("CheckSuccess", str(max(1, ceil(way.within) - wait))))
    text = _file(product, f"{family.name}, {way}", settings)
    _see_that_it_reads_back(text, name, every)
    return Entry(product.usb, name, text, {}, [])


def _left_alone(family: Profile, product: Product, name: str) -> Entry:
    """A file that has usb_modeswitch leave the device as it is.  Ref: its dispatcher, ``Configuration=0``."""
    return Entry(product.usb, name, _file(product, f"{family.name}, left alone", [("Configuration", "0")]), {}, [])


def _file(product: Product, about: str, settings: Sequence[tuple[str, str]]) -> str:
    """The text of a file: what the device is called, where it is from, its settings."""
    words = _UNSAFE_IN_COMMENT.sub("_", printable(", ".join(product.names), 120))
    head = [f"# {words}", f"# {about}; by: modeswitch profiles export"]
    return "\n".join((*head, "", *(f"{key}={value}" for key, value in settings), ""))


def _for_usbmode(family: Profile, product: Product, way: Transition, stick: Stick, name: str) -> Entry:
    """An entry of OpenWrt's list.  Raises :class:`Unsayable`."""
    every = _actions(way)
    made, taken = usbmode.entry(every, stick)
    _see_that_it_does_all(taken, every, "usbmode")
    device = made["devices"][str(product.usb)]["*"]
    if not stick.becomes and family.told_by.startswith("class "):
        device["t_class"] = int(family.told_by.removeprefix("class "), 16)
    entry = Entry(product.usb, name, "", device, made["messages"])
    _see_that_it_reads_back(whole_list([entry]), LIST, every)
    return entry


def _see_that_it_does_all(taken: int, actions: Sequence[Action], program: str) -> None:
    if taken < len(actions):
        raise Unsayable(f"{program} cannot do this: {actions[taken]}")


def _see_that_it_reads_back(text: str, name: str, actions: Sequence[Action]) -> None:
    """Raise :class:`Unsayable` where the program would do anything else than the profile says."""
    try:
        found, problems = read_back(text.encode(), name)
        steps = draft(found[0]).steps if found and not problems else ()
        again = [action for step in steps for action in read_step(step, name, "").actions]
    except ProfileError as error:
        raise Unsayable(f"it cannot be told so: {error.message}") from error
    if [*map(usb_modeswitch.without_doubt, again)] != [*map(usb_modeswitch.without_doubt, actions)]:
        raise Unsayable("told so, it would do something else than the profile says")
