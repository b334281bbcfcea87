"""The login to a HiLink stick's web page: asked whether one is wanted, made once, and never again where it failed.

Firmware counts wrong passwords and locks its page after some, so one that was refused, or not answered, is not sent a
second time.  The password is in no message, no event and no log.

There are two logins.  What newer pages offer is SCRAM, and is computed here.  The older one, a hash of the password and
the token, or the password in Base64, is made by the package ``huawei-lte-api``, over our own connection: bounded, bound
to the stick's interface, with nothing of it logged.  The package is loaded only for that.

Ref: huawei-lte-api 2.0.1, api/User.py; a firmware's html/js/main.js (function login: SCRAM where state-login says
extern_password_type 1) and html/api/user (github janglapuk/huawei-e5785lh-92a-fw); RFC 5802, which Huawei's SCRAM
follows but for the order of key and message in each HMAC.
"""

from __future__ import annotations

from collections.abc import Callable

from ..errors import LinkLost, Unavailable, UsageError
from ..values import TYPE_CHECKING
from .refusals import BUSY_NOW, LOCKED, NO_SUPPORT, number_of, refusal_of

if TYPE_CHECKING:
    from typing import Any

    from .hilink import Web

Secret = str | Callable[[], str]
"""A password, or what gives it."""

USER = "admin"
"""Whose password it is.  Ref: huawei-lte-api, DEFAULT_USERNAME."""
LONGEST = 128
"""How long a password may be, in characters."""
EXTRA = "modeswitch[hilink]"

WANTED, STATE = "/api/user/hilink_login", "/api/user/state-login"
CHALLENGE, PROOF = "/api/user/challenge_login", "/api/user/authentication_login"

TYPES = ("0", "3", "4")
"""The kinds of password that the package knows: Base64, the same after a change, SHA-256 with the token."""
MOST_ITERATIONS = 100_000
"""Firmware asks for 100 or 1000."""


class WebLogin:
    """The password of a page, and what became of it.

    Raises :class:`UsageError` for one that no page can have.
    """

    def __init__(self, password: Secret) -> None:
        self._password = password
        self._failed: Unavailable | None = None
        if isinstance(password, str):
            _checked(password)

    def enter(self, web: Web) -> bool:
        """Log in; False where no login is wanted, or somebody is logged in from here already.

        Raises :class:`Unavailable`, the same each time once a login has failed, and what ``web`` raises.
        """
        if self._failed is not None:
            raise self._again()
        state = _state(web)
        if state is None:
            return False
        try:
            if state.get("extern_password_type") != "1" or not self._scram(web):
                self._by_package(web, state.get("password_type", TYPES[0]))
        except LinkLost as error:
            words = f"the login was not answered: {error.message}"
            self._failed = web.no(words, hint=_UNANSWERED, login="unanswered")
        except Unavailable as error:
            if error.facts.get("code") == BUSY_NOW:
                raise
            facts = {key: value for key, value in error.facts.items() if key not in ("means", "login")}
            login = error.facts.get("login", "refused")
            self._failed = Unavailable(error.message, hint=error.hint, means="web", login=login, **facts)
        if self._failed is not None:
            raise self._again()
        return True

    def _again(self) -> Unavailable:
        """The error of the login that failed, each time a new one: who catches it adds to it."""
        from copy import copy

        return copy(self._failed) if self._failed is not None else Unavailable("", means="web")

    def _secret(self) -> str:
        if isinstance(self._password, str):
            return self._password
        try:
            return _checked(self._password())
        except UsageError as error:
            raise Unavailable(error.message, hint=error.hint, means="web", login="password") from error

    def _scram(self, web: Web) -> bool:
        """Log in by SCRAM; False where the firmware has none after all."""
        import secrets

        nonce = secrets.token_hex(32)
        first = f"<username>{USER}</username><firstnonce>{nonce}</firstnonce><mode>1</mode>"
        try:
            challenge = web.submit(CHALLENGE, f"<request>{first}</request>")
        except Unavailable as error:
            if error.facts.get("code") == NO_SUPPORT or error.facts.get("status") == 404:
                return False
            raise
        server = challenge.get("servernonce", "")
        salt, iterations = _hex(challenge.get("salt", "")), number_of(challenge.get("iterations", ""))
        if not (_is_nonce(server) and salt and iterations and iterations <= MOST_ITERATIONS):
            raise web.no(f"{CHALLENGE} gives no challenge that can be answered", login="challenge")
        proof, signature = scram(self._secret(), salt, iterations, f"{nonce},{server},{server}")
        last = f"<clientproof>{proof}</clientproof><finalnonce>{server}</finalnonce>"
        if web.submit(PROOF, f"<request>{last}</request>").get("serversignature", "").lower() != signature:
            raise web.no(f"{PROOF} is not answered as one does that knows the password", login="signature")
        return True

    def _by_package(self, web: Web, kind: str) -> None:
        if kind not in TYPES:
            raise web.no("it wants a kind of password that is not known", hint=_REPORT, login="type")
        try:
            from huawei_lte_api.api.User import User
        except ImportError as error:
            raise web.no(
                "its login needs the package huawei-lte-api, which is not installed",
                hint=f"Install it: pip install '{EXTRA}'",
                login="package",
            ) from error
        session: Any = _PackageSession(web, {"State": "-1", "password_type": kind})
        if not User(session).login(USER, self._secret(), force_new_login=True):
            raise web.no("its login is not answered with OK", hint=_REPORT, login="answer")


_UNANSWERED = "The password is not sent a second time. Unplug the stick, plug it in again, and try again."
_REPORT = "Log in by a browser and take the password off; a report helps: modeswitch report DEVICE --talk"


class _PackageSession:
    """What the package's ``User`` works with in the place of its own session, which reads without a limit."""

    def __init__(self, web: Web, state: dict[str, str]) -> None:
        self._web, self._state = web, state
        self.request_verification_tokens = [web.token]

    def get(self, endpoint: str, **_: object) -> dict[str, str]:
        """What ``state-login`` has said already, the only page that a login asks for."""
        return self._state

    def post_set(self, endpoint: str, data: dict[str, object], **_: object) -> str:
        """Post the login; its answer, which is OK or something else."""
        from html import escape

        fields = "".join(f"<{name}>{escape(str(value), quote=False)}</{name}>" for name, value in data.items())
        return self._web.submit(f"/api/{endpoint}", f"<request>{fields}</request>").get("response", "")


def scram(password: str, salt: bytes, iterations: int, message: str) -> tuple[str, str]:
    """The client's proof and the server's signature, both in hex; ``message`` is the three nonces with commas.

    In each HMAC Huawei's firmware has as its key what RFC 5802 has as its message.  Ref: CryptoJS.SCRAM of its page.
    """
    import hashlib
    import hmac

    def mac(key: bytes, of: bytes) -> bytes:
        return hmac.digest(key, of, "sha256")

    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)
    client, server = mac(b"Client Key", salted), mac(b"Server Key", salted)
    signature = mac(message.encode("ascii"), hashlib.sha256(client).digest())
    proof = bytes(one ^ other for one, other in zip(client, signature, strict=True))
    return proof.hex(), mac(message.encode("ascii"), server).hex()


def _state(web: Web) -> dict[str, str] | None:
    """What the page says of its login; None where it wants none.  Raises :class:`Unavailable` for a locked page."""
    for path in (WANTED, STATE):
        try:
            state = web.ask(path)
        except Unavailable as error:
            code = error.facts.get("code")
            if code == BUSY_NOW or (code is None and error.facts.get("status") != 404):
                raise
            continue
        if state.get("hilink_login") == "0" or state.get("State") == "0":
            return None
        if path == STATE:
            _check_lock(web, state)
            return state
    return None


def _check_lock(web: Web, state: dict[str, str]) -> None:
    """Nothing is tried while the page is locked: it may count that, too."""
    minutes = number_of(state.get("remainwaittime", "")) or 0
    if minutes or state.get("lockstatus") == "1":
        refusal = refusal_of(str(LOCKED), {"error/waittime": str(minutes)})
        raise web.no(f"no login is tried: {refusal.words}", hint=refusal.hint, code=LOCKED)


def _checked(password: str) -> str:
    """The password, where a page can have it; it is in no message."""
    if not 0 < len(password) <= LONGEST or not password.isprintable():
        raise UsageError(
            "that is no password of a web page", hint=f"It has 1 to {LONGEST} characters, all of them printable."
        )
    return password


def _is_nonce(text: str) -> bool:
    """Is it fit to be sent back within XML?"""
    return 0 < len(text) <= 512 and text.isascii() and all(char.isalnum() or char in "+/=-_." for char in text)


def _hex(text: str) -> bytes:
    """The bytes of a salt; none for what is no hex."""
    try:
        return bytes.fromhex(text) if len(text) <= 256 else b""
    except ValueError:
        return b""
