"""AT^U2DIAG, the older form of a port list: one number in the stick's NVRAM.

Ref: forum.dd-wrt.com and Huawei's AT command manuals as collected with the profiles; capture 23 for the value 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..errors import BadReply, Refused

VALUES: dict[int, str] = {
    1: "modem and CD-ROM",
    255: "all that the firmware has: the factory's choice",
    256: "modem and card, no CD-ROM",
    276: "a variant of the factory's",
}
"""Values of AT^U2DIAG that leave an AT port and can be undone, with what they bring.

Not among them: 0 (E3131 and E303 come back as 12d1:1c05 and refuse every later value: capture 23), 6 (network alone, no
AT port), 257 (no application port), 119 (to HiLink firmware's own ways; only some have them).
"""


def guard(value: int) -> None:
    """Refuse a value that is not known to leave an AT port.  Raises :class:`Refused`."""
    if value not in VALUES:
        raise Refused(
            f"AT^U2DIAG={value} is not written: it is not known to leave the stick an AT port",
            hint="Known are " + "; ".join(f"{number} ({words})" for number, words in VALUES.items()) + ".",
        )


def current(lines: Iterable[str]) -> int:
    """The value in the answer to ``AT^U2DIAG?``.  Raises :class:`BadReply`."""
    for line in lines:
        match = re.fullmatch(r"\^U2DIAG\s*:\s*([0-9]{1,5})", line.strip(), re.IGNORECASE)
        if match:
            return int(match[1])
    raise BadReply("AT^U2DIAG? was answered without a value")
