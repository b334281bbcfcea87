"""Knows how to build a guest image: Debian's kernel as an ELF file, and a whole Debian root as an initramfs.

`python -m tests.kernel.image` builds what is missing or has another recipe now. The packages are only unpacked, so
that no chroot and no mount is needed; what their maintainer scripts would have made is made here by hand.
"""

from __future__ import annotations

import fcntl
import hashlib
import lzma
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.kernel import newc, recipe
from tests.kernel.recipe import MANAGED, NEXT, STANDARD, Recipe

_HERE = Path(__file__).resolve().parent
_GUEST = _HERE / "guest"
_DEFAULT_CACHE = _HERE.parent.parent / "build" / "vm"
_MERGED_USR_HOOK = "/usr/share/mmdebstrap/hooks/merged-usr"
_ADMIN_PATH = "/usr/local/sbin:/usr/sbin:/sbin"  # where depmod and ldconfig are, often not in a user's PATH
_XZ_MAGIC = b"\xfd7zXZ\0"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_PYTHON = re.compile(r"(?<=^usr/lib/python3\.)\d+(?=/)")
_FIRST_EXTRA_ID = 900


class ImageError(RuntimeError):
    """The image cannot be built or run here; the message says what to do about it."""


class SuiteBroken(ImageError):
    """The packages of a suite that moves cannot be had together today, which says nothing of modeswitch."""


@dataclass(frozen=True)
class Image:
    """What QEMU boots."""

    kernel: Path
    initrd: Path


def ensure(wanted: Recipe = STANDARD) -> Image:
    """Give the image of that recipe, built first if it is missing or stale."""
    cache = _cache() if wanted is STANDARD else _cache() / wanted.name
    cache.mkdir(parents=True, exist_ok=True)
    image = Image(cache / "vmlinux", cache / "root.cpio")
    stamp = cache / "stamp"
    with _locked(cache / "lock"):
        digest = _recipe_hash(wanted)
        if not (_current(stamp, digest) and image.kernel.exists() and image.initrd.exists()):
            stamp.unlink(missing_ok=True)
            _build(image, cache, wanted)
            stamp.write_text(digest + "\n", encoding="ascii")
    return image


def _cache() -> Path:
    chosen = os.environ.get("MODESWITCH_VM_CACHE")
    return Path(chosen).resolve() if chosen else _DEFAULT_CACHE


def _current(stamp: Path, wanted: str) -> bool:
    return stamp.exists() and stamp.read_text(encoding="ascii").strip() == wanted


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock against a second test run that finds the image stale at the same time."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _recipe_hash(wanted: Recipe) -> str:
    """A digest of everything in this project that the image depends on, and of the week where its suite moves."""
    digest = hashlib.sha256()
    if wanted.suite:
        digest.update(f"{wanted.suite} {datetime.now(UTC):%G-%V}\n".encode())
    sources = [_HERE / "image.py", _HERE / "recipe.py", _HERE / "newc.py"]
    for path in sources + sorted(path for path in _GUEST.rglob("*") if path.is_file()):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(_HERE)} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _build(image: Image, cache: Path, wanted: Recipe) -> None:
    require(recipe.BUILD_TOOLS)
    for leftover in cache.glob("building-*"):  # of a build that was killed
        shutil.rmtree(leftover)
    with tempfile.TemporaryDirectory(dir=cache, prefix="building-") as scratch:
        root = Path(scratch, "root")
        _unpack_packages(Path(scratch, "packages.tar"), root, wanted)
        vmlinuz, release = _kernel(root)
        _replace(image.kernel, _elf_kernel(vmlinuz.read_bytes()))
        shutil.rmtree(root / "boot")
        for name in ("vmlinuz", "System.map", "config"):
            (root / "usr/lib/modules" / release / name).unlink(missing_ok=True)
        _prune_modules(root, release)
        _configure(root, wanted)
        initrd = Path(scratch, "root.cpio")
        with initrd.open("wb") as archive:
            newc.write(archive, root)
        initrd.replace(image.initrd)


def require(tools: Mapping[str, str]) -> None:
    """Say which Debian packages to install if any of these host programs is missing."""
    missing = {package for tool, package in tools.items() if _which(tool) is None}
    if missing:
        raise ImageError(f"the kernel tests need these Debian packages: apt-get install {' '.join(sorted(missing))}")


def _which(tool: str) -> str | None:
    return shutil.which(tool, path=f"{os.environ.get('PATH', os.defpath)}:{_ADMIN_PATH}")


def _run(command: Sequence[str]) -> str:
    """Run a host program and give its standard output."""
    program = _which(command[0])
    if program is None:
        raise ImageError(f"{command[0]}: no such program")
    done = subprocess.run([program, *command[1:]], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ImageError(f"{command[0]} ended with status {done.returncode}:\n{done.stderr[-4000:]}")
    return done.stdout


def _unpack_packages(archive: Path, root: Path, wanted: Recipe) -> None:
    """Fetch the packages with the host's own apt sources and unpack what the recipe keeps of them."""
    settings = archive.with_name("apt.conf")
    settings.write_text(_apt_settings(), encoding="utf-8")
    command = [
        "mmdebstrap",
        "--variant=extract",
        "--format=tar",
        f"--hook-dir={_MERGED_USR_HOOK}",
        f"--aptopt={settings}",
        f"--include={','.join(wanted.packages)}",
        wanted.suite,  # without one the sources say which
        str(archive),
        *([_mirror()] if wanted.suite else _apt_sources()),
    ]
    try:
        _run(command)
    except ImageError as error:
        raise (SuiteBroken if wanted.suite else ImageError)(f"{wanted.name}: {error}") from error
    with tarfile.open(archive) as packages:
        packages.extractall(root, members=_kept(packages, wanted.dropped), filter="tar")
    archive.unlink()


def _apt_sources() -> list[str]:
    folder = Path("/etc/apt/sources.list.d")
    found = [Path("/etc/apt/sources.list"), *sorted(folder.glob("*.sources")), *sorted(folder.glob("*.list"))]
    return [str(path) for path in found if path.exists()]


def _mirror() -> str:
    """The host's own mirror of Debian, or Debian's."""
    found = _run(["apt-get", "indextargets", "--format", "$(REPO_URI)", "Label: Debian"]).splitlines()
    return found[0] if found else "http://deb.debian.org/debian"


def _apt_settings() -> str:
    """The host's own way to its mirrors: proxies and what it says about the age of their signatures."""
    wanted = ("Acquire::http", "Acquire::https", "Acquire::Check-")
    lines = _run(["apt-config", "dump", "--no-empty"]).splitlines()
    return "".join(f"{line}\n" for line in lines if line.startswith(wanted))


def _kept(packages: tarfile.TarFile, dropped: tuple[str, ...]) -> Iterator[tarfile.TarInfo]:
    """The members worth unpacking; devices are the guest's own business."""
    for member in packages:
        name = member.name.removeprefix("./")
        if name in ("", ".") or member.isdev() or _PYTHON.sub("*", name).startswith(dropped):
            continue
        # Someone else's files are as good as ours: the archive written later gives all to root.
        yield member.replace(uid=os.getuid(), gid=os.getgid(), uname="", gname="", deep=False)


def _elf_kernel(vmlinuz: bytes) -> bytes:
    """Take the ELF file out of a bzImage: QEMU can boot it as it is, and five seconds of emulated unpacking are saved.

    The offsets are those of the x86 boot protocol's setup header.
    """
    setup_sectors = vmlinuz[0x1F1]
    offset = int.from_bytes(vmlinuz[0x248:0x24C], "little")
    length = int.from_bytes(vmlinuz[0x24C:0x250], "little")
    start = (setup_sectors + 1) * 512 + offset
    # The last four bytes of the payload are its size, and no part of what was compressed.
    return _uncompressed(vmlinuz[start : start + length - 4])


def _kernel(root: Path) -> tuple[Path, str]:
    """The kernel's file and its release: in /boot, or since Debian 14 beside its modules."""
    (folder,) = (root / "usr" / "lib" / "modules").iterdir()
    release = folder.name
    for path in (root / "boot" / f"vmlinuz-{release}", folder / "vmlinuz"):
        if path.exists():
            return path, release
    raise ImageError(f"the packages have no kernel {release}")


def _uncompressed(packed: bytes) -> bytes:
    """What Debian compresses a kernel and its modules with."""
    if packed.startswith(_XZ_MAGIC):
        return lzma.LZMADecompressor().decompress(packed)
    if packed.startswith(_ZSTD_MAGIC):
        done = subprocess.run([_which("zstd") or "zstd", "-dc"], input=packed, capture_output=True, check=False)
        if done.returncode == 0:
            return done.stdout
    raise ImageError(f"what begins with {packed[:6].hex(' ')} is not compressed with xz or zstd")


def _replace(path: Path, content: bytes) -> None:
    """Write a file so that a running guest, or a build that is killed, never leaves half of it."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_bytes(content)
    fresh.replace(path)


def _prune_modules(root: Path, release: str) -> None:
    """Delete all kernel modules but the wanted ones and those they need, and index what is left."""
    modules = root / "usr" / "lib" / "modules" / release
    _run(["depmod", "-b", str(root), release])
    needs: dict[str, list[str]] = {}
    for line in (modules / "modules.dep").read_text(encoding="ascii").splitlines():
        path, _, rest = line.partition(":")
        needs[path] = rest.split()
    by_name = {_module_name(path): path for path in needs}
    built_in = {_module_name(path) for path in (modules / "modules.builtin").read_text(encoding="ascii").split()}
    unknown = [name for name in recipe.MODULES if _module_name(name) not in by_name.keys() | built_in]
    if unknown:
        raise ImageError(f"the kernel {release} has no module {', '.join(unknown)}")
    wanted = {by_name[_module_name(name)] for name in recipe.MODULES if _module_name(name) not in built_in}
    kept = wanted.union(*(needs[path] for path in wanted))  # modules.dep lists indirect dependencies too
    for path in needs:
        module = modules / path
        if path in kept and module.suffix != ".ko":  # unpacked here, an emulated CPU has less to do
            module.with_suffix("").write_bytes(_uncompressed(module.read_bytes()))
        if path not in kept or module.suffix != ".ko":
            module.unlink()
    _run(["depmod", "-b", str(root), release])


def _module_name(path: str) -> str:
    return Path(path).name.partition(".ko")[0].replace("-", "_")


def _configure(root: Path, wanted: Recipe) -> None:
    """Make what the packages' maintainer scripts would have made, and put the guest's own files in."""
    etc = root / "etc"
    masters = root / "usr" / "share" / "base-passwd"
    added = list(enumerate((*recipe.EXTRA_GROUPS, *wanted.users), start=_FIRST_EXTRA_ID))
    users = "".join(f"{name}:x:{one}:{one}::/:/usr/sbin/nologin\n" for one, name in added if name in wanted.users)
    (etc / "passwd").write_text((masters / "passwd.master").read_text(encoding="ascii") + users, encoding="ascii")
    extra = (f"{name}:x:{gid}:\n" for gid, name in added)
    groups = (masters / "group.master").read_text(encoding="ascii")
    (etc / "group").write_text(groups + "".join(extra), encoding="ascii")
    (etc / "machine-id").write_text("0123456789abcdef0123456789abcdef\n", encoding="ascii")
    (etc / "hostname").write_text("guest\n", encoding="ascii")
    (etc / "hosts").write_text("127.0.0.1 localhost guest\n", encoding="ascii")
    (root / "usr" / "bin" / "awk").symlink_to("mawk")
    (root / "usr" / "bin" / "which").symlink_to("which.debianutils")
    # Nothing but the test itself may switch a stick, unless the test takes this mask away.
    mask = etc / "udev" / "rules.d" / "40-usb_modeswitch.rules"
    mask.parent.mkdir(parents=True, exist_ok=True)
    mask.symlink_to("/dev/null")
    for folder in ("share", "root", "run", "var/log", "dev", "proc", "sys", "tmp"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for name, target in (("run", "/run"), ("lock", "/run/lock")):
        (root / "var" / name).rmdir()
        (root / "var" / name).symlink_to(target)
    shutil.copytree(_GUEST, root, dirs_exist_ok=True)
    for name in recipe.MASKED_UNITS:
        (etc / "systemd" / "system" / name).symlink_to("/dev/null")
    for script in ("init", "agent", "etc/udhcpc/default.script"):
        (root / script).chmod(0o755)
    as_root = [] if os.geteuid() == 0 else ["unshare", "--map-root-user"]  # both are a chroot
    _compile_python(root, as_root)
    _run([*as_root, _which("ldconfig") or "ldconfig", "-r", str(root)])


def _compile_python(root: Path, as_root: list[str]) -> None:
    """Compile the standard library as python3's installation would, for a start in half the time.

    The guest's own Python does it, since only its own version's files are read there.
    """
    (library,) = (root / "usr" / "lib").glob("python3.*")
    compiler = ["-I", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
    _run([*as_root, "chroot", str(root), "/usr/bin/python3", *compiler, f"/usr/lib/{library.name}"])


def main() -> None:
    start = time.monotonic()
    for wanted in (STANDARD, MANAGED, NEXT):
        image = ensure(wanted)
        took = time.monotonic() - start
        megabytes = image.initrd.stat().st_size / 1e6
        print(f"{image.kernel} and {image.initrd} ({megabytes:.0f} MB) ready after {took:.1f} s")


if __name__ == "__main__":
    try:
        main()
    except ImageError as error:
        sys.exit(f"error: {error}")
