"""Our command, many times in one process: a line of JSON in for each run, one out.  It runs under umockdev's preload.

``{"root": folder, "argv": [...]}`` → ``{"status": n, "stdout": text, "stderr": text}``.  Each run has
what a process of its own would have of libusb: a context made for it, of the system's library.
"""

from __future__ import annotations

import gc
import io
import json
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

import usb.backend.libusb1

import modeswitch.database.library
from modeswitch.cli import main

sys.modules["libusb_package"] = None  # type: ignore[assignment]  # not installed: the peer has the system's, too
modeswitch.database.library.USER_DIRECTORY = "/nonexistent/modeswitch"


def run(root: str, argv: list[str]) -> dict[str, Any]:
    """One run of ``modeswitch`` on that machine."""
    os.environ["UMOCKDEV_DIR"] = root
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = main(argv)
    usb.backend.libusb1._lib_object = None
    gc.collect()
    return {"status": status, "stdout": out.getvalue(), "stderr": err.getvalue()}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(run(**json.loads(line))), flush=True)
