"""The library as people use it: what each call takes and gives, what completion and type checkers see."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

import modeswitch
from modeswitch.modem.roles import GOALS, MODES
from tests.support.said import Command

NCM = "e3372h-153,wakes=linux"


def test_a_device_may_be_named_in_every_way() -> None:
    bus = modeswitch.simulated("e3372h")
    (device,) = modeswitch.devices(bus=bus)
    for named in ("1-1", "12d1:1f01", device, device.port, device.id):
        assert modeswitch.plan(named, "ncm", bus=bus)[0].to[0] == "ncm"
    with modeswitch.Session("1-1", bus=bus) as session:
        assert modeswitch.plan(session, "ncm")[0].to[0] == "ncm"


def test_several_jobs_in_one_session() -> None:
    bus = modeswitch.simulated("e3372h-153")
    with modeswitch.Session("12d1:14fe", bus=bus) as session:
        assert modeswitch.switch(session, "ncm").mode == "ncm"
        line = modeswitch.connect(session, "internet")
        assert (line.networks, line.device.mode) == (("wwan0",), "ncm")
        assert modeswitch.status(session).up is True
        assert modeswitch.disconnect(session) is True
        assert session.device.mode == "ncm"


def test_what_a_switch_gives() -> None:
    bus = modeswitch.simulated("e3372h")
    result = modeswitch.switch("12d1:1f01", to="ncm", bus=bus)
    assert (str(result.port), str(result.id), result.mode) == ("1-1", "12d1:155e", "ncm")
    assert (result.result, result.before.mode) == ("switched", "mass-storage")
    assert result.device.port == result.port
    assert result.device.networks == ("wwan0",)
    assert 0 < result.seconds < 20
    again = modeswitch.switch("1-1", to="ncm", bus=bus)
    assert (again.result, again.taken, again.seconds) == ("already", (), 0.0)


def test_what_a_device_tells() -> None:
    (device,) = modeswitch.devices(bus=modeswitch.simulated(NCM))
    assert (str(device.port), str(device.id), device.mode) == ("1-1", "12d1:1506", "ncm")
    assert device.networks == ("wwan0",)
    assert set(device.drivers) == {interface.number for interface in device.interfaces}
    assert device.profile is not None
    assert device.names
    assert device.at_port == ""
    assert [interface.role for interface in device.interfaces][:3] == ["pcui", "modem", "ncm"]


def test_a_device_as_plain_values_is_what_the_command_prints(command: Command) -> None:
    (printed,) = command("list", "--json", sticks=(NCM,)).events
    (device,) = modeswitch.devices(bus=modeswitch.simulated(NCM))
    stands = {"wants", "lines", "age", "switched", "away", "failures", "failed", "failure"}
    assert {"event": "device", **device.to_dict()} == {name: printed[name] for name in printed.keys() - stands}
    assert stands < printed.keys()
    assert json.loads(json.dumps(device.to_dict())) == device.to_dict()


def test_find_gives_what_fits() -> None:
    bus = modeswitch.simulated("e3372h", "e3372h", NCM)
    assert [str(device.port) for device in modeswitch.find("12d1:1f01", bus=bus)] == ["1-1", "1-2"]
    assert modeswitch.find("1-3", bus=bus)[0].networks == ("wwan0",)
    with pytest.raises(modeswitch.NoDevice):
        modeswitch.find("1-9", bus=bus)


def test_an_error_says_which_stick() -> None:
    with pytest.raises(modeswitch.NoWay) as raised:
        modeswitch.connect("1-1", "internet", bus=modeswitch.simulated("e3372h"))
    assert (raised.value.port, raised.value.id, raised.value.mode) == ("1-1", "12d1:1f01", "mass-storage")


@pytest.mark.parametrize("call", [modeswitch.switch, modeswitch.plan])
def test_a_mode_that_is_none_is_refused(call: object) -> None:
    with pytest.raises(modeswitch.UsageError, match="not a mode that can be asked for"):
        call("1-1", to="modem", bus=modeswitch.simulated("e3372h"))  # type: ignore[operator]


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), 86401])
def test_a_time_that_is_none_is_refused(timeout: float) -> None:
    with pytest.raises(modeswitch.UsageError, match="not a time in seconds"):
        modeswitch.switch("1-1", timeout=timeout, bus=modeswitch.simulated("e3372h"))


def test_ports_are_read_written_and_put_back(tmp_path: Path) -> None:
    bus, state = modeswitch.simulated(NCM), str(tmp_path)
    before = modeswitch.ports("1-1", bus=bus).list
    after = modeswitch.write_ports("1-1", "FF;12,1", state=state, bus=bus)
    assert after.mode == "stick"
    assert list(tmp_path.glob("*.toml"))  # the old list is kept there
    assert str(modeswitch.ports("1-1", bus=bus).list) == "FF;12,1"
    assert [saved.value for saved in modeswitch.restore("1-1", state=state, bus=bus)] == [str(before)]
    assert modeswitch.devices(bus=bus)[0].mode == "mass-storage"


def test_a_stick_is_restarted() -> None:
    bus = modeswitch.simulated(NCM)
    (before,) = modeswitch.devices(bus=bus)
    done = modeswitch.restart("1-1", bus=bus)
    assert isinstance(done, modeswitch.Restarted)
    assert (done.device.mode, done.device.networks) == ("ncm", ("wwan0",))
    assert done.device.usb.address != before.usb.address
    assert "AT^RESET" in done.by
    assert 0 < done.away <= done.seconds
    with modeswitch.Session("1-1", bus=bus) as session:
        assert modeswitch.restart(session).device.mode == "ncm"
        assert session.device.mode == "ncm"
    with pytest.raises(modeswitch.NoWay, match="cannot be restarted"):
        modeswitch.restart("1-1", bus=modeswitch.simulated("e3372h"))


def test_a_stick_is_diagnosed() -> None:
    bus = modeswitch.simulated("e3372h", NCM)
    (one,) = modeswitch.diagnose("1-1", bus=bus)
    assert (one.target, one.device.mode) == ("1-1", "mass-storage")
    assert any("modeswitch 1-1 --to" in command for finding in one.findings for command in finding.commands)
    assert [one.target for one in modeswitch.diagnose(bus=bus)] == ["1-1", "1-2"]
    with modeswitch.Session("1-2", bus=bus) as session:
        assert modeswitch.diagnose(session)[0].device.mode == "ncm"


@pytest.mark.parametrize("text", ["Bus 001 Device 005: ID 12d1:1f01 Huawei", b"Bus 001 Device 005: ID 12d1:1f01 \xff"])
def test_a_text_is_diagnosed(text: str | bytes) -> None:
    (one,) = modeswitch.diagnose(text=text)
    assert str(one.device.id) == "12d1:1f01"
    assert modeswitch.diagnose(text="nothing of the kind") == []


@pytest.mark.parametrize(
    "call", [modeswitch.switch, modeswitch.plan, modeswitch.status, modeswitch.restart, modeswitch.diagnose]
)
def test_a_session_is_used_within_its_block_only(call: Callable[..., object]) -> None:
    session = modeswitch.Session("1-1", bus=modeswitch.simulated("e3372h"))
    with pytest.raises(modeswitch.UsageError, match="holds no stick"):
        call(session)
    with session:
        assert session.held
    with pytest.raises(modeswitch.UsageError, match="holds no stick"):
        call(session)


@pytest.mark.parametrize(
    "given",
    [{"timeout": 5}, {"unmount": True}, {"take": True}, {"port": "1-1"}, {"state": "folder"}, {"on_event": print}],
    ids=lambda given: next(iter(given)),
)
def test_what_a_session_has_itself_is_not_given_beside_it(given: dict[str, Any]) -> None:
    bus = modeswitch.simulated("e3372h")
    with modeswitch.Session("1-1", bus=bus) as session:
        with pytest.raises(modeswitch.UsageError, match="its own"):
            modeswitch.switch(session, "ncm", **given)
        assert modeswitch.devices(bus=bus)[0].mode == "mass-storage"
        assert modeswitch.switch(session, "ncm").mode == "ncm"


# Simulated sticks, for other people's tests.


def test_simulated_sticks_have_ports_of_their_own_and_time_that_costs_nothing() -> None:
    bus = modeswitch.simulated("e3372h", "e3372h@2-1", "e3372h,back=never")
    assert [str(device.port) for device in modeswitch.devices(bus=bus)] == ["1-1", "1-3", "2-1"]
    began = bus.now()
    with pytest.raises(modeswitch.NotBack):
        modeswitch.switch("1-3", timeout=300, bus=bus)
    assert bus.now() - began >= 300


def test_a_simulated_stick_that_no_model_is() -> None:
    with pytest.raises(modeswitch.UsageError, match="'e9999' is no simulated stick"):
        modeswitch.simulated("e9999")


def test_pytest_finds_the_fixture(tmp_path: Path) -> None:
    (tmp_path / "test_theirs.py").write_text(
        "import modeswitch\n"
        "def test_it(simulated_sticks):\n"
        "    bus = simulated_sticks('e3372h')\n"
        "    assert modeswitch.switch('12d1:1f01', to='ncm', bus=bus).mode == 'ncm'\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "1 passed" in done.stdout, done.stdout + done.stderr


# What completion, help and type checkers see.


def test_completion_sees_every_name() -> None:
    assert set(modeswitch.__all__) <= set(dir(modeswitch))


@pytest.mark.parametrize(
    "name", ["switch", "connect", "status", "restart", "devices", "find", "plan", "diagnose", "ports"]
)
def test_help_says_what_a_call_takes(name: str) -> None:
    call = getattr(modeswitch, name)
    assert inspect.getdoc(call)
    assert "bus" in inspect.signature(call).parameters


def test_the_types_of_modes_are_the_modes() -> None:
    assert get_args(modeswitch.Mode) == tuple(MODES)
    assert get_args(modeswitch.Goal) == GOALS


def what_type_checkers_take(on_event: Callable[..., None]) -> None:
    """Never called: ``mypy --strict`` reads it, and complains of an ignored error that it does not find."""
    result = modeswitch.switch("12d1:1f01", to="ncm", on_event=on_event)
    port: modeswitch.Port = result.port
    mode: str | None = result.mode
    networks: tuple[str, ...] = result.device.networks
    try:
        modeswitch.status(port)
    except modeswitch.ModeswitchError as error:
        where: str | None = error.port
        print(mode, networks, where)
    modeswitch.swtich("12d1:1f01")  # type: ignore[attr-defined]
    modeswitch.switch("12d1:1f01", to="modem")  # type: ignore[arg-type]
