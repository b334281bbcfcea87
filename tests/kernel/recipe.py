"""Knows what the guest images are made of: Debian packages, what of them is left out, and the kernel modules kept."""

from __future__ import annotations

import os
from dataclasses import dataclass

# Programs that run on the host, each with the Debian package that has it.
BUILD_TOOLS = {
    "mmdebstrap": "mmdebstrap",
    "apt-config": "apt",
    "depmod": "kmod",
    "ldconfig": "libc-bin",
    "unshare": "util-linux",
    "chroot": "coreutils",
    "zstd": "zstd",
}
RUN_TOOLS = {
    "qemu-system-x86_64": "qemu-system-x86",
    "setpriv": "util-linux",
}

PACKAGES = (
    "base-files",
    "base-passwd",
    "bash",
    "bsdutils",
    "busybox",
    "coreutils",
    "dash",
    "debianutils",
    "diffutils",
    "dnsmasq-base",
    "eject",
    "findutils",
    "grep",
    "gzip",
    "hostname",
    "iproute2",
    "kmod",
    "libc-bin",
    "libusb-1.0-0",
    "linux-image-amd64",
    "mawk",
    "mount",
    "procps",
    "python3",
    "sed",
    "systemd",
    "systemd-sysv",
    "tar",
    "udev",
    "usb-modeswitch",
    "usb-modeswitch-data",
    "usbutils",
    "util-linux",
)

# Folders and files of the packages that no test reads. Unpacking the root in an emulated CPU is a good part of the
# boot, so every megabyte counts. etc/apt goes because it holds the host's mirrors. "*" is Python's version.
DROPPED = (
    "boot/System.map-",
    "boot/config-",
    "etc/apt/",
    "etc/resolv.conf",
    "usr/lib/firmware/",
    "usr/lib/klibc",
    "usr/lib/python3.*/ensurepip/",
    "usr/lib/python3.*/idlelib/",
    "usr/lib/python3.*/lib2to3/",
    "usr/lib/python3.*/pydoc_data/",
    "usr/lib/python3.*/test/",
    "usr/lib/udev/hwdb.d/",
    "usr/lib/x86_64-linux-gnu/gconv/",
    "usr/lib/x86_64-linux-gnu/perl",
    "usr/share/applications/",
    "usr/share/bash-completion/",
    "usr/share/bug/",
    "usr/share/common-licenses/",
    "usr/share/dbus-1/",
    "usr/share/debconf/",
    "usr/share/doc-base/",
    "usr/share/doc/",
    "usr/share/i18n/",
    "usr/share/info/",
    "usr/share/initramfs-tools/",
    "usr/share/lintian/",
    "usr/share/locale/",
    "usr/share/man/",
    "usr/share/perl",
    "usr/share/polkit-1/",
    "usr/share/zsh/",
    "var/cache/",
    "var/lib/apt/",
    "var/lib/dpkg/",
)

# Kept with everything they depend on; names as in modprobe(8), where "-" and "_" are the same.
MODULES = (
    # the virtual stick and its witness
    "vhci_hcd",
    "usbmon",
    # the controllers that QEMU emulates, and the ports by which the guest's sticks reach them
    "xhci_pci",
    "ehci_pci",
    "uhci_hcd",
    "virtio_console",
    # storage
    "usb-storage",
    "uas",
    "sd_mod",
    "sr_mod",
    "cdrom",
    "sg",
    "loop",
    "isofs",
    "vfat",
    "nls_ascii",
    "nls_cp437",
    "nls_iso8859-1",
    "nls_utf8",
    # network
    "cdc_ether",
    "rndis_host",
    "cdc_ncm",
    "huawei_cdc_ncm",
    "cdc_mbim",
    "qmi_wwan",
    "tun",
    "veth",
    # serial
    "cdc-acm",
    "cdc-wdm",
    "option",
    "usbserial",
    "usb_wwan",
    # keyboards and remotes that some sticks also are
    "usbhid",
    "hid-generic",
    "evdev",
    # the share with the host
    "virtio_pci",
    "9p",
    "9pnet_virtio",
)

# The groups that Debian's udev and systemd packages add when they are installed; udev's rules name them.
EXTRA_GROUPS = ("input", "sgx", "clock", "kvm", "render", "systemd-journal", "netdev")

# What of systemd only costs time in a guest without disks, users and a network of its own.
MASKED_UNITS = (
    "dev-hugepages.mount",
    "dev-mqueue.mount",
    "systemd-binfmt.service",
    "systemd-firstboot.service",
    "systemd-hwdb-update.service",
    "systemd-journal-catalog-update.service",
    "systemd-journal-flush.service",
    "systemd-machine-id-commit.service",
    "systemd-modules-load.service",
    "systemd-pcrphase-sysinit.service",
    "systemd-random-seed.service",
    "systemd-remount-fs.service",
    "systemd-sysext.service",
    "systemd-sysusers.service",
    "systemd-udev-settle.service",
    "systemd-udev-trigger.service",
    "systemd-update-done.service",
    "systemd-update-utmp.service",
)


@dataclass(frozen=True)
class Recipe:
    """One image: its name, its packages, what of them is left out, the users that their scripts would add, its suite.

    Without a suite it is the host's own, of the host's own sources; a suite of its own comes from the host's mirror.
    """

    name: str
    packages: tuple[str, ...] = PACKAGES
    dropped: tuple[str, ...] = DROPPED
    users: tuple[str, ...] = ()
    suite: str = ""


STANDARD = Recipe("standard")
"""What nearly all tests boot: small, for a quick boot."""

MANAGED = Recipe(
    "managed",
    (*PACKAGES, "dbus", "dbus-daemon", "modemmanager", "network-manager", "polkitd"),
    tuple(path for path in DROPPED if path not in ("usr/share/dbus-1/", "usr/share/polkit-1/")),
    ("messagebus", "polkitd"),
)
"""A host that runs ModemManager and NetworkManager, with D-Bus and polkit, which they need."""

NEXT = Recipe("next", (*PACKAGES, "libseccomp2"), suite="testing")
"""The kernel, systemd, udev, Python and libusb that the next Debian will have: built anew each week.

Its systemd forbids system calls and address families by libseccomp, which it only recommends.
"""


def of_the_run() -> Recipe:
    """What the suite's machines boot: Debian 12, or with MODESWITCH_NEXT in the environment the next Debian."""
    return NEXT if os.environ.get("MODESWITCH_NEXT") else STANDARD
