"""The command: arguments in, exit status out.  The only package that prints."""

from __future__ import annotations

import gc
import sys
from importlib import import_module

from ..errors import ModeswitchError
from ..values import TYPE_CHECKING
from .interrupts import Interrupted, Interrupts
from .show import Show, open_output

if TYPE_CHECKING:
    from collections.abc import Callable

    from .arguments import Arguments

TOO_LITTLE = "there is too little memory for this"
MORE = "It takes 40 MB. End other programs, or raise the limit (ulimit -v; MemoryMax= of a unit), then run it again."


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit status (see ``errors.py``), and 130 after Ctrl-C, 143 after SIGTERM,
    129 after SIGHUP.

    Where all went well but its results could not be written that is 74, or 141 where their reader has gone.
    """
    words = sys.argv[1:] if argv is None else argv
    show = Show(json="--json" in words)

    def do() -> int:
        from .arguments import parse

        return _run(parse(words), show)

    return guarded(do, show)


def guarded(do: Callable[[], int], show: Show) -> int:
    """Do something, and say what went wrong; the exit status as :func:`main` has it."""
    open_output()
    gc.disable()  # a command lives for seconds, and what it drops in them is less than looking for it costs
    try:
        with Interrupts():
            status = do()
        return show.finish(status)
    except ModeswitchError as error:
        show.error(error)
        return show.finish(error.status)
    except ModuleNotFoundError as error:
        from ..missing import error as error_of

        missing = error_of(error)
        if missing is None:
            raise
        show.error(missing)
        return show.finish(missing.status)
    except MemoryError:
        show.error(ModeswitchError(TOO_LITTLE, hint=MORE))
        return show.finish(ModeswitchError.status)
    except SystemExit as leaving:  # --help and --version
        if status := show.finish(int(leaving.code or 0)):
            return status
        raise
    except KeyboardInterrupt as interrupt:
        interrupted = interrupt if isinstance(interrupt, Interrupted) else Interrupted()
        show.interrupted(interrupted.word, interrupted.status)
        return show.finish(interrupted.status)
    finally:
        gc.enable()


def _run(arguments: Arguments, show: Show) -> int:
    """The command of that name is the module of that name, and its ``run``."""
    show.adopt(arguments)
    module = import_module(f"{__name__}.{arguments.command}")
    status: int = module.run(arguments, show)
    return status
