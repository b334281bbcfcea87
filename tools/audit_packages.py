"""Say which packages of requirements/*.txt have known vulnerabilities: status 1 where one has.

Run from the root of the checkout: ``python -m tools.audit_packages`` (a part of ``make lint``).  pip-audit asks PyPI's
service, and OSV's for what that one does not know.  What neither has told is named on standard error and is no
failure, so that a machine without a network can lint; with ``--required`` it is one (``make audit``, and a release).

Ref: https://github.com/pypa/pip-audit; pip-audit itself ends with status 0 where it has found out nothing.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
FILES = ("contrib", "fuzz", "mutants", "docs")
"""The files of requirements/ that hold between them what all others hold."""
SERVICES = (("pypi",), ("osv",))
"""Whom to ask, one after the other: the words of pip-audit's ``--vulnerability-service``."""
SECONDS = 240
"""How long one service may take for all packages."""


class Audit(NamedTuple):
    """What is known of packages: who was looked up, who is vulnerable, and why nothing is known (name → reason)."""

    looked_up: frozenset[str]
    vulnerable: tuple[str, ...]
    unknown: dict[str, str]

    def with_(self, later: Audit) -> Audit:
        """Both together: what the later one knows is known."""
        known = self.looked_up | later.looked_up
        unknown = {name: reason for name, reason in {**later.unknown, **self.unknown}.items() if name not in known}
        return Audit(known, tuple(dict.fromkeys((*self.vulnerable, *later.vulnerable))), unknown)


def read(report: str) -> Audit:
    """What pip-audit's JSON says.  Raises ValueError where it is none."""
    told = json.loads(report)["dependencies"]
    vulnerable = tuple(line for one in told for line in _vulnerabilities(one))
    unknown = {one["name"]: one["skip_reason"] for one in told if "skip_reason" in one}
    return Audit(frozenset(one["name"] for one in told) - set(unknown), vulnerable, unknown)


def _vulnerabilities(one: dict[str, object]) -> Iterator[str]:
    found = one.get("vulns", [])
    for each in found if isinstance(found, list) else []:
        names = ", ".join([each["id"], *each["aliases"]])
        fixed = ", ".join(each["fix_versions"]) or "no version"
        yield f"{one['name']} {one['version']}: {names}; fixed in {fixed}"


def ask(files: Sequence[Path], *service: str) -> Audit:
    """What one service says of the pins in those files; ``service`` is pip-audit's word for it, and its options."""
    words = [*(word for file in files for word in ("--requirement", str(file))), "--vulnerability-service", *service]
    options = ["--require-hashes", "--disable-pip", "--progress-spinner", "off", "--desc", "off", "--format", "json"]
    command = [sys.executable, "-m", "pip_audit", *words, *options]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        audit = read(done.stdout)
        if audit.looked_up or audit.unknown:
            return audit
        reason = f"{service[0]} was asked of no package"
    except subprocess.TimeoutExpired:
        reason = f"{service[0]} did not answer within {SECONDS} s"
    except ValueError:
        last = done.stderr.strip().rpartition("\n")[2]
        reason = f"{service[0]} did not answer: {last[:400]}"
    return Audit(frozenset(), (), dict.fromkeys(pinned(files), reason))


def pinned(files: Sequence[Path]) -> list[str]:
    """The names of all packages in those files."""
    lines = (line for file in files for line in file.read_text("utf-8").splitlines())
    return sorted({line.partition("==")[0] for line in lines if "==" in line and line[:1].isalnum()})


def judge(audit: Audit, *, required: bool) -> tuple[list[str], int]:
    """The lines to print, and the exit status."""
    lines = [*audit.vulnerable]
    if audit.unknown:
        reasons = sorted(set(audit.unknown.values()))
        lines += [
            f"pip-audit: {len(audit.unknown)} packages were NOT looked up, {len(audit.looked_up)} were; first reason:",
            f"  {reasons[0]}",
            "Nothing is known of them. Ask again where pypi.org or api.osv.dev answers: make audit",
        ]
    return lines, int(bool(audit.vulnerable) or (required and bool(audit.unknown)))


def main(arguments: Sequence[str]) -> int:
    """Ask, print, and give the exit status."""
    files = [ROOT / "requirements" / f"{name}.txt" for name in FILES]
    audit = ask(files, *SERVICES[0])
    for service in SERVICES[1:]:
        if audit.unknown:
            audit = audit.with_(ask(files, *service))
    lines, status = judge(audit, required="--required" in arguments)
    print(*lines, sep="\n", end="\n" if lines else "", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
