"""The system's own programs, played by scripts: found on a fixed path, heard within bounds, always ended."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from modeswitch.linux import programs


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(programs, "PATH", f"{tmp_path}/a:{tmp_path}/b:/usr/bin:/bin")
    monkeypatch.setattr(programs, "ENDING", 0.3)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    return tmp_path


def script(path: Path, text: str, mode: int = 0o755) -> None:
    path.write_text(f"#!/bin/sh\n{text}")
    path.chmod(mode)


def test_where_programs_are_looked_for(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert programs.find("tool") is None
    script(folder / "b/tool", "")
    assert programs.find("tool") == f"{folder}/b/tool"
    script(folder / "a/tool", "", 0o644)
    (folder / "a/other").mkdir()
    monkeypatch.setenv("PATH", f"{folder}/c")
    assert programs.find("tool") == f"{folder}/b/tool"
    assert programs.find("other") is None


def test_what_a_program_says(folder: Path) -> None:
    script(folder / "a/tool", 'echo "$@"; echo >&2; echo "a\x1bb" >&2; echo more >&2; exit 3\n')
    said = programs.run("tool", "x y", "z", seconds=5.0)
    assert (said.status, said.out, said.complaint) == (3, "x y z\n", r"a\x1bb")


def test_its_environment_is_not_the_callers(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LD_PRELOAD_FOR_TEST", "evil")
    script(folder / "a/tool", "env; cat\n")
    said = programs.run("tool", seconds=5.0)
    assert "evil" not in said.out
    assert f"PATH={programs.PATH}\n" in said.out


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("trap '' INT\nwhile :; do sleep 0.02; done\n", 0),
        ("while :; do echo x; sleep 0.02; done\n", 200),
        ("exec cat /dev/zero\n", programs.MOST + 65536),
        ("exec cat /dev/zero >&2\n", 0),
        ("trap '' INT TERM HUP\n(trap '' INT TERM; while :; do sleep 0.02; done) &\nwait\n", 0),
        ("exec >&- 2>&-; sleep 60\n", 0),
    ],
)
@pytest.mark.slow
def test_one_that_does_not_end_in_time(folder: Path, text: str, most: int) -> None:
    script(folder / "a/tool", text)
    began = time.monotonic()
    said = programs.run("tool", seconds=0.3)
    assert said.status is None
    assert len(said.out) <= most
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("child", ["sleep 60", "while :; do echo y; sleep 0.02; done"])
def test_what_a_program_leaves_behind_is_not_waited_for(folder: Path, child: str) -> None:
    """It holds the program's pipes, and may say more; the program has said all when it has ended."""
    script(folder / "a/tool", f"echo $$ >{folder}/group\n{{ {child}; }} &\necho x; exit 3\n")
    began = time.monotonic()
    try:
        said = programs.run("tool", seconds=10.0)
    finally:
        os.killpg(int((folder / "group").read_text()), signal.SIGKILL)
    assert said.status == 3
    assert said.out.startswith("x\n") or said.out.startswith("y\nx\n")
    assert time.monotonic() - began < 5


@pytest.mark.slow
def test_one_that_not_even_a_kill_ends(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one that hangs in the kernel."""
    script(folder / "a/tool", "trap '' INT\nwhile :; do sleep 0.02; done\n")
    killed: list[int] = []
    with monkeypatch.context() as patched:
        patched.setattr(os, "killpg", lambda group, _number: killed.append(group))
        began = time.monotonic()
        assert programs.run("tool", seconds=0.3).status is None
        assert time.monotonic() - began < 3
    os.killpg(killed[0], signal.SIGKILL)


def test_one_that_is_not_there(folder: Path) -> None:
    with pytest.raises(OSError, match="tool is not in"):
        programs.run("tool", seconds=1.0)
    script(folder / "a/tool", "")
    (folder / "a/tool").write_text("#!/nonexistent\n")
    with pytest.raises(OSError, match="No such file"):
        programs.run("tool", seconds=1.0)
