"""What shall become of a stick, as its owner wishes it: its mode, then its line, then a program of the owner's."""

from __future__ import annotations

from ..errors import Refused
from ..files import UntrustedFile, read_bounded
from ..printable import printable
from ..values import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ..modem.dial import Call

USUAL, LEAVE_ALONE = "usual", "leave-alone"
LARGEST_SECRET = 1024
"""How long a file with a secret may be, in bytes; its first line is the secret."""


class WantedLine(NamedTuple):
    """The line that shall be up once the stick is in ``ncm``: as :class:`~modeswitch.modem.dial.Call` has it.

    ``password_file`` and ``pin_file`` are paths, empty where there is no secret.
    """

    apn: str
    user: str = ""
    password_file: str = ""
    auth: str = ""
    ip: str = "4"
    pin_file: str = ""

    def call(self) -> Call:
        """What is dialled; the password is read from its file.  Raises :class:`Refused`."""
        from ..modem.dial import Call

        password = read_secret(self.password_file, "password-file") if self.password_file else ""
        return Call(self.apn, self.user, password, self.auth, self.ip)

    def pin(self) -> str:
        """The PIN of its SIM, read from its file; empty where there is none.  Raises :class:`Refused`."""
        return read_secret(self.pin_file, "pin-file") if self.pin_file else ""


class Wish(NamedTuple):
    """What shall become of a stick: ``to`` is a mode, ``usual`` or ``leave-alone``; ``timeout`` in seconds.

    ``always``: also where it is awake already, in another mode.  ``line`` is what is dialled then.  ``run`` is a
    program and its words that is run once all is so, with ``always`` also where a stick that comes is so already;
    ``{port}``, ``{id}``, ``{mode}``, ``{network}`` and ``{tty}`` in a word are filled in.  ``web_password_file`` is the
    path of the file with the password of its web page.  ``why`` it is left alone, where nobody has written that.
    """

    to: str = USUAL
    timeout: float | None = None
    web_password_file: str = ""
    always: bool = False
    line: WantedLine | None = None
    run: tuple[str, ...] = ()
    why: str = ""

    def web_password(self) -> str:
        """The password of its web page, read when it is wanted.  Raises :class:`Refused`."""
        return read_secret(self.web_password_file, "web-password-file")


def read_secret(path: str, key: str) -> str:
    """The first line of a file that belongs to root and that not everybody may read; ``key`` is its word in the policy.

    Raises :class:`Refused`.
    """
    shown = printable(path)
    try:
        raw = read_bounded(path, LARGEST_SECRET, trusted=True, secret=True)
        return raw.decode("utf-8").split("\n")[0].rstrip("\r")
    except UntrustedFile as error:
        raise Refused(
            f"{shown} {error.strerror}: the secret in it is not used", hint=f"chown root {shown}; chmod 600 {shown}"
        ) from error
    except (OSError, ValueError) as error:
        words = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise Refused(f"{shown}: {words}", hint=f"The policy names it: {key}.") from None
