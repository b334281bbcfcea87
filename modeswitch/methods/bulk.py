"""Raw bytes for a bulk OUT endpoint: the kind ``bulk``."""

from __future__ import annotations

from ..errors import UsageError
from ..values import TYPE_CHECKING
from .base import Action
from .target import endpoint_owner, storage_pipes

if TYPE_CHECKING:
    from ..fields import Fields
    from .resources import Resources
    from .target import Target


class Bulk(Action):
    """Bytes for a bulk OUT endpoint, no answer read; ``endpoint`` None is the storage interface's first.

    An endpoint's interface is claimed before; with ``needs`` only where its bInterfaceClass is that.
    """

    data: bytes
    endpoint: int | None = None
    needs: int = -1

    def __str__(self) -> str:
        where = f" {self.endpoint:02x}" if self.endpoint is not None else ""
        return f"bulk out{where} {self.data.hex()}"

    def _endpoint(self, device: Target) -> int:
        return self.endpoint or storage_pipes(device).pipe_out

    def check(self, device: Target) -> None:
        endpoint_owner(device, self._endpoint(device), self.needs)

    def take(self, resources: Resources) -> int:
        endpoint = self._endpoint(resources.device)
        resources.link().claim(endpoint_owner(resources.device, endpoint, self.needs))
        return endpoint

    def perform(self, resources: Resources, taken: int) -> None:
        resources.link().bulk_out(taken, self.data)


def read(fields: Fields) -> tuple[Bulk]:
    """Raw bytes for a bulk OUT endpoint; no answer is read."""
    endpoint = fields.number("endpoint", 1, 15, default=0)
    needs = fields.number("class", 0, 0xFF, default=-1)
    if needs >= 0 and not endpoint:
        raise UsageError("class is asked of an endpoint's interface: name the endpoint")
    return (Bulk(fields.hex("hex", 1, 4096), endpoint or None, needs),)
