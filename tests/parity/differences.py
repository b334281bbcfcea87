"""Where we differ from usb_modeswitch on purpose: on the wire, and in what comes of it.

Each has a line of the same name in docs/usb_modeswitch.md, "Where we differ on purpose"; ``test_differences.py`` holds
the two together.  Whatever else differs is a failure, and so is a difference that is listed here and gone.

Not compared at all: what is read (IN transfers on endpoints), CLEAR_FEATURE(ENDPOINT_HALT), standard requests that
only ask.  They change nothing but the two pipes; usb_modeswitch clears both after every CSW, we after a stall.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .entries import Entry

Wire = list[str]


class Difference(NamedTuple):
    """One on the wire: its name, the entries it is for, what we send in the place of what they send, and why."""

    name: str
    fits: Callable[[Entry], bool]
    ours: Callable[[Wire], Wire]
    why: str


def _no_configuration_0(wire: Wire) -> Wire:
    return [transfer for transfer in wire if transfer != "set configuration 0"]


DIFFERENCES = (
    Difference(
        "no detour over configuration 0",
        lambda entry: "Configuration" in entry.keys and not entry.dummy,
        _no_configuration_0,
        "Configuration 0 takes the device out of service; from one configuration to another no standard asks for it.",
    ),
)

BEHAVIOURS = {
    "a stalled CSW ends nothing": "test_a_stalled_csw_ends_nothing",
    "a switch that fails is a failure": "test_a_switch_that_fails_is_a_failure",
    "the port chooses among twins": "test_the_port_chooses_among_twins",
    "a sibling proves nothing": "test_a_sibling_proves_nothing",
    "a target known by its class is looked at": "test_a_target_known_by_its_class_is_looked_at",
    "no option changes its meaning when repeated": "test_no_option_changes_its_meaning_when_repeated",
    "a mistyped key is an error": "test_a_mistyped_key_is_an_error",
    "a key that does nothing is told": "test_a_key_that_does_nothing_is_told",
    "what must be left alone is refused": "test_what_must_be_left_alone_is_refused",
}
"""What comes of it: the name → the test of ``test_better.py`` that shows both programs."""


def expected(entry: Entry, theirs: Wire) -> Wire:
    """What we shall send where usb_modeswitch sends that."""
    for difference in DIFFERENCES:
        if difference.fits(entry):
            theirs = difference.ours(theirs)
    return theirs
