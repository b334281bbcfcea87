"""The bridge to MQTT and Home Assistant, beside a real broker: what comes of a stick, and of what no stick says."""

from __future__ import annotations

import ast
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from modeswitch.events import EVENTS, OPEN
from tests.support.linters import found, lint
from tests.support.port_watch import eventually

ROOT = Path(__file__).resolve().parents[2]
BRIDGE = ROOT / "contrib/mqtt/modeswitch_mqtt.py"
TOPIC = re.compile(r"(homeassistant/device/[\w-]{1,200}/config|modeswitch/[\w-]{1,60}/[\w-]{1,60})", re.ASCII)
HOSTILE = ("1-1/+/#", "$SYS", "1-1\x00\x1b[2J", "é" * 300, "../../x", "")


def unused_port() -> int:
    """A port of TCP that nobody has now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Broker:
    """Mosquitto, and all that it was ever told: topic → the last payload."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        from paho.mqtt.client import Client, MQTTMessage
        from paho.mqtt.enums import CallbackAPIVersion

        self.port = port or unused_port()
        config = folder / "mosquitto.conf"
        config.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\nuser root\n")
        self._process = subprocess.Popen([found("mosquitto"), "-c", config], stderr=subprocess.DEVNULL)
        self.kept: dict[str, str] = {}
        self.order: list[str] = []

        def noted(_client: Client, _data: object, message: MQTTMessage) -> None:
            self.kept[message.topic] = message.payload.decode("utf-8")
            self.order.append(message.topic)

        def connected(client: Client, *_: object) -> None:
            client.subscribe("#", qos=1)

        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.on_connect = connected
        eventually(self._listens)
        self._client.on_message = noted
        self._client.connect_async("127.0.0.1", self.port)
        self._client.loop_start()
        eventually(self._client.is_connected)

    def _listens(self) -> bool:
        with socket.socket() as asked:
            return asked.connect_ex(("127.0.0.1", self.port)) == 0

    def state(self, port: str) -> dict[str, str]:
        """What is kept of the stick in a port; nothing where nothing is."""
        (text,) = [text for topic, text in self.kept.items() if topic.endswith(f"/{port}")] or ["{}"]
        state: dict[str, str] = json.loads(text)
        return state

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        self._process.terminate()
        self._process.wait(10)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    made = Broker(tmp_path)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def bridge(broker: Broker) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, str(BRIDGE), "127.0.0.1", str(broker.port)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)


def tell(bridge: subprocess.Popen[str], **facts: Any) -> None:
    assert bridge.stdin is not None
    bridge.stdin.write(json.dumps({"schema": 1, "port": "1-1", "time": "2026-01-01T00:00:00.000Z", **facts}) + "\n")
    bridge.stdin.flush()


def online(broker: Broker) -> str:
    return next((text for topic, text in broker.kept.items() if topic.endswith("/online")), "")


@pytest.mark.package
def test_mypy_and_ruff() -> None:
    lint("mypy", "--strict", "--config-file=", BRIDGE)
    lint("ruff", "check", BRIDGE)
    assert os.access(BRIDGE, os.X_OK)


def test_the_events_that_it_reads_are_those_that_are_told() -> None:
    (line,) = re.findall(r"^OF_STICK, OF_LINE = (.+)$", BRIDGE.read_text("utf-8"), re.MULTILINE)
    of_stick, of_line = ast.literal_eval(line)
    for name in of_stick:
        assert "mode" in EVENTS[name].facts or name in OPEN
    assert {"up"} == EVENTS["line"].facts.keys()
    assert {*of_stick, *of_line} <= EVENTS.keys()


@pytest.mark.package
def test_a_stick_that_is_switched_and_one_that_fails(broker: Broker, bridge: subprocess.Popen[str]) -> None:
    """What ``watch`` says of two simulated sticks, through the broker."""
    sticks = ["--simulate", "e3372h", "--simulate", "e3372h@1-2.4,busy", "--simulate", "e3372h@1-3,id=0781:5567"]
    words = ["watch", "-v", "--json", "--policy", "/nonexistent", "--idle", "1", *sticks]
    command = [sys.executable, "-m", "modeswitch", *words]
    watch = subprocess.run(command, stdout=bridge.stdin, cwd=ROOT, timeout=60, check=False)
    assert watch.returncode == 0
    eventually(lambda: broker.state("1-1").get("problem") == "OFF" and broker.state("1-2_4").get("problem") == "ON")
    assert broker.state("1-1") == {"mode": "hilink", "problem": "OFF", "message": "well"}
    assert broker.state("1-2_4")["mode"] == "mass-storage"
    assert "another program holds it" in broker.state("1-2_4")["message"]
    assert broker.state("1-3") == {}
    assert online(broker) == "online"
    tell(bridge, event="dialling", apn="internet")
    eventually(lambda: broker.state("1-1").get("line") == "OFF")
    tell(bridge, event="line", up=True)
    eventually(lambda: broker.state("1-1").get("line") == "ON")
    tell(bridge, event="done", result="left", family="huawei-hilink", mode="hilink", why="is left", wanted="ncm")
    eventually(lambda: broker.state("1-1").get("problem") == "ON")
    assert broker.state("1-1") == {"mode": "hilink", "problem": "ON", "message": "is left", "line": "ON"}
    assert bridge.stdin is not None
    bridge.stdin.close()
    eventually(lambda: online(broker) == "offline")
    assert bridge.wait(10) == 0


@pytest.mark.package
def test_home_assistant_is_told_of_it_once_it_is_there(broker: Broker, bridge: subprocess.Popen[str]) -> None:
    """Ref: Home Assistant, MQTT integration, device discovery: what must be there, and by which name."""
    tell(bridge, event="found", port="1-1.4", id="12d1:1f01", mode="mass-storage")
    eventually(lambda: broker.state("1-1_4") != {})
    ((topic, text),) = [(topic, text) for topic, text in broker.kept.items() if topic.startswith("homeassistant/")]
    told = json.loads(text)
    (identifier,) = told["dev"]["ids"]
    assert topic == f"homeassistant/device/{identifier}/config"
    assert told["o"]["name"] == "modeswitch"
    assert told["state_topic"] in broker.kept
    assert told["availability_topic"] in broker.kept
    for key, entity in told["cmps"].items():
        assert entity["p"] in ("sensor", "binary_sensor")
        assert entity["value_template"] == f"{{{{ value_json.{key} | default('None') }}}}"
    assert len({entity["unique_id"] for entity in told["cmps"].values()}) == len(told["cmps"]) == 4
    assert broker.order.index(topic) < broker.order.index(told["state_topic"])


@pytest.mark.package
def test_what_a_stick_says_makes_no_topic(broker: Broker, bridge: subprocess.Popen[str]) -> None:
    for number, text in enumerate(HOSTILE):
        tell(bridge, event="error", port=text, mode=text, message=text + "x" * 100000, id=f"{number}")
        tell(bridge, event=text, port="1-9", mode=text)
    tell(bridge, event="done", port="1-8", result="left", family=None, mode="mass-storage", why="is no stick")
    tell(bridge, event="warning", port=None, message="x")
    tell(bridge, event="found", port="1-1", mode=None)
    eventually(lambda: broker.state("1-1") == {"mode": "unknown"})
    assert len([topic for topic in broker.kept if topic.startswith("homeassistant/")]) == len(HOSTILE)
    assert broker.state("1-9") == {}
    for topic, payload in broker.kept.items():
        assert TOPIC.fullmatch(topic), topic
        assert len(payload) < 4000
        assert payload.isascii()
        assert payload.isprintable()


@pytest.mark.package
def test_a_broker_that_comes_later_is_told_all(tmp_path: Path) -> None:
    port = unused_port()
    bridge = subprocess.Popen([sys.executable, str(BRIDGE), "127.0.0.1", str(port)], stdin=subprocess.PIPE, text=True)
    try:
        tell(bridge, event="found", mode="hilink")
        broker = Broker(tmp_path, port)
        try:
            eventually(lambda: broker.state("1-1") == {"mode": "hilink"}, 30)
            assert bridge.poll() is None
        finally:
            broker.close()
    finally:
        bridge.kill()
        bridge.communicate()
