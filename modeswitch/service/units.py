"""The systemd unit of the service: text.

Its sandbox: it needs the USB devices and nothing else; where the policy wants what needs a network, this host's network
interfaces, too, addresses of sticks and no others, and the control ports of NCM sticks.  Two read-only folders do the
work of ProtectKernelTunables, ProtectControlGroups and ProtectKernelLogs in a third of the time: those are twenty
mounts each time the service starts, for what nobody without capabilities and devices can do.  ProtectKernelModules
would hide the index of drivers, which the choice of a way reads.  The kernel's events reach a private network, too;
its network interfaces do not, where a newer systemd (262 does, 252 does not) gives such a network a /sys of its own:
so the host's is bound.
What is forbidden is named, not what is allowed: the filter is a third as long, and it is built anew at each start.
ProtectSystem leaves /run to be written to (seen with 252), of which one folder is ours.  ttyUSB is named by its number,
since systemd looks names up once, when it starts the service: usbserial may be loaded after that, for the first stick.
It goes before udev's workers (``Nice``), who are as many as sticks wake up at a boot, and read disks that go away.
It has no folder for values of NVRAM: the service never writes to it.  Each thing that it is given is needed:
``tests/kernel/test_sandbox.py`` takes one after the other away.

Ref: systemd.exec(5), systemd.resource-control(5); systemd's bpf-devices.c (bpf_devices_allow_list_major); Linux
Documentation/admin-guide/devices.txt (188: ttyUSB, 189: usb_device); ``ProtectClock`` makes the line for the USB
devices necessary.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import Refused
from .quoting import check_path, in_unit
from .udevrules import MARK

UNIT = "modeswitch.service"
IDLE = 90
"""After how many seconds without work the service leaves: farms and hubs bring their sticks within a minute or so."""
WITHOUT_NETWORK = """\
PrivateNetwork=yes
RestrictAddressFamilies=AF_UNIX AF_NETLINK
CapabilityBoundingSet=
"""
WITH_NETWORK = """\
DeviceAllow=char-usb rw
RestrictAddressFamilies=AF_UNIX AF_NETLINK AF_INET
IPAddressAllow=192.168.0.0/16
CapabilityBoundingSet=CAP_NET_ADMIN
"""
"""What of the network the service has: an interface is set up (NET_ADMIN).  To bind a socket to one needs no more.

Ref: capabilities(7); Linux 5.7 net/core/sock.c, sock_bindtoindex_locked (before, SO_BINDTODEVICE wanted NET_RAW);
Linux Documentation/admin-guide/devices.txt (180: usb, cdc-wdm).
"""
RESIDENT = """
[Install]
WantedBy=multi-user.target
"""
SANDBOX = """\
RuntimeDirectory=modeswitch
RuntimeDirectoryPreserve=yes
DevicePolicy=closed
DeviceAllow=char-usb_device rw
DeviceAllow=char-188 rw
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
ReadOnlyPaths=/proc /run
BindReadOnlyPaths=/sys
PrivateMounts=yes
ProtectClock=yes
ProtectHostname=yes
ProtectProc=invisible
IPAddressDeny=any
NoNewPrivileges=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native
SystemCallFilter=~@clock @cpu-emulation @debug @module @mount @obsolete @privileged @raw-io @reboot @resources @swap
SystemCallFilter=~@aio @chown @keyring @memlock @pkey @setuid @sync
UMask=0077
"""


_MAIN = "import gc; gc.disable(); from modeswitch.cli.service import main; raise SystemExit(main({}))"
"""What is imported stays: to look for what of it could be dropped takes a tenth of its import."""
_WITHOUT_SITE = (
    "import os, sys; here = {!r}; sys.path += here; all(map(os.path.isdir, here)) or __import__('site').main(); "
)
"""Python without its ``site``, which looks for packages and reads every ``.pth`` file at each start."""


def service_unit(python: str, folders: Sequence[str] = (), *, resident: bool = False, network: bool = False) -> str:
    """The unit; ``python`` is the interpreter that has modeswitch, ``folders`` where it has its packages.

    With these it starts sooner; where one of them is gone, with another version of Python, it looks for them itself.

    It takes every stick that is there, then listens, and leaves once nothing has woken up for a while; a ``resident``
    one stays, and is started with the system.  One that is killed is started again, however often: a stick that falls
    back each time is counted by itself.  ``network`` opens the sandbox to the network.  Raises
    :class:`~modeswitch.errors.Refused` where that path cannot stand in a unit.
    """
    program = _program(folders, "" if resident else str(IDLE))
    return f"""\
{MARK}
[Unit]
Description=Switch USB modems as they are plugged in
StartLimitIntervalSec=0

[Service]
Type=notify
ExecStart={in_unit(python)} {program}
ExecReload=/bin/kill -HUP $MAINPID
WatchdogSec=30
TimeoutStopSec=40
Restart=on-failure
RestartSec=1
LimitNOFILE=4096
TasksMax=512
Nice=-10
{SANDBOX}{WITH_NETWORK if network else WITHOUT_NETWORK}{RESIDENT if resident else ""}"""


def _program(folders: Sequence[str], idle: str) -> str:
    """The words behind the interpreter: ``site`` is left out where the unit can say where the packages are."""
    main = _MAIN.format(idle)
    try:
        here = [check_path(folder) for folder in folders]
    except Refused:
        here = []
    if not here:
        return f'-I -c "{main}"'
    start = _WITHOUT_SITE.format(here).replace("%", "%%")
    return f'-I -S -c "{start}{main}"'
