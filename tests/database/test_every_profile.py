"""The shipped profiles: read strictly, each step printed as it is written, each goal reached."""

from __future__ import annotations

import pytest

from modeswitch.database.library import Library
from modeswitch.database.profile import STRINGS, TOLD_BY, Profile
from modeswitch.methods.registry import KINDS
from modeswitch.methods.storage import Bot
from modeswitch.modem.roles import MODES
from modeswitch.switching.plan import plan
from modeswitch.usb.descriptors import UsbId
from modeswitch.usb.explain import explain
from tests.support.profiles import FILES, IMPORTED_FILES, profile_of, shipped, steps_of
from tests.support.rig import NEW_MODE
from tools.compile_profiles import PROFILES
from tools.draft_profiles import SOURCE

LICENCE_LINE = "# SPDX-License-Identifier"
Every = list[tuple[str, Profile]]


@pytest.fixture(scope="module")
def every() -> Every:
    """File and profile of each: a broken one stops here, and the error names it."""
    return [(path.name, profile_of(path)) for path in FILES]


def test_every_profile_has_products_with_names(every: Every) -> None:
    assert len(every) > 160
    assert [file for file, profile in every if not profile.products] == []
    assert [(file, str(p.usb)) for file, profile in every for p in profile.products if not p.names] == []


def test_modes_are_those_of_the_table(every: Every) -> None:
    assert [
        (file, str(transition))
        for file, profile in every
        for transition in profile.transitions
        if not {transition.start, *transition.to} <= set(MODES)
    ] == []


def test_a_family_has_a_way_to_its_goal(every: Every) -> None:
    assert [
        file for file, profile in every if profile.transitions and not plan(profile, "mass-storage", profile.goal)
    ] == []


def test_every_step_prints_as_it_is_written(every: Every) -> None:
    """Each step once: of most, many families have the same."""
    written = {step: file for file, profile in every for way in profile.transitions for step in way.steps}
    for step, file in written.items():
        around = f"{{ reset = {{}} }}, {step}, {{ reset = {{}} }}"
        assert steps_of(f"persistent = true\nsteps = [{around}]")[1] == step, file


def test_every_message_can_be_explained(every: Every) -> None:
    messages = {
        action: file
        for file, profile in every
        for way in profile.transitions
        for step in way.steps
        for action in step.actions
        if isinstance(action, Bot)
    }
    assert [file for action, file in messages.items() if not explain(action.cbw)[0][1].startswith("CBW")] == []


def test_the_library_has_what_the_files_say() -> None:
    library = Library(user=[])
    assert library.names() == sorted(shipped())
    assert [name for name, profile in shipped().items() if library.family(name) != profile] == []


def test_no_two_families_wake_up_alike() -> None:
    """An id with the same strings stands in one family only, so that no order of files decides."""
    seen: dict[tuple[UsbId, object], str] = {}
    for name, profile in sorted(shipped().items()):
        for product in profile.products:
            if product.wakes:
                assert seen.setdefault((product.usb, product.match), name) == name, product.usb


@pytest.mark.parametrize("name", ["huawei-hilink", "huawei-stick"])
def test_the_new_mode_message_is_the_published_one_byte_for_byte(name: str) -> None:
    family = shipped()[name]
    (action,) = plan(family, "mass-storage", family.goal)[0].steps[0].actions
    assert action == Bot(bytes.fromhex(NEW_MODE))


def test_the_example_shows_every_step_and_every_string() -> None:
    text = (PROFILES / "example.toml").read_text("utf-8")
    assert [kind for kind in KINDS if f"{{ {kind} = " not in text] == []
    assert [word for word in (*STRINGS, *TOLD_BY) if word not in text] == []


def test_a_profile_says_what_licence_it_has_and_where_it_was_drafted() -> None:
    """Whatever holds usb-modeswitch-data's facts is under its licence; in ``imported/`` is what the script wrote."""
    lines = {path: path.read_text("utf-8").splitlines() for path in FILES}
    assert [
        path.name
        for path, (first, *rest) in lines.items()
        if first.split(": ") != [LICENCE_LINE, "GPL-2.0-or-later" if "usb-modeswitch-data" in str(rest) else "MIT"]
    ] == []
    drafted = [path for path, text in lines.items() if any(SOURCE.partition("{}")[0] in line for line in text)]
    assert drafted == IMPORTED_FILES
