"""AT^U2DIAG, the older form of a port list: one number in the stick's NVRAM.  What it means differs by model.

Ref: Huawei's list of its values, as its AT command documents have it; what owners of E173, E1750, E3131 and E8372H have
seen; capture 23 for the value 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..errors import BadReply, Refused
from ..printable import printable

VALUES: dict[int, str] = {
    1: "modem, PCUI and CD-ROM",
    255: "modem, CD-ROM and card, and no network; many models refuse it",
    256: "modem, diag, PCUI and card, no CD-ROM and no network; debug on an E8372H with HiLink firmware",
    276: "all with the network and the CD-ROM; an E3131 refuses it",
}
"""Values of AT^U2DIAG that leave an AT port and can be undone, with what they bring.

Not among them: 0 (modem, diag and PCUI, but one E303 came back as 12d1:1c05 and refused every later value: capture 23),
6 (PCUI and network by Huawei's list, the network alone by an owner's), 257 (modem, PCUI, CD-ROM and card by Huawei's
list, no PCUI by an owner's), 118 and 119 (HiLink firmware's own ways; it takes all others for 119).
"""

MODELS: dict[int, tuple[str, ...]] = {
    256: ("E173", "E1750", "E1762", "E176"),
    276: ("E173", "E1750", "E1762", "E176"),
}
"""Value → the models that it is written to: for these both Huawei's list and owners have it.

Ref: Huawei's list of the values of AT^U2DIAG; wiki.bernardino.org and uptostart.ru (256 and 276 on these models, 255 on
none of them); draisberghof.de, t=1295 (E3131: neither, with some firmware).  What 1 brings is Huawei's word alone, 255
is not in Huawei's list: both are written only to a stick that came with them.
"""


def guard_model(value: int, model: str) -> None:
    """Refuse a value for a model (as AT+CGMM has it) of which nobody has told what it brings.

    Raises :class:`Refused`.
    """
    guard(value)
    if not any(re.match(rf"(?:HUAWEI )?{known}(?![0-9])", model, re.IGNORECASE) for known in MODELS.get(value, ())):
        said = ", ".join(MODELS.get(value, ()))
        raise Refused(
            f"AT^U2DIAG={value} is not written: what it brings differs by model, and "
            + (
                f"of an {printable(model, 40)} it is not known"
                if model
                else "this stick does not say which model it is"
            ),
            hint=f"It is known of {said}." if said else "It is known of no model.",
        )


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
