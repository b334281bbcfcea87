"""What this host says: files of the kernel, of udev, of other programs, and our own that somebody may have edited."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from modeswitch.database.library import Library
from modeswitch.doctor.checks import diagnose
from modeswitch.doctor.live_snapshot import snapshot_of
from modeswitch.doctor.report import report_lines
from modeswitch.errors import ModeswitchError
from modeswitch.identity.find import find
from modeswitch.linux import (
    flapping,
    kernel_tables,
    locks,
    modemmanager,
    mounts,
    netdev,
    programs,
    sysfs,
    uevents,
    woken,
)
from modeswitch.linux.bus import LinuxBus
from modeswitch.linux.modules import DriverIndex
from modeswitch.linux.observe import Roots
from modeswitch.linux.programs import Said
from modeswitch.modem.saved import SETPORT, Saved, Store
from modeswitch.service import interpreter, names, wish
from modeswitch.service.metrics import Metrics
from modeswitch.usb.descriptors import Port, Triple, UsbId
from modeswitch.usb.device import UsbDevice
from tests.fuzz.parser import PART, Outcome, Parser, parts, replaced, text, told
from tests.linux.test_modemmanager import bearer, modem
from tests.linux.test_modules import ALIASES, BUILTIN
from tests.linux.test_mounts import CARD, CD, Machine
from tests.support import netlink, sysfs_tree
from tests.support.owners import STICK, of_imei, without_imei

PORT = Port(1, (1,))
_TRIPLES = tuple(map(Triple.parse, ("ff/02/16", "02/06/00", "08/06/50", "ff/ff/ff")))
_SEEN = UsbDevice(PORT, 5, UsbId(0x12D1, 0x1506), None, 1)


def _uevent(raw: bytes, folder: Path) -> Outcome:
    return told(lambda: uevents.parse(raw))


def _mountinfo(raw: bytes, folder: Path) -> Outcome:
    """What holds a stick's disks; the tree is made once."""
    proc = folder / "proc"
    machine = _MACHINES.get(folder)
    if machine is None:
        machine = _MACHINES[folder] = Machine(folder)
        machine.opened(machine.process("1", "2"), 3, "/dev/sdb", "0100001")
        machine.loop("loop0", "/dev/sdb1")
    mountinfo, swaps, flags, comm, backing = parts(raw, 5)
    (proc / "self/mountinfo").write_bytes(mountinfo)
    (proc / "swaps").write_bytes(swaps)
    (proc / "1/mountinfo").write_bytes(mountinfo)
    (proc / "1/fdinfo/3").write_bytes(flags)
    (proc / "1/comm").write_bytes(comm)
    (folder / "block/loop0/loop/backing_file").write_bytes(backing or b"/dev/sdb1\n")
    held = machine.holders()
    disks = sysfs.scan(str(folder))[0]
    return Outcome(0, "\n".join([*held, repr(mounts.disks(disks.path, machine.proc))]))


_MACHINES: dict[Path, Machine] = {}


def _aliases(raw: bytes, folder: Path) -> Outcome:
    index = DriverIndex(raw, ["option", "cdc_ether"])
    return told(*(partial(index.binding, 0x12D1, triple, 0x1506, 1) for triple in _TRIPLES))


def _tables(raw: bytes, folder: Path) -> Outcome:
    """A damaged installation."""
    path = folder / "kernel_tables.txt"
    path.write_bytes(raw)

    def asked() -> object:
        tables = kernel_tables.shipped.__wrapped__()
        return [tables.bound(0x12D1, triple, 0x1506) for triple in _TRIPLES]

    with replaced(kernel_tables, "PATH", str(path)):
        return told(asked, lambda: kernel_tables.parse_version(text(raw[:40])))


def _if_inet6(raw: bytes, folder: Path) -> Outcome:
    (folder / "net").mkdir(exist_ok=True)
    (folder / "net/if_inet6").write_bytes(raw)
    return told(lambda: netdev.state("lo", str(folder), str(folder)))


def _interpreter(raw: bytes, folder: Path) -> Outcome:
    """What an interpreter says that a service would run."""
    out, errors = (part.decode("utf-8", "replace") for part in parts(raw, 2))
    with replaced(programs, "run", lambda *_, **__: Said(0, out, errors)):
        return told(lambda: interpreter.installation("/usr/bin/python3"))


def _udevadm(raw: bytes, folder: Path) -> Outcome:
    """What goes into a rule of udev's answer needs no quoting there."""
    try:
        path = names.udev_path(PORT, lambda *_: text(raw))
    except ModeswitchError as error:
        return Outcome(0, str(error))
    assert _PATH.fullmatch(path), path
    return Outcome(0, path)


_PATH = re.compile(r"[A-Za-z0-9:.,@_+-]+:\*")


def _secret(raw: bytes, folder: Path) -> Outcome:
    (folder / "secret").write_bytes(raw)
    (folder / "secret").chmod(0o600)
    return told(lambda: ascii(wish.read_secret(str(folder / "secret"), "pin-file")))


def _flapping(raw: bytes, folder: Path) -> Outcome:
    (folder / f"{PORT}.starts").write_bytes(raw)
    return told(lambda: flapping.count(PORT, str(folder)), lambda: flapping.count(PORT, str(folder)))


def _woken(raw: bytes, folder: Path) -> Outcome:
    (folder / f"{PORT}.woke").write_bytes(raw)
    return told(lambda: str(woken.read(_SEEN, str(folder))))


def _lock(raw: bytes, folder: Path) -> Outcome:
    """A lock that another holds, who wrote anything into its file."""
    path = folder / f"{PORT}.lock"
    path.write_bytes(raw)
    path.chmod(0o600)
    heard: list[str] = []
    with _held(path):
        came = told(lambda: locks.PortLock(PORT, str(folder)).acquire(0.0, lambda _: None, heard.append))
    return came._replace(shown="\n".join([came.shown, *heard]))


@contextmanager
def _held(path: Path) -> Iterator[None]:
    file = os.open(path, os.O_RDWR)
    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(file)


def _mmcli(raw: bytes, folder: Path) -> Outcome:
    """What mmcli says to the question for a modem, and to the one for its connection."""
    about_modem, about_bearer, errors = (part.decode("utf-8", "replace") for part in parts(raw, 3))
    now = [0.0]

    def run(name: str, *words: str, seconds: float) -> Said:
        return Said(1 if errors else 0, about_bearer if "--bearer" in words else about_modem, errors)

    def wait(seconds: float) -> None:
        now[0] += seconds

    manager = modemmanager.ModemManager(str(folder), proc=str(folder / "proc"), udev=str(folder / "udev"))
    with replaced(programs, "run", run):
        return told(
            lambda: _shown(manager.held(lambda: 60.0 - now[0], wait, lambda *_, **__: None)),
            lambda: manager.begin(take=False, left=lambda: 0.0, wait=wait, tell=lambda *_, **__: None),
        )


def _shown(held: object) -> str:
    return "\n".join(map(str, held)) if isinstance(held, tuple) else "None"


def _saved(raw: bytes, folder: Path) -> Outcome:
    """What can be read is still what the stick came with after another value was saved."""
    store = Store(folder)
    owners = (STICK, of_imei(), without_imei("E173", "11.1"))
    for owner in owners:
        Path(store.path(owner)).write_bytes(raw)
    try:
        before = _values(store.first(STICK))
        store.save(STICK, SETPORT, "A1;12")
    except ModeswitchError as error:
        assert Path(store.path(STICK)).read_bytes() == raw
        return Outcome(0, str(error))
    after = _values(store.first(STICK))
    assert all(after[name] == value for name, value in before.items())
    return told(lambda: "\n".join(one.whose for one in store.of_others(owners[2])))


def _values(found: list[Saved]) -> dict[str, str]:
    return {one.name: one.value for one in found}


def _metrics(raw: bytes, folder: Path) -> Outcome:
    """Whatever an event's facts are, each line is one of Prometheus' form."""
    port, usb, mode, error = map(text, parts(raw, 4))
    metrics = Metrics(str(folder / "x.prom"))
    metrics.note("found", port=port, id=usb, mode=mode)
    metrics.note("left", port=port)
    metrics.note("back", port=port)
    metrics.note("done", port=port, id=usb, mode=mode, result="switched")
    metrics.note("error", port=port, error=error)
    shown = metrics.text({port}, {port: True})
    for line in shown.splitlines():
        assert line.startswith("# ") or _SAMPLE.fullmatch(line), line
    return Outcome(0, shown)


_SAMPLE = re.compile(r'[a-z_]+(?:\{(?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)*\})? [0-9.e+-]+')
_LOOKED_AT = {
    "sys/bus/usb/drivers/cdc_ether/new_id": b"12d1 1506\n",
    "sys/bus/usb-serial/drivers/option1/new_id": b"12d1 1506\n12d1 14db ff\n",
    "sys/module/usb_storage/parameters/quirks": b"12d1:1506:s\n",
    "etc/os-release": b'ID=debian\nVERSION_ID="12"\n',
    "etc/usb_modeswitch.conf": b"DisableSwitching=0\n",
    "etc/udev/rules.d/40-usb_modeswitch.rules": b'ATTR{idVendor}=="12d1", RUN+="usb_modeswitch"\n',
    "proc/sys/kernel/osrelease": b"6.1.0-31-amd64\n",
    "proc/70/comm": b"ModemManager\n",
    "sys/class/hwmon/hwmon0/name": b"rpi_volt\n",
    "sys/bus/usb/devices/1-1/authorized": b"1\n",
    "sys/bus/usb/devices/1-1/manufacturer": b"HUAWEI\n",
    "sys/bus/usb/devices/1-1/product": b"HUAWEI Mobile\n",
    "sys/bus/usb/devices/1-1/serial": b"0123456789ABCDEF\n",
    "sys/bus/usb/devices/1-1/1-1:1.0/interface": b"x\n",
}
"""The files of a machine that doctor and report look at, as they usually are."""


def _machine(raw: bytes, folder: Path) -> Outcome:
    """Report and findings of a stick on a machine whose files are the parts of an input."""
    root = folder / "root"
    shutil.rmtree(root, ignore_errors=True)
    sysfs_tree.plug(root / "sys", "1-1", "12d1:1506")
    for path, content in zip(_LOOKED_AT, parts(raw, len(_LOOKED_AT)), strict=True):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    bus, library = LinuxBus(str(root / "sys")), Library()
    roots = Roots(str(root / "sys"), str(root / "proc"), str(root / "dev"), str(root))
    (device,) = find("1-1", bus, library)
    found = diagnose(snapshot_of(device, bus, roots=roots))
    commands = tuple(command for finding in found for command in finding.commands)
    return Outcome(0, "\n".join(report_lines(device, bus, library, roots=roots)), commands)


def _mountinfos() -> tuple[bytes, ...]:
    swaps = b"Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n/dev/sdb1 partition 1 0 -2\n"
    escaped = CARD.replace("/mnt", "/mnt/my\\040disk").encode()
    return tuple(
        PART.join((mounted, swaps, b"pos:\t0\nflags:\t0100001\n", b"sleep\n", b"/dev/sdb1\n"))
        for mounted in (CARD.encode(), CD.encode(), escaped, (CARD + CD).encode())
    )


def _cut_tables() -> tuple[bytes, ...]:
    """The head of the tables that are shipped, with some vendors' lines each."""
    lines = Path(kernel_tables.PATH).read_text("ascii").splitlines(keepends=True)
    head = [line for line in lines if line.startswith("kernel ")]
    rest = [line for line in lines if line.startswith(("12d1 ", "* "))]
    return tuple("".join([*head, *rest[at : at + 8]]).encode() for at in range(0, len(rest), 24))


_SAVED = """\
[[saved]]
name = "SETPORT"
value = "A1,A2;12,16"
when = "2026-01-01T00:00:00Z"
stick = "12d1:1506 at 1-1"

[[saved]]
name = "U2DIAG"
value = "255"
when = "2026-01-01T00:00:00Z"
stick = "12d1:1506 at 1-1"
model = "E3372"
"""
_EVENTS = (
    netlink.device("add", "1-1.4", 5),
    netlink.interface("bind", "1-1"),
    netlink.message("add", "/devices/pci0000:00/usb1", "SUBSYSTEM=usb", "DEVTYPE=usb_device"),
    netlink.message("change", "/devices/virtual/net/lo", "SUBSYSTEM=net"),
)
_MODEMS = tuple(
    PART.join((json.dumps(modem(state)).encode(), json.dumps(bearer()).encode()))
    for state in ("registered", "connected", "failed", "locked")
)

HOSTS: dict[str, Parser] = {
    "uevents": Parser(_uevent, _EVENTS, 3500),
    "mountinfo": Parser(_mountinfo, _mountinfos(), 1500),
    "modules.alias": Parser(_aliases, (ALIASES.encode(), BUILTIN, ALIASES.encode() + b"\n\0" + BUILTIN), 3500),
    "kernel tables": Parser(_tables, _cut_tables(), 2000),
    "if_inet6": Parser(
        _if_inet6,
        (
            b"00000000000000000000000000000001 01 80 00 80       lo\n",
            b"fe800000000000000000000000000001 02 40 20 80 eth0\n20010db8000000000000000000000001 02 40 00 80 lo\n",
        ),
        1500,
    ),
    "interpreter": Parser(
        _interpreter,
        (b'[[3, 11], ["/usr"], ["/usr/lib"], {"modeswitch": ["/opt"]}]\n', b"\x1eno such module\n"),
        1500,
    ),
    "udevadm": Parser(_udevadm, (b"ID_PATH=pci-0000:00:14.0\nID_PATH_TAG=pci-0000_00_14_0\n",), 1500),
    "secret file": Parser(_secret, (b"1234\n", b"Pa55word\r\nx\n"), 1500),
    "flapping": Parser(_flapping, (b"1.5 20.25 300.0", b"", b"99999.125 100000.5 1e5"), 2300),
    "woken": Parser(_woken, (b"5 12d1:1506 12d1:14fe\n", b"5 12d1:1506 12d1:1f01\n"), 2300),
    "lock": Parser(_lock, (b"1\n", b"4194305\n", b""), 2300),
    "mmcli": Parser(_mmcli, (*_MODEMS, PART.join((b"", b"", b"error: couldn't find modem\n"))), 2300),
    "saved state": Parser(
        _saved, (_SAVED.encode(), _SAVED.encode() * 3, _SAVED[: _SAVED.index("[[", 2)].encode()), 2000
    ),
    "metrics": Parser(_metrics, (PART.join((b"1-1.4", b"12d1:155e", b"ncm", b"SwitchFailed")),), 2300),
    "machine": Parser(_machine, (PART.join(_LOOKED_AT.values()),), 600),
}
"""Name → parser; another one is one line here."""
