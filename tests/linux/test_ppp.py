"""How this host dials by PPP: by the programs that it has, and fit for a command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from modeswitch.linux import ppp


@pytest.mark.parametrize(
    ("programs", "begin"),
    [
        (("nmcli", "ModemManager", "pppd"), ["nmcli connection add type gsm", "/etc/ppp/peers/modem"]),
        (("nmcli", "pppd"), ["/etc/ppp/peers/modem"]),
        (("mmcli", "ModemManager"), ["mmcli -m any --simple-connect"]),
        ((), ["/etc/ppp/peers/modem"]),
    ],
)
def test_the_ways_of_a_host(programs: tuple[str, ...], begin: list[str], tmp_path: Path) -> None:
    for name in programs:
        (tmp_path / name).touch(mode=0o755)
    ways = ppp.ways("/dev/ttyUSB2", "my apn;reboot", (str(tmp_path),))
    assert [way.startswith(word) for way, word in zip(ways, begin, strict=True)] == [True] * len(begin)
    for way in ways:
        assert "'my apn;reboot'" in way or "apn=my apn;reboot'" in way or '"my apn;reboot\\"' in way, way


def test_the_peers_file_has_the_port_and_the_apn(tmp_path: Path) -> None:
    (way,) = ppp.ways("/dev/ttyUSB2", "internet", (str(tmp_path),))
    assert "/dev/ttyUSB2 460800" in way
    assert 'AT+CGDCONT=1,\\"IP\\",\\"internet\\"' in way
    assert "ATD*99#" in way
