"""Who may import whom, who prints, what a name costs: read from the source, and from a fresh interpreter."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import pytest
import usb

import modeswitch

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "modeswitch"

ORDER = (
    *("starting", "values", "c_modules", "printable", "typeset", "files", "toml"),
    *("errors", "missing", "events", "fields"),
    *("usb", "linux", "host", "modem", "methods", "database", "identity", "importers", "exporters"),
    *("switching", "doctor", "tasks"),
    *("service", "api", "sim", "cli", "__main__"),
)
"""The packages, and the modules beside them: each imports only from those before it."""


class Import(NamedTuple):
    """What one module imports: a module, whether it is ours, whether only in a function or for a type checker."""

    name: str
    ours: bool
    lazy: bool


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix("__init__").rstrip(".")


def modules() -> dict[str, ast.Module]:
    return {name_of(path): ast.parse(path.read_text("utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}


TREES = modules()
ours = pytest.mark.parametrize("name", [name for name in TREES if name])


def is_package(name: str) -> bool:
    return (PACKAGE / Path(*name.split(".")) / "__init__.py").is_file()


def resolve(importer: str, node: ast.ImportFrom) -> list[str]:
    """The modules that ``from … import …`` means, ours without the package's name."""
    if not node.level:
        return [node.module or ""]
    package = importer.split(".") if is_package(importer) or not importer else importer.split(".")[:-1]
    base = [*package[: len(package) - node.level + 1], *(node.module or "").split(".")]
    inside = ".".join(filter(None, base))
    found = [".".join(filter(None, (inside, alias.name))) for alias in node.names]
    return [name if name in TREES else inside for name in found]


def imports(importer: str) -> list[Import]:
    """Every import of a module, at its top or not."""
    tree = TREES[importer]
    top = {id(node) for node in tree.body}
    found = []
    for node in ast.walk(tree):
        lazy = id(node) not in top
        if isinstance(node, ast.ImportFrom):
            found += [Import(name, bool(node.level), lazy) for name in resolve(importer, node)]
        elif isinstance(node, ast.Import):
            found += [Import(alias.name, False, lazy) for alias in node.names]
    return found


def importers(*roots: str, top_only: bool = False) -> set[str]:
    """The modules that import something of these packages."""
    return {
        name
        for name in TREES
        for imported in imports(name)
        if not imported.ours and imported.name.split(".")[0] in roots and not (top_only and imported.lazy)
    }


def package_of(name: str) -> str:
    return name.split(".")[0]


def test_every_package_has_its_place() -> None:
    assert {package_of(name) for name in TREES if name} == set(ORDER)
    assert all(tree.body and isinstance(tree.body[0], ast.Expr) for tree in TREES.values()), "a docstring is missing"


@pytest.mark.parametrize("name", sorted({name for name in TREES if name and is_package(name)} - {"cli"}))
def test_a_package_is_empty_but_for_its_docstring(name: str) -> None:
    assert len(TREES[name].body) == 1


@ours
def test_a_module_imports_only_from_packages_before_its_own(name: str) -> None:
    for imported in imports(name):
        there, here = package_of(imported.name), package_of(name)
        if imported.ours and there:
            assert ORDER.index(there) <= ORDER.index(here), f"{name} imports {imported.name}"


def test_no_modules_import_each_other_in_a_circle() -> None:
    arrows = {
        name: {imported.name for imported in imports(name) if imported.ours and imported.name != name}
        for name in TREES
        if name and not is_package(name)
    }
    while ends := [name for name, targets in arrows.items() if not targets & arrows.keys()]:
        for name in ends:
            del arrows[name]
    assert arrows == {}


def test_the_simulation_is_imported_only_where_it_is_asked_for() -> None:
    users = {
        (name, i.lazy)
        for name in TREES
        for i in imports(name)
        if i.ours and i.name.startswith("sim") and "sim" not in name
    }
    assert users == {("", True), ("cli.setting", True)}  # the package itself: by name, when it is asked for


def test_pyusb_is_imported_by_five() -> None:
    assert importers("usb") == {"usb.link", "usb.libusb", "usb.pyusb", "linux.usbfs", "sim.backend"}
    assert importers("libusb_package") == set()


def test_construct_is_imported_where_bytes_have_a_layout() -> None:
    assert importers("construct") == {"usb.scsi", "sim.usbip", "sim.usbredir_packets", "sim.frames"}


def test_toml_is_imported_by_one() -> None:
    """Where its cost is bounded."""
    assert importers("tomllib") == {"toml"}
    assert importers("tomllib", top_only=True) == set()


def test_pyserial_is_imported_by_one() -> None:
    assert importers("serial") == {"modem.carriers"}
    assert importers("serial", top_only=True) == set()


def test_only_the_command_prints() -> None:
    """Nobody else calls print, or writes to the standard streams."""
    printing = set()
    for name, tree in TREES.items():
        for node in ast.walk(tree):
            called = (
                isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("print", "input")
            )
            stream = isinstance(node, ast.Attribute) and ast.unparse(node) in ("sys.stdout", "sys.stderr", "sys.stdin")
            if called or stream:
                printing.add(name)
    # Two of them read stdin, and one needs the terminal's descriptors.
    assert printing == {"cli.setting", "cli.doctor", "cli.show", "cli.screen", "sim.__main__"}


# What is loaded.

HEAVY = {
    *("construct", "tomllib", "usb", "libusb_package", "hypothesis", "importlib.metadata", "unittest", "asyncio"),
    *("serial", "http", "xml", "socket", "subprocess", "tempfile", "huawei_lte_api", "requests"),
}
HEAVY_OF_OURS = {
    "modeswitch.sim",
    "modeswitch.fields",
    "modeswitch.database.reader",
    "modeswitch.usb.scsi",
    "modeswitch.usb.link",
}
TALKERS = {
    "modeswitch.modem.at",
    "modeswitch.modem.carriers",
    "modeswitch.modem.hilink",
    "modeswitch.modem.nvram",
    "modeswitch.modem.owner",
    "modeswitch.modem.saved",
}
"""What a switch by a message has no need of."""


def loaded_after(*words: str) -> set[str]:
    """The modules in a fresh interpreter after that command."""
    code = (
        "import sys, json\n"
        "from modeswitch.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "print('\\n' + json.dumps(sorted(sys.modules)))\n"
    )
    unmeasured = {key: value for key, value in os.environ.items() if not key.startswith("COVERAGE_")}
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=ROOT,
        env=unmeasured,  # what measures the coverage loads modules, too
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("words", [("--version",), ("12d1:fffe",), ("12d1:fffe", "--to", "ncm", "--json"), ("9-9",)])
def test_a_run_that_finds_nothing_loads_nothing_heavy(words: tuple[str, ...]) -> None:
    loaded = loaded_after(*words)
    assert "modeswitch.cli" in loaded
    assert not loaded & (HEAVY | HEAVY_OF_OURS)


def test_a_shipped_profile_is_planned_with_without_toml_and_construct() -> None:
    loaded = loaded_after("plan", "12d1:1f01")
    assert "modeswitch.switching.plan" in loaded
    assert not loaded & (HEAVY | HEAVY_OF_OURS)


def test_a_whole_switch_sends_without_toml() -> None:
    loaded = loaded_after("1-1", "--simulate", "e3372h,away=0.02,linger=0.01")
    assert "modeswitch.switching.perform" in loaded
    assert "modeswitch.linux.kernel_tables" not in loaded
    assert not loaded & {
        "tomllib",
        "modeswitch.fields",
        "modeswitch.database.reader",
        "libusb_package",
        "serial",
        *TALKERS,
    }


def loaded_before_the_first_byte(code: str) -> set[str]:
    """The modules in a fresh interpreter after that, which is on the way to the first byte."""
    isolated = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{code}\nprint(sorted(sys.modules))"
    words = [sys.executable, "-I", "-S", "-c", isolated]
    done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return set(ast.literal_eval(done.stdout))


def test_values_and_drivers_are_had_without_regular_expressions() -> None:
    loaded = loaded_before_the_first_byte(
        "import modeswitch.switching.switch, modeswitch.linux.modules as m; m.of_this_host()"
    )
    assert not loaded & {"typing", "dataclasses", "inspect", "platform"}
    few = loaded_before_the_first_byte("import modeswitch.values, modeswitch.linux.modules")
    assert not few & {"re", "enum", "typing", "inspect"}


def test_the_service_is_ready_without_enumerations_and_regular_expressions() -> None:
    """Ready is: all is loaded that takes a stick by its message, and this machine's bus has been looked at."""
    packages = os.path.dirname(os.path.dirname(usb.__file__))
    loaded = loaded_before_the_first_byte(
        f"sys.path.append({packages!r})\n"
        "import modeswitch.cli.service, modeswitch.usb.pyusb as pyusb, modeswitch.linux.mounts\n"
        "pyusb.load_quickly(); import modeswitch.linux.usbfs\n"
        "from modeswitch.database.library import Library; from modeswitch.linux.bus import LinuxBus\n"
        "from modeswitch.usb.descriptors import UsbId\n"
        "import modeswitch.usb.bot, modeswitch.usb.link, modeswitch.usb.replug, modeswitch.usb.libusb\n"
        "with LinuxBus() as bus:\n    assert Library().families(UsbId(0x12D1, 0x1F01)); bus.scan(); bus.events()\n"
    )
    assert "usb.backend.libusb1" in loaded
    slow = {"enum", "re", "json", "socket", "signal", "logging", "tomllib", "argparse"}
    assert loaded & slow == set()


def test_the_policy_that_is_installed_first_is_read_without_toml() -> None:
    code = "from modeswitch.service import install, policy; policy.read(install.FIRST_POLICY)"
    assert "tomllib" not in loaded_before_the_first_byte(code)


def test_importing_the_package_loads_nothing() -> None:
    code = "import sys, modeswitch; print([m for m in sys.modules if m.startswith('modeswitch.')])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True
    )
    assert set(ast.literal_eval(done.stdout)) <= {"modeswitch.values", "modeswitch.errors"}


# What is public.


def test_the_type_checker_sees_the_same_names() -> None:
    block = next(node for node in TREES[""].body if isinstance(node, ast.If))
    seen = {
        alias.name: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom) and node.level
        for alias in node.names
    }
    assert sorted(seen) == sorted(modeswitch.__all__)
    for name, module in seen.items():
        assert getattr(modeswitch, name) is getattr(import_module(f"modeswitch.{module}"), name)


@pytest.mark.parametrize("name", modeswitch.__all__)
def test_every_public_name_resolves(name: str) -> None:
    thing = getattr(modeswitch, name)
    if isinstance(thing, type):
        assert thing.__name__ == name
        assert thing.__doc__


def test_no_other_name_resolves() -> None:
    with pytest.raises(AttributeError, match="no attribute 'swtich'"):
        modeswitch.__getattr__("swtich")


@pytest.mark.parametrize("module", ["errors"])
def test_all_of_a_module_is_what_it_defines(module: str) -> None:
    defined = {node.name for node in TREES[module].body if isinstance(node, ast.ClassDef)}
    assert set(import_module(f"modeswitch.{module}").__all__) == defined


# What tests may reach for.

OWED_BY_TESTS = {
    "parity/worker.py": {"_lib_object"},  # pyusb has no other way to let go of its context
}
"""Private names of other modules that tests still use; none is ever added."""
OF_TUPLES = {"_asdict", "_field_defaults", "_fields", "_make", "_replace"}
"""Private by their look, public by their documentation."""


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name not in {"_", *OF_TUPLES}


def private_names_used(tree: ast.Module) -> set[str]:
    """The private names that a file imports, reads of anything, or gives to ``setattr`` and its like.

    What ``self`` or ``cls`` has is its own where the file itself sets or defines it.
    """
    nodes = list(ast.walk(tree))
    selves = ("self", "cls")
    attributes = [node for node in nodes if isinstance(node, ast.Attribute)]
    of_self = [node for node in attributes if isinstance(node.value, ast.Name) and node.value.id in selves]
    own = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    own |= {node.attr for node in of_self if isinstance(node.ctx, ast.Store)}
    used = {alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}
    used |= {node.attr for node in attributes if node not in of_self or node.attr not in own}
    for node in nodes:
        called = ast.unparse(node.func).rpartition(".")[2] if isinstance(node, ast.Call) else ""
        if isinstance(node, ast.Call) and called in ("setattr", "getattr", "delattr", "hasattr"):
            words = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            used |= {word.rpartition(".")[2] for word in words}
    return {name for name in used if is_private(name)}


@pytest.mark.parametrize("path", sorted((ROOT / "tests").rglob("*.py")), ids=lambda path: path.name)
def test_no_test_reaches_for_a_private_name_of_another_module(path: Path) -> None:
    name = path.relative_to(ROOT / "tests").as_posix()
    assert private_names_used(ast.parse(path.read_text("utf-8"))) <= OWED_BY_TESTS.get(name, set())


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("from modeswitch.usb.bus import Bus, _libusb", {"_libusb"}),
        ("mounts._umount(b'/', 0)", {"_umount"}),
        ("self.bus._backend", {"_backend"}),
        ("monkeypatch.setattr('modeswitch.usb.libusb._libraries', list)", {"_libraries"}),
        ("monkeypatch.setattr(Binder, '_write', print)", {"_write"}),
        ("class Film(Bus):\n    def now(self): return self._bell", {"_bell"}),
        ("class Film(Bus):\n    def __init__(self): self._scenes = self._scenes or []", set()),
        ("class Film(Bus):\n    def now(self): return self._now()\n    def _now(self): return 0", set()),
        ("value._replace(port=1)", set()),
        ("for _ in range(3): print(_.__name__)", set()),
    ],
)
def test_a_private_name_is_seen(text: str, names: set[str]) -> None:
    assert private_names_used(ast.parse(text)) == names
