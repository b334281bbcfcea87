"""Knows the two ways in which a simulated stick is put onto the guest's buses: vhci_hcd, or QEMU's own controllers.

Either way the stick is a process of the guest, so that its clock is the guest's. For QEMU's controllers it speaks
usbredir through a port of virtio-serial, which QEMU joins to its own `usb-redir` by a socket with both ends in QEMU:
what one side writes is there before the guest's clock can jump, which a process of the host could not promise.
"""

from __future__ import annotations

from typing import NamedTuple

CHANNELS = ("stick0", "stick1", "stick2", "stick3")
"""The names of the sticks that can be plugged in at once."""
PORTS = 8
"""Of the xHCI, at each of its two speeds."""


class Wiring(NamedTuple):
    """One of the two ways: a word for the kernel's command line, and the shell's words for a script in the guest.

    `insert NAME STICK PORT OPTION...` plugs it in and waits for nothing, `remove NAME` is for what is left of it once
    its process has ended, `unwire` for all that is left of any; `place PORT` is the port as the kernel calls it (a
    number is that port of bus 1, from 0).
    """

    option: str
    shell: str


VHCI = Wiring(
    "",
    """
place() { echo 1-$(($1 + 1)); }
insert() { background $1 python3 -m modeswitch.sim $2 --vhci-port "${@:3}"; }
remove() { true; }
unwire() { true; }
""",
)

REDIRECTED = Wiring(
    "guest.redirected",
    """
# Bus of the kernel -> QEMU's bus. 1 and 2 are the xHCI's, at high and at super speed; 3 is the EHCI's, 4 that of the
# first UHCI beside it. Two ports of one number on such a pair are one connector.
controllers=([1]=xhci.0 [2]=xhci.0 [3]=ehci.0 [4]=ehci.0)
place() { [[ $1 == *-* ]] && echo $1 || echo 1-$(($1 + 1)); }

# order WORD...: have QEMU's monitor do something. What it answers is for nobody.
order() { echo "$*" >/dev/virtio-ports/monitor; }

# join NAME PORT: have QEMU join that channel to that port.
join() {
	local at=$(place $2)
	order chardev-add socket,id=$1,path=$(</run/redirected)-$1,abstract=on
	order device_add usb-redir,id=$1,chardev=$1,bus=${controllers[${at%%-*}]},port=${at#*-}
}

insert() {
	local at=$(place $3) words=$2
	[[ $words == *@* ]] || words=${words/#${words%%,*}/${words%%,*}@$at}
	join $1 $3
	background $1 python3 -m modeswitch.sim $words --usbredir /dev/virtio-ports/$1 "${@:4}"
}
remove() { order device_del $1; }
unwire() { for name in stick{0..3} hub; do remove $name; done; }

# hub PORT: QEMU's hub there, of full speed, which shows an empty port where the power of that is off.
hub() {
	order device_add usb-hub,id=hub,bus=${controllers[${1%%-*}]},port=${1#*-},port-power=on
	within 10 "[ -e /sys/bus/usb/devices/$1:1.0/driver ]"
}
""",
)


def devices(name: str) -> list[str]:
    """QEMU's options for REDIRECTED; `name` is one that no other QEMU of this host uses."""
    words = [
        *("-device", f"qemu-xhci,id=xhci,p2={PORTS},p3={PORTS}"),
        *("-device", "ich9-usb-ehci1,id=ehci,addr=1d.7,multifunction=on"),
        *("-device", "ich9-usb-uhci1,masterbus=ehci.0,firstport=0,addr=1d.0,multifunction=on"),
        *("-device", "ich9-usb-uhci2,masterbus=ehci.0,firstport=2,addr=1d.1,multifunction=on"),
        *("-device", "ich9-usb-uhci3,masterbus=ehci.0,firstport=4,addr=1d.2,multifunction=on"),
        *("-device", "virtio-serial-pci,id=channels"),
    ]
    for channel in CHANNELS:
        words += ["-chardev", f"socket,id=port-{channel},path={name}-{channel},abstract=on,server=on,wait=off"]
        words += ["-device", f"virtserialport,bus=channels.0,chardev=port-{channel},name={channel}"]
    words += [
        *("-chardev", f"socket,id=monitor,path={name}-monitor,abstract=on,server=on,wait=off"),
        *("-mon", "chardev=monitor,mode=readline"),
        *("-chardev", f"socket,id=port-monitor,path={name}-monitor,abstract=on"),
        *("-device", "virtserialport,bus=channels.0,chardev=port-monitor,name=monitor"),
    ]
    return words
