"""The service's sandbox, as systemd itself rates it (make package-test: the fast suite needs no systemd)."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from modeswitch.service import units

pytestmark = pytest.mark.package


@pytest.mark.parametrize("folder", ["/usr/bin", "/opt/my folder/50% of a,b;c #1"])
@pytest.mark.parametrize(("resident", "network", "most"), [(False, False, 16), (True, False, 16), (False, True, 26)])
def test_the_unit_is_well_formed_and_hardened(
    resident: bool, network: bool, most: int, folder: str, tmp_path: Path
) -> None:
    path = tmp_path / units.UNIT
    python = tmp_path / folder.strip("/") / "python3"
    python.parent.mkdir(parents=True)
    python.symlink_to("/bin/true")
    path.write_text(units.service_unit(str(python), resident=resident, network=network))
    verified = subprocess.run(["systemd-analyze", "verify", path], capture_output=True, text=True, check=False)
    assert "modeswitch" not in verified.stderr, verified.stderr
    words = ["systemd-analyze", "security", "--offline=true", f"--threshold={most}", str(path)]
    rated = subprocess.run(words, capture_output=True, text=True, check=False)
    assert rated.returncode == 0, rated.stdout[-300:]


LEFT_OPEN = {
    "UserOrDynamicUser": "the nodes of sticks are root's",
    "PrivateUsers": "the kernel sends no events into a namespace of users",
    "PrivateDevices": "it needs the USB devices",
    "DeviceAllow": "it needs the USB devices",
    "RootDirectoryOrRootImage": "it runs the system's Python and programs",
    "ProtectKernelModules": "it reads the index of drivers",
    "ProtectKernelTunables": "ReadOnlyPaths does the same, sooner",
    "ProtectControlGroups": "BindReadOnlyPaths does the same, sooner",
    "ProtectKernelLogs": "DevicePolicy and the filter of calls do the same, sooner",
    "ProcSubset": "it reads which locks and mounts there are",
    "RestrictAddressFamilies_AF_UNIX": "systemd is told that it is ready",
    "RestrictAddressFamilies_AF_NETLINK": "it hears the kernel's events",
}
"""What systemd would have shut besides → why it is open."""
WITH_NETWORK = {
    "PrivateNetwork": "it needs the stick's network interface",
    "IPAddressDeny": "it needs the stick's address",
    "RestrictAddressFamilies_AF_INET_INET6": "it needs the stick's address",
    "CapabilityBoundingSet_CAP_NET_ADMIN": "an interface gets an address for a moment",
}
"""The same, where the policy wants what needs a network."""


@pytest.mark.parametrize(("network", "more"), [(False, {}), (True, WITH_NETWORK)])
def test_what_is_open_is_open_for_a_reason(network: bool, more: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / units.UNIT
    path.write_text(units.service_unit("/bin/true", network=network))
    words = ["systemd-analyze", "security", "--offline=true", "--json=short", str(path)]
    rated = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
    found = {one["json_field"] for one in rated if not one["set"] and float(one["exposure"] or 0) > 0}
    assert found == {**LEFT_OPEN, **more}.keys()
