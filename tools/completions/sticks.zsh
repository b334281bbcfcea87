# The sticks are read from sysfs by the shell itself: no program is started.
: ${_modeswitch_sysfs:=/sys}

_modeswitch_sticks() {
  local folder port vendor product class
  local -a found
  for folder in $_modeswitch_sysfs/bus/usb/devices/*(N); do
    port=${folder:t}
    [[ $port == (*:*|usb*) ]] && continue
    { read -r vendor <$folder/idVendor && read -r product <$folder/idProduct } 2>/dev/null || continue
    { read -r class <$folder/bDeviceClass } 2>/dev/null && [[ $class == 09 ]] && continue
    found+=("$port:$vendor\:$product")
    [[ $1 == devices ]] && found+=("$vendor\:$product:$port")
  done
  _describe 'stick' found
}

_modeswitch_devices() { _modeswitch_sticks devices }
_modeswitch_ports() { _modeswitch_sticks ports }
_modeswitch_devices_files() { _modeswitch_sticks devices; _files }
