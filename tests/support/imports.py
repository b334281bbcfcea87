"""What ``modeswitch profiles import`` prints of a file, read again."""

from __future__ import annotations

from collections.abc import Callable

from modeswitch.database.profile import Profile
from modeswitch.database.reader import read
from modeswitch.methods.storage import Bot
from tests.support.said import Said

REZERO = "55534243123456780000000000000601000000000000000000000000000000"
EJECT = "5553424312345678000000000000061b000000020000000000000000000000"
HEAD = "DefaultVendor=0x12d1\nDefaultProduct=0x1f01\n"
Import = Callable[..., Said]


def profile_of(said: Said, name: str = "12d1-1f01") -> Profile:
    assert said.status == 0, said.err
    return read(said.out, f"{name}.toml")


def profiles_of(said: Said) -> dict[str, Profile]:
    """All that was printed, each under the name in the rule above it."""
    parts = said.out.split("# ---- ")[1:]
    texts = {part.partition(".toml\n")[0]: part.partition("\n")[2] for part in parts}
    return {name: read(text, f"{name}.toml") for name, text in texts.items()}


def wire(profile: Profile) -> list[str]:
    actions = [action for way in profile.transitions[:1] for step in way.steps for action in step.actions]
    return [action.cbw.hex() if isinstance(action, Bot) else str(action) for action in actions]
