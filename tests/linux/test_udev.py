"""Whether udev is done with what came of a stick: by its database in /run."""

from __future__ import annotations

from pathlib import Path

import pytest

from modeswitch.linux import udev


@pytest.fixture
def roots(tmp_path: Path) -> tuple[str, str]:
    """A sysfs with wwan0 (index 7), ttyUSB2 (188:2) and cdc-wdm0 (180:0), and a /run/udev where udev runs."""
    for path, text in (
        ("sys/class/net/wwan0/ifindex", "7"),
        ("sys/class/tty/ttyUSB2/dev", "188:2"),
        ("sys/class/usbmisc/cdc-wdm0/dev", "180:0"),
        ("run/control", ""),
    ):
        file = tmp_path / path
        file.parent.mkdir(parents=True)
        file.write_text(text)
    (tmp_path / "run/data").mkdir()
    return str(tmp_path / "sys"), str(tmp_path / "run")


@pytest.mark.parametrize(
    ("known", "networks", "nodes", "seen"),
    [
        ((), (), (), True),
        ((), ("wwan0",), (), False),
        (("n7",), ("wwan0",), (), True),
        (("n7",), ("wwan0",), ("/dev/ttyUSB2",), False),
        (("n7", "c188:2"), ("wwan0",), ("/dev/ttyUSB2",), True),
        (("c180:0",), (), ("/dev/cdc-wdm0",), True),
        (("n7",), ("wwan1",), (), False),
    ],
)
def test_what_udev_has_seen(
    roots: tuple[str, str], known: tuple[str, ...], networks: tuple[str, ...], nodes: tuple[str, ...], seen: bool
) -> None:
    for name in known:
        Path(roots[1], "data", name).touch()
    assert udev.has_seen(networks, nodes, *roots) is seen


def test_where_no_udev_runs_names_are_as_they_are(roots: tuple[str, str]) -> None:
    Path(roots[1], "control").unlink()
    assert udev.has_seen(("wwan0",), (), *roots)
