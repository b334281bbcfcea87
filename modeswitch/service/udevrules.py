"""The udev rules and the systemd unit that switch sticks by themselves: text, made from the profiles.

A stick's device unit wants ``modeswitch.service``, the same for all sticks; what becomes of a stick is the policy's
business.  Nothing that a device says gets into a rule: rules match ids, which are hex digits.

Ref: udev(7); systemd.device(5) on SYSTEMD_WANTS; systemd's 50-udev-default.rules (usb_id gives
ID_USB_INTERFACES), 60-cdrom_id.rules (locks a CD-ROM's medium unless an eject was asked for), udisks(8) on
UDISKS_IGNORE.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..database.profile import Profile, selected
from ..linux.binding import NEW_ID_FILES, new_id_line
from ..values import NamedTuple

MARK = "# Made by: modeswitch udev install.  Not to be edited: it is made anew."
RULES_FILE, CDROM_RULES_FILE, UNIT_FILE = "59-modeswitch.rules", "61-modeswitch.rules", "modeswitch.service"
"""Names of the three files: before 60-cdrom_id.rules, after it, and the unit."""
STORAGE_ONLY = 'ENV{ID_USB_INTERFACES}==":080650:|:080662:"'
"""A device that is storage and nothing else, as usb_id writes it."""
NOT_LIVE = 'ENV{ID_USB_INTERFACES}!="*:e00103:*|*:0206*|*:020d*|*:020e*"'
"""A device without a network function of USB's own classes: one that has such a function is awake."""
SEVERAL = 'ATTR{bNumConfigurations}!="1"'
"""A device whose network function may be in a configuration that is not active."""
WITH_MBIM = 'ATTR{bNumConfigurations}!="1", ENV{ID_USB_INTERFACES}=="*:020e*"'
"""A device with an MBIM function in one of several configurations: usb_id looks at all of them."""
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
CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_RAW
"""
"""What of the network the service has: an interface is set up (NET_ADMIN), a page reached through it (NET_RAW).

Ref: capabilities(7); socket(7), SO_BINDTODEVICE; Linux Documentation/admin-guide/devices.txt (180: usb, cdc-wdm).
"""
LEAVE_ALONE, MODEM, STORAGE = "leave-alone", "modem", "storage"
"""What MODESWITCH_STATE may be."""


class _ProductLine(NamedTuple):
    """One line of a vendor's block: the condition under which these products are in that state."""

    state: str
    condition: str
    products: set[str]


def switch_rules(families: Iterable[Profile], *, replace_usb_modeswitch: bool = False) -> str:
    """The rules for all products of these families, guarded by vendor.

    ``replace_usb_modeswitch`` takes the products that we own from usb_modeswitch's rules.
    """
    families = list(families)
    blocks = _lines_by_vendor(families)
    vendors = sorted(blocks)
    lines = [
        MARK,
        'ACTION=="remove", GOTO="modeswitch_end"',
        'SUBSYSTEM=="block", KERNEL=="sr*", GOTO="modeswitch_cdrom"',
        'SUBSYSTEM!="usb", GOTO="modeswitch_end"',
    ]
    woken = {vendor: _products_in(blocks[vendor], STORAGE) for vendor in vendors}
    if replace_usb_modeswitch:
        lines += _unqueue_usb_modeswitch(woken)
    lines.append('ENV{DEVTYPE}!="usb_device", GOTO="modeswitch_end"')
    lines += [f'ATTR{{idVendor}}=="{vendor}", GOTO="modeswitch_{vendor}"' for vendor in vendors]
    lines.append('GOTO="modeswitch_end"')
    told = _new_ids(families)
    for vendor in vendors:
        lines += _vendor_block(vendor, blocks[vendor], told.get(vendor, ()))
    lines.append('LABEL="modeswitch_cdrom"')
    # Not "!=" in each line: udev takes that for false where there is no such string at all.
    lines.append('SUBSYSTEMS=="usb", ATTRS{manufacturer}=="Android", GOTO="modeswitch_end"')
    for vendor in vendors:
        if woken[vendor]:
            ids = "|".join(woken[vendor])
            match = f'SUBSYSTEMS=="usb", ATTRS{{idVendor}}=="{vendor}", ATTRS{{idProduct}}=="{ids}"'
            hidden = 'ENV{UDISKS_IGNORE}="1", ENV{UDISKS_AUTO}="0", ENV{MODESWITCH_CDROM}="1"'
            lines.append(f'{match}, {hidden}, ENV{{DISK_EJECT_REQUEST}}="modeswitch"')
    lines.append('LABEL="modeswitch_end"')
    return "\n".join(lines) + "\n"


def cdrom_rules() -> str:
    """What follows 60-cdrom_id.rules: an eject was named only so that the medium is not locked; none is done."""
    match = 'ENV{MODESWITCH_CDROM}=="1", ENV{DISK_EJECT_REQUEST}=="modeswitch"'
    return f'{MARK}\n{match}, ENV{{DISK_EJECT_REQUEST}}="", RUN="/bin/true"\n'


def _lines_by_vendor(families: Iterable[Profile]) -> dict[str, list[_ProductLine]]:
    """Vendor → the lines of its block, what is left alone first and what wakes the service last: the last counts."""
    found: dict[str, dict[tuple[str, str], set[str]]] = {}
    for family in families:
        for product in family.products:
            vendor, _, number = str(product.usb).partition(":")
            state = LEAVE_ALONE if product.leave_alone else STORAGE if product.wakes else MODEM
            for condition in _conditions(family) if state == STORAGE else ("",):
                found.setdefault(vendor, {}).setdefault((state, condition), set()).add(number)
    blocks = {}
    for vendor, lines in found.items():
        shown = {number for (state, _), numbers in lines.items() if state == MODEM for number in numbers}
        both = lines.get((STORAGE, NOT_LIVE), set()) & shown  # what wakes up as one family's, and is another's modem
        if both:
            for condition in (NOT_LIVE, SEVERAL):
                lines[STORAGE, condition] -= both
            lines.setdefault((STORAGE, STORAGE_ONLY), set()).update(both)
        order = sorted(lines, key=lambda key: ((LEAVE_ALONE, MODEM, STORAGE).index(key[0]), key[1]))
        blocks[vendor] = [_ProductLine(*key, lines[key]) for key in order if lines[key]]
    return blocks


def _conditions(family: Profile) -> tuple[str, ...]:
    """What shows, each by itself, that a device with the id of a stick that wakes up has not been switched yet."""
    kind, _, digits = family.told_by.partition(" ")
    if kind == "configuration":
        return (f'ATTR{{bConfigurationValue}}!="{selected(family)}"',)
    if kind == "class":
        return (f'ENV{{ID_USB_INTERFACES}}!="*:{digits}*"',)
    return (NOT_LIVE, SEVERAL) if kind == "id" else (STORAGE_ONLY,)


def _products_in(block: Iterable[_ProductLine], state: str) -> list[str]:
    return sorted({number for line in block if line.state == state for number in line.products})


def _new_ids(families: Iterable[Profile]) -> dict[str, list[str]]:
    """Vendor → the lines that tell a driver of ids that it does not know, while the device shows ports of its own.

    What is written stays until the module is unloaded, so it is written once.
    """
    every = {(product.usb, product.new_id) for family in families for product in family.products if product.new_id}
    found: dict[str, list[str]] = {}
    for usb, driver in sorted(every):
        vendor, _, number = str(usb).partition(":")
        file, line = NEW_ID_FILES[driver], new_id_line(usb)
        known = f"grep -qs ^{vendor}.{number} {file}"
        told = f"modprobe {driver}; {known} || echo {line} > {file}"
        match = f'ATTR{{idProduct}}=="{number}", ENV{{ID_USB_INTERFACES}}=="*:ff*"'
        found.setdefault(vendor, []).append(f"{match}, RUN+=\"/bin/sh -c '{told}'\"")
    return found


def _vendor_block(vendor: str, block: Iterable[_ProductLine], told: Iterable[str]) -> list[str]:
    """The block of one vendor; a phone that says it is one is none of ours."""
    lines = [f'LABEL="modeswitch_{vendor}"', 'ATTR{manufacturer}=="Android", GOTO="modeswitch_end"', *told]
    for state, condition, products in block:
        # An id may wake up as storage and stay the same when switched.
        match = f'ATTR{{idProduct}}=="{"|".join(sorted(products))}"'
        lines.append(", ".join(filter(None, (match, condition, f'ENV{{MODESWITCH_STATE}}="{state}"'))))
    wants = 'TAG+="systemd", ENV{SYSTEMD_WANTS}+="modeswitch.service"'
    lines.append(f'ENV{{MODESWITCH_STATE}}=="{STORAGE}", {wants}')
    if _products_in(block, LEAVE_ALONE):
        lines.append(f'ENV{{MODESWITCH_STATE}}=="{LEAVE_ALONE}", {WITH_MBIM}, {wants}')
    lines.append('GOTO="modeswitch_end"')
    return lines


def _unqueue_usb_modeswitch(woken: Mapping[str, Iterable[str]]) -> list[str]:
    """The programs that usb_modeswitch's rules queued for our products, taken out of the queue.

    Ref: its 40-usb_modeswitch.rules queue RUN for interface events; ``RUN=`` replaces the list.
    """
    taken = []
    for vendor, products in sorted(woken.items()):
        ids = "|".join(f"{vendor.lstrip('0')}/{product.lstrip('0')}/*" for product in products)
        if ids:
            kinds = ("usb_device", "usb_interface")
            taken += [f'ENV{{DEVTYPE}}=="{kind}", ENV{{PRODUCT}}=="{ids}", RUN="/bin/true"' for kind in kinds]
    return taken


def service_unit(python: str, *, resident: bool = False, network: bool = False) -> str:
    """The unit; ``python`` is the interpreter that has modeswitch.

    It takes every stick that is there, then listens, and leaves once nothing has woken up for a while; a ``resident``
    one stays, and is started with the system.  One that is killed is started again, however often: a stick that falls
    back each time is counted by itself.

    Hardened: it needs the USB devices and nothing else; with ``network``, where the policy wants what needs one, this
    host's network interfaces, too, addresses of sticks and no others, and the control ports of NCM sticks.
    Two read-only folders do the work of ProtectKernelTunables, ProtectControlGroups and ProtectKernelLogs in a third of
    the time: those are twenty mounts each time the service starts, for what nobody without capabilities and devices
    can do.  ProtectKernelModules would hide the index of drivers, which the choice of a way reads.  The kernel's events
    reach a private network, too.  What is forbidden is named, not what is allowed: the filter is a third as long, and
    it is built anew at each start.
    Ref: systemd.exec(5), systemd.resource-control(5); ``ProtectClock`` makes the line for the USB devices necessary.
    """
    reach = WITH_NETWORK if network else WITHOUT_NETWORK
    stay = "" if resident else f" --idle {IDLE}"
    return f"""\
{MARK}
[Unit]
Description=Switch USB modems as they are plugged in
StartLimitIntervalSec=0

[Service]
Type=notify
ExecStart={python} -I -m modeswitch watch{stay}
ExecReload=/bin/kill -HUP $MAINPID
WatchdogSec=30
TimeoutStopSec=40
Restart=on-failure
RestartSec=1
LimitNOFILE=4096
TasksMax=512
StateDirectory=modeswitch
RuntimeDirectory=modeswitch
RuntimeDirectoryPreserve=yes
DevicePolicy=closed
DeviceAllow=char-usb_device rw
DeviceAllow=char-ttyUSB rw
{reach}ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
ReadOnlyPaths=/proc /sys
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
UMask=0077
""" + ("\n[Install]\nWantedBy=multi-user.target\n" if resident else "")
