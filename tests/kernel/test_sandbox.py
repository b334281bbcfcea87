"""The service's sandbox: what it is given is needed, each thing by itself, and what it is not given it cannot reach."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pytest

from modeswitch.service import units
from tests.kernel.lab import Lab, Ran
from tests.kernel.test_service import INSTALL, JOURNAL, policy

pytestmark = pytest.mark.kernel

FOLDER = "/etc/systemd/system/modeswitch.service.d"
CALMLY = """
# woken PROCESS: how often it has woken up by itself.
woken() {
	sed -n 's/^voluntary_ctxt_switches:\t*//p' /proc/$1/status
}

# calmly SECONDS CONDITION: wait until it holds, at most so long; where it never does a look a second is enough.
calmly() {
	local end=$((SECONDS + $1))
	until eval "$2"; do
		((SECONDS < end)) || return 1
		sleep 1
	done
}
"""
IN_NCM = "grep -qs 155e /sys/bus/usb/devices/1-1/idProduct"


class Job(NamedTuple):
    """What the service is given to do: a policy, sticks in the guest's shell, and the shell's word for success.

    ``more`` are lines of the unit that its owner adds.
    """

    wanted: str
    sticks: str
    done: str
    more: str = ""


SWITCH = Job(
    '[default]\nto = "ncm"',
    "background stick0 python3 -m modeswitch.sim e3372h,sunny --vhci-port 0",
    f"calmly 12 '{IN_NCM}' && [ $(systemctl is-active modeswitch) = active ]",
)
"""A stick that wakes up as storage, and a service that has told systemd that it is ready."""
QUIETLY = Job(
    SWITCH.wanted,
    SWITCH.sticks,
    f"{SWITCH.done} && sleep 3 && process=$(systemctl show -P MainPID modeswitch) &&"
    " before=$(woken $process) && sleep 5 && (($(woken $process) - before < 20))",
)
"""The same, and nothing to do afterwards: it waits for an event, and does not look again and again."""
WITHOUT_NCM = r"background stick0 python3 -m modeswitch.sim e3372h-153,sunny,boots=0,ports=A1+A2\;12+1 --vhci-port 0"
OVER_AT = Job(SWITCH.wanted, f"modprobe option; {WITHOUT_NCM}", f"calmly 20 '{IN_NCM}'")
"""A stick that comes back without NCM: AT^RESET sends it back to storage, where there is another way."""
FIRST_OVER_AT = Job(
    SWITCH.wanted,
    f"modprobe -r option usb_wwan usbserial; systemctl start modeswitch; {WITHOUT_NCM}",
    OVER_AT.done,
)
"""The first such stick since the boot: the service is there before the driver of its ttys."""
BY_PAGE = Job(
    '[default]\nto = "ncm"\nalways = true',
    "plug stick0 e3372h,sunny,wakes=ecm 0 --network && systemctl start modeswitch",
    f"calmly 25 '{IN_NCM}'",
)
"""A router that its web page sends back to storage; nobody has given its network interface an address."""
BY_WDM = Job(
    '[default]\nto = "ncm"\napn = "internet"',
    "plug stick0 e3372h-153,sunny,boots=0,wakes=linux,at=wdmonly 0 --network && systemctl start modeswitch",
    "calmly 40 'grep -q started stick0.log'",
)
"""A line of a stick that hears AT on its cdc-wdm alone; its network starts to serve once the line is up."""
WITH_PROGRAM = Job(
    '[default]\nto = "ncm"\nrun = ["/bin/touch", "/run/modeswitch/ran"]',
    SWITCH.sticks,
    "calmly 15 '[ -e /run/modeswitch/ran ]'",
)
"""A program, which talks by pipes, as ModemManager's mmcli would; without D-Bus it is the service's own child."""
WITH_FIGURES = Job(
    SWITCH.wanted,
    SWITCH.sticks,
    "calmly 15 'grep -qs switch /run/modeswitch/figures.prom'",
    "ExecStart=\nExecStart=/usr/bin/python3 -I -m modeswitch watch --metrics /run/modeswitch/figures.prom",
)
"""Figures in a file, which is whole at any moment."""
JOBS = {
    "a switch": SWITCH,
    "quietly": QUIETLY,
    "over AT": OVER_AT,
    "over AT, the first one": FIRST_OVER_AT,
    "by the web page": BY_PAGE,
    "by cdc-wdm": BY_WDM,
    "with a program": WITH_PROGRAM,
    "with figures": WITH_FIGURES,
}


def less(*lines: str) -> str:
    """Script: the unit with those lines after its own, until the script ends."""
    text = "\n".join(lines)
    return (
        f"trap 'rm -rf {FOLDER}; systemctl daemon-reload' EXIT\n"
        f"mkdir -p {FOLDER}; cat >{FOLDER}/less.conf <<'end'\n[Service]\n{text}\nend\nsystemctl daemon-reload\n"
    )


def do(lab: Lab, job: Job, taken: str = "", after: str = "true") -> Ran:
    """Let the service do a job; the status is that of the job, the output what ``after`` and the journal say."""
    return lab.run(
        f"{CALMLY}{policy(job.wanted)}{INSTALL}{less(job.more, taken)}{job.sticks} || exit 9\n"
        f"{job.done}; status=$?; {after}\n{JOURNAL}; exit $status",
        timeout=400,
    )


def anew(key: str, *values: str) -> str:
    """Lines of a unit that set a list to those values alone."""
    return "\n".join((f"{key}=", *(f"{key}={value}" for value in values)))


@pytest.mark.parametrize("job", JOBS)
def test_the_service_does_it_with_what_it_has(service: Lab, job: str) -> None:
    ran = do(service, JOBS[job])
    assert ran.status == 0, ran.stdout + ran.stderr


GIVEN: Mapping[str, tuple[Job, str]] = {
    "DeviceAllow=char-usb_device rw": (SWITCH, anew("DeviceAllow", "char-188 rw")),
    "DeviceAllow=char-188 rw": (OVER_AT, anew("DeviceAllow", "char-usb_device rw")),
    "DeviceAllow=char-usb rw": (BY_WDM, anew("DeviceAllow", "char-usb_device rw", "char-188 rw")),
    "AF_UNIX": (SWITCH, anew("RestrictAddressFamilies", "AF_NETLINK")),
    "AF_NETLINK": (QUIETLY, anew("RestrictAddressFamilies", "AF_UNIX")),
    "AF_INET": (BY_PAGE, anew("RestrictAddressFamilies", "AF_UNIX AF_NETLINK")),
    "IPAddressAllow=192.168.0.0/16": (BY_PAGE, anew("IPAddressAllow")),
    "CAP_NET_ADMIN": (BY_PAGE, anew("CapabilityBoundingSet")),
}
"""What a unit gives → the job that needs it, the unit's lines without it."""
FOLDERS = ("RuntimeDirectory=modeswitch", "RuntimeDirectoryPreserve=yes")
"""What a unit gives of folders."""
CALLS: Mapping[str, Job] = {
    **dict.fromkeys(("@basic-io", "@file-system", "@io-event", "@network-io", "@process", "@signal", "@timer"), SWITCH),
    "@ipc": WITH_PROGRAM,
}
"""Each group of system calls that is not forbidden → a job that needs it."""
SETS_OF_GROUPS = {"@default", "@known", "@system-service"}
"""What systemd needs itself, and groups of groups.  Ref: systemd.exec(5), SystemCallFilter=."""
TAKE_RIGHTS = {"@sandbox"}
"""By these a process only takes rights from itself, as xz does where a policy's program runs it.  systemd 252 has no
name for them.  Ref: landlock(7), seccomp(2)."""


@pytest.mark.parametrize("given", GIVEN)
def test_without_it_the_job_is_not_done(service: Lab, given: str) -> None:
    job, taken = GIVEN[given]
    ran = do(service, job, taken)
    assert ran.status == 1, ran.stdout + ran.stderr


def test_nothing_is_given_that_is_not_tried_here() -> None:
    keys = ("DeviceAllow", "RestrictAddressFamilies", "IPAddressAllow", "CapabilityBoundingSet", "ReadWritePaths")
    unit = units.service_unit("/usr/bin/python3", network=True).splitlines()
    lists = {"RestrictAddressFamilies", "CapabilityBoundingSet"}
    given = {
        word
        for key, _, value in (line.partition("=") for line in unit)
        if key in keys or key.endswith(("Directory", "DirectoryPreserve"))
        for word in (value.split() if key in lists else [f"{key}={value}"])
    }
    assert given == {*GIVEN, *FOLDERS}


@pytest.mark.parametrize("calls", CALLS)
def test_without_these_calls_the_job_is_not_done(service: Lab, calls: str) -> None:
    ran = do(service, CALLS[calls], f"SystemCallFilter=~{calls}")
    assert ran.status == 1, ran.stdout + ran.stderr


def test_every_other_group_of_calls_is_forbidden(service: Lab) -> None:
    there = set(service.sh("systemd-analyze syscall-filter --no-pager | grep '^@'").split())
    lines = [line for line in units.SANDBOX.splitlines() if line.startswith("SystemCallFilter=~")]
    forbidden = {word for line in lines for word in line.partition("~")[2].split()}
    assert there - forbidden - SETS_OF_GROUPS - TAKE_RIGHTS == set(CALLS)


@pytest.mark.parametrize("folder", FOLDERS)
def test_without_it_a_stick_that_flaps_is_not_known(service: Lab, folder: str) -> None:
    """How often a stick was switched is in a file there, as are the locks; it must outlast the service."""
    look = "systemctl stop modeswitch; ls /run/modeswitch"
    assert "1-1.starts\n" in do(service, SWITCH, after=look).stdout
    service.end()
    service.sh("rm -r /run/modeswitch")
    key, _, _ = folder.partition("=")
    ran = do(service, SWITCH, f"{key}=" if key == "RuntimeDirectory" else f"{key}=no", look)
    assert "1-1.starts\n" not in ran.stdout


PROBE = r"""
import ctypes, errno, os, socket, sys

def tried(what, *words):
    try:
        result = what(*words)
    except OSError as error:
        return errno.errorcode[error.errno]
    if isinstance(result, int):
        os.close(result)
    return "done"

def write(path):
    return tried(os.open, path, os.O_WRONLY | os.O_CREAT | os.O_NONBLOCK, 0o600)

def send(address):
    with socket.socket(type=socket.SOCK_DGRAM) as one:
        one.sendto(b"x", (address, 9))

def called(number):
    child = os.fork()
    if not child:
        ctypes.CDLL(None).syscall(number, 0, 0, 0, 0, 0)
        os._exit(0)
    return os.WTERMSIG(os.waitpid(child, 0)[1])

sys.stdout.reconfigure(line_buffering=True)
for folder in ("/run/modeswitch", "/run", "/var/lib", "/var/log", "/etc", "/usr", "/root", "/home"):
    print("write", folder, write(f"{folder}/probe"))
for path in ("/proc/sys/kernel/hostname", "/sys/bus/usb/drivers_probe", "/sys/bus/usb/devices/1-1/authorized"):
    print("write", path, write(path))
for name in sys.argv[1:]:
    print("open", name, tried(os.open, name, os.O_RDONLY | os.O_NONBLOCK))
for family, kind in (("AF_INET", "SOCK_DGRAM"), ("AF_INET6", "SOCK_DGRAM"), ("AF_PACKET", "SOCK_RAW")):
    print("socket", family, tried(lambda: socket.socket(getattr(socket, family), getattr(socket, kind)).detach()))
for address in ("192.168.8.1", "10.64.64.1"):
    print("send", address, tried(send, address))
for name, number in (("ptrace", 101), ("mount", 165), ("init_module", 175), ("bpf", 321), ("io_uring_setup", 425)):
    print("call", name, called(number))
print("capabilities", *(line.split()[1] for line in open("/proc/self/status") if line.startswith("CapBnd")))
"""
DEVICES = "/dev/null /dev/mem /dev/kmsg /dev/console /dev/sr0 /dev/sg0 /dev/net/tun"
SIGSYS = 31
SHUT = {
    **{f"write {path}": "EROFS" for path in ("/run", "/var/lib", "/var/log", "/etc", "/usr")},
    **{f"write {path}": "EACCES" for path in ("/root", "/home")},
    "write /run/modeswitch": "done",
    "write /proc/sys/kernel/hostname": "EROFS",
    "write /sys/bus/usb/drivers_probe": "EROFS",
    "write /sys/bus/usb/devices/1-1/authorized": "EROFS",
    "open /dev/null": "done",
    **{f"open {path}": "EPERM" for path in DEVICES.split()[1:]},
    **{f"socket {family}": "EAFNOSUPPORT" for family in ("AF_INET", "AF_INET6", "AF_PACKET")},
    **{f"send {address}": "EAFNOSUPPORT" for address in ("192.168.8.1", "10.64.64.1")},
    **{f"call {name}": str(SIGSYS) for name in ("ptrace", "mount", "init_module", "bpf", "io_uring_setup")},
    "capabilities": "0000000000000000",
}
"""What was tried → how it ended, where the policy wants a mode alone."""
NET_ADMIN = 12
OPEN = {
    "socket AF_INET": "done",
    "send 192.168.8.1": "done",
    "send 10.64.64.1": "EPERM",
    "capabilities": f"{1 << NET_ADMIN:016x}",
}
"""What else is so where it wants what needs a network."""


LOOPBACK = """
ip link set lo up
for address in 192.168.8.1 10.64.64.1; do ip address replace $address/32 dev lo; done
"""
"""Script: both addresses that are sent to can be reached, in the guest itself."""


@pytest.mark.parametrize(("job", "differs"), [("a switch", {}), ("by the web page", OPEN)])
def test_what_it_is_not_given_it_cannot_reach(service: Lab, job: str, differs: Mapping[str, str]) -> None:
    start = (
        f"Type=oneshot\nWatchdogSec=0\nRestart=no\nExecStart=\nExecStart=/usr/bin/python3 -I /opt/probe.py {DEVICES}"
    )
    ran = service.run(
        f"{CALMLY}plug stick0 e3372h,sunny 0 && calmly 20 '[ -e /dev/sr0 ] && [ -e /dev/sg0 ]' || exit\n"
        f"cat >/opt/probe.py <<'end'\n{PROBE}end\n{policy(JOBS[job].wanted)}{less(start)}"
        "python3 -m modeswitch udev install >&2; systemctl stop modeswitch  # installed, it is started for the stick\n"
        f"{LOOPBACK}journalctl --rotate --vacuum-time=1s >&2\n"
        f"systemctl start modeswitch; status=$?; sleep 1; ip address flush dev lo; {JOURNAL}; exit $status",
        timeout=400,
    )
    assert ran.status == 0, ran.stdout + ran.stderr
    said = dict(line.rpartition(" ")[::2] for line in ran.stdout.splitlines() if line.split(" ")[0] in KINDS)
    assert said == {**SHUT, **differs}


KINDS = ("write", "open", "socket", "send", "call", "capabilities")
