"""What a plan can be written for."""

from __future__ import annotations

TARGETS = ("usb_modeswitch", "sh", "openwrt")
