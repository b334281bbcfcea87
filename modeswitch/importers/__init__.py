"""Files of usb_modeswitch and of OpenWrt, read as profiles.

Ref: usb_modeswitch 2.6.1: its reference configuration file and its man page.
"""
