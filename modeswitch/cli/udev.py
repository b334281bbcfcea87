"""``modeswitch udev``: the rules and the service that switch sticks by themselves: shown, installed, removed."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess

from ..linux import install
from ..printable import printable
from . import setting
from .show import Show

RELOAD = (("udevadm", "control", "--reload"), ("systemctl", "daemon-reload"))
TRIGGER = ("udevadm", "trigger", "--action=add", "--subsystem-match=usb", "--property-match=DEVTYPE=usb_device")
"""The sticks that are there already are looked at as if they were plugged in now."""

WORDS = {
    "written": "written",
    "unchanged": "is as it should be",
    "kept": "was changed by somebody, and is left as it is",
    "removed": "removed",
    "absent": "was not there",
}


def run(arguments: argparse.Namespace, show: Show) -> int:
    """Show, install or remove."""
    made = install.files(setting.library(arguments), replace_peer=arguments.replace_usb_modeswitch)
    if arguments.what == "show":
        for path, text in made.items():
            show.result(f"# /{path}")
            for line in install.sealed(text).splitlines():
                show.result(line)
        return 0
    act = install.install if arguments.what == "install" else install.remove
    done = act(made, arguments.root)
    for one in done:
        if show.json:
            show.emit("file", path=one.path, result=one.what)
        else:
            show.result(f"{one.path}: {WORDS[one.what]}")
    if arguments.what == "install" and install.peer(arguments.root) and not arguments.replace_usb_modeswitch:
        show.progress(
            "warning: usb_modeswitch is installed and would switch the same sticks; "
            "--replace-usb-modeswitch takes those that are known here from it (and gives them back on remove)"
        )
    if arguments.root == "/":
        _reload(arguments.what == "install", show)
    return 5 if any(one.what == "kept" for one in done) else 0


def _reload(trigger: bool, show: Show) -> None:
    """Have udev and systemd read what is there now; what of it is not running is no matter."""
    for command in (*RELOAD, *([TRIGGER] if trigger else [])):
        if shutil.which(command[0]) is None or (command[0] == "systemctl" and not os.path.isdir("/run/systemd/system")):
            continue
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode:
            show.progress(f"warning: {' '.join(command)}: {printable(done.stderr.strip())}")
