"""The rules and the unit that switch sticks when they are plugged in."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from modeswitch.database.library import Library
from modeswitch.service import udevrules
from tests.support.udev import is_well_formed

FAMILIES = [Library(user=[]).family(name) for name in Library(user=[]).names()]
RULES = udevrules.switch_rules(FAMILIES)
REPLACING = udevrules.switch_rules(FAMILIES, replace_usb_modeswitch=True)


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


def test_no_word_of_a_profile_stands_in_a_rule() -> None:
    """An owner's profile is data: what it calls itself and its sticks runs nothing."""
    evil = 'x"\nRUN+="/bin/evil'
    hostile = [
        family._replace(name=evil, vendor=evil, products=tuple(one._replace(names=(evil,)) for one in family.products))
        for family in FAMILIES
    ]
    assert udevrules.switch_rules(hostile) == RULES


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
        ("1199:9011", 'ATTR{bConfigurationValue}!="1"'),
        ("0fce:d0cf", 'ATTR{bConfigurationValue}!="3"'),
        ("03f0:002a", 'ENV{ID_USB_INTERFACES}!="*:07*"'),
        ("12d1:1d50", 'ATTR{bConfigurationValue}!="2"'),
    ],
)
def test_what_shows_that_it_is_not_switched_yet(usb: str, condition: str) -> None:
    vendor, _, number = usb.partition(":")
    (line,) = (line for line in block(vendor, "storage") if number in line.split('"')[1].split("|"))
    assert line.split(", ")[1:-1] == [condition]


@pytest.mark.parametrize("usb", ["19d2:2000", "05c6:9024"])
def test_a_network_function_that_lives_outranks_an_id(usb: str) -> None:
    """usb_id looks at every configuration, so of a device with several the recognition tells, not the rule."""
    vendor, _, number = usb.partition(":")
    lines = [line for line in block(vendor, "storage") if number in line.split('"')[1].split("|")]
    assert [line.split(", ")[1] for line in lines] == [
        'ATTR{bNumConfigurations}!="1"',
        'ENV{ID_USB_INTERFACES}!="*:e00103:*|*:0206*|*:020d*|*:020e*"',
    ]


def test_an_id_that_another_familys_modem_has_wakes_the_service_as_storage_alone() -> None:
    (family,) = (one for one in FAMILIES if any(str(each.usb) == "19d2:2000" for each in one.products))
    product = next(one for one in family.products if str(one.usb) == "19d2:2000")
    other = family._replace(name="other", products=(product._replace(wakes=False),))
    lines = udevrules.switch_rules([family, other]).splitlines()
    mine = [line for line in lines if line.endswith('MODESWITCH_STATE}="storage"') and "2000" in line.split('"')[1]]
    assert [line.split(", ")[1] for line in mine] == ['ENV{ID_USB_INTERFACES}==":080650:|:080662:"']


def test_the_cdroms_of_what_wakes_up_are_hidden_from_the_desktop() -> None:
    lines = RULES.split('LABEL="modeswitch_cdrom"')[1].splitlines()
    hidden = {line.split('idVendor}=="')[1][:4]: line for line in lines if 'UDISKS_IGNORE}="1"' in line}
    woken: dict[str, set[str]] = {}
    for family in FAMILIES:
        for product in family.products:
            if product.wakes and not product.leave_alone:
                vendor, _, number = str(product.usb).partition(":")
                woken.setdefault(vendor, set()).add(number)
    assert {
        vendor: set(line.split('idProduct}=="')[1].split('"')[0].split("|")) for vendor, line in hidden.items()
    } == woken


@pytest.mark.parametrize("text", [RULES, REPLACING, udevrules.cdrom_rules()])
def test_rules_are_well_formed(text: str) -> None:
    assert is_well_formed(text)


def test_nothing_happens_on_remove_and_for_phones() -> None:
    lines = RULES.splitlines()
    assert lines[1] == 'ACTION=="remove", GOTO="modeswitch_end"'
    assert 'ATTR{manufacturer}=="Android", GOTO="modeswitch_end"' in lines
    (first, *hiding) = lines[lines.index('LABEL="modeswitch_cdrom"') + 1 :]
    assert first == 'SUBSYSTEMS=="usb", ATTRS{manufacturer}=="Android", GOTO="modeswitch_end"'
    assert any("UDISKS_IGNORE" in line for line in hiding)


def test_the_peers_programs_are_taken_out_only_when_asked() -> None:
    assert 'RUN="' not in RULES
    (line,) = (line for line in REPLACING.splitlines() if "|12d1/1f01/*|" in line and '=="usb_interface"' in line)
    assert line.endswith(', RUN="/bin/true"')
    assert "12d1/1506/" not in REPLACING
    assert "12d1/1570/" not in REPLACING


def told_to_option() -> str:
    """What the shell is given where a Brovi E3372-325 shows ports."""
    (line,) = (line for line in RULES.splitlines() if "new_id" in line)
    assert line in block("3566")
    assert 'ATTR{idProduct}=="2001", ENV{ID_USB_INTERFACES}=="*:ff*"' in line
    (script,) = re.findall(r"""RUN\+="/bin/sh -c '([^'$%]*)'\"""", line)
    return str(script)


def test_option_is_told_once_of_an_id_that_it_does_not_know(tmp_path: Path) -> None:
    """Run by a real shell, with the folder of the driver and modprobe made up."""
    driver = tmp_path / "drivers/option1"
    driver.mkdir(parents=True)
    (driver / "new_id").write_text("")
    tool = tmp_path / "modprobe"
    tool.write_text(f"#!/bin/sh\necho $1 >> {tmp_path}/loaded\n")
    tool.chmod(0o755)
    script = told_to_option().replace("/sys/bus/usb-serial", str(tmp_path))
    assert "/sys" not in script
    for _ in range(2):
        subprocess.run(["/bin/sh", "-c", script], check=True, env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, timeout=10)
    assert (driver / "new_id").read_text() == "3566 2001 ff\n"
    assert (tmp_path / "loaded").read_text() == "option\noption\n"
