"""``modeswitch plan`` and ``--dry-run``: nothing is sent, the bytes are shown, for this host or another."""

from __future__ import annotations

import itertools
import subprocess
from pathlib import Path

import pytest

from modeswitch.database.library import Library
from modeswitch.exporters.export import export
from modeswitch.exporters.stick import stick_of
from modeswitch.exporters.targets import TARGETS
from modeswitch.methods.ports import Ports
from tests.support.rig import ALT_MODE, NEW_MODE
from tests.support.said import Command, done_event
from tests.support.sticks import STICK_TWO_PORTS


@pytest.mark.parametrize("words", [("switch", "1-1", "--dry-run"), ("plan", "1-1"), ("plan", "12d1:1f01"), ("list",)])
def test_nothing_is_sent(command: Command, words: tuple[str, ...]) -> None:
    said = command(*words, sticks=("e3372h",))
    assert said.status == 0
    assert command.opened
    assert [bus.sim.wire for bus in command.opened] == [[]]
    assert [stick.transfers for bus in command.opened for stick in bus.sim.sticks] == [0]


def test_dry_run_shows_the_bytes(command: Command) -> None:
    said = command("1-1", "--to", "ncm", "--dry-run", sticks=("e3372h",))
    assert ALT_MODE in said.out
    assert "12d1:1f01 at 1-1: from mass-storage to ncm, within 20 s" in said.out
    assert "because capture: 13_" in said.out
    assert said.err == ""


def test_dry_run_of_a_stick_that_is_there(command: Command) -> None:
    said = command("1-1", "--to", "hilink", "--dry-run", sticks=("e3372h,wakes=ecm",))
    assert "nothing to do" in said.out


def test_dry_run_of_all(command: Command) -> None:
    said = command("12d1:1f01", "--all", "--dry-run", sticks=("e3372h", "e3372h@1-2,wakes=ecm", "e3372h@1-3"))
    assert said.status == 0
    assert [line.split(" at ")[1][:3] for line in said.out.splitlines() if " at " in line] == ["1-1", "1-2", "1-3"]
    assert command.opened[0].sim.wire == []


def test_dry_run_needs_the_stick_and_plan_does_not(command: Command) -> None:
    assert command("12d1:1f01", "--dry-run", sticks=("e220",)).status == 3
    said = command("plan", "12d1:1f01", "--to", "stick", sticks=("e220",))
    assert said.status == 0
    assert "12d1:1f01 (not on the bus): from mass-storage to stick" in said.out


def test_plan_in_json(command: Command) -> None:
    first, last = command("plan", "12d1:1f01", "--json", sticks=("e220",)).events
    assert first["event"] == "transition"
    assert first["to"] == ["hilink", "debug"]
    assert first["steps"][0]["wire"] == [f"bulk out {NEW_MODE}, then CSW in"]
    assert last == {"event": "done", "result": "planned", "id": "12d1:1f01", "mode": "mass-storage"} | {
        "goal": "hilink",
        "within": 20.0,
        "usual": 1.0,
    }


@pytest.mark.parametrize(
    ("usb", "status"), [("12d1:fffe", 4), ("zz", 2), ("1-9", 3), ("12d1:1570", 5), ("12d1:1f01:", 2)]
)
def test_the_exit_status_of_a_plan_that_cannot_be_made(command: Command, usb: str, status: int) -> None:
    assert command("plan", usb, sticks=("e220",)).status == status


PPP_PLAN = """\
12d1:1506 at 1-1: from stick to ncm, within 60 s, usually 16 s
1. stick -> ncm, within 60 s, usually 16 s, writes to the stick's NVRAM
   { ports = { mode = "ncm", first = "FF" } }
     AT^SETPORT with the stick's own list made to give ncm and the first group FF, once the old one is saved
   { at = { send = "AT^RESET" } }
     AT^RESET
   gives ff/03/16 ncm
   because capture: 02_"""


def test_a_plan_is_shown_whole(command: Command) -> None:
    assert command("plan", "1-1", "--to", "ncm", "--persist", sticks=(STICK_TWO_PORTS,)).out.startswith(PPP_PLAN)
    said = command("plan", "1-1", "--to", "ncm", sticks=(STICK_TWO_PORTS,))
    assert "\n1. stick -> mass-storage or stick, within 60 s, usually 16 s\n" in said.out
    assert "\n2. mass-storage -> ncm or stick, within 30 s, usually 1 s\n" in said.out


def test_a_plan_is_shown_whole_in_json(command: Command) -> None:
    first, last = command("plan", "1-1", "--to", "ncm", "--persist", "--json", sticks=(STICK_TWO_PORTS,)).events
    reasons = first.pop("evidence")
    assert reasons[0].startswith("capture: 02_")
    assert first == {
        "event": "transition",
        "port": "1-1",
        "number": 1,
        "start": "stick",
        "to": ["ncm"],
        "within": 60.0,
        "usual": 16.0,
        "persistent": True,
        "gives": ["ff/03/16 ncm"],
        "steps": [
            {
                "step": '{ ports = { mode = "ncm", first = "FF" } }',
                "wire": [str(Ports("ncm", "FF"))],
            },
            {"step": '{ at = { send = "AT^RESET" } }', "wire": ["AT^RESET"]},
        ],
    }
    assert last == {
        **done_event("12d1:1506", "stick"),
        "result": "planned",
        "goal": "ncm",
        "within": 60.0,
        "usual": 16.0,
    }
    (done,) = command("plan", "1-1", "--to", "stick", "--json", sticks=(STICK_TWO_PORTS,)).events
    assert done == {**done_event("12d1:1506", "stick"), "result": "already", "goal": "stick", "within": 0, "usual": 0}


def test_a_plan_for_what_is_not_there(command: Command, tmp_path: Path) -> None:
    """Also for another host; but not for a port, where something must be."""
    elsewhere = ("e220@2-1",)
    host = kernel_modules(tmp_path, "02/0d/00 cdc_ncm")
    said = command("plan", "12d1:14fe", "--to", "ncm", *host, sticks=elsewhere)
    assert said.out.startswith("12d1:14fe (not on the bus): from mass-storage to ncm")
    assert "gives 02/0d/00 ncm" in said.out
    assert command("plan", "12d1:14fe", "--port", "1-1", sticks=elsewhere).status == 3
    assert command("plan", "12d1:fffe", "--json", sticks=elsewhere).events[-1]["id"] == "12d1:fffe"
    assert command("plan", "12d1:1570", "--json", sticks=elsewhere).events[-1]["id"] == "12d1:1570"


def test_a_plan_warns_of_broken_profiles(command: Command, tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("rubbish")
    said = command("plan", "1-1", "--profiles", str(tmp_path), sticks=("e3372h",))
    assert said.status == 0
    assert "warning: " in said.err
    assert "broken.toml" in said.err


def test_one_bad_stick_among_several_is_reported_and_the_rest_planned(command: Command) -> None:
    sticks = ("e3372h", "e3372h@1-2,descriptors=lying", "e3372h@1-3,mounted", "e3372h@1-4,wakes=project")
    said = command("12d1:1f01", "--all", "--dry-run", "--to", "ncm", sticks=sticks)
    assert [line[:30] for line in said.out.splitlines() if " at " in line] == [
        "12d1:1f01 at 1-1: from mass-st",
        "12d1:1f01 at 1-3: from mass-st",
    ]
    assert said.status == 5
    assert "unreadable" in said.err


def test_a_plan_from_a_router(command: Command) -> None:
    said = command("plan", "12d1:14dc", "--to", "ncm", sticks=("e3372h,wakes=ecm",))
    assert said.out.startswith("12d1:14dc at 1-1: from hilink to ncm through mass-storage, within 80 s, usually 17 s\n")
    assert "POST /api/device/control" in said.out


FULL = ("ff/02/16 huawei_cdc_ncm", "ff/03/16 huawei_cdc_ncm", "02/0d/00 cdc_ncm", "02/06/00 cdc_ether")


def kernel_modules(tmp_path: Path, *drivers: str) -> tuple[str, str]:
    lines = []
    for text in drivers:
        triple, driver = text.split()
        cls, sub, proto = triple.upper().split("/")
        vendor = "12D1" if cls == "FF" else "*"
        lines.append(f"alias usb:v{vendor}p*d*dc*dsc*dp*ic{cls}isc{sub}ip{proto}in* {driver}\n")
    (tmp_path / "modules.alias").write_text("".join(lines))
    return "--kernel-modules", str(tmp_path)


@pytest.mark.parametrize(
    ("lacking", "stick", "flags", "contains", "contains_not"),
    [
        ((), "e3372h-153", (), "gives ff/02/16", "02/0d/00"),
        (("ff/02/16", "ff/03/16"), "e3372h-153", (), "gives 02/0d/00", "ff/0"),
        ((), STICK_TWO_PORTS, ("--persist",), 'first = "FF"', "A1,A2"),
        (("ff/03/16",), STICK_TWO_PORTS, ("--persist",), 'first = "A1,A2"', 'first = "FF"'),
        (("ff/02/16", "ff/03/16"), STICK_TWO_PORTS, ("--persist",), "gives 02/0d/00", "SETPORT"),
    ],
)
def test_a_plan_for_another_kernel(
    command: Command,
    tmp_path: Path,
    lacking: tuple[str, ...],
    stick: str,
    flags: tuple[str, ...],
    contains: str,
    contains_not: str,
) -> None:
    host = kernel_modules(tmp_path, *(text for text in FULL if not text.startswith(lacking or "none")))
    said = command("plan", "1-1", "--to", "ncm", *flags, *host, sticks=(stick,))
    assert said.status == 0, said
    assert contains in said.out
    assert contains_not not in said.out.replace("because", "").split("because")[0]


def test_a_plan_for_a_kernel_without_any_driver(command: Command, tmp_path: Path) -> None:
    host = kernel_modules(tmp_path, "08/06/50 usb_storage")
    for words in (("plan", "1-1"), ("1-1",), ("plan", "12d1:14fe")):
        said = command(*words, "--to", "ncm", *host, sticks=("e3372h-153",))
        assert said.status == 4
        assert "no kernel driver" in said.err
        assert "ff/02/16 ncm" in said.err
    assert command("1-1", "--to", "ncm", *host, "--without-driver", sticks=("e3372h-153",)).status == 0
    assert command("1-1", "--to", "stick", *host, sticks=("e3372h-153",)).status == 0


def test_a_folder_without_kernel_modules(command: Command, tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nothing"):
        said = command("plan", "1-1", "--to", "ncm", "--kernel-modules", str(folder), sticks=("e3372h-153",))
        assert said.status == 2
        assert "modules.alias" in said.err


# The plan for another program.

ROUTER = "e3372h,wakes=ecm"


def calls(out: str) -> list[str]:
    return [line for line in out.splitlines() if line and line[0] != "#"]


@pytest.mark.parametrize("sticks", [("e220",), ("e3372h",)])
def test_the_plan_for_usb_modeswitch(command: Command, sticks: tuple[str, ...]) -> None:
    said = command("plan", "12d1:1f01", "--to", "ncm", "--as", "usb_modeswitch", sticks=sticks)
    assert (said.status, said.err) == (0, "")
    assert calls(said.out) == [f"usb_modeswitch -v 12d1 -p 1f01 -M {ALT_MODE} -n"]
    assert command.opened[0].sim.wire == []


def test_what_usb_modeswitch_cannot_do_is_done_by_what_can(command: Command) -> None:
    page, second = (
        calls(command("plan", "1-1", "--to", "ncm", "--as", target, sticks=(ROUTER,)).out)
        for target in ("usb_modeswitch", "sh")
    )
    assert page[0].startswith("answer=$(curl -s http://192.168.8.1/")
    assert page[2].startswith("sleep 16 ")
    assert page[3] == f"usb_modeswitch -v 12d1 -p $(cat /sys/bus/usb/devices/1-1/idProduct) -M {ALT_MODE} -n"
    assert second[:3] == page[:3]
    assert second[3].startswith("sg_raw /dev/sr0 11 06 30 ")


def test_the_plan_for_openwrt_has_its_packages_its_list_and_its_interface(command: Command) -> None:
    lines = calls(command("plan", "1-1", "--to", "ncm", "--as", "openwrt", sticks=(ROUTER,)).out)
    packages = "usb-modeswitch kmod-usb-net-cdc-ncm kmod-usb-serial-option comgt-ncm curl"
    assert lines[0].startswith(f"apk -U add {packages} ")
    assert lines[1].startswith(f"opkg update && opkg install {packages} ")
    assert "cat > /etc/usb-mode-own-1.json <<'EOF'" in lines
    assert any('"12d1:1f01"' in line and '"msg": [0]' in line for line in lines)
    assert "usbmode -s -v -c /etc/usb-mode-own-1.json" in lines
    assert any("network.lte.proto=ncm" in line for line in lines)
    assert not any(word in line for line in lines for word in ("usb_modeswitch -v", "lsusb", "sg_raw", "systemctl"))


def test_the_plan_for_another_program_keeps_nvram_first(command: Command) -> None:
    words = ("plan", "1-1", "--to", "ncm", "--persist", "--as")
    for target in ("usb_modeswitch", "sh", "openwrt"):
        lines = calls(command(*words, target, sticks=(STICK_TWO_PORTS,)).out)
        kept = next(n for n, line in enumerate(lines) if "AT^SETPORT?" in line and "tee" in line)
        written = next(n for n, line in enumerate(lines) if 'AT^SETPORT="' in line)
        assert kept < written < next(n for n, line in enumerate(lines) if "AT^RESET" in line)
        assert "${LIST:?" in lines[written]


def test_the_plan_for_another_program_in_json(command: Command) -> None:
    *lines, done = command("plan", "12d1:1f01", "--as", "usb_modeswitch", "--json", sticks=("e220",)).events
    assert [(line["event"], line["target"], line["comment"]) for line in lines] == [
        ("command", "usb_modeswitch", True),
        ("command", "usb_modeswitch", False),
    ]
    assert done["result"] == "planned"
    (comment, done) = command("plan", "1-1", "--to", "hilink", "--as", "sh", "--json", sticks=(ROUTER,)).events
    assert "nothing to do" in comment["text"]
    assert done["result"] == "already"


def test_what_a_plan_may_be_written_for(command: Command) -> None:
    assert command("plan", "12d1:1f01", "--as", "windows", sticks=("e220",)).status == 2
    assert command("12d1:1f01", "--as", "sh", sticks=("e220",)).status == 2  # a switch is not printed


def test_every_way_of_every_profile_can_be_written() -> None:
    """No line is empty, has a line end or a word of Python in it; what is not a comment is a command of a shell."""
    library = Library(user=[])
    written: list[str] = []
    for family in map(library.family, library.names()):
        product = next((one for one in family.products if one.wakes), family.products[0])
        for way, target, port in itertools.product(family.transitions, TARGETS, ("", "1-1.4")):
            lines = list(export((way,), stick_of(family, product.usb, port), target, family.goal))
            assert len(lines) > 1, (family.name, str(way))
            assert not [line for line in lines if not line or "\n" in line or "None" in line], lines
            written += ["(", *lines, ")"]
    done = subprocess.run(["sh", "-n"], input="\n".join(written), text=True, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_switched_id_that_is_not_there_is_planned_from_its_mode(command: Command) -> None:
    said = command("plan", "12d1:14dc", "--to", "ncm", sticks=("e220",))
    assert said.status == 0
    assert said.out.startswith("12d1:14dc (not on the bus): from hilink to ncm through mass-storage")
    assert ALT_MODE in said.out
    said = command("plan", "12d1:14dc", sticks=("e220",))
    assert (said.status, said.out) == (0, "12d1:14dc (not on the bus): is in hilink, nothing to do\n")


def test_an_id_that_is_seen_in_several_modes_is_planned_for_each(command: Command) -> None:
    said = command("plan", "12d1:1506", "--to", "ncm", sticks=("e220",))
    heads = [line.split(",")[0] for line in said.out.splitlines() if "not on the bus" in line]
    assert heads == [
        "12d1:1506 (not on the bus): is in ncm",
        "12d1:1506 (not on the bus): from stick to ncm through mass-storage",
    ]
    events = command("plan", "12d1:1506", "--to", "ncm", "--json", sticks=("e220",)).events
    assert [(event["mode"], event["result"]) for event in events if event["event"] == "done"] == [
        ("ncm", "already"),
        ("stick", "planned"),
    ]


def test_a_plan_from_one_of_its_modes(command: Command) -> None:
    said = command("plan", "12d1:1506", "--to", "ncm", "--from", "stick", sticks=("e220",))
    assert [line[:40] for line in said.out.splitlines() if "not on the bus" in line] == [
        "12d1:1506 (not on the bus): from stick t"
    ]
    said = command("plan", "12d1:14dc", "--from", "ncm", sticks=("e220",))
    assert said.status == 2
    assert "12d1:14dc is never in ncm: by its profile it is in hilink" in said.err


def test_an_id_of_several_families_is_planned_for_each_that_has_a_way(command: Command) -> None:
    said = command("plan", "12d1:155e", "--to", "hilink", sticks=("e220",))
    assert said.status == 0
    assert "12d1:155e (not on the bus) as one of huawei-hilink: from ncm to hilink through mass-storage" in said.out
    assert "12d1:155e (not on the bus), in ncm: huawei-stick has no way from ncm to hilink" in said.err


def test_an_id_without_any_way_there_is_an_error(command: Command) -> None:
    said = command("plan", "12d1:1442", "--to", "hilink", "--json", sticks=("e220",))
    assert said.status == 4
    assert said.events[-1]["id"] == "12d1:1442"
