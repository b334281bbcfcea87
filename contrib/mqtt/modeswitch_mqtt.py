#!/usr/bin/env python3
"""The sticks of this host for Home Assistant: modeswitch watch -v --json | modeswitch_mqtt.py BROKER [PORT]

Each stick appears there by itself (-v: also one that is well already).  The broker's user and password are MQTT_USER
and MQTT_PASSWORD in the environment.  Needs paho-mqtt 2, and Home Assistant 2024.11 or newer.

Ref: Home Assistant, MQTT integration (device discovery, availability); MQTT 3.1.1, 4.7 (topics).
"""

from __future__ import annotations

import json
import os
import re
import socket
import sys
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

LONGEST = 250
"""How much of what a stick says is passed on, in characters: a state of Home Assistant's has 255 at most."""
OF_STICK, OF_LINE = ("found", "done", "error"), ("dialling", "line")
"""The events that are read."""
ENTITIES = {
    "mode": {"p": "sensor", "name": "Mode"},
    "message": {"p": "sensor", "name": "Message"},
    "problem": {"p": "binary_sensor", "name": "Problem", "device_class": "problem"},
    "line": {"p": "binary_sensor", "name": "Line", "device_class": "connectivity"},
}
"""Key of a stick's state → what Home Assistant makes of it."""


def word(text: str) -> str:
    """The text as one level of a topic, and as an id of Home Assistant's: letters, digits, - and _ alone."""
    return re.sub(r"[^A-Za-z0-9-]", "_", text)[:60]


def told(event: dict[str, Any]) -> dict[str, str]:
    """What an event says of the state of its stick; empty where it says nothing, or is about no stick."""
    name, state = event["event"], {}
    if name in OF_LINE:
        state["line"] = "ON" if event.get("up") else "OFF"
    if name not in OF_STICK or (event.get("result") == "left" and event.get("family") is None):
        return state
    if "mode" in event:
        state["mode"] = str(event["mode"] or "unknown")
    if name != "found":
        state["problem"] = "ON" if name == "error" or "wanted" in event else "OFF"
        state["message"] = str(event.get("message") or event.get("why") or "well")
    return {key: value[:LONGEST] for key, value in state.items()}


def discovery(base: str, port: str) -> dict[str, Any]:
    """What tells Home Assistant of the stick in a port."""
    me = f"{base}/{word(port)}".replace("/", "_")
    parts = {
        key: {**entity, "unique_id": f"{me}_{key}", "value_template": f"{{{{ value_json.{key} | default('None') }}}}"}
        for key, entity in ENTITIES.items()
    }
    device, topics = {"ids": [me], "name": f"USB modem {port[:LONGEST]}"}, (f"{base}/{word(port)}", f"{base}/online")
    shared = dict(zip(("state_topic", "availability_topic"), topics, strict=True))
    return {"dev": device, "o": {"name": "modeswitch"}, "cmps": parts, **shared}


def main(broker: str, port: str = "1883") -> None:
    """Read events from standard input until it ends, and keep the broker up to date."""
    base, client = f"modeswitch/{word(socket.gethostname())}", Client(CallbackAPIVersion.VERSION2)
    states: dict[str, dict[str, str]] = {}

    def keep(topic: str, text: str) -> None:
        client.publish(topic, text, qos=1, retain=True)

    def show(stick: str) -> None:
        known = discovery(base, stick)
        keep(f"homeassistant/device/{known['dev']['ids'][0]}/config", json.dumps(known))
        keep(known["state_topic"], json.dumps(states[stick]))

    def connected(*_: object) -> None:
        """Also once the broker is back, which may have forgotten."""
        keep(f"{base}/online", "online")
        for stick in list(states):
            show(stick)

    client.on_connect = connected
    client.username_pw_set(os.environ.get("MQTT_USER"), os.environ.get("MQTT_PASSWORD"))
    client.will_set(f"{base}/online", "offline", qos=1, retain=True)
    client.connect_async(broker, int(port))
    client.loop_start()
    for line in sys.stdin:
        event = json.loads(line)
        if event["port"] and (news := told(event)):
            states[event["port"]] = {**states.get(event["port"], {}), **news}
            if client.is_connected():  # else it is shown once the broker is there
                show(event["port"])
    if client.is_connected():
        client.publish(f"{base}/online", "offline", qos=1, retain=True).wait_for_publish(10)
    client.disconnect()


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(*sys.argv[1:])
