"""A made-up machine that commands take for this one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from modeswitch.linux import binding, modules
from modeswitch.linux.bus import LinuxBus
from tests.support.machine_tree import Machine

KERNEL = os.uname_result(("Linux", "machine", "6.1.0-test", "#1", "x86_64"))


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine that commands take for this one; nothing is plugged in."""
    made = Machine(tmp_path / "machine")
    of_this_host = modules.of_this_host
    monkeypatch.setattr("modeswitch.host.default", lambda: LinuxBus(str(made.sys)))
    monkeypatch.setattr("modeswitch.cli.doctor.ROOTS", made.roots)
    monkeypatch.setattr("os.uname", lambda: KERNEL)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(modules, "of_this_host", lambda sys: of_this_host(sys, str(made.modules.parent)))
    monkeypatch.setattr(binding, "write_attribute", made.write)
    monkeypatch.setattr(binding, "modprobe", made.modprobe)
    return made
