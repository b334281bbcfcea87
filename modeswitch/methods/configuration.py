"""SET_CONFIGURATION: the kind ``configuration``.  Ref: USB 2.0 §9.4.7."""

from __future__ import annotations

from ..errors import Refused
from ..modem import roles
from ..values import TYPE_CHECKING
from .base import Action

if TYPE_CHECKING:
    from ..fields import Fields
    from .resources import Resources
    from .target import Target


class SetConfiguration(Action):
    """SET_CONFIGURATION to that bConfigurationValue, or to the first configuration that has that ``function``."""

    value: int
    function: str = ""

    def __str__(self) -> str:
        return f"set configuration {f'with {self.function}' if self.function else self.value}"

    def value_of(self, device: Target) -> int:
        """The bConfigurationValue that is meant.

        A configuration that makes the mode is preferred to one that has its function among others: another's modem
        port makes no ``stick``.
        """
        descriptors = device.usb.descriptors
        having = descriptors.configurations if descriptors else ()
        values = [each.value for each in having if each.value == self.value]
        if self.function:
            sets = [(each.value, {name for _, name in device.roles_of(each)}) for each in having]
            values = [value for value, names in sets if roles.mode(names) == self.function]
            values += [value for value, names in sets if names & set(roles.FUNCTIONS[self.function])]
        if values:
            return values[0]
        wanted = f"with {self.function}" if self.function else f"{self.value}"
        there = ", ".join(str(each.value) for each in having)
        raise Refused(f"{device} has no configuration {wanted}; it has {there or 'none that can be read'}")

    def check(self, device: Target) -> None:
        self.value_of(device)

    def take(self, resources: Resources) -> int:
        """Detach every driver: the kernel sets no configuration while an interface is claimed."""
        link = resources.link()
        for interface, _role in resources.device.roles:
            link.claim(interface.number)
        link.release()
        return self.value_of(resources.device)

    def perform(self, resources: Resources, taken: int) -> None:
        resources.link().set_configuration(taken)


def read(fields: Fields) -> tuple[SetConfiguration]:
    """SET_CONFIGURATION: by the function that the configuration ``has``, or by ``value`` where no more is known."""
    if not fields.has("has"):
        return (SetConfiguration(fields.number("value", 1, 0xFF)),)
    function = fields.text("has")
    if function not in roles.FUNCTIONS:
        fields.unknown(function, roles.FUNCTIONS)
    return (SetConfiguration(0, function),)
