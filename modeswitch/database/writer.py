"""A profile as the TOML text that a person keeps: of a stick that was switched as if it were another.

What is written is read back by ``reader.py``; the steps stand there as they were written in the relative's profile.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator

from ..printable import printable
from ..usb.descriptors import UsbId
from .profile import Product, Profile, Transition, Words

HEAD = """\
# Made by modeswitch {version} when {usb} was switched as if it were {like}.
"""
TO_KEEP = """\
# To keep it: save it as /etc/modeswitch/profiles/{name}.toml; from then on {usb} is known, and --like is not wanted.
"""
LONGEST_EVIDENCE = 600


def kept_name(usb: UsbId) -> str:
    """How such a profile is called: no shipped one is called so."""
    return f"like-{usb.vendor:04x}-{usb.product:04x}"


def kept(
    family: Profile,
    usb: UsbId,
    like: str,
    taken: Collection[Transition],
    mode: str,
    after: Product | None,
    hardware: str = "",
) -> str:
    """The text of the profile of ``usb``, which was switched by ``taken`` and is in ``mode`` now.

    ``family`` is the one that it was taken for, with ``usb`` as a product of it; ``after`` what it is seen as now, None
    where that is the same id.  Ways that were not taken are written as not tried, ways that write to NVRAM not at all.
    ``hardware`` is what was seen, as evidence for what was taken; without it the evidence is a report.
    """
    from .. import __version__

    ways = [way for way in family.transitions if not way.persistent and not way.only]
    reached = {one for way in ways for one in way.to}
    product = next(one for one in family.products if one.usb == usb and one.wakes)
    head = HEAD if hardware else HEAD + TO_KEEP
    lines = [
        head.format(version=__version__, usb=usb, like=printable(like, 60), name=kept_name(usb)),
        "[family]",
        f"name   = {_text(kept_name(usb))}",
        f"vendor = {_text(family.vendor)}",
        f"goal   = {_text(mode if mode in reached else family.goal)}",
    ]
    if family.told_by != "interfaces":
        lines.append(f"told-by = {_text(family.told_by)}")
    if family.settle:
        lines.append(f"settle = {family.settle:g}")
    said = _evidence("report", f"one stick, switched by modeswitch --like {printable(like, 60)}")
    said = _evidence("hardware", hardware) if hardware else said
    lines += ["", "[[product]]", *_product(product, said)]
    if after is not None:
        lines += ["", "[[switched]]", *_product(after, said)]
    for way in ways:
        untried = _evidence("report", f"so it is with {like}, of {family.name}; not tried with {usb}")
        lines += ["", "[[transition]]", *_transition(way, said if way in taken else untried)]
    return "\n".join(lines) + "\n"


def _evidence(kind: str, ref: str) -> str:
    return f"{{ {kind} = {json.dumps(printable(ref, LONGEST_EVIDENCE), ensure_ascii=False)} }}"


def _product(product: Product, said: str) -> Iterator[str]:
    yield f"usb      = {_text(str(product.usb))}"
    yield f"names    = {_texts(product.names)}"
    if product.wakes:
        yield from (
            f"{key:8} = {_words(words)}"
            for key, words in (("match", product.match), ("unless", product.unless))
            if words
        )
    if product.ports:
        yield f"ports    = {_texts(product.ports)}"
    if product.mode:
        yield f"mode     = {_text(product.mode)}"
    if product.new_id:
        yield f"new-id   = {_text(product.new_id)}"
    yield f"evidence = [{said}]"


def _transition(way: Transition, said: str) -> Iterator[str]:
    yield f"from     = {_text(way.start)}"
    yield f"to       = {_texts(way.to)}"
    if way.gives:
        yield f"gives    = {_texts(map(str, way.gives))}"
    if way.listed:
        yield "listed   = true"
    if way.stand_in:
        yield "stand-in = true"
    if way.caution:
        yield f"caution  = {_text(way.caution)}"
    yield "steps    = ["
    yield from (f"    {step}," for step in way.steps)
    yield "]"
    yield f"within   = {way.within:g}"
    if way.usual:
        yield f"usual    = {way.usual:g}"
    yield f"evidence = [{said}]"


def _words(words: Words) -> str:
    return "{ " + ", ".join(f"{key} = {_text(text)}" for key, text in dict(words).items()) + " }"


def _texts(texts: Iterable[str]) -> str:
    return "[" + ", ".join(map(_text, texts)) + "]"


def _text(text: str) -> str:
    """A string of TOML: what is printable is written alike in TOML and JSON."""
    return json.dumps(printable(text), ensure_ascii=False)
