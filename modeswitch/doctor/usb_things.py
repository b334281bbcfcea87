"""What USB devices are by their ids, as Linux' drivers, usb.ids and libmtp have it: the list that is shipped.

Ref: usb_things.txt, whose first lines name its sources; tools/write_usb_things.py makes it.
"""

from __future__ import annotations

import os
from functools import lru_cache

from ..errors import ModeswitchError
from ..usb.descriptors import UsbId

PATH = os.path.join(os.path.dirname(__file__), "usb_things.txt")

THINGS = {
    "wifi": "a Wi-Fi adapter",
    "bluetooth": "a Bluetooth adapter",
    "ethernet": "an Ethernet adapter",
    "cable": "a serial cable",
    "disk": "a USB disk",
    "phone": "a phone",
    "portable": "a phone, tablet or music player",
    "hub": "a hub",
    "reader": "a card reader",
    "input": "a keyboard, mouse or tablet",
    "camera": "a camera",
    "sound": "a sound card",
    "printer": "a printer",
    "television": "a television receiver",
    "other": "something else than a modem",
}
"""The words of the list → what they mean."""


class UsbThings:
    """What ids are; ``text`` is the list's, a vendor's lines are cut up when asked for."""

    def __init__(self, text: str) -> None:
        self._text = text

    def of_product(self, usb_id: UsbId) -> str:
        """The word for a product that the list names, ``modem`` for a modem; empty where it does not."""
        number = f"{usb_id.product:04x}"
        return next((word for word, products in self._lines(usb_id.vendor) if number in products), "")

    def of_vendor(self, vendor: int) -> str:
        """The word for what a vendor makes that is known for it; empty where it makes this and that, or modems."""
        return next((word for word, products in self._lines(vendor) if products == ["*"]), "")

    def _lines(self, vendor: int) -> list[tuple[str, list[str]]]:
        found, start = [], f"\n{vendor:04x} "
        at = self._text.find(start)
        while at >= 0:
            end = self._text.find("\n", at + 1)
            _, word, products = self._text[at + 1 : end].split(" ")
            found.append((word, products.split(",")))
            at = self._text.find(start, end)
        return found


@lru_cache(1)
def shipped() -> UsbThings:
    """The list that is shipped.  Raises :class:`ModeswitchError` where the installation lacks it."""
    try:
        with open(PATH, encoding="ascii") as file:
            return UsbThings(file.read())
    except (OSError, ValueError) as error:
        raise ModeswitchError(f"{PATH}: {error}", hint="The installation is damaged: install it again.") from error
