"""What make lint asks bandit and pip-audit, and that neither is silent where it has found, or found out, nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tools import audit_packages
from tools.audit_packages import Audit

ROOT = Path(__file__).resolve().parents[2]
BAD = {"id": "PYSEC-2018-28", "fix_versions": ["2.20.0"], "aliases": ["CVE-2018-18074"], "description": "a header"}
REPORT = {
    "dependencies": [
        {"name": "pyusb", "version": "1.3.1", "vulns": []},
        {"name": "requests", "version": "2.19.0", "vulns": [BAD]},
        {"name": "construct", "skip_reason": "not found"},
    ],
    "fixes": [],
}


def test_a_report_is_read_whole() -> None:
    audit = audit_packages.read(json.dumps(REPORT))
    assert audit.looked_up == {"pyusb", "requests"}
    assert audit.vulnerable == ("requests 2.19.0: PYSEC-2018-28, CVE-2018-18074; fixed in 2.20.0",)
    assert audit.unknown == {"construct": "not found"}


@pytest.mark.parametrize(
    ("vulnerable", "unknown", "required", "status", "says"),
    [
        ((), {}, False, 0, ""),
        ((), {}, True, 0, ""),
        (("x 1: CVE-1; fixed in 2",), {}, False, 1, "x 1: CVE-1; fixed in 2"),
        (
            (),
            {"y": "no answer"},
            False,
            0,
            "1 packages were NOT looked up, 1 were; first reason:\n  no answer\n",
        ),
        ((), {"y": "no answer"}, True, 1, "1 packages were NOT looked up"),
        (("x 1: CVE-1; fixed in 2",), {"y": "no answer"}, False, 1, "NOT looked up"),
    ],
)
def test_a_vulnerability_fails_and_what_is_not_known_is_told(
    vulnerable: tuple[str, ...], unknown: dict[str, str], required: bool, status: int, says: str
) -> None:
    lines, became = audit_packages.judge(Audit(frozenset("x"), vulnerable, unknown), required=required)
    assert became == status
    assert says in "\n".join(lines)
    assert bool(lines) == bool(says)


def test_what_a_second_service_knows_is_known() -> None:
    first = Audit(frozenset({"a"}), (), {"b": "not found", "c": "not found"})
    second = Audit(frozenset({"b"}), ("b 1: CVE-1; fixed in 2",), {"a": "no answer", "c": "no answer"})
    assert first.with_(second) == Audit(frozenset({"a", "b"}), ("b 1: CVE-1; fixed in 2",), {"c": "not found"})


class Service(BaseHTTPRequestHandler):
    """OSV's query, of which pyserial 3.5 alone is vulnerable.  Ref: https://google.github.io/osv.dev/post-v1-query/"""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        found = [VULNERABILITY] if asked["package"]["name"] == "pyserial" else []
        answer = json.dumps({"vulns": found} if found else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass


VULNERABILITY = {
    "id": "OSV-1",
    "aliases": ["CVE-2026-1"],
    "details": "a made-up one",
    "affected": [
        {
            "package": {"name": "pyserial", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "3.6"}]}],
        }
    ],
}


@pytest.fixture
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


RUN = [ROOT / "requirements/run.txt"]


@pytest.mark.package
def test_pip_audit_s_own_answer_is_understood(url: str) -> None:
    audit = audit_packages.ask(RUN, "osv", "--osv-url", url)
    assert audit.vulnerable == ("pyserial 3.5: CVE-2026-1, OSV-1; fixed in 3.6",)
    assert {"pyserial", "pyusb", "construct", "setuptools"} <= audit.looked_up
    assert audit.unknown == {}


@pytest.mark.package
def test_a_service_that_does_not_answer_is_named() -> None:
    audit = audit_packages.ask(RUN, "osv", "--osv-url", "http://127.0.0.1:9")
    assert audit.looked_up == frozenset()
    assert {"pyserial", "pyusb", "construct", "setuptools"} <= set(audit.unknown)
    assert "osv did not answer: " in audit.unknown["pyusb"]
    assert "Connection refused" in audit.unknown["pyusb"]


@pytest.mark.package
@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("import subprocess\nsubprocess.run('ls ' + input(), shell=True)\n", 1),
        ("import yaml\nyaml.load(input())\n", 1),
        ("import subprocess\nsubprocess.run(['/bin/ls', '--', input()])\n", 0),
    ],
)
def test_bandit_finds_with_our_configuration_what_it_should(code: str, status: int, tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text(code)
    words = ["--quiet", "--configfile", str(ROOT / "pyproject.toml"), str(tmp_path / "code.py")]
    done = subprocess.run([sys.executable, "-m", "bandit", *words], capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stdout + done.stderr
