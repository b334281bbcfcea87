"""The files that are written into a system: what a person has changed of them stays as it is."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from modeswitch.database.library import Library
from modeswitch.errors import ModeswitchError, PermissionDenied, Refused
from modeswitch.service import install, udevrules
from modeswitch.service.policy import read
from modeswitch.service.wish import Wish
from modeswitch.usb.descriptors import Port
from tests.support.synced import synced


def made() -> dict[str, str]:
    return install.service_files(Library(user=[]), "/usr/bin/python3")


def test_install_is_idempotent(tmp_path: Path) -> None:
    first = install.install(made(), str(tmp_path))
    assert [one.result for one in first] == ["written"] * 4
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert [one.result for one in install.install(made(), str(tmp_path))] == ["unchanged"] * 3
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert all(path.stat().st_mode & 0o777 == 0o644 for path in before)


def test_a_package_has_its_files_in_usr_lib_and_none_is_sealed(tmp_path: Path) -> None:
    """What it has is the same but for the first line, which says how to have another."""
    own = made()
    vendor = install.vendor_files(own)
    assert sorted(vendor) == [
        "etc/modeswitch.toml",
        "usr/lib/systemd/system/modeswitch.service",
        "usr/lib/udev/rules.d/59-modeswitch.rules",
        "usr/lib/udev/rules.d/61-modeswitch.rules",
    ]
    names = {path.rpartition("/")[2]: text for path, text in vendor.items()}
    for path, text in own.items():
        first, _, rest = names[path.rpartition("/")[2]].partition("\n")
        assert (first, rest) == (install.VENDOR_MARK, text.partition("\n")[2])
    assert {one.result for one in install.pack(vendor, str(tmp_path))} == {"written"}
    assert not any("# Checksum: " in path.read_text() for path in tmp_path.rglob("*") if path.is_file())


def test_a_package_is_packed_again_but_no_policy_is_overwritten(tmp_path: Path) -> None:
    vendor = install.vendor_files(made())
    install.pack(vendor, str(tmp_path))
    (tmp_path / install.POLICY).write_text("# mine\n")
    (tmp_path / "usr/lib/udev/rules.d/59-modeswitch.rules").write_text("# an older one\n")
    assert [one.result for one in install.pack(vendor, str(tmp_path))] == ["written"] * 3 + ["unchanged"]
    assert (tmp_path / install.POLICY).read_text() == "# mine\n"
    assert "LABEL=" in (tmp_path / "usr/lib/udev/rules.d/59-modeswitch.rules").read_text()


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


@pytest.mark.parametrize("act", [install.install, install.pack])
def test_a_folder_in_the_place_of_a_file_is_an_error_that_names_it(
    act: Callable[[dict[str, str], str], object], tmp_path: Path
) -> None:
    rules = tmp_path / "etc/udev/rules.d/59-modeswitch.rules"
    rules.mkdir(parents=True)
    with pytest.raises(Refused, match=f"{rules}: Is a directory"):
        act(made(), str(tmp_path))


Act = Callable[[str], object]
ACTS: list[tuple[str, Act]] = [
    ("os.unlink", lambda root: install.remove([install.SERVICE_FILES[0]], root)),
    ("modeswitch.files.write_whole", lambda root: install.pack({install.SERVICE_FILES[0]: "# another\n"}, root)),
]


@pytest.mark.parametrize(("call", "act"), ACTS, ids=["remove", "write"])
def test_without_rights_it_says_which_file_and_what_to_do(
    call: str, act: Act, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install.install(made(), str(tmp_path))

    def refuse(*_words: object, **_more: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(call, refuse)
    with pytest.raises(PermissionDenied, match=f"{tmp_path / install.SERVICE_FILES[0]}: Permission denied") as raised:
        act(str(tmp_path))
    assert raised.value.hint == "Run it as root."


def test_a_file_is_compared_up_to_a_largest_size(tmp_path: Path) -> None:
    for most, result in ((1024 * 1024, "unchanged"), (1024 * 1024 + 1, "kept")):
        text = "#" * (most - len(install.with_checksum("")))
        done = [install.write({f"etc/{most}": text}, str(tmp_path))[0].result for _ in range(2)]
        assert (tmp_path / f"etc/{most}").stat().st_size == most
        assert done == ["written", result]


def test_what_is_not_asked_for_is_not_made() -> None:
    library = Library(user=[])
    plain = install.service_files(library, "/usr/bin/python3")
    for key in ("replace_usb_modeswitch", "resident", "network"):
        make: Callable[..., dict[str, str]] = partial(install.service_files, library, "/usr/bin/python3")
        assert make(**{key: False}) == plain
        assert make(**{key: True}) != plain
    patterns = {Port(1, (1,)): "pci-0-usb-0:1:*"}
    assert [path.split("/")[0] for path in install.ignore_files(patterns)] == ["etc"]
    assert [path.split("/")[0] for path in install.ignore_files(patterns, until_reboot=True)] == ["run"]


@pytest.mark.parametrize(
    ("number", "kind", "hint"), [(errno.EACCES, PermissionDenied, "Run it as root."), (errno.EROFS, Refused, "")]
)
def test_what_the_system_refuses_is_told(
    number: int, kind: type[ModeswitchError], hint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "etc").mkdir()
    install.write({"etc/x": "x\n"}, str(tmp_path))

    def refuse(path: str, *_words: object, **_more: object) -> None:
        raise OSError(number, os.strerror(number), path)

    monkeypatch.setattr("modeswitch.files.write_whole", refuse)
    monkeypatch.setattr(os, "unlink", refuse)
    calls: tuple[Callable[[], object], ...] = (
        partial(install.write, {"etc/y": "y\n"}, str(tmp_path)),
        partial(install.remove, ["etc/x"], str(tmp_path)),
    )
    for call in calls:
        with pytest.raises(kind, match=os.strerror(number)) as raised:
            call()
        assert type(raised.value) is kind
        assert raised.value.hint == hint


def test_a_folder_in_the_place_of_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "etc/x").mkdir(parents=True)
    with pytest.raises(Refused, match="Is a directory"):
        install.write({"etc/x": "x\n"}, str(tmp_path))


def test_what_is_written_is_on_the_disk_with_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A loss of power must not leave half of a file: it would be one that a person has changed."""
    done, replace = synced(monkeypatch), os.replace

    def rename(old: str, new: str) -> None:
        assert old in done
        replace(old, new)
        done.append(new)

    monkeypatch.setattr(os, "replace", rename)
    root = tmp_path / "root"
    for one in install.install(made(), str(root)):
        folder = os.path.dirname(one.path)
        assert folder in done[done.index(one.path) :]
    assert {str(tmp_path), str(root), f"{root}/etc", f"{root}/etc/udev"} <= set(done)
