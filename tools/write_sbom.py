"""Write build/sbom/modeswitch-VERSION.cdx.json: what modeswitch is made of and runs with, and under which licences.

Run from the root of the checkout: ``python -m tools.write_sbom`` (``make sbom``); a release has it beside the wheel.
The packages are what Linux needs and, as optional ones, what another system or an extra needs, in the versions that
are pinned; their licences are what their metadata say.  The data of others come from REUSE.toml.

Ref: https://cyclonedx.org/docs/1.6/json/; https://reuse.software/spec-3.3/
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

import modeswitch
from tools import licences

ROOT = Path(__file__).resolve().parent.parent
OWN = "MIT"
"""What is not under this licence is somebody else's."""


def data_of_others() -> Iterator[Component]:
    """The files of REUSE.toml that are under another licence than modeswitch's own."""
    make = LicenseFactory()
    for one in tomllib.loads((ROOT / "REUSE.toml").read_text("utf-8"))["annotations"]:
        expression = one.get("SPDX-License-Identifier", OWN)
        paths = [one["path"]] if isinstance(one["path"], str) else one["path"]
        for path in paths if expression != OWN else []:
            if not path.startswith("tests/"):
                yield Component(
                    name=path,
                    type=ComponentType.DATA,
                    bom_ref=path,
                    copyright=one["SPDX-FileCopyrightText"],
                    licenses=[make.make_from_string(expression)],
                )


def package(name: str, scope: ComponentScope) -> Component:
    """An installed package."""
    version = metadata.version(name)
    url = f"pkg:pypi/{name}@{version}"
    return Component(
        name=name,
        version=version,
        type=ComponentType.LIBRARY,
        scope=scope,
        bom_ref=url,
        purl=PackageURL.from_string(url),
        licenses=[LicenseFactory().make_from_string(licences.told(name))],
    )


def sbom(now: datetime) -> str:
    """The whole, as CycloneDX's JSON; the same text again for the same packages and time."""
    project = ROOT / "pyproject.toml"
    expression = tomllib.loads(project.read_text("utf-8"))["project"]["license"]
    url = f"pkg:pypi/modeswitch@{modeswitch.__version__}"
    needed, optional = licences.packages(project)
    parts = [
        *(package(name, ComponentScope.REQUIRED) for name in needed),
        *(package(name, ComponentScope.OPTIONAL) for name in optional),
        *data_of_others(),
    ]
    root = Component(
        name="modeswitch",
        version=modeswitch.__version__,
        type=ComponentType.APPLICATION,
        bom_ref=url,
        purl=PackageURL.from_string(url),
        licenses=[LicenseFactory().make_with_expression(expression)],
    )
    bom = Bom(components=parts, serial_number=uuid5(NAMESPACE_URL, f"{url} {now.isoformat()}"))
    bom.metadata.timestamp = now
    bom.metadata.component = root
    bom.register_dependency(root, parts)
    return str(JsonV1Dot6(bom).output_as_string(indent=2)) + "\n"


def write(folder: Path, now: datetime) -> Path:
    """Write it into a folder, which is made; give the file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"modeswitch-{modeswitch.__version__}.cdx.json"
    path.write_text(sbom(now), "utf-8")
    return path


def main(arguments: list[str]) -> int:
    """Write it and say where: into a folder, of a time in seconds of Unix; else below build/, of now."""
    folder, seconds = arguments or (str(ROOT / "build/sbom"), "")
    now = datetime.fromtimestamp(int(seconds), UTC) if seconds else datetime.now(UTC).replace(microsecond=0)
    print(write(Path(folder), now))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
