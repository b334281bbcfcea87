"""What ``--help`` shows: commands in groups, examples, and the words that all commands share.

Loaded for help alone, and by what makes the manual page and the completions.
"""

from __future__ import annotations

import argparse
import re
import shutil
import textwrap

from ..modem.roles import GOALS

NARROW = " " * 6
"""Where the second column of a list begins that has no room beside the first."""

GROUPS = {
    "Start here": ("list", "top", "doctor", "plan", "switch"),
    "The data line": ("connect", "status", "disconnect", "restart"),
    "By itself": ("udev", "watch", "apply"),
    "For good": ("ports", "restore"),
    "For makers of profiles": ("learn", "profiles", "explain", "report"),
}
"""Heading → the commands below it, in the order in which one meets them."""

FIRST = {
    "modeswitch list": "what is plugged in, and in which mode",
    "modeswitch 12d1:1f01 --to ncm": "switch it, and prove it",
    "modeswitch doctor": "what is wrong, why, and the next command",
    "modeswitch connect 1-1 --apn NAME": "put its data line up",
}
"""The four commands that most people need."""

EXAMPLES: dict[str, tuple[tuple[str, str], ...]] = {
    "switch": (
        ("modeswitch 12d1:1f01 --to ncm", "also the stick that was 12d1:1f01"),
        ("modeswitch --to router", "the only stick there is"),
        ("modeswitch --all --to ncm", "every stick that is known"),
        ("modeswitch 1-1 --to ncm --dry-run", "send nothing"),
    ),
    "plan": (
        ("modeswitch plan 12d1:1f01 --to ncm", "what would be sent"),
        ("modeswitch plan 12d1:1f01 --to ncm --as sh", "for a machine without Python"),
        ("modeswitch plan 12d1:9999 --like 12d1:1f01", "an id that nobody knows"),
    ),
    "connect": (
        ("modeswitch connect 1-1 --apn internet", "dial"),
        ("modeswitch connect 1-1 --apn web --user me --password -", "password from stdin"),
        ("modeswitch connect 1-1 --apn internet --ip 46", "IPv4 and IPv6"),
    ),
    "disconnect": (("modeswitch disconnect 1-1", "hang up"),),
    "status": (
        ("modeswitch status", "of the only stick"),
        ("modeswitch status /dev/ttyUSB2 --json", "for programs"),
    ),
    "ports": (
        ("modeswitch ports 1-1", "the list in words"),
        ('modeswitch ports 1-1 --set "A1,A2;12,16" --persist', "write one"),
    ),
    "restart": (("modeswitch restart 1-1", "a new address, in the same mode"),),
    "restore": (("modeswitch restore 1-1", "what the stick came with"),),
    "list": (
        ("modeswitch list", "sticks"),
        ("modeswitch list -v", "each interface and its driver"),
        ("modeswitch list wwan0", "whose network that is"),
    ),
    "top": (
        ("modeswitch top", "until q"),
        ("modeswitch top --once", "for a pipe or a mail"),
        ("modeswitch top --json", "the same as list --json"),
    ),
    "doctor": (
        ("modeswitch doctor", "every stick here"),
        ("modeswitch doctor post.txt", "what somebody has posted"),
        ("dmesg | modeswitch doctor -", "a log"),
        ("modeswitch doctor 1-1 --fix", "bind the right driver"),
    ),
    "report": (("modeswitch report 1-1 --talk", "ask the stick for its firmware, too"),),
    "apply": (("modeswitch apply 1-1.4", "as /etc/modeswitch.toml wants it"),),
    "watch": (
        ("modeswitch watch", "until Ctrl-C"),
        ("modeswitch watch --json", "each event"),
    ),
    "udev": (
        ("modeswitch udev show", "what would be written"),
        ("modeswitch udev install", "switch sticks by themselves"),
        ("modeswitch udev names --port 1-1.4=uplink --install", "names that last"),
    ),
    "learn": (
        ("modeswitch learn 1-1", "what it may be like, what would be sent; then asks"),
        ("modeswitch learn 1-1 --like 12d1:1f01 --yes", "without asking"),
    ),
    "explain": (("modeswitch explain 5553424312345678...", "what usb_modeswitch's -M sends"),),
    "profiles": (
        ("modeswitch profiles show 12d1:1f01", "what is known of an id"),
        ("modeswitch profiles graph huawei-stick", "its modes and ways, as Mermaid draws them"),
        ("modeswitch profiles check my-stick.toml", "read a profile of yours"),
        ("modeswitch profiles import my.conf", "usb_modeswitch's as ours"),
        ("modeswitch profiles export --openwrt 12d1:1f01", "ours as usbmode's"),
    ),
}
"""Command → command lines, and what each is for."""

DEVICE = (
    "DEVICE is an id (12d1:1f01, also the stick that was that and has been switched since), a port path (1-1.4), "
    "bus/address (1/5), what this system made of it (/dev/ttyUSB0, /dev/sr0, wwan0), a folder in sysfs, or what the "
    "stick is called (E3372). Where it is left out, the only stick there is."
)
MODES = (
    f"MODE is one of {', '.join(GOALS)}, or as people call them: router, rndis, ndis, serial, ppp, cdrom. "
    "Where --to is left out, the stick goes where its family usually goes."
)
STATUSES = (
    "Exit status: 0 in the wanted mode, 1 failed, 2 usage, 3 no such device, 4 no profile or no way there, "
    "5 refused for safety, 6 did not come back in time, 7 permission, 8 several devices fit, 9 doctor: not told by "
    "the text, 10 learn: nobody has said yes, 74 only the output failed."
)
DOCTOR_STATUSES = (
    "Exit status: 0 well, 1 a problem, 2 usage, 3 no stick there or no modem in the text, 9 the text does not tell."
)
LEARNING = (
    "It writes a profile of the stick's own, and a text for an issue: the stick before and after, what was sent, the "
    "profile, with what is private masked. Nothing is sent before somebody says yes (exit status 10), and nothing is "
    "ever written to the stick's NVRAM."
)
POLICY = """\
What is wanted of which stick stands in /etc/modeswitch.toml (see modeswitch.toml(5)):

  [default]
  to = "usual"        # or a mode, or "leave-alone"

  [[stick]]           # the first that fits counts
  port = "1-1.4"      # also id, manufacturer, product, serial
  to = "ncm"
"""
MORE = {
    **dict.fromkeys(("switch", "plan"), (DEVICE, MODES, STATUSES)),
    **dict.fromkeys(("connect", "disconnect", "status", "ports", "restore", "report", "restart"), (DEVICE, STATUSES)),
    **dict.fromkeys(("apply", "watch"), (POLICY, STATUSES)),
    "doctor": (DOCTOR_STATUSES,),
    "learn": (LEARNING, DEVICE, STATUSES),
}
"""Command → what stands below its examples."""


class Formatter(argparse.HelpFormatter):
    """Wraps paragraphs to the terminal; lines that begin with two blanks stay as they are."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return filled(text, width)


def filled(text: str, width: int) -> str:
    """The paragraphs of a text, no line longer than that; lines that begin with two blanks stay as they are."""
    parts = [part for part in text.strip("\n").split("\n\n") if part]
    return "\n\n".join(part if part.startswith("  ") else _wrapped(part, width) for part in parts)


def _wrapped(part: str, width: int) -> str:
    """One paragraph; its lines from the first that begins with two blanks on stay as they are."""
    words, kept = re.match(r"(.*?)((?:\n  .*)*)$", part, re.DOTALL).groups()  # type: ignore[union-attr]
    return textwrap.fill(" ".join(words.split()), max(width, 20), break_on_hyphens=False) + kept


def listed(pairs: list[tuple[str, str]], width: int) -> str:
    """Two columns, the second wrapped; below each other where a line has no room for both."""
    left = max(len(first) for first, _ in pairs) + 2
    room = width - left - 2
    lines = []
    for first, second in pairs:
        if room < 16 or len(first) + 2 > left:
            lines += [
                f"  {first}",
                *textwrap.wrap(second, max(width, 26), initial_indent=NARROW, subsequent_indent=NARROW),
            ]
            continue
        start, *rest = textwrap.wrap(second, room, break_on_hyphens=False)
        lines += [f"  {first:{left}}{start}", *(f"{'':{left + 2}}{line}" for line in rest)]
    return "\n".join(lines)


def width() -> int:
    """How wide help may be, in characters."""
    return max(24, shutil.get_terminal_size().columns - 1)


def epilog(command: str) -> str:
    """What stands below the arguments of a command."""
    examples = listed(list(EXAMPLES[command]), width())
    return "\n\n".join((f"Examples:\n{examples}", *MORE.get(command, ())))


def overview(abouts: dict[str, str]) -> str:
    """What ``modeswitch --help`` shows; ``abouts`` says what each command does."""
    wide = width()
    groups = [
        f"{heading}:\n{listed([(f'{name:11}', abouts[name]) for name in names], wide)}"
        for heading, names in GROUPS.items()
    ]
    parts = (
        "usage: modeswitch DEVICE [--to MODE] [options]\n       modeswitch COMMAND [options]",
        filled(
            "Moves a USB modem from the mode it wakes up in to the mode you want, and proves that it got there.", wide
        ),
        f"Examples:\n{listed(list(FIRST.items()), wide)}",
        *groups,
        *(filled(text, wide) for text in (DEVICE, MODES, STATUSES)),
        filled("Each command has its own --help and examples. The manual: man modeswitch.", wide),
    )
    return "\n\n".join(parts) + "\n"
