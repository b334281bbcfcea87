"""The way from mode to mode: the shipped families' tables, and graphs that are made up to be difficult."""

from __future__ import annotations

import pytest

from modeswitch.database.library import Library
from modeswitch.database.profile import Evidence, Gives, Product, Profile, Transition
from modeswitch.errors import NoDriver, NoWay
from modeswitch.methods.base import Step
from modeswitch.methods.reset import Reset
from modeswitch.switching.plan import longest, plan, undriven, usual
from modeswitch.usb.descriptors import Triple, UsbId

WHY = (Evidence("report", "made up"),)
ONE = (Product(UsbId(1, 2), ("one",), (), "", "", WHY),)


def edge(
    start: str, *to: str, within: float = 5, persistent: bool = False, name: str = "reset", gives: str = ""
) -> Transition:
    given = (Gives(Triple.parse(gives), "ncm"),) if gives else ()
    return Transition(start, to, given, (Step(name, (Reset(),)),), within, persistent, WHY)


def graph(*edges: Transition) -> Profile:
    return Profile("made-up", "Test", "ncm", ONE, edges)


def way(profile: Profile, start: str, goal: str, *, persist: bool = False) -> list[str]:
    return [str(transition) for transition in plan(profile, start, goal, persist=persist)]


STORAGE = "mass-storage"


@pytest.mark.parametrize(
    ("family", "start", "goal", "expected"),
    [
        ("huawei-hilink", STORAGE, "hilink", ["mass-storage -> hilink or debug"]),
        ("huawei-hilink", STORAGE, "ncm", ["mass-storage -> ncm or stick"]),
        ("huawei-hilink", STORAGE, "stick", ["mass-storage -> stick"]),
        ("huawei-hilink", STORAGE, "switched", ["mass-storage -> hilink or debug"]),
        ("huawei-hilink", STORAGE, STORAGE, []),
        ("huawei-hilink", "ncm", "ncm", []),
        ("huawei-hilink", "hilink", "switched", []),
        ("huawei-hilink", "hilink", "ncm", ["hilink -> mass-storage", "mass-storage -> ncm or stick"]),
        ("huawei-hilink", "ncm", "hilink", ["ncm -> mass-storage", "mass-storage -> hilink or debug"]),
        ("huawei-hilink", "debug", "stick", ["debug -> mass-storage", "mass-storage -> stick"]),
        ("huawei-stick", "stick", "ncm", ["stick -> mass-storage or stick", "mass-storage -> ncm or stick"]),
        ("huawei-stick", "ncm", "stick", ["ncm -> mass-storage or ncm", "mass-storage -> stick"]),
        ("huawei-stick", STORAGE, "ncm", ["mass-storage -> ncm or stick or switched"]),
        ("huawei-stick", STORAGE, "stick", ["mass-storage -> stick"]),
        ("huawei-stick", STORAGE, "switched", ["mass-storage -> ncm or stick or switched"]),
        ("huawei-set-feature", STORAGE, "switched", ["mass-storage -> switched or stick"]),
        ("huawei-wimax", STORAGE, "switched", ["mass-storage -> switched"]),
    ],
)
def test_shipped_families(family: str, start: str, goal: str, expected: list[str]) -> None:
    assert way(Library(user=[]).family(family), start, goal) == expected


@pytest.mark.parametrize(
    ("family", "start", "goal", "reachable"),
    [
        ("huawei-hilink", STORAGE, "mbim", "reachable are debug, hilink, ncm, stick"),
        ("huawei-stick", STORAGE, "hilink", "reachable are ncm, stick, switched"),
        ("huawei-hilink", "hilink", "mbim", "reachable are debug, mass-storage, ncm, stick"),
        ("huawei-set-feature", "stick", "ncm", "nothing leads out of stick"),
        ("huawei-hilink", "download", "switched", "nothing leads out of download"),
        ("huawei-module", "qmi", "ncm", "nothing leads out of qmi"),
    ],
)
def test_no_way_names_what_can_be_reached(family: str, start: str, goal: str, reachable: str) -> None:
    with pytest.raises(NoWay) as raised:
        plan(Library(user=[]).family(family), start, goal)
    assert reachable in raised.value.message
    assert raised.value.facts == {"mode": start}


def test_what_was_tried_is_not_taken_again() -> None:
    family = Library(user=[]).family("huawei-stick")
    (first,) = plan(family, STORAGE, "ncm")
    (second,) = plan(family, STORAGE, "ncm", [first])
    assert (first.to[0], second.to) == ("ncm", ("ncm", "stick"))
    assert first != second
    with pytest.raises(NoWay, match="tried: mass-storage -> ncm or stick or switched; mass-storage -> ncm or stick"):
        plan(family, STORAGE, "ncm", [first, second])


def test_the_nvram_is_written_only_with_consent() -> None:
    profile = graph(edge(STORAGE, "hilink"), edge("hilink", "ncm", persistent=True))
    with pytest.raises(NoWay, match=r"NVRAM, which is done only with --persist; reachable are hilink$"):
        plan(profile, STORAGE, "ncm")
    assert way(profile, STORAGE, "ncm", persist=True) == ["mass-storage -> hilink", "hilink -> ncm"]


@pytest.mark.parametrize("persist", [False, True])
def test_consent_is_not_asked_for_what_it_would_not_help(persist: bool) -> None:
    profile = graph(edge(STORAGE, "hilink"), edge("hilink", "stick", persistent=True))
    with pytest.raises(NoWay) as raised:
        plan(profile, STORAGE, "ncm", persist=persist)
    assert "--persist" not in raised.value.message


def test_consent_does_not_make_the_nvram_preferred() -> None:
    harmless = edge(STORAGE, "ncm", name="harmless")
    profile = graph(harmless, edge(STORAGE, "ncm", persistent=True, name="writes"))
    assert plan(profile, STORAGE, "ncm", persist=True) == (harmless,)


def test_several_hops_and_no_detour() -> None:
    profile = graph(
        edge(STORAGE, "hilink"),
        edge("hilink", "debug"),
        edge("debug", "stick"),
        edge("stick", "ncm"),
        edge(STORAGE, "stick"),
        edge("stick", STORAGE),
        edge("hilink", "hilink"),
    )
    assert way(profile, STORAGE, "ncm") == ["mass-storage -> stick", "stick -> ncm"]
    assert way(profile, "hilink", "ncm") == ["hilink -> debug", "debug -> stick", "stick -> ncm"]
    assert longest(plan(profile, "hilink", "ncm")) == 15


def test_a_loop_ends() -> None:
    profile = graph(edge(STORAGE, "stick"), edge("stick", STORAGE), edge("stick", "stick"))
    with pytest.raises(NoWay):
        plan(profile, STORAGE, "ncm")


def test_the_likeliest_outcome_decides_among_equals() -> None:
    perhaps, surely = edge(STORAGE, "stick", "ncm"), edge(STORAGE, "ncm")
    assert plan(graph(perhaps, surely), STORAGE, "ncm") == (surely,)
    assert plan(graph(surely, perhaps), STORAGE, "ncm") == (surely,)
    assert plan(graph(perhaps), STORAGE, "ncm") == (perhaps,)


def test_fewer_hops_win_over_likelihood() -> None:
    perhaps = edge(STORAGE, "stick", "hilink", "ncm")
    profile = graph(edge(STORAGE, "debug"), edge("debug", "ncm"), perhaps)
    assert plan(profile, STORAGE, "ncm") == (perhaps,)


def test_the_first_that_is_written_wins_a_tie() -> None:
    one, two = edge(STORAGE, "ncm", name="one"), edge(STORAGE, "ncm", name="two")
    assert plan(graph(one, two), STORAGE, "ncm") == (one,)
    assert plan(graph(two, one), STORAGE, "ncm") == (two,)


def test_of_two_ways_as_long_the_one_whose_first_transition_is_written_first_wins() -> None:
    profile = graph(edge(STORAGE, "debug"), edge(STORAGE, "stick"), edge("stick", "ncm"), edge("debug", "ncm"))
    assert way(profile, STORAGE, "ncm") == ["mass-storage -> debug", "debug -> ncm"]


def test_of_two_modes_that_would_do_the_nearest_is_taken() -> None:
    profile = graph(edge(STORAGE, "stick", name="near"), edge(STORAGE, "download"), edge("download", "hilink"))
    assert way(profile, STORAGE, "switched") == ["mass-storage -> stick"]
    assert way(graph(edge(STORAGE, "stick"), edge(STORAGE, "hilink")), STORAGE, "switched") == ["mass-storage -> stick"]


ONE_NCM, OTHER_NCM = "ff/02/16", "02/0d/00"


@pytest.mark.parametrize(
    ("one", "other", "chosen"),
    [
        (True, True, "one"),
        (True, False, "one"),
        (True, None, "one"),
        (False, True, "other"),
        (None, True, "other"),
        (None, False, "one"),
        (False, None, "other"),
        (None, None, "one"),
        (False, False, ""),
    ],
)
def test_what_this_host_can_drive_decides(one: bool | None, other: bool | None, chosen: str) -> None:
    edges = {"one": edge(STORAGE, "ncm", gives=ONE_NCM), "other": edge(STORAGE, "ncm", gives=OTHER_NCM)}
    can = {ONE_NCM: one, OTHER_NCM: other}
    profile = graph(*edges.values())
    if chosen:
        assert plan(profile, STORAGE, "ncm", can_drive=lambda gives: can[str(gives.triple)]) == (edges[chosen],)
        return
    with pytest.raises(NoDriver, match="ff/02/16 ncm") as raised:
        plan(profile, STORAGE, "ncm", can_drive=lambda gives: can[str(gives.triple)])
    assert raised.value.facts == {"mode": STORAGE}
    assert plan(profile, STORAGE, "ncm") == (edges["one"],)


def test_a_driver_is_asked_for_at_the_end_of_a_way_alone() -> None:
    def none(_gives: Gives) -> bool:
        return False

    passing = edge(STORAGE, "hilink", gives=OTHER_NCM), edge("hilink", "ncm")
    assert plan(graph(*passing), STORAGE, "ncm", can_drive=none) == passing
    # What comes of an unlikely outcome nobody has said.
    perhaps = edge(STORAGE, "stick", "ncm", gives=ONE_NCM)
    assert plan(graph(perhaps), STORAGE, "ncm", can_drive=none) == (perhaps,)


def test_who_is_content_with_anything_asks_for_no_driver_that_nobody_can_tell_of() -> None:
    def unknown(_gives: Gives) -> None:
        return None

    router, modem = edge(STORAGE, "hilink", gives=OTHER_NCM), edge(STORAGE, "stick")
    assert plan(graph(router, modem), STORAGE, "switched", can_drive=unknown) == (router,)
    assert plan(graph(router, modem), STORAGE, "switched", can_drive=lambda _gives: False) == (modem,)


@pytest.mark.parametrize(("goal", "likeliest", "direct"), [("ncm", "stick", False), ("stick", "ncm", True)])
def test_an_unlikely_outcome_may_lack_a_driver_only_where_a_network_is_wanted(
    goal: str, likeliest: str, direct: bool
) -> None:
    perhaps = edge(STORAGE, likeliest, goal)
    surely = edge(STORAGE, "debug"), edge("debug", goal, gives=ONE_NCM)
    chosen = plan(graph(perhaps, *surely), STORAGE, goal, can_drive=lambda _gives: True)
    assert chosen == ((perhaps,) if direct else surely)


def test_an_unlikely_outcome_is_as_good_as_a_driven_one_for_who_is_content_with_anything() -> None:
    perhaps = edge(STORAGE, "download", "hilink")
    profile = graph(perhaps, edge(STORAGE, "download"), edge("download", "stick", gives=ONE_NCM))
    assert plan(profile, STORAGE, "switched", can_drive=lambda _gives: True) == (perhaps,)


def test_what_the_host_cannot_drive_is_what_the_last_transition_gives() -> None:
    there, on = edge(STORAGE, "hilink", gives=OTHER_NCM), edge("hilink", "ncm", "stick", gives=ONE_NCM)
    with pytest.raises(NoDriver, match=r"gives in ncm: ff/02/16 ncm\n"):
        plan(graph(there, on), STORAGE, "ncm", can_drive=lambda _gives: False)


@pytest.mark.parametrize(("outcome", "known", "count"), [("ncm", True, 1), ("stick", True, 0), ("ncm", False, 0)])
def test_only_the_likeliest_outcome_is_known_to_lack_a_driver(outcome: str, known: bool, count: int) -> None:
    can_drive = (lambda _gives: False) if known else None
    assert len(undriven(edge(STORAGE, "ncm", "stick", gives=ONE_NCM), outcome, can_drive)) == count


def test_how_long_a_way_usually_takes() -> None:
    one, two = edge(STORAGE, "hilink")._replace(usual=16.0), edge("hilink", "ncm")._replace(usual=1.0)
    assert usual((one, two)) == 17
    assert usual((one, two._replace(usual=0.0))) is None


@pytest.mark.parametrize(("to", "content"), [("stick", True), ("hilink", True), ("download", False)])
def test_switched_is_content_with_anything_but_download(to: str, content: bool) -> None:
    profile = graph(edge(STORAGE, to))
    if content:
        assert len(plan(profile, STORAGE, "switched")) == 1
    else:
        with pytest.raises(NoWay):
            plan(profile, STORAGE, "switched")


def test_a_mode_that_no_profile_names_is_no_error_of_its_own() -> None:
    with pytest.raises(NoWay):
        plan(graph(edge(STORAGE, "ncm")), "", "ncm")
