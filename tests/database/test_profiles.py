"""The shipped profiles: read strictly, compiled freshly, and level with what the peer knows."""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from modeswitch.database.compiled import FILE, loaded, written
from modeswitch.database.library import Library
from modeswitch.database.profile import EVIDENCE, TOLD_BY, Evidence, Product, Profile
from modeswitch.database.profile import STRINGS as STRINGS_OF_A_PRODUCT
from modeswitch.database.reader import read, read_text
from modeswitch.errors import ProfileError
from modeswitch.identity.recognise import recognise
from modeswitch.methods import steps
from modeswitch.methods.actions import Action, Bot, Bulk, Control, Pause, SetConfiguration
from modeswitch.modem.roles import MODES
from modeswitch.switching.plan import plan
from modeswitch.usb import scsi as wire
from modeswitch.usb.descriptors import Configuration, Descriptors, Interface, Port, Triple, UsbId
from modeswitch.usb.explain import explain
from modeswitch.usb.sighting import Sighting
from tests.support.rig import NEW_MODE
from tools import draft_profiles
from tools.compile_profiles import compiled, stale
from tools.draft_profiles import BY_SCRIPT, collected, profiles, taken

ROOT = Path(__file__).resolve().parent.parent.parent
PROFILES = ROOT / "profiles"
CAPTURES = ROOT / "tests" / "captures"
FILES = sorted(PROFILES.glob("*.toml"))
each_file = pytest.mark.parametrize("path", FILES, ids=[path.name for path in FILES])


def profile_of(path: Path) -> Profile:
    return read(read_text(path), str(path))


def claims(profile: Profile) -> list[tuple[str, tuple[Evidence, ...]]]:
    """What a profile claims, each with its evidence."""
    products = [(str(product.usb), product.evidence) for product in profile.products]
    return products + [(str(transition), transition.evidence) for transition in profile.transitions]


@each_file
def test_reads_strictly(path: Path) -> None:
    profile = profile_of(path)
    assert profile.name == path.stem
    assert profile.products
    assert all(product.names for product in profile.products)


@each_file
def test_every_claim_has_evidence_that_is_there(path: Path) -> None:
    for claim, evidence in claims(profile_of(path)):
        assert evidence, claim
        for item in evidence:
            assert item.kind in EVIDENCE, claim
            assert item.ref.strip(), claim
            if item.kind == "capture":
                assert (CAPTURES / item.ref).is_file(), f"{claim}: no tests/captures/{item.ref}"


@each_file
def test_the_compiled_form_loads_to_the_same(path: Path) -> None:
    profile = profile_of(path)
    assert loaded(json.loads(json.dumps(written(profile)))) == profile


@each_file
def test_every_step_prints_as_it_is_written(path: Path) -> None:
    for transition in profile_of(path).transitions:
        for step in transition.steps:
            around = f"{{ reset = {{}} }}, {step}, {{ reset = {{}} }}"
            assert steps_of(f"persistent = true\nsteps = [{around}]")[1] == step


@each_file
def test_every_message_can_be_explained(path: Path) -> None:
    for transition in profile_of(path).transitions:
        for action in (action for step in transition.steps for action in step.actions):
            if isinstance(action, Bot):
                assert explain(action.cbw)[0][1].startswith("CBW")


def test_the_compiled_profiles_are_fresh() -> None:
    assert not stale(PROFILES)


@pytest.mark.parametrize("damage", ["missing", "outdated"])
def test_stale_compiled_profiles_are_noticed(damage: str, tmp_path: Path) -> None:
    for name in ("huawei-hilink.toml", "huawei-phone.toml"):
        (tmp_path / name).write_bytes((PROFILES / name).read_bytes())
    if damage == "outdated":
        (tmp_path / FILE).write_text("{}", "ascii")
    assert stale(tmp_path)
    (tmp_path / FILE).write_text(compiled(tmp_path), "ascii")
    assert not stale(tmp_path)


@pytest.mark.parametrize("name", sorted({path.stem for path in FILES} - {"example"}))
def test_the_library_has_what_the_file_says(name: str) -> None:
    assert Library(user=[]).family(name) == profile_of(PROFILES / f"{name}.toml")


# Against the peer's data.

PEER = json.loads((ROOT / "tests" / "data" / "peer.json").read_text("utf-8"))
ENTRIES: list[dict[str, Any]] = PEER["entries"]
each_entry = pytest.mark.parametrize("entry", ENTRIES, ids=[entry["file"] for entry in ENTRIES])
DUMMY = {"Configuration": "0"}


class Home(NamedTuple):
    """The one family that an id wakes up in."""

    family: Profile
    product: Product


STRINGS = {"uMa": 0, "uPr": 1, "uSe": 2, "sVe": 3, "sMo": 4, "sRe": 5}
LIBRARY = Library(user=[])


def sighting(file: str) -> Sighting:
    """A device that fits the entry's file name by its id and its strings, and has nothing to show but storage."""
    vendor, product, *matches = file.split(":")
    strings = [""] * 6
    for match in matches:
        key, _, text = match.partition("=")
        strings[STRINGS[key]] = f"a {text} b"
    usb = UsbId(int(vendor, 16), int(product, 16))
    disk = Interface(0, 0, Triple(0x08, 0x06, 0x50))
    descriptors = Descriptors(usb, 0, Triple(0, 0, 0), tuple(Configuration(value, (disk,)) for value in (9, 8)))
    usb_strings, scsi = (strings[0], strings[1], strings[2]), (strings[3], strings[4], strings[5])
    return Sighting(Port.parse("1-1"), 5, usb, descriptors, 9, usb_strings, scsi=scsi)


def home(file: str) -> Home:
    """The one family that a device of that entry wakes up in: no other fits it as well."""
    known = recognise(sighting(file), LIBRARY)
    assert known.profile is not None, file
    assert known.product is not None
    assert known.product.wakes
    return Home(known.profile, known.product)


def test_the_peers_data_is_whole() -> None:
    assert len(ENTRIES) == len({entry["file"] for entry in ENTRIES}) == 513
    assert sum(entry["keys"] == DUMMY for entry in ENTRIES) == 33
    assert PEER["license"] == "GPL-2.0-or-later"


def test_no_two_families_wake_up_alike() -> None:
    """An id with the same strings stands in one family only, so that no order of files decides."""
    seen: dict[tuple[UsbId, object], str] = {}
    for name in LIBRARY.names():
        for product in LIBRARY.family(name).products:
            if product.wakes:
                assert seen.setdefault((product.usb, product.match), name) == name, product.usb


@each_entry
def test_each_entry_of_the_peer_is_a_product(entry: dict[str, Any]) -> None:
    _family, product = home(entry["file"])
    assert bool(product.leave_alone) == (entry["keys"] == DUMMY)


def wire_of(actions: Sequence[Action]) -> list[tuple[Any, ...]]:
    """What actions put on the wire; a wrapped CDB that the peer and we tag differently without its tag."""
    plain: list[tuple[Any, ...]] = []
    for action in actions:
        if isinstance(action, Bot):
            cbw = wire.read_cbw(action.cbw)
            plain.append(("bot", cbw.length, cbw.flags, cbw.lun, cbw.cb, action.data_in, action.data_out))
        elif isinstance(action, Control):
            plain.append(("control", action.request_type, action.request, action.value, action.windex, action.data))
        else:
            plain.append(tuple(action))
    return plain


def peer_wire(keys: dict[str, str]) -> list[tuple[Any, ...]]:
    """What the peer sends for an entry (usb_modeswitch 2.6.1)."""
    if "HuaweiNewMode" in keys:
        return wire_of([Bot(bytes.fromhex(NEW_MODE))])
    requests: dict[str, Action] = {
        "HuaweiMode": Control(0x00, 0x03, 0x0001, 0x0000),
        "SierraMode": Control(0x40, 0x0B, 0x0001, 0x0000),
        "SequansMode": Control(0x40, 0x0B, 0x0002, 0x0000),
        "QuantaMode": Control(0xC0, 0xFF, 0x0000, 0x0000),
        "QisdaMode": Control(0x40, 0x04, 0x0000, 0x0000, bytes.fromhex("058c0408a0ee20005c01040898cdeabf")),
        "KobilMode": Control(0xC0, 0x88, 0x0000, 0x0000, length=8),
    }
    request = next((requests[key] for key in requests if key in keys), None)
    if request is not None:
        return wire_of([request])
    actions: list[Action] = []
    if "StandardEject" in keys:
        allow, eject = bytes.fromhex("1e0000000000"), bytes.fromhex("1b0000000200")
        actions += [Bot(wire.build_cbw(cdb, lun=lun)) for lun in (0, 1) for cdb in (allow, eject)]
    if "OptionMode" in keys:
        actions.append(Bot(wire.build_cbw(bytes.fromhex("010000000000"))))
    for key in ("MessageContent", "MessageContent2"):
        message = bytes.fromhex(keys.get(key, ""))
        if message.startswith(b"USBC"):
            said = wire.read_cbw(message)
            actions.append(Bot(message, said.length if said.flags & 0x80 else 0))
        elif message:
            actions.append(Bulk(message, int(keys.get("MessageEndpoint", "0"), 16) or None))
    if "Configuration" in keys:
        actions.append(SetConfiguration(int(keys["Configuration"])))
    return wire_of(actions)


SEQUENCES = ("SonyMode", "GCTMode", "BlackberryMode", "CiscoMode", "MobileActionMode", "PantechMode")
"""Methods of several steps, or whose step depends: the suite that runs the peer compares them."""


@each_entry
def test_the_default_switch_sends_what_the_peer_sends(entry: dict[str, Any]) -> None:
    family = home(entry["file"]).family
    if entry["keys"] == DUMMY:
        assert not family.transitions
        return
    (way,) = plan(family, "mass-storage", family.goal)
    actions = [action for step in way.steps for action in step.actions if not isinstance(action, Pause)]
    if not any(key in entry["keys"] for key in SEQUENCES):
        assert wire_of(actions) == peer_wire(entry["keys"])


def test_the_new_mode_message_is_the_published_one_byte_for_byte() -> None:
    for name in ("huawei-hilink", "huawei-stick"):
        family = Library(user=[]).family(name)
        (action,) = plan(family, "mass-storage", family.goal)[0].steps[0].actions
        assert action == Bot(bytes.fromhex(NEW_MODE))


@each_entry
def test_each_target_of_the_peer_is_known_to_the_family(entry: dict[str, Any]) -> None:
    keys = entry["keys"]
    targets = re.split(r"[, ]+", keys.get("TargetProductList", keys.get("TargetProduct", "").removeprefix("0x")))
    family = home(entry["file"]).family
    for target in filter(None, targets):
        assert family.product(UsbId.parse(f"{int(keys['TargetVendor'], 16):04x}:{target}")), target


def test_a_family_has_a_way_to_its_goal() -> None:
    for path in FILES:
        family = profile_of(path)
        if family.transitions:
            assert plan(family, "mass-storage", family.goal)


def test_the_draft_is_what_the_script_writes(tmp_path: Path) -> None:
    """Each file that says it was drafted is what the script makes of the peer's data today, but for the names."""
    data = tmp_path / "data"
    data.mkdir()
    for entry in ENTRIES:
        lines = [f'{key}="{value}"' for key, value in entry["keys"].items()]
        (data / entry["file"]).write_text("\n".join(lines) + "\n", "utf-8")
    known = taken(PROFILES)
    made = profiles([each for each in collected(data) if str(each.draft.usb) not in known], "20251207")
    drafted = {path.name: path.read_text("utf-8") for path in FILES if BY_SCRIPT in path.read_text("utf-8")}
    assert set(made) == set(drafted)
    names = re.compile(r"^names    = .*$", re.MULTILINE)
    for name, text in made.items():
        assert names.sub("", text) == names.sub("", drafted[name]), name


# The strict reader.

GOOD = """
[family]
name = "made-up"
vendor = "Test"
goal = "ncm"

[[product]]
usb = "1209:0001"
names = ["one"]
evidence = [{ source = "a" }]

[[switched]]
usb = "1209:0002"
names = ["two"]
ports = ["modem", "pcui"]
evidence = [{ source = "a" }, { report = "b" }]

[[transition]]
from = "mass-storage"
to = ["ncm", "stick"]
gives = ["02/0d/00 ncm"]
within = 20
steps = [{ huawei = { os = "linux" } }]
evidence = [{ capture = "a" }]
"""


def test_the_good_one_is_good() -> None:
    profile = read(GOOD, "some/folder/made-up.toml")
    assert [str(product.usb) for product in profile.products] == ["1209:0001", "1209:0002"]
    assert [product.wakes for product in profile.products] == [True, False]
    assert [str(gives) for gives in profile.transitions[0].gives] == ["02/0d/00 ncm"]


class Broken(NamedTuple):
    """A change to the good profile, and the table and the key that the complaint must name."""

    old: str
    new: str
    table: str
    key: str | None

    def __str__(self) -> str:
        return f"{self.new[:60]!r} for {self.old!r}"


FAMILY, PRODUCT, SWITCHED, WAY = "[family]", "[[product]] 1", "[[switched]] 1", "[[transition]] 1"
BROKEN = (
    # Unknown keys, at each level.
    Broken("[family]", "color = 1\n[family]", "top level", "color"),
    Broken("[family]", "[familie]\n[family]", "top level", "familie"),
    Broken('vendor = "Test"', 'vendor = "Test"\nvendr = "x"', FAMILY, "vendr"),
    Broken('names = ["one"]', 'names = ["one"]\nname = "x"', PRODUCT, "name"),
    Broken('names = ["two"]', 'names = ["two"]\nwakes = true', SWITCHED, "wakes"),
    Broken("within = 20", "within = 20\nwithn = 3", WAY, "withn"),
    Broken('os = "linux"', 'os = "linux", so = 1', f"{WAY}, step 1, huawei", "so"),
    # Missing keys.
    Broken('name = "made-up"', "", FAMILY, "name"),
    Broken('vendor = "Test"', "", FAMILY, "vendor"),
    Broken('goal = "ncm"', "", FAMILY, "goal"),
    Broken('usb = "1209:0001"', "", PRODUCT, "usb"),
    Broken('names = ["one"]', "", PRODUCT, "names"),
    Broken('evidence = [{ source = "a" }]', "", PRODUCT, "evidence"),
    Broken('evidence = [{ capture = "a" }]', "", WAY, "evidence"),
    Broken("within = 20", "", WAY, "within"),
    Broken('from = "mass-storage"', "", WAY, "from"),
    Broken('to = ["ncm", "stick"]', "", WAY, "to"),
    Broken('steps = [{ huawei = { os = "linux" } }]', "", WAY, "steps"),
    Broken('os = "linux"', "", f"{WAY}, step 1, huawei", "os"),
    # Wrong types.
    Broken('name = "made-up"', "name = 1", FAMILY, "name"),
    Broken('names = ["one"]', 'names = "one"', PRODUCT, "names"),
    Broken('names = ["one"]', "names = [1]", PRODUCT, "names"),
    Broken("within = 20", 'within = "20"', WAY, "within"),
    Broken("within = 20", "within = true", WAY, "within"),
    Broken("within = 20", "within = nan", WAY, "within"),
    Broken("within = 20", "within = inf", WAY, "within"),
    Broken("within = 20", "within = 0", WAY, "within"),
    Broken("within = 20", "within = -1", WAY, "within"),
    Broken("within = 20", "within = 301", WAY, "within"),
    Broken("within = 20", f"within = {'9' * 400}", WAY, "within"),
    Broken("within = 20", f"within = 0x{'f' * 5000}", WAY, "within"),
    Broken("within = 20", "within = 2020-01-01", WAY, "within"),
    Broken("within = 20", "within = 20\npersistent = 1", WAY, "persistent"),
    Broken("within = 20", 'within = 20\npersistent = "no"', WAY, "persistent"),
    Broken('os = "linux"', 'os = "linux", new = 1', f"{WAY}, step 1, huawei", "new"),
    Broken('os = "linux"', 'os = "linux", timeout = true', f"{WAY}, step 1, huawei", "timeout"),
    Broken('os = "linux"', 'os = "linux", timeout = 256', f"{WAY}, step 1, huawei", "timeout"),
    Broken('os = "linux"', 'os = "linux", timeout = -1', f"{WAY}, step 1, huawei", "timeout"),
    Broken('os = "linux"', f'os = "linux", timeout = 0x{"f" * 5000}', f"{WAY}, step 1, huawei", "timeout"),
    Broken('os = "linux"', 'os = "linux", cb-length = 17', f"{WAY}, step 1, huawei", "cb-length"),
    Broken('os = "linux"', 'os = "beos"', f"{WAY}, step 1, huawei", "os"),
    Broken('os = "linux"', "os = 0x20", f"{WAY}, step 1, huawei", "os"),
    Broken('to = ["ncm", "stick"]', "to = 1", WAY, "to"),
    Broken('to = ["ncm", "stick"]', "to = []", WAY, "to"),
    Broken('to = ["ncm", "stick"]', "to = [[]]", WAY, "to"),
    # What the stick does by its own voice.
    Broken("within = 20", "within = 20\nusual = 21", WAY, "usual"),
    Broken("within = 20", "within = 20\nusual = 0", WAY, "usual"),
    Broken("within = 20", 'within = 20\nlisted = "yes"', WAY, "listed"),
    Broken('{ huawei = { os = "linux" } }', '{ ports = { mode = "ncm" } }', WAY, "persistent"),
    Broken('{ huawei = { os = "linux" } }', "{ u2diag = { value = 255 } }", WAY, "persistent"),
    Broken('{ huawei = { os = "linux" } }', '{ back = { in = "ncm" } }', WAY, "steps"),
    Broken('{ huawei = { os = "linux" } }', '{ reset = {} }, { back = { in = "ncm" } }', WAY, "steps"),
    Broken('{ huawei = { os = "linux" } }', '{ back = { in = "ncm" } }, { reset = {} }', WAY, "steps"),
    Broken(
        '{ huawei = { os = "linux" } }',
        '{ reset = {} }, { back = { in = "ncm" } }, { back = { in = "ncm" } }, { reset = {} }',
        WAY,
        "steps",
    ),
    # Evidence.
    Broken('[{ source = "a" }, { report = "b" }]', "[]", SWITCHED, "evidence"),
    Broken('[{ source = "a" }, { report = "b" }]', '[{ report = "b" }, { source = "a" }]', SWITCHED, "evidence"),
    Broken('[{ source = "a" }, { report = "b" }]', '[{ rumour = "b" }]', SWITCHED, "evidence"),
    Broken('[{ source = "a" }, { report = "b" }]', '[{ source = "a", report = "b" }]', SWITCHED, "evidence"),
    Broken('[{ source = "a" }, { report = "b" }]', '["source"]', SWITCHED, "evidence"),
    Broken('[{ source = "a" }, { report = "b" }]', "[{ source = 1 }]", SWITCHED, "evidence"),
    Broken('[{ source = "a" }, { report = "b" }]', '"source"', SWITCHED, "evidence"),
    Broken('[{ source = "a" }, { report = "b" }]', '[{ source = "a\\u001b" }]', SWITCHED, "evidence"),
    # Words and ids.
    Broken('goal = "ncm"', 'goal = "download"', FAMILY, "goal"),
    Broken('goal = "ncm"', 'goal = "nmc"', FAMILY, "goal"),
    Broken('goal = "ncm"', 'goal = "mbim"', FAMILY, "goal"),
    Broken('from = "mass-storage"', 'from = "disk"', WAY, "from"),
    Broken('to = ["ncm", "stick"]', 'to = ["ncm", "disk"]', WAY, "to"),
    Broken('usb = "1209:0001"', 'usb = "1209"', PRODUCT, "usb"),
    Broken('usb = "1209:0001"', 'usb = "1209:g001"', PRODUCT, "usb"),
    Broken('usb = "1209:0001"', "usb = 0x12090001", PRODUCT, "usb"),
    Broken('usb = "1209:0002"', 'usb = "1209:0001"', SWITCHED, "usb"),
    Broken('usb = "1209:0002"', 'usb = "0x1209:1"', SWITCHED, "usb"),
    Broken('name = "made-up"', 'name = "other"', FAMILY, "name"),
    Broken('ports = ["modem", "pcui"]', 'ports = ["modem", "pcuy"]', SWITCHED, "pcuy"),
    Broken('ports = ["modem", "pcui"]', 'mode = "disk"', SWITCHED, "mode"),
    Broken('["02/0d/00 ncm"]', '["02/0d ncm"]', WAY, "gives"),
    Broken('["02/0d/00 ncm"]', '["02/0d/00 network"]', WAY, "gives"),
    Broken('["02/0d/00 ncm"]', '["02/0d/00"]', WAY, "gives"),
    # Characters that no terminal shall see.
    Broken('vendor = "Test"', 'vendor = "\\u0000"', FAMILY, "vendor"),
    Broken('vendor = "Test"', 'vendor = "\\u001b[2J"', FAMILY, "vendor"),
    Broken('vendor = "Test"', 'vendor = "a\\nb"', FAMILY, "vendor"),
    Broken('names = ["one"]', 'names = ["a\\u202eb"]', PRODUCT, "names"),
    Broken('names = ["one"]', 'names = ["one"]\nleave-alone = "\\u0007"', PRODUCT, "leave-alone"),
    # What tells products and switched sticks apart.
    Broken('vendor = "Test"', 'vendor = "Test"\ntold-by = "name"', FAMILY, "told-by"),
    Broken('vendor = "Test"', 'vendor = "Test"\ntold-by = "class"', FAMILY, "told-by"),
    Broken('vendor = "Test"', 'vendor = "Test"\ntold-by = "class fff"', FAMILY, "told-by"),
    Broken('vendor = "Test"', 'vendor = "Test"\ntold-by = "class FF"', FAMILY, "told-by"),
    Broken('vendor = "Test"', 'vendor = "Test"\ntold-by = "id ff"', FAMILY, "told-by"),
    Broken('vendor = "Test"', 'vendor = "Test"\ntold-by = "configuration"', FAMILY, "told-by"),
    Broken('vendor = "Test"', 'vendor = "Test"\nunless = {}', FAMILY, "unless"),
    Broken('vendor = "Test"', 'vendor = "Test"\nunless = "Android"', FAMILY, "unless"),
    Broken('vendor = "Test"', 'vendor = "Test"\nunless = { maker = "A" }', f"{FAMILY}, unless", "maker"),
    Broken('names = ["one"]', 'names = ["one"]\nmatch = { manufacturer = "" }', PRODUCT, "match"),
    Broken('names = ["one"]', 'names = ["one"]\nmatch = {}', PRODUCT, "match"),
    Broken('names = ["one"]', 'names = ["one"]\nmatch = { manufactuer = "A" }', f"{PRODUCT}, match", "manufactuer"),
    Broken('names = ["one"]', 'names = ["one"]\nmatch = { serial = 1 }', f"{PRODUCT}, match", "serial"),
    Broken('names = ["one"]', 'names = ["one"]\nmatch = { serial = "\\u001b" }', f"{PRODUCT}, match", "serial"),
    Broken('names = ["one"]', 'names = ["one"]\nbecomes = "1209:0002"', PRODUCT, "becomes"),
    Broken('names = ["one"]', 'names = ["one"]\nbecomes = ["1209"]', PRODUCT, "becomes"),
    Broken('names = ["two"]', 'names = ["two"]\nmatch = { serial = "A" }', SWITCHED, "match"),
    Broken('names = ["two"]', 'names = ["two"]\nbecomes = ["1209:0003"]', SWITCHED, "becomes"),
    Broken('goal = "ncm"', 'goal = "asleep"', FAMILY, "goal"),
    # Steps.
    Broken('[{ huawei = { os = "linux" } }]', "[]", WAY, "steps"),
    Broken('[{ huawei = { os = "linux" } }]', "{}", WAY, "steps"),
    Broken('[{ huawei = { os = "linux" } }]', '["eject"]', f"{WAY}, step 1", None),
    Broken('[{ huawei = { os = "linux" } }]', "[{}]", f"{WAY}, step 1", None),
    Broken('[{ huawei = { os = "linux" } }]', "[{ huawai = {} }]", f"{WAY}, step 1", "huawai"),
    Broken('[{ huawei = { os = "linux" } }]', "[{ eject = {}, reset = {} }]", f"{WAY}, step 1", None),
    Broken('[{ huawei = { os = "linux" } }]', "[{ eject = {} }, { reset = 1 }]", f"{WAY}, step 2", "reset"),
)


@pytest.mark.parametrize("broken", BROKEN, ids=str)
def test_a_broken_profile_is_refused_with_its_place(broken: Broken) -> None:
    text = GOOD.replace(broken.old, broken.new, 1)
    assert text != GOOD
    with pytest.raises(ProfileError) as raised:
        read(text, "some/folder/made-up.toml")
    error = raised.value
    assert error.message.startswith(f"some/folder/made-up.toml: {error.facts['table']}")
    assert error.facts["table"] == broken.table
    assert error.facts.get("key") == broken.key
    if broken.key:
        assert f"key {broken.key!r}" in error.message
    assert error.message.isprintable()
    assert error.status == 4


STEPS = (
    ("{ huawei = %s }", '{ os = "linux", profile = "lte" }', "profile"),
    ("{ huawei = %s }", '{ os = "linux", green = "blue" }', "green"),
    ("{ cbw = %s }", "{}", "hex"),
    ("{ cbw = %s }", f'{{ hex = "{NEW_MODE[:-1]}" }}', "hex"),
    ("{ cbw = %s }", f'{{ hex = "{NEW_MODE[:-2]}" }}', "hex"),
    ("{ cbw = %s }", f'{{ hex = "{NEW_MODE}00" }}', "hex"),
    ("{ cbw = %s }", f'{{ hex = "{"zz" * 31}" }}', "hex"),
    ("{ cbw = %s }", f'{{ hex = "{NEW_MODE[:16]}\\n{NEW_MODE[16:]}" }}', "hex"),
    ("{ cbw = %s }", f'{{ hex = "{"00" * 31}" }}', None),
    ("{ cbw = %s }", f'{{ hex = "55534243123456780000010080{"00" * 18}" }}', None),
    ("{ cbw = %s }", f'{{ hex = "{NEW_MODE}", data-out = "00" }}', None),
    ("{ cbw = %s }", f'{{ hex = "55534243123456780400000080{"00" * 18}", data-out = "00000000" }}', None),
    ("{ scsi = %s }", "{}", "cdb"),
    ("{ scsi = %s }", '{ cdb = "" }', "cdb"),
    ("{ scsi = %s }", f'{{ cdb = "{"00" * 17}" }}', "cdb"),
    ("{ scsi = %s }", '{ cdb = "00", lun = 16 }', "lun"),
    ("{ scsi = %s }", '{ cdb = "00", data-in = 65536 }', "data-in"),
    ("{ scsi = %s }", '{ cdb = "00", data-in = 1, data-out = "00" }', None),
    ("{ scsi = %s }", '{ cdb = "00", data-out = 0 }', "data-out"),
    ("{ eject = %s }", "{ lun = 16 }", "lun"),
    ("{ eject = %s }", "{ lun = 1.0 }", "lun"),
    ("{ eject = %s }", "{ luns = [] }", "luns"),
    ("{ eject = %s }", "{ luns = [16] }", "luns"),
    ("{ eject = %s }", "{ luns = [true] }", "luns"),
    ("{ eject = %s }", "{ luns = 1 }", "luns"),
    ("{ eject = %s }", "{ luns = [0], lun = 1 }", "lun"),
    ("{ cbw = %s }", f'{{ hex = "{NEW_MODE}", out = 0 }}', "out"),
    ("{ cbw = %s }", f'{{ hex = "{NEW_MODE}", out = 0x81 }}', "out"),
    ("{ cbw = %s }", f'{{ hex = "{NEW_MODE}", in = 1 }}', "in"),
    ("{ cbw = %s }", f'{{ hex = "{NEW_MODE}", may-fail = 1 }}', "may-fail"),
    ("{ scsi = %s }", '{ cdb = "00", may-fail = "yes" }', "may-fail"),
    ("{ control = %s }", "{ request-type = 0x40, request = 1, class = 3 }", None),
    ("{ control = %s }", "{ request-type = 0x21, request = 1, class = 256 }", "class"),
    ("{ bulk = %s }", '{ hex = "00", class = 3 }', None),
    ("{ interrupt = %s }", "{ endpoint = 1 }", None),
    ("{ interrupt = %s }", '{ hex = "00" }', "endpoint"),
    ("{ interrupt = %s }", '{ hex = "00", endpoint = 0x81 }', None),
    ("{ interrupt = %s }", "{ length = 8, endpoint = 1 }", None),
    ("{ interrupt = %s }", '{ hex = "00", length = 8, endpoint = 0x81 }', None),
    ("{ interrupt = %s }", "{ length = 8, endpoint = 0x81, times = 0 }", "times"),
    ("{ interrupt = %s }", "{ length = 8, endpoint = 0x81, times = 256 }", "times"),
    ("{ interrupt = %s }", "{ length = 1025, endpoint = 0x81 }", "length"),
    ("{ interrupt = %s }", f'{{ hex = "{"00" * 65}", endpoint = 1 }}', "hex"),
    ("{ interrupt = %s }", '{ hex = "00", endpoint = 0x10 }', None),
    ("{ interrupt = %s }", "{ length = 8, endpoint = 0x80 }", None),
    ("{ detach = %s }", "{ interface = 0 }", "interface"),
    ("{ configuration = %s }", '{ has = "gps" }', "gps"),
    ("{ configuration = %s }", '{ has = "mbim", value = 1 }', "value"),
    ("{ configuration = %s }", "{ has = 3 }", "has"),
    ("{ control = %s }", "{ request = 1 }", "request-type"),
    ("{ control = %s }", "{ request-type = 0 }", "request"),
    ("{ control = %s }", "{ request-type = 256, request = 1 }", "request-type"),
    ("{ control = %s }", "{ request-type = 0, request = 1, value = 65536 }", "value"),
    ("{ control = %s }", "{ request-type = 0, request = 1, index = -1 }", "index"),
    ("{ control = %s }", '{ request-type = 0x80, request = 1, data = "00" }', None),
    ("{ control = %s }", "{ request-type = 0, request = 1, length = 1 }", None),
    ("{ control = %s }", "{ request-type = 0x80, request = 1, length = 4097 }", "length"),
    ("{ bulk = %s }", "{}", "hex"),
    ("{ bulk = %s }", '{ hex = "" }', "hex"),
    ("{ bulk = %s }", '{ hex = "00", endpoint = 0 }', "endpoint"),
    ("{ bulk = %s }", '{ hex = "00", endpoint = 16 }', "endpoint"),
    ("{ bulk = %s }", f'{{ hex = "{"00" * 4097}" }}', "hex"),
    ("{ configuration = %s }", "{}", "value"),
    ("{ configuration = %s }", "{ value = 0 }", "value"),
    ("{ configuration = %s }", "{ value = 256 }", "value"),
    ("{ altsetting = %s }", "{ interface = 0 }", "alternate"),
    ("{ altsetting = %s }", "{ interface = 256, alternate = 0 }", "interface"),
    ("{ reset = %s }", "{ hard = true }", "hard"),
    ("{ pause = %s }", "{}", "seconds"),
    ("{ pause = %s }", "{ seconds = 0 }", "seconds"),
    ("{ pause = %s }", "{ seconds = 61 }", "seconds"),
    ("{ pause = %s }", "{ seconds = true }", "seconds"),
    ("{ at = %s }", "{}", "send"),
    ("{ at = %s }", '{ send = "AT^GODLOAD" }', None),
    ("{ at = %s }", '{ send = "AT^TMODE=1" }', None),
    ("{ at = %s }", '{ send = "AT^RESET;^GODLOAD" }', None),
    ("{ at = %s }", '{ send = "AT^SETPORT=\\"FF;16\\"" }', None),
    ("{ at = %s }", '{ send = "AT^U2DIAG=0" }', None),
    ("{ at = %s }", '{ send = "AT^RESET\\r" }', "send"),
    ("{ at = %s }", '{ send = "AT^RESET", seconds = 0 }', "seconds"),
    ("{ at = %s }", '{ send = "AT^RESET", seconds = 181 }', "seconds"),
    ("{ ports = %s }", "{}", "mode"),
    ("{ ports = %s }", '{ mode = "hilink" }', None),
    ("{ ports = %s }", '{ mode = "ncm", first = "A2" }', None),
    ("{ ports = %s }", '{ mode = "ncm", first = "FF,A1" }', None),
    ("{ ports = %s }", '{ mode = "ncm", value = "FF;16" }', "value"),
    ("{ u2diag = %s }", "{}", "value"),
    ("{ u2diag = %s }", "{ value = 0 }", None),
    ("{ u2diag = %s }", "{ value = 6 }", None),
    ("{ u2diag = %s }", "{ value = 1000 }", "value"),
    ("{ hilink = %s }", "{}", "call"),
    ("{ hilink = %s }", '{ call = "factory" }', "factory"),
    ("{ hilink = %s }", '{ call = "reboot", path = "/x" }', "path"),
    ("{ power = %s }", "{ off = 1 }", "off"),
    ("{ back = %s }", "{}", "in"),
    ("{ back = %s }", '{ in = "disk" }', None),
)


@pytest.mark.parametrize(("kind", "fields", "key"), STEPS)
def test_a_broken_step_is_refused_with_its_place(kind: str, fields: str, key: str | None) -> None:
    name = kind.split()[1]
    with pytest.raises(ProfileError) as raised:
        steps_of(f"steps = [{{ reset = {{}} }}, {kind % fields}]")
    assert raised.value.facts["table"] == f"{WAY}, step 2, {name}"
    assert raised.value.facts.get("key") == key
    assert raised.value.message.isprintable()


def steps_of(line: str) -> tuple[Any, ...]:
    text = GOOD.replace('steps = [{ huawei = { os = "linux" } }]', line)
    assert text != GOOD
    return read(text, "made-up.toml").transitions[0].steps


WRITTEN = (
    '{ huawei = { os = "gateway", profile = "ncm", green = "debug", new = true, cd = false, timeout = 1 } }',
    f'{{ cbw = {{ hex = "{NEW_MODE}" }} }}',
    f'{{ cbw = {{ hex = "{NEW_MODE[:8]} {NEW_MODE[8:]}" }} }}',
    f'{{ cbw = {{ hex = "55534243123456780400000000{"00" * 18}", data-out = "01020304" }} }}',
    '{ scsi = { cdb = "120000002400", data-in = 36, lun = 1 } }',
    "{ eject = {} }",
    "{ eject = { lun = 1 } }",
    '{ control = { request-type = 64, request = 161, value = 1, index = 2, data = "00ff" } }',
    "{ control = { request-type = 192, request = 154, length = 4096 } }",
    '{ bulk = { hex = "00", endpoint = 15 } }',
    "{ configuration = { value = 255 } }",
    '{ configuration = { has = "mbim" } }',
    "{ eject = { luns = [0, 1, 15] } }",
    f'{{ cbw = {{ hex = "{NEW_MODE}", may-fail = true, out = 15, in = 143 }} }}',
    '{ scsi = { cdb = "00", may-fail = true } }',
    "{ control = { request-type = 33, request = 9, class = 3, may-fail = true } }",
    '{ bulk = { hex = "00", endpoint = 15, class = 8 } }',
    '{ interrupt = { hex = "0102", endpoint = 2, class = 3 } }',
    "{ interrupt = { length = 8, endpoint = 129, times = 63, may-fail = true } }",
    "{ detach = {} }",
    "{ altsetting = { interface = 0, alternate = 255 } }",
    "{ reset = {} }",
    "{ pause = { seconds = 0.123456789 } }",
    "{ pause = { seconds = 1e-07 } }",
    "{ pause = { seconds = 60 } }",
    '{ at = { send = "AT^RESET", seconds = 3 } }',
    '{ at = { send = "AT+CGDCONT=1,\\"IP\\",\\"a;b\\"" } }',
    '{ ports = { mode = "ncm", first = "A1,A2" } }',
    '{ ports = { mode = "stick" } }',
    "{ u2diag = { value = 255 } }",
    '{ hilink = { call = "debug" } }',
    "{ power = {} }",
)


@pytest.mark.parametrize("step", WRITTEN)
def test_a_steps_written_form_is_read_back_to_the_same(step: str) -> None:
    (once,) = steps_of(f"persistent = true\nsteps = [{step}]")
    assert once.written == step
    assert steps_of(f"persistent = true\nsteps = [{once}]") == (once,)
    text = GOOD.replace("within = 20", "within = 20\nusual = 3\nlisted = true\npersistent = true")
    profile = read(text.replace('{ huawei = { os = "linux" } }', step), "made-up.toml")
    assert loaded(json.loads(json.dumps(written(profile)))) == profile


@pytest.mark.parametrize("told_by", ["interfaces", "id", "class ff", "class 0a"])
def test_what_tells_products_apart_is_compiled_to_the_same(told_by: str) -> None:
    more = (
        'match = { serial = "A", scsi-model = "B" }\nunless = { product = "C" }\nbecomes = ["1209:0002", "1209:0003"]'
    )
    text = GOOD.replace('names = ["one"]', f'names = ["one"]\n{more}')
    text = text.replace('vendor = "Test"', f'vendor = "Test"\ntold-by = "{told_by}"\nunless = {{ manufacturer = "D" }}')
    profile = read(text, "made-up.toml")
    assert loaded(json.loads(json.dumps(written(profile)))) == profile
    first, switched, target = profile.products
    assert profile.told_by == told_by
    assert first.match == (("serial", "A"), ("scsi-model", "B"))
    assert first.unless == (("manufacturer", "D"), ("product", "C"))
    assert (switched.unless, str(target.usb), target.wakes, target.unless) == ((), "1209:0003", False, ())


def test_an_id_stands_twice_only_with_other_strings() -> None:
    second = '[[product]]\nusb = "1209:0001"\nnames = ["x"]\n%s\nevidence = [{ source = "a" }]\n[[switched]]'
    ok = GOOD.replace("[[switched]]", second % 'match = { serial = "A" }')
    assert len(read(ok, "made-up.toml").products) == 3
    with pytest.raises(ProfileError, match="1209:0001 stands here twice"):
        read(GOOD.replace("[[switched]]", second % ""), "made-up.toml")


@pytest.mark.parametrize(
    "text",
    [
        "[",
        "a = ",
        "[[[[",
        'x = "\x00"',
        "\x1b",
        "a = 1\na = 2",
        f"a = {'[' * 20000}",
        f"a = {'9' * 5000}",
        "a = 2020-99-99",
    ],
    ids=lambda text: text[:12].encode("unicode_escape").decode(),
)
def test_what_is_not_toml_is_refused(text: str) -> None:
    with pytest.raises(ProfileError, match=r"made-up\.toml: not TOML: "):
        read(text, "made-up.toml")


@pytest.mark.parametrize("text", ["", "# nothing", "family = 1", "[family]", "family = []", "product = []"])
def test_what_is_no_profile_is_refused(text: str) -> None:
    with pytest.raises(ProfileError, match=r"made-up\.toml: "):
        read(text, "made-up.toml")


def test_a_family_without_transitions_must_say_why() -> None:
    text = GOOD.split("[[transition]]")[0]
    with pytest.raises(ProfileError, match="leave alone"):
        read(text, "made-up.toml")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    large, coded, folder = tmp_path / "large.toml", tmp_path / "coded.toml", tmp_path / "folder.toml"
    large.write_bytes(b"#" * (2 * 1024 * 1024))
    coded.write_bytes(b'[family]\nname = "\xff"\n')
    folder.mkdir()
    for path, complaint in (
        (large, "larger than 1048576 bytes"),
        (coded, "not UTF-8 at byte 17"),
        (folder, "Is a directory"),
        (tmp_path / "none.toml", "No such file"),
    ):
        with pytest.raises(ProfileError, match=complaint) as raised:
            read_text(path)
        assert str(path) in raised.value.message
        assert raised.value.facts["file"] == str(path)
    with pytest.raises(ProfileError, match="null"):
        read_text("nul\0.toml")


def test_modes_of_transitions_are_the_table_of_modes() -> None:
    for path in FILES:
        for transition in profile_of(path).transitions:
            assert {transition.start, *transition.to} <= set(MODES)


def test_the_script_reads_the_pack(tmp_path: Path) -> None:
    """The pack of a distribution gives the same as the folder; what is broken is told with file and line."""
    folder, pack = tmp_path / "data", tmp_path / "pack.tar.gz"
    folder.mkdir()
    (folder / "1209:0001").write_text("# One of 1209\nOptionMode=1\n")
    (folder / "0af0:0001").write_text("# One of Option\nOptionMode=1\n")
    (folder / "new.lst").write_text("no configuration\n")
    with tarfile.open(pack, "w:gz") as written:
        written.add(folder, arcname="pack")
    assert list(draft_profiles.files(folder)) == list(draft_profiles.files(pack))
    (folder / "1209:0001").unlink()
    out = tmp_path / "out"
    out.mkdir()
    assert draft_profiles.main([str(folder), str(out), "--release", "1"]) == 0
    (made,) = out.iterdir()
    assert profile_of(made).products[0].names == ("One of Option",)
    (folder / "0af0:0001").write_text("OptionMod=1\n")
    assert draft_profiles.main([str(folder), str(out), "--release", "1"]) == ProfileError.status


def test_the_example_shows_every_step_and_every_string() -> None:
    text = (PROFILES / "example.toml").read_text("utf-8")
    assert [kind for kind in steps.KINDS if f"{{ {kind} = " not in text] == []
    assert [word for word in (*STRINGS_OF_A_PRODUCT, *TOLD_BY) if word not in text] == []
