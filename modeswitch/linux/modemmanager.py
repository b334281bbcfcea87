"""ModemManager and one stick: what it knows of it, and how it lets go of it while we talk to its AT port.

ModemManager writes to every serial port of a modem; an answer that it causes looks like ours.  Its own tool asks it,
over D-Bus, to leave the device alone for as long as that tool runs; when the tool ends, however it ends, so does the
request, and ModemManager starts the modem anew.  To let go it takes down what is connected: so it is asked first.

Ref: mmcli(1), --inhibit-device, --modem (which takes the device's path in sysfs) and --output-json; ModemManager
1.20.4, src/mm-base-manager.c (InhibitDevice), src/mm-device.c (mm_device_inhibit: an exported modem only, which is
disabled), cli/mmcli-output.c (the keys), cli/mmcli-common.c (its complaints).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping

from .. import files
from ..errors import Busy
from ..printable import printable
from ..usb.host import Held
from ..values import TYPE_CHECKING, NamedTuple
from . import programs

if TYPE_CHECKING:
    from typing import Any

PROBING = 30.0
"""How long ModemManager may take to find out what a device is, in seconds.

Ref: mm-plugin-manager.c (2 s for more ports, 4 s and more of probing), mm-plugin-huawei.c (5 s for interface 0, three
times 3 s for each of two commands).
"""
GRANTING = 25.0
"""How long it may take to let go of a stick, in seconds: a modem that is connected is disconnected first."""
ANSWERING = 10.0
"""How long its tool may take to answer a question, in seconds."""
LOOK = 1.0
"""How often it is asked again, in seconds."""
MOST_BEARERS = 4
"""How many connections of one modem are looked at."""
MUTE = 2
"""In how many looks one after the other it must have nothing of the stick open before it is believed to be done."""

_DONE = b"successfully inhibited"
_NOT_RUNNING = "couldn't find the ModemManager process"
_NO_MODEM = "couldn't find modem"
_UNKNOWN_DEVICE = "No device found"
_NOT_EXPORTED = "not exported"
_FORBIDDEN = ("PolicyKit", "polkit", "not authorized", "Unauthorized", "AccessDenied")
_LOCKS = {"sim-pin": "SIM PIN", "sim-puk": "SIM PUK"}
_REGISTERED = {"home": True, "roaming": True, "idle": False, "searching": False, "denied": False}


class _Look(NamedTuple):
    """What one look at ModemManager showed: does it run, and which modem has it of the stick?"""

    runs: bool
    held: Held | None


class ModemManager:
    """ModemManager, as far as one stick goes; where it does not run, or leaves the stick alone, nothing happens.

    ``path`` is the device's folder in sysfs, which is how ModemManager calls it.  ``nodes`` gives its ttys and cdc-wdm
    nodes, ``age`` how long it has been there in seconds (None where that is unknown).
    """

    def __init__(
        self,
        path: str,
        nodes: Callable[[], list[str]] = list,
        age: Callable[[], float | None] = lambda: None,
        proc: str = "/proc",
        udev: str = "/run/udev",
    ) -> None:
        self._path, self._nodes, self._age = path, nodes, age
        self._proc, self._udev = proc, udev
        self._tool: programs.Program | None = None

    def held(self, left: Callable[[], float], wait: Callable[[float], None], tell: Callable[..., None]) -> Held | None:
        """What it knows of the stick, once it has made up its mind; None where it does not have it.

        Where it is still finding out what the stick is, it is waited for.  ``left`` says how many seconds all may still
        take; ``wait`` lets so many pass.  Raises :class:`Busy` where it runs and cannot be asked.
        """
        for waited in _looks(left, wait, tell):
            look = self._look()
            if not look.runs or look.held or self._is_ignored() or self._since(waited) >= PROBING:
                return look.held and self._with_bearer(look.held)
        return None

    def begin(
        self, *, take: bool, left: Callable[[], float], wait: Callable[[float], None], tell: Callable[..., None]
    ) -> bool:
        """Have it let go of the stick; False where it does not run, or has no business with the stick.

        ``left`` and ``wait`` as above.  Raises :class:`Busy` where it has a connection over the stick, unless that may
        be cut (``take``), and where it does not let go in time.
        """
        refused, mute = "", 0
        for waited in _looks(left, wait, tell):
            look = self._look()
            if not look.runs:
                return False
            if look.held and look.held.connected and not take:
                raise self._connected(self._with_bearer(look.held))
            refused = self._ask(min(GRANTING, left()))
            if not refused:
                return True
            if look.held is None:
                mute = mute + 1 if self._is_done(refused, waited) else 0
                if mute >= (MUTE if _NOT_EXPORTED in refused else 1):
                    return False
        raise self._busy(f"ModemManager does not let go of it: {refused}")

    def end(self) -> None:
        """Let ModemManager have the device again; a second time does nothing."""
        tool, self._tool = self._tool, None
        if tool is not None:
            tool.end()

    # What its tool says.

    def _look(self) -> _Look:
        """Ask for the modem of the device's path.  Raises :class:`Busy` where it runs and gives no answer."""
        if not self._path:
            return _Look(runs=False, held=None)
        said = self._mmcli("--modem", self._path)
        if said and _NOT_RUNNING in said.err:
            return _Look(runs=False, held=None)
        if said and _NO_MODEM in said.err:
            return _Look(runs=True, held=None)
        told = _decoded(said) if said else None
        if told is not None:
            return _Look(runs=True, held=_held(told))
        if not self._pids():
            return _Look(runs=False, held=None)
        why = (said.complaint or "mmcli gave no answer") if said else "its tool, mmcli, is not here"
        raise self._busy(f"ModemManager runs, and cannot be asked for the stick: {why}")

    def _with_bearer(self, held: Held) -> Held:
        """The same with what is known of its connection."""
        for bearer in held.bearers[:MOST_BEARERS] if held.connected else ():
            said = self._mmcli("--bearer", bearer)
            told = _decoded(said) if said else None
            if told and _at(told, "bearer.status.connected") == "yes":
                return _with_connection(held, told)
        return held

    def _mmcli(self, *words: str) -> programs.Said | None:
        """What mmcli says; None where there is none."""
        try:
            return programs.run("mmcli", *words, "--output-json", seconds=ANSWERING)
        except OSError:
            return None

    def _ask(self, seconds: float) -> str:
        """Ask it to let go, and wait for the answer: empty where it has let go, else why it did not."""
        try:
            tool = programs.Program("mmcli", f"--inhibit-device={self._path}", f"--timeout={int(GRANTING)}")
        except OSError as error:
            return str(error)
        try:
            granted = tool.hear(seconds, _DONE)
        except BaseException:
            tool.end()
            raise
        if granted:
            self._tool = tool
            return ""
        tool.end()
        said = programs.Said(None, "", tool.err.decode("utf-8", "replace")).complaint
        refused = said.removeprefix("error: ") or f"no answer in {seconds:.0f} s"
        if any(word in said for word in _FORBIDDEN):
            raise self._busy(f"ModemManager lets only root have it: {refused}")
        return refused

    # What else tells whether it is done with the stick.

    def _is_done(self, refused: str, waited: float) -> bool:
        """Has it made up its mind, and nothing of the stick open?  Then it will not have it."""
        if _UNKNOWN_DEVICE in refused and self._is_ignored():
            return True
        if self._since(waited) < PROBING:
            return False
        return _UNKNOWN_DEVICE in refused or (_NOT_EXPORTED in refused and not self._has_open())

    def _since(self, waited: float) -> float:
        """For how many seconds it and the stick have been there together; as we waited where that is unknown."""
        ages = [self._age(), *(self._age_of(pid) for pid in self._pids())]
        return min((age for age in ages if age is not None), default=waited)

    def _is_ignored(self) -> bool:
        """Does udev tell it to leave the stick alone?  Ref: ModemManager, ID_MM_DEVICE_IGNORE; udev's data/cMAJ:MIN."""
        number = files.text(f"{self._path}/dev", 16).strip() if self._path else ""
        told = files.text(f"{self._udev}/data/c{number}", 65536) if number else ""
        return "E:ID_MM_DEVICE_IGNORE=1" in told.splitlines()

    def _has_open(self) -> bool:
        """Has it a node of the stick open, as far as we may look?"""
        from .observe import holders

        return any(program.startswith("ModemManager") for _, program in holders(self._nodes(), self._proc))

    def _pids(self) -> list[str]:
        processes = [name for name in files.names(self._proc) if name.isdecimal()]
        return [one for one in processes if files.text(f"{self._proc}/{one}/comm", 32).strip() == "ModemManager"]

    def _age_of(self, pid: str) -> float | None:
        """How long ago a process was started, in seconds.  Ref: proc(5), /proc/PID/stat, field 22."""
        fields = files.text(f"{self._proc}/{pid}/stat", 4096).rpartition(")")[2].split()
        up = files.text(f"{self._proc}/uptime", 64).split()
        try:
            return float(up[0]) - int(fields[19]) / os.sysconf("SC_CLK_TCK")
        except (IndexError, ValueError):
            return None

    # What is wrong.

    def _connected(self, held: Held) -> Busy:
        by = ", ".join(
            filter(None, (held.apn and f"APN {held.apn}", held.interface, held.address and f"address {held.address}"))
        )
        return Busy(
            f"ModemManager has a connection over it ({by or held.state}), which asking its AT port would cut",
            hint=f"What ModemManager knows of it: modeswitch status {self._port}. It hangs up by: mmcli -m "
            f"{held.number or 'any'} --simple-disconnect. To cut the connection: --take.",
            holder="ModemManager",
        )

    def _busy(self, message: str) -> Busy:
        return Busy(
            message,
            hint="Stop it (systemctl stop ModemManager), or have it leave this port alone for good: "
            f"modeswitch udev ignore --port {self._port} --install",
            holder="ModemManager",
        )

    @property
    def _port(self) -> str:
        return os.path.basename(self._path)


def _looks(left: Callable[[], float], wait: Callable[[float], None], tell: Callable[..., None]) -> Iterator[float]:
    """At each look the seconds that have passed: once a second, for as long as probing may take; a pause is told."""
    begun, told = left(), False
    while True:
        yield begun - left()
        pause = min(LOOK, PROBING - (begun - left()), left())
        if pause <= 0:
            return
        if not told:
            tell("locked", by="ModemManager")
            told = True
        wait(pause)


def _decoded(said: programs.Said) -> dict[str, Any] | None:
    """The JSON object that it printed; None where that is none."""
    import json

    try:
        told = json.loads(said.out) if said.status == 0 else None
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def _at(told: Mapping[str, Any], key: str) -> str:
    """What stands under ``modem.generic.state``, harmless; empty where nothing does, or ``--``."""
    found = _under(told, key)
    text = printable(found, 100) if isinstance(found, str) else ""
    return "" if text == "--" else text


def _under(told: Any, key: str) -> Any:
    for word in key.split("."):
        told = told.get(word) if isinstance(told, dict) else None
    return told


def _listed(told: Mapping[str, Any], key: str) -> list[str]:
    found = _under(told, key)
    return [printable(one, 100) for one in found[:20] if isinstance(one, str)] if isinstance(found, list) else []


def _held(told: Mapping[str, Any]) -> Held:
    """What a modem's answer says."""
    lock, quality = _at(told, "modem.generic.unlock-required"), _at(told, "modem.generic.signal-quality.value")
    has_sim = _at(told, "modem.generic.sim")
    return Held(
        by="ModemManager",
        number=_at(told, "modem.dbus-path").rpartition("/")[2],
        state=_at(told, "modem.generic.state") or "unknown",
        sim=_at(told, "modem.generic.state-failed-reason") or _LOCKS.get(lock, "READY" if has_sim else ""),
        registered=_REGISTERED.get(_at(told, "modem.3gpp.registration-state")),
        operator=_at(told, "modem.3gpp.operator-name"),
        quality=int(quality) if quality.isdecimal() else None,
        firmware=_at(told, "modem.generic.revision"),
        bearers=tuple(one for one in _listed(told, "modem.generic.bearers") if one.startswith("/")),
    )


def _with_connection(held: Held, told: Mapping[str, Any]) -> Held:
    prefix = _at(told, "bearer.ipv4-config.prefix")
    return held._replace(
        interface=_at(told, "bearer.status.interface"),
        apn=_at(told, "bearer.properties.apn"),
        address=_at(told, "bearer.ipv4-config.address"),
        prefix=int(prefix) if prefix.isdecimal() else 0,
        gateway=_at(told, "bearer.ipv4-config.gateway"),
        dns=tuple(_listed(told, "bearer.ipv4-config.dns")),
    )
