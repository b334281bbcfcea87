"""A call of HiLink's web API: the kind ``hilink``."""

from __future__ import annotations

from ..errors import LinkLost, ModeswitchError, Unavailable
from ..values import TYPE_CHECKING
from .base import Action

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..fields import Fields
    from .resources import Resources

AGAIN = 0.5
"""How soon a web server that is not there yet, or is busy, is asked again, in seconds."""


class Web(Action):
    """A call of HiLink's web API: its name, and for a person what is posted.

    ``models`` are the only ones that it is made to, as the page calls them, with blanks between; empty for all.
    """

    call: str
    path: str
    body: str
    models: str = ""

    means = "web"

    def __str__(self) -> str:
        only = f" (where the page says that it is {' or '.join(self.models.split())})" if self.models else ""
        return f"POST {self.path} {self.body}{only}"

    def take(self, resources: Resources) -> None:
        """Get a token of the web server; one that is still starting is asked again."""
        _patiently(resources, lambda: resources.web().prepare(), _is_final)
        if self.models:
            model = resources.web().model()
            known = self.models.split()
            if model.lower() not in self.models.lower().split():
                said = f"says that it is {model}" if model else "does not say which model it is"
                raise resources.web().no(f"{self.path} is known of {' and '.join(known)}, and it {said}", means="")

    def perform(self, resources: Resources, taken: None) -> None:
        _patiently(resources, lambda: resources.web().post(self.call), lambda error: not _is_busy(error))


def _is_busy(error: ModeswitchError) -> bool:
    from ..modem.refusals import BUSY_CODES

    return isinstance(error, Unavailable) and error.facts.get("code") in BUSY_CODES


def _is_final(error: ModeswitchError) -> bool:
    """Is it the answer of a page that is up, or of a login, which is never repeated?"""
    return ("code" in error.facts and not _is_busy(error)) or "login" in error.facts


def _patiently(resources: Resources, do: Callable[[], None], is_final: Callable[[ModeswitchError], bool]) -> None:
    """Do it; again and again, while the stick is young, where an error is not final."""
    patience = resources.starting()
    end, told = resources.bus.now() + patience, False
    while True:
        try:
            do()
            return
        except (LinkLost, Unavailable) as error:
            if is_final(error):
                raise
            if resources.bus.now() >= end:
                raise _unavailable(error) from error
        if not told:
            resources.tell("starting", what="its web page", seconds=round(patience, 1))
            told = True
        resources.bus.pause(min(AGAIN, end - resources.bus.now()))


def _unavailable(error: ModeswitchError) -> Unavailable:
    """A page that does not answer is none, and all that needs it is barred; what a page says of one call stays so."""
    means = getattr(error, "means", "") if "code" in error.facts else "web"
    facts = {key: value for key, value in error.facts.items() if key not in ("means", "reason")}
    return Unavailable(error.message, hint=error.hint, means=means, **facts)


def read(fields: Fields) -> tuple[Web]:
    """A call of HiLink's web API by its name."""
    from ..modem import hilink

    name = fields.text("call")
    if name not in hilink.CALLS:
        fields.unknown(name, hilink.CALLS)
    call = hilink.CALLS[name]
    return (Web(name, call.path, call.body, " ".join(fields.texts("models", []))),)
