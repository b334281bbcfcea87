"""The systemd units: one that switches a stick that udev names, one that watches the bus.  Text.

Both run in one sandbox: they need the USB devices and nothing else.  Two read-only folders do the work of
ProtectKernelTunables, ProtectControlGroups and ProtectKernelLogs in a third of the time: those are twenty mounts each
time a stick is plugged in, for what nobody without capabilities and devices can do.  ProtectKernelModules would hide
the index of drivers, which the choice of a way reads.  The kernel's events reach a private network, too.  What is
forbidden is named, not what is allowed: the filter is a third as long, and it is built anew at each start.

Ref: systemd.exec(5), systemd.resource-control(5); ``ProtectClock`` makes the line for the USB devices necessary.
"""

from __future__ import annotations

from .quoting import in_unit
from .udevrules import MARK

SWITCH_UNIT, WATCH_UNIT = "modeswitch@.service", "modeswitch-watch.service"
SANDBOX = """\
StateDirectory=modeswitch
RuntimeDirectory=modeswitch
RuntimeDirectoryPreserve=yes
DevicePolicy=closed
DeviceAllow=char-usb_device rw
DeviceAllow=char-ttyUSB rw
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
ReadOnlyPaths=/proc /sys
PrivateMounts=yes
PrivateNetwork=yes
ProtectClock=yes
ProtectHostname=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_UNIX AF_NETLINK
IPAddressDeny=any
NoNewPrivileges=yes
CapabilityBoundingSet=
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native
SystemCallFilter=~@clock @cpu-emulation @debug @module @mount @obsolete @privileged @raw-io @reboot @resources @swap
UMask=0077
"""


def switch_unit(python: str) -> str:
    """The template unit that switches the stick whose folder in sysfs is its instance.

    ``python`` is the interpreter that has modeswitch.  How often it starts for one stick is counted by what it runs.
    Raises :class:`~modeswitch.errors.Refused` where that path cannot stand in a unit.
    """
    return f"""\
{MARK}
[Unit]
Description=Switch the USB modem at %f

[Service]
Type=oneshot
ExecStart={in_unit(python)} -I -m modeswitch apply %f
TimeoutStartSec=150
{SANDBOX}"""


def watch_unit(python: str) -> str:
    """The unit that hears the kernel's events and switches sticks as they come: in place of udev's rules.

    It starts nothing before it is enabled.  Raises as :func:`switch_unit`.
    """
    return f"""\
{MARK}
[Unit]
Description=Switch USB modems as they are plugged in

[Service]
Type=notify
ExecStart={in_unit(python)} -I -m modeswitch watch
ExecReload=/bin/kill -HUP $MAINPID
WatchdogSec=30
TimeoutStopSec=40
Restart=on-failure
RestartSec=5
LimitNOFILE=4096
TasksMax=512
{SANDBOX}
[Install]
WantedBy=multi-user.target
"""
