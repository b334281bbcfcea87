"""What comes from usb_modeswitch: its configuration files, its methods as steps, profiles of both.

Ref: usb_modeswitch 2.6.1: its reference configuration file and its man page.
"""
