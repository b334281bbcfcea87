"""What a disk that no profile knows may be like, by its look: what its strings and its disks say.  Only ever offered.

Ref: tests/captures 11, 16 and 21 for what CD-ROMs of modems say; USB says nothing of who a device is related to.
"""

from __future__ import annotations

from ..usb.device import UsbDevice
from ..values import NamedTuple

STORAGE = 0x08
"""The class of mass storage."""
PHONES = ("android", "phone", "handset", "camera")
"""What is in the strings of devices that must not be taken for a modem: they have a disk, and it is a person's."""


class Look(NamedTuple):
    """How a vendor's modems look while they are a CD-ROM, and the ids that such a one may be like, the likeliest first.

    ``word`` is in the SCSI vendor, or where that is unknown in the manufacturer or the product; where it is empty the
    ``vendor``'s id is enough, since nothing but modems has it.  ``cd``: others of the vendor have disks with that word,
    so it must be known that there is a CD-ROM.
    """

    vendor: int
    word: str
    like: tuple[str, ...]
    cd: bool = False


LOOKS = (
    Look(0x12D1, "huawei", ("12d1:1f01", "12d1:14fe")),
    Look(0x3426, "", ("3426:1f01",)),
    Look(0x3566, "", ("3566:2001",)),
    Look(0x19D2, "zte", ("19d2:2000",), cd=True),
)


def phone(usb_device: UsbDevice) -> str:
    """The word by which a device says that it is a phone or a camera; empty where it does not."""
    said = " ".join((*usb_device.strings, *usb_device.scsi)).lower()
    return next((word for word in PHONES if word in said), "")


def relatives(usb_device: UsbDevice, has_cd: bool | None) -> tuple[str, ...]:
    """The ids that a device of an unknown id may be like, the likeliest first; mostly none.

    ``has_cd`` tells whether one of its disks is a CD-ROM, None where that is unknown.  Nothing is offered for a plain
    disk, for a phone or a camera, or for what is more than storage.
    """
    functions = usb_device.configuration.functions if usb_device.configuration else ()
    if not functions or any(one.triple.cls != STORAGE for one in functions) or has_cd is False or phone(usb_device):
        return ()
    maker = (usb_device.scsi[0] or " ".join(usb_device.strings[:2])).lower()
    fitting = (
        look
        for look in LOOKS
        if (look.word in maker if look.word else usb_device.id.vendor == look.vendor) and (has_cd or not look.cd)
    )
    return next((look.like for look in fitting), ())


def offer(usb: object, like: tuple[str, ...]) -> str:
    """The next command for what looks like another; empty where it looks like none."""
    return f"modeswitch plan {usb} --like {like[0]}" if like else ""
