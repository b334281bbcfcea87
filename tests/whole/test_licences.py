"""docs/licences.md and the SBOM: each package that modeswitch runs with, under the licence that it tells."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import pytest

from tools import licences

ROOT = Path(__file__).resolve().parents[2]
PROJECT = ROOT / "pyproject.toml"
PAGE = (ROOT / "docs/licences.md").read_text("utf-8")
NOW = datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)


def table(heading: str) -> dict[str, str]:
    """First cell → licence, of the table below a heading of the page."""
    below = PAGE.partition(heading)[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in below.splitlines() if line[:1] == "|"]
    head, _, *rows = rows
    return {row[0]: row[head.index("licence")] for row in rows}


def packages() -> list[str]:
    try:
        needed, more = licences.packages(PROJECT)
    except metadata.PackageNotFoundError as missing:
        pytest.skip(f"{missing.name} is not installed, as where the packages are a distribution's")
    return [*needed, *more]


def test_each_package_is_listed_with_the_licence_that_its_metadata_tell() -> None:
    assert table("## What it runs with") == {name: licences.told(name) for name in packages()}


TAKEN = {
    *("MIT", "BSD", "BSD License", "BSD-3-Clause", "BSD, Public Domain", "Apache 2.0", "Apache-2.0"),
    *("MPL-2.0", "LGPL-3.0"),
}
"""The licences, in packages' own words, under which what modeswitch imports may be: anybody may import what is."""


def test_no_package_is_under_a_licence_that_is_not_taken() -> None:
    assert {licences.told(name) for name in packages()} <= TAKEN


def test_what_linux_needs_is_what_the_readme_s_user_installs() -> None:
    packages()
    assert licences.packages(PROJECT)[0] == ["construct", "pyserial", "pyusb"]


def test_each_file_of_others_is_listed_with_its_licence() -> None:
    listed = table("# Licences")
    for one in tomllib.loads((ROOT / "REUSE.toml").read_text("utf-8"))["annotations"]:
        paths = [one["path"]] if isinstance(one["path"], str) else one["path"]
        licence = one.get("SPDX-License-Identifier")
        for path in paths if licence not in ("MIT", None) else []:
            if not path.startswith("tests/"):
                (row,) = [row for row in listed if f"`{path}`" in row]
                assert listed[row] == f"`{licence}`"


def test_the_texts_of_all_licences_are_here() -> None:
    expression = tomllib.loads(PROJECT.read_text("utf-8"))["project"]["license"]
    assert f"`{expression}`" in PAGE
    assert {path.stem for path in (ROOT / "LICENSES").iterdir()} == set(re.split(" AND ", expression))


@pytest.mark.package
def test_the_sbom_lists_the_same() -> None:
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    from tools.write_sbom import sbom

    text = sbom(NOW)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert sbom(NOW) == text
    told = json.loads(text)
    parts = {one["name"]: one for one in told["components"]}
    found = {name: one["version"] for name, one in parts.items() if one["type"] == "library"}
    assert found == {name: metadata.version(name) for name in packages()}
    needed = {name for name, one in parts.items() if one.get("scope") == "required"}
    assert needed == set(licences.packages(PROJECT)[0])
    assert {name for name, one in parts.items() if one["type"] == "data"} == {
        "modeswitch/linux/kernel_tables.txt",
        "modeswitch/doctor/usb_things.txt",
        "profiles/compiled.txt",
    }
    assert all(one["licenses"] for one in parts.values())
    assert told["metadata"]["component"]["licenses"][0]["expression"] == "MIT AND GPL-2.0-or-later AND GPL-2.0-only"
