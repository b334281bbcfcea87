"""A switch of a stick that is taken for another: what is told before it, and the profile to keep after it."""

from __future__ import annotations

from ..database.profile import Product
from ..database.writer import kept, kept_name
from ..identity.device import called
from ..values import TYPE_CHECKING
from .goal import goal_of
from .plan import plan

if TYPE_CHECKING:
    from collections.abc import Collection

    from ..database.profile import CanDrive, Transition
    from ..events import OnEvent
    from ..identity.like import Likeness
    from .session import Session


def tell_likeness(tell: OnEvent, likeness: Likeness, to: str | None, *, persist: bool, can_drive: CanDrive) -> None:
    """Tell what the stick is taken for, why that may be wrong, and all that would be sent; nothing is sent yet.

    Raises what :func:`~modeswitch.switching.goal.goal_of` and :func:`~modeswitch.switching.plan.plan` raise.
    """
    device = likeness.device
    family, goal = goal_of(device, to, can_drive)
    way = plan(family, device.mode or "", goal, persist=persist, can_drive=can_drive)
    tell_doubts(tell, likeness.like, family.name, likeness.doubts, **device.facts())
    for transition in way:
        for step in transition.steps:
            for action in step.actions:
                tell("sends", step=str(step), wire=str(action))


def tell_doubts(tell: OnEvent, like: str, family: str, doubts: Collection[str], **facts: object) -> None:
    """Tell what a stick is taken for, and each reason why that may be wrong."""
    tell("likened", like=like, family=family, **facts)
    for doubt in doubts:
        tell("risk", message=doubt)


def keep(session: Session, likeness: Likeness, taken: Collection[Transition]) -> str:
    """The text of a profile for a stick that was taken for another and has been switched, told as well.

    Empty where a profile has its id already.
    """
    text = profile_of(session, likeness, taken)
    if text:
        session.tell("profile", name=kept_name(likeness.device.id), text=text)
    return text


def profile_of(session: Session, likeness: Likeness, taken: Collection[Transition], hardware: str = "") -> str:
    """The same, and nothing told; ``hardware`` is what was seen of the stick, as evidence."""
    before, after = likeness.device, session.device
    if before.profile is None or not likeness.keep:
        return ""
    seen = None
    if after.id != before.id:
        known = after.product
        names = (called(after.usb.strings, None) or f"switched {before.id}",)
        seen = Product(after.id, names, known.ports if known else (), known.mode if known else "", "", (), wakes=False)
        seen = seen._replace(new_id=known.new_id if known else "")
    return kept(before.profile, before.id, likeness.like, taken, after.mode or "", seen, hardware)
