"""The packages that modeswitch runs with, and the licences that their metadata tell.

Ref: https://packaging.python.org/en/latest/specifications/core-metadata/
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.pin_packages import wanted

NEEDED, OPTIONAL = ("run",), ("hilink", "libusb")
"""The lists of pyproject.toml that modeswitch runs with: always, and where somebody wants it."""


def packages(project: Path) -> tuple[list[str], list[str]]:
    """The names of what modeswitch needs on this machine, and of what another system or an extra needs besides.

    Raises :class:`importlib.metadata.PackageNotFoundError` where one is not installed.
    """
    needed = _closure(wanted(project, NEEDED), here=True)
    more = _closure(wanted(project, (*NEEDED, *OPTIONAL)), here=False)
    return needed, [name for name in more if name not in needed]


def _closure(requirements: Iterable[str], *, here: bool) -> list[str]:
    """The names of all packages that those requirements need, sorted; ``here`` takes what this machine needs of them.

    Raises :class:`importlib.metadata.PackageNotFoundError` where one is not installed.
    """
    found: set[str] = set()
    waiting = [one for one in map(Requirement, requirements) if not here or _applies(one)]
    while waiting:
        name = canonicalize_name(waiting.pop().name)
        if name not in found:
            found.add(name)
            waiting += [need for need in map(Requirement, metadata.requires(name) or []) if _applies(need)]
    return sorted(found)


def _applies(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": ""})


def told(package: str) -> str:
    """What an installed package's metadata say of its licence: the expression, else the word, else the classifiers."""
    has = metadata.metadata(package)
    classifiers = [line.rpartition(" :: ")[2] for line in has.get_all("Classifier", []) if line.startswith("License")]
    return str(has["License-Expression"] or has["License"] or ", ".join(classifiers))
