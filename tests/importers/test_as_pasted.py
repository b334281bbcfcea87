"""Entries, settings, rules and command lines as people paste them: read, or refused with the right reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.imports import HEAD, Import, profile_of, profiles_of, wire
from tests.support.rig import ALT_MODE, NEW_MODE

FIELD = Path(__file__).parent / "field"
ENTRY = '"12d1:1f01": { "*": { "t_vendor": 4817, "t_product": [ 5339, 5340 ], "mode": "HuaweiAlt", "msg": [ 61 ] } }'
"""An entry of OpenWrt's list as forum posts show it, which counts a list that is not there."""


@pytest.mark.parametrize(
    "text",
    [
        ENTRY,
        f"{ENTRY},",
        f"\t\t{ENTRY},\n\t}}\n}}\n",
        f"{{ {ENTRY} }}",
        f'"devices": {{ {ENTRY} }}',
        f'{{ "devices": {{ {ENTRY}, }}, }}',
        ENTRY[:-2],
        ENTRY.replace(" ] } }", " ], }, },"),
        ENTRY.replace('"', "\u201c"),
        ENTRY.replace(" ", "\u00a0"),
        f"# source: a forum\n// and a note\n{ENTRY}",
        ENTRY.replace(" { ", " {\r\n "),
        "\ufeff" + ENTRY,
    ],
    ids=lambda text: ascii(text)[:40],
)
def test_an_entry_alone_is_read(text: str, imported: Import) -> None:
    said = imported(text, name="post.json")
    assert wire(profile_of(said)) == [ALT_MODE]
    assert "msg [61]" not in said.err or "mode HuaweiAlt says what is sent" in said.err


def test_several_entries_are_read_with_or_without_a_comma(imported: Import) -> None:
    second = '"12d1:14fe": { "*": { "mode": "HuaweiNew" } }'
    for between in (",", "", ",\n\n"):
        said = imported(f"{ENTRY}{between}\n{second}", name="post.json")
        assert {name: wire(one) for name, one in profiles_of(said).items()} == {
            "12d1-1f01": [ALT_MODE],
            "12d1-14fe": [NEW_MODE],
        }


def test_an_entry_with_its_messages(imported: Import) -> None:
    text = f'"messages": [ "{NEW_MODE}" ], "12d1:1f01": {{ "*": {{ "msg": [ 0 ] }} }}'
    assert wire(profile_of(imported(text, name="post.json"))) == [NEW_MODE]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('"12d1:1f01": { "*": { "msg": [ 61 ] } }', 'msg [61] counts the list\'s "messages", which do not stand here'),
        ('"12d1:1f01": { "*": { "mode": "StandardEject", "msg": [ 0 ] } }', "msg [0] counts the list's"),
        ('"*": { "mode": "HuaweiAlt" }', "an entry's inside without its id"),
        ('"mode": "HuaweiAlt", "msg": [ 61 ]', "an entry's inside without its id"),
        ('{ "speed": 3, "size": 4 }', "its keys ('speed', 'size') are no ids"),
        ('"12d1:1f01": { "*": { "mode": "Huawei', "not JSON"),
        ('"12d1:1f01": { "*": { "mode": "HuaweiAlt"', "not JSON"),
        ('"12d1:1f01": { "*": { "mode": "Huawei Alt" } }', "is not one of OpenWrt's"),
        ('"12d1:1f01": "HuaweiAlt"', "is no table of a table"),
    ],
)
def test_an_entry_that_cannot_be_read(text: str, words: str, imported: Import) -> None:
    said = imported(text, name="post.json")
    assert (said.status, said.out) == (4, "")
    assert words in said.err


SETTINGS = ("DisableSwitching", "DisableMBIMGlobal", "EnableLogging", "SetStorageDelay", "HuaweiAltModeGlobal")


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_setting_of_the_program_is_no_entry(setting: str, imported: Import) -> None:
    said = imported(f"# Configuration\n\n{setting}=1\n")
    assert (said.status, said.out) == (4, "")
    assert "settings of usb_modeswitch itself, and no device: there is nothing to import" in said.err
    assert f"{setting} (line 3) is a setting of usb_modeswitch itself" in said.err
    beside = imported(f"{setting} = 1\n{HEAD}HuaweiNewMode=1\n")
    assert wire(profile_of(beside)) == [NEW_MODE]
    assert f"{setting} (line 1) is a setting of usb_modeswitch itself, of no device" in beside.err


def test_beside_an_entry_that_is_wrong_a_setting_is_still_told(imported: Import) -> None:
    said = imported("EnableLogging=1\nDefaultVendor = 0x12d1\nDefaultProduct = 0x1506\nMessageEndPoint = 0x01\n")
    assert said.status == 4
    assert "line 4: 'MessageEndPoint' is no keyword of usb_modeswitch; did you mean 'MessageEndpoint'?" in said.err
    assert "EnableLogging (line 1) is a setting" in said.err


@pytest.mark.parametrize(
    ("text", "maker"),
    [
        ("DefaultVendor=0x19d2\nDefaultProduct=0x1405\nStandardEject=1\n", "19d2:1225, 19d2:1420"),
        ("DefaultVendor=0x12d1\nDefaultProduct=0x14dc\nHuaweiNewMode=1\n", "12d1:1f01"),
        ('"19d2:1405": { "*": { "t_product": [ 359 ], "mode": "StandardEject" } }', "19d2:1225, 19d2:1420"),
    ],
)
def test_an_id_that_is_only_a_target_is_refused(text: str, maker: str, imported: Import) -> None:
    said = imported(text)
    assert (said.status, said.out) == (4, "")
    assert "is no id that a stick wakes up with" in said.err
    assert maker in said.err


def test_quotes_and_blanks_of_typesetters_are_plain_ones(imported: Import) -> None:
    text = f"DefaultVendor=\u00a00x12d1\nDefaultProduct = \u201c0x1f01\u201d\nMessageContent=\u201e{NEW_MODE}\u201c\n"
    assert wire(profile_of(imported(text))) == [NEW_MODE]


RULE = 'ATTR{idVendor}=="12d1", ATTR{idProduct}=="1f01", RUN+="/usr/sbin/usb_modeswitch -v 12d1 -p 1f01 OPTIONS"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            RULE.replace("OPTIONS", f"-M {ALT_MODE}"),
            ("a udev rule for 12d1:1f01", "host 0x30 (gateway), profile 1 (ncm)"),
        ),
        (RULE.replace("OPTIONS", f"-M '{ALT_MODE}'"), ("host 0x30 (gateway)",)),
        (RULE.replace("OPTIONS", f"\u2013M \u201a{ALT_MODE}\u2019"), ("host 0x30 (gateway)",)),
        (RULE.replace("OPTIONS", f"\u2014message-content {ALT_MODE}"), ("host 0x30 (gateway)",)),
        (RULE.replace("OPTIONS", f"--message-content={ALT_MODE}"), ("host 0x30 (gateway)",)),
        (RULE.replace("OPTIONS", "-J"), ("it runs usb_modeswitch: HuaweiNewMode",)),
        (RULE.replace("OPTIONS", "-K"), ("StandardEject",)),
        (RULE.replace("OPTIONS", "-W -R -w 400"), ("no message, then a reset",)),
        (RULE.replace("OPTIONS", "-M 555"), ("no even number of hex digits",)),
        (RULE.replace("OPTIONS", "-M 5553"), ("the message 5553 (",)),
        (
            'ATTRS{idVendor}=="12d1", ATTRS{idProduct}=="1f01|14fe", RUN+="usb_modeswitch \'%b/%k\'"\n',
            ("own dispatcher",),
        ),
        ('ENV{ID_VENDOR_ID}=="12d1", ENV{ID_MODEL_ID}=="1f01", RUN+="/root/go.sh"\n', ("it runs /root/go.sh",)),
        (
            'ATTR{idVendor}=="12d1", \\\n ATTR{idProduct}=="1f01", RUN+="/bin/sh -c \'echo 12d1 1f01 > /x/new_id\'"\n',
            ("it gives a driver an id (new_id)",),
        ),
        (f"$ sudo usb_modeswitch -v 12d1 -p 1f01 -M {ALT_MODE}\n", ("a command line of usb_modeswitch for 12d1:1f01",)),
    ],
)
def test_a_udev_rule_is_told_as_such(text: str, words: tuple[str, ...], imported: Import) -> None:
    said = imported(text, name="40-huawei.rules")
    assert (said.status, said.out) == (4, "")
    for word in words:
        assert word in said.err
    assert "no configuration that could be imported" in said.err
    assert "profile huawei-hilink" in said.err
    assert "modeswitch profiles show 12d1:1f01" in said.err


def test_rules_that_are_about_no_device(imported: Import) -> None:
    said = imported('ACTION!="add", GOTO="end"\nLABEL="end"\n', name="1.rules")
    assert said.status == 4
    assert "none that is about a device" in said.err


def test_a_rule_of_an_unknown_id_and_many_rules(imported: Import) -> None:
    rule = RULE.replace("12d1", "dead").replace("OPTIONS", "-K")
    said = imported(rule, name="1.rules")
    assert "No profile knows dead:1f01" in said.err
    said = imported(rule * 5000, name="1.rules")
    assert len(said.err.splitlines()) < 50
    assert "the rest is not told" in said.err


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("15_mf79u_1405_usbmode_json.json", 4, "it is what 19d2:1225, 19d2:1420 is after its switch"),
        ("32_12d1:1f01", 0, ""),
        ("33_12d1:1f01", 0, ""),
        ("34_fragment_E3372h-320.json", 0, "msg [61] (line 1) is left out"),
        ("35_E3531_Targetproduct.conf", 4, "did you mean 'TargetProduct'?"),
        ("35_usb_modeswitch.conf", 4, "EnableLogging (line 4) is a setting"),
        ("48_brovi.rules", 4, "line 8: a udev rule for 3566:2001"),
    ],
)
def test_a_file_of_a_public_report(name: str, status: int, words: str, imported: Import) -> None:
    said = imported((FIELD / name).read_text("utf-8"), name=name)
    assert said.status == status, said.err
    assert words in said.err
    assert bool(said.out) is (status == 0)
