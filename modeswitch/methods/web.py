"""A call of HiLink's web API: the kind ``hilink``."""

from __future__ import annotations

from ..errors import LinkLost, ModeswitchError, Unavailable
from ..values import TYPE_CHECKING
from .base import Action

if TYPE_CHECKING:
    from ..fields import Fields
    from .resources import Resources

AGAIN = 0.5
"""How soon a web server that is not there yet is asked again, in seconds."""


class Web(Action):
    """A call of HiLink's web API: its name, and for a person what is posted."""

    call: str
    path: str
    body: str

    means = "web"

    def __str__(self) -> str:
        return f"POST {self.path} {self.body}"

    def take(self, resources: Resources) -> None:
        """Get a token of the web server; one that is still starting is asked again."""
        patience = resources.starting()
        end, told = resources.bus.now() + patience, False
        while True:
            try:
                resources.web().prepare()
                return
            except (LinkLost, Unavailable) as error:
                if resources.bus.now() >= end or "code" in error.facts:
                    raise Unavailable(error.message, hint=error.hint, means="web", **_facts(error)) from error
            if not told:
                resources.tell("starting", what="its web page", seconds=round(patience, 1))
                told = True
            resources.bus.pause(min(AGAIN, max(0.0, end - resources.bus.now())))

    def perform(self, resources: Resources, taken: None) -> None:
        resources.web().post(self.call)


def _facts(error: ModeswitchError) -> dict[str, object]:
    return {key: value for key, value in error.facts.items() if key not in ("means", "reason")}


def read(fields: Fields) -> tuple[Web]:
    """A call of HiLink's web API by its name."""
    from ..modem import hilink

    call = fields.text("call")
    if call not in hilink.CALLS:
        fields.unknown(call, hilink.CALLS)
    path, body = hilink.CALLS[call]
    return (Web(call, path, body),)
