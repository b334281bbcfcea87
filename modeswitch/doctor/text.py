"""What the doctor found, as lines for a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..identity.device import called
from .finding import Finding
from .pasted.values import PastedDevice, PastedText
from .snapshot import InterfaceState, Snapshot

MOST_NAMED = 8
"""How many of the devices that are left out are named."""


def snapshot_lines(snapshot: Snapshot, findings: Iterable[Finding]) -> Iterator[str]:
    """A stick, its interfaces, and what was found of it."""
    strings = snapshot.pasted.strings if snapshot.pasted else snapshot.device.usb.strings
    names = called(strings, snapshot.device.product) or next(iter(snapshot.pasted.disks if snapshot.pasted else ()), "")
    yield f"{snapshot}: {_state(snapshot)}{f'  ({names})' if names else ''}"
    if snapshot.history:
        yield f"  history  {snapshot.history}"
    for interface in snapshot.interfaces:
        yield _interface_line(interface)
    for finding in findings:
        yield f"  {finding.level}: {finding.text}"
        for reason in finding.why:
            yield f"      {reason}"
        for command in finding.commands:
            yield f"      $ {command}"


def _state(snapshot: Snapshot) -> str:
    """Its mode, else what its id tells of it."""
    if snapshot.standing is not None and (snapshot.device.mode is None or snapshot.standing.thing):
        return snapshot.standing.words
    return snapshot.device.mode or "in no mode that is known"


def _interface_line(interface: InterfaceState) -> str:
    """An interface with its driver; the expected ones only where it has none of them."""
    driver = {"": "(none)", None: "?"}.get(interface.driver, interface.driver)
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
    for line in text.not_understood:
        yield f"  not read      {line}"
    if text.truncated:
        yield "  not read      what comes after the first MiB"
    named = [str(device.id or device) for device in left_out]
    if named:
        yield f"  left out      {', '.join(named[:MOST_NAMED])}"
