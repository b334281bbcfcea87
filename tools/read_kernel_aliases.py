"""Read which USB interfaces the modem drivers of one kernel bind, as lines of a modules.alias.

Of a Debian package its modules are read, of a tree of sources the tables in the drivers' C files, which a C compiler
(``cc``) evaluates: sources are all that is left of kernels that Debian carries no more.

    python -m tools.read_kernel_aliases debian FOLDER            the newest kernel of each series, from apt's archives
    python -m tools.read_kernel_aliases tree FOLDER GIT-DIR …    the tree that HEAD of each repository has

Each writes ``FOLDER/VERSION.alias``; :mod:`tools.pack_kernel_tables` makes one file of them.  Needs apt-get,
dpkg-deb and the keys of Debian's archive.

Ref: Linux scripts/mod/file2alias.c (do_usb_entry) for the form of an alias, include/linux/usb.h for the macros.
"""

from __future__ import annotations

import lzma
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

DRIVERS = {
    "option": "drivers/usb/serial/option.c",
    "qcserial": "drivers/usb/serial/qcserial.c",
    "sierra": "drivers/usb/serial/sierra.c",
    "cdc_acm": "drivers/usb/class/cdc-acm.c",
    "qmi_wwan": "drivers/net/usb/qmi_wwan.c",
    "cdc_ncm": "drivers/net/usb/cdc_ncm.c",
    "cdc_mbim": "drivers/net/usb/cdc_mbim.c",
    "huawei_cdc_ncm": "drivers/net/usb/huawei_cdc_ncm.c",
    "cdc_ether": "drivers/net/usb/cdc_ether.c",
    "rndis_host": "drivers/net/usb/rndis_host.c",
    "sierra_net": "drivers/net/usb/sierra_net.c",
    "hso": "drivers/net/usb/hso.c",
    "kalmia": "drivers/net/usb/kalmia.c",
    "ipheth": "drivers/net/usb/ipheth.c",
    "usb_storage": "drivers/usb/storage/unusual_devs.h",
    "uas": "drivers/usb/storage/uas.c",
}
"""Driver, as its module is named → its file in the sources."""

SUITES = (
    *("bullseye", "bookworm", "bookworm-backports", "trixie", "trixie-backports", "sid"),
    *("bullseye-security", "bookworm-security", "trixie-security"),
)
KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"

ALIAS = re.compile(rb"alias=(usb:v[^\0]{1,80})\0")
WHOLE = re.compile(r"usb:v[0-9A-F*]{1,4}p[0-9A-F*]{1,4}d\*dc\*dsc\*dp\*ic\S+")
"""An alias that asks for no release of a device and no class of a whole device: quirks of disks ask for them."""


def aliases_of_module(path: Path) -> list[str]:
    """The usb aliases that a module (``.ko``, ``.ko.xz``) declares."""
    raw = path.read_bytes()
    if path.suffix == ".xz":
        raw = lzma.decompress(raw)
    return [found.decode("ascii") for found in ALIAS.findall(raw)]


# Sources.

STUB = """
#include <stdio.h>
typedef unsigned short __u16; typedef unsigned char __u8; typedef unsigned char u8;
typedef unsigned long kernel_ulong_t;
struct usb_device_id { __u16 match_flags, idVendor, idProduct, bcdDevice_lo, bcdDevice_hi;
  __u8 bDeviceClass, bDeviceSubClass, bDeviceProtocol, bInterfaceClass, bInterfaceSubClass, bInterfaceProtocol;
  __u8 bInterfaceNumber; kernel_ulong_t driver_info; };
#define BIT(nr) (1UL << (nr))
#define USB_DEVICE_ID_MATCH_VENDOR 1
#define USB_DEVICE_ID_MATCH_PRODUCT 2
#define USB_DEVICE_ID_MATCH_DEV_LO 4
#define USB_DEVICE_ID_MATCH_DEV_HI 8
#define USB_DEVICE_ID_MATCH_DEV_CLASS 16
#define USB_DEVICE_ID_MATCH_DEV_SUBCLASS 32
#define USB_DEVICE_ID_MATCH_DEV_PROTOCOL 64
#define USB_DEVICE_ID_MATCH_INT_CLASS 128
#define USB_DEVICE_ID_MATCH_INT_SUBCLASS 256
#define USB_DEVICE_ID_MATCH_INT_PROTOCOL 512
#define USB_DEVICE_ID_MATCH_INT_NUMBER 1024
#define USB_DEVICE_ID_MATCH_DEVICE 3
#define USB_DEVICE_ID_MATCH_DEV_RANGE 12
#define USB_DEVICE_ID_MATCH_DEVICE_AND_VERSION 15
#define USB_DEVICE_ID_MATCH_DEV_INFO 112
#define USB_DEVICE_ID_MATCH_INT_INFO 896
#define _ID(v, p) .idVendor = (v), .idProduct = (p)
#define _IF(c, s, p) .bInterfaceClass = (c), .bInterfaceSubClass = (s), .bInterfaceProtocol = (p)
#define USB_DEVICE(v, p) .match_flags = 3, _ID(v, p)
#define USB_DEVICE_VER(v, p, l, h) .match_flags = 15, _ID(v, p)
#define USB_DEVICE_INTERFACE_CLASS(v, p, c) .match_flags = 131, _ID(v, p), .bInterfaceClass = (c)
#define USB_DEVICE_INTERFACE_PROTOCOL(v, p, r) .match_flags = 515, _ID(v, p), .bInterfaceProtocol = (r)
#define USB_DEVICE_INTERFACE_NUMBER(v, p, n) .match_flags = 1027, _ID(v, p), .bInterfaceNumber = (n)
#define USB_DEVICE_INFO(c, s, p) .match_flags = 112
#define USB_INTERFACE_INFO(c, s, p) .match_flags = 896, _IF(c, s, p)
#define USB_DEVICE_AND_INTERFACE_INFO(v, d, c, s, p) .match_flags = 899, _ID(v, d), _IF(c, s, p)
#define USB_VENDOR_AND_INTERFACE_INFO(v, c, s, p) .match_flags = 897, .idVendor = (v), _IF(c, s, p)
#define USB_CLASS_COMM 2
#define USB_CLASS_MASS_STORAGE 8
#define USB_CLASS_CDC_DATA 10
#define USB_CLASS_WIRELESS_CONTROLLER 0xe0
#define USB_CLASS_MISC 0xef
#define USB_CLASS_VENDOR_SPEC 0xff
#define USB_SUBCLASS_VENDOR_SPEC 0xff
#define USB_CDC_SUBCLASS_ACM 2
#define USB_CDC_SUBCLASS_ETHERNET 6
#define USB_CDC_SUBCLASS_MDLM 10
#define USB_CDC_SUBCLASS_DMM 9
#define USB_CDC_SUBCLASS_EEM 12
#define USB_CDC_SUBCLASS_NCM 13
#define USB_CDC_SUBCLASS_MBIM 14
#define USB_CDC_PROTO_NONE 0
#define USB_CDC_PROTO_EEM 7
#define USB_CDC_NCM_PROTO_NTB 1
#define USB_CDC_ACM_PROTO_AT_V25TER 1
#define USB_CDC_ACM_PROTO_AT_PCCA101 2
#define USB_CDC_ACM_PROTO_AT_PCCA101_WAKE 3
#define USB_CDC_ACM_PROTO_AT_GSM 4
#define USB_CDC_ACM_PROTO_AT_3G 5
#define USB_CDC_ACM_PROTO_AT_CDMA 6
#define USB_CDC_ACM_PROTO_VENDOR 0xff
#define USB_SC_RBC 1
#define USB_SC_8020 2
#define USB_SC_QIC 3
#define USB_SC_UFI 4
#define USB_SC_8070 5
#define USB_SC_SCSI 6
#define USB_SC_DEVICE 0xff
#define USB_PR_CBI 0
#define USB_PR_CB 1
#define USB_PR_BULK 0x50
#define USB_PR_UAS 0x62
#define USB_PR_DEVICE 0xff
"""
PRINT = """
int main(void) { for (const struct usb_device_id *i = TABLE; i->match_flags; i++)
  printf("%u %u %u %u %u %u %u\\n", i->match_flags, i->idVendor, i->idProduct, i->bInterfaceClass,
    i->bInterfaceSubClass, i->bInterfaceProtocol, i->bInterfaceNumber); }
"""
TABLES = re.compile(r"struct usb_device_id\s+(\w+)\s*\[\]\s*=\s*\{(.*?)\};", re.DOTALL)
USUAL = re.compile(r"^USUAL_DEV\((\w+),\s*(\w+)\)", re.MULTILINE)
"""How the storage driver's list writes the classes of all disks."""
DEFINES = re.compile(r"^[ \t]*#[ \t]*define(?:.*\\\n)*.*\n", re.MULTILINE)
UNDECLARED = re.compile(r"error: .(\w+). undeclared")


def aliases_of_source(text: str) -> list[str]:
    """The usb aliases of the table of a driver's C file: the longest, where it has several.

    Raises :class:`subprocess.CalledProcessError` for a table that cannot be compiled.
    """
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"//.*", "", text)
    usual = "".join(f"{{ USB_INTERFACE_INFO(8, {sub}, {proto}) }}," for sub, proto in USUAL.findall(text))
    name, body = max(TABLES.findall(text), key=lambda found: len(found[1]), default=("usual", usual + "{ }"))
    body = re.sub(r"^[ \t]*#(?:.*\\\n)*.*\n", "", body, flags=re.MULTILINE)
    defines = "".join(DEFINES.findall(text))
    declared: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, "table")
        while True:
            externs = "".join(f"extern char {one}[];\n" for one in declared)
            source = f"{STUB}{defines}{externs}static const struct usb_device_id {name}[] = {{{body}\n}};\n"
            source += PRINT.replace("TABLE", name)
            done = subprocess.run(
                ["cc", "-w", "-x", "c", "-", "-o", program, "-Wl,--unresolved-symbols=ignore-all"],
                input=source, capture_output=True, text=True, check=False, timeout=60, env=os.environ | {"LC_ALL": "C"},
            )  # fmt: skip
            missing = [one for one in dict.fromkeys(UNDECLARED.findall(done.stderr)) if one not in declared]
            if not missing:
                break
            declared += missing
        if done.returncode:
            raise subprocess.CalledProcessError(done.returncode, "cc", done.stdout, done.stderr)
        lines = subprocess.run([program], capture_output=True, text=True, check=True, timeout=60).stdout.splitlines()
    return [_alias(*map(int, line.split())) for line in lines]


def _alias(flags: int, vendor: int, product: int, cls: int, sub: int, proto: int, number: int) -> str:
    """One entry of a table as file2alias.c writes it."""

    def part(bit: int, value: int, width: int) -> str:
        return f"{value:0{width}X}" if flags & bit else "*"

    release = "X" if flags & 12 else "*"
    device = f"usb:v{part(1, vendor, 4)}p{part(2, product, 4)}d{release}dc{'X' if flags & 112 else '*'}dsc*dp*"
    interface = f"{number:02X}*" if flags & 1024 else "*"
    return f"{device}ic{part(128, cls, 2)}isc{part(256, sub, 2)}ip{part(512, proto, 2)}in{interface}"


def read_tree(repository: str) -> tuple[str, str, list[tuple[str, str]]]:
    """Version, source and (driver, alias) of the tree that a repository's HEAD has, at its root or one folder down."""

    def git(*words: str) -> str:
        return subprocess.run(
            ["git", f"--git-dir={repository}", *words], capture_output=True, text=True, errors="replace", check=True
        ).stdout

    names = git("ls-tree", "-r", "--name-only", "HEAD").splitlines()
    root = next(name for name in names if name.endswith(DRIVERS["option"])).removesuffix(DRIVERS["option"])
    make = dict(
        re.findall(r"^(VERSION|PATCHLEVEL|SUBLEVEL) = (\d+)", git("show", f"HEAD:{root}Makefile"), re.MULTILINE)
    )
    version = ".".join(make.get(key, "0") for key in ("VERSION", "PATCHLEVEL", "SUBLEVEL"))
    pairs = []
    for driver, path in DRIVERS.items():
        if root + path in names:
            pairs += [(driver, alias) for alias in aliases_of_source(git("show", f"HEAD:{root}{path}"))]
    home = Path(repository.removesuffix("/.git").removesuffix("/repo")).name.replace("+", "/", 1)
    return version, f"sources {home}@{git('rev-parse', '--short=12', 'HEAD').strip()}", pairs


# Packages.

PACKAGE = re.compile(r"linux-(?:image|modules)-(\d+\.\d+)[0-9.]*[-+][0-9a-z.+]+(?:-\d+)?-amd64")


class Archive:
    """Debian's archive, by apt with lists of its own in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("lists/partial", "cache/archives/partial"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "status").touch()
        lines = (f"deb [signed-by={KEYS}] {_server(suite)} {suite} main\n" for suite in SUITES)
        (folder / "sources.list").write_text("".join(lines), "ascii")

    def run(self, program: str, *words: str) -> str:
        """What an apt program prints."""
        options = {
            "Dir::Etc::sourcelist": self.folder / "sources.list",
            "Dir::Etc::sourceparts": "-",
            "Dir::State::lists": self.folder / "lists",
            "Dir::State::status": self.folder / "status",
            "Dir::Cache": self.folder / "cache",
            "Acquire::Languages": "none",
            "APT::Sandbox::User": "root",
        }
        set_so = [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
        done = subprocess.run(
            [program, *set_so, *words], capture_output=True, text=True, check=True, cwd=self.folder, timeout=1800
        )
        return done.stdout

    def newest(self) -> dict[str, tuple[str, str]]:
        """Series (``6.12``) → package with the modules of its newest kernel, and that package's version."""
        found: dict[str, tuple[str, str]] = {}
        for record in self.run("apt-cache", "dumpavail").split("\n\n"):
            fields = dict(line.partition(": ")[::2] for line in record.splitlines() if line[:1].isalpha())
            match = PACKAGE.fullmatch(fields.get("Package", ""))
            # Since 6.19 linux-image is a shell of a few kilobytes around linux-modules.
            if match is None or int(fields["Size"]) < 1_000_000:
                continue
            held = found.get(match[1], ("", "0"))
            newer = subprocess.run(["dpkg", "--compare-versions", fields["Version"], "gt", held[1]], check=False)
            if newer.returncode == 0:
                found[match[1]] = (fields["Package"], fields["Version"])
        return found


def _server(suite: str) -> str:
    return "http://deb.debian.org/debian" + ("-security" if suite.endswith("-security") else "")


def read_package(archive: Archive, name: str, version: str) -> tuple[str, str, list[tuple[str, str]]]:
    """Version, source and (driver, alias) of the kernel whose modules a package has; it is downloaded, and removed."""
    archive.run("apt-get", "download", f"{name}={version}")
    (deb,) = archive.folder.glob(f"{name}_*.deb")
    wanted = {f"{Path(path).stem.replace('-', '_')}.ko": driver for driver, path in DRIVERS.items()}
    wanted["usb_storage.ko"] = "usb_storage"
    pairs = []
    with tempfile.TemporaryDirectory() as folder:
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE) as archived:
            tar = [
                "tar",
                "x",
                "-C",
                folder,
                "--wildcards",
                "--no-anchored",
                "*/drivers/usb/*.ko*",
                "*/drivers/net/usb/*.ko*",
            ]
            subprocess.run(tar, stdin=archived.stdout, check=True)
        for path in sorted(Path(folder).rglob("*.ko*")):
            driver = wanted.get(path.name.removesuffix(".xz").replace("-", "_"))
            pairs += [(driver, alias) for alias in aliases_of_module(path)] if driver else []
    deb.unlink()
    upstream = re.match(r"[0-9.]+", version)
    return upstream[0] if upstream else version, f"Debian {name} {version}", pairs


def write(folder: Path, version: str, source: str, pairs: list[tuple[str, str]]) -> None:
    """Write what was read of one kernel as ``VERSION.alias``."""
    lines = [f"alias {alias} {driver}\n" for driver, alias in pairs if WHOLE.fullmatch(alias)]
    (folder / f"{version}.alias").write_text(f"# {source}\n" + "".join(sorted(set(lines))), "ascii")
    print(f"{version}: {len(lines)} aliases of {source}")


def main(words: list[str]) -> int:
    """Read packages, or trees."""
    what, folder = words[0], Path(words[1])
    folder.mkdir(parents=True, exist_ok=True)
    if what == "tree":
        for repository in words[2:]:
            write(folder, *read_tree(repository))
        return 0
    archive = Archive(folder.resolve() / "apt")
    archive.run("apt-get", "update")
    for name, version in archive.newest().values():
        write(folder, *read_package(archive, name, version))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
