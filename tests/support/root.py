"""What only root can try: files of others, and becoming another user."""

from __future__ import annotations

import os

import pytest

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: makes files of others, or becomes another user")
NOBODY = 65534
"""Debian's user nobody, who owns nothing."""
