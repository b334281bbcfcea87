"""What reaches a stick."""

from __future__ import annotations

import pytest

from modeswitch.sim.stick import Stick


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What reaches any stick, in order: no descriptors, no REQUEST SENSE, no recovery."""
    sent: list[str] = []
    control, out = Stick.control, Stick.out

    def controlled(self: Stick, kind: int, request: int, value: int, index: int, data: bytes, length: int) -> bytes:
        if (kind, request) not in ((0x80, 6), (0x21, 0xFF)):
            sent.append(f"{kind:02x} {request:02x} {value:04x} {index:04x}/{length} {data.hex()}".strip())
        return control(self, kind, request, value, index, data, length)

    def went(self: Stick, endpoint: int, data: bytes) -> None:
        if not (data[:4] == b"USBC" and data[15] == 0x03):
            sent.append(f"{endpoint:02x} {data.hex()}")
        return out(self, endpoint, data)

    monkeypatch.setattr(Stick, "control", controlled)
    monkeypatch.setattr(Stick, "out", went)
    return sent
