"""requirements/*.txt: all that the Makefile installs is pinned there with hashes, as pyproject.toml wants it."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.pin_packages import FILES, FOLDER, wanted

ROOT = Path(__file__).resolve().parents[2]
PYTHONS = ["3.11.2", "3.11.9", "3.12.3", "3.13.5", "3.14.0", "3.15.0"]
MACHINES = ["x86_64", "aarch64"]
PIN = re.compile(
    r"(?P<pin>[a-z0-9][a-z0-9.-]*==[^ ;]+(?: ; [^\\\n]+)?)(?P<hashes>(?: \\\n    --hash=sha256:[0-9a-f]{64})+)\n"
)
INSTALLS = re.compile(r"pip install|\$\(INSTALL\)")


class Pins(NamedTuple):
    """The pins of one file, and the hashes of each."""

    pins: list[Requirement]
    hashes: list[int]


def read(name: str) -> Pins:
    """What a file of requirements/ pins; it may hold nothing but comments and pins with hashes."""
    text = (FOLDER / f"{name}.txt").read_text("utf-8")
    found = list(PIN.finditer(text))
    assert re.sub(r"^#.*\n", "", PIN.sub("", text), flags=re.MULTILINE) == ""
    return Pins([Requirement(one["pin"]) for one in found], [one["hashes"].count("sha256") for one in found])


def environment(python: str, machine: str) -> dict[str, str]:
    """The markers of a Linux with that Python on that processor."""
    return {
        "python_version": python.rpartition(".")[0],
        "python_full_version": python,
        "platform_machine": machine,
        "sys_platform": "linux",
        "platform_system": "Linux",
        "os_name": "posix",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }


ENVIRONMENTS = [environment(python, machine) for python in PYTHONS for machine in MACHINES]


def applies(requirement: Requirement, there: dict[str, str]) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({**there, "extra": ""})


def versions(name: str, there: dict[str, str]) -> dict[str, str]:
    """Package → version, as a file gives them to a machine; no package twice."""
    pins = [pin for pin in read(name).pins if applies(pin, there)]
    found: dict[str, str] = {canonicalize_name(pin.name): str(pin.specifier).removeprefix("==") for pin in pins}
    assert len(found) == len(pins)
    return found


def unmet(requirements: list[Requirement], found: dict[str, str], there: dict[str, str]) -> list[str]:
    """Those of the requirements that apply to a machine and that these versions do not meet."""
    return [str(one) for one in requirements if applies(one, there) and not meets(one, found)]


def meets(requirement: Requirement, found: dict[str, str]) -> bool:
    version = found.get(canonicalize_name(requirement.name))
    return version is not None and requirement.specifier.contains(version, prereleases=True)


@pytest.mark.parametrize("name", FILES)
def test_what_the_project_wants_is_pinned_for_every_python_and_processor(name: str) -> None:
    requirements = [Requirement(line) for line in wanted(ROOT / "pyproject.toml", FILES[name])]
    assert requirements
    for there in ENVIRONMENTS:
        assert unmet(requirements, versions(name, there), there) == [], there


def test_a_requirement_that_is_not_pinned_is_seen() -> None:
    there = environment("3.13.5", "x86_64")
    asked = ["pyusb >= 1.2.1", "pyusb >= 99", "no-such-package", "no-such-package; sys_platform == 'win32'"]
    assert unmet(list(map(Requirement, asked)), versions("run", there), there) == ["pyusb>=99", "no-such-package"]


def test_no_two_files_differ_in_a_version() -> None:
    """One virtual environment may get them all."""
    for there in ENVIRONMENTS:
        of_all: dict[str, set[str]] = {}
        for name in FILES:
            for package, version in versions(name, there).items():
                of_all.setdefault(package, set()).add(version)
        assert {package: found for package, found in of_all.items() if len(found) > 1} == {}


def test_every_list_of_the_project_is_pinned_but_the_user_s_own() -> None:
    """The extra ``libusb`` is a part of ``dev``; the others are in a file."""
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    (table,) = re.findall(r"^\[project\.optional-dependencies\]\n(.*?)^\[", text, re.MULTILINE | re.DOTALL)
    extras = set(re.findall(r"^(\w+) = \[", table, re.MULTILINE))
    assert extras - {name for lists in FILES.values() for name in lists} == {"libusb"}
    assert {path.stem for path in FOLDER.iterdir()} == set(FILES)


def test_what_a_pinned_package_needs_is_pinned() -> None:
    """Of those that are installed here in the version that is pinned; pip would fetch the rest without a hash."""
    here = environment("3.13.5", "x86_64")
    looked_at = 0
    for name in FILES:
        found = versions(name, here)
        for package, version in found.items():
            try:
                installed = metadata.distribution(package)
            except metadata.PackageNotFoundError:
                continue
            if installed.version == version:
                looked_at += 1
                assert unmet([Requirement(line) for line in installed.requires or []], found, here) == [], package
    assert looked_at or not (ROOT / ".venv").exists()


@pytest.mark.parametrize("path", ["Makefile", ".ci/run", "tools/test_on_sid.sh"])
def test_nothing_is_installed_without_a_hash(path: str) -> None:
    """Each line that installs names a file of pins and wants its hashes, or takes nothing but this checkout."""
    text = (ROOT / path).read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if INSTALLS.search(line) and " := " not in line]
    for line in lines:
        assert "--no-deps" in line or re.search(r"--require-hashes\s+--requirement requirements/", line), line
    assert lines or path == ".ci/run"


def test_a_package_without_a_wheel_is_built_by_what_is_pinned() -> None:
    """pip would fetch what builds it without a hash, unless it builds with what is installed."""
    (line,) = re.findall(r"^INSTALL := (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert "--no-build-isolation" in line.split()
