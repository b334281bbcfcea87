"""The error codes of HiLink's web API in words, each with what to do next.

Ref: huawei-lte-api 2.0.1, enums/client.py and enums/user.py; github janglapuk/huawei-e5785lh-92a-fw, html/api/user
(what a login is refused with: ``count`` of failures, ``waittime`` in minutes); github lobotomoe/cellary,
docs/protocols/hilink (an owner's E8372H-153, firmware 21.328.03: 100001, 100005, 108006, 125002).
"""

from __future__ import annotations

from ..values import NamedTuple


class Refusal(NamedTuple):
    """What an error code means, what to do next, and ``web`` where it is said of the whole API, not of one call."""

    words: str
    hint: str = ""
    means: str = ""


UNKNOWN_ERROR, NO_SUPPORT, LOGIN_WANTED, BUSY_NOW = 100001, 100002, 100003, 100004
USERNAME, PASSWORD, TAKEN, WRONG, LOCKED, MODIFY = 108001, 108002, 108003, 108006, 108007, 115002

TOKEN_CODES = {125001, 125002, 125003}
"""Worth one more try, with a fresh token."""
BUSY_CODES = {UNKNOWN_ERROR, BUSY_NOW}
"""What firmware says whose parts are still starting: worth asking again while it is young."""
LOGIN_CODES = {USERNAME, PASSWORD, TAKEN, WRONG, LOCKED, MODIFY}
"""Why a login is refused.  Whatever it is, the password is not tried again: each failure brings the lock nearer."""

_AGAIN = "Close its web page in every browser, and try again."
_FORM = "This firmware wants another form of it; send a report: modeswitch report DEVICE --talk"
_NOT_AGAIN = (
    "It is not tried again, since its page locks itself after some failures. Give the right one: --web-password -; "
    "who does not know it resets the stick by its button, if it has one."
)
_UNLOCK = "Unplug the stick and plug it in again: most forget their failures so."

REFUSALS = {
    UNKNOWN_ERROR: Refusal(
        "it failed, or it takes no such request", "Try again in a minute; if that does not help, unplug the stick."
    ),
    NO_SUPPORT: Refusal("this firmware does not offer it"),
    LOGIN_WANTED: Refusal(
        "it wants a login",
        "Give the password of its web page: --web-password - reads it from standard input. Or take it off in its page, "
        "or unplug the stick and plug it in again.",
        "web",
    ),
    BUSY_NOW: Refusal("it is busy", "Try again."),
    100005: Refusal("it does not understand the form of the request", _FORM),
    100006: Refusal("it does not take a value of the request", _FORM),
    USERNAME: Refusal("it knows no such user", _NOT_AGAIN, "web"),
    PASSWORD: Refusal("the password is wrong", _NOT_AGAIN, "web"),
    TAKEN: Refusal(
        "somebody is logged in already", f"{_AGAIN}  It logs others out by itself after some minutes.", "web"
    ),
    WRONG: Refusal("the user or the password is wrong, or its page is locked", f"{_NOT_AGAIN}  {_UNLOCK}", "web"),
    LOCKED: Refusal("its page is locked: the password was wrong too often", _UNLOCK, "web"),
    MODIFY: Refusal("it wants another password first", "Log in by a browser and choose one; then try again.", "web"),
    125001: Refusal("it does not take the token that it gave", _AGAIN),
    125002: Refusal("it does not take the session that it gave, or this firmware blocks the call", _AGAIN),
    125003: Refusal("it does not take the token that it gave for this session", _AGAIN),
}
"""Error code → what it means.

125002 for a blocked call was seen with firmware 21.328.03 of an E8372h, 100006 with 22.328.62 of an E3372
(huawei-lte-api, issue 159).
"""
UNKNOWN = Refusal("what that means is not known")


def number_of(code: str) -> int | None:
    """The number of an error code; None for what is no number of at most nine digits."""
    return int(code) if code.isascii() and code.isdigit() and len(code) < 10 else None


def refusal_of(code: str, elements: dict[str, str]) -> Refusal:
    """What an error page says: its code, how many failures there were (``count``), how long it is locked."""
    number = number_of(code)
    refusal = UNKNOWN if number is None else REFUSALS.get(number, UNKNOWN)
    minutes, failures = (number_of(elements.get(f"error/{name}", "")) for name in ("waittime", "count"))
    if number == LOCKED and minutes:
        return refusal._replace(words=f"{refusal.words}, for another {minutes} min", hint=f"Wait so long.  {_UNLOCK}")
    if number == WRONG and failures:
        return refusal._replace(words=f"{refusal.words} (failure {failures} in a row)")
    return refusal
