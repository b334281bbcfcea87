"""Answers to AT commands: the port list in them."""

from __future__ import annotations

import pytest

from modeswitch.doctor.pasted.at import port_list
from modeswitch.doctor.pasted.read import read


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ('AT^SETPORT="FF;12,16"', "FF;12,16"),
        ("^SETPORT:A1,A2;12,10,16,A1,A2", "A1,A2;12,10,16,A1,A2"),
        ("# ^setport: ff;12,16", "FF;12,16"),
        ("^SETPORT: ;2,3,16", ";2,3,16"),
        ("AT^SETPORT=?", ""),
        ("SETPORT=" + "1," * 200 + ";" + "2," * 200, ""),
        ("", ""),
    ],
)
def test_the_port_list_of_a_line(line: str, wanted: str) -> None:
    assert port_list(line) == wanted
    assert read(line.encode()).port_lists == ((wanted,) if wanted else ())


def test_an_answer_is_understood() -> None:
    text = read(b"AT^FHVER\n^FHVER: 21.180, CH1E3372HM\nOK\n")
    assert (text.understood, text.lines, text.forms) == (2, 3, ("AT answers",))
