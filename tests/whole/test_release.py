"""make release: what it refuses, what it writes, and in a copy of the checkout the whole of it (make package-test)."""

from __future__ import annotations

import difflib
import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import modeswitch
from tests.support.checkout import copy_checkout
from tools import dist, release

ROOT = Path(__file__).resolve().parents[2]
NOW = 1_798_761_599  # 2026-12-31 23:59:59 UTC
NEXT = "12.0.10"
PERSON = ("-c", "user.name=Tester", "-c", "user.email=tester@example.org")


@pytest.mark.parametrize(
    "version", ["", "1", "1.2", "1.2.3.4", "v1.2.3", "1.2.3rc1", "01.2.3", "1.2.-3", "1.2.3\n", "1.2.³", "1.2.3; id"]
)
def test_what_is_no_version_is_refused(version: str) -> None:
    with pytest.raises(release.Refusal, match="is no version"):
        release.parsed(version)


def test_versions_compare_by_number() -> None:
    words = ["10.0.0", "1.0.0", "0.10.1", "0.10.0", "0.9.9"]
    assert sorted(words, key=release.parsed) == words[::-1]


@pytest.mark.parametrize("path", release.PLACES)
def test_a_new_version_changes_one_line(path: str) -> None:
    before = (ROOT / path).read_text("utf-8")
    after = release.versioned(path, before, NEXT)
    changed = [pair for pair in zip(before.splitlines(), after.splitlines(), strict=True) if pair[0] != pair[1]]
    assert len(changed) == 1
    assert release.found(path, after) == NEXT


def test_the_changelogs_begin_with_it() -> None:
    heads = {
        "CHANGELOG.md": f"## [Unreleased]\n\n## [{NEXT}] - 2026-12-31\n",
        "contrib/packaging/debian/changelog": f"modeswitch ({NEXT}-0upstream1) unstable; urgency=medium\n",
        "contrib/packaging/fedora/modeswitch.spec": f"%changelog\n* Thu Dec 31 2026 {release.AUTHORS} - {NEXT}-1\n",
    }
    assert set(heads) == set(release.CHANGELOGS)
    for path, head in heads.items():
        before = (ROOT / path).read_text("utf-8")
        after = release.logged(path, before, NEXT, NOW)
        assert after.count(head) == 1
        lost = [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line.startswith("- ")]
        assert lost == []
    debian = "contrib/packaging/debian/changelog"
    entry = release.logged(debian, (ROOT / debian).read_text("utf-8"), NEXT, NOW)
    assert f" -- {release.AUTHORS}  Thu, 31 Dec 2026 23:59:59 +0000\n\nmodeswitch (" in entry


def git(*words: str, cwd: Path) -> str:
    done = subprocess.run(["git", *PERSON, *words], cwd=cwd, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def make(clone: Path, version: str, *more: str) -> subprocess.CompletedProcess[str]:
    """make release, with this interpreter in place of the virtual environment's; no service is asked."""
    (clone / ".venv/bin").mkdir(parents=True, exist_ok=True)
    python = clone / ".venv/bin/python"
    if not python.exists():
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        python.chmod(0o755)
    for stamp in (".made", ".installed", ".dev", ".release"):
        (clone / ".venv" / stamp).touch()
    words = ["make", "release", *(more or ["UNAUDITED=yes"]), *([f"VERSION={version}"] if version else [])]
    return subprocess.run(words, cwd=clone, capture_output=True, text=True, timeout=600, check=False)


def state(clone: Path) -> tuple[str, str, str, str]:
    """All that a release that fails must leave as it is."""
    return (
        git("rev-parse", "HEAD", cwd=clone),
        git("tag", cwd=clone),
        git("status", "--porcelain", cwd=clone),
        git("worktree", "list", cwd=clone),
    )


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    copy = copy_checkout(tmp_path / "modeswitch")
    log = copy / "CHANGELOG.md"
    log.write_text(
        log.read_text("utf-8").replace("## [Unreleased]\n", "## [Unreleased]\n\n- Something new.\n", 1), "utf-8"
    )
    git("init", "--quiet", "--initial-branch=main", cwd=copy)
    git("config", "user.name", "Tester", cwd=copy)
    git("config", "user.email", "tester@example.org", cwd=copy)
    git("add", "--all", cwd=copy)
    git("commit", "--quiet", "--message", "all", cwd=copy)
    return copy


def untracked(clone: Path) -> None:
    (clone / "notes.txt").write_text("mine\n")


def edited(clone: Path) -> None:
    (clone / "README.md").write_text("mine\n")


def tagged(clone: Path) -> None:
    git("tag", f"v{NEXT}", cwd=clone)


def detached(clone: Path) -> None:
    git("checkout", "--quiet", "--detach", cwd=clone)


def nothing_new(clone: Path) -> None:
    log = clone / "CHANGELOG.md"
    log.write_text(log.read_text("utf-8").replace("## [Unreleased]\n", "## [Unreleased]\n\n## [0.0.1] - 2026-01-01\n"))
    git("commit", "--quiet", "--all", "--message", "log", cwd=clone)


def unreadable(clone: Path) -> None:
    """What only the checks of the finished files see."""
    path = clone / "pyproject.toml"
    path.write_text(path.read_text("utf-8").replace("Typing :: Typed", "Typing :: Guessed"))
    git("commit", "--quiet", "--all", "--message", "classifier", cwd=clone)


def keyless(clone: Path) -> None:
    """Tags shall be signed, and cannot be."""
    git("config", "tag.gpgSign", "true", cwd=clone)
    git("config", "gpg.program", "/bin/false", cwd=clone)


def moved(clone: Path) -> None:
    """Another program commits to the branch while the release is made."""
    hook = clone / ".git/hooks/post-commit"
    hook.parent.mkdir(exist_ok=True)
    other = f'git -C "{clone}" commit --no-verify --quiet --allow-empty --message other'
    hook.write_text(f'#!/bin/sh\nrm "$0"\nunset GIT_DIR GIT_INDEX_FILE GIT_WORK_TREE\n{other}\n')
    hook.chmod(0o755)


@pytest.mark.package
def test_a_branch_that_moved_meanwhile_is_left_alone(clone: Path) -> None:
    moved(clone)
    done = make(clone, NEXT)
    assert done.returncode != 0
    assert "no release: git merge: " in done.stderr
    assert git("log", "--format=%s", cwd=clone) == "other\nall\n"
    assert git("tag", cwd=clone) == ""
    assert not (clone / "dist").exists()


@pytest.mark.package
@pytest.mark.parametrize(
    ("version", "spoil", "said"),
    [
        ("", None, "is no version"),
        (modeswitch.__version__, None, "is not greater than"),
        ("0.0.99", None, "is not greater than"),
        (NEXT, untracked, "notes.txt"),
        (NEXT, edited, "README.md"),
        (NEXT, tagged, f"there is a tag v{NEXT}"),
        (NEXT, detached, "no branch"),
        (NEXT, nothing_new, "nothing below [Unreleased]"),
        (NEXT, unreadable, "Guessed"),
        (NEXT, keyless, "git tag: "),
    ],
)
def test_no_release_changes_nothing(clone: Path, version: str, spoil: Callable[[Path], None] | None, said: str) -> None:
    if spoil is not None:
        spoil(clone)
    before = state(clone)
    done = make(clone, version)
    assert done.returncode != 0
    assert said in done.stderr
    assert "no release: " in done.stderr
    assert state(clone) == before
    assert not (clone / "dist").exists()


@pytest.mark.package
def test_no_release_of_what_could_not_be_audited(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No service can be reached by a proxy that is not there."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    before = state(clone)
    done = make(clone, NEXT, "UNAUDITED=")
    assert done.returncode != 0
    assert "no release: tools.audit_packages is not content:\npip-audit: " in done.stderr
    assert "packages were NOT looked up, 0 were" in done.stderr
    assert state(clone) == before


@pytest.mark.package
def test_a_release_up_to_the_upload(clone: Path, tmp_path: Path) -> None:
    done = make(clone, NEXT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"git push --atomic origin main v{NEXT}\n" in done.stdout
    assert f"-m twine upload dist/{NEXT}/*.whl dist/{NEXT}/*.tar.gz\n" in done.stdout
    assert git("log", "--format=%s", "-2", cwd=clone) == f"release: {NEXT}\nall\n"
    assert git("describe", cwd=clone) == f"v{NEXT}\n"
    assert git("status", "--porcelain", cwd=clone) == ""
    assert len(git("worktree", "list", cwd=clone).splitlines()) == 1
    changed = set(git("diff", "--name-only", "HEAD~1", cwd=clone).split())
    assert changed == {*release.PLACES, *release.CHANGELOGS, "contrib/man/modeswitch.1"}
    assert f"modeswitch {NEXT}" in (clone / "contrib/man/modeswitch.1").read_text("utf-8")
    made = clone / "dist" / NEXT
    names = {f"modeswitch-{NEXT}-py3-none-any.whl", f"modeswitch-{NEXT}.tar.gz", f"modeswitch-{NEXT}.cdx.json"}
    assert {path.name for path in made.iterdir()} == {*names, "SHA256SUMS"}
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=made, check=True, capture_output=True)
    assert len((made / "SHA256SUMS").read_text().splitlines()) == len(names)
    assert f"{NEXT} is not greater than {NEXT}" in make(clone, NEXT).stderr
    # Who has the tag gets the wheel that was released.
    git("clone", "--quiet", "--branch", f"v{NEXT}", str(clone), str(tmp_path / "theirs"), cwd=tmp_path)
    epoch = int(git("log", "-1", "--format=%ct", cwd=tmp_path / "theirs"))
    wheel, _ = dist.build(tmp_path / "theirs", tmp_path / "dist", epoch)
    assert hashlib.sha256(wheel.read_bytes()).hexdigest() in (made / "SHA256SUMS").read_text()
