"""Debian's package, made by ``make deb``: installed by dpkg in a guest, where its service switches; removed, purged."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kernel import bundle, image
from tests.kernel.lab import Lab
from tests.kernel.machine import Machine

pytestmark = pytest.mark.kernel

CHECKOUT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {**os.environ, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEB_BUILD_OPTIONS": "nocheck"}
BUILDERS = {"dpkg-buildpackage": "dpkg-dev", "dh": "debhelper", "dh_python3": "dh-python", "lintian": "lintian"}
NEEDED = ("python3-usb", "python3-construct", "python3-serial")
"""What the package depends on and the image lacks: installed from Debian's own packages."""
UNPACKED = ("perl-base",)
"""What the maintainer scripts call and the image lacks; unpacked, since nobody asks dpkg for it."""
IN_IMAGE = ("libusb-1.0-0", "udev", "python3")
"""What the image has, though its dpkg does not know of it."""
JOURNAL = "journalctl --no-pager -o cat -u modeswitch"
INSTALL = "dpkg -i /share/debs/python3-*.deb >&2 && dpkg -i /share/debs/modeswitch_*.deb >&2 || exit\n"


def host(*words: str, cwd: Path | None = None) -> str:
    done = subprocess.run(words, cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{words}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout


def fill(share: Path) -> None:
    """Put the package, what it depends on and what its dpkg shall know into the share."""
    debs, tree = share / "debs", share / "dpkg"
    debs.mkdir()
    host("make", "-C", str(CHECKOUT), "deb")
    for path in (CHECKOUT / "build/deb").glob("*.deb"):
        shutil.copy(path, debs)
    host("apt-get", "download", "-q", *NEEDED, *UNPACKED, cwd=debs)
    for name in UNPACKED:
        (deb,) = debs.glob(f"{name}_*.deb")
        host("dpkg-deb", "-x", str(deb), str(tree))
        deb.unlink()
    known = host("apt-cache", "show", "--no-all-versions", *IN_IMAGE)
    of_archive = ("Filename:", "Size:", "MD5sum:", "SHA256:")
    lines = [line for line in known.splitlines() if not line.startswith(of_archive)]
    status = "\n".join(lines).replace("\nVersion:", "\nStatus: install ok installed\nVersion:") + "\n"
    for folder in ("info", "updates", "triggers"):
        (tree / "var/lib/dpkg" / folder).mkdir(parents=True, exist_ok=True)
    (tree / "var/lib/dpkg/status").write_text(status, "utf-8")
    host("tar", "-c", "--owner=0", "--group=0", "-f", str(share / "dpkg.tar"), "-C", str(tree), ".")
    shutil.rmtree(tree)


@pytest.fixture(scope="module")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A guest of its own with systemd and dpkg; our code in /tmp plays the stick, and no service sees it there."""
    image.require(BUILDERS)
    share = tmp_path_factory.mktemp("share")
    fill(share)
    with Machine(image.ensure(), share, icount=True, systemd=True) as machine:
        bundle.pack(machine.share)
        yield machine


@pytest.fixture
def lab(packaged: Machine) -> Iterator[Lab]:
    made = Lab(packaged)
    made.begin()
    made.sh("[ -e /var/lib/dpkg/status ] || tar -xf /share/dpkg.tar -C / --keep-directory-symlink")
    yield made
    made.end()


def test_from_the_package_to_the_mode_and_back_to_nothing(lab: Lab) -> None:
    """One stick is there before, one comes later; usb_modeswitch's rules are in force, too. Nothing is left of it."""
    before = lab.sh("rm -f /etc/udev/rules.d/40-usb_modeswitch.rules; find /etc /usr /var/lib | grep -v /dpkg/ | sort")
    ran = lab.run(
        f"plug stick0 e3372h 0 || exit\n{INSTALL}"
        "within 90 'grep -q 14dc /sys/bus/usb/devices/1-1/idProduct 2>/dev/null' || exit\n"
        "background stick1 python3 -m modeswitch.sim e3372h --vhci-port 1\n"
        "within 90 'grep -q 14dc /sys/bus/usb/devices/1-2/idProduct 2>/dev/null'; status=$?\n"
        f"udevadm settle --timeout=30; {JOURNAL}; systemctl is-enabled modeswitch; exit $status",
        timeout=500,
    )
    assert ran.status == 0, ran.stdout + ran.stderr
    assert {port: seen.id for port, seen in ran.view.items()} == {"1-1": "12d1:14dc", "1-2": "12d1:14dc"}
    assert "is in hilink, switched from mass-storage" in ran.stdout
    assert "static" in ran.stdout.splitlines()
    told = lab.run(
        "unset PYTHONPATH; cd /; /usr/bin/modeswitch --version; /usr/bin/modeswitch list\n"
        "echo '# mine' >>/etc/modeswitch.toml; mkdir -p /var/lib/modeswitch; echo kept >/var/lib/modeswitch/x.toml\n"
        "systemctl start modeswitch >&2 || exit\n"
        "dpkg -r modeswitch >&2 || exit\n"
        "systemctl is-active modeswitch; echo; cat /etc/modeswitch.toml; echo ----\n"
        "dpkg -P modeswitch >&2; ls /etc/modeswitch.toml; cat /var/lib/modeswitch/x.toml; rm -r /var/lib/modeswitch\n"
        "dpkg -P python3-usb python3-construct python3-serial >&2\n"
        "find /etc /usr /var/lib | grep -v /dpkg/ | sort >after; cat after",
        timeout=500,
    )
    assert told.status == 0, told.stdout + told.stderr
    removed, purged = told.stdout.split("----\n")
    assert "12d1:14dc" in removed
    assert {"inactive", "# mine"} <= set(removed.splitlines())
    assert purged.startswith("kept\n")
    left = set(purged.splitlines()[1:]) - set(before.splitlines())
    assert not [path for path in left if "modeswitch" in path]
    assert "No such file" in told.stderr
