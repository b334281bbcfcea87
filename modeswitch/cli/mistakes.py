"""What was probably meant by words that could not be read.  Loaded only then; nothing is done by a guess."""

from __future__ import annotations

import argparse
import difflib
import re
from collections.abc import Collection, Sequence
from shlex import join

from ..errors import UsageError
from ..modem import mode_names
from ..modem.roles import GOALS
from ..printable import printable
from . import peers

MODE_OPTIONS = ("-to", "--mode", "-mode", "--goal", "--target", "-t", "-m", "to", "mode")
"""What people write for ``--to``."""
SHORT = {"-V": "--version", "-a": "--all", "-p": "--port", "-j": "--json", "-n": "--dry-run", "-d": "--dry-run"}
LONGEST = 200
"""How much of a command line is repeated, in characters."""


def explained(
    error: UsageError,
    words: list[str],
    command: str | None,
    parser: argparse.ArgumentParser,
    commands: Collection[str],
) -> UsageError:
    """The same error with what was probably meant; that of a peer's options where the words are a peer's."""
    valued = [name for one in parser._actions if one.nargs is None for name in one.option_strings]
    theirs = None if command else peers.recognise(words, valued)
    if theirs is not None:
        return theirs
    first = words[:1]
    if command is None and first and _is_word(first[0]) and not mode_names.named(first[0]):
        meant = near_command(first[0], commands, words)
        if meant:
            return _meant(UsageError(f"{first[0]!r} is no command"), meant)
    if words[-1:] == ["--to"]:
        return UsageError("--to: which mode?", hint=f"One of {', '.join(GOALS)}.")
    return _meant(error, _intended(words, command, parser, commands))


def near_command(word: str, commands: Collection[str], words: list[str]) -> list[str] | None:
    """The words with the command that one of them is nearly; None where it is like none."""
    near = difflib.get_close_matches(word.lower()[:32], [*commands, "help", "version"], 1, 0.7)
    if not near or word not in words:
        return None
    return [near[0] if other == word else other for other in words]


def with_command(error: UsageError, word: str, words: list[str], commands: Collection[str]) -> UsageError:
    """An error about a word that names no device, with the command that was meant where it is nearly one."""
    meant = near_command(word, commands, words)
    return _meant(UsageError(error.message), meant) if meant else error


def _meant(error: UsageError, words: Sequence[str] | None) -> UsageError:
    if words is None:
        return error
    shown = printable(join(["modeswitch", *words]), LONGEST)
    return UsageError(error.message, hint=f"Did you mean: {shown}")


def _intended(
    words: list[str], command: str | None, parser: argparse.ArgumentParser, commands: Collection[str]
) -> Sequence[str] | None:
    """The words with the first slip that is known put right; None where none is."""
    options = [option for action in parser._actions for option in action.option_strings]
    switches = command in (None, "switch", "plan")
    choices = [str(one) for action in parser._actions for one in action.choices or ()]
    for place, word in enumerate(words):
        before, after = words[:place], words[place + 1 :]
        option, equals, value = word.partition("=")
        if switches and option in MODE_OPTIONS and (equals or after):
            return [*before, "--to", *([value] if equals else []), *after]
        if switches and place and words[place - 1] != "--to" and _is_word(word) and mode_names.named(word):
            return [*before, "--to", mode_names.named(word)[0], *after] if "--to" not in words else None
        if word in SHORT and word not in options and (SHORT[word] in options or word == "-V"):
            return [*before, SHORT[word], *after] if word != "-V" else ["--version"]
        if option.startswith("--") and len(option) > 2 and option not in options:
            near = difflib.get_close_matches(option[:32], [*options, "--version"], 1, 0.6)
            starts = [each for each in options if each.startswith(option)]
            if near or starts:
                return [*before, (starts or near)[0] + equals + value, *after]
    for place, word in enumerate(words):
        if word != command and word not in choices and (near := difflib.get_close_matches(word[:32], choices, 1, 0.7)):
            return [*words[:place], near[0], *words[place + 1 :]]
    if command == "connect" and "--apn" not in words:
        names = [n for n, word in enumerate(words) if n and _is_word(word) and word not in commands]
        if names:
            return [*words[: names[-1]], "--apn", *words[names[-1] :]]
    return None


def _is_word(word: str) -> bool:
    """Is it a word as commands and modes are: no option, no device?"""
    return re.fullmatch(r"[A-Za-z][A-Za-z_-]{1,31}", word) is not None
