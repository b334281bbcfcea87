"""Which libusb is loaded on a machine that has several, one, or none.

Debian 12's is 1.0.26, older than the package's, that of the next Debian new enough.
"""

from __future__ import annotations

import re

import pytest

from tests.kernel import bundle, recipe
from tests.kernel.lab import Lab

pytestmark = pytest.mark.kernel

SWITCH = "LD_DEBUG=files LD_DEBUG_OUTPUT=loaded python3 -m modeswitch 12d1:1f01 --to hilink --json"
WITHOUT_PACKAGE = f"export PYTHONPATH={bundle.FOLDER}"
SYSTEM = "/usr/lib/x86_64-linux-gnu/libusb-1.0.so.0"


def _loaded(lab: Lab) -> list[str]:
    """The libusb files that the dynamic loader mapped; /lib is /usr/lib, and either may be in its cache."""
    lines = lab.sh("cat loaded.* | grep 'calling init' | grep libusb").splitlines()
    return [re.sub("^/lib/", "/usr/lib/", line.split()[-1]) for line in lines]


def test_libusb_packages_is_preferred_to_an_old_one(lab: Lab) -> None:
    lab.plug("e3372h")
    ran = lab.run(SWITCH)
    assert ran.status == 0, ran.stdout
    assert ran.device.id == "12d1:14dc"
    asked, *used = _loaded(lab)
    assert asked == SYSTEM  # for its version
    is_new = recipe.of_the_run() is recipe.NEXT
    assert used == ([] if is_new else [f"{bundle.LIBUSB}/libusb_package/libusb-1.0.so"])


def test_the_systems_serves_too(lab: Lab) -> None:
    lab.plug("e3372h")
    ran = lab.run(f"{WITHOUT_PACKAGE}; {SWITCH}")
    assert ran.status == 0, ran.stdout
    assert ran.device.id == "12d1:14dc"
    assert _loaded(lab) == [SYSTEM]


def test_none_is_an_error_that_names_what_to_install(lab: Lab) -> None:
    lab.plug("e3372h")
    before = lab.device()
    hidden = "mkdir hidden; mv /usr/lib/x86_64-linux-gnu/libusb-1.0.so* hidden"
    restore = "mv hidden/* /usr/lib/x86_64-linux-gnu/"
    ran = lab.run(f"{hidden}; {WITHOUT_PACKAGE}; {SWITCH}; status=$?; {restore}; exit $status")
    assert ran.status == 1
    (last,) = ran.events[-1:]
    assert (last["error"], last["port"]) == ("NoLibusb", "1-1")
    assert last["hint"] == "apt install libusb-1.0-0, or: pip install 'modeswitch[libusb]'"
    assert ran.stderr == ""
    assert (ran.device.address, ran.device.drivers) == (before.address, before.drivers)
