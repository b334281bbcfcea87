"""The two units: what they start, and that the same sandbox is round both."""

from __future__ import annotations

import re

from modeswitch.service import units

SWITCH, WATCH = units.switch_unit("/usr/bin/python3"), units.watch_unit("/usr/bin/python3")


def test_the_unit_names_no_string_of_a_device() -> None:
    assert [word for word in re.findall(r"%\w", SWITCH) if word != "%f"] == []
    assert "\nExecStart=/usr/bin/python3 -I -m modeswitch apply %f\n" in SWITCH


def test_the_unit_of_watch_tells_systemd_how_it_is_and_starts_when_enabled() -> None:
    lines = WATCH.splitlines()
    assert {"Type=notify", "ExecStart=/usr/bin/python3 -I -m modeswitch watch", "WatchdogSec=30"} <= set(lines)
    assert lines[-2:] == ["[Install]", "WantedBy=multi-user.target"]
    assert "[Install]" not in SWITCH


def test_one_sandbox_is_round_both() -> None:
    for text in (SWITCH, WATCH):
        service = text.split("[Service]\n")[1].split("\n[Install]")[0]
        assert service.endswith(units.SANDBOX)


def test_an_interpreter_with_a_blank_is_still_one_word() -> None:
    for text in (units.switch_unit("/opt/my ms/50%/python"), units.watch_unit("/opt/my ms/50%/python")):
        assert '\nExecStart="/opt/my ms/50%%/python" -I -m modeswitch ' in text
