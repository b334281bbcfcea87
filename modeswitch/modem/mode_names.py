"""What people call the modes: one table from their words to ours.  Loaded only for a word that is no mode itself.

A word that means one mode is taken for it; one that may mean several is asked back with the choice, and what is not in
the table is never guessed.  Case, blanks, hyphens and underscores say nothing, and a trailing "mode" neither.

Ref: the words are those of users' threads (usb_modeswitch's forum, OpenWrt's, balena-os issue 446), of the kernel's
drivers, and of the vendors' pages.
"""

from __future__ import annotations

from .roles import GOALS, MODES

NAMES: dict[str, tuple[str, ...]] = {
    "hilink": ("router", "gateway", "ecm", "cdc-ecm", "rndis", "cdc-ether", "rndis-host", "web", "webui", "lan"),
    "stick": ("serial", "modem", "ppp", "dial-up", "tty", "ttyusb", "option", "at"),
    "ncm": ("ndis", "cdc-ncm", "huawei-cdc-ncm"),
    "mass-storage": ("storage", "cd", "cd-rom", "zerocd", "disk", "usb-storage", "initial"),
    "mbim": ("cdc-mbim",),
    "qmi": ("qmi-wwan", "rmnet"),
    "debug": ("diag",),
}
"""Mode → the names that mean it and no other."""

UNCLEAR: dict[tuple[str, ...], tuple[str, ...]] = {
    ("hilink", "ncm"): ("ethernet", "eth", "network", "network card", "net", "internet", "lte", "4g"),
    ("ncm", "qmi", "mbim"): ("wwan", "wwan0", "wdm", "cdc-wdm", "raw-ip"),
    ("stick", "ncm", "mbim", "qmi"): ("modemmanager", "mobile broadband", "3g"),
}
"""Modes → the names that may mean any of them."""

NEVER = {"download": ("flash", "fastboot", "project")}
"""A mode that is never a goal → its names."""


def named(text: str) -> tuple[str, ...]:
    """The modes that a person's word may mean: one where it is clear, none where nobody knows it."""
    word = _plain(text)
    return _MEANT.get(word) or _MEANT.get(word.removesuffix("mode"), ())


def complaint(text: str) -> str:
    """Why a word is no mode that may be asked for, with the choice, or with the mode that it is nearest to."""
    meant, shown = named(text), repr(text[:60])
    if len(meant) > 1:
        choice = "; ".join(f"{mode} ({MODES[mode]})" for mode in meant)
        return f"{shown} may be one of {len(meant)} modes: {choice}"
    if meant:
        return f"{meant[0]} is never a goal"
    import difflib

    near = difflib.get_close_matches(_plain(text)[:60], _MEANT, 1)
    modes = f"the modes are {', '.join(GOALS)}"
    if not near:
        return f"{shown} is no mode; {modes}"
    return f"{shown} is no mode; did you mean {' or '.join(_MEANT[near[0]])}?"


def _plain(text: str) -> str:
    """A word without what says nothing."""
    return "".join(letter for letter in text.lower() if letter not in " -_\t") if text.isascii() else ""


_MEANT: dict[str, tuple[str, ...]] = {
    **{_plain(mode): (mode,) for mode in MODES},
    **{_plain(word): (mode,) for mode, words in (*NAMES.items(), *NEVER.items()) for word in words},
    **{_plain(word): modes for modes, words in UNCLEAR.items() for word in words},
}
