"""Without udev's rules: the kernel's uevents, through busybox' mdev and as OpenWrt's procd calls it, to a switch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kernel import bundle
from tests.kernel.lab import Lab

pytestmark = pytest.mark.kernel

CONTRIB = Path(__file__).resolve().parent.parent.parent / "contrib"
MDEV_CONF = (CONTRIB / "mdev" / "mdev.conf").read_text("utf-8")
HELPER = (CONTRIB / "openwrt" / "20-modeswitch").read_text("utf-8")
SETUP = f"""
mkdir -p /usr/lib/modeswitch /etc/hotplug.d/usb
cat >/usr/lib/modeswitch/hotplug <<'end'
{HELPER}
end
chmod 755 /usr/lib/modeswitch/hotplug; cp /usr/lib/modeswitch/hotplug /etc/hotplug.d/usb/20-modeswitch
cat >/etc/mdev.conf <<'end'
{MDEV_CONF}
.* 0:0 660 !
end
cat >/usr/bin/modeswitch <<'end'
#!/bin/sh
echo "$@" >>/tmp/lab/called
PYTHONPATH={bundle.FOLDER}:{bundle.LIBUSB} exec python3 -m modeswitch "$@" 2>>/tmp/lab/errors
end
cat >hotplug-call <<'end'
#!/usr/bin/busybox sh
for script in $(ls /etc/hotplug.d/$SUBSYSTEM/* 2>&-); do (
	[ -f $script ] && . $script
); done
end
chmod 755 /usr/bin/modeswitch hotplug-call; touch called errors
"""
REMOVE = "rm -rf /usr/bin/modeswitch /usr/lib/modeswitch /etc/hotplug.d /etc/mdev.conf"
RUNNERS = {
    "mdev": "background events busybox uevent busybox mdev",
    "procd": "background events busybox uevent /tmp/lab/hotplug-call",
}


@pytest.fixture(params=RUNNERS.values(), ids=list(RUNNERS))
def runner(lab: Lab, request: pytest.FixtureRequest) -> Iterator[str]:
    """What has the kernel's events handled, once the helper is installed."""
    lab.sh(SETUP)
    yield request.param
    lab.sh(REMOVE)


def test_from_the_uevent_to_the_mode(lab: Lab, runner: str) -> None:
    """One call for one stick; what it has become calls nobody, and neither does one that is pulled out."""
    ran = lab.run(
        f"{runner}; within 10 'running events'\n"
        "background stick0 python3 -m modeswitch.sim e3372h --vhci-port 0\n"
        "within 60 'grep -q 14dc /sys/bus/usb/devices/1-1/idProduct' && udevadm settle --timeout=30 || exit\n"
        "background stick1 python3 -m modeswitch.sim e3372h,wakes=gateway-ncm --vhci-port 1\n"
        "within 30 '[ -e /sys/bus/usb/devices/1-2:1.0/driver ]' && terminate stick1 && udevadm settle --timeout=30\n"
        "running events && cat called"
    )
    assert ran.status == 0, ran.stderr + lab.sh("cat errors events.log")
    assert ran.device.id == "12d1:14dc"
    assert ran.device.drivers["02/06/00"] == "cdc_ether"
    assert ran.stdout.splitlines() == ["apply 1-1"]
