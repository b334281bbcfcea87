"""The first moment of the command: nothing is held yet, so a Ctrl-C ends it at once, and without a traceback.

Imported for that alone, before all else of the package.  A program that only uses the library keeps its own ways.
"""

from __future__ import annotations

import os
import sys

COMMAND = "modeswitch"


def is_command() -> bool:
    """Is this process the command (``modeswitch``, ``python -m modeswitch``), and no other program?

    Ref: runpy: while a package is imported for ``-m``, ``sys.argv[0]`` is that word.
    """
    first = (getattr(sys, "argv", None) or [""])[0]
    words = sys.orig_argv
    module = words[words.index("-m") + 1 :][:1] if "-m" in words else []
    return os.path.basename(first) == COMMAND or (module == [COMMAND] and first in ("-m", _main_file()))


def _main_file() -> str:
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "__main__.py")


if is_command():
    # The module signal loads enum, too, which takes longer than all of this.
    from _signal import (  # type: ignore[import-not-found]
        SIG_DFL,
        SIGINT,
        default_int_handler,
        getsignal,
        signal,
    )

    if getsignal(SIGINT) is default_int_handler:  # else the caller has it ignored
        signal(SIGINT, SIG_DFL)
