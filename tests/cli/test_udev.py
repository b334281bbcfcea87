"""``modeswitch udev``: shows, installs and removes files, names ports, tells udev a role."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import pytest

from modeswitch.linux import programs, sysfs, usb_modeswitch
from modeswitch.linux.bus import LinuxBus
from modeswitch.linux.observe import observe
from modeswitch.service import install, interpreter, names, quoting, udevrules, units
from tests.support.machine_tree import Machine
from tests.support.said import Command


@pytest.fixture(autouse=True)
def _installed_well(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python that runs the tests may be a developer's own; it is taken for one that a service can run."""
    if "refusing" not in request.fixturenames:
        monkeypatch.setattr(interpreter, "check", quoting.check_path)


@pytest.fixture
def refusing(tmp_path: Path) -> Path:
    """The interpreter of a venv in /tmp, which is looked at as on any system."""
    python = tmp_path / "ms/bin/python3"
    python.parent.mkdir(parents=True)
    python.symlink_to("/usr/bin/python3")
    return python


def test_udev_show_install_remove(command: Command, tmp_path: Path) -> None:
    assert "modeswitch.service" in command("udev", "show").out
    assert command("udev", "install", "--root", str(tmp_path)).status == 0
    assert command("udev", "install", "--root", str(tmp_path)).out.count("is as it should be") == 3
    assert command("udev", "remove", "--root", str(tmp_path)).out.count("removed") == 3
    assert command("udev", "remove", "--root", str(tmp_path)).out.count("was not there") == 3


def test_each_file_is_an_event(command: Command, tmp_path: Path) -> None:
    rules = str(tmp_path / "etc/udev/rules.d/59-modeswitch.rules")
    for word, result in (("install", "written"), ("install", "unchanged"), ("remove", "removed")):
        events = command("udev", word, "--root", str(tmp_path), "--json").events
        assert {"event": "file", "path": rules, "result": result} in events


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This system's root, to which nothing is written, and a udevadm that notes its words and fails for ``trigger``."""
    tool = tmp_path / "bin" / "udevadm"
    tool.parent.mkdir()
    fails = '[ "$1" != trigger ] || { echo "no rights" >&2; exit 3; }'
    tool.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/told\n{fails}\n')
    tool.chmod(0o755)
    monkeypatch.setattr(programs, "PATH", str(tool.parent))
    monkeypatch.setattr(install, "install", lambda _made, _root: [])
    monkeypatch.setattr(install, "remove", lambda _files, _root: [])
    return tmp_path / "told"


def test_the_running_udev_reads_the_new_files_and_a_failure_is_a_warning(system: Path, command: Command) -> None:
    said = command("udev", "install")
    assert said.status == 0
    assert [line.split()[0] for line in system.read_text().splitlines()] == ["control", "trigger"]
    assert "warning: udevadm trigger " in said.err
    assert said.err.endswith(": no rights\n")


def test_another_root_is_not_this_system(system: Path, command: Command, tmp_path: Path) -> None:
    assert command("udev", "install", "--root", str(tmp_path)).status == 0
    assert not system.exists()


@pytest.mark.parametrize("words", [("install",), ("install", "--resident"), ("names", "--port", "1-1", "--install")])
@pytest.mark.parametrize("root", [(), ("--root", "there")])
def test_nothing_is_written_for_an_interpreter_that_no_service_sees(
    command: Command,
    machine: Machine,
    refusing: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    root: tuple[str, ...],
) -> None:
    """Whether it is named or is the one that runs, here or for another root."""
    monkeypatch.chdir(machine.root)
    for named in (("--python", str(refusing)), ()):
        if not named:
            monkeypatch.setattr("sys.executable", str(refusing))
        said = command("udev", *words, *root, *named)
        assert (said.status, said.out) == (5, "")
        assert "/tmp is hidden from it" in said.err
        assert "sudo pipx install --global modeswitch" in said.err
    assert names_in(machine.root) == []


def test_udev_files_for_a_package(command: Command, tmp_path: Path) -> None:
    """In /usr/lib, for the interpreter of the system it is for, whatever runs here; nothing is sealed."""
    root = tmp_path / "deb"
    words = ("udev", "files", "--vendor", "--python", "/usr/bin/python3", "--root", str(root))
    assert command(*words).out.count(": written\n") == 4
    assert names_in(root) == [
        *("59-modeswitch.rules", "61-modeswitch.rules"),
        *("modeswitch.service", "modeswitch.toml"),
    ]
    unit = (root / "usr/lib/systemd/system/modeswitch.service").read_text()
    assert "ExecStart=/usr/bin/python3 -I -c " in unit
    assert "main(90)" in unit
    assert unit.startswith(install.VENDOR_MARK)
    shown = command(*words[:1], "show", *words[2:5]).out
    assert "# /usr/lib/udev/rules.d/59-modeswitch.rules\n" in shown
    assert "Checksum" not in shown
    assert "12d1/1f01/*" not in shown
    assert command(*words, "--replace-usb-modeswitch").status == 0
    assert "12d1/1f01/*" in (root / "usr/lib/udev/rules.d/59-modeswitch.rules").read_text()


def test_udev_files_for_an_image(command: Command, tmp_path: Path) -> None:
    words = ("udev", "files", "--python", "/opt/my ms/bin/python", "--root", str(tmp_path))
    assert command(*words).status == 0
    text = (tmp_path / "etc/systemd/system/modeswitch.service").read_text()
    assert 'ExecStart="/opt/my ms/bin/python" -I' in text
    assert install.is_unchanged(text)


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ((), 2),
        (("--vendor",), 2),
        (("--vendor", "--python", "/usr/bin/python3"), 2),
        (("--vendor", "--root", "there"), 2),
        (("--vendor", "--root", "there", "--python", "python3"), 5),
        (("--vendor", "--root", "there", "--python", "/home/pi/ms/bin/python3"), 5),
        (("--root", "there", "--python", "/opt/a'b/python3"), 5),
    ],
)
def test_udev_files_that_would_not_work(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], status: int
) -> None:
    monkeypatch.chdir(tmp_path)
    said = command("udev", "files", *words)
    assert (said.status, said.out) == (status, "")
    assert list(tmp_path.iterdir()) == []


PCI = "pci-0000:00:14.0"


def built_in(*_words: str) -> str:
    """What ``udevadm test-builtin path_id`` says of a root hub."""
    return f'Trying to open "/etc/systemd/hwdb/hwdb.bin"...\nID_PATH={PCI}\nID_PATH_TAG=pci-0000_00_14_0\n'


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A made-up machine whose udev knows where its buses are."""
    machine = Machine(tmp_path / "machine")
    monkeypatch.setattr("modeswitch.host.default", lambda: LinuxBus(str(machine.sys)))
    monkeypatch.setattr(names, "udev_path", partial(names.udev_path, run=built_in))
    return machine


@pytest.mark.parametrize(
    "word",
    [
        *("", "x", "1-1.", "1-1=", "1-1=A", "1-1=1a", "1-1=-a", "1-1=a-", "1-1=a.b", "1-1=a b", "1-1=a\n", "1-1=../a"),
        *("1-1=a/b", "1-1=$(id)", '1-1=a"', "1-1=%n", "1-1=a,b", "1-1=abcdefghijklmnop", "1-1=\u0430", "1-1=a=b"),
        *("1-1=eth0", "1-1=wwan12", "1-1=lo", "1-1=all", "../1-1=a", "1-1\n=a", "255-15.15.15.15.15"),
    ],
)
def test_what_it_is_not_called(command: Command, machine: Machine, word: str) -> None:
    said = command("udev", "names", "--port", word)
    assert (said.status, said.out) == (2, "")
    assert said.err.count("\n") <= 2


@pytest.mark.parametrize("words", [("1-1", "1-1=b"), ("1-1=a", "1-2=a")])
def test_names_are_given_once(command: Command, machine: Machine, words: tuple[str, ...]) -> None:
    assert command("udev", "names", *(part for word in words for part in ("--port", word))).status == 2


def test_names_are_shown(command: Command, machine: Machine) -> None:
    shown = command("udev", "names", "--port", "1-1.4=uplink", "--port", "2-3").out
    assert "# /etc/systemd/network/70-modeswitch-uplink.link\n" in shown
    assert f"\n[Match]\nPath={PCI}-usb-0:1.4:*\n\n[Link]\nName=uplink\n# Checksum: " in shown
    assert f'ENV{{ID_PATH}}=="{PCI}-usb-0:3:*", ENV{{MODESWITCH_NAME}}="modem-2-3"' in shown


def names_in(root: Path) -> list[str]:
    return sorted(path.name for path in root.rglob("*modeswitch*") if path.is_file())


def test_names_are_installed_replaced_and_removed(command: Command, machine: Machine, tmp_path: Path) -> None:
    root = ("--root", str(tmp_path / "root"))
    said = command("udev", "names", "--port", "1-1=a", "--port", "1-2=b", "--install", *root)
    assert said.out.count(": written") == 3
    assert names_in(tmp_path / "root") == [names.RULES_FILE, "70-modeswitch-a.link", "70-modeswitch-b.link"]
    assert (
        command("udev", "names", "--port", "1-1=a", "--port", "1-2=b", "--install", *root).out.count("should be") == 3
    )
    said = command("udev", "names", "--port", "1-1=c", "--install", *root)
    assert said.out.count(": removed") == 2
    assert names_in(tmp_path / "root") == [names.RULES_FILE, "70-modeswitch-c.link"]
    command("udev", "install", *root)
    assert command("udev", "remove", *root).out.count(": removed") == 5
    assert names_in(tmp_path / "root") == ["modeswitch.toml"]


def test_names_that_somebody_changed_stay(command: Command, machine: Machine, tmp_path: Path) -> None:
    root = ("--root", str(tmp_path / "root"))
    command("udev", "names", "--port", "1-1=a", "--install", *root)
    link = tmp_path / "root/etc/systemd/network/70-modeswitch-a.link"
    link.write_text(link.read_text() + "# mine\n")
    other = link.with_name("70-modeswitch-mine.link")
    other.write_text("[Match]\n")
    for words in (("udev", "names", "--port", "1-1=a", "--install"), ("udev", "remove")):
        said = command(*words, *root)
        assert said.status == 5
        assert said.out.count("was changed by a person") == 2
    assert "# mine" in link.read_text()
    assert other.read_text() == "[Match]\n"


def test_the_ports_that_have_a_stick_are_named(command: Command, machine: Machine) -> None:
    """Whatever the sticks call themselves; what is no stick is not."""
    assert command("udev", "names").status == 3
    path = machine.stick("ff/03/12", port="1-1.4")
    machine.stick("03/01/01", usb="dead:beef", port="1-2")
    for name in ("manufacturer", "product", "serial"):
        (path / name).write_text('../../evil"\nNAME="x')
    shown = command("udev", "names").out
    assert re.findall("Name=(.*)", shown) == ["modem-1-1-4"]
    assert "evil" not in shown


@pytest.mark.parametrize(
    ("usb", "triples", "told"),
    [
        ("12d1:155e", ("ff/ff/ff", "ff/ff/ff", "ff/ff/ff", "02/0d/00", "0a/00/01"), ["modem", "diag", "pcui", "", ""]),
        ("12d1:1001", ("ff/ff/ff", "ff/ff/ff"), ["", ""]),
        ("12d1:155e", ("ff/ff/ff",) * 4, [""] * 4),
        ("12d1:1506", ("ff/03/12", "ff/03/01", "ff/03/16"), ["pcui", "modem", ""]),
        ("dead:beef", ("ff/ff/ff",), [""]),
    ],
)
def test_the_role_that_udev_is_told(
    command: Command, machine: Machine, usb: str, triples: tuple[str, ...], told: list[str]
) -> None:
    """Only where the stick has exactly the ports that its profile describes."""
    machine.stick(*triples, usb=usb)
    said = [command("udev", "role", f"1-1:1.{number}") for number in range(len(triples))]
    assert [one.out.strip() for one in said] == told
    assert [one.status for one in said] == [0 if role else 3 for role in told]


@pytest.mark.parametrize("text", ["", "1-1", "1-9:1.0", "1-1:1.x", "../1-1:1.0", "$id", "1-1:1.0\n"])
def test_no_role_for_what_is_no_interface(command: Command, machine: Machine, text: str) -> None:
    machine.stick("ff/03/12")
    said = command("udev", "role", text)
    assert said.status in (2, 3)
    assert said.out == ""


@pytest.mark.parametrize(
    "words",
    [
        ("show", "--port", "1-1"),
        ("install", "--install"),
        ("names", "1-1:1.0"),
        ("remove", "1-1:1.0"),
        ("role", "--install"),
        ("names", "--until-reboot"),
        ("ignore", "1-1:1.0"),
        ("ignore",),
        ("ignore", "--port", "../1-1"),
    ],
)
def test_words_that_mean_nothing_there(command: Command, words: tuple[str, ...]) -> None:
    assert command("udev", *words).status == 2


def test_rules_of_names_switch_no_stick(machine: Machine, command: Command) -> None:
    """The doctor does not take them for a second tool."""
    command("udev", "names", "--port", "1-1", "--install", "--root", str(machine.root))
    machine.stick("ff/03/12")
    usb_device = sysfs.look(str(machine.sys), "1-1")
    assert usb_device is not None
    assert not observe(usb_device, (), machine.roots).modeswitch
    command("udev", "install", "--root", str(machine.root))
    assert observe(usb_device, (), machine.roots).modeswitch


def test_doctor_takes_a_packages_rules_for_masked_where_etc_has_that_name(command: Command, machine: Machine) -> None:
    words = ("udev", "files", "--vendor", "--python", "/usr/bin/python3", "--root", str(machine.root))
    assert command(*words).status == 0
    machine.stick("ff/03/12")
    usb_device = sysfs.look(str(machine.sys), "1-1")
    assert usb_device is not None
    assert observe(usb_device, (), machine.roots).modeswitch
    mask = machine.root / install.RULES_FOLDER / udevrules.RULES_FILE
    mask.parent.mkdir(parents=True)
    mask.symlink_to("/dev/null")
    assert not observe(usb_device, (), machine.roots).modeswitch


def test_udev_tells_of_usb_modeswitch(command: Command, tmp_path: Path) -> None:
    peer = tmp_path / "lib/udev/rules.d" / usb_modeswitch.RULES
    peer.parent.mkdir(parents=True)
    peer.write_text("")
    assert "--replace-usb-modeswitch" in command("udev", "install", "--root", str(tmp_path)).err
    said = command("udev", "install", "--root", str(tmp_path), "--replace-usb-modeswitch")
    assert said.err == ""
    assert "12d1/1f01/*" in (tmp_path / install.RULES_FOLDER / udevrules.RULES_FILE).read_text()


def test_udev_says_what_somebody_changed(command: Command, tmp_path: Path) -> None:
    command("udev", "install", "--root", str(tmp_path))
    unit = tmp_path / install.UNIT_FOLDER / units.UNIT
    unit.write_text(unit.read_text() + "# mine\n")
    said = command("udev", "install", "--root", str(tmp_path))
    assert said.status == 5
    assert f"{unit}: was changed by a person" in said.out


def test_a_resident_service(command: Command, tmp_path: Path) -> None:
    unit = tmp_path / install.UNIT_FOLDER / units.UNIT
    for words, stays in (((), False), (("--resident",), True), ((), False)):
        assert command("udev", "install", "--root", str(tmp_path), *words).status == 0
        assert ("main(90)" in unit.read_text()) is not stays
        assert ("WantedBy=multi-user.target" in unit.read_text()) is stays


def test_a_policy_that_wants_a_line_gives_the_service_a_network(command: Command, tmp_path: Path) -> None:
    unit, policy = tmp_path / install.UNIT_FOLDER / units.UNIT, tmp_path / install.POLICY
    policy.parent.mkdir()
    for text, shut in (('[default]\nto = "ncm"', True), ('[default]\nto = "ncm"\napn = "internet"', False)):
        policy.write_text(text)
        assert command("udev", "install", "--root", str(tmp_path)).status == 0
        assert ("PrivateNetwork=yes" in unit.read_text()) is shut


def test_the_template_unit_of_an_earlier_version_is_removed(command: Command, tmp_path: Path) -> None:
    former = tmp_path / install.UNIT_FOLDER / "modeswitch@.service"
    former.parent.mkdir(parents=True)
    for act in ("install", "remove"):
        former.write_text(install.with_checksum("[Service]\n"))
        said = command("udev", act, "--root", str(tmp_path))
        assert f"{former}: removed" in said.out
        assert not former.exists()
    former.write_text("somebody's own")
    assert command("udev", "install", "--root", str(tmp_path)).status == 5
    assert former.read_text() == "somebody's own"


def test_udev_where_nothing_can_be_written(command: Command) -> None:
    said = command("udev", "install", "--root", "/proc/nowhere")
    assert said.status in (5, 7)
    assert "/proc/nowhere" in said.err


IGNORED = "62-modeswitch-ignore-1-1-4.rules"


@pytest.mark.parametrize(("words", "folder"), [((), "etc/udev/rules.d"), (("--until-reboot",), "run/udev/rules.d")])
def test_modemmanager_is_told_to_leave_a_port_alone(
    command: Command, machine: Machine, words: tuple[str, ...], folder: str
) -> None:
    root = ("--root", str(machine.root))
    shown = command("udev", "ignore", "--port", "1-1.4", *words, *root)
    assert shown.out.startswith(f"# /{folder}/{IGNORED}\n")
    assert f'ENV{{ID_PATH}}=="{PCI}-usb-0:1.4", ENV{{ID_MM_DEVICE_IGNORE}}="1"' in shown.out
    path = machine.root / folder / IGNORED
    assert not path.exists()
    said = command("udev", "ignore", "--port", "1-1.4", "--install", *words, *root)
    assert said.out == f"{path}: written\n"
    assert "systemctl restart ModemManager" in said.err
    command("udev", "ignore", "--port", "1-2", "--install", *words, *root)
    assert path.exists()  # one more port takes nothing from the others
    assert f"{path}: removed" in command("udev", "remove", *root).out
    assert list(path.parent.glob("*ignore*")) == []
