"""A plan as what other programs are told: usb_modeswitch, a plain shell, OpenWrt's usbmode."""
