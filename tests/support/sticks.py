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
E173 = "e173,wakes=linux"
"""A stick with AT^U2DIAG and no AT^SETPORT, after a switch."""

FACTORY_LIST = "A1,A2;12,1,16,A1,A2"
"""The port list that stick firmware comes with."""
