"""Every shipped profile as what the other programs keep, read again as the same; and what they cannot be told."""

from __future__ import annotations

import json

import pytest

from modeswitch.database.library import Library
from modeswitch.database.profile import Product, Profile
from modeswitch.database.reader import read
from modeswitch.exporters.entries import Entry, Unsaid, entries, reference, whole_list
from modeswitch.exporters.usb_modeswitch import without_doubt
from modeswitch.importers.files import read as read_back
from modeswitch.importers.methods import draft
from modeswitch.importers.usb_modeswitch import Entry as Read
from modeswitch.methods.registry import read_step
from modeswitch.usb.descriptors import UsbId

LIBRARY = Library(user=[])
FAMILIES = [LIBRARY.family(name) for name in LIBRARY.names()]
TARGETS = ("usb_modeswitch", "openwrt")

ONE = """
[family]
name = "one"
vendor = "One"
goal = "switched"
[[product]]
usb = "1209:0001"
names = [{name}]
{more}
evidence = [{{ source = "a test" }}]
[[transition]]
from = "mass-storage"
to = "switched"
steps = [{steps}]
within = 20
evidence = [{{ source = "a test" }}]
"""
EJECT = "{ eject = { luns = [0, 1] } }"
TEST_UNIT = "{ scsi = { cdb = '000000000000' } }"


def of_library(usb: UsbId) -> list[Product]:
    return [one for family in LIBRARY.families(usb) for one in family.products if one.usb == usb]


def one(steps: str = EJECT, name: str = '"Stick"', more: str = "") -> Profile:
    return read(ONE.format(steps=steps, name=name, more=more), "one.toml")


def exported(profile: Profile, target: str, to: str | None = None) -> tuple[list[Entry], list[Unsaid]]:
    return entries([profile], target, to, lambda _usb: profile.products)


def wire(entry: Read) -> list[str]:
    steps = draft(entry).steps
    return [without_doubt(action) for step in steps for action in read_step(step, "test", "").actions]


def ways(usb: UsbId) -> list[list[str]]:
    """What each way of a product's families sends."""
    return [
        [without_doubt(action) for step in way.steps for action in step.actions]
        for family in LIBRARY.families(usb)
        for way in family.transitions
    ]


def test_each_file_of_usb_modeswitch_is_read_again_as_the_same() -> None:
    found, _unsaid = entries(FAMILIES, "usb_modeswitch", None, of_library)
    assert len(found) > 450
    for entry in found:
        (again,), problems = read_back(entry.text.encode(), entry.name)
        assert problems == []
        assert again.notes == ()
        assert again.usb == entry.usb
        told_by = [{(key, text.replace(" ", "_")) for key, text in one.match} for one in of_library(entry.usb)]
        assert set(again.match) in told_by, entry.name
        if draft(again).leave_alone:
            assert all(one.leave_alone for one in of_library(entry.usb) if one.wakes)
        else:
            assert wire(again) in ways(entry.usb), entry.name


def test_the_list_of_usbmode_is_read_again_as_the_same() -> None:
    found, _unsaid = entries(FAMILIES, "openwrt", None, of_library)
    again, problems = read_back(whole_list(found).encode(), "usb-mode.json")
    assert problems == []
    assert [each.usb for each in again] == [entry.usb for entry in found]
    assert len(again) > 400
    for each in again:
        assert wire(each) in ways(each.usb), each.usb


def test_the_text_of_all_is_read_again_as_the_same() -> None:
    found, _unsaid = entries(FAMILIES, "usb_modeswitch", None, of_library)
    plain = [entry for entry in found if entry.name == str(entry.usb)]
    again, problems = read_back(reference(plain).encode(), "reference")
    assert problems == []
    assert [each.usb for each in again] == [entry.usb for entry in plain]
    for each, entry in zip(again, plain, strict=True):
        (alone,), _problems = read_back(entry.text.encode(), entry.name)
        assert wire(each) == wire(alone)
        assert each.name == alone.name


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_not_written_is_told(target: str) -> None:
    """Each product that wakes up has an entry or a reason."""
    found, unsaid = entries(FAMILIES, target, None, of_library)
    without = {usb for each in unsaid if not each.written for usb in each.ids}
    waking = {product.usb for family in FAMILIES for product in family.products if product.wakes}
    assert waking == {entry.usb for entry in found} | without
    assert all(each.message for each in unsaid)


@pytest.mark.parametrize(
    ("steps", "target", "why"),
    [
        ("{ control = { request-type = 0x40, request = 0xa1 } }", "usb_modeswitch", "cannot do this: control 40 a1"),
        ("{ reset = {} }", "usb_modeswitch", "something else"),  # it waits for a second before
        ("{ reset = {} }", "openwrt", "usbmode cannot do this: reset"),
        ("{ configuration = { has = 'mbim' } }", "usb_modeswitch", "cannot do this"),
        (f"{{ pause = {{ seconds = 0.5 }} }}, {TEST_UNIT}", "usb_modeswitch", "cannot do this: pause 0.5 s"),
        (f"{{ pause = {{ seconds = 2 }} }}, {TEST_UNIT}", "openwrt", "cannot do this: pause 2 s"),
        (f"{EJECT}, {TEST_UNIT}, {TEST_UNIT}", "usb_modeswitch", "usb_modeswitch cannot do this: bulk out"),
        (f"{EJECT}, {TEST_UNIT}", "openwrt", "usbmode cannot do this: bulk out"),  # it drops the message
        ("{ detach = {} }", "openwrt", "cannot do this: detach"),
    ],
)
def test_what_a_program_cannot_do(steps: str, target: str, why: str) -> None:
    found, (unsaid,) = exported(one(steps), target)
    assert found == []
    assert not unsaid.written
    assert why in unsaid.message


@pytest.mark.parametrize(
    ("steps", "settings"),
    [
        (f"{EJECT}, {TEST_UNIT}", ["StandardEject=1", "MessageContent="]),
        (f"{{ pause = {{ seconds = 2 }} }}, {TEST_UNIT}", ["WaitBefore=2", "MessageContent=", "CheckSuccess=18"]),
        ("{ detach = {} }", ["DetachStorageOnly=1"]),
        (f"{TEST_UNIT}, {{ pause = {{ seconds = 1 }} }}, {{ reset = {{}} }}", ["ResetUSB=1"]),
        ("{ bulk = { hex = '1b5a01', endpoint = 5 } }", ['MessageContent="1b5a01"', "MessageEndpoint=0x05"]),
        ("{ altsetting = { interface = 2, alternate = 1 } }", ["Interface=2", "AltSetting=1"]),
    ],
)
def test_what_usb_modeswitch_can_do(steps: str, settings: list[str]) -> None:
    (entry,), unsaid = exported(one(steps), "usb_modeswitch")
    assert unsaid == []
    for setting in settings:
        assert any(line.startswith(setting) for line in entry.text.splitlines()), entry.text


@pytest.mark.parametrize("target", TARGETS)
def test_a_hostile_name_begins_no_line(target: str) -> None:
    """Not that of the reader, which takes none, and not that of anything that makes a profile without it."""
    profile = one()
    hostile = profile.products[0]._replace(names=('x\nMessageContent="00" $(reboot) [exec] `id` \x1b[2J',))
    (entry,), _unsaid = exported(profile._replace(products=(hostile,)), target)
    text = entry.text or whole_list([entry])
    assert not set("$`[\x1b") & {char for line in text.splitlines() if line.startswith("#") for char in line}
    (again,), problems = read_back(text.encode(), "1209:0001" if entry.text else "usb-mode.json")
    assert problems == []
    assert "MessageContent" not in again.settings


@pytest.mark.parametrize("word", ["a/b", "../../etc/passwd", "a:b", "*", "[a]", "a?", "\\u00e9", "a\\\\b", "x" * 100])
def test_a_string_that_cannot_stand_in_a_file_name(word: str) -> None:
    found, (unsaid,) = exported(one(more=f'match = {{ manufacturer = "{word}" }}'), "usb_modeswitch")
    assert found == []
    assert "cannot stand in the name of a file" in unsaid.message


def test_strings_stand_in_the_file_name_and_usbmode_compares_none() -> None:
    profile = one(more='match = { manufacturer = "A B", scsi-model = "C" }')
    (entry,), _unsaid = exported(profile, "usb_modeswitch")
    assert entry.name == "1209:0001:uMa=A_B:sMo=C"
    found, (unsaid,) = exported(profile, "openwrt")
    assert (found, "usbmode compares none" in unsaid.message) == ([], True)


def test_what_is_left_alone() -> None:
    """Configuration=0 says so to usb_modeswitch; usbmode would take the device's configuration away."""
    profile = one(more='leave-alone = "it is a phone"')
    found, (unsaid,) = exported(profile, "openwrt")
    assert (found, "usbmode cannot be told: it is a phone" in unsaid.message) == ([], True)
    (entry,), unsaid_too = exported(profile, "usb_modeswitch")
    assert unsaid_too == []
    (again,), problems = read_back(entry.text.encode(), entry.name)
    assert problems == []
    assert draft(again).leave_alone
    assert draft(again).steps == ()


def test_a_stick_beside_one_that_is_left_alone_is_not_written() -> None:
    """An entry for the id would be sent to both."""
    profile = one()
    phone = profile.products[0]._replace(match=(("product", "Phone"),), leave_alone="it is a phone")
    for target in TARGETS:
        found, _unsaid = entries([profile], target, None, lambda _usb: (*profile.products, phone))
        assert found == []


def test_an_id_has_one_entry() -> None:
    """Two of one name would be written over each other, and usbmode takes the first."""
    profile = one()
    for target in TARGETS:
        (entry,), (unsaid,) = entries([profile, profile._replace(name="two")], target, None, lambda _usb: ())
        assert entry.name == "1209:0001"
        assert (unsaid.family, unsaid.written) == ("two", False)


def test_a_mode_that_no_way_leads_to_at_once() -> None:
    hilink = LIBRARY.family("huawei-hilink")
    found, _unsaid = entries([hilink], "usb_modeswitch", "ncm", of_library)
    assert "12d1:1f01" in {entry.name for entry in found}
    found, unsaid = entries([hilink], "usb_modeswitch", "qmi", of_library)
    assert found == []
    assert {each.message for each in unsaid} == {"no way leads to qmi for all sticks of this id"}


def test_usbmode_gets_numbers_and_a_class_that_tells_a_switched_stick() -> None:
    found, _unsaid = entries([LIBRARY.family("huawei-brovi")], "openwrt", None, of_library)
    for entry in found:
        device = json.loads(whole_list([entry]))["devices"][str(entry.usb)]["*"]
        assert all(isinstance(index, int) for index in device.get("msg", []))
        assert "t_product" not in device or device["t_product"] != [entry.usb.product]
