"""What a person may type.  ``modeswitch DEVICE`` is short for ``modeswitch switch DEVICE``."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from itertools import pairwise

from ..errors import UsageError
from ..modem.roles import GOALS
from ..printable import printable
from ..values import TYPE_CHECKING
from .show import write

if TYPE_CHECKING:
    from typing import NoReturn

Arguments = argparse.Namespace

MANY_WORDS = ("doctor", "explain", "profiles", "udev")
"""Commands whose words may stand before and after options; to allow for that takes ten times as long."""

VALUED = (
    *("--to", "--port", "--timeout", "--profiles", "--simulate", "--kernel-modules", "--state", "--into"),
    *("--apn", "--user", "--password", "--auth", "--pin", "--ip", "--set", "--policy", "--root"),
    *("--output", "--tried", "--wait", "--like", "--web-password", "--as", "--from", "--idle", "--metrics"),
)
"""The options whose next word is a value, and no command."""
MAY_BE_EMPTY = ("--apn", "--user", "--tried")
"""Those of them whose value may be empty, or whose command says better what it wants."""


class _Unwritten(argparse.HelpFormatter):
    """What argparse makes for each argument as it is added, to check it; a width that is given needs no terminal."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=80)


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are our errors, and whose help is written as all else is."""

    def __init__(self, command: str, about: str) -> None:
        about = f"{about[0].upper()}{about[1:]}."
        super().__init__(
            prog=f"modeswitch {command}", description=about, formatter_class=_Unwritten, allow_abbrev=False
        )
        self.command = command
        """The command whose arguments it reads."""

    def format_help(self) -> str:
        from .help import Formatter, epilog

        self.formatter_class, self.epilog = Formatter, epilog(self.command)
        return super().format_help()

    def format_usage(self) -> str:
        from .help import Formatter

        self.formatter_class = Formatter
        return super().format_usage()

    def _print_message(self, message: str, file: object = None) -> None:
        write(message)

    def error(self, message: str) -> NoReturn:
        raise UsageError(printable(message), hint=f"See: {self.prog} --help")


def parse(words: list[str]) -> Arguments:
    """Read the command line.  Raises :class:`UsageError`; ``--help`` and ``--version`` print and exit 0.

    Only the parser of the command that is asked for is built: argparse is slow, and the switch is the common case.
    """
    if words[:1] in (["help"], ["version"]):
        words = [*words[1:2], "--help"] if words[0] == "help" else ["--version"]
    places = [n for n, word in enumerate(words) if word in COMMANDS and not (n and words[n - 1] in VALUED)]
    command = words[places[0]] if places else None  # "profiles list": the first counts
    if command is None and (not words or {"-h", "--help", "--version"} & set(words)):
        _overview(version="--version" in words)
    rest = [word for n, word in enumerate(words) if n not in places[:1]]
    parser = _parser(command or "switch")
    try:
        return _read(parser, rest, command)
    except UsageError as error:
        from .mistakes import explained

        raise explained(error, words, command, parser, COMMANDS) from None


def _read(parser: argparse.ArgumentParser, words: list[str], command: str | None) -> Arguments:
    """What the words say to the parser of that command; None is a switch that nobody has named."""
    arguments = parser.parse_intermixed_args(words) if command in MANY_WORDS else parser.parse_args(words)
    arguments.command = command or "switch"
    arguments.words, arguments.commands = ([], ()) if command else (words, COMMANDS)
    empty = [before for before, word in pairwise(["", *words]) if not word]
    empty += [word[:-1] for word in words if word.endswith("=")]
    for option in empty:
        if option in VALUED and option not in MAY_BE_EMPTY:
            raise UsageError(f"{option}: its value is empty", hint="Give one, or leave the option out.")
    if "device" not in arguments or arguments.device:
        return arguments
    if any(before not in VALUED for before in empty):
        raise UsageError("'' names no device", hint="See what is there: modeswitch list")
    if command == "list":
        return arguments
    if command is None and not (arguments.to or arguments.all or arguments.port):
        raise UsageError(
            "which stick, or where to?", hint="As in: modeswitch 1-1, or for the only one: modeswitch --to ncm"
        )
    return arguments


def _overview(*, version: bool) -> NoReturn:
    """Write what ``--help`` or ``--version`` shows without a command, and exit 0."""
    if version:
        from .. import __version__

        write(f"modeswitch {__version__}\n")
    else:
        from .help import overview

        write(overview({name: about for name, (about, _) in COMMANDS.items()}))
    raise SystemExit(0)


def _parser(command: str) -> argparse.ArgumentParser:
    """The parser of one command."""
    about, add = COMMANDS[command]
    parser = _Parser(command, about)
    add(parser)
    _common(parser, command)
    return parser


def whole() -> argparse.ArgumentParser:
    """One parser with all commands, each as a sub-command: for what is made of the parsers, and not for parsing."""
    from .help import GROUPS, Formatter, epilog

    parser = argparse.ArgumentParser(prog="modeswitch", formatter_class=Formatter)
    parser.add_argument("--version", action="store_true", help="show the version, and exit")
    _switch(parser)
    _common(parser, "switch")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command", prog="modeswitch")
    for name in (name for names in GROUPS.values() for name in names):
        about, add = COMMANDS[name]
        text = f"{about[0].upper()}{about[1:]}."
        own = commands.add_parser(name, help=about, description=text, epilog=epilog(name), formatter_class=Formatter)
        add(own)
        _common(own, name)
    return parser


def options(command: str) -> set[str]:
    """All spellings of the options of a command."""
    return {option for action in _parser(command)._actions for option in action.option_strings}


def _common(parser: argparse.ArgumentParser, command: str) -> None:
    """The options that all commands share."""
    parser.add_argument("--json", action="store_true", help="JSON lines on stdout, one event each")
    parser.add_argument("-v", "--verbose", action="count", default=0, help="more; -vv shows every transfer")
    parser.add_argument("--profiles", metavar="DIR", action="append", help="look for profiles there, too")
    if command not in ("explain", "profiles", "udev"):
        parser.add_argument(
            "--simulate",
            metavar="STICK",
            action="append",
            help="a simulated stick in place of the bus: e3372h, or e3372h@1-1.4,csw=late (again for more)",
        )


def _switch(parser: argparse.ArgumentParser) -> None:
    _way(parser)
    _timeout(parser)
    _state(parser)
    _take(parser)
    parser.add_argument("--dry-run", action="store_true", help="show what would be sent, and send nothing")
    parser.add_argument("--unmount", action="store_true", help="sync and unmount what of the stick is mounted, then go")
    parser.add_argument(
        "--wait", choices=("carrier", "address"), default="", help="wait until its network has that, too"
    )
    parser.add_argument(
        "--web-password",
        metavar="-",
        type=_from_input,
        help="log in to a HiLink stick's web page where it wants that; - reads the password from standard input",
    )
    parser.add_argument("--all", action="store_true", help="take every stick that fits, side by side")


def _way(parser: argparse.ArgumentParser) -> None:
    """What decides on the way that is taken."""
    _device(parser)
    parser.add_argument("--to", metavar="MODE", type=_mode, help=f"one of {', '.join(GOALS)}; default: the family's")
    parser.add_argument(
        "--like",
        metavar="ID|MODEL",
        help="take a stick that no profile knows for another: 12d1:1f01, E3131h or a family's name; where it works, "
        "a profile to keep is printed",
    )
    parser.add_argument(
        "--persist", action="store_true", help="ways may write to the stick's NVRAM, for good; the old value is saved"
    )
    parser.add_argument(
        "--kernel-modules",
        metavar="DIR",
        help="plan for the machine whose /lib/modules/VERSION this is (a copy), not for this one's drivers",
    )
    parser.add_argument(
        "--without-driver", action="store_true", help="go there even where no driver could use what comes of it"
    )


def _plan(parser: argparse.ArgumentParser) -> None:
    from ..exporters.targets import TARGETS

    _way(parser)
    parser.add_argument(
        "--as",
        dest="target",
        choices=TARGETS,
        help="print the plan as lines of a shell for a machine without modeswitch: calls of usb_modeswitch, what a "
        "plain shell does, or OpenWrt's usbmode with its packages",
    )
    parser.add_argument(
        "--from", dest="start", metavar="MODE", help="of an id that is not on the bus: only as it is in that mode"
    )


def _device(parser: argparse.ArgumentParser, *, named: bool = False) -> None:
    """Which stick; where it need not be ``named``, the only one there is may be meant."""
    words = "12d1:1f01, 1-1.4, 1/5, /dev/ttyUSB0, wwan0, E3372"
    if named:
        parser.add_argument("device", metavar="DEVICE", help=words)
    else:
        parser.add_argument("device", metavar="DEVICE", nargs="?", default="", help=f"{words}; default: the only one")
    parser.add_argument("--port", metavar="PORT", help="where several sticks fit: the one at that port (1-1.4)")


def _timeout(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--timeout", metavar="S", type=_seconds, help="give up after so many seconds in all")


def _take(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--take", action="store_true", help="ask its AT port, even where that cuts a connection of ModemManager"
    )


def _state(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--state", metavar="DIR", help="where old values of NVRAM are kept (/var/lib/modeswitch)")


def _connect(parser: argparse.ArgumentParser) -> None:
    _device(parser)
    parser.add_argument("--apn", required=True, metavar="NAME", help="your operator's access point")
    parser.add_argument("--user", metavar="NAME", default="", help="where the operator wants one")
    parser.add_argument("--password", metavar="WORD", default="", help="its password; - reads it from standard input")
    parser.add_argument("--auth", choices=("pap", "chap"), default="", help="how it is proven; default chap")
    parser.add_argument("--ip", choices=("4", "6", "46"), default="4", help="IPv4, IPv6 or both; default 4")
    parser.add_argument("--pin", metavar="PIN", default="", help="the SIM's; - reads it from standard input")
    _timeout(parser)
    _take(parser)


def _talk(parser: argparse.ArgumentParser) -> None:
    _device(parser)
    _timeout(parser)
    _take(parser)


def _ports(parser: argparse.ArgumentParser) -> None:
    _talk(parser)
    _state(parser)
    parser.add_argument("--set", metavar="LIST", help='write this list and restart the stick: "A1,A2;12,16,A1,A2"')
    parser.add_argument("--persist", action="store_true", help="must be given with --set: it writes to the NVRAM")


def _restart(parser: argparse.ArgumentParser) -> None:
    _talk(parser)
    parser.add_argument("--all", action="store_true", help="take every stick that fits, one after the other")


def _apply(parser: argparse.ArgumentParser) -> None:
    _device(parser, named=True)
    _policy(parser)


def _watch(parser: argparse.ArgumentParser) -> None:
    _policy(parser)
    parser.add_argument(
        "--idle",
        metavar="SECONDS",
        type=_seconds,
        help="leave after so long without work (for a service that udev starts); default: stay",
    )
    parser.add_argument(
        "--metrics", metavar="FILE", help="keep the figures there for node_exporter's textfile collector (FILE.prom)"
    )


def _policy(parser: argparse.ArgumentParser) -> None:
    from ..service.policy import FILE

    parser.add_argument("--policy", metavar="FILE", default=FILE, help=f"what is wanted of which stick ({FILE})")


def _learn(parser: argparse.ArgumentParser) -> None:
    _device(parser)
    parser.add_argument(
        "--like", metavar="ID|MODEL", help="the relative: 12d1:1f01, E3131h or a family's name; default: by its look"
    )
    parser.add_argument("--to", metavar="MODE", type=_mode, help="the mode wanted; default: the relative's")
    parser.add_argument("--yes", action="store_true", help="send it without asking; only with --like")
    parser.add_argument(
        "--into",
        metavar="DIR",
        help="where both files go; default: the profile to your own, the text for an issue here",
    )
    parser.add_argument("--unmount", action="store_true", help="sync and unmount what of the stick is mounted, then go")
    parser.add_argument(
        "--without-driver", action="store_true", help="go there even where no driver could use what comes of it"
    )
    parser.set_defaults(kernel_modules=None)
    _timeout(parser)


def _udev(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what",
        choices=("install", "show", "remove", "files", "names", "ignore", "role"),
        help="files: what install writes, for a package; names: stable names by port for network interfaces and ttys; "
        "ignore: ModemManager leaves a port alone; role: for udev, the role of one INTERFACE",
    )
    parser.add_argument(
        "interface", nargs="?", metavar="INTERFACE", help="with role: the kernel's name of it, 1-1.4:1.0"
    )
    parser.add_argument(
        "--port",
        metavar="P[=NAME]",
        action="append",
        help="with names: a port and its name, 1-1.4=uplink (again for more; default: all ports that have a stick "
        "now); with ignore: a port",
    )
    parser.add_argument(
        "--install", action="store_true", help="with names and ignore: write the files (names: all anew)"
    )
    parser.add_argument(
        "--until-reboot", action="store_true", help="with ignore: write them to /run, where they end with the system"
    )
    parser.add_argument(
        "--resident", action="store_true", help="with install: the service is started with the system, and stays"
    )
    parser.add_argument("--root", metavar="DIR", default="/", help="the system's root folder, for packagers")
    parser.add_argument(
        "--python", metavar="PATH", help="the interpreter that services run (default: the one that runs this)"
    )
    parser.add_argument("--vendor", action="store_true", help="with files: in /usr/lib, as a package has them")
    parser.add_argument(
        "--replace-usb-modeswitch",
        action="store_true",
        help="take the sticks that are known here from the distribution's usb_modeswitch",
    )


def _restore(parser: argparse.ArgumentParser) -> None:
    _talk(parser)
    _state(parser)


def _explain(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("hex", nargs="+", metavar="HEX", help="the bytes in hex; blanks and colons may stand between")


def _profiles(parser: argparse.ArgumentParser) -> None:
    choices = ("list", "show", "graph", "check", "import", "export")
    parser.add_argument("what", nargs="?", choices=choices, default="list")
    parser.add_argument("names", nargs="*", metavar="NAME|ID|FILE")
    parser.add_argument("--into", metavar="DIR", help="import, export: write each to a new file there")
    program = parser.add_mutually_exclusive_group()
    program.add_argument(
        "--openwrt",
        dest="target",
        action="store_const",
        const="openwrt",
        help="export: the list of OpenWrt's usbmode, /etc/usb-mode.json",
    )
    program.add_argument(
        "--usb-modeswitch",
        dest="target",
        action="store_const",
        const="usb_modeswitch",
        help="export: files of /etc/usb_modeswitch.d; without --into one text of all",
    )
    parser.add_argument("--to", metavar="MODE", type=_mode, help="export: to that mode; default: each family's")


def _doctor(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what",
        nargs="*",
        metavar="DEVICE|FILE",
        help="a stick (12d1:1f01, 1-1.4, 1/5), or a file with what usb-devices, lsusb, dmesg or another program "
        "said on another machine (- for standard input); default: every stick on the bus",
    )
    parser.add_argument("--port", metavar="PORT", help="where several sticks fit: the one at that port (1-1.4)")
    parser.add_argument(
        "--kernel-modules", metavar="DIR", help="judge by these drivers: a copy of that machine's /lib/modules/VERSION"
    )
    parser.add_argument(
        "--fix", action="store_true", help="put right what can be without losing anything: bind the right driver"
    )


def _report(parser: argparse.ArgumentParser) -> None:
    _talk(parser)
    parser.add_argument("--output", metavar="FILE", help="default: modeswitch-report-PORT.txt; - for standard output")
    parser.add_argument("--talk", action="store_true", help="ask the stick over its AT port, too; nothing is changed")
    parser.add_argument("--tried", metavar="TEXT", action="append", default=[], help="what was tried (again for more)")


def _top(parser: argparse.ArgumentParser) -> None:
    _policy(parser)
    parser.add_argument("--once", action="store_true", help="print the table once, and end")


def _list(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("device", metavar="DEVICE", nargs="?", default="", help="only this one")
    parser.add_argument("--all", action="store_true", help="every device, also what is no modem")
    _policy(parser)


COMMANDS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "list": ("show the sticks here, and what this system made of them", _list),
    "top": ("show every stick live: mode, wish, network, line, switches, failures", _top),
    "doctor": ("what is wrong with a stick, here or in a pasted text, and why", _doctor),
    "plan": ("show the way to a mode, and send nothing", _plan),
    "switch": ("bring a stick to a mode (the default command)", _switch),
    "connect": ("put the data line of a stick in ncm up", _connect),
    "status": ("ask a stick for its SIM, network, line and ports", _talk),
    "disconnect": ("take the data line down", _talk),
    "udev": ("rules and service that switch sticks by themselves", _udev),
    "watch": ("stay, and switch what is plugged in as the policy wants it", _watch),
    "apply": ("switch a stick that has just woken up, as the policy wants it", _apply),
    "restart": ("restart a stick, back to its mode: the way to a new address", _restart),
    "ports": ("show the stick's own list of ports, or write one", _ports),
    "restore": ("put back what the stick's NVRAM held", _restore),
    "profiles": ("what is known: list, show, graph or export NAME or ID, check or import FILE", _profiles),
    "learn": ("lead a stick that no profile knows to a profile of its own", _learn),
    "explain": ("decode a message: CBW, CSW, sense data, setup packet, CDB", _explain),
    "report": ("write one file for a bug report, what is private masked", _report),
}
"""Command → what it does, and its arguments."""


def _mode(text: str) -> str:
    if text in GOALS:
        return text
    from ..modem import mode_names

    meant = mode_names.named(text)
    if len(meant) == 1 and meant[0] in GOALS:
        return meant[0]
    raise argparse.ArgumentTypeError(mode_names.complaint(text))


def _from_input(text: str) -> str:
    if text != "-":  # and it is not repeated
        raise argparse.ArgumentTypeError("a password given here is in ps(1): give -, and it on standard input")
    return text


def _seconds(text: str) -> float:
    from ..switching.session import LONGEST_TIMEOUT, TIMEOUT_BOUNDS

    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value <= LONGEST_TIMEOUT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time in seconds {TIMEOUT_BOUNDS}")
    return value
