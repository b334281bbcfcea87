"""What a person may type.  ``modeswitch DEVICE`` is short for ``modeswitch switch DEVICE``."""

from __future__ import annotations

import argparse
from typing import NoReturn

from .. import __version__
from ..errors import UsageError
from ..roles import GOALS, MODES

Arguments = argparse.Namespace
COMMANDS = ("switch", "list", "plan", "explain", "profiles")

EPILOG = """\
DEVICE is an id (12d1:1f01, also the stick that was that and has been switched since), a port path (1-1.4),
bus/address (1/5) or a folder in sysfs.

exit status: 0 in the wanted mode, 1 failed, 2 usage, 3 no such device, 4 no profile or no way there,
5 refused for safety, 6 did not come back in time, 7 permission, 8 several devices fit
"""


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are our errors."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message, hint=f"See: {self.prog} --help")


def parse(words: list[str]) -> Arguments:
    """Read the command line.  Raises :class:`UsageError`; ``--help`` and ``--version`` print and exit 0."""
    if not any(word in COMMANDS for word in words) and not {"-h", "--help", "--version"} & set(words):
        words = ["switch", *words] if words else ["--help"]
    return _parser().parse_args(words)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="modeswitch",
        usage="modeswitch [switch] DEVICE [--to MODE] [options]\n       modeswitch COMMAND …",
        description="Move a USB modem from the mode it wakes up in to the mode you want, and prove that it got there.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"modeswitch {__version__}")
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="COMMAND", prog="modeswitch", parser_class=_Parser
    )

    switch = commands.add_parser("switch", help="switch a stick (the default)", epilog=EPILOG, allow_abbrev=False)
    switch.formatter_class = argparse.RawDescriptionHelpFormatter
    _device(switch)
    switch.add_argument("--timeout", metavar="S", type=_seconds, help="give up after so many seconds in all")
    switch.add_argument("--dry-run", action="store_true", help="show what would be sent, and send nothing")
    switch.add_argument("--all", action="store_true", help="take every stick that fits, one after the other")

    plan = commands.add_parser("plan", help="show the way to a mode, its evidence and its time", allow_abbrev=False)
    _device(plan)

    listing = commands.add_parser("list", help="show the sticks on the bus", allow_abbrev=False)

    explain = commands.add_parser("explain", help="decode a message: CBW, CSW, sense, CDB", allow_abbrev=False)
    explain.add_argument("hex", nargs="+", metavar="HEX", help="the bytes in hex; blanks and colons may stand between")

    profiles = commands.add_parser("profiles", help="what is known: list, show NAME, check FILE", allow_abbrev=False)
    profiles.add_argument("what", nargs="?", choices=("list", "show", "check"), default="list")
    profiles.add_argument("names", nargs="*", metavar="NAME|ID|FILE")

    for command in (switch, plan, listing, explain, profiles):
        command.add_argument("--json", action="store_true", help="JSON lines on stdout, one event each")
        command.add_argument("-v", "--verbose", action="count", default=0, help="more; -vv shows every transfer")
        command.add_argument("--profiles", metavar="DIR", action="append", help="look for profiles there, too")
        if command not in (explain, profiles):
            command.add_argument(
                "--simulate",
                metavar="STICK",
                action="append",
                help="a simulated stick in place of the bus: e3372h, e3372h@1-1.4,csw=late (again for more)",
            )
    return parser


def _device(command: argparse.ArgumentParser) -> None:
    command.add_argument("device", metavar="DEVICE", help="12d1:1f01, 1-1.4, 1/5 or a folder in sysfs")
    command.add_argument("--to", metavar="MODE", type=_mode, help=f"one of {', '.join(GOALS)}; default: the family's")
    command.add_argument("--port", metavar="PORT", help="where several sticks fit: the one at that port (1-1.4)")


def _mode(text: str) -> str:
    if text in GOALS:
        return text
    if text in MODES:
        raise argparse.ArgumentTypeError(f"{text} is never a goal")
    import difflib

    near = difflib.get_close_matches(text, GOALS, 1)
    meant = f"; did you mean {near[0]}?" if near else f"; the modes are {', '.join(GOALS)}"
    raise argparse.ArgumentTypeError(f"{text!r} is no mode{meant}")


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value <= 86400:
        raise argparse.ArgumentTypeError(f"{text!r} is no time in seconds (above 0, at most a day)")
    return value
