"""What the doctor found, as lines for a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..identity.device import called
from .checks import verdict
from .finding import LEVELS, Finding
from .pasted.values import PastedDevice, PastedText
from .snapshot import InterfaceState, Snapshot
from .systems import SYSTEMS

MOST_NAMED = 8
"""How many of the devices that are left out are named."""


VERDICTS = {"problem": "a problem", "unclear": "unclear", "other": "no modem", "well": "well"}
"""The verdict in plain words."""


def snapshot_lines(snapshot: Snapshot, findings: Iterable[Finding], *, full: bool = False) -> Iterator[str]:
    """A stick, the verdict and the main finding in one line; what to do; why; what else was found, by its weight.

    A stick that is well is told in short: with ``full`` its interfaces are listed, and all reasons.
    """
    found = sorted(findings, key=lambda finding: LEVELS.index(finding.level))
    judged = verdict(found)
    is_short = judged == "well" and not full
    main = next((one for one in found if one.level == ("good" if judged == "well" else judged)), None)
    yield f"{snapshot}: {_headline(snapshot, judged, main)}{_names(snapshot)}"
    if main is not None:
        found.remove(main)
        yield from _commands(main, "  ", is_short=is_short)
        yield from (f"  {reason}" for reason in main.why)
    for finding in found:
        if is_short:
            command = "".join(f"  $ {line}" for line in finding.commands[:1])
            yield f"  {finding.level}: {finding.text}{command}"
            continue
        yield f"  {finding.level}: {finding.text}"
        yield from _commands(finding, "      ", is_short=False)
        yield from (f"      {reason}" for reason in finding.why)
    if snapshot.history:
        yield f"  history  {snapshot.history}"
    if not is_short:
        yield from map(_interface_line, snapshot.interfaces)
    elif not all(interface.triple and interface.has_expected_driver for interface in snapshot.interfaces):
        named = (f"interface {one.number} {one.role} {_driver(one)}" for one in snapshot.interfaces)
        yield f"  {', '.join(named)}"


def _headline(snapshot: Snapshot, judged: str, main: Finding | None) -> str:
    """The state, the verdict and the main finding, each once."""
    text = main.text if main is not None else ""
    words = [word for word in (_state(snapshot), VERDICTS[judged]) if not text.startswith(word)]
    return ": ".join(filter(None, (", ".join(words), text)))


def _names(snapshot: Snapshot) -> str:
    """What it is called, in brackets."""
    strings = snapshot.pasted.strings if snapshot.pasted else snapshot.device.usb.strings
    disks = snapshot.pasted.disks if snapshot.pasted else ()
    names = called(strings, snapshot.device.product) or next(iter(disks), "")
    return f"  ({names})" if names else ""


def _commands(finding: Finding, indent: str, *, is_short: bool) -> Iterator[str]:
    """A line for each command; in short one for all."""
    if is_short and finding.commands:
        yield f"{indent}$ {'; '.join(finding.commands)}"
        return
    yield from (f"{indent}$ {command}" for command in finding.commands)


def _state(snapshot: Snapshot) -> str:
    """Its mode, else what its id tells of it."""
    if snapshot.standing is not None and (snapshot.device.mode is None or snapshot.standing.thing):
        return snapshot.standing.words
    return snapshot.device.mode or "in no mode that is known"


def _driver(interface: InterfaceState) -> str:
    return {"": "(none)", None: "?"}.get(interface.driver, interface.driver or "")


def _interface_line(interface: InterfaceState) -> str:
    """An interface with its driver; the expected ones only where it has none of them."""
    driver = _driver(interface)
    lacks = interface.has_wrong_driver or not interface.driver
    expected = (
        f"  should be {' or '.join(interface.expected)}"
        if lacks and interface.expected and interface.role != "storage"
        else ""
    )
    return f"  interface {interface.number}  {interface.triple or '-'!s:8}  {interface.role:8} {driver}{expected}"


def text_lines(name: str, text: PastedText, left_out: Iterable[PastedDevice]) -> Iterator[str]:
    """How much of a pasted text was understood; ``name`` is that of its file, escaped."""
    forms = ", ".join(text.forms) or "no form that is known"
    yield f"{name}: {text.understood} of {text.lines} lines understood ({forms})"
    if text.kernel:
        by = " (by the style of its messages)" if text.kernel == "2.6" else ""
        yield f"  its kernel    {text.kernel}{by}"
    if text.system:
        yield f"  its system    {SYSTEMS[text.system].title}"
    for line in text.not_understood:
        yield f"  not read      {line}"
    if text.truncated:
        yield "  not read      what comes after the first MiB"
    named = [str(device.id or device) for device in left_out]
    if named:
        yield f"  left out      {', '.join(named[:MOST_NAMED])}"
