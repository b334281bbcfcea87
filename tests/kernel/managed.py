"""ModemManager and NetworkManager in a guest: started, asked, waited for."""

from __future__ import annotations

START = "systemctl start dbus polkit ModemManager NetworkManager"
"""Script for the guest: both run from now on."""

TOOLS = """
device=/sys/devices/platform/vhci_hcd.0/usb1/1-1

# modem KEY: what ModemManager says of the stick at 1-1: the value of that key of mmcli's, empty where it has no modem.
modem() {
	mmcli --modem $device --output-keyvalue 2>/dev/null | sed -n "s/^modem.generic.$1 *: //p"
}

# await SECONDS STATE: wait until ModemManager has the modem in a state of that pattern; a process a second is enough.
await() {
	local end=$((SECONDS + $1))
	until [[ $(modem state) == $2 ]]; do
		((SECONDS < end)) || { echo "the modem is '$(modem state)' after $1 s, not $2" >&2; return 1; }
		sleep 1
	done
}

# online: does ModemManager say that its connection stands?
online() {
	local bearer=$(modem 'bearers.value.1.')
	[ -n "$bearer" ] && mmcli --bearer $bearer --output-keyvalue | grep -q '^bearer.status.connected *: yes'
}

# since: seconds since the last call of it.
since() {
	local now=$EPOCHREALTIME
	awk "BEGIN { print $now - ${before:-$now} }"
	before=$now
}
"""
"""Words for scripts of tests."""
