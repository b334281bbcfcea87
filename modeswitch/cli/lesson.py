"""One lesson of ``modeswitch learn``: the stick before, its switch, the stick after, and the files that tell of it."""

from __future__ import annotations

import argparse
import os
import platform

from .. import __version__
from ..database.library import Library, user_directories
from ..database.reader import read
from ..database.writer import LONGEST_EVIDENCE, kept_name
from ..doctor.issue import Trial, issue, line_of, today
from ..doctor.masking import mask
from ..doctor.report import report_lines
from ..errors import ModeswitchError, UsageError
from ..identity.device import Device
from ..identity.recognise import identify_here
from ..printable import printable
from ..switching.likeness import profile_of
from ..switching.session import Session
from ..switching.switch import SwitchResult, switch
from ..usb.bus import Bus
from ..values import NamedTuple
from . import doctor, setting
from .new_file import write_new
from .show import LOST, Show

ISSUES = "https://github.com/modeswitch/modeswitch/issues"
FOR_ALL, FOR_ITS_OWNER = 0o644, 0o600
"""A profile is read by the service, a report only by whom it is about."""


class Files(NamedTuple):
    """Where the profile and the text for an issue go."""

    profile: str
    issue: str


class Heard:
    """What was told of a switch; the same is not shown twice, and a profile is told once it is written."""

    def __init__(self, show: Show) -> None:
        self._show = show
        self._known: list[tuple[str, dict[str, object]]] = []
        self.doubts: list[str] = []
        self.lines: list[str] = []
        self.sent = False

    def tell(self, event: str, **facts: object) -> None:
        """Show an event, and keep what an issue tells of it."""
        if event == "profile":
            return
        self.sent = self.sent or event == "step"
        self.lines += filter(None, [line_of(event, facts)])
        plain = {name: fact for name, fact in facts.items() if name not in ("port", "time")}
        if event in ("likened", "risk", "sends"):
            if (event, plain) in self._known:
                return
            if event == "likened":  # what was told of a relative that was declined is told anew of the next
                self._known.clear()
                self.doubts.clear()
            self._known.append((event, plain))
            self.doubts += [str(facts["message"])] if event == "risk" else []
        self._show.tell(event, **facts)


def where(arguments: argparse.Namespace, device: Device) -> Files:
    """Where to write, seen before anything is sent: both files are new, and their folders may be written to.

    Without ``--into`` the profile goes to the folder of the user's own profiles, the text to this folder.  What a
    simulated stick teaches goes nowhere that lasts.
    """
    name = kept_name(device.id)
    folder, beside = arguments.into, arguments.into
    if folder is None and arguments.simulate:
        import tempfile

        folder = beside = tempfile.mkdtemp(prefix="modeswitch-simulated-")
    elif folder is None:
        folder, beside = user_directories()[0], "."
        try:
            os.makedirs(folder, exist_ok=True)
        except OSError as error:
            raise UsageError(f"{printable(folder)}: {error.strerror}", hint="Name another: --into DIR") from error
    files = Files(os.path.join(folder, f"{name}.toml"), os.path.join(beside, f"modeswitch-learn-{name[5:]}.md"))
    for path in files:
        holder = os.path.dirname(path)
        if os.path.lexists(path):
            raise UsageError(
                f"{printable(path)} is there already: it is not written over, and nothing was sent",
                hint="Move it away, or name another folder: --into DIR",
            )
        if not os.path.isdir(holder) or not os.access(holder, os.W_OK):
            raise UsageError(
                f"{printable(holder)} is no folder that can be written to: nothing was sent", hint="--into DIR"
            )
    return files


class Lesson:
    """A stick as it was before, switched, and as it is then; its report before is made first."""

    def __init__(
        self, arguments: argparse.Namespace, show: Show, bus: Bus, library: Library, device: Device, heard: Heard
    ) -> None:
        self._arguments, self._show, self._bus, self._library = arguments, show, bus, library
        self._device, self._heard = device, heard
        self._secrets = tuple(filter(None, bus.strings(device.usb)[2:]))
        self._before = self._report(device, "nothing: this is the stick before")

    def learn(self, like: str, files: Files) -> int:
        """Switch, look, write; returns :data:`.show.LOST` where only that failed.

        Raises what the switch raises; what was sent by then is written all the same.
        """
        family = profile = ""
        self._show.holds = True
        try:
            with Session(
                self._device,
                timeout=self._arguments.timeout,
                on_event=self._heard.tell,
                tick=self._show.tick,
                unmount=self._arguments.unmount,
                like=like,
                bus=self._bus,
                library=self._library,
            ) as session:
                likeness = session.likeness
                family = session.device.profile.name if session.device.profile else ""
                drives = setting.can_drive(self._arguments, self._bus, session.device)
                result = switch(session, self._arguments.to, persist=False, can_drive=drives)
                if likeness is not None and result.taken:
                    profile = profile_of(session, likeness, result.taken, self._evidence(like, result))
        except ModeswitchError as error:
            if self._heard.sent:
                self._write(files, self._trial(like, family, error.message, self._now(), ""))
            raise
        if not profile:
            self._show.switched(result)
            return 0
        after = self._report(result.device, f"modeswitch learn --like {like}")
        ended = f"in {result.mode}, as {result.id}, after {result.seconds:.1f} s"
        written = self._write(files, self._trial(like, family, ended, after, profile))
        self._show.switched(result)
        if written and not self._show.json:
            self._show.result(
                f"From now on {self._device.id} is known. Look through {files.issue}; it is for: {ISSUES}"
            )
        return 0 if written else LOST

    def _report(self, device: Device, tried: str) -> tuple[str, ...]:
        return tuple(report_lines(device, self._bus, self._library, roots=doctor.ROOTS, tried=[tried]))

    def _now(self) -> tuple[str, ...]:
        """The report of what is at the port after a switch that has failed."""
        try:
            seen = self._bus.at(self._device.port)
            device = identify_here(seen, self._bus, self._library) if seen is not None else None
        except ModeswitchError as error:
            return (error.message,)
        return self._report(device, "see above") if device is not None else ("nothing is at its port",)

    def _evidence(self, like: str, result: SwitchResult) -> str:
        """What was seen, with what identifies the stick masked."""
        before = result.before
        said = " ".join(dict.fromkeys(filter(None, (*before.usb.strings[:2], *before.usb.scsi[:2])))) or "no strings"
        words = (
            f"{today()}: {before.id} ({said}) went from {before.mode} to {result.mode} as {result.id} in "
            f"{result.seconds:.1f} s; modeswitch {__version__} learn --like {like}, {platform.system()} "
            f"{platform.release()}"
        )
        return mask(printable(words, LONGEST_EVIDENCE), self._secrets)

    def _trial(self, like: str, family: str, ended: str, after: tuple[str, ...], profile: str) -> Trial:
        doubts, happened = tuple(self._heard.doubts), tuple(self._heard.lines)
        stick = str(self._device.id)
        return Trial(stick, like, family, doubts, self._before, happened, ended, after, profile, self._secrets)

    def _write(self, files: Files, trial: Trial) -> bool:
        """The profile, where there is one, and the text for an issue; what cannot be written is shown.

        Returns whether both could.
        """
        whole = True
        texts = [(files.issue, issue(trial), FOR_ITS_OWNER)]
        if trial.profile:
            read(trial.profile, files.profile)  # what is written must be taken by the next switch
            texts.insert(0, (files.profile, trial.profile, FOR_ALL))
            if self._show.json:
                self._show.emit("profile", name=kept_name(self._device.id), text=trial.profile)
        for path, text, mode in texts:
            try:
                write_new(path, text, mode)
            except UsageError as error:
                whole = False
                self._show.error(error)
                for line in text.splitlines() if not self._show.json else ():
                    self._show.result(line)
                continue
            if self._show.json:
                self._show.emit("written", name=os.path.basename(path), file=path)
            else:
                self._show.result(f"{path}: written")
        return whole
