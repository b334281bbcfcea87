"""One look at the next Debian: its kernel, systemd, udev and Python, from the plug to the network interface.

The suite's other tests run there by `make kernel-test NEXT=1`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kernel import bundle, image, installed, recipe
from tests.kernel.lab import Lab
from tests.kernel.machine import Machine
from tests.kernel.test_service import INSTALL, JOURNAL

pytestmark = pytest.mark.kernel

VERSIONS = "uname -r; systemctl --version | sed -n 's/^systemd \\([0-9]*\\).*/\\1/p'"


@pytest.fixture
def upcoming(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A guest of Debian testing; none where its packages do not fit together today, as happens."""
    try:
        made = image.ensure(recipe.NEXT)
    except image.SuiteBroken as error:
        pytest.skip(str(error))
    with Machine(made, tmp_path_factory.mktemp("share"), icount=True, systemd=True) as machine:
        bundle.pack(machine.share)
        lab = Lab(machine)
        lab.begin()
        lab.sh(installed.INSTALL)
        yield lab


def test_the_service_sees_the_network_interface_that_it_made(upcoming: Lab) -> None:
    """The line of the journal ends with its name: a private network of systemd 254 and later has another /sys."""
    ran = upcoming.run(
        f"{VERSIONS}; {INSTALL}systemd-analyze verify modeswitch.service && echo verified\n"
        "background stick0 python3 -m modeswitch.sim e3372h --vhci-port 0\n"
        "within 60 'compgen -G \"/sys/bus/usb/devices/1-1:1.0/net/*\"' >&2; status=$?; told 30 '1-1: 12d1:'\n"
        f"udevadm settle --timeout=30; {JOURNAL}; exit $status",
        timeout=300,
    )
    assert ran.status == 0, ran.stdout + ran.stderr
    kernel, systemd, verified, *said = ran.stdout.splitlines()
    assert tuple(map(int, kernel.split("-")[0].split("+")[0].split(".")[:2])) > (6, 1)
    assert int(systemd) > 252
    assert verified == "verified", ran.stderr
    assert ran.device.id == "12d1:14dc"
    (network,) = ran.device.networks
    (line,) = (line for line in said if line.startswith("1-1: "))
    assert line.startswith("1-1: 12d1:14dc is in hilink")
    assert network in line
