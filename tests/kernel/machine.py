"""Knows how to run the guest image in QEMU, without KVM, and how to have it run one script after another.

The host writes a script into the share, names it over a serial line, and reads its output from the share when the
guest says that it is done. What the guest's side of this does is in guest/init.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import select
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.kernel import recipe, wiring
from tests.kernel.image import Image, require
from tests.kernel.wiring import VHCI, Wiring

_BOOT_ATTEMPTS = 3
# A boot takes four to nine seconds on an idle machine; one that hangs does so for good.
_BOOT_SECONDS = 60.0
_SHUTDOWN_SECONDS = 5.0
_CONSOLE_TAIL = 4000
_BOOTS = itertools.count()
_KERNEL_OPTIONS = "console=ttyS0 quiet panic=-1 mitigations=off no_timer_check cryptomgr.notests"


class GuestError(RuntimeError):
    """The guest did not do its part."""


class BootFailed(GuestError):
    """The guest never became ready, in several attempts."""


class GuestHung(GuestError):
    """A job did not end in its time, or the guest died in it; the machine has been stopped and needs a restart()."""


@dataclass(frozen=True)
class Result:
    """What became of a script run in the guest."""

    status: int
    stdout: str
    stderr: str


class Machine:
    """One guest, from `with` to the end of it; a guest that hung is stopped and can be restarted.

    With `icount` one guest instruction is one guest nanosecond and idle time is skipped, so that times measured in
    the guest repeat whatever else the host does; the guest's clock then has nothing to do with the host's, and stands
    still while no script runs: a guest without work would take a whole CPU of the host to race through its idle time.
    With `systemd` that is the guest's first process, in place of a script. `wiring` is how sticks come onto its buses,
    `memory` is in megabytes.
    """

    def __init__(
        self,
        image: Image,
        share: Path,
        *,
        icount: bool = False,
        systemd: bool = False,
        wiring: Wiring = VHCI,
        memory: int = 512,
    ) -> None:
        self.wiring = wiring
        self._image = image
        self._share = share.resolve()
        self._icount = icount
        self._memory = memory
        self._options = f"{_KERNEL_OPTIONS}{' guest.systemd' if systemd else ''} {wiring.option}"
        self._log = self._share / "console.log"
        self._jobs = 0
        self._qemu: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self._unread = b""

    def __enter__(self) -> Self:
        self.restart()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def share(self) -> Path:
        """The folder that the guest has as /share."""
        return self._share

    @property
    def running(self) -> bool:
        """Whether the guest can be given a script."""
        return self._line is not None and self._qemu is not None and self._qemu.poll() is None

    def restart(self) -> None:
        """Boot a fresh guest; the share keeps what is in it."""
        require(recipe.RUN_TOOLS)
        self.stop()
        for _ in range(_BOOT_ATTEMPTS):
            self._start()
            if self._reply(time.monotonic() + _BOOT_SECONDS) == "ready":
                self._pause()
                return
            self._kill()
        raise BootFailed(f"the guest was not ready in {_BOOT_ATTEMPTS} boots\n{self._console_tail()}")

    def run(self, script: str, timeout: float = 60) -> Result:
        """Run a bash script in the guest, in /root, and wait for its end (not for that of its background processes)."""
        if not self.running:
            raise GuestHung(f"the guest is not running\n{self._console_tail()}")
        self._wake()
        self._jobs += 1
        job = self._share / "jobs" / str(self._jobs)
        job.mkdir(parents=True)
        (job / "script").write_text(script, encoding="utf-8")
        self._send(f"run {self._jobs}")
        words = (self._reply(time.monotonic() + timeout) or "").split()
        if words[:-1] != ["done", str(self._jobs)]:
            self._kill()
            raise GuestHung(
                f"job {self._jobs} had not ended after {timeout:g} s\n"
                f"--- its stderr ends:\n{_text(job / 'stderr')[-_CONSOLE_TAIL:]}\n"
                f"--- the console ends:\n{self._console_tail()}"
            )
        self._pause()
        return Result(int(words[-1]), _text(job / "stdout"), _text(job / "stderr"))

    def console(self) -> str:
        """What the guest's kernel has printed in this boot."""
        return _text(self._log)

    def stop(self) -> None:
        """End the guest, politely if it still listens."""
        if self.running and self._qemu is not None:
            self._wake()
            self._send("poweroff")
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._qemu.wait(_SHUTDOWN_SECONDS)
        self._kill()

    def _start(self) -> None:
        (self._share / "jobs").mkdir(parents=True, exist_ok=True)
        # Numbers go on over restarts and over the machines that used this share before.
        self._jobs = max((int(job.name) for job in (self._share / "jobs").iterdir()), default=0)
        self._log.write_bytes(b"")
        ours, guests = socket.socketpair()
        with guests:
            errors = self._share / "qemu.log"
            with errors.open("wb") as output:
                self._qemu = subprocess.Popen(
                    self._command(guests.fileno()),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    pass_fds=[guests.fileno()],
                )
        self._line = ours
        self._unread = b""

    def _command(self, line: int) -> list[str]:
        clock = ["-accel", "tcg,thread=single", "-icount", "shift=0,sleep=off"] if self._icount else ["-accel", "tcg"]
        share = str(self._share).replace(",", ",,")
        log = str(self._log).replace(",", ",,")
        name = f"modeswitch-{os.getpid()}-{next(_BOOTS)}"
        redirected = self.wiring is wiring.REDIRECTED
        options = f"{self._options}={name}" if redirected else self._options
        return [
            # QEMU ends with this process, however this process ends.
            *("setpriv", "--pdeathsig", "KILL"),
            *("qemu-system-x86_64", *clock, "-M", "pc", "-cpu", "Nehalem,+rdrand", "-smp", "1"),
            *("-m", str(self._memory)),
            *("-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"),
            *("-kernel", str(self._image.kernel), "-initrd", str(self._image.initrd), "-append", options),
            *("-chardev", f"file,id=console,path={log}", "-serial", "chardev:console"),
            *("-chardev", f"socket,id=agent,fd={line}", "-serial", "chardev:agent"),
            *("-virtfs", f"local,path={share},mount_tag=share,security_model=none,multidevs=remap"),
            *(wiring.devices(name) if redirected else ()),
        ]

    def _pause(self) -> None:
        """Let the guest stand still, where it has no idea of the host's time."""
        if self._icount and self._qemu is not None:
            self._qemu.send_signal(signal.SIGSTOP)

    def _wake(self) -> None:
        if self._icount and self._qemu is not None:
            self._qemu.send_signal(signal.SIGCONT)

    def _send(self, line: str) -> None:
        if self._line is not None:
            # A guest that died meanwhile shows in the missing reply.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self._line.sendall(line.encode("ascii") + b"\n")

    def _reply(self, deadline: float) -> str | None:
        """The guest's next line, or None if none came in time or none can come any more."""
        if self._line is None:
            return None
        while b"\n" not in self._unread:
            readable, _, _ = select.select([self._line], [], [], max(0.0, deadline - time.monotonic()))
            if not readable:
                return None
            try:
                data = self._line.recv(4096)
            except ConnectionResetError:
                return None
            if not data:
                return None
            self._unread += data
        line, _, self._unread = self._unread.partition(b"\n")
        return line.decode("ascii", "replace").strip()

    def _kill(self) -> None:
        if self._qemu is not None:
            self._qemu.kill()
            self._qemu.wait()
            self._qemu = None
        if self._line is not None:
            self._line.close()
            self._line = None

    def _console_tail(self) -> str:
        errors = _text(self._share / "qemu.log")
        return errors + self.console()[-_CONSOLE_TAIL:]


def _text(path: Path) -> str:
    if not path.exists():
        return ""
    return path.read_bytes().decode("utf-8", "replace")
