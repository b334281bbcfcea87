"""The modes as types, for those who check theirs; ``roles.py`` says what each means.

Apart from ``roles.py``, since ``typing`` is slow to load and a switch has no need of it.
"""

from __future__ import annotations

from typing import Literal

Mode = Literal["mass-storage", "hilink", "stick", "ncm", "mbim", "qmi", "debug", "download", "asleep", "switched"]
"""What a stick can do now."""

Goal = Literal["mass-storage", "hilink", "stick", "ncm", "mbim", "qmi", "debug", "switched"]
"""A mode that may be asked for."""
