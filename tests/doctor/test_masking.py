"""What identifies a stick, a SIM or a person is masked, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modeswitch.doctor.masking import mask, mask_serial


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("IMEI: 861234567890123", "IMEI: <15 digits>"),
        ("imei861234567890123x", "imei<15 digits>x"),
        ("8612345678901234", "<16 digits>"),
        ("89490200001234567890", "<20 digits>"),
        ("1234567890123", "1234567890123"),
        ("+491512345678", "<phone number>"),
        ("+49 (151) 234-56789", "<phone number>"),
        ("+1234567", "+1234567"),
        ("+CSQ: 12,99", "+CSQ: 12,99"),
        ("00:1e:10:1f:00:00", "<MAC>"),
        ("00-1E-10-1F-00-00", "<MAC>"),
        ("enx001e101f0000: renamed", "enx<MAC>: renamed"),
        ("ff/03/16 12:34:56", "ff/03/16 12:34:56"),
        ("SerialNumber: ABCDEF", "SerialNumber: <serial: 6 characters>"),
        ("S:  SerialNumber=0123456789ABCDEF", "S:  SerialNumber=<serial: 16 characters>"),
        ("iSerial                 3 FFFF", "iSerial                 3 <serial: 4 characters>"),
        ("it is KNOWN1 here", "it is <serial: 6 characters> here"),
    ],
)
def test_mask(text: str, masked: str) -> None:
    assert mask(text, ("KNOWN1", "", "1")) == masked


@given(st.text(max_size=200), st.from_regex(r"[0-9]{14,16}", fullmatch=True))
def test_no_imei_is_left(text: str, imei: str) -> None:
    assert imei not in mask(f"{text} {imei} {text}", ()) or imei in text


@given(st.text(max_size=300), st.lists(st.text(max_size=20), max_size=3))
def test_masking_never_raises(text: str, secrets: list[str]) -> None:
    mask(text, secrets)


def test_a_serial_number_as_its_length() -> None:
    assert mask_serial("0123456789ABCDEF") == "<serial: 16 characters>"
    assert mask_serial("") == ""
