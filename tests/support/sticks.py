"""Sticks in words, as many tests plug them in, and what they have."""

from __future__ import annotations

STORAGE = "mass-storage"
"""The mode that most sticks wake up in."""

HILINK = "e3372h,wakes=ecm"
"""HiLink firmware after a switch: a router."""
HILINK_NCM = "e3372h,wakes=gateway-ncm"
"""The same stick in NCM mode."""
STICK_NCM = "e3372h-153,wakes=linux"
"""Stick firmware after a switch, in NCM mode; with AT^SETPORT."""
STICK_PPP = "e3372h-153,wakes=linux,ports=A1+A2;12+1+A1+A2"
"""The same, with a port list that has no NCM."""
STICK_TWO_PORTS = "e3372h-153,wakes=linux,ports=A1+A2;12+1"
"""The same, with PCUI and modem alone."""
E173 = "e173,wakes=linux"
"""A stick with AT^U2DIAG and no AT^SETPORT, after a switch."""

FACTORY_LIST = "A1,A2;12,1,16,A1,A2"
"""The port list that stick firmware comes with."""

SUN = ",sunny"
WEATHERS = (SUN, "")
"""What is put behind a stick's words to have it in sunshine, and in the rain, which is the rule."""
RAIN = {SUN: 0.0, "": 100.0}
"""How much longer a switch may take than in sunshine, in virtual seconds: restarts, and an AT port that boots."""
