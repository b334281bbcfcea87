"""The udev rule of docs/policy.md, as it stands there: plugged in, the stick ends in the mode the rule asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kernel import bundle
from tests.kernel.lab import Lab, both

pytestmark = pytest.mark.kernel

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "policy.md"
RULE_FILE = "/etc/udev/rules.d/70-modeswitch.rules"
PATHS = "/usr/lib/python3/dist-packages/modeswitch.pth"  # the rule's python3 -I takes nothing from the environment

# systemd is not the guest's first process: in its place the same command is run, detached.
INSTALL = f"""
printf '%s\\n' {bundle.FOLDER} {bundle.LIBUSB} >{PATHS}
mv /usr/bin/systemd-run systemd-run
cat >/usr/bin/systemd-run <<'end'
#!/bin/sh
while [ "${{1#--}}" != "$1" ]; do shift; done
setsid "$@" >/tmp/lab/rule.log 2>&1 &
end
chmod 755 /usr/bin/systemd-run
"""
REMOVE = f"rm {PATHS} {RULE_FILE}; mv systemd-run /usr/bin/systemd-run; udevadm control --reload"


@pytest.fixture
def ruled(lab: Lab) -> Iterator[Lab]:
    """A guest whose udev has the page's rule."""
    rule = re.search(r'^ACTION=="add", SUBSYSTEM=="usb".*$', PAGE.read_text("utf-8"), re.MULTILINE)
    assert rule is not None
    lab.sh(f"{INSTALL}cat >{RULE_FILE} <<'end'\n{rule[0]}\nend\nudevadm control --reload")
    yield lab
    lab.sh(REMOVE)


@both
def test_the_rule_switches_what_is_plugged_in(ruled: Lab) -> None:
    ruled.sh("insert stick0 e3372h 0\nwithin 30 'grep -q \"1-1: ncm in \" rule.log' && udevadm settle --timeout=30")
    device = ruled.device()
    assert device.id == "12d1:155e"
    assert device.drivers["02/0d/00"] == "cdc_ncm"


def test_the_rule_leaves_other_sticks_alone(ruled: Lab) -> None:
    ruled.plug("e3372h-153")
    assert ruled.device().id == "12d1:14fe"
    assert ruled.sh("[ ! -e rule.log ] && echo untouched") == "untouched\n"
