"""What a finding wants done, as data; :mod:`.commands` makes of it the commands of a system."""

from __future__ import annotations

from ..values import NamedTuple


class Action(NamedTuple):
    """One thing that is wanted: ``what`` is one of :data:`ACTIONS`, ``of`` what it is for."""

    what: str
    of: str = ""

    def __str__(self) -> str:
        return f"{self.what} {self.of}".rstrip()


ACTIONS = {
    "switch": "bring the stick to the mode OF, or to its family's",
    "then-switch": "bring the stick to the mode OF once it is back from what was done before, with another id",
    "plan": "show the way to the mode OF",
    "list": "see what is on the bus now",
    "describe": "show what tells the mode of a device: its interfaces with classes and drivers",
    "show-ports": "ask the stick for its own list of ports",
    "write-ports": "write the port list OF to the stick's NVRAM",
    "restart": "start the stick anew, as it is after it was plugged in",
    "connect": "put the data line of an NCM function up",
    "dhcp": "ask for an address on the network interface OF",
    "bind": "bind the drivers that fit the interfaces",
    "load": "load the modules OF, blanks between",
    "install": "get the module OF, which the system has not",
    "teach": "tell the driver OF of the stick's id, now",
    "teach-for-good": "tell the driver OF of the stick's id at each start",
    "unload": "unload the driver OF",
    "stop-new-id": "keep the system from giving a driver the stick's id",
    "mask": "keep the system's own tool from switching sticks",
    "quirk": "keep usb-storage from asking a stick with the id OF for its LUNs",
    "wake-at-plug": "send the message that makes 12d1:155e at each plug",
}
"""Action → what is done by it."""
