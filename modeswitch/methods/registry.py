"""Which kinds of steps there are, and where each is: loaded only when a profile needs it.

A new method is one file beside this one, one line here, and one paragraph of ``profiles/example.toml``.
"""

from __future__ import annotations

from importlib import import_module

from ..values import TYPE_CHECKING
from .base import Action, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from ..fields import Fields

KINDS = {
    "huawei": "storage.read_huawei",
    "cbw": "storage.read_cbw",
    "scsi": "storage.read_scsi",
    "eject": "storage.read_eject",
    "control": "control.read",
    "bulk": "bulk.read",
    "interrupt": "interrupt.read",
    "detach": "detach.read",
    "configuration": "configuration.read",
    "altsetting": "altsetting.read",
    "reset": "reset.read",
    "pause": "pause.read",
    "at": "at.read",
    "ports": "ports.read",
    "u2diag": "u2diag.read",
    "hilink": "web.read",
    "power": "power.read",
    "back": "back.read",
}
"""Kind of step, as a profile writes it → the module and the function that read it."""
_MODULES = {reader.partition(".")[0] for reader in KINDS.values()}


def read_step(written: Mapping[str, Any], where: str, file: str) -> Step:
    """Read one step: a table with one key, its kind, holding a table of fields.

    Raises :class:`~modeswitch.errors.ProfileError` for an unknown kind or key, a missing or mistyped value, or one
    that no message can carry.
    """
    from ..errors import Refused, UsageError
    from ..fields import Fields, inline

    outer = Fields(file, where, written)
    if len(written) != 1:
        outer.wrong('a step is one kind with its fields, as in { huawei = { os = "linux" } }')
    kind = next(iter(written))
    if kind not in KINDS:
        outer.unknown(kind, KINDS)
    fields = outer.table(kind)
    try:
        actions = _reader(kind)(fields)
    except (UsageError, Refused) as error:
        fields.wrong(error.message)
    fields.finish()
    return Step(f"{{ {kind} = {inline(written[kind])} }}", actions)


def _reader(kind: str) -> Callable[[Fields], tuple[Action, ...]]:
    module, _, name = KINDS[kind].partition(".")
    reader: Callable[[Fields], tuple[Action, ...]] = getattr(_module(module), name)
    return reader


def _module(name: str) -> Any:
    return import_module(f"{__package__}.{name}")


def plain(action: Action) -> list[Any]:
    """An action as plain values: ``module.Class``, then its fields, bytes in hex; :func:`action` reads it back."""
    kind: Any = type(action)
    fields: tuple[Any, ...] = action  # type: ignore[assignment]
    name = f"{kind.__module__.rpartition('.')[2]}.{kind.__name__}"
    return [name, *(item.hex() if isinstance(item, bytes) else item for item in fields)]


def action(name: str, values: Sequence[Any]) -> Action:
    """The action of that name (``storage.Bot``) with those plain values.

    Raises :class:`ValueError` for a name of no action.
    """
    module, _, kind = name.partition(".")
    if module not in _MODULES:
        raise ValueError(f"there is no action {name!r}")
    of: Any = getattr(_module(module), kind, None)
    if not (isinstance(of, type) and issubclass(of, Action)):
        raise ValueError(f"there is no action {name!r}")
    annotated = of.__annotations__.values()
    made: Action = of(
        *(bytes.fromhex(item) if is_a == "bytes" else item for is_a, item in zip(annotated, values, strict=True))
    )
    return made
