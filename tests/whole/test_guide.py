"""The guide for those who come from usb_modeswitch names everything that they may have used."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from modeswitch.importers.usb_modeswitch import KINDS, MATCHES

GUIDE = (Path(__file__).resolve().parent.parent.parent / "docs" / "usb_modeswitch.md").read_text("utf-8")

OPTIONS = re.findall(
    r"\S+",
    """
-h --help -e --version -v --default-vendor -p --default-product -V --target-vendor -P --target-product -C --target-class
-b --bus-num -g --device-num -M -2 -3 --message-content -m --message-endpoint -r --response-endpoint -w --release-delay
-n --need-response -I --inquire -s --check-success -i --interface -u --configuration -a --altsetting -R --reset-usb
-d --detach-only -K -H -J -X -S -O -G -T -N -A -L -B -E -U -Z -F -j --find-mbim -c --config-file -t --stdinput
-f --long-config -W --verbose -Q --quiet -D --sysmode
""",
)
"""Ref: usb_modeswitch 2.6.1 --help."""

GLOBALS = ("DisableSwitching", "DisableMBIMGlobal", "EnableLogging", "SetStorageDelay", "HuaweiAltModeGlobal")
"""Ref: usb_modeswitch 2.6.1, /etc/usb_modeswitch.conf."""


def named(word: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", GUIDE) is not None


@pytest.mark.parametrize("word", sorted({*KINDS, *MATCHES, *OPTIONS, *GLOBALS} - {"FunctionMBIM"}))
def test_it_is_named(word: str) -> None:
    assert named(word)


def test_what_the_guide_tells_to_write_is_right() -> None:
    """Each step and each wish in the guide can be read."""
    import tomllib

    from modeswitch.methods.registry import read_step
    from modeswitch.service import policy

    steps = re.findall(r"`((?:control|huawei|eject|configuration) = \{.*?\})`", GUIDE)
    assert len(steps) >= 5
    for step in steps:
        read_step(tomllib.loads(f"step = {{ {step} }}")["step"], "guide", "docs/usb_modeswitch.md")
    wishes = re.findall(r'`\[default\] to = "([a-z-]+)"`', GUIDE)
    assert len(wishes) == 2
    assert set(wishes) <= set(policy.WISHES)
