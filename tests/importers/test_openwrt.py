"""OpenWrt's list (usb-mode.json), as its script writes it and as people change it."""

from __future__ import annotations

from pathlib import Path

import pytest

from modeswitch.database.library import Library
from modeswitch.importers.usb_modeswitch import MOST
from modeswitch.usb.descriptors import UsbId
from tests.support.cbw import REZERO
from tests.support.imports import Import, profile_of, profiles_of, wire
from tests.support.rig import ALT_MODE, NEW_MODE

OPENWRT = """{
\t"messages" : [
\t\t"REZERO",
\t\t"5553424312345678000000000000061b004600000000000000000000000000"
\t],

\t"devices" : {
\t\t"03f0:002a": {
\t\t\t"*": {
\t\t\t\t"t_class": 7,
\t\t\t\t"msg": [ 0 ],
\t\t\t\t"response": true
\t\t\t}
\t\t},
\t\t"0408:f000": {
\t\t\t"*": {
\t\t\t\t"t_vendor": 1032,
\t\t\t\t"t_product": [ 53257 ],
\t\t\t\t"msg": [ 1 ]
\t\t\t}
\t\t},
\t\t"12d1:15c1": {
\t\t\t"*": {
\t\t\t\t"mode": "MBIM",
\t\t\t\t"msg": [  ]
\t\t\t}
\t\t},
\t\t"12d1:1f02": {
\t\t\t"*": {
\t\t\t\t"t_vendor": 4817,
\t\t\t\t"t_product": [ 5339, 5340 ],
\t\t\t\t"mode": "HuaweiNew",
\t\t\t\t"no_driver": true,
\t\t\t\t"msg": [  ]
\t\t\t}
\t\t},
\t\t"1c9e:f000": {
\t\t\t"*": {
\t\t\t\t"t_vendor": 7326,
\t\t\t\t"t_product": [ 36864, 38403 ],
\t\t\t\t"msg": [ 1 ],
\t\t\t\t"wait": 1
\t\t\t},
\t\t\t":uMa=USB_Modem": {
\t\t\t\t"t_vendor": 7326,
\t\t\t\t"t_product": [ 36864, 38403 ],
\t\t\t\t"msg": [ 0 ],
\t\t\t\t"wait": 1
\t\t\t}
\t\t},
\t\t"05c6:2000": {
\t\t\t"*": {
\t\t\t\t"t_vendor": 6610,
\t\t\t\t"t_product": [ 130 ],
\t\t\t\t"mode": "StandardEject",
\t\t\t\t"msg": [  ],
\t\t\t\t"check": true
\t\t\t}
\t\t},
\t\t"0fce:d0cf": {
\t\t\t"*": {
\t\t\t\t"mode": "Sony",
\t\t\t\t"config": 2,
\t\t\t\t"msg": [  ]
\t\t\t}
\t\t},
\t\t"12d1:1570": {
\t\t\t"*": {
\t\t\t\t"config": 0,
\t\t\t\t"msg": [  ]
\t\t\t}
\t\t}
\t}
}
""".replace("REZERO", REZERO)


def test_openwrt_s_list_as_its_script_writes_it(imported: Import) -> None:
    """Ids and classes are decimal numbers; the keys that name a device are hexadecimal."""
    said = imported(OPENWRT, name="usb-mode.json")
    assert said.status == 0, said.err
    found = {
        str(product.usb): (family, product) for family in profiles_of(said).values() for product in family.products
    }
    ids = {name for name, (_family, product) in found.items() if product.wakes}
    assert ids == {
        *("03f0:002a", "0408:f000", "12d1:15c1", "12d1:1f02", "1c9e:f000", "05c6:2000", "0fce:d0cf", "12d1:1570"),
    }
    assert found["03f0:002a"][0].told_by == "class 07"
    assert wire(found["03f0:002a"][0]) == [REZERO]
    assert [str(usb) for usb in found["0408:f000"][1].becomes] == ["0408:d009"]
    assert [str(usb) for usb in found["12d1:1f02"][1].becomes] == ["12d1:14db", "12d1:14dc"]
    assert wire(found["12d1:1f02"][0]) == [NEW_MODE]
    assert wire(found["12d1:15c1"][0]) == ["set configuration with mbim"]
    assert wire(found["0fce:d0cf"][0])[-1] == "set configuration 2"
    assert found["05c6:2000"][0].transitions[0].within == 20
    assert found["1c9e:f000"][0].transitions[0].within == 21
    assert found["12d1:1570"][1].leave_alone
    matches = [product.match for family in profiles_of(said).values() for product in family.products]
    assert (("manufacturer", "USB_Modem"),) in matches


def openwrt(device: str, messages_: str = f'["{REZERO}"]', key: str = "12d1:1f01") -> str:
    return f'{{"messages": {messages_},\n"devices": {{\n"{key}": {{"*": {device}}}}}}}\n'


OPENWRT_WRONG = (
    (openwrt('{"msg": [1]}'), 3, "msg 1: there are 1 messages"),
    (openwrt('{"msg": [-1]}'), 3, "msg -1"),
    (openwrt('{"msg": [true]}', f'["{REZERO}", "{REZERO}"]'), 3, "msg True: there are 2 messages"),
    (openwrt('{"msg": ["0"]}'), 3, "msg 0"),
    (openwrt('{"msg": [0, 0, 0, 0]}'), 3, "4 messages, where at most 3 are sent"),
    (openwrt('{"msg": [0]}', '["55zz"]'), 3, "no even number of hex digits"),
    (openwrt('{"msg": [0]}', "[null]"), 3, "no even number of hex digits"),
    (openwrt('{"mode": "HuaweiNewer"}'), 3, "mode 'HuaweiNewer' is not one of OpenWrt's"),
    (openwrt('{"mode": 3}'), 3, "mode '3' is not one"),
    (openwrt('{"mode": "HuaweiNew", "t_product": [70000]}'), 3, "is no id and no byte"),
    (openwrt('{"mode": "HuaweiNew", "t_vendor": true, "t_product": [1]}'), 3, "is no id and no byte"),
    (openwrt('{"mode": "HuaweiNew", "t_class": 300}'), 3, "no byte in hex"),
    (openwrt('{"mode": "HuaweiNew", "speed": 3}'), 3, "'speed' is not one of OpenWrt's keys"),
    (openwrt('{"mode": "HuaweiNew", "mode": "Sierra"}'), 1, "'mode' stands twice in one object"),
    (openwrt("{}"), 3, "no method stands here"),
    (openwrt("[]"), 3, "is no table of a table"),
    (openwrt('{"mode": "HuaweiNew"}', key="12d1-1f01"), 3, "12d1-1f01"),
    (openwrt('{"mode": "HuaweiNew"}').replace('"*"', '":xYz=1"'), 1, "in the file's name is not one of"),
    ('{"messages": [],\n"devices": {\n},\n}\n', 1, "no device stands here"),
    ('{"messages": [],\n"devices": {\n:,\n}}\n', 3, "not JSON"),
    ('{"messages": [],\n"devices": {\n}\n7}\n', 4, "not JSON"),
    ('{"devices": []}', 1, "no list of OpenWrt"),
    ('{"messages": {}, "devices": {}}', 1, "no list of OpenWrt"),
    ('{"messages": []', 1, "not JSON"),
    ('{"a":' * 100_000, 1, "not JSON"),
    ('{"messages": [],\n"devices": {\n"12d1:1f01": {}}}\n', 3, "'12d1:1f01' is empty"),
    (f'["{REZERO}"]', 1, "no list of OpenWrt"),
    ('{"messages": 7}', 1, "no list of OpenWrt"),
)


@pytest.mark.parametrize(
    ("text", "line", "words"), OPENWRT_WRONG, ids=[f"{n} {w[2][:40]}" for n, w in enumerate(OPENWRT_WRONG)]
)
def test_what_is_wrong_in_openwrt_s_list(text: str, line: int, words: str, imported: Import) -> None:
    said = imported(text, name="usb-mode.json")
    assert (said.status, said.out) == (4, "")
    first = said.err.splitlines()[0]
    assert f"usb-mode.json, line {line}: " in first
    assert words in first


def test_so_much_is_wrong_that_the_rest_is_not_read(imported: Import) -> None:
    entries = ",\n".join(f'"12d1:{number:04x}": {{"*": {{"mode": 3}}}}' for number in range(0x1000, 0x1000 + 2 * MOST))
    said = imported(f'{{"messages": [],\n"devices": {{\n{entries}}}}}\n', name="usb-mode.json")
    assert (said.status, said.out) == (4, "")
    assert f"line {MOST + 2}: so much is wrong that the rest is not read" in said.err
    assert f"line {MOST + 3}" not in said.err


def test_an_id_may_be_written_as_a_text(imported: Import) -> None:
    """In hex, as in usb_modeswitch's files; a number is decimal."""
    wanted = []
    for ids in ('"t_vendor": "12d1", "t_product": "14db"', '"t_vendor": 4817, "t_product": 5339'):
        said = imported(openwrt(f'{{{ids}, "mode": "HuaweiNew"}}'), name="usb-mode.json")
        wanted.append([str(usb) for product in profile_of(said).products for usb in product.becomes])
    assert wanted == [["12d1:14db"], ["12d1:14db"]]


def test_an_entry_as_people_add_it_for_ncm(imported: Import) -> None:
    """A message is appended, its index counted by hand, and a mode named that usbmode does not know."""
    device = '{"t_vendor": 4817, "t_product": [5339, 5340], "mode": "HuaweiAlt", "msg": [0]}'
    said = imported(openwrt(device, f'["{ALT_MODE}"]'), name="usb-mode.json")
    assert wire(profile_of(said)) == [ALT_MODE]
    assert "MessageContent (line 3) is left out: HuaweiAltMode says what is sent" in said.err


def test_an_empty_list_has_nothing(imported: Import) -> None:
    said = imported('{"messages": [], "devices": {}}', name="usb-mode.json")
    assert (said.status, said.out) == (4, "")
    assert "no device stands here" in said.err


def test_a_shared_id_keeps_its_variants(imported: Import, tmp_path: Path) -> None:
    into = tmp_path / "into"
    into.mkdir()
    said = imported(OPENWRT, "--into", str(into), name="usb-mode.json")
    assert said.status == 0, said.err
    library = Library(user=[into])
    families = [family for family in library.families(UsbId.parse("1c9e:f000")) if library.own(family.name)]
    assert len(families) == 2
