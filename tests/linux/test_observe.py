"""What is observed around a stick, and repairs through sysfs, on a made-up machine."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from modeswitch.errors import ModeswitchError, PermissionDenied, Refused, Unavailable
from modeswitch.linux import binding, programs, sysfs
from modeswitch.linux.binding import MODULE, Bind, Binder, Repair, Unbind
from modeswitch.linux.observe import Dynamic, Observed, dynamic_ids, observe
from modeswitch.usb.descriptors import UsbId
from tests.support.machine_tree import SEED, Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path)
    made.stick(*SEED, bound=("option", "option"))
    return made


def seen(machine: Machine, may: Callable[[str, int], bool] = lambda _node, _how: True) -> Observed:
    usb_device = sysfs.look(str(machine.sys), "1-1")
    assert usb_device is not None
    return observe(usb_device, ("/dev/ttyUSB0", "/dev/ttyUSB1"), machine.roots, may)


def test_a_machine_with_nothing_special(machine: Machine) -> None:
    found = seen(machine)
    assert found == Observed(
        kernel="6.1.0-test", authorized=True, loaded=frozenset({"option"}), denied=(), holders=(), running=()
    )


def test_no_machine_at_all(tmp_path: Path, machine: Machine) -> None:
    usb_device = sysfs.look(str(machine.sys), "1-1")
    assert usb_device is not None
    empty = Machine(tmp_path / "empty")
    assert observe(usb_device, (), empty.roots) == Observed(kernel="6.1.0-test")


def test_dynamic_ids(machine: Machine) -> None:
    machine.dynamic("option1")
    machine.dynamic("qmi_wwan", bus="usb")
    machine.dynamic("cdc_ether", "1234:5678", bus="usb")
    assert [(one.driver, one.removable) for one in seen(machine).dynamic] == [("qmi_wwan", True), ("option", False)]
    assert len(dynamic_ids(str(machine.sys))) == 3


@pytest.mark.parametrize(
    ("text", "count"), [("12d1 1506\n12d1 155e\n", 2), ("12d1 1506 ff\n", 1), ("", 0), ("\xff\x00 12d1\nnonsense", 0)]
)
def test_the_forms_of_new_id(machine: Machine, text: str, count: int) -> None:
    (machine.driver("option1", "usb-serial") / "new_id").write_text(text, "latin-1")
    assert len(dynamic_ids(str(machine.sys))) == count


def test_programs(machine: Machine) -> None:
    machine.program(50, "ModemManager", "/dev/null", f"{machine.dev}/ttyUSB1")
    machine.program(51, "usbguard-daemon")
    machine.program(52, "qemu\x1b[31m", f"{machine.dev}/bus/usb/001/005")
    found = seen(machine)
    assert found.running == ("ModemManager", "usbguard-daemon")
    assert [(node.rpartition("/")[2], who) for node, who in found.holders] == [
        ("ttyUSB1", "ModemManager (50)"),
        ("005", "qemu\\x1b[31m (52)"),
    ]


def test_permissions(machine: Machine) -> None:
    found = seen(machine, lambda node, _how: "bus/usb" in node)
    assert [Path(node).name for node in found.denied] == ["ttyUSB0", "ttyUSB1"]


def test_authorized(machine: Machine) -> None:
    (machine.sys / "bus/usb/devices/1-1/authorized").write_text("0\n")
    assert seen(machine).authorized is False


def test_blocked_interfaces(machine: Machine) -> None:
    for name, text in (("1-1:1.0", "1"), ("1-1:1.1", "0"), ("1-1:1.x", "0"), ("1-1:2.3", "0"), ("1-11:1.4", "0")):
        folder = machine.sys / "bus/usb/devices" / name
        folder.mkdir(exist_ok=True)
        (folder / "authorized").write_text(text + "\n")
    assert seen(machine).blocked == (1,)


THEIRS = "lib/udev/rules.d/40-usb_modeswitch.rules"
MASK = "etc/udev/rules.d/40-usb_modeswitch.rules"
OURS = "etc/udev/rules.d/59-modeswitch.rules"
WANTS = 'ENV{SYSTEMD_WANTS}+="modeswitch.service"\n'
TAKES = 'ENV{DEVTYPE}=="usb_interface", ENV{PRODUCT}=="12d1/1f01/*", RUN="/bin/true"\n'


@pytest.mark.parametrize(
    ("files", "usb_modeswitch", "modeswitch", "replaces"),
    [
        ({}, False, False, False),
        ({THEIRS: "# rules"}, True, False, False),
        ({THEIRS: "# rules", MASK: None}, False, False, False),
        ({THEIRS: "# rules", "etc/usb_modeswitch.conf": "# x\nDisableSwitching=1\n"}, False, False, False),
        ({THEIRS: "# rules", "etc/usb_modeswitch.conf": "#DisableSwitching=1\n"}, True, False, False),
        ({OURS: WANTS}, False, True, False),
        ({OURS: f"# {WANTS}"}, False, False, False),
        ({THEIRS: "", OURS: WANTS + TAKES}, True, True, True),
        ({"etc/udev/rules.d/70-modeswitch.rules": 'RUN+="python3 -I -m modeswitch %k"'}, False, True, False),
    ],
)
def test_rules(
    machine: Machine, files: dict[str, str | None], usb_modeswitch: bool, modeswitch: bool, replaces: bool
) -> None:
    for name, text in files.items():
        path = machine.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            path.symlink_to("/dev/null")
        else:
            path.write_text(text)
    found = seen(machine)
    assert (found.usb_modeswitch, found.modeswitch) == (usb_modeswitch, modeswitch)
    assert found.replaces_usb_modeswitch == replaces


@pytest.mark.parametrize(
    ("text", "system"), [("ID=openwrt\n", "openwrt"), ('NAME="X"\nID="ubuntu"\n', "ubuntu"), ("ID=\x1b", ""), ("", "")]
)
def test_the_distribution(machine: Machine, text: str, system: str) -> None:
    (machine.root / "etc").mkdir()
    (machine.root / "etc/os-release").write_text(text)
    assert seen(machine).system == system


def test_usbmode(machine: Machine) -> None:
    (machine.root / "etc/init.d").mkdir(parents=True)
    (machine.root / "etc/init.d/usbmode").touch()
    assert seen(machine).usbmode


# Repairs.


class Bench:
    """A binder on a made-up machine, whose kernel does what is written."""

    def __init__(self, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
        self.machine = machine
        self.told: list[str] = []
        monkeypatch.setattr(binding, "write_attribute", machine.write)
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        self.binder = Binder(self.told.append, str(machine.sys), str(machine.proc), machine.modprobe)


@pytest.fixture
def bench(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(machine, monkeypatch)


UNBIND = Unbind("1-1:1.1", "option", "/dev/ttyUSB1")
BIND = Bind("1-1:1.1", ("huawei_cdc_ncm",))
SEED_REPAIR = Repair("1-1", (UNBIND,), (), (BIND,))


def stale(machine: Machine, *, serial: bool = True) -> Dynamic:
    bus, name = ("usb-serial", "option1") if serial else ("usb", "qmi_wwan")
    machine.dynamic(name, bus=bus)
    (found,) = dynamic_ids(str(machine.sys))
    assert found.id == UsbId.parse("12d1:1506")
    return found


def test_the_seed_is_repaired(bench: Bench) -> None:
    bench.binder.repair(SEED_REPAIR)
    assert bench.machine.wrote == ["option/unbind 1-1:1.1", "huawei_cdc_ncm/bind 1-1:1.1"]
    assert bench.machine.ran == ["huawei_cdc_ncm"]
    assert bench.machine.bound("1-1:1.1") == "huawei_cdc_ncm"
    assert bench.machine.bound("1-1:1.0") == "option"
    assert bench.told == [
        "unbinding option from 1-1:1.1",
        "loading huawei_cdc_ncm",
        "binding huawei_cdc_ncm to 1-1:1.1",
    ]


def test_a_driver_that_is_loaded_is_not_loaded_again(bench: Bench) -> None:
    bench.machine.driver("huawei_cdc_ncm")
    bench.binder.repair(SEED_REPAIR)
    assert bench.machine.ran == []


def test_a_driver_that_takes_it_by_itself_is_not_bound_again(bench: Bench) -> None:
    def load(*words: str) -> str:
        bench.machine.bind("1-1:1.1", words[-1])
        return ""

    Binder(bench.told.append, str(bench.machine.sys), str(bench.machine.proc), load).repair(SEED_REPAIR)
    assert bench.machine.wrote == ["option/unbind 1-1:1.1"]


def test_a_removable_id_is_removed(bench: Bench) -> None:
    bench.binder.repair(SEED_REPAIR._replace(stale=(stale(bench.machine, serial=False),)))
    assert "qmi_wwan/remove_id 12d1 1506" in bench.machine.wrote
    assert dynamic_ids(str(bench.machine.sys)) == []


def test_an_id_of_usb_serial_goes_with_its_module(bench: Bench) -> None:
    bench.binder.repair(SEED_REPAIR._replace(stale=(stale(bench.machine),)))
    assert bench.machine.ran == ["-r option", "option", "huawei_cdc_ncm"]
    assert dynamic_ids(str(bench.machine.sys)) == []
    assert "loading option anew, which forgets the id 12d1:1506" in bench.told


def test_a_module_that_drives_another_stick_is_not_unloaded(bench: Bench) -> None:
    bench.machine.stick("ff/03/12", port="1-2", bound=("option",))
    bench.binder.repair(SEED_REPAIR._replace(stale=(stale(bench.machine),)))
    assert bench.machine.ran == ["huawei_cdc_ncm"]
    assert any("it drives 1-2, too" in line for line in bench.told)
    assert bench.machine.bound("1-1:1.1") == "huawei_cdc_ncm"


def test_a_module_whose_other_port_is_open_is_not_unloaded(bench: Bench) -> None:
    bench.machine.program(60, "pppd", "/dev/ttyUSB0")
    bench.binder.repair(SEED_REPAIR._replace(stale=(stale(bench.machine),)))
    assert any("/dev/ttyUSB0 is open in pppd (60)" in line for line in bench.told)
    assert bench.machine.ran == ["huawei_cdc_ncm"]


@pytest.mark.parametrize(
    ("repair", "phrase"),
    [
        (SEED_REPAIR, "/dev/ttyUSB1 is open in ModemManager (70)"),
        (Repair("1-1", (Unbind("1-1:1.1", "cdc_ether", "", ("wwan0",)),)), "the network interface wwan0 is up"),
        (Repair("1-1", (Unbind("1-1:1.2", "usb-storage"),)), "storage, which is never touched"),
    ],
)
def test_what_is_in_use_is_refused_and_nothing_is_done(bench: Bench, repair: Repair, phrase: str) -> None:
    bench.machine.program(70, "ModemManager", "/dev/ttyUSB1")
    bench.machine.network("1-1:1.1", "wwan0", "0x1003")
    with pytest.raises(Refused, match="nothing was changed") as raised:
        bench.binder.repair(repair)
    assert phrase in raised.value.message
    assert bench.machine.wrote == []
    assert bench.told == []


def test_a_network_that_is_down_is_not_in_use(bench: Bench) -> None:
    bench.machine.network("1-1:1.1", "wwan0")
    bench.binder.repair(Repair("1-1", (Unbind("1-1:1.1", "option", "", ("wwan0",)),), (), (BIND,)))
    assert bench.machine.bound("1-1:1.1") == "huawei_cdc_ncm"


def test_a_driver_that_declines_gives_the_old_one_back(bench: Bench) -> None:
    bench.machine.declines.add("huawei_cdc_ncm")
    with pytest.raises(Unavailable, match=r"huawei_cdc_ncm did not take 1-1:1\.1"):
        bench.binder.repair(SEED_REPAIR)
    assert bench.machine.bound("1-1:1.1") == "option"
    assert bench.told[-1] == "binding option to 1-1:1.1 again, as it was"


def test_a_module_that_cannot_be_loaded_gives_the_old_one_back(bench: Bench) -> None:
    with pytest.raises(Unavailable, match="FATAL: Module cdc_mbim not found"):
        bench.binder.repair(SEED_REPAIR._replace(bind=(Bind("1-1:1.1", ("cdc_mbim",)),)))
    assert bench.machine.bound("1-1:1.1") == "option"


@pytest.mark.parametrize("name", ["-r option", "a;b", "../x", "Ünmodule", "x" * 61, "", "--remove", "a b"])
def test_what_is_no_module_is_never_given_to_modprobe(bench: Bench, name: str) -> None:
    assert not MODULE.fullmatch(name)
    with pytest.raises(Unavailable):
        bench.binder.repair(SEED_REPAIR._replace(bind=(Bind("1-1:1.1", (name,)),)))
    assert bench.machine.ran == []
    assert bench.machine.bound("1-1:1.1") == "option"


def test_without_root_nothing_is_loaded(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(PermissionDenied, match="only root may"):
        bench.binder.repair(SEED_REPAIR)
    assert bench.machine.ran == []
    assert bench.machine.bound("1-1:1.1") == "option"


@pytest.mark.parametrize(("error", "kind"), [(13, PermissionDenied), (1, PermissionDenied), (19, Unavailable)])
def test_what_sysfs_refuses(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, error: int, kind: type[ModeswitchError]
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(binding, "write_attribute", refuse)
    with pytest.raises(kind) as raised:
        Binder(lambda _line: None, str(machine.sys), str(machine.proc), machine.modprobe).repair(SEED_REPAIR)
    assert raised.value.status == (7 if kind is PermissionDenied else 1)


def test_modprobe_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(programs, "PATH", str(tmp_path))
    assert "modprobe" in binding.modprobe("huawei_cdc_ncm")
    tool = tmp_path / "modprobe"
    tool.write_text('#!/bin/sh\n[ "$1" = good ] && exit 0\necho "FATAL: $1" >&2\nexit 1\n')
    tool.chmod(0o755)
    assert binding.modprobe("good") == ""
    assert binding.modprobe("bad") == "FATAL: bad"


def test_what_usb_storage_was_told_to_do_otherwise(machine: Machine) -> None:
    assert seen(machine).quirks == ""
    folder = machine.sys / "module/usb_storage/parameters"
    folder.mkdir(parents=True)
    (folder / "quirks").write_text("12d1:1f01:s\x1b,0bc2:2312:u\n")
    assert seen(machine).quirks == "12d1:1f01:s\\x1b,0bc2:2312:u"
