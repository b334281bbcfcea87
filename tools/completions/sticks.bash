# The sticks are read from sysfs by the shell itself: no program is started.
_modeswitch_sysfs=/sys

# $1: the word so far; $2: what to offer, "ports" or "devices" (ports and ids).
_modeswitch_sticks() {
  local folder port vendor product class word
  local -a words
  for folder in "$_modeswitch_sysfs"/bus/usb/devices/*; do
    port=${folder##*/}
    [[ $port == *:* || $port == usb* ]] && continue
    { read -r vendor <"$folder/idVendor" && read -r product <"$folder/idProduct"; } 2>/dev/null || continue
    { read -r class <"$folder/bDeviceClass"; } 2>/dev/null && [[ $class == 09 ]] && continue
    words=("$port")
    [[ $2 == devices ]] && words+=("$vendor:$product")
    for word in "${words[@]}"; do
      [[ $word == "$1"* ]] && printf '%s\n' "$word"
    done
  done
}

_modeswitch_devices() { _modeswitch_sticks "$1" devices; }
_modeswitch_ports() { _modeswitch_sticks "$1" ports; }
_modeswitch_devices_files() {
  _modeswitch_sticks "$1" devices
  compgen -f -- "$1"
}
