"""The options of usb_modeswitch and of OpenWrt's usbmode, and our command for what they ask.

Loaded only where the words could not be read as ours.  Nothing is done by their options: the command is named.

Ref: usb_modeswitch 2.6.1 --help; usbmode's ``-l``, ``-s``, ``-c FILE``, ``-v`` (openwrt/usbmode, switch.c).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from shlex import quote

from ..errors import UsageError
from ..values import NamedTuple


def _table(text: str) -> dict[str, str]:
    """Short → long, of pairs with a colon between them."""
    return dict(pair.split(":") for pair in text.split())


VALUED = _table("""
    v:default-vendor p:default-product V:target-vendor P:target-product C:target-class b:bus-num g:device-num
    m:message-endpoint M:message-content 2:message-content2 3:message-content3 w:release-delay r:response-endpoint
    F:pantech-mode c:config-file f:long-config s:check-success i:interface u:configuration a:altsetting
""")
"""usb_modeswitch's options that have a value."""

FLAGS = _table("""
    e:version j:find-mbim n:need-response K:std-eject d:detach-only H:huawei-mode J:huawei-new-mode X:huawei-alt-mode
    S:sierra-mode O:sony-mode G:gct-mode N:sequans-mode A:mobileaction-mode T:kobil-mode L:cisco-mode B:qisda-mode
    E:quanta-mode Z:blackberry-mode U:option-mode R:reset-usb Q:quiet W:verbose D:sysmode I:inquire t:stdinput
""")
"""Those that have none."""

LONG = {long: short for short, long in (*VALUED.items(), *FLAGS.items())}
OURS = frozenset(("verbose", "version", "help", "json", "all", "persist", "dry-run"))
"""Long options of ours that have no value, and some that both have."""
HINTED = frozenset("MXJHKSOGNATLBEZUFRQWDIjCVPc23")
"""Options that alone tell whose they are: none of ours is like them."""
IMPORT = "modeswitch profiles import {} --into /etc/modeswitch/profiles"


class Theirs(NamedTuple):
    """What was read as usb_modeswitch's: each option with its value (empty where it has none), and what is left.

    ``ours`` are options of our own among them, which our command keeps.
    """

    options: dict[str, str]
    rest: tuple[str, ...]
    ours: tuple[str, ...]


def recognise(words: list[str], valued: Collection[str]) -> UsageError | None:
    """The error that names our command for those words; None where they are not a peer's.

    ``valued`` are the options of our own that have a value.
    """
    words = [word for word in words if word not in ("usb_modeswitch", "usbmode")]
    usbmode = _read(words, valued, "c", "lsv")
    if usbmode is not None and (answer := _usbmode(usbmode)):
        return answer
    theirs = _read(words, valued, VALUED, (*FLAGS, "h"))
    if theirs is None or not _sure(theirs):
        return None
    given = ", ".join(f"-{short}" for short in theirs.options)
    return UsageError(f"{given}: options of usb_modeswitch", hint="\n  ".join(_answer(theirs)))


def _usbmode(theirs: Theirs) -> UsageError | None:
    """The same for OpenWrt's usbmode: ``-l`` lists, ``-s`` switches all that its file knows."""
    letters = {letter for word in theirs.options for letter in word}
    if letters <= set("lscv") and letters & set("ls") and not theirs.rest:
        verbose = ["-v"] if "v" in letters else []
        words = ["modeswitch", "--all" if "s" in letters else "list", *verbose, *map(quote, theirs.ours)]
        file = quote(theirs.options.get("c", "")[:200])
        first = f"Your own file first: {IMPORT.format(file)}\n  " if "c" in letters else ""
        named = ", ".join(f"-{letter}" for letter in sorted(letters))
        return UsageError(f"{named}: options of OpenWrt's usbmode", hint=f"{first}The same here: {' '.join(words)}")
    return None


def _read(
    words: list[str], valued: Collection[str], with_value: Collection[str], without: Collection[str]
) -> Theirs | None:
    """The words as getopt_long reads them, by those letters; None where one is an option of nobody's."""
    options: dict[str, str] = {}
    rest, ours, left = [], [], list(words)

    def value() -> str:
        """The next word; empty where there is none, or an option."""
        return left.pop(0) if left and not left[0].startswith("-") else ""

    while left:
        word = left.pop(0)
        if word.startswith("--") and len(word) > 2:
            name, equals, given = word[2:].partition("=")
            if word in valued or name in OURS:
                ours += [word, value()] if word in valued else [word]
                continue
            fitting = [long for long in LONG if long == name] or [long for long in LONG if long.startswith(name)]
            if len(fitting) != 1:
                return None
            short = LONG[fitting[0]]
            options[short] = (given if equals else value()) if short in VALUED else ""
        elif word.startswith("-") and len(word) > 1:
            letters = word[1:]
            while letters:
                letter, letters = letters[0], letters[1:]
                if letter in with_value:
                    options[letter] = letters or value()
                    break
                if letter not in without:
                    return None
                options[letter] = ""
        else:
            rest.append(word)
    return Theirs(options, tuple(rest), tuple(ours))


def _sure(theirs: Theirs) -> bool:
    """Are they usb_modeswitch's beyond doubt?  Some of its letters could be a slip of one who wants ours."""
    options = theirs.options
    ids = [key for key in "vpVP" if _id(options.get(key, ""))]
    alone = [key for key in options if key in HINTED and (key not in "VPC23c" or options[key])]
    numbers = [key for key in "bg" if options.get(key, "").isdecimal()]
    if theirs.rest:
        return len(theirs.rest) == 1 and bool(alone)  # our way to name the stick, and theirs to switch it
    return bool(ids or alone or numbers or set(options) & {"f", "t", "e"})


def _id(text: str) -> str:
    """A vendor or product id as we write it; empty where it is none."""
    digits = text.lower().removeprefix("0x")
    return digits.zfill(4) if re.fullmatch(r"[0-9a-f]{1,4}", digits) else ""


def _device(theirs: Theirs) -> str:
    """The device as our command names it."""
    options = theirs.options
    whole = [*theirs.rest, options.get("v", "")]
    if device := next((word for word in whole if re.fullmatch(r"[0-9A-Fa-fx:.-]{3,32}", word) and not _id(word)), ""):
        return device
    place = [options.get(key, "").lstrip("0") for key in "bg"]
    if all(number.isascii() and number.isdecimal() and len(number) <= 3 for number in place):
        return "/".join(place)
    ids = [_id(options.get(key, "")) for key in "vp"]
    return ":".join(ids) if all(ids) else ""


def _answer(theirs: Theirs) -> list[str]:
    """What to do instead, in sentences."""
    options, sentences = theirs.options, []
    if "e" in options:
        return ["The same here: modeswitch --version"]
    device = _device(theirs) or "DEVICE"
    words = ["modeswitch", device]
    words += ["--to ncm"] if "X" in options else ["--to mbim"] if "j" in options else []
    words += ["-v"] if "W" in options else []
    words += ["--json"] if "D" in options else []
    words += [quote(word) for word in theirs.ours]
    if "c" in options:
        sentences.append(f"Your own file first: {IMPORT.format(quote(options['c'][:200] or 'FILE'))}")
    if set(options) & {"f", "t"}:
        sentences.append(f"Write your text to a file first: {IMPORT.format('FILE')}")
    sentences.append(f"The same here: {' '.join(words)}")
    if device == "DEVICE":
        sentences.append("DEVICE is its id or port: modeswitch list")
    if set(options) & set("M23"):
        sentences.append(f"Which message it gets stands in its profile; to see it: modeswitch plan {device}")
    elif set(options) & set("uiaRdmr"):
        sentences.append("How it is switched stands in its profile; your own: CONTRIBUTING.md.")
    return sentences
