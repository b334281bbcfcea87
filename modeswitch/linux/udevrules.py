"""The udev rules and the systemd unit that switch sticks by themselves: text, made from the profiles.

A stick's device unit wants ``modeswitch@.service``, whose instance is the stick's folder in sysfs; what becomes of it
is the policy's business.  Nothing that a device says gets into a rule: rules match ids, which are hex digits.

Ref: udev(7); systemd.device(5) on SYSTEMD_WANTS with a template; systemd's 50-udev-default.rules (usb_id gives
ID_USB_INTERFACES), 60-cdrom_id.rules (locks a CD-ROM's medium unless an eject was asked for), udisks(8) on
UDISKS_IGNORE.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..profile import Profile

MARK = "# Made by: modeswitch udev install.  Not to be edited: it is made anew."
RULES, CDROM_RULES, UNIT = "59-modeswitch.rules", "61-modeswitch.rules", "modeswitch@.service"
"""Names of the three files: before 60-cdrom_id.rules, after it, and the unit."""
STORAGE_ONLY = ":080650:|:080662:"
"""ID_USB_INTERFACES of a device that is storage and nothing else, as usb_id writes it."""


def rules(families: Iterable[Profile], *, replace_peer: bool = False) -> str:
    """The rules for all products of these families, guarded by vendor.

    ``replace_peer`` takes the products that we own from usb_modeswitch's rules.
    """
    wakes, switched, alone = _ids(families)
    vendors = sorted({vendor for vendor, _ in (*wakes, *switched, *alone)})
    lines = [
        MARK,
        'ACTION=="remove", GOTO="modeswitch_end"',
        'SUBSYSTEM=="block", KERNEL=="sr*", GOTO="modeswitch_cdrom"',
        'SUBSYSTEM!="usb", GOTO="modeswitch_end"',
    ]
    if replace_peer:
        lines += _taken_over(wakes)
    lines.append('ENV{DEVTYPE}!="usb_device", GOTO="modeswitch_end"')
    lines += [f'ATTR{{idVendor}}=="{vendor}", GOTO="modeswitch_{vendor}"' for vendor in vendors]
    lines.append('GOTO="modeswitch_end"')
    for vendor in vendors:
        lines += _of_vendor(vendor, wakes, switched, alone)
    lines.append('LABEL="modeswitch_cdrom"')
    for vendor in vendors:
        ids = _products(wakes, vendor)
        if ids:
            match = f'SUBSYSTEMS=="usb", ATTRS{{idVendor}}=="{vendor}", ATTRS{{idProduct}}=="{ids}"'
            hidden = 'ENV{UDISKS_IGNORE}="1", ENV{UDISKS_AUTO}="0", ENV{MODESWITCH_CDROM}="1"'
            lines.append(f'{match}, {hidden}, ENV{{DISK_EJECT_REQUEST}}="modeswitch"')
    lines.append('LABEL="modeswitch_end"')
    return "\n".join(lines) + "\n"


def cdrom_rules() -> str:
    """What follows 60-cdrom_id.rules: an eject was named only so that the medium is not locked; none is done."""
    match = 'ENV{MODESWITCH_CDROM}=="1", ENV{DISK_EJECT_REQUEST}=="modeswitch"'
    return f'{MARK}\n{match}, ENV{{DISK_EJECT_REQUEST}}="", RUN="/bin/true"\n'


def _ids(families: Iterable[Profile]) -> tuple[set[tuple[str, str]], set[tuple[str, str]], set[tuple[str, str]]]:
    """(vendor, product) of what wakes up as storage, of what comes of it, and of what is left alone."""
    wakes: set[tuple[str, str]] = set()
    switched: set[tuple[str, str]] = set()
    alone: set[tuple[str, str]] = set()
    for family in families:
        for product in family.products:
            group = alone if product.leave_alone else wakes if product.wakes else switched
            vendor, _, number = str(product.usb).partition(":")
            group.add((vendor, number))
    return wakes, switched, alone


def _products(ids: Iterable[tuple[str, str]], vendor: str) -> str:
    return "|".join(sorted(product for owner, product in ids if owner == vendor))


def _of_vendor(
    vendor: str, wakes: set[tuple[str, str]], switched: set[tuple[str, str]], alone: set[tuple[str, str]]
) -> list[str]:
    """The block of one vendor; a phone that says it is one is none of ours."""
    lines = [f'LABEL="modeswitch_{vendor}"', 'ATTR{manufacturer}=="Android", GOTO="modeswitch_end"']
    for ids, state in ((alone, "leave-alone"), (switched, "modem"), (wakes, "storage")):
        products = _products(ids, vendor)
        if products:
            # An id may wake up as storage and stay the same when switched: its interfaces tell.
            only = f', ENV{{ID_USB_INTERFACES}}=="{STORAGE_ONLY}"' if state == "storage" else ""
            lines.append(f'ATTR{{idProduct}}=="{products}"{only}, ENV{{MODESWITCH_STATE}}="{state}"')
    lines.append(
        'ENV{MODESWITCH_STATE}=="storage", TAG+="systemd", ENV{SYSTEMD_WANTS}+="modeswitch@.service"',
    )
    lines.append('GOTO="modeswitch_end"')
    return lines


def _taken_over(wakes: Iterable[tuple[str, str]]) -> list[str]:
    """The programs that usb_modeswitch's rules queued for our products, taken out of the queue.

    Ref: its 40-usb_modeswitch.rules queue RUN for interface events; ``RUN=`` replaces the list.
    """
    taken = []
    for vendor, product in sorted(wakes):
        match = f'ENV{{PRODUCT}}=="{vendor.lstrip("0")}/{product.lstrip("0")}/*"'
        taken += [f'ENV{{DEVTYPE}}=="{kind}", {match}, RUN="/bin/true"' for kind in ("usb_device", "usb_interface")]
    return taken


def unit(python: str) -> str:
    """The template unit; ``python`` is the interpreter that has modeswitch.

    Hardened: it needs the USB devices and nothing else.  How often it starts for one stick is counted by what it runs.
    Ref: systemd.exec(5), systemd.resource-control(5); ``ProtectClock`` makes the line for the USB devices necessary.
    """
    return f"""\
{MARK}
[Unit]
Description=Switch the USB modem at %f

[Service]
Type=oneshot
ExecStart={python} -I -m modeswitch apply %f
TimeoutStartSec=150
StateDirectory=modeswitch
RuntimeDirectory=modeswitch
RuntimeDirectoryPreserve=yes
DevicePolicy=closed
DeviceAllow=char-usb_device rw
DeviceAllow=char-ttyUSB rw
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
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
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
UMask=0077
"""
