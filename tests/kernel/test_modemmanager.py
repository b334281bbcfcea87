"""Beside Debian's ModemManager and NetworkManager, which probe the simulated stick and dial it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.kernel.lab import Lab, Ran
from tests.kernel.managed import TOOLS

pytestmark = pytest.mark.kernel

STICK = "e3372h-153,sunny"
MODESWITCH = "python3 -m modeswitch"
DIAL = "mmcli --modem $device --simple-connect=apn=internet --timeout 60 >&2"


def script(managed: Lab, text: str) -> Ran:
    ran = managed.run(f"{TOOLS}\n{text}", timeout=400)
    assert ran.status == 0, ran.stdout + ran.stderr
    return ran


def events(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def test_connect_right_after_the_switch(managed: Lab) -> None:
    """ModemManager is still probing: it refuses, it is waited for, it grants; then it takes the stick back."""
    ran = script(
        managed,
        f"""plug stick0 {STICK} 0 || exit 99
{MODESWITCH} 1-1 --to ncm >&2 || exit 98
mmcli --inhibit-device=$device >early.log 2>&1
read -r -t 1 -u 9
{MODESWITCH} connect 1-1 --apn internet --json -v >connect.log; status=$?
cat early.log >&2; cat connect.log
await 60 '*ed' && nmcli --terse --fields type,state device | sed 's/^/nmcli /'
exit $status""",
    )
    assert "Modem not exported in the bus" in ran.stderr
    told = events(ran.stdout)
    named = [event["event"] for event in told]
    assert [event["by"] for event in told if event["event"] == "locked"] == ["ModemManager"]
    assert named.index("locked") < named.index("inhibited") < named.index("dialling")
    assert named[-2:] == ["managed", "done"]
    assert told[-1]["address"] == "10.64.64.64"
    assert any(line.startswith("nmcli gsm:") for line in ran.stdout.splitlines())


def test_asking_cuts_no_connection(managed: Lab) -> None:
    """Whoever wants to talk to the stick himself says ``--take``, and waits for a modem that hangs up slowly."""
    ran = script(
        managed,
        f"""plug stick0 {STICK},wakes=linux,hangsup=8 0 && await 60 registered || exit 99
{DIAL} && await 30 connected && online || exit 98
bearer=$(modem 'bearers.value.1.')
since >/dev/null
{MODESWITCH} status 1-1 --json
echo "took status $(since)"
mmcli --modem $device --output-json >modem.log; mmcli --bearer $bearer --output-json >bearer.log
echo "took mmcli $(since)"
for _ in 1 2 3; do {MODESWITCH} list >list.log; echo "took list $(since)"; done
{MODESWITCH} ports 1-1; echo "ports ended with $?"
{MODESWITCH} disconnect 1-1; echo "disconnect ended with $?"
{MODESWITCH} connect 1-1 --apn internet; echo "connect ended with $?"
{MODESWITCH} report 1-1 --talk --output - | grep -A1 'could not be asked'
online || exit 97
echo 'still online'
since >/dev/null
{MODESWITCH} ports 1-1 --take -v; echo "ports --take ended with $?"
echo "took take $(since)"
await 60 '*ed' && ! online && echo 'ModemManager has it again'""",
    )
    (status,) = events(ran.stdout)
    assert (status["source"], status["state"], status["up"]) == ("ModemManager", "connected", True)
    assert (status["sim"], status["registered"], status["operator"], status["quality"]) == (
        *("READY", True, "Sim Mobile", 54),
    )
    assert status["addresses"]["address"] == "10.64.64.64"
    for word in ("ports", "disconnect", "connect"):
        assert f"{word} ended with 1" in ran.stdout
    refused = [line for line in ran.stderr.splitlines() if "ModemManager has a connection over it" in line]
    assert len(refused) == 3
    assert all("12d1:1506 at 1-1" in line and "APN internet" in line for line in refused)
    assert "it could not be asked" in ran.stdout
    assert "still online" in ran.stdout
    assert "ports --take ended with 0" in ran.stdout
    assert "ModemManager leaves the stick alone until this is done" in ran.stderr
    assert "ModemManager has it again" in ran.stdout
    took = [(name, float(seconds)) for name, seconds in re.findall("^took (\\w+) (.+)$", ran.stdout, re.MULTILINE)]
    best = {name: min(seconds for other, seconds in took if other == name) for name, _ in took}
    assert best["take"] > 7
    assert best["status"] - best["mmcli"] < 0.5
    assert best["list"] < 0.5


def test_a_port_that_modemmanager_leaves_alone(managed: Lab) -> None:
    ran = script(
        managed,
        f"""{MODESWITCH} udev ignore --port 1-1 --install --until-reboot || exit 99
plug stick0 {STICK},wakes=linux 0 || exit 98
{MODESWITCH} connect 1-1 --apn internet --json
sleep 30
[ -z "$(modem state)" ] && echo 'ModemManager has no modem'
{MODESWITCH} status 1-1
{MODESWITCH} udev remove | grep ignore""",
    )
    named = [event["event"] for event in events(ran.stdout)]
    assert named[-1] == "done"
    assert not {"locked", "inhibited", "managed"} & set(named)
    assert "ModemManager has no modem" in ran.stdout
    assert "signal     -79 dBm" in ran.stdout
    assert "line       up" in ran.stdout
    assert "/run/udev/rules.d/62-modeswitch-ignore-1-1.rules: removed" in ran.stdout
