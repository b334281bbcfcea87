"""pyusb without logging: what is loaded, that both work as ever, and who keeps the whole of it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

QUICK = "from modeswitch.usb.pyusb import load_quickly; load_quickly()\nimport sys\n"


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
        env={**{name: value for name, value in os.environ.items() if name != "PYUSB_DEBUG"}, **environment},
    )


def test_pyusb_comes_without_logging() -> None:
    names = ("usb.core", "usb.backend.libusb1", "logging", "ctypes.util", "platform", "subprocess")
    before = "import sys; before = set(sys.modules)\n"
    done = run(f"{before}{QUICK}print([name in set(sys.modules) - before for name in {names}])")
    assert done.stdout == "[True, True, False, False, False, False]\n"


def test_logging_can_be_loaded_afterwards() -> None:
    done = run(f"{QUICK}import logging; logging.getLogger('usb').warning('heard'); print(logging.Formatter.__module__)")
    assert (done.stdout, done.stderr) == ("logging\n", "heard\n")


def test_what_looks_for_libraries_works_afterwards() -> None:
    """For pyusb as for all others."""
    code = (
        "import ctypes, usb.libloader\n"
        "print(usb.libloader.locate_library(['c'])); print(ctypes.util.find_library('c'))\n"
        "import ctypes.util, platform; print(ctypes.util.__file__ is not None, platform.system())"
    )
    assert run(QUICK + code).stdout == "libc.so.6\nlibc.so.6\nTrue Linux\n"


def test_what_pyusb_logs_by_itself_harms_nobody() -> None:
    code = "import usb.backend.libusb1 as one; print(one.get_backend(find_library=lambda _: '/none'))"
    assert run(QUICK + code).stdout == "None\n"


def test_it_is_logged_where_somebody_asks_for_it() -> None:
    code = "import usb.backend.libusb1 as one; one.get_backend(find_library=lambda _: '/none')"
    assert "usb.backend.libusb1" in run(QUICK + code, PYUSB_DEBUG="debug").stderr


@pytest.mark.parametrize("first", ["logging", "usb.core"])
def test_what_is_loaded_already_stays(first: str) -> None:
    code = f"import {first}; before = sys.modules['logging']\n{QUICK}print(before is sys.modules['logging'])"
    assert run(f"import sys\n{code}\nimport usb.core; print(usb.core.logging is before)").stdout == "True\nTrue\n"


def test_a_pyusb_that_wants_more_of_logging_is_loaded_with_it() -> None:
    code = (
        "import sys, types, importlib.util, importlib.abc\n"
        "class Newer(importlib.abc.MetaPathFinder, importlib.abc.Loader):\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name == 'usb': return importlib.util.spec_from_loader(name, self, is_package=True)\n"
        "    def exec_module(self, module):\n"
        "        import logging; module.level = logging.WARNING\n"
        "sys.meta_path.insert(0, Newer())\n"
    )
    assert run(f"{code}{QUICK}print('usb' in sys.modules)\nimport usb; print(usb.level)").stdout == "False\n30\n"


OTHER = """
import sys, importlib.util, importlib.abc
class Other(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path, target=None):
        if name.startswith(("usb", "beside")):
            return importlib.util.spec_from_loader(name, self, is_package=True)
    def exec_module(self, module):
        import re
        if module.__name__ == "usb":
            module.parts = re.match({pattern!r}, {version!r}).groups()
        elif module.__name__ == "usb.backend":
            import beside
        elif module.__name__ == "beside":
            module.re = re
sys.meta_path.insert(0, Other())
"""


@pytest.mark.parametrize(
    ("pattern", "version", "parts"),
    [
        (r"(\d+)\.(\d+)\.(\d+)[.-]?(.*)", "1.2.1", ("1", "2", "1", "")),
        (r"(\d+)\.(\d+)(\.(\d+))?[.-]?(.*)", "1.3.1", ("1", "3", ".1", "1", "")),
        (r"(\d+)\.(\d+)(\.(\d+))?[.-]?(.*)", "1.3.2.dev4", ("1", "3", ".2", "2", "dev4")),
        (r"(\d+)\.(.*)", "2.0.0", ("2", "0.0")),
    ],
)
def test_each_pyusb_has_its_version_taken_apart_as_it_does_itself(
    pattern: str, version: str, parts: tuple[str, ...]
) -> None:
    """And what else was loaded meanwhile has the whole ``re``."""
    code = f"{OTHER.format(pattern=pattern, version=version)}{QUICK}import usb, beside\n"
    said = run(f"{code}print(usb.parts); print(beside.re.compile('a') is not None)").stdout
    assert said == f"{parts}\nTrue\n"
