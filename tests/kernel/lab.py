"""The guest as a test uses it: sticks are plugged in, commands run, and the kernel is asked what it sees.

The clock of a guest that counts instructions stands still while no script runs, and races ahead while one waits for the
host. So output goes to the guest's memory first: a write to the share waits for the host.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.kernel import bundle, traffic
from tests.kernel.machine import Machine, Result
from tests.kernel.view import SCRIPT, Device, devices
from tests.kernel.wiring import Wiring

_EMPTY_BUS = "! compgen -G '/sys/bus/usb/devices/[1-9]*-[1-9]*' >/dev/null"
_RULE = "------ lab ------"
_MARK = "modeswitch test begins"

PRELUDE = f"""
cd /tmp/lab
export PYTHONPATH={bundle.FOLDER}:{bundle.LIBUSB}

# within SECONDS CONDITION: wait until it holds, at most so long. Its pause is a read that nothing answers, since a
# process for it would keep the guest busy.
exec 9<>never
within() {{
	local end=$((SECONDS + $1))
	until eval "$2"; do
		((SECONDS < end)) || {{ echo "after $1 s still not: $2" >&2; return 1; }}
		read -r -t 0.05 -u 9 || true
	done
}}

# background NAME COMMAND...: start it in a session of its own, with NAME.log and NAME.pid. bash lets what it starts in
# the background ignore Ctrl-C, and Python would take that over.
background() {{
	local name=$1
	shift
	: >$name.log  # emptied before anybody looks for a word in it
	setsid env --default-signal=INT,QUIT "$@" >$name.log 2>&1 &
	echo $! >$name.pid
}}

# ended NAME: is it? running NAME: is it still?
ended() {{ [ ! -e /proc/$(<$1.pid) ]; }}
running() {{ [ -e /proc/$(<$1.pid) ]; }}

# plug NAME STICK PORT OPTION...: plug it in, wait until the kernel has configured it and all its drivers are loaded.
plug() {{
	insert "$@" && place $3 >$1.at
	within 30 "grep -q attached $1.log || ended $1" && running $1 &&
		within 30 "[ -e /sys/bus/usb/devices/$(place $3):1.0/driver ]" && udevadm settle --timeout=30
}}

# terminate NAME: end it, and wait for its end; a stick's is that the kernel has seen it go from its port.
terminate() {{
	kill $(<$1.pid) && within 30 "ended $1" || return
	[[ $1 != stick* ]] || remove $1
	[[ ! -e $1.at ]] || within 30 "[ ! -e /sys/bus/usb/devices/$(<$1.at) ]"
}}
"""
"""What every script here begins with; before it come the words of the machine's wiring."""


both = pytest.mark.parametrize("lab", ["vhci", "xhci"], indirect=True)
"""A test that runs with either wiring: vhci_hcd's port, and that of QEMU's xHCI through usbredir."""
xhci = pytest.mark.parametrize("lab", ["xhci"], indirect=True)
"""A test that needs QEMU's controllers."""


class LabError(RuntimeError):
    """The guest did not come to be as a test needs it; the message says what it is instead."""


@dataclass(frozen=True)
class Ran:
    """What became of a script in the guest, and what the kernel saw when it had just ended (port -> device).

    Times are in seconds of the guest's clock.
    """

    status: int
    stdout: str
    stderr: str
    began: float
    ended: float
    view: Mapping[str, Device]

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.ended - self.began

    @property
    def device(self) -> Device:
        """What was at 1-1 when it had ended."""
        return self.view["1-1"]

    @property
    def events(self) -> list[dict[str, Any]]:
        """The JSON lines of a command that was given --json."""
        return [json.loads(line) for line in self.stdout.splitlines()]


class Lab:
    """One test's guest, from an empty bus to an empty bus."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    @property
    def wiring(self) -> Wiring:
        """How sticks come onto its buses."""
        return self._machine.wiring

    def begin(self) -> None:
        """Make sure that the code is there and the bus empty, and mark where the test's kernel messages begin."""
        self._machine.run("rm -rf /tmp/lab; mkdir -m 755 /tmp/lab; mkfifo /tmp/lab/never")
        self.sh(f"{bundle.INSTALL}; echo '{_MARK}' >/dev/kmsg; {_EMPTY_BUS}")

    def end(self) -> None:
        """Pull out every stick, end what the test started, and wait until the kernel has let go of all."""
        self.sh(
            "while read -r _ folder _; do [[ $folder != /tmp/lab/* ]] || umount $folder; done </proc/mounts\n"
            "shopt -s nullglob; for file in *.pid; do ! running ${file%.pid} || kill $(<$file); done\n"
            'for file in *.pid; do within 30 "ended ${file%.pid}"; done\n'
            "unwire\n"
            f'within 30 "{_EMPTY_BUS}" && udevadm settle --timeout=30'
        )

    def run(self, script: str, timeout: float = 180) -> Ran:
        """Run a script and say how it ended; ``timeout`` is of the host's clock."""
        result = self._script(
            f"began=$EPOCHREALTIME\n(\n{script}\n) >stdout 2>stderr\nstatus=$? ended=$EPOCHREALTIME\n"
            f"(\n{SCRIPT}\n) >view\n"
            f"cat stdout; cat stderr >&2; echo '{_RULE}'; cat view; echo '{_RULE}' $began $ended; exit $status",
            timeout,
        )
        stdout, seen, times = result.stdout.split(_RULE)
        began, ended = map(float, times.split())
        return Ran(result.status, stdout, result.stderr, began, ended, devices(seen))

    def sh(self, script: str, timeout: float = 180) -> str:
        """Run a script of which every command must succeed; its output."""
        result = self._script(
            f"(\nset -e\n{script}\n) >stdout 2>stderr; status=$?; cat stdout; cat stderr >&2; exit $status", timeout
        )
        if result.status != 0:
            raise LabError(f"{script}\nended with status {result.status}: {result.stderr}\n{self._account()}")
        return result.stdout

    def plug(self, words: str, port: int | str = 0, options: str = "") -> str:
        """Plug in a simulated stick and wait until its drivers are bound; returns its name for `terminate`.

        ``port`` is one of bus 1, from 0, or with QEMU's own controllers as the kernel calls it (``3-1``).
        """
        name = f"stick{port if isinstance(port, int) else 0}"
        self.sh(f"plug {name} {words} {port} {options}")
        return name

    def modeswitch(self, words: str, timeout: float = 180) -> Ran:
        """Run our command, and let udev finish what came of it."""
        return self.run(f"python3 -m modeswitch {words}\nstatus=$?; udevadm settle --timeout=30; exit $status", timeout)

    def view(self) -> Mapping[str, Device]:
        """Port -> device, as sysfs has it now."""
        return self.run("true").view

    def device(self, port: str = "1-1") -> Device:
        """The device at that port."""
        seen = self.view()
        if port not in seen:
            raise LabError(f"nothing at {port}\n{self._account()}")
        return seen[port]

    def dmesg(self) -> str:
        """The kernel's messages since the test began."""
        return self.sh("dmesg").rpartition(_MARK)[2]

    def record(self) -> None:
        """Record what goes over bus 1 from now on, until `recorded`."""
        recorder = f"{bundle.FOLDER}/usbmon.py"
        self.sh(
            f"rm -f usbmon.jsonl; background usbmon python3 {recorder} 1 usbmon.jsonl\n"
            "within 30 'grep -q recording usbmon.log'"
        )

    def recorded(self) -> list[traffic.Event]:
        """End the recording; what it holds."""
        return traffic.parse(self.sh("terminate usbmon && cat usbmon.jsonl"))

    def _script(self, script: str, timeout: float) -> Result:
        return self._machine.run(PRELUDE + self._machine.wiring.shell + script, timeout)

    def _account(self) -> str:
        """All that may tell why a test failed."""
        asked = "tail -n +1 /tmp/lab/*.log; ls -l /sys/bus/usb/devices | grep ' [0-9]*-[1-9]'; dmesg | tail -n 25"
        return self._machine.run(asked).stdout
