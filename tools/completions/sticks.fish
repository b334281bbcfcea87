# The sticks are read from sysfs by the shell itself: no program is started.
set -q _modeswitch_sysfs; or set -g _modeswitch_sysfs /sys

function _modeswitch_sticks
  for folder in $_modeswitch_sysfs/bus/usb/devices/*
    set -l port (string split / -- $folder)[-1]
    string match -qr ':|^usb' -- $port; and continue
    test -r $folder/idVendor -a -r $folder/idProduct; or continue
    read -l vendor <$folder/idVendor
    read -l product <$folder/idProduct
    set -l class ''
    test -r $folder/bDeviceClass; and read class <$folder/bDeviceClass
    test "$class" = 09; and continue
    printf '%s\t%s\n' $port "$vendor:$product"
    test "$argv[1]" = devices; and printf '%s\t%s\n' "$vendor:$product" $port
  end
end

function _modeswitch_devices; _modeswitch_sticks devices; end
function _modeswitch_ports; _modeswitch_sticks ports; end
function _modeswitch_devices_files; _modeswitch_sticks devices; __fish_complete_path (commandline -ct); end
