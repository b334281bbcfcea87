"""Our code where a service finds it, in a guest whose first process is systemd; and nothing of it left again."""

from __future__ import annotations

from tests.kernel import bundle

HOME = "/opt/modeswitch"  # a service has a /tmp of its own
PATHS = "/usr/lib/python3/dist-packages/modeswitch.pth"  # and its python3 -I takes nothing from the environment
MASK = "/etc/udev/rules.d/40-usb_modeswitch.rules"
"""The link that keeps Debian's usb_modeswitch from every stick."""

CLEAN = (
    "python3 -m modeswitch udev remove >/dev/null; rm -rf /etc/modeswitch.toml /run/modeswitch\n"
    "systemctl stop modeswitch 2>/dev/null || true\n"
    "systemctl daemon-reload; systemctl reset-failed\n"
    f"[ -e {MASK} -o -L {MASK} ] || ln -s /dev/null {MASK}; udevadm control --reload\n"
    "journalctl --rotate --vacuum-time=1s >/dev/null 2>&1 || true"
)
"""Script for the guest: neither our rules and services nor usb_modeswitch's are in force."""

INSTALL = (
    f"mkdir -p {HOME}; cp -a -n {bundle.FOLDER} {HOME}/code; cp -a -n {bundle.LIBUSB} {HOME}/libusb\n"
    f"echo {HOME}/code >{PATHS}; echo {HOME}/libusb >>{PATHS}\n{CLEAN}"
)
"""Script for the guest: the code is there, and nothing of it in force."""
