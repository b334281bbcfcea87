"""Every way a switch can end badly, as one tree; each class carries its exit status.

    ModeswitchError                    1
     ├─ UsageError                     2   malformed id, unknown mode, negative timeout
     ├─ NoDevice                       3   nothing on the bus fits
     ├─ NoWay                          4   no profile, or no transition leads there
     │   ├─ ProfileError               4   a profile that breaks the format: file, table, key
     │   └─ NoDriver                   4   a way leads there, but this host could not use what comes of it
     ├─ Refused                        5   would lose something, or must not be touched
     ├─ NotBack                        6   left, and was not seen again in time
     ├─ PermissionDenied               7
     ├─ SeveralDevices                 8   more than one stick fits
     ├─ SwitchFailed                   1   stayed, or came back in another mode
     ├─ NoLibusb                       1   pyusb found no libusb to load
     ├─ BadDescriptors                 1   descriptors that break USB's rules
     └─ TransferError                  1   a transfer ended badly
         ├─ LinkLost                   1   gone, silent, stalled or cut short: how a device that obeys leaves
         ├─ CommandFailed              1   the stick answered, and said no: CSW status 1 with its sense, AT ERROR
         ├─ BadReply                   1   an answer that breaks the protocol: CSW signature, tag, phase, a flood
         ├─ Busy                       1   another program holds the interface or the port
         └─ Unavailable                1   this stick, hub or port cannot do it, and nothing was changed

An error says what happened, to which stick, and what to do next: ``message`` and ``hint`` are for people, ``facts``
for programs (the ``--json`` form).  This module knows no device and no terminal.
"""

from __future__ import annotations

from .values import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Self

__all__ = [
    "BadDescriptors",
    "BadReply",
    "Busy",
    "CommandFailed",
    "LinkLost",
    "ModeswitchError",
    "NoDevice",
    "NoDriver",
    "NoLibusb",
    "NoWay",
    "NotBack",
    "PermissionDenied",
    "ProfileError",
    "Refused",
    "SeveralDevices",
    "SwitchFailed",
    "TransferError",
    "Unavailable",
    "UsageError",
]


class ModeswitchError(Exception):
    """The root of the tree.

    ``status`` is the exit status of the command, ``hint`` the next thing to try (may be empty), ``facts`` what a
    program may want to know: ``port``, ``id``, ``mode``, ``step`` and others.  It can be pickled and copied.
    """

    status = 1

    def __init__(self, message: str, *, hint: str = "", **facts: object) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.facts: dict[str, object] = {key: value for key, value in facts.items() if value is not None}

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}" if self.hint else self.message

    def __reduce__(self) -> tuple[object, ...]:
        """All it holds, since what a class of the tree wants to be made with is not all in ``args``."""
        return _made_again, (type(self), self.args), {**self.__dict__, "facts": dict(self.facts)}

    @property
    def port(self) -> str | None:
        """The port of the stick, ``1-1.4``; None where it is about no stick."""
        return self._text("port")

    @property
    def id(self) -> str | None:
        """The USB id of the stick, ``12d1:1f01``; None where it is about no stick."""
        return self._text("id")

    @property
    def mode(self) -> str | None:
        """The mode that the stick is in now; None where it is unknown."""
        return self._text("mode")

    def _text(self, fact: str) -> str | None:
        return str(self.facts[fact]) if fact in self.facts else None

    def located(self, where: str = "", *, hint: str = "", **facts: object) -> Self:
        """Add what only the caller knows and return the same error, to be raised again.

        ``where`` is put before the message; a hint and facts that are already there stay.
        """
        if where:
            self.message = f"{where}: {self.message}"
        self.hint = self.hint or hint
        for key, value in facts.items():
            if value is not None:
                self.facts.setdefault(key, value)
        return self


def _made_again(kind: type[ModeswitchError], args: tuple[object, ...]) -> ModeswitchError:
    """An error of that class, without what ``__init__`` gives it."""
    return kind.__new__(kind, *args)


class UsageError(ModeswitchError):
    """What was asked cannot be read: a malformed id or port, an unknown mode, a negative time."""

    status = 2


class NoDevice(ModeswitchError):
    """Nothing on the bus fits what was asked for."""

    status = 3


class NoWay(ModeswitchError):
    """No profile knows this product, or no transition leads from its mode to the one wanted."""

    status = 4


class ProfileError(NoWay):
    """A profile breaks the format; the message names file, table and key."""


class NoDriver(NoWay):
    """Ways lead to the mode, but this host has no kernel driver for what any of them gives."""


class Refused(ModeswitchError):
    """Something would be lost, or the product must not be touched."""

    status = 5


class NotBack(ModeswitchError):
    """The stick left its port and was not seen there again in time."""

    status = 6


class PermissionDenied(ModeswitchError):
    """The system does not let this user talk to the stick."""

    status = 7


class SeveralDevices(ModeswitchError):
    """More than one stick fits; the message lists them with their ports."""

    status = 8


class SwitchFailed(ModeswitchError):
    """The stick took the message and stayed, or came back in another mode than the one wanted."""


class NoLibusb(ModeswitchError):
    """No libusb could be loaded; the message names the package to install."""


class BadDescriptors(ModeswitchError):
    """Descriptors that contradict themselves or run past their end."""


class TransferError(ModeswitchError):
    """A transfer ended badly for a reason that is not how a stick says goodbye."""


class LinkLost(TransferError):
    """No device, no answer in time, a stall, or an answer cut short.

    On the last step of a transition this is how a device that obeys leaves; anywhere else it is an error.
    ``reason`` is one of ``"gone"``, ``"timeout"``, ``"stall"``, ``"io"``, ``"short"``.
    """

    sent = True
    """False where the message itself never reached the device: then its silence says nothing."""

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message, reason=reason)
        self.reason = reason


class CommandFailed(TransferError):
    """The stick understood and said no: bCSWStatus 1 with the sense it gave, or an AT command's ``ERROR``.

    For an AT command the fact ``answer`` is the final result code as the stick wrote it.
    """


class BadReply(TransferError):
    """An answer that breaks the protocol: CSW with a wrong signature or tag, a phase error, too many bytes."""


class Busy(TransferError):
    """Another program or driver holds the interface."""


class Unavailable(TransferError):
    """The stick, its hub or its port cannot or will not do it, and nothing has been changed: another way may do.

    ``means`` says what was wanted for it: ``"at"`` (an AT port that answers), ``"web"`` (HiLink's web API), ``"hub"``
    (a hub that switches its port's power) or ``"storage"`` (its storage interface, which the kernel holds); empty where
    the means is there and only this one request is refused.
    """

    def __init__(self, message: str, *, hint: str = "", means: str = "", **facts: object) -> None:
        super().__init__(message, hint=hint, means=means or None, **facts)
        self.means = means
