"""``modeswitch profiles import``: the peer's files read strictly, and what is printed switches as they do."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modeswitch.database.library import Library
from modeswitch.database.profile import Profile
from modeswitch.database.reader import read
from modeswitch.errors import ProfileError
from modeswitch.importers import files, methods, usb_modeswitch
from modeswitch.importers import toml as text
from modeswitch.methods.storage import Bot
from modeswitch.usb.descriptors import UsbId
from tests.support.rig import messages, plugged, run
from tests.support.said import Command, Said

NEW = "55534243123456780000000000000011062000000101000100000000000000"
ALT = "55534243123456780000000000000011063000000000010000000000000000"
REZERO = "55534243123456780000000000000601000000000000000000000000000000"
EJECT = "5553424312345678000000000000061b000000020000000000000000000000"
HEAD = "DefaultVendor=0x12d1\nDefaultProduct=0x1f01\n"

Import = Callable[..., Said]


@pytest.fixture
def imported(tmp_path: Path, command: Command) -> Import:
    """Imports a text or bytes under a file name."""

    def run_(content: str | bytes, *words: str, name: str = "usb_modeswitch.conf") -> Said:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return command("profiles", "import", str(path), *words)

    return run_


def profile_of(said: Said, name: str = "12d1-1f01") -> Profile:
    assert said.status == 0, said.err
    return read(said.out, f"{name}.toml")


def profiles_of(said: Said) -> dict[str, Profile]:
    """All that was printed, each under the name in the rule above it."""
    parts = said.out.split("# ---- ")[1:]
    texts = {part.partition(".toml\n")[0]: part.partition("\n")[2] for part in parts}
    return {name: read(text, f"{name}.toml") for name, text in texts.items()}


def wire(profile: Profile) -> list[str]:
    actions = [action for way in profile.transitions[:1] for step in way.steps for action in step.actions]
    return [action.cbw.hex() if isinstance(action, Bot) else str(action) for action in actions]


# What is read.


def test_a_file_of_the_package_as_it_stands(imported: Import) -> None:
    said = imported(
        '# Huawei E3372\nTargetVendor=0x12d1\nTargetProductList="14db,14dc"\nHuaweiNewMode=1\n', name="12d1:1f01"
    )
    profile = profile_of(said)
    assert profile.told_by == "id"
    (product, *targets) = profile.products
    assert (str(product.usb), product.names) == ("12d1:1f01", ("Huawei E3372",))
    assert [str(target.usb) for target in targets] == ["12d1:14db", "12d1:14dc"]
    assert wire(profile) == [NEW]


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
        f'{HEAD}CheckSuccess=5\nMessageContent="{NEW}"\n\n;DefaultVendor= 0x12d1\n;DefaultProduct= 0x1c0b\n'
        f'MessageEndpoint= 0x0f\nMessageContent="{ALT}"\n'
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


# What is wrong, with file and line.

WRONG = (
    (f"{HEAD}MessageContent=555\n", 3, "no even number of hex digits"),
    (f"{HEAD}MessageContent=55zz\n", 3, "no even number of hex digits"),
    (f'{HEAD}MessageContent=""\n', 3, "no even number of hex digits"),
    (f"{HEAD}MessageContent={'55' * 600}\n", 3, "no even number of hex digits"),
    (f"{HEAD}MessageContent={REZERO}00\n", 3, "a CBW has 31 bytes, not 32"),
    (f"{HEAD}MessageContent={REZERO[:-2]}\n", 3, "a CBW has 31 bytes, not 30"),
    (f'{HEAD}MessageContent="{REZERO}\n', 3, "the quotes are not balanced"),
    (f'{HEAD}MessageContent={REZERO}"\n', 3, "the quotes are not balanced"),
    (f"{HEAD}MessageContent='{REZERO}\"\n", 3, "the quotes are not balanced"),
    (f'{HEAD}MessageContent="{REZERO}" # mine\n', 3, "the quotes are not balanced"),
    (f'{HEAD}MessageContent="\n', 3, "the quotes are not balanced"),
    (f"{HEAD}HuaweiNewMode=2\n", 3, "neither 1 (yes, true) nor 0 (no, false)"),
    (f"{HEAD}HuaweiNewMode=\n", 3, "neither 1 (yes, true) nor 0 (no, false)"),
    (f"{HEAD}HuaweiNewMode\n", 3, "neither a comment nor 'keyword = value'"),
    (f"{HEAD}HuaweiNewMod=1\n", 3, "did you mean 'HuaweiNewMode'?"),
    (f"{HEAD}huaweinewmode=1\n", 3, "is no keyword of usb_modeswitch; did you mean"),
    (f"{HEAD}AltHuaweiMode=1\n", 3, "did you mean 'HuaweiAltMode'?"),
    (f"{HEAD}MessageContent4={REZERO}\n", 3, "did you mean 'MessageContent"),
    (f"{HEAD}DisableSwitching=0\n", 3, "is no keyword of usb_modeswitch"),
    (f"{HEAD}FunctionMBIM=1\n", 3, "is no keyword of usb_modeswitch"),
    (f"{HEAD}x\x1b[2J=1\n", 3, "is no keyword of usb_modeswitch"),
    (f"{HEAD}HuaweiNewMode=1\nHuaweiNewMode=1\n", 4, "HuaweiNewMode stands in line 3 already"),
    (f"{HEAD}HuaweiNewMode=1\nSierraMode=1\n", 4, "HuaweiNewMode stands here too, and only one of them can be"),
    (f"{HEAD}SierraMode=1\nPantechMode=2\n", 4, "SierraMode stands here too"),
    (f"{HEAD}PantechMode=3\n", 3, "3 does nothing"),
    (f"{HEAD}PantechMode=70000\n", 3, "PantechMode: "),
    (f"{HEAD}NoMBIMCheck=1\nStandardEject=1\n", 3, "no profile can say this"),
    (f"{HEAD}Configuration=300\n", 3, "one byte"),
    (f"{HEAD}AltSetting=256\n", 3, "one byte"),
    (f"{HEAD}Configuration=-1\n", 3, "is no number"),
    (f"{HEAD}StandardEject=1\nCheckSuccess=301\n", 4, "no stick is waited for longer than 300 s"),
    (f"{HEAD}StandardEject=1\nWaitBefore=61\n", 4, "no step waits longer than 60 s"),
    (f"{HEAD}TargetProductList=14db;14dc\nStandardEject=1\n", 3, "no list of ids"),
    (f"{HEAD}TargetClass=0x100\nStandardEject=1\n", 3, "no byte in hex"),
    ("DefaultVendor=0x12d12\nDefaultProduct=1\n", 1, "no id of at most four hex digits"),
    (HEAD, 1, "no method stands here: nothing would be sent"),
    (f"{HEAD}HuaweiMode=0\n", 1, "no method stands here"),
    ("HuaweiNewMode=1\n", 1, "whose settings? Neither DefaultVendor and DefaultProduct nor the file's name"),
    (
        "#\nDefaultVendor=0x12d1\nHuaweiNewMode=1\n",
        2,
        "DefaultVendor stands here, and the other half of the id does not",
    ),
    (
        "DefaultProduct=0x12d1\nHuaweiNewMode=1\n",
        1,
        "DefaultProduct stands here, and the other half of the id does not",
    ),
    ("", 1, "no setting stands here"),
    ("# only a comment\n\n", 1, "no setting stands here"),
    (f"{HEAD}HuaweiNewMode=1\r\n", 3, "a carriage return: the file has DOS line ends"),
    (f"{HEAD}Huawei\0NewMode=1\n", 3, "a NUL"),
    (f"{HEAD}# Rogério\n".encode("latin-1"), 3, "not UTF-8"),
    (b"\xff\xfe" + "x".encode("utf-16-le"), 1, "a NUL"),
)


@pytest.mark.parametrize(("text", "line", "words"), WRONG, ids=[f"{n} {w[2][:40]}" for n, w in enumerate(WRONG)])
def test_what_is_wrong_is_told_with_file_and_line(text: str | bytes, line: int, words: str, imported: Import) -> None:
    said = imported(text)
    assert said.status == 4
    assert said.out == ""
    first = said.err.splitlines()[0]
    assert f"usb_modeswitch.conf, line {line}: " in first
    assert words in first
    assert "\x1b" not in said.err
    assert len(first) < 500


def test_an_error_for_programs(imported: Import, tmp_path: Path) -> None:
    said = imported(f"{HEAD}HuaweiNewMod=1\n", "--json")
    (error,) = said.events
    assert (error["event"], error["error"], error["status"], error["line"]) == ("error", "ProfileError", 4, 3)
    assert error["file"] == str(tmp_path / "usb_modeswitch.conf")


def test_too_large_is_not_read(imported: Import) -> None:
    said = imported(b"# a comment\n" * 1_000_000)
    assert (said.status, said.out) == (4, "")
    assert "larger than 1048576 bytes" in said.err


def test_a_file_of_another_kind_is_told_of_in_a_few_lines(imported: Import) -> None:
    """A megabyte of prose is not a hundred thousand errors."""
    said = imported("It was a dark and stormy night = 1\n" * 29_000)
    assert said.status == 4
    assert len(said.err.splitlines()) == usb_modeswitch.MOST + 1
    assert "so much is wrong that the rest is not read" in said.err


@pytest.mark.parametrize("name", ["nothing", ".", "no\nname", "a\0b"])
def test_what_cannot_be_read(name: str, tmp_path: Path, command: Command) -> None:
    said = command("profiles", "import", str(tmp_path / name))
    assert (said.status, said.out) == (4, "")
    assert len(said.err.splitlines()) == 1


def test_a_file_that_may_not_be_read(tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "12d1:1f01"
    path.write_text("HuaweiNewMode=1\n", "utf-8")

    def denied(*_: object, **__: object) -> Any:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("builtins.open", denied)
    said = command("profiles", "import", str(path))
    assert (said.status, said.out) == (4, "")
    assert f"{path}: Permission denied" in said.err


def test_no_file_is_a_usage_error(command: Command) -> None:
    assert command("profiles", "import").status == 2


def test_the_good_files_are_printed_and_the_first_error_s_status_is_the_command_s(
    tmp_path: Path, command: Command
) -> None:
    good, bad = tmp_path / "12d1:1f01", tmp_path / "12d1:14fe"
    good.write_text("HuaweiNewMode=1\n", "utf-8")
    bad.write_text("HuaweiNewMode=x\n", "utf-8")
    said = command("profiles", "import", str(bad), str(good))
    assert said.status == 4
    assert wire(read(said.out, "12d1-1f01.toml")) == [NEW]
    assert "12d1:14fe, line 1" in said.err


@pytest.mark.parametrize("second", ["HuaweiNewMode=1\n", "StandardEject=1\n"])
def test_a_device_that_stands_twice_is_an_error(second: str, imported: Import) -> None:
    """With the same method or another: which of the two would count?"""
    said = imported(f"{HEAD}HuaweiNewMode=1\n{HEAD}{second}")
    assert said.status == 4
    assert "line 4: 12d1:1f01 stands in line 1 already" in said.err
    assert wire(read(said.out, "12d1-1f01.toml")) == [NEW]


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
        (f"HuaweiNewMode=1\nMessageContent={ALT}\n", ["MessageContent (line 2) is left out: HuaweiNewMode says what"]),
        (f"DetachStorageOnly=1\nMessageContent={ALT}\n", ["MessageContent (line 2) is left out: DetachStorageOnly"]),
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


@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_where_it_is_written_nothing_is_written_over(flags: tuple[str, ...], tmp_path: Path, imported: Import) -> None:
    into = tmp_path / "into"
    into.mkdir()
    said = imported(f"{HEAD}HuaweiNewMode=1\n", "--into", str(into), *flags)
    path = into / "12d1-1f01.toml"
    assert said.status == 0
    if flags:
        assert said.events == [{"event": "written", "name": "12d1-1f01", "file": str(path)}]
    else:
        assert said.out == f"{path}: written\n"
    before = path.read_bytes()
    assert wire(read(before.decode(), str(path))) == [NEW]
    assert not stat.S_IMODE(path.stat().st_mode) & 0o002
    again = imported(f"{HEAD}HuaweiAltMode=1\n", "--into", str(into), *flags)
    assert again.status == 2
    assert "is there already: it is not written over" in again.out + again.err
    assert path.read_bytes() == before


@pytest.mark.parametrize("where", ["missing", "file"])
def test_where_it_cannot_be_written(where: str, tmp_path: Path, imported: Import) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    said = imported(f"{HEAD}HuaweiNewMode=1\n", "--into", str(tmp_path / where))
    assert (said.status, said.out) == (2, "")
    assert str(tmp_path / where / "12d1-1f01.toml") in said.err


def test_for_programs(imported: Import) -> None:
    said = imported(f"{HEAD}HuaweiNewMode=1\nNeedResponse=1\n", "--json")
    profile, warning = said.events
    assert (profile["event"], profile["name"]) == ("profile", "12d1-1f01")
    assert wire(read(profile["text"], "12d1-1f01.toml")) == [NEW]
    assert warning["event"] == "warning"


def test_options_may_stand_before_the_file(tmp_path: Path, command: Command) -> None:
    path = tmp_path / "12d1:1f01"
    path.write_text("HuaweiNewMode=1\n", "utf-8")
    for words in (("import", "--into", str(tmp_path), str(path)), ("import", "--json", str(path))):
        assert command("profiles", *words).status == 0


def test_the_next_switch_uses_what_was_imported(tmp_path: Path, imported: Import, command: Command) -> None:
    """In a folder of --profiles, with a warning that a shipped profile knows the id too."""
    into = tmp_path / "into"
    into.mkdir()
    imported(f"{HEAD}HuaweiAltMode=1\n", "--into", str(into))
    said = command("12d1:1f01", "--profiles", str(into), sticks=("e3372h",))
    assert said.status == 0, said.err
    assert "12d1:155e is in ncm" in said.out
    assert "12d1-1f01: 12d1:1f01 is taken over from the shipped huawei-hilink" in said.err
    without = command("12d1:1f01", sticks=("e3372h",))
    assert "12d1:14dc is in hilink" in without.out


def test_the_same_bytes_reach_a_stick(tmp_path: Path, imported: Import) -> None:
    into = tmp_path / "into"
    into.mkdir()
    imported(f'{HEAD}MessageContent="{NEW}"\nTargetVendor=0x12d1\nTargetProduct=14dc\n', "--into", str(into))
    bus = plugged("e3372h")
    ran = run(bus, "1-1", library=Library(user=[into]))
    assert ran.outcome is not None, ran.error
    assert messages(bus) == [NEW]


def test_a_hostile_name_is_harmless(imported: Import) -> None:
    said = imported('# "]]\\ \x1b[2J\n' + f"{HEAD}HuaweiNewMode=1\n", name="12d1:1f01")
    profile = profile_of(said)
    assert "\x1b" not in said.out
    assert profile.products[0].names[0].startswith('"]]')


# OpenWrt's list.

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
    assert wire(found["12d1:1f02"][0]) == [NEW]
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
    (openwrt('{"mode": "HuaweiNewer"}'), 3, "mode 'HuaweiNewer' is none of OpenWrt's"),
    (openwrt('{"mode": 3}'), 3, "mode '3' is none"),
    (openwrt('{"mode": "HuaweiNew", "t_product": [70000]}'), 3, "is no id and no byte"),
    (openwrt('{"mode": "HuaweiNew", "t_vendor": true, "t_product": [1]}'), 3, "is no id and no byte"),
    (openwrt('{"mode": "HuaweiNew", "t_class": 300}'), 3, "no byte in hex"),
    (openwrt('{"mode": "HuaweiNew", "speed": 3}'), 3, "'speed' is none of OpenWrt's keys"),
    (openwrt('{"mode": "HuaweiNew", "mode": "Sierra"}'), 1, "'mode' stands twice in one object"),
    (openwrt("{}"), 3, "no method stands here"),
    (openwrt("[]"), 3, "is no table of a table"),
    (openwrt('{"mode": "HuaweiNew"}', key="12d1-1f01"), 3, "12d1-1f01"),
    (openwrt('{"mode": "HuaweiNew"}').replace('"*"', '":xYz=1"'), 1, "in the file's name is none of"),
    ('{"messages": [],\n"devices": {\n},\n}\n', 4, "not JSON"),
    ('{"devices": []}', 1, "no list of OpenWrt"),
    ('{"messages": {}, "devices": {}}', 1, "no list of OpenWrt"),
    ('{"messages": []', 1, "not JSON"),
    ('{"a":' * 100_000, 1, "not JSON"),
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


def test_an_entry_as_people_add_it_for_ncm(imported: Import) -> None:
    """A message is appended, its index counted by hand, and a mode named that usbmode does not know."""
    device = '{"t_vendor": 4817, "t_product": [5339, 5340], "mode": "HuaweiAlt", "msg": [0]}'
    said = imported(openwrt(device, f'["{ALT}"]'), name="usb-mode.json")
    assert wire(profile_of(said)) == [ALT]
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
