"""Make a release, up to the upload: version, changelogs, wheel and sdist, commit, tag, SHA256SUMS.

Run from the root of the checkout: ``make release VERSION=x.y.z``. All is done in a worktree of its own; the branch
moves and the tag is set when everything has succeeded, so that a release that fails has changed nothing.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from tools import dist

ROOT = Path(__file__).resolve().parent.parent
VERSION = "modeswitch/__init__.py"
"""The one place that says which version this is; the packages' samples follow it."""
PLACES = {
    VERSION: r'^__version__ = "(.+)"$',
    "contrib/packaging/fedora/modeswitch.spec": r"^Version: +(.+)$",
    "contrib/packaging/alpine/APKBUILD": r"^pkgver=(.+)$",
    "contrib/packaging/arch/PKGBUILD": r"^pkgver=(.+)$",
    "contrib/packaging/nix/package.nix": r'^  version = "(.+)";$',
    "contrib/packaging/openwrt/Makefile": r"^PKG_VERSION:=(.+)$",
}
"""File → the line where it says its version."""
AUTHORS = "The modeswitch authors <modeswitch@users.noreply.github.com>"
CHANGELOGS = {
    "CHANGELOG.md": (r"^## \[Unreleased\]\n", "## [Unreleased]\n\n## [{version}] - {day}\n"),
    "contrib/packaging/debian/changelog": (
        r"\A",
        """\
modeswitch ({version}-0upstream1) unstable; urgency=medium

  * Version {version}. CHANGELOG.md has what is in it.

 -- {authors}  {mailed}

""",
    ),
    "contrib/packaging/fedora/modeswitch.spec": (
        r"^%changelog\n",
        "%changelog\n* {rpm} {authors} - {version}-1\n- Version {version}\n\n",
    ),
}
"""File → where the newest version begins in it, and what is put there."""

DONE = """\
{version} is released here, and nowhere else: commit and tag v{version}, files in {folder}.

To publish it:
  git push --atomic origin {branch} v{version}
  {python} -m twine upload {folder}/*.whl {folder}/*.tar.gz
Its Debian package, from the tag:
  make deb
To take it back before that:
  git tag -d v{version} && git reset --keep HEAD~1
"""


class Refusal(Exception):
    """Why no release is made; nothing has been changed."""


def parsed(version: str) -> tuple[int, ...]:
    """The three numbers of x.y.z, which compare as versions do; Refusal for anything else."""
    if not re.fullmatch(r"(0|[1-9][0-9]{0,8})(\.(0|[1-9][0-9]{0,8})){2}", version, re.ASCII):
        raise Refusal(f"{version!r} is no version: make release VERSION=x.y.z, three numbers")
    return tuple(map(int, version.split(".")))


def found(path: str, text: str) -> str:
    """The version that a file of PLACES says; Refusal where it says none."""
    match = re.search(PLACES[path], text, re.MULTILINE)
    if match is None:
        raise Refusal(f"{path} has no line of its version any more: change tools/release.py")
    return match[1]


def versioned(path: str, text: str, version: str) -> str:
    """The text of a file of PLACES as the new version's."""
    old = found(path, text)
    return re.sub(PLACES[path], lambda line: line[0].replace(old, version), text, count=1, flags=re.MULTILINE)


def logged(path: str, text: str, version: str, now: int) -> str:
    """The text of a file of CHANGELOGS with the version on top, of the day (UTC) of ``now``, seconds of Unix."""
    where, entry = CHANGELOGS[path]
    day = datetime.fromtimestamp(now, UTC)
    new = entry.format(
        version=version,
        authors=AUTHORS,
        day=f"{day:%Y-%m-%d}",
        rpm=f"{day:%a %b %d %Y}",
        mailed=format_datetime(day),
    )
    changed, count = re.subn(where, lambda _: new, text, count=1, flags=re.MULTILINE)
    if not count:
        raise Refusal(f"{path} has no place for a new version: it wants {where!r}")
    return changed


def git(*words: str, cwd: Path = ROOT, **more: str) -> str:
    """What git says, without the last newline; Refusal if it fails."""
    done = subprocess.run(
        ["git", *words], cwd=cwd, env=os.environ | more, capture_output=True, text=True, timeout=600, check=False
    )
    if done.returncode:
        raise Refusal(f"git {words[0]}: {done.stderr.strip()}")
    return done.stdout.rstrip("\n")


def refuse(version: str) -> None:
    """Refusal unless this can become that version: it is newer, all is committed, and there is news to tell."""
    wanted = parsed(version)
    has = found(VERSION, (ROOT / VERSION).read_text("utf-8"))
    if wanted <= parsed(has):
        raise Refusal(f"{version} is not greater than {has}, which is what {VERSION} says")
    changed = git("status", "--porcelain")
    if changed:
        raise Refusal(f"these are not committed: commit them, or put them away (git stash -u)\n{changed}")
    if not git("branch", "--show-current"):
        raise Refusal("no branch is checked out: git switch main")
    if git("tag", "--list", f"v{version}"):
        raise Refusal(f"there is a tag v{version}: take another version")
    log = (ROOT / "CHANGELOG.md").read_text("utf-8")
    unreleased = re.search(r"^## \[Unreleased\]\n(.*?)(?=^## |\Z)", log, re.MULTILINE | re.DOTALL)
    if unreleased is None or not re.search(r"^\s*[-*] ", unreleased[1], re.MULTILINE):
        raise Refusal("CHANGELOG.md has nothing below [Unreleased]: say what is new")


def write(tree: Path, version: str, now: int) -> None:
    """Write version, changelogs and manual page in a checkout."""
    for path in PLACES:
        (tree / path).write_text(versioned(path, (tree / path).read_text("utf-8"), version), "utf-8")
    for path in CHANGELOGS:
        (tree / path).write_text(logged(path, (tree / path).read_text("utf-8"), version, now), "utf-8")
    dist.run("tools.write_manual", cwd=tree)


def package(tree: Path, work: Path, now: int) -> list[Path]:
    """Build what is committed in a checkout, with the rights that git knows, and check it: wheel, sdist."""
    packed = subprocess.run(["git", "archive", "HEAD"], cwd=tree, capture_output=True, timeout=600, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(work / "source", filter="data")
    wheel, sdist = dist.build(work / "source", work / "dist", now)
    for name in dist.CHECKS:
        dist.check(name, work / "source", wheel, sdist)
    return [wheel, sdist]


def release(version: str, *, audited: bool = True) -> str:
    """Make it; give what is left to do. Refusal or RuntimeError where it cannot be, and then nothing has changed.

    ``audited`` refuses it where a pinned package is known to be vulnerable, or where that cannot be found out.
    """
    refuse(version)
    if audited:
        dist.run("tools.audit_packages", "--required", cwd=ROOT)
    now, branch = int(time.time()), git("branch", "--show-current")
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder, "tree")
        git("worktree", "add", "--detach", str(tree), "HEAD")
        try:
            write(tree, version, now)
            date = f"@{now} +0000"
            words = ("commit", "--all", "--quiet", "--message", f"release: {version}")
            git(*words, cwd=tree, GIT_AUTHOR_DATE=date, GIT_COMMITTER_DATE=date)
            made = package(tree, Path(folder), now)
            dist.run("tools.write_sbom", str(made[0].parent), str(now), cwd=tree)
            made += made[0].parent.glob("*.cdx.json")
            commit = git("rev-parse", "HEAD", cwd=tree)
        finally:
            git("worktree", "remove", "--force", str(tree))
        _record(version, commit)
        target = ROOT / "dist" / version
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in made]
        for path in made:
            shutil.copy(path, target)
    (target / "SHA256SUMS").write_text("".join(sums), "utf-8")
    where = target.relative_to(ROOT)
    python = Path(sys.executable)
    shown = python.relative_to(ROOT) if python.is_relative_to(ROOT) else python
    return DONE.format(version=version, folder=where, branch=branch, python=shown)


def _record(version: str, commit: str) -> None:
    """Set the tag and move the branch, both or neither: a tag may want a key, and the branch may have moved."""
    git("tag", "--annotate", f"v{version}", "--message", f"modeswitch {version}", commit)
    try:
        git("merge", "--ff-only", "--quiet", commit)
    except Refusal:
        git("tag", "--delete", f"v{version}")
        raise


def main(arguments: list[str]) -> int:
    """Make the release, or say why not (status 1)."""
    audited = arguments[:1] != ["--unaudited"]
    words = arguments if audited else arguments[1:]
    try:
        print(release(words[0] if len(words) == 1 else "", audited=audited), end="")
    except (Refusal, RuntimeError) as why:
        print(f"no release: {why}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
