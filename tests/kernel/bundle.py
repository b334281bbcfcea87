"""Knows what of this project and its dependencies goes into the guest, and packs it as one archive in the share.

It is taken from the checkout and from the running interpreter, so that the guest needs no package index. libusb-package
is a folder of its own, so that a test can leave it out.
"""

from __future__ import annotations

import compileall
import importlib.util
import py_compile
import shutil
import tarfile
import tempfile
from pathlib import Path

from tests.kernel.image import ImageError

_CHECKOUT = Path(__file__).resolve().parent.parent.parent
_SCRIPTS = [Path(__file__).resolve().parent / name for name in ("usbmon.py", "turns.py")]

FOLDER = "/tmp/code"  # in the guest's memory: importing over 9p would take twice as long
LIBUSB = "/tmp/libusb"  # libusb-package alone
ARCHIVE = "code.tar"
"""Its name in the share."""

_COMPILED = f"""compgen -G "{FOLDER}.new/modeswitch/__pycache__/api.$(
python3 -IS -c 'import sys; print(sys.implementation.cache_tag)').pyc" >/dev/null"""
_COMPILE = "python3 -m compileall -q --invalidation-mode unchecked-hash"
INSTALL = f"""[ -e {FOLDER} ] || {{ mkdir {FOLDER}.new && tar -xf /share/{ARCHIVE} -C {FOLDER}.new &&
{{ {_COMPILED} || {_COMPILE} -s {FOLDER}.new -p {FOLDER} {FOLDER}.new; }} &&
mv {FOLDER}.new/libusb {LIBUSB} && mv {FOLDER}.new {FOLDER}; }}"""
"""Script for the guest: unpack the archive, unless an earlier test has."""


def pack(share: Path) -> None:
    """Put the archive into the share."""
    with tempfile.TemporaryDirectory() as scratch:
        tree = Path(scratch)
        _copy(_CHECKOUT / "modeswitch", tree / "modeswitch")
        _copy(_CHECKOUT / "profiles", tree / "modeswitch" / "profiles")
        for name in ("usb", "construct", "serial"):
            _copy(_package(name), tree / name)
        _copy(_package("libusb_package"), tree / "libusb" / "libusb_package")
        for script in _SCRIPTS:
            shutil.copy(script, tree / script.name)
        # As an installation would have it, where the guest's Python is this one's; where not, `INSTALL` does it there.
        mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
        if not compileall.compile_dir(tree, quiet=2, stripdir=scratch, prependdir=FOLDER, invalidation_mode=mode):
            raise ImageError("the code for the guest does not compile")
        with tarfile.open(share / ARCHIVE, "w") as archive:
            archive.add(tree, ".", filter=_as_roots)


def _copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ImageError(f"the kernel tests need the Python package {name} in the interpreter that runs them")
    return Path(spec.origin).parent


def _as_roots(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Readable by all in the guest, since one test runs as nobody."""
    mode = 0o755 if member.isdir() else 0o644
    return member.replace(uid=0, gid=0, uname="root", gname="root", mode=mode, deep=False)
