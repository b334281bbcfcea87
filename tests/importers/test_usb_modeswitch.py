"""usb_modeswitch's files, old and new: each form of a setting is read, and what is left out is told."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modeswitch.database.reader import read
from modeswitch.errors import ProfileError
from modeswitch.importers import files, methods, usb_modeswitch
from modeswitch.importers import toml as text
from tests.support.imports import EJECT, HEAD, REZERO, Import, profile_of, profiles_of, wire
from tests.support.rig import ALT_MODE, NEW_MODE
from tests.support.said import Command


def test_a_file_of_the_package_as_it_stands(imported: Import) -> None:
    said = imported(
        '# Huawei E3372\nTargetVendor=0x12d1\nTargetProductList="14db,14dc"\nHuaweiNewMode=1\n', name="12d1:1f01"
    )
    profile = profile_of(said)
    assert profile.told_by == "id"
    (product, *targets) = profile.products
    assert (str(product.usb), product.names) == ("12d1:1f01", ("Huawei E3372",))
    assert [str(target.usb) for target in targets] == ["12d1:14db", "12d1:14dc"]
    assert wire(profile) == [NEW_MODE]


@pytest.mark.parametrize(
    "text",
    [
        f'{HEAD}MessageContent="{REZERO}"\n',
        f"{HEAD}MessageContent='{REZERO}'\n",
        f"{HEAD}MessageContent={REZERO}",
        f'DefaultVendor =\t0x12d1 \nDefaultProduct\t= 1F01\nMessageContent\t=\t"{REZERO.upper()}" \n',
        f'\n\n; c\n# c = d\n! c\n{HEAD}  MessageContent="{REZERO}"\n#MessageContent="55"\n',
        f'DefaultVendor=12D1\nDefaultProduct=0X1F01\nMessageContent="{REZERO}"\n',
    ],
)
def test_forms_of_one_setting(text: str, imported: Import) -> None:
    profile = profile_of(imported(text))
    assert str(profile.products[0].usb) == "12d1:1f01"
    assert wire(profile) == [REZERO]


OLD = f"""
# Configuration file for the usb_modeswitch package
#
# For filling in all this information for an unknown device,
# see instructions and links on the homepage:


;CheckSuccess=2

########################################################
# ONDA MT503HS (most likely a ZTE model)
#
# Contributor: Lucio Asnaghi a.k.a. kRAkEn/gORe

DefaultVendor=  0x19d2
DefaultProduct= 0x2000

TargetVendor=   0x19d2
TargetProduct=  0x0002

# only for reference and 0.x versions
# MessageEndpoint=0x08

MessageContent="55534243b0c8dc812000000080000a85010101180101010101000000000000"


########################################################
# Huawei E220 (aka "Vodafone EasyBox II")
# Huawei E230
#
# Contributor: Hans Kurent

;DefaultVendor=  0x12d1
;DefaultProduct= 0x1003

# choose one of these:
;DetachStorageOnly=1
;HuaweiMode=1


########################################################
# Option iCON 225 HSDPA
#
# Contributor: Matti Viljanen

DefaultVendor=  0x0af0
DefaultProduct=\t0x6971
TargetClass=    0xff

MessageContent="{REZERO}"

########################################################
# D-Link DWM-162-U5

DefaultVendor=0x05c6
DefaultProduct=0x2001
TargetVendor=0x1e0e
TargetProduct=0xce16
MessageContent="{EJECT}"
"""


def test_the_old_file_of_many_devices(imported: Import) -> None:
    """Blocks under rules, some commented out, as the file was shipped until 1.1; the first words name the device."""
    said = imported(OLD)
    assert said.status == 0, said.err
    found = profiles_of(said)
    assert list(found) == ["19d2-2000", "0af0-6971", "05c6-2001"]
    assert [profile.products[0].names for profile in found.values()] == [
        ("ONDA MT503HS (most likely a ZTE model)",),
        ("Option iCON 225 HSDPA",),
        ("D-Link DWM-162-U5",),
    ]
    assert [profile.told_by for profile in found.values()] == ["id", "class ff", "id"]
    assert [wire(profile) for profile in found.values()] == [
        ["55534243b0c8dc812000000080000a85010101180101010101000000000000"],
        [REZERO],
        [EJECT],
    ]
    assert [str(product.usb) for product in found["05c6-2001"].products] == ["05c6:2001", "1e0e:ce16"]


@pytest.mark.parametrize("before", [";DefaultProduct= 0x1003\n", "# DefaultProduct=0x1003\n", "#\n\n", "########\n"])
def test_a_setting_that_is_commented_out_is_no_name(before: str, imported: Import) -> None:
    profile = profile_of(imported(f"{before}# Huawei E173\n{HEAD}HuaweiNewMode=1\n"))
    assert profile.products[0].names == ("Huawei E173",)


def test_a_block_half_commented_out_is_an_error_and_nothing_of_it_is_printed(imported: Import) -> None:
    """As people left it: the settings of a second block without the id above them."""
    said = imported(
        f'{HEAD}CheckSuccess=5\nMessageContent="{NEW_MODE}"\n\n;DefaultVendor= 0x12d1\n;DefaultProduct= 0x1c0b\n'
        f'MessageEndpoint= 0x0f\nMessageContent="{ALT_MODE}"\n'
    )
    assert said.status == 4
    assert said.out == ""
    assert "line 9: MessageContent stands in line 4 already" in said.err


def test_one_broken_device_does_not_take_the_others_with_it(imported: Import) -> None:
    good = f"DefaultVendor=0x19d2\nDefaultProduct=0x2000\nMessageContent={EJECT}\n"
    last = f"DefaultVendor=0x0af0\nDefaultProduct=0x6971\nMessageContent={REZERO}\n"
    for broken in ("DefaultVendor=0xzz\nDefaultProduct=0x1f01\nHuaweiNewMode=1\n", f"{HEAD}HuaweiNewMode=maybe\n"):
        said = imported(good + broken + last)
        assert said.status == 4
        assert list(profiles_of(said)) == ["19d2-2000", "0af0-6971"]
        assert "1f01" not in said.out
        assert len(said.err.splitlines()) == 1


def test_a_file_named_for_its_strings(imported: Import) -> None:
    said = imported("StandardEject=1\n", name="1c9e:f000:uMa=USB_Modem:sVe=X")
    (product,) = profile_of(said, "1c9e-f000").products
    assert product.match == (("manufacturer", "USB_Modem"), ("scsi-vendor", "X"))


@given(st.text(max_size=300))
def test_any_text_is_read_or_told(content: str) -> None:
    with suppress(ProfileError):
        entries, problems = files.read(content.encode("utf-8", "surrogatepass"), "12d1:1f01")
        assert entries or problems


LINES = st.lists(
    st.tuples(
        st.sampled_from(sorted(usb_modeswitch.KINDS)),
        st.sampled_from(["1", "0", "0x12d1", "ff", "2", "14db,14dc", REZERO, "1b5a01", '"1"', "yes"]),
    ),
    max_size=8,
)


@given(LINES)
def test_whatever_settings_stand_together_what_comes_of_them_is_a_profile(lines: list[tuple[str, str]]) -> None:
    content = "\n".join(f"{key}={value}" for key, value in lines)
    entries, _problems = files.read(f"{content}\n".encode(), "12d1:1f01")
    for entry in entries:
        draft = None
        with suppress(ProfileError):
            draft = methods.draft(entry)
        if draft is not None:
            about = text.About("x", "Test", "", "here", "MIT")
            assert read(text.profile(about, [draft], ["here"]), "x.toml").products[0].usb == entry.usb


# What is left out is told.


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("HuaweiNewMode=1\nNeedResponse=1\n", ["NeedResponse (line 2) is left out: the CSW is always read"]),
        ("HuaweiNewMode=1\nNoDriverLoading=1\n", ["NoDriverLoading (line 2) is left out: no driver is loaded"]),
        (
            f"HuaweiNewMode=1\nMessageContent={ALT_MODE}\n",
            ["MessageContent (line 2) is left out: HuaweiNewMode says what"],
        ),
        (
            f"DetachStorageOnly=1\nMessageContent={ALT_MODE}\n",
            ["MessageContent (line 2) is left out: DetachStorageOnly"],
        ),
        (
            f"StandardEject=1\nMessageContent={REZERO}\nMessageContent2={EJECT}\n",
            ["MessageContent2 (line 3) is left out: StandardEject says what is sent"],
        ),
        ("StandardEject=1\nMessageEndpoint=0x01\n", ["MessageEndpoint (line 2) is left out: no message is sent"]),
        (f"MessageContent={REZERO}\nInterface=1\n", ["Interface (line 2) is left out: the interface is found by its"]),
        ("SierraMode=1\nTargetVendor=0x1199\n", ["TargetVendor (line 2) is left out: no TargetProduct stands beside"]),
        ("AltSetting=1\nInterface=2\n", []),
        (f"MessageContent={REZERO}\nMessageEndpoint=1\nResponseEndpoint=0x81\n", []),
    ],
)
def test_what_nothing_stands_for_is_told(lines: str, told: list[str], imported: Import) -> None:
    said = imported(lines, name="12d1:1f01")
    assert said.status == 0
    warnings = said.err.splitlines()
    assert len(warnings) == len(told)
    for warning, words in zip(warnings, told, strict=True):
        assert warning.startswith(f"warning: 12d1:1f01: {words}")


# What is printed is what the peer sends.


ENTRIES = json.loads((Path(__file__).parent.parent / "data" / "peer.json").read_text("utf-8"))["entries"]


def test_every_file_of_the_package_is_imported(tmp_path: Path, command: Command) -> None:
    """All 513 at once: none is lost, and all are read again from where they are written."""
    for entry in ENTRIES:
        lines = "".join(f'{key}="{value}"\n' for key, value in entry["keys"].items())
        (tmp_path / entry["file"]).write_text(lines, "utf-8")
    into = tmp_path / "into"
    into.mkdir()
    files = [str(tmp_path / entry["file"]) for entry in ENTRIES]
    said = command("profiles", "import", *files, "--into", str(into))
    assert said.status == 0, said.err
    found: set[tuple[str, frozenset[tuple[str, str]]]] = set()
    for path in into.iterdir():
        family = read(path.read_text("utf-8"), str(path))
        found |= {(str(product.usb), frozenset(product.match)) for product in family.products if product.wakes}
    wanted = set()
    for entry in ENTRIES:
        vendor, product, *matches = entry["file"].split(":")
        keyed = (match.split("=", 1) for match in matches)
        strings = frozenset((usb_modeswitch.MATCHES[key], text) for key, text in keyed)
        wanted.add((f"{vendor}:{product}", strings))
    assert found == wanted


def test_a_hostile_name_is_harmless(imported: Import) -> None:
    said = imported('# "]]\\ \x1b[2J\n' + f"{HEAD}HuaweiNewMode=1\n", name="12d1:1f01")
    profile = profile_of(said)
    assert "\x1b" not in said.out
    assert profile.products[0].names[0].startswith('"]]')
