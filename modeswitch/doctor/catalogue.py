"""Every finding of the doctor by its id: the levels that it may have, what it means, what to do.

``docs/doctor.md`` is made of this table.  An id stays once it is published: a wiki or a bot may link it.
"""

from __future__ import annotations

from ..values import NamedTuple


class Entry(NamedTuple):
    """What a finding means in general, in a sentence, and what to do; ``levels`` are those that it may have."""

    levels: tuple[str, ...]
    meaning: str
    advice: str


PROBLEM, UNCLEAR, OTHER, NOTE, GOOD = ("problem",), ("unclear",), ("other",), ("note",), ("good",)

CATALOGUE: dict[str, Entry] = {
    # What the stick is.
    "still-cd-rom": Entry(
        PROBLEM,
        "The stick is in mass-storage, the mode in which it wakes up: a CD-ROM, and no modem yet.",
        "Switch it: `modeswitch DEVICE --to MODE`; `modeswitch udev install` does so at each plug.",
    ),
    "waits-for-switch": Entry(
        PROBLEM,
        "By its id the stick has not been switched: it waits for its message, as a CD-ROM or otherwise.",
        "Switch it: `modeswitch DEVICE --to MODE`.",
    ),
    "switched": Entry(
        GOOD,
        "By its id the stick has been switched already.",
        "Look for what it shows in its mode: a network interface, ttys, `/dev/cdc-wdm0`.",
    ),
    "either": Entry(
        UNCLEAR,
        "The id alone does not tell what it is: a CD-ROM that waits, or a modem, or nothing that is known.",
        "Show `usb-devices` (on OpenWrt `cat /sys/kernel/debug/usb/devices`) or `lsusb -t`.",
    ),
    "no-id": Entry(
        UNCLEAR,
        "The text has no id of the device.",
        "Show `usb-devices` (on OpenWrt `cat /sys/kernel/debug/usb/devices`) or `lsusb`.",
    ),
    "unknown-storage": Entry(
        UNCLEAR,
        "It is storage only, and no profile knows it: a disk, or a CD-ROM that waits for a message.",
        "The kernel's log tells which: `CD-ROM` or `Direct-Access` after `scsi`.",
    ),
    "download-mode": Entry(
        PROBLEM,
        "The stick is in download mode, where its firmware is written; nothing here speaks to it.",
        "Unplug it and plug it in again; leave AT^GODLOAD and AT^U2DIAG=0 alone.",
    ),
    "left-alone": Entry(
        NOTE,
        "The product is one that must not be switched.",
        "Use it as it is.",
    ),
    "no-profile": Entry(
        NOTE,
        "No profile knows the id: its mode is read from its interfaces alone.",
        "Send a report: `modeswitch report DEVICE`.",
    ),
    "shared-id-1c05": Entry(
        NOTE,
        "12d1:1c05 is the id of an E173 after a switch, and of an E303 or E3131 after AT^U2DIAG=0.",
        "`modeswitch ports DEVICE` tells which it is.",
    ),
    "self-switching": Entry(
        NOTE,
        "Firmware 10.x goes from its CD-ROM to its router by itself, in a race with any message.",
        "Where that is not wanted: usb-storage's quirk `12d1:1f01:s`.",
    ),
    "router": Entry(
        NOTE,
        "In hilink the stick is a router of its own, with its own address and NAT.",
        "For a data line that the host dials: `modeswitch plan DEVICE --to ncm`.",
    ),
    "no-network-function": Entry(
        NOTE,
        "The stick has AT ports and no network function: it is dialled by PPP.",
        "For a network function: `modeswitch plan DEVICE --to ncm --persist`.",
    ),
    "no-modem": Entry(
        OTHER,
        "It is no modem: a disk, a cable, a phone, a network or Wi-Fi adapter.",
        "There is nothing to switch.",
    ),
    "no-modem-switched": Entry(
        GOOD,
        "It is no modem, and in its own mode already: mostly a Wi-Fi adapter.",
        "Look for its wireless interface; its driver must fit the chip.",
    ),
    # What is well.
    "network": Entry(
        GOOD,
        "The stick has a network interface.",
        "Dial (`modeswitch connect DEVICE --apn NAME`) or ask for an address by DHCP.",
    ),
    "ttys": Entry(GOOD, "The stick has ttys.", "Look which of them answers AT."),
    "right-drivers": Entry(
        GOOD,
        "Each interface that matters has its driver.",
        "Dial, or ask for an address.",
    ),
    # Drivers.
    "wrong-driver": Entry(
        PROBLEM,
        "A driver holds an interface that it cannot drive, so its own driver cannot be bound.",
        "`modeswitch doctor DEVICE --fix`; remove what writes the id to `new_id`.",
    ),
    "no-driver": Entry(
        PROBLEM,
        "An interface that the host should drive has no driver.",
        "Load or install the module that the reasons name, or tell its driver of the id (`new_id`).",
    ),
    "no-serial-driver": Entry(
        PROBLEM,
        "No vendor-specific interface of the modem has a driver, so that it has no tty.",
        "Most modems' driver is option: a newer kernel has the id, or it is written to option's `new_id`.",
    ),
    "driver-on-other-device": Entry(
        PROBLEM,
        "A driver for modems holds a device that is none: its id was written to `new_id`.",
        "Unload that driver and remove what writes the id.",
    ),
    "dynamic-id": Entry(
        NOTE,
        "Somebody wrote the id to a driver's `new_id`: that driver may take every interface of the stick.",
        "Remove it (`remove_id`, or unload the module) before the network function is taken.",
    ),
    "way-out-linux": Entry(
        NOTE,
        "The stick can show its NCM function as ff/02/16, which older kernels know.",
        "Write a port list that keeps the CD-ROM, then switch by the message that says Linux.",
    ),
    "way-out-155e": Entry(
        NOTE,
        "The stick can come up as 12d1:155e, whose NCM function is of the standard class.",
        "Write a port list that keeps the CD-ROM, then `modeswitch PORT --to ncm`.",
    ),
    "way-out-hilink": Entry(
        NOTE,
        "The stick works as a router of its own, on cdc_ether, where a system's kernel has neither NCM driver.",
        "Put HiLink firmware in the stick, or take another one: the address comes by DHCP, behind a second NAT.",
    ),
    "adb": Entry(
        NOTE,
        "The interface is the Android debug bridge, held by adb.",
        "Nothing: so it should be.",
    ),
    "usbfs-holder": Entry(
        PROBLEM,
        "A program talks to an interface directly (libusb), so that the kernel's driver is unbound.",
        "End that program; the interface gets its driver when it is plugged in again.",
    ),
    # The bus, and a stick that comes and goes.
    "unreadable-descriptors": Entry(
        PROBLEM,
        "The descriptors of the device cannot be read or parsed.",
        "Plug it in again, at another port; look at `dmesg`.",
    ),
    "unconfigured": Entry(
        PROBLEM,
        "No configuration of the device is active, so that no interface of it can be used.",
        "Write the number of a configuration to its `bConfigurationValue`; look for a hub with too little power.",
    ),
    "bus-errors": Entry(
        PROBLEM,
        "The transmission on the bus fails: power, cable, hub or port.",
        "Another port or cable, or a hub with a power supply of its own.",
    ),
    "kernel-messages": Entry(
        NOTE,
        "The kernel's log has other messages about a failure of the device.",
        "Read them beside what else was found.",
    ),
    "goes-round": Entry(
        PROBLEM,
        "The stick comes and goes, mostly between two ids.",
        "Load the driver of its network card (cdc_ether, rndis_host); keep a second tool from switching it.",
    ),
    "left": Entry(
        PROBLEM,
        "The stick left and had not come back at the end of the text.",
        "Look whether it is there: `modeswitch list`.",
    ),
    "id-cut-off": Entry(
        UNCLEAR,
        "The stick came back, and the text ends before its new id.",
        "Look what it is: `modeswitch list -v`.",
    ),
    # What a text lacks.
    "missing-interfaces": Entry(
        NOTE,
        "The text has not all interfaces of the stick.",
        "Show the whole output of `usb-devices`.",
    ),
    "guessed-classes": Entry(
        NOTE,
        "The text tells which drivers are bound, not what the interfaces are.",
        "Show the output of `usb-devices`.",
    ),
    # The machine.
    "not-authorized": Entry(
        PROBLEM,
        "The kernel was told not to use the device, mostly by USBGuard.",
        "Allow it (`usbguard allow-device ID -p`), each id that it has.",
    ),
    "interface-not-authorized": Entry(
        PROBLEM,
        "The kernel was told to bind no driver to an interface.",
        "Write 1 to the interface's `authorized`, then its name to `drivers_probe`.",
    ),
    "usbguard": Entry(
        NOTE,
        "USBGuard runs here.",
        "Give each id of the stick a rule, the one after a switch, too.",
    ),
    "two-switchers": Entry(
        PROBLEM,
        "Two tools switch the stick when it is plugged in.",
        "Keep one: `modeswitch udev install --replace-usb-modeswitch`.",
    ),
    "usb-modeswitch-rules": Entry(
        NOTE,
        "usb_modeswitch's udev rules switch the stick when it is plugged in, to the mode that its data name.",
        "For another mode, mask them.",
    ),
    "usbmode-rules": Entry(
        NOTE,
        "OpenWrt's usbmode switches sticks here.",
        "For another mode: `/etc/init.d/usbmode disable`.",
    ),
    "open-port": Entry(
        NOTE,
        "A program has a tty of the stick open: the answers to its commands and to others would mix.",
        "End that program before talking to the stick.",
    ),
    "modemmanager-holds": Entry(
        NOTE,
        "ModemManager talks to the stick, or tries its serial ports.",
        "`mmcli --inhibit-device=…` while another program talks to it.",
    ),
    "no-permission": Entry(
        PROBLEM,
        "This user may not write to the stick's node: it cannot be switched.",
        "Do it as root, or `sudo modeswitch udev install`.",
    ),
    "no-tty-permission": Entry(
        PROBLEM,
        "This user may not open the stick's ttys.",
        "Join the group of the port, dialout or uucp, and log in again.",
    ),
    # What programs say.
    "storage-message-refused": Entry(
        NOTE,
        "usb_modeswitch's \"can't use storage command\" means that the stick is no storage any more.",
        "Nothing: it has been switched already.",
    ),
    "wrong-interface": Entry(
        NOTE,
        "usb_modeswitch asked an interface that is no storage.",
        "Give it the number of the storage interface: `-i N`.",
    ),
    "not-on-bus": Entry(
        ("unclear", "note"),
        "usb_modeswitch did not find the id: the stick is not on the bus, or switched already.",
        "Look what is there: `lsusb`.",
    ),
    "no-match": Entry(
        NOTE,
        "usb_modeswitch found nothing at a bus and address.",
        "The stick had left or had another address: look again.",
    ),
    "not-root": Entry(PROBLEM, "usb_modeswitch may not open the device.", "Run it as root."),
    "no-endpoint": Entry(
        NOTE,
        "usb_modeswitch found no bulk endpoint: the interface that it asked is no storage.",
        "Look whether it is switched already.",
    ),
    "interface-busy": Entry(
        PROBLEM,
        "A program or driver held the interface while usb_modeswitch wanted to send.",
        "End that program, and switch again.",
    ),
    "two-methods": Entry(PROBLEM, "usb_modeswitch was given two methods, and did nothing.", "Give it one."),
    "no-method": Entry(PROBLEM, "usb_modeswitch was given no method, and did nothing.", "Give it one."),
    "message-not-sent": Entry(PROBLEM, "The switching message could not be sent.", "Look at `dmesg`, and try again."),
    "switch-failed": Entry(
        PROBLEM,
        "usb_modeswitch says that the stick did not switch.",
        "`modeswitch DEVICE --to MODE -vv` shows each transfer.",
    ),
    "fell-back": Entry(
        NOTE,
        "usb_modeswitch says that it switched, and the stick is storage: it fell back, or was never switched.",
        "Look in `dmesg` what came after the message.",
    ),
    "message-sent": Entry(
        NOTE,
        "usb_modeswitch sent a message, and the stick has not come back as something else in the text.",
        "Look what is there now: `modeswitch list`.",
    ),
    "bad-usbmode-list": Entry(
        PROBLEM,
        "usbmode cannot read its list, and switches nothing.",
        "Put `/etc/usb-mode.json` right.",
    ),
    "no-libusb": Entry(PROBLEM, "usb_modeswitch lacks libusb, and does not start.", "Install libusb."),
    "new-id-by-usb-modeswitch": Entry(
        NOTE,
        "usb_modeswitch gave option an id: option then takes every interface of the device.",
        "Where its network function is missing, leave that to the kernel's own table.",
    ),
    "modemmanager-unsupported": Entry(
        NOTE,
        "ModemManager found no port of the device that it can use.",
        "That is right for a router and a CD-ROM; of a modem look for its drivers.",
    ),
    "modemmanager-modem": Entry(GOOD, "ModemManager has made a modem of the stick.", "`mmcli -L`"),
    "modemmanager-failed": Entry(
        PROBLEM,
        "ModemManager could not make a modem of the stick.",
        "Look for its drivers, and for a SIM that wants a PIN.",
    ),
    "modemmanager-no-modem": Entry(NOTE, "ModemManager has no modem.", "`mmcli --scan-modems`"),
    "modemmanager-state": Entry(
        ("note", "good"), "The state that ModemManager gives.", "Connect where it is registered."
    ),
    "modemmanager-sim": Entry(
        PROBLEM,
        "ModemManager cannot use the SIM: it is missing, or wants a PIN.",
        "Put in a SIM, or give its PIN.",
    ),
    "network-down": Entry(NOTE, "The network interface of the stick is down.", "`ip link set NAME up`"),
    "networkmanager-disconnected": Entry(
        NOTE,
        "NetworkManager knows the modem and has no connection for it.",
        "`nmcli connection add type gsm ifname NAME apn NAME`",
    ),
    "link-there": Entry(NOTE, "ip or NetworkManager has its network interface.", "Nothing."),
}
"""Id → what it means, in groups: the stick, what is well, drivers, the bus, the text, the machine, programs."""
