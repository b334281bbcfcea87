"""The files that are written into a system: what a person has changed of them stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from modeswitch.database.library import Library
from modeswitch.service import install, udevrules
from modeswitch.service.policy import read
from modeswitch.service.wish import Wish


def made() -> dict[str, str]:
    return install.service_files(Library(user=[]))


def test_install_is_idempotent(tmp_path: Path) -> None:
    first = install.install(made(), str(tmp_path))
    assert [one.result for one in first] == ["written"] * 4
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert [one.result for one in install.install(made(), str(tmp_path))] == ["unchanged"] * 3
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert all(path.stat().st_mode & 0o777 == 0o644 for path in before)


def test_what_somebody_changed_is_neither_overwritten_nor_removed(tmp_path: Path) -> None:
    install.install(made(), str(tmp_path))
    rules = tmp_path / install.RULES_FOLDER / udevrules.RULES_FILE
    rules.write_text(rules.read_text().replace("1f01|", ""))
    changed = rules.read_bytes()
    assert [one.result for one in install.install(made(), str(tmp_path))] == ["kept", "unchanged", "unchanged"]
    assert [one.result for one in install.remove(made(), str(tmp_path))] == ["kept", "removed", "removed"]
    assert rules.read_bytes() == changed


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw.replace(b"\n", b"\r\n"),
        lambda raw: raw.replace(b"1f01|", b"\xff"),
        lambda raw: raw + b"# mine\n",
        lambda raw: raw[:-2] + b"\n",
        lambda raw: b"# " + b"x" * (1024 * 1024) + b"\n" + raw,
    ],
)
def test_any_change_is_seen(tmp_path: Path, change: Callable[[bytes], bytes]) -> None:
    install.install(made(), str(tmp_path))
    rules = tmp_path / install.RULES_FOLDER / udevrules.RULES_FILE
    rules.write_bytes(change(rules.read_bytes()))
    changed = rules.read_bytes()
    assert install.install(made(), str(tmp_path))[0].result == "kept"
    assert install.remove(made(), str(tmp_path))[0].result == "kept"
    assert rules.read_bytes() == changed


def test_an_older_version_of_ours_is_replaced(tmp_path: Path) -> None:
    rules = tmp_path / install.RULES_FOLDER / udevrules.RULES_FILE
    rules.parent.mkdir(parents=True)
    rules.write_text(install.with_checksum("# an older one\n"))
    assert install.install(made(), str(tmp_path))[0].result == "written"


def test_the_policy_is_the_owners(tmp_path: Path) -> None:
    policy = tmp_path / install.POLICY
    policy.parent.mkdir(parents=True)
    policy.write_text("# mine\n")
    install.install(made(), str(tmp_path))
    install.remove(made(), str(tmp_path))
    assert policy.read_text() == "# mine\n"


def test_the_first_policy_is_a_good_one() -> None:
    policy = read(install.FIRST_POLICY)
    assert (policy.problems, policy.rules, policy.default) == ((), (), Wish("usual"))
