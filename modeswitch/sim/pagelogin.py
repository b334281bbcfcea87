"""The login of the simulated web page: by a hash of password and token, by Base64, and by SCRAM.

Strict: a nonce is good for one proof, a hash for the token that it came with, and the third failure in a row locks.

Ref: github janglapuk/huawei-e5785lh-92a-fw, html/api/user; huawei-lte-api, api/User.py; RFC 5802, with key and message
of each HMAC exchanged, as Huawei's pages have it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from itertools import count

NO_SUPPORT, TAKEN, WRONG, LOCKED = 100002, 108003, 108006, 108007
MOST_FAILURES = 3
SALT, ITERATIONS = bytes(range(32)), 100

LOGIN = ("", "scram", "base64", "odd", "locked", "taken", "silent", "badproof", "nochallenge")
"""How the page lets itself be logged in to (SHA-256 where it is empty), and what goes wrong with that."""

_FIELD = re.compile(r"<(\w+)>([^<>]*)</\1>")


class PageLogin:
    """Whose turn it is: ``inside`` says whether somebody is logged in.  Without a ``password`` no login is wanted."""

    def __init__(self, password: str = "", kind: str = "") -> None:
        self.password, self.kind = password, kind
        self.tries = 0
        self._count = count(1)
        self.restart()

    def restart(self) -> None:
        """Forget who is inside, and who failed to be."""
        self.inside = False
        self._failures = MOST_FAILURES if self.kind == "locked" else 0
        self._nonce = ""

    @property
    def admits(self) -> bool:
        """May calls be made?"""
        return self.inside or not self.password

    def page(self, path: str) -> str | None:
        """What GET answers of the login; None for other pages."""
        if path == "/api/user/hilink_login":
            return f"<response>\n<hilink_login>{int(bool(self.password))}</hilink_login>\n</response>"
        if path == "/api/user/state-login":
            kind = {"base64": 0, "odd": 7}.get(self.kind, 4)
            scram = self.kind in ("scram", "badproof", "nochallenge")
            fields = {
                "password_type": kind,
                **({"extern_password_type": 1} if scram else {}),
                "State": 0 if self.admits else -1,
                "lockstatus": int(self.kind == "locked"),
                "remainwaittime": 4 if self.kind == "locked" else 0,
            }
            return "<response>" + "".join(f"<{name}>{value}</{name}>" for name, value in fields.items()) + "</response>"
        return None

    def post(self, path: str, body: str, token: str) -> str | None:
        """What POST answers; None for other pages."""
        fields = dict(_FIELD.findall(body))
        if path == "/api/user/logout":
            self.inside = False
            return "<response>OK</response>"
        if path == "/api/user/login":
            self.tries += 1
            right = hmac.compare_digest(fields.get("Password", "").encode(), self._expected(token).encode())
            return self._judge(right and fields.get("Username") == "admin", "OK")
        if path == "/api/user/challenge_login":
            return error(NO_SUPPORT) if self.kind not in ("scram", "badproof") else self._challenge(fields)
        if path == "/api/user/authentication_login":
            self.tries += 1
            return self._proven(fields)
        return None

    def _expected(self, token: str) -> str:
        """What the page's script sends."""
        if self.kind == "base64":
            return _b64(self.password.encode())
        inner = _b64(hashlib.sha256(self.password.encode()).hexdigest().encode())
        return _b64(hashlib.sha256(f"admin{inner}{token}".encode()).hexdigest().encode())

    def _judge(self, right: bool, said: str) -> str:
        """The verdict on one try."""
        if self.kind == "taken":
            return error(TAKEN)
        if self._failures >= MOST_FAILURES:
            return error(LOCKED, waittime=4)
        if right:
            self.inside, self._failures = True, 0
            return f"<response>{said}</response>"
        self._failures += 1
        return error(LOCKED, waittime=1) if self._failures >= MOST_FAILURES else error(WRONG, count=self._failures)

    def _challenge(self, fields: dict[str, str]) -> str:
        if fields.get("username") != "admin" or not re.fullmatch("[0-9a-f]{64}", fields.get("firstnonce", "")):
            return error(WRONG)
        first = fields["firstnonce"]
        last = f"{first}simulated{next(self._count):023d}"
        self._nonce = f"{first},{last},{last}"
        return (
            f"<response><salt>{SALT.hex()}</salt><iterations>{ITERATIONS}</iterations>"
            f"<servernonce>{last}</servernonce><modeselected>1</modeselected></response>"
        )

    def _proven(self, fields: dict[str, str]) -> str:
        """Checked from the server's side: the proof gives the client's key, whose hash is what was stored."""
        message, self._nonce = self._nonce, ""
        salted = hashlib.pbkdf2_hmac("sha256", self.password.encode(), SALT, ITERATIONS)
        stored = hashlib.sha256(hmac.digest(b"Client Key", salted, "sha256")).digest()
        signature = hmac.digest(message.encode(), stored, "sha256")
        try:
            proof = bytes.fromhex(fields.get("clientproof", ""))
        except ValueError:
            proof = b""
        key = bytes(one ^ other for one, other in zip(proof, signature, strict=False))
        right = bool(message) and fields.get("finalnonce") == message.split(",")[-1]
        right = right and hmac.compare_digest(hashlib.sha256(key).digest(), stored)
        mine = hmac.digest(message.encode(), hmac.digest(b"Server Key", salted, "sha256"), "sha256").hex()
        if self.kind == "badproof":
            mine = mine[::-1]
        return self._judge(right, f"<serversignature>{mine}</serversignature>")


def error(code: int, **more: int) -> str:
    """An answer that says no."""
    said = "".join(f"<{name}>{value}</{name}>\n" for name, value in more.items())
    return f"<error>\n<code>{code}</code>\n<message></message>\n{said}</error>"


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
