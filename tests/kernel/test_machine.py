"""Checks that the guest is what the other kernel tests take it for: Debian's kernel, udev, usb_modeswitch, Python."""

from __future__ import annotations

import time

import pytest

from tests.kernel.machine import GuestHung, Machine

pytestmark = pytest.mark.kernel


def test_kernel_is_debians(machine: Machine) -> None:
    result = machine.run("uname -rv")
    assert "-amd64 " in result.stdout
    assert "Debian" in result.stdout


def test_udevd_answers(machine: Machine) -> None:
    assert machine.run("udevadm control --ping --timeout=10").status == 0


def test_a_stick_can_be_attached_and_watched(machine: Machine) -> None:
    assert machine.run("test -w /sys/devices/platform/vhci_hcd.0/attach -a -c /dev/usbmon0").status == 0


@pytest.mark.parametrize("module", ["usb-storage", "sr_mod", "huawei_cdc_ncm", "option", "qmi_wwan", "isofs", "vfat"])
def test_drivers_load(machine: Machine, module: str) -> None:
    assert machine.run(f"modprobe {module}") == machine.run("true")


def test_debians_usb_modeswitch_runs_by_hand_only(machine: Machine) -> None:
    assert "Version 2.6.1" in machine.run("usb_modeswitch --version").stdout
    assert machine.run("readlink /etc/udev/rules.d/40-usb_modeswitch.rules").stdout == "/dev/null\n"
    dispatched = machine.run("usb_modeswitch_dispatcher --version")
    assert "shared libraries" not in dispatched.stderr


def test_python_has_what_a_switcher_needs(machine: Machine) -> None:
    script = "python3 -c 'import ctypes.util, json, socket, tomllib; print(ctypes.util.find_library(\"usb-1.0\"))'"
    assert machine.run(script).stdout == "libusb-1.0.so.0\n"


def test_a_result_is_complete(machine: Machine) -> None:
    result = machine.run("head -c 3000000 /dev/zero | tr '\\0' x; echo wrong >&2; pwd >&2; exit 7")
    assert (result.status, result.stderr) == (7, "wrong\n/root\n")
    assert result.stdout == "x" * 3_000_000


def test_the_guest_sees_new_content_at_once(machine: Machine) -> None:
    note = machine.share / "note"
    for text in ("first", "second and longer", "3rd"):
        note.write_text(text, encoding="utf-8")
        assert machine.run("cat /share/note").stdout == text


def test_its_clock_stands_still_while_no_script_runs(machine: Machine) -> None:
    before = float(machine.run("echo $EPOCHREALTIME").stdout)
    time.sleep(1)
    assert float(machine.run("echo $EPOCHREALTIME").stdout) - before < 10, "a minute and more where it races"


def test_the_buses_of_qemus_controllers(redirected: Machine) -> None:
    """Their numbers are part of every test behind them; the two halves of an xHCI's port know each other."""
    names = "for bus in 1 2 3 4; do readlink -f /sys/bus/usb/devices/usb$bus/../driver; done"
    drivers = [line.rpartition("/")[2] for line in redirected.run(names).stdout.splitlines()]
    assert drivers == ["xhci_hcd", "xhci_hcd", "ehci-pci", "uhci_hcd"]
    peer = redirected.run("readlink /sys/bus/usb/devices/1-0:1.0/usb1-port1/peer").stdout
    assert peer.endswith("/usb2-port1\n")


def test_background_processes_outlive_their_job(machine: Machine) -> None:
    assert machine.run("setsid sleep 1000 & echo $!", timeout=20).stdout.strip().isdigit()
    assert machine.run("pkill -x sleep").status == 0
    assert machine.run("pgrep -x sleep").status == 1


def test_a_job_that_hangs_is_reported_and_the_guest_boots_again(machine: Machine) -> None:
    with pytest.raises(GuestHung, match="so far so good"):
        machine.run("echo so far so good >&2; sleep infinity", timeout=2)
    assert not machine.running
    machine.restart()
    assert machine.run("echo again").stdout == "again\n"


def test_a_kernel_that_dies_is_reported(machine: Machine) -> None:
    with pytest.raises(GuestHung, match="sysrq triggered crash"):
        machine.run("echo c >/proc/sysrq-trigger")
