"""Whether the distribution's usb_modeswitch switches sticks on this machine: its udev rules and its configuration.

Ref: 40-usb_modeswitch.rules of Debian's usb-modeswitch-data; udev(7) for the folders and for masking a file of rules;
usb_modeswitch.conf of usb-modeswitch.
"""

from __future__ import annotations

import os
import re

from .. import files

RULES = "40-usb_modeswitch.rules"
RULES_FOLDERS = ("etc/udev/rules.d", "lib/udev/rules.d", "usr/lib/udev/rules.d")
"""Where udev looks for that file, below the root; a file in the first replaces those in the others."""
CONFIGURATION = "etc/usb_modeswitch.conf"
LARGEST = 64 * 1024
"""How much of the configuration is read, in bytes."""


def has_rules(root: str = "/") -> bool:
    """Are its rules installed?  No where they are masked by a link to /dev/null."""
    mask = os.path.join(root, RULES_FOLDERS[0], RULES)
    if files.link(mask) == "/dev/null":
        return False
    return any(os.path.exists(os.path.join(root, folder, RULES)) for folder in RULES_FOLDERS)


def is_disabled(root: str = "/") -> bool:
    """Does its own configuration (DisableSwitching) keep it from switching?"""
    configuration = files.text(os.path.join(root, CONFIGURATION), LARGEST)
    return bool(re.search(r"^\s*DisableSwitching\s*=\s*(?:1|yes|true)", configuration, re.MULTILINE | re.IGNORECASE))
