"""The rules and the service that switch sticks by themselves: what stands in them, and who may change them."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import pytest

from modeswitch.database.library import Library
from modeswitch.errors import Unavailable
from modeswitch.linux import sysfs, usb_modeswitch
from modeswitch.linux.bus import LinuxBus
from modeswitch.linux.observe import observe
from modeswitch.modem.roles import HUAWEI, role
from modeswitch.service import install, udevrules
from modeswitch.service import names as portnames
from modeswitch.usb.descriptors import Port, Triple
from tests.support.machine_tree import Machine
from tests.support.said import Command

FAMILIES = [Library(user=[]).family(name) for name in Library(user=[]).names()]
RULES = udevrules.rules(FAMILIES)
TAKING = udevrules.rules(FAMILIES, replace_peer=True)
UNIT = udevrules.unit("/usr/bin/python3")


def block(vendor: str, state: str = "") -> list[str]:
    """The lines of one vendor, and of them those that give a state."""
    lines = RULES.split(f'LABEL="modeswitch_{vendor}"')[1].split("LABEL=")[0].splitlines()
    return [line for line in lines if not state or f'MODESWITCH_STATE}}="{state}"' in line]


def test_every_product_stands_in_the_rules() -> None:
    for family in FAMILIES:
        for product in family.products:
            vendor, _, number = str(product.usb).partition(":")
            state = "leave-alone" if product.leave_alone else "storage" if product.wakes else "modem"
            assert any(number in line.split('"')[1].split("|") for line in block(vendor, state)), product.usb


def test_only_storage_wakes_the_service() -> None:
    """An id that stays the same when switched (12d1:1001) starts nothing once it is a modem."""
    (line,) = (line for line in block("12d1", "storage") if "|1f01|" in line)
    assert 'ENV{ID_USB_INTERFACES}==":080650:|:080662:"' in line
    wants = [line for line in block("12d1") if "SYSTEMD_WANTS" in line]
    assert [line.split(",")[0] for line in wants] == [
        'ENV{MODESWITCH_STATE}=="storage"',
        'ENV{MODESWITCH_STATE}=="leave-alone"',
    ]
    assert 'ENV{ID_USB_INTERFACES}=="*:020e*"' in wants[1]


@pytest.mark.parametrize(
    ("usb", "condition"),
    [
        ("19d2:2000", ""),
        ("1199:9011", 'ATTR{bConfigurationValue}!="1"'),
        ("0fce:d0cf", 'ATTR{bConfigurationValue}!="3"'),
        ("03f0:002a", 'ENV{ID_USB_INTERFACES}!="*:07*"'),
        ("12d1:1d50", 'ATTR{bConfigurationValue}!="2"'),
    ],
)
def test_what_shows_that_it_is_not_switched_yet(usb: str, condition: str) -> None:
    vendor, _, number = usb.partition(":")
    (line,) = (line for line in block(vendor, "storage") if number in line.split('"')[1].split("|"))
    assert line.split(", ")[1:-1] == [condition] * bool(condition)


@pytest.mark.parametrize("text", [RULES, TAKING, udevrules.cdrom_rules()])
def test_rules_are_well_formed(text: str) -> None:
    labels = set(re.findall(r'LABEL="(\w+)"', text))
    assert set(re.findall(r'GOTO="(\w+)"', text)) <= labels
    token = r'[A-Z]+(?:\{[\w.]+\})?(?:==|!=|\+=|=)"[^"\n]*"'
    for line in text.splitlines():
        assert line.startswith("#") or re.fullmatch(rf"{token}(?:, {token})*", line), line


def test_nothing_happens_on_remove_and_for_phones() -> None:
    lines = RULES.splitlines()
    assert lines[1] == 'ACTION=="remove", GOTO="modeswitch_end"'
    assert 'ATTR{manufacturer}=="Android", GOTO="modeswitch_end"' in lines
    (first, *hiding) = lines[lines.index('LABEL="modeswitch_cdrom"') + 1 :]
    assert first == 'SUBSYSTEMS=="usb", ATTRS{manufacturer}=="Android", GOTO="modeswitch_end"'
    assert any("UDISKS_IGNORE" in line for line in hiding)


def test_the_peers_programs_are_taken_out_only_when_asked() -> None:
    assert "RUN" not in RULES
    (line,) = (line for line in TAKING.splitlines() if "|12d1/1f01/*|" in line and '=="usb_interface"' in line)
    assert line.endswith(', RUN="/bin/true"')
    assert "12d1/1506/" not in TAKING
    assert "12d1/1570/" not in TAKING


def test_the_unit_names_no_string_of_a_device() -> None:
    assert [word for word in re.findall(r"%\w", UNIT) if word != "%f"] == []
    assert "-I -m modeswitch apply %f" in UNIT


def test_the_unit_of_watch_is_as_hardened() -> None:
    """Whatever shuts the one in shuts the other in, too."""
    watch = (
        (Path(__file__).parent.parent.parent / "contrib/systemd/modeswitch-watch.service")
        .read_text("utf-8")
        .splitlines()
    )
    own = ("Type=", "ExecStart=", "TimeoutStartSec=", "Description=", "#", "[")
    assert [line for line in UNIT.splitlines() if line and not line.startswith(own) and line not in watch] == []
    assert {"Type=notify", "ExecStart=/usr/bin/python3 -I -m modeswitch watch"} <= set(watch)


# In and out.


def made() -> dict[str, str]:
    return install.files(Library(user=[]))


def test_install_is_idempotent(tmp_path: Path) -> None:
    first = install.install(made(), str(tmp_path))
    assert [one.what for one in first] == ["written"] * 4
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert [one.what for one in install.install(made(), str(tmp_path))] == ["unchanged"] * 3
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert all(path.stat().st_mode & 0o777 == 0o644 for path in before)


def test_what_somebody_changed_is_neither_overwritten_nor_removed(tmp_path: Path) -> None:
    install.install(made(), str(tmp_path))
    rules = tmp_path / install.RULES_FOLDER / udevrules.RULES
    rules.write_text(rules.read_text().replace("1f01|", ""))
    changed = rules.read_bytes()
    assert [one.what for one in install.install(made(), str(tmp_path))] == ["kept", "unchanged", "unchanged"]
    assert [one.what for one in install.remove(made(), str(tmp_path))] == ["kept", "removed", "removed"]
    assert rules.read_bytes() == changed


def test_an_older_version_of_ours_is_replaced(tmp_path: Path) -> None:
    rules = tmp_path / install.RULES_FOLDER / udevrules.RULES
    rules.parent.mkdir(parents=True)
    rules.write_text(install.sealed("# an older one\n"))
    assert install.install(made(), str(tmp_path))[0].what == "written"


def test_the_policy_is_the_owners(tmp_path: Path) -> None:
    policy = tmp_path / install.POLICY
    policy.parent.mkdir(parents=True)
    policy.write_text("# mine\n")
    install.install(made(), str(tmp_path))
    install.remove(made(), str(tmp_path))
    assert policy.read_text() == "# mine\n"


def test_the_first_policy_is_a_good_one() -> None:
    from modeswitch.service.policy import Wish, read

    policy = read(install.FIRST_POLICY)
    assert (policy.problems, policy.rules, policy.default) == ((), (), Wish("usual"))


# The commands.


def test_udev_show_install_remove(command: Command, tmp_path: Path) -> None:
    assert "modeswitch@.service" in command("udev", "show").out
    assert command("udev", "install", "--root", str(tmp_path)).status == 0
    assert command("udev", "install", "--root", str(tmp_path)).out.count("is as it should be") == 3
    assert command("udev", "remove", "--root", str(tmp_path)).out.count("removed") == 3
    assert command("udev", "remove", "--root", str(tmp_path)).out.count("was not there") == 3


# Names by port.

PCI = "pci-0000:00:14.0"


def built_in(*_words: str) -> str:
    """What ``udevadm test-builtin path_id`` says of a root hub."""
    return f'Trying to open "/etc/systemd/hwdb/hwdb.bin"...\nID_PATH={PCI}\nID_PATH_TAG=pci-0000_00_14_0\n'


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A made-up machine whose udev knows where its buses are."""
    machine = Machine(tmp_path / "machine")
    monkeypatch.setattr("modeswitch.host.default", lambda: LinuxBus(str(machine.sys)))
    monkeypatch.setattr(portnames, "path", partial(portnames.path, run=built_in))
    return machine


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["1-1"], ["modem-1-1"]),
        (["1-1.4"], ["modem-1-1-4"]),
        (["10-1.2.3.4"], ["m-10-1-2-3-4"]),
        (["1-1.4=uplink", "2-1=b2"], ["uplink", "b2"]),
        (["1-1=a"], ["a"]),
        (["1-1=abcdefghijklmno"], ["abcdefghijklmno"]),
    ],
)
def test_what_a_port_is_called(words: list[str], names: list[str]) -> None:
    assert list(portnames.read(words).values()) == names


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


def test_the_roles_are_those_of_the_tables() -> None:
    port = Port(1, (1,))
    text = portnames.rules({port: "a"}, {port: "p:*"}, FAMILIES, "/usr/bin/python3")
    for name in portnames.NAMED:
        (line,) = (line for line in text.splitlines() if line.endswith(f'ENV{{MODESWITCH_ROLE}}="{name}"'))
        codes = re.findall(r'bInterfaceProtocol}=="([^"]*)"', line)[0].split("|")
        assert {role(Triple(0xFF, 0x02, int(code, 16)), HUAWEI) for code in codes} == {name}
    asked = [line for line in text.splitlines() if "PROGRAM" in line]
    assert [re.findall(r'ID_MODEL_ID}=="(\w+)"', line) for line in asked] == [["1001"], ["155e"]]
    assert all('PROGRAM=="/usr/bin/python3 -I -m modeswitch udev role $id", RESULT==' in line for line in asked)


def test_the_rules_of_names_are_well_formed() -> None:
    port = Port(1, (1,))
    test_rules_are_well_formed(portnames.rules({port: "a"}, {port: "p:*"}, FAMILIES, "/usr/bin/python3"))


@pytest.mark.parametrize("said", ["", "ID_PATH=\n", 'ID_PATH=a"b\n', "ID_PATH=a*\n", "ID_PATH=a b\n", "XID_PATH=a\n"])
def test_a_path_that_udev_does_not_know(said: str) -> None:
    with pytest.raises(Unavailable, match="no lasting path for bus 7"):
        portnames.path(Port(7, (1,)), lambda *_words: said)


def test_without_udev(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(Unavailable, match="udevadm"):
        portnames.path(Port(1, (1,)))


def names_in(root: Path) -> list[str]:
    return sorted(path.name for path in root.rglob("*modeswitch*") if path.is_file())


def test_names_are_installed_replaced_and_removed(command: Command, machine: Machine, tmp_path: Path) -> None:
    root = ("--root", str(tmp_path / "root"))
    said = command("udev", "names", "--port", "1-1=a", "--port", "1-2=b", "--install", *root)
    assert said.out.count(": written") == 3
    assert names_in(tmp_path / "root") == [portnames.RULES, "70-modeswitch-a.link", "70-modeswitch-b.link"]
    assert (
        command("udev", "names", "--port", "1-1=a", "--port", "1-2=b", "--install", *root).out.count("should be") == 3
    )
    said = command("udev", "names", "--port", "1-1=c", "--install", *root)
    assert said.out.count(": removed") == 2
    assert names_in(tmp_path / "root") == [portnames.RULES, "70-modeswitch-c.link"]
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


def test_udev_tells_of_usb_modeswitch(command: Command, tmp_path: Path) -> None:
    peer = tmp_path / "lib/udev/rules.d" / usb_modeswitch.RULES
    peer.parent.mkdir(parents=True)
    peer.write_text("")
    assert "--replace-usb-modeswitch" in command("udev", "install", "--root", str(tmp_path)).err
    said = command("udev", "install", "--root", str(tmp_path), "--replace-usb-modeswitch")
    assert said.err == ""
    assert "12d1/1f01/*" in (tmp_path / install.RULES_FOLDER / udevrules.RULES).read_text()


def test_udev_says_what_somebody_changed(command: Command, tmp_path: Path) -> None:
    command("udev", "install", "--root", str(tmp_path))
    unit = tmp_path / install.UNIT_FOLDER / udevrules.UNIT
    unit.write_text(unit.read_text() + "# mine\n")
    said = command("udev", "install", "--root", str(tmp_path))
    assert said.status == 5
    assert f"{unit}: was changed by a person" in said.out


def test_udev_where_nothing_can_be_written(command: Command) -> None:
    said = command("udev", "install", "--root", "/proc/nowhere")
    assert said.status in (5, 7)
    assert "/proc/nowhere" in said.err


def policy(tmp_path: Path, text: str) -> tuple[str, str]:
    path = tmp_path / "modeswitch.toml"
    path.write_text(text)
    path.chmod(0o644)
    return "--policy", str(path)


@pytest.mark.parametrize(
    ("text", "stick", "said", "status"),
    [
        ("", "e3372h", "12d1:14dc is in hilink", 0),
        ('[default]\nto = "ncm"', "e3372h", "12d1:155e is in ncm", 0),
        ('[[stick]]\nport = "1-1"\nto = "stick"', "e3372h", "12d1:1001 is in stick", 0),
        ('[[stick]]\nport = "1-2"\nto = "stick"', "e3372h", "12d1:14dc is in hilink", 0),
        ('[default]\nto = "leave-alone"', "e3372h", "12d1:1f01 is left alone: the policy", 0),
        ('[default]\nto = "ncm"', "e3372h,wakes=ecm", "12d1:14dc is in hilink already", 0),
        ('[default]\nto = "ncm"', "e3372h,busy", "", 1),
        ('[default]\nto = "mbim"', "e3372h", "", 4),
        ('[[stick]]\nport = "1-1"\nto = "nmc"', "e3372h", "12d1:14dc is in hilink", 0),
        ("rubbish", "e3372h", "12d1:1f01 is left alone", 0),
    ],
)
def test_apply(command: Command, tmp_path: Path, text: str, stick: str, said: str, status: int) -> None:
    done = command("apply", "1-1", *policy(tmp_path, text), sticks=(stick,))
    assert done.status == status
    assert said in done.out
    if "nmc" in text or text == "rubbish":
        assert "warning: " in done.err
        assert "modeswitch.toml" in done.err


def test_apply_without_a_policy(command: Command, tmp_path: Path) -> None:
    assert command("apply", "1-1", "--policy", str(tmp_path / "none"), sticks=("e3372h",)).status == 0


def test_apply_in_json(command: Command, tmp_path: Path) -> None:
    last = command("apply", "1-1", "--json", *policy(tmp_path, ""), sticks=("e3372h",)).events[-1]
    assert (last["result"], last["port"], last["mode"]) == ("switched", "1-1", "hilink")
