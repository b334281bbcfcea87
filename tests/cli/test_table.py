"""The table of ``top``: which columns a narrow terminal keeps, how wide a text is, how a time is written."""

from __future__ import annotations

import pytest

from modeswitch.cli.table import COLUMNS, LEAST_NAME, Ages, Table, cells, cut, padded
from modeswitch.database.library import Library
from modeswitch.identity.find import survey
from modeswitch.service.farm import Row
from modeswitch.service.state import StickState, states
from modeswitch.usb.host import Past
from modeswitch.usb.nodes import NetworkState
from tests.support.rig import plugged

CJK = "\N{CJK UNIFIED IDEOGRAPH-4E00}"
PAST = Past(90.0, 2.34, 3, 600.0, "SwitchFailed")
LINES = (("wwan0", NetworkState(True, True, ("10.64.64.64", "fd00::1"))),)


def row() -> Row:
    bus = plugged("e3372h-153@1-1.4,wakes=linux")
    (state,) = states(survey(bus, Library(user=[])), bus, None)
    first, *others = state.device.interfaces
    assert first.nodes is not None
    nodes = first.nodes._replace(tty="/dev/ttyUSB12")
    device = state.device._replace(interfaces=(first._replace(nodes=nodes), *others))
    return Row(state._replace(device=device, wants="hilink", lines=LINES, age=7200.0, past=PAST), 1000.0)


def test_everything_has_its_column_where_there_is_room() -> None:
    table = Table([row()], 200)
    assert table.headings().split() == [*(column.heading for column in COLUMNS), "NAME"]
    words = table.line(row(), Ages(1000.0)).split()
    assert words[:8] == ["1-1.4", "12d1:1506", "ncm", "hilink", "wwan0", "carrier", "10.64.64.64", "ttyUSB12"]
    assert words[8:13] == ["2h", "1m", "2.3s", "3", "SwitchFailed"]


@pytest.mark.parametrize(
    ("width", "kept"),
    [
        (80, "PORT ID MODE WANTS NETWORK LINE SINCE AWAY FAILED"),
        (60, "PORT MODE WANTS NETWORK LINE FAILED"),
        (40, "PORT MODE WANTS NETWORK LINE"),
        (20, "PORT MODE WANTS"),
        (5, "PORT"),
        (1, "P"),
    ],
)
def test_a_narrow_terminal_keeps_what_counts_most(width: int, kept: str) -> None:
    table = Table([row()], width)
    assert [word for word in table.headings().split() if word != "NAME"] == kept.split()
    assert cells(table.headings()) <= width
    assert cells(table.line(row(), Ages(1000.0))) <= width


@pytest.mark.parametrize("width", range(1, 160, 7))
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    name = (CJK * 50, "e\N{COMBINING ACUTE ACCENT}" * 50, "")
    one = row()
    device = one.state.device._replace(usb=one.state.device.usb._replace(strings=name))
    rows = [one, one._replace(state=one.state._replace(device=device)), one._replace(gone=10.0)]
    table = Table(rows, width)
    for each in rows:
        assert cells(table.line(each, Ages(1000.0))) <= width


def test_a_column_without_anything_in_it_is_left_out() -> None:
    bare = row()
    device = bare.state.device._replace(interfaces=())
    bare = Row(StickState(device, age=1.0), 1000.0)
    assert Table([bare], 200).headings().split() == ["PORT", "ID", "MODE", "SINCE", "NAME"]
    assert Table([], 80).headings() == ""


def test_of_a_stick_that_is_away_nothing_is_told_that_it_had() -> None:
    line = Table([row(), row()._replace(gone=990.0)], 200).line(row()._replace(gone=990.0), Ages(1000.0))
    assert line.split()[:5] == ["1-1.4", "12d1:1506", "away", "hilink", "10s"]


def test_no_cell_is_a_command_to_the_terminal() -> None:
    one = row()
    first, *others = one.state.device.interfaces
    assert first.nodes is not None
    hostile = first._replace(nodes=first.nodes._replace(networks=("\x1b[2J",), tty="/dev/\x9b2J"))
    device = one.state.device._replace(interfaces=(hostile, *others))
    bad = one._replace(state=one.state._replace(device=device, past=PAST._replace(kind="\x07"), wants="\r"))
    assert Table([bad], 200).line(bad, Ages(1000.0)).isprintable()


def test_trouble_is_what_is_so_now() -> None:
    assert not row().is_in_trouble
    assert row()._replace(gone=1.0).is_in_trouble
    failed = row().state._replace(past=PAST._replace(switched=700.0))
    assert Row(failed, 0.0).is_in_trouble
    assert Row(failed._replace(past=PAST._replace(switched=None)), 0.0).is_in_trouble


@pytest.mark.parametrize(
    ("seconds", "text", "lasts"),
    [
        *((0, "0s", 1), (59.9, "59s", 0.1), (60, "1m", 60), (3599, "59m", 1), (3600, "1h", 3600), (-5, "0s", 6)),
        *((48 * 3600 - 1, "47h", 1), (48 * 3600, "2d", 86400), (86400 * 400, "400d", 86400)),
    ],
)
def test_a_time_and_how_long_it_reads_so(seconds: float, text: str, lasts: float) -> None:
    ages = Ages(1_000_000_000.0)
    assert ages.text(1_000_000_000.0 - seconds) == text
    assert ages.due is not None
    assert ages.due - ages.now == pytest.approx(lasts)
    ages.text(ages.now - 1e6)
    assert ages.due - ages.now <= lasts + 1e-6


def test_the_first_time_that_reads_otherwise_counts() -> None:
    ages = Ages(1000.0)
    assert ages.due is None
    for since in (100.0, 990.5, 0.0):
        ages.text(since)
    assert ages.due == 1000.5


@pytest.mark.parametrize(
    ("text", "width", "kept"),
    [
        *(
            ("abcdefghij", 10, "abcdefghij"),
            ("abcdefghijk", 10, "abcdefg..."),
            ("abc, def", 7, "abc..."),
            ("abc", 0, ""),
        ),
        *(
            ("abcdef", 3, "abc"),
            (CJK * 9, 8, CJK * 2 + "..."),
        ),
    ],
)
def test_a_text_is_cut_by_the_cells_that_it_takes(text: str, width: int, kept: str) -> None:
    assert cut(text, width) == kept
    assert cells(padded(text, width)) == width
    assert len("...") < LEAST_NAME
