"""Write the manual page and the shells' completions from the command's parsers, into contrib/.

With --check only say whether one is stale (status 1).  Run from the root of the checkout: ``python -m
tools.write_manual``.  argparse-manpage and shtab make them; what is ours (sticks from sysfs, colons in words) is in
tools/completions.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import shtab
from argparse_manpage.manpage import Manpage

from modeswitch import __version__
from modeswitch.cli import arguments, help
from modeswitch.modem.roles import GOALS, MODES

ROOT = Path(__file__).resolve().parent.parent
OWN = ROOT / "tools" / "completions"
PAGE = ROOT / "contrib" / "man" / "modeswitch.1"
COMPLETIONS = {
    "bash": ROOT / "contrib" / "completions" / "modeswitch.bash",
    "zsh": ROOT / "contrib" / "completions" / "_modeswitch",
    "fish": ROOT / "contrib" / "completions" / "modeswitch.fish",
}
SHORT = "move a USB modem from the mode it wakes up in to the mode you want"
ENVIRONMENT = {
    "NO_COLOR": "no colours",
    "CLICOLOR_FORCE, FORCE_COLOR": "colours even where no terminal reads them",
    "CLICOLOR=0, TERM=dumb": "no colours; with TERM=dumb no line that is written over, either",
    "COLUMNS": "how wide help and list may be",
}
FILES = {
    "/etc/modeswitch.toml": "what is wanted of which stick: modeswitch.toml(5)",
    "/etc/modeswitch/profiles/": "profiles of your own",
    "/var/lib/modeswitch/": "old values of sticks' NVRAM",
    "/run/modeswitch/": "locks by port, what each stick woke up as, how the switches at each port ended",
}


def _completes(kind: str) -> dict[str, str]:
    """How each shell completes a word, by the functions in tools/completions."""
    return {"bash": f"_modeswitch_{kind}", "zsh": f"_modeswitch_{kind}", "fish": f"(_modeswitch_{kind})"}


BY_METAVAR: dict[str, object] = {
    "DEVICE": _completes("devices"),
    "PORT": _completes("ports"),
    "P[=NAME]": _completes("ports"),
    "DEVICE|FILE": _completes("devices_files"),
    "NAME|ID|FILE": shtab.FILE,
    "FILE": shtab.FILE,
    "PATH": shtab.FILE,
    "DIR": shtab.DIRECTORY,
}
"""What stands for a word in the help → how it is completed."""


def completed() -> argparse.ArgumentParser:
    """The parser with what completes each word; a command may stand where a device does."""
    parser = arguments.whole()
    for each in _parsers(parser):
        for action in each._actions:
            if action.metavar == "MODE":
                action.choices = GOALS
            elif isinstance(action.metavar, str) and action.metavar in BY_METAVAR:
                action.complete = BY_METAVAR[action.metavar]  # type: ignore[attr-defined]
    device = next(action for action in parser._actions if action.dest == "device")
    parser._remove_action(device)
    parser._positionals._group_actions.remove(device)
    return parser


def _parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.values()


def completion(shell: str) -> str:
    """The completion of one shell."""
    parser = completed()
    own = (OWN / f"sticks.{shell}").read_text("utf-8")
    # By shell, as its function wants it; the type that it is declared with is that of one decorator inside.
    preamble: Any = {shell: own}
    text: str = shtab.complete(parser, shell, preamble=preamble)
    if shell == "bash":
        *rest, last = text.rstrip("\n").splitlines()
        if not last.startswith("complete "):
            raise ValueError(f"shtab's last line for bash is another now: {last}")
        return "\n".join(rest).rstrip("\n") + "\n" + (OWN / "end.bash").read_text("utf-8")
    if shell == "zsh":
        text = _replaced(
            text,
            "  _describe 'modeswitch commands' _commands\n",
            "  _describe 'modeswitch commands' _commands\n  _modeswitch_devices\n",
        )
        last = "        watch) _arguments -C -s $_shtab_modeswitch_watch_options ;;\n"
        return _replaced(text, last, last + "        *) _arguments -C -s $_shtab_modeswitch_switch_options ;;\n")
    return text + (OWN / "end.fish").read_text("utf-8")


def _replaced(text: str, old: str, new: str) -> str:
    """The text with that in it changed, which must be there once."""
    if text.count(old) != 1:
        raise ValueError(f"what shtab writes has changed: {old!r} is in it {text.count(old)} times")
    return text.replace(old, new)


def page() -> str:
    """The text of modeswitch(1)."""
    parser = arguments.whole()
    parser.description = (
        "Moves a USB modem from the mode it wakes up in (usually a fake CD-ROM) to the mode you want: router, serial "
        "modem, network card. It then looks at the bus and tells whether the stick really got there."
    )
    data = {"project_name": "modeswitch", "version": __version__, "manual_title": "User Commands", "description": SHORT}
    for each in list(_parsers(parser))[1:]:
        each.usage, each.description = _usage(each), None
    manual = Manpage(parser, _data=data, format="single-commands-section")
    manual.date = ""
    usage = r"\fBmodeswitch\fR [\fIDEVICE\fR] [\fB\-\-to\fR \fIMODE\fR] [options]"
    manual.add_section("synopsis", "=", f"{usage}\n.br\n\\fBmodeswitch\\fR \\fICOMMAND\\fR [options]")
    lines = [line for pair in help.FIRST.items() for line in _item(*pair)]
    lines += [line for pairs in help.EXAMPLES.values() for pair in pairs for line in _item(*pair)]
    manual.add_section("examples", "=", "\n".join(lines))
    modes = [line for mode, text in MODES.items() for line in _item(mode, text)]
    manual.add_section("device and mode", "=", "\n.PP\n".join(map(_escaped, (help.DEVICE, help.MODES))))
    manual.add_section("modes", "=", "\n".join(modes))
    statuses = help.STATUSES.removeprefix("Exit status: ").rstrip(".").split(", ")
    pairs = [_parted(status) for status in _joined(statuses)]
    manual.add_section("exit status", "=", "\n".join(line for pair in pairs for line in _item(*pair)))
    for heading, table in (("environment", ENVIRONMENT), ("files", FILES)):
        manual.add_section(heading, "=", "\n".join(line for pair in table.items() for line in _item(*pair)))
    manual.add_section("see also", "=", r"\fBmodeswitch.toml\fR(5), \fBmmcli\fR(1), \fBnmcli\fR(1)")
    note = '.\\" Made by `python -m tools.write_manual` from the parsers in modeswitch/cli: change it there.\n'
    return note + str(manual)


def _usage(parser: argparse.ArgumentParser) -> str:
    """A command's words in one line."""
    words = [action.metavar or action.dest.upper() for action in parser._actions if not action.option_strings]
    options = [action for action in parser._actions if action.required and action.option_strings]
    must = [f"{action.option_strings[-1]} {action.metavar}" for action in options]
    return " ".join([parser.prog, *map(str, words), *must, "[options]"])


def _joined(statuses: list[str]) -> Iterator[str]:
    """Each status with its words, which may have a comma."""
    found: list[str] = []
    for part in statuses:
        if part.partition(" ")[0].isdecimal():
            found.append(part)
        else:
            found[-1] += f", {part}"
    return iter(found)


def _parted(status: str) -> tuple[str, str]:
    number, _, words = status.partition(" ")
    return number, words


def _item(term: str, text: str) -> list[str]:
    return [".TP", rf"\fB{_escaped(term)}\fR", _escaped(text)]


def _escaped(text: str) -> str:
    """A text as roff takes it."""
    plain = text.replace("\\", r"\e").replace("-", r"\-").replace("'", r"\(aq")
    return rf"\&{plain}" if plain.startswith(".") else plain


def texts() -> dict[Path, str]:
    """Each file and what is to be in it."""
    os.environ["COLUMNS"] = "80"
    return {PAGE: page(), **{path: completion(shell) for shell, path in COMPLETIONS.items()}}


def main(words: list[str]) -> int:
    """Write the files, or with ``--check`` compare them; 1 where one is stale."""
    status = 0
    for path, text in texts().items():
        name = path.relative_to(ROOT)
        if "--check" not in words:
            path.write_text(text, "utf-8")
            print(f"written: {name}")
        elif not path.is_file() or path.read_text("utf-8") != text:
            print(f"stale: {name}; run: make manual")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
