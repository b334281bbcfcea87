"""What people call the modes: taken where it is clear, asked back where it is not, and never guessed."""

from __future__ import annotations

import pytest

from modeswitch.modem import mode_names
from modeswitch.modem.roles import GOALS, MODES

CLEAR = {
    "ncm": ("ncm", "NCM", "Ncm", "ndis", "NDIS", "cdc_ncm", "huawei_cdc_ncm", "ncm mode", "NCM-Mode"),
    "hilink": ("HiLink", "hi-link", "Hi Link", "router", "Router mode", "ecm", "ECM", "RNDIS", "cdc_ether"),
    "stick": ("serial", "Serial Mode", "modem", "PPP", "dial-up", "dialup", "dial up", "Dial_Up", "STICK"),
    "mass-storage": ("storage", "cd", "CD-ROM", "cdrom", "CD Mode", "ZeroCD", "zero-cd", "mass_storage", "MassStorage"),
    "mbim": ("MBIM", "cdc_mbim"),
    "qmi": ("QMI", "qmi_wwan"),
    "debug": ("Debug", "debug mode", "diag"),
}


@pytest.mark.parametrize(("mode", "word"), [(mode, word) for mode, words in CLEAR.items() for word in words])
def test_clear(mode: str, word: str) -> None:
    assert mode_names.named(word) == (mode,)


@pytest.mark.parametrize(
    ("word", "modes"),
    [("ethernet", ("hilink", "ncm")), ("WWAN", ("ncm", "qmi", "mbim")), ("ethernet mode", ("hilink", "ncm"))],
)
def test_unclear_is_asked_back_with_the_choice(word: str, modes: tuple[str, ...]) -> None:
    assert mode_names.named(word) == modes
    said = mode_names.complaint(word)
    assert all(f"{mode} ({MODES[mode]})" in said for mode in modes)


@pytest.mark.parametrize(
    "word",
    [*("", " ", "-", "mode", "nmc", "x"), "\uff4e\uff43\uff4d", "ncm\n", "\u017ftick", "n" * 10_000, "ncm,hilink"],
)
def test_what_nobody_knows_is_nothing(word: str) -> None:
    assert mode_names.named(word) == ()


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("nmc", "did you mean ncm?"),
        ("NMC", "did you mean ncm?"),
        ("hilnk", "did you mean hilink?"),
        ("ruter", "did you mean hilink?"),
        ("ethernt", "did you mean hilink or ncm?"),
        ("download", "download is never a goal"),
        ("fastboot", "download is never a goal"),
        ("asleep", "asleep is never a goal"),
        ("xyzzy", "the modes are mass-storage, hilink"),
        ("\x1b[2J", "'\\x1b[2J' is no mode"),
    ],
)
def test_complaint(word: str, said: str) -> None:
    assert said in mode_names.complaint(word)


def test_no_word_means_two_things() -> None:
    plain = [
        "".join(letter for letter in word.lower() if letter not in " -_")
        for words in (*mode_names.NAMES.values(), *mode_names.UNCLEAR.values(), *mode_names.NEVER.values(), MODES)
        for word in words
    ]
    assert sorted(plain) == sorted(set(plain))
    assert all(mode in GOALS for mode in mode_names.NAMES)
    assert all(mode in GOALS for modes in mode_names.UNCLEAR for mode in modes)
