"""The helper for systems without systemd, run by real shells on the kernel's events, and on what no kernel says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from modeswitch.database.library import Library

CONTRIB = Path(__file__).parent.parent.parent / "contrib"
SCRIPT = CONTRIB / "openwrt" / "20-modeswitch"
SHELLS = {
    words[0]: words
    for words in (["dash"], ["busybox", "sh"], ["bash", "--posix"])
    if shutil.which(words[0]) is not None
}
HUB = "/devices/pci0000:00/0000:00:14.0/usb1"
USUAL = {
    "ACTION": "add",
    "SUBSYSTEM": "usb",
    "DEVTYPE": "usb_interface",
    "PRODUCT": "12d1/1f01/102",
    "DEVPATH": f"{HUB}/1-1/1-1:1.0",
    "INTERFACE": "8/6/80",
}
"""What the kernel says of the first interface of a stick that is plugged in."""
HOSTILE = (
    *(" ", ";", "$(touch evil)", "`touch evil`", "\n", "\n2-2:1.0", "../", "*", "?", "'", '"', "\\", "\x1b[2J", "é"),
    *("--json", "&touch evil", "|touch evil", ">evil"),
)


class Box(NamedTuple):
    """A system: a shell, a made-up /sys, and a ``modeswitch`` that writes down what it is called with."""

    root: Path
    shell: list[str]
    script: Path

    def event(self, **variables: str) -> list[str]:
        """What modeswitch was called with for this event; the helper waits for its end, as it does not elsewhere."""
        text = self.script.read_text("utf-8")
        assert text.count(" &\n") == 2
        script = self.root / "waiting"
        script.write_text(text.replace(" &\n", "\n"))
        self.heard(script, **variables)
        return self.called()

    def heard(self, script: Path, **variables: str) -> None:
        """Have the helper hear of an event; it says nothing, and ends well."""
        (self.root / "called").unlink(missing_ok=True)
        environment = {"PATH": f"{self.root}/bin:{os.environ['PATH']}", **USUAL, **variables}
        words = [*self.shell, str(script)]
        done = subprocess.run(
            words,
            env=environment,
            cwd=self.root,
            capture_output=True,
            timeout=20,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
        assert not (self.root / "evil").exists()

    def called(self) -> list[str]:
        called = self.root / "called"
        return called.read_text().splitlines() if called.exists() else []

    def interface(self, port: str, number: int, cls: str) -> None:
        """One interface in /sys, of a device behind as many hubs as its port says."""
        way = port.partition("-")[2].split(".")
        folders = [f"1-{'.'.join(way[: depth + 1])}" for depth in range(len(way))]
        folder = self.root / f"sys{HUB}" / "/".join(folders) / f"{port}:1.{number}"
        folder.mkdir(parents=True)
        (folder / "bInterfaceClass").write_text(cls + "\n")


def built(root: Path, shell: list[str]) -> Box:
    """A system with a stick in mass-storage at 1-1."""
    (root / "bin").mkdir()
    fake = root / "bin" / "modeswitch"
    fake.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >>{root}/called\n')
    fake.chmod(0o755)
    text = SCRIPT.read_text("utf-8")
    assert text.count("\nSYS=/sys\n") == 1
    script = root / "20-modeswitch"
    script.write_text(text.replace("\nSYS=/sys\n", f"\nSYS='{root}/sys'\n"))
    box = Box(root, shell, script)
    box.interface("1-1", 0, "08")
    return box


@pytest.fixture(params=SHELLS.values(), ids=list(SHELLS))
def box(request: pytest.FixtureRequest, tmp_path: Path) -> Box:
    """In each shell that is here."""
    return built(tmp_path, request.param)


@pytest.fixture
def first(tmp_path: Path) -> Box:
    """In one shell, for what is about words, not about shells."""
    return built(tmp_path, next(iter(SHELLS.values())))


def test_a_stick_that_wakes_up_is_told_of(box: Box) -> None:
    assert box.event() == ["apply", "1-1"]
    box.interface("1-1", 1, "08")
    assert box.event(INTERFACE="8/6/98") == ["apply", "1-1"]


def test_behind_hubs(box: Box) -> None:
    path = f"{HUB}/1-1/1-1.4/1-1.4.2/1-1.4.2:1.0"
    assert box.event(DEVPATH=path) == ["apply", "1-1.4.2"]


@pytest.mark.parametrize(
    "event",
    [
        {"ACTION": "remove"},
        {"ACTION": "bind"},
        {"ACTION": "unbind"},
        {"ACTION": "change"},
        {"ACTION": ""},
        {"DEVTYPE": "usb_device", "DEVPATH": f"{HUB}/1-1", "INTERFACE": ""},
        {"DEVTYPE": "disk", "SUBSYSTEM": "block"},
        {"INTERFACE": "255/2/18"},
        {"INTERFACE": "8/6/80/1"},
        {"INTERFACE": ""},
        {"DEVPATH": f"{HUB}/1-1/1-1:1.1"},
        {"DEVPATH": f"{HUB}/1-1/1-1:1.10"},
        {"PRODUCT": "781/5567/126"},
        {"PRODUCT": "2d1/1f01/102"},
        {"PRODUCT": "12d1"[:2]},
        {"PRODUCT": ""},
        {"PRODUCT": "12d1 781/1f01/102"},
        {"DEVPATH": ""},
        {"DEVPATH": f"{HUB}/1-1/1-2:1.0"},
        {"DEVPATH": f"{HUB}/1-1-1/1-1-1:1.0"},
        {"DEVPATH": f"{HUB}/-1/-1:1.0"},
        {"DEVPATH": f"{HUB}/1/1:1.0"},
        {"DEVPATH": f"{HUB}/1-a/1-a:1.0"},
        {"DEVPATH": f"{HUB}/x-1/x-1:1.0"},
        {"DEVPATH": f"{HUB}/1-1,2/1-1,2:1.0"},
        {"DEVPATH": f"{HUB}/1-1./1-1.:1.0"},
        {"DEVPATH": "1-1:1.0"},
        {"DEVPATH": "/devices/1-1:1.0"},
    ],
    ids=str,
)
def test_everything_else_is_nothing(box: Box, event: dict[str, str]) -> None:
    assert box.event(**event) == []


@pytest.mark.parametrize("name", [name for name in USUAL if name != "SUBSYSTEM"])
def test_what_no_kernel_says(box: Box, name: str) -> None:
    for text in HOSTILE if box.shell == next(iter(SHELLS.values())) else HOSTILE[1:6]:
        for said in (text + USUAL[name], USUAL[name] + text, text):
            assert box.event(**{name: said}) == [], said


def test_a_port_that_no_kernel_names(first: Box) -> None:
    for text in HOSTILE:
        for port in (f"1-1{text}", f"{text}1-1", f"1-{text}1"):
            assert first.event(DEVPATH=f"{HUB}/{port}/{port}:1.0") == [], port


def test_a_folder_with_a_strange_name_is_no_way_in(first: Box) -> None:
    """A hub's name that is none, though the stick's own is."""
    for text in HOSTILE:
        if text == "--json":
            continue  # which is no way in either, and a kernel may say it
        assert first.event(DEVPATH=f"{HUB}/x{text}x/1-1/1-1:1.0") == [], text


def test_what_climbs_is_not_followed(box: Box) -> None:
    assert box.event(DEVPATH=f"/devices/../../{HUB}/1-1/1-1:1.0") == []
    assert box.event(DEVPATH=f"{HUB}/1-1/../1-1/1-1:1.0") == []


def test_a_modem_that_has_storage_too_is_left_alone(box: Box) -> None:
    box.interface("1-1", 1, "ff")
    assert box.event() == []


def test_the_next_event_does_not_wait(box: Box) -> None:
    """It has ended while modeswitch is still at it."""
    fake = box.root / "bin" / "modeswitch"
    fake.write_text(f'#!/bin/sh\nread -r word <{box.root}/until\nprintf "%s\\n" "$@" "$word" >>{box.root}/called\n')
    os.mkfifo(box.root / "until")
    box.heard(box.script)
    assert box.called() == []
    (box.root / "until").write_text("now\n")
    deadline = time.monotonic() + 20
    while box.called() == [] and time.monotonic() < deadline:
        time.sleep(0.01)
    assert box.called() == ["apply", "1-1", "now"]


def test_sourced_as_openwrt_does_it(box: Box) -> None:
    """hotplug-call sources each script in a subshell; one that has nothing to do must not end the others."""
    other = box.root / "other"
    other.write_text('echo next >"$HOME/other.ran"\n')
    call = box.root / "hotplug-call"
    call.write_text(f'for script in "{box.script}" "{other}"; do\n	( [ -f "$script" ] && . "$script" )\ndone\n')
    environment = {"PATH": os.environ["PATH"], "HOME": str(box.root), "ACTION": "remove"}
    subprocess.run([*box.shell, str(call)], env=environment, check=True, timeout=20)
    assert (box.root / "other.ran").exists()


def test_the_vendors_are_those_of_the_profiles() -> None:
    library = Library(user=[])
    families = [library.family(name) for name in library.names()]
    vendors = {f"{product.usb.vendor:x}" for family in families for product in family.products if product.wakes}
    (named,) = re.findall('^VENDORS="(.*)"$', SCRIPT.read_text("utf-8"), re.MULTILINE)
    assert set(named.split()) == vendors


def test_the_script_is_careful() -> None:
    """No eval, and no expansion that a shell would split or take for a pattern."""
    code = [line for line in SCRIPT.read_text("utf-8").splitlines() if not line.lstrip().startswith("#")]
    assert not re.search(r"\beval\b|`|\$\(", "\n".join(code))
    for line in code:
        bare = re.sub(r'"[^"]*"', "", line)
        assert "$" not in bare, line


def test_the_line_of_mdev() -> None:
    """Its regexes are busybox': variables with a regex each, then that of the name; one line, no word of a device."""
    (line,) = (one for one in (CONTRIB / "mdev/mdev.conf").read_text("utf-8").splitlines() if not one.startswith("#"))
    matches, owner, mode, command = line.split()
    assert matches.startswith("-SUBSYSTEM=usb;DEVTYPE=usb_interface;")
    assert (owner, mode) == ("root:root", "0660")
    assert re.fullmatch(r"@/[a-z/]+", command)


NETNS = CONTRIB / "netns/modem-netns"
NO_PORTS = ("", "1", "1-", "-1", "1-1;x", "1-1/..", "1..1", "1-1-1", "$(x)", "1-1\n", "--help", "x-1")


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    "words",
    [
        *([what, *words] for what in ("up", "down") for words in ([], ["1-1", "eth0", "more"])),
        *(["up", port] for port in NO_PORTS),
        *(["down", port] for port in NO_PORTS),
        *([], ["lease"], ["bound"], ["list", "more"]),
    ],
    ids=repr,
)
def test_modem_netns_does_nothing_with_words_that_it_does_not_know(
    shell: str, words: list[str], tmp_path: Path
) -> None:
    """No program is in its PATH: one that it called would be told as not found."""
    done = subprocess.run(
        [shutil.which(shell) or shell, *SHELLS[shell][1:], NETNS, *words],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": str(tmp_path)},
    )
    assert done.returncode == 2
    assert done.stderr.startswith("modem-netns: ")
    assert done.stderr.count("\n") == 1 + "".join(words).count("\n")
