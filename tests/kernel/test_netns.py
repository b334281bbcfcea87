"""Router sticks that are all 192.168.8.1, each in a network namespace of its own: contrib/netns, as its words say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kernel.lab import Lab
from tests.kernel.test_network import TOOLS
from tests.kernel.test_service import INSTALL, policy

pytestmark = pytest.mark.kernel

CONTRIB = Path(__file__).parents[2] / "contrib/netns"
STICKS = (0, 1, 2)
ROUTERS = policy('[default]\nto = "hilink"')
RULES = "/etc/udev/rules.d/79-modem-netns.rules"


def recipe() -> str:
    """Script for the guest: the program and the rule are where their words want them."""
    program, rules = ((CONTRIB / name).read_text("utf-8") for name in ("modem-netns", "79-modem-netns.rules"))
    return (
        f"mkdir -p /run/lock /usr/local/sbin; cat >/usr/local/sbin/modem-netns <<'the end'\n{program}the end\n"
        f"cat >{RULES} <<'the end'\n{rules}the end\n"
        "chmod 755 /usr/local/sbin/modem-netns; udevadm control --reload; PATH=$PATH:/usr/local/sbin\n"
    )


def test_three_sticks_of_one_address_beside_each_other(service: Lab) -> None:
    """Switched by the service, taken in by udev's rule; so again after one was pulled out, and one restarted."""
    ran = service.run(
        f"[ -e /etc/resolv.conf ] || touch /etc/resolv.conf\n{TOOLS}{recipe()}{ROUTERS}{INSTALL}"
        f"for n in {' '.join(map(str, STICKS))}; do\n"
        "	background stick$n python3 -m modeswitch.sim e3372h,sunny --vhci-port $n --network\n"
        "done\n"
        "have() { [ $(modem-netns list | wc -l) = $1 ]; }\n"
        "within 120 'have 3' && modem-netns list || exit\n"
        "pages() { modem-netns list | while read -r port name address; do\n"
        "	echo page $port; ip netns exec modem-$port env PYTHONPATH=$PYTHONPATH python3 web.py $name '' </dev/null\n"
        "	ip netns exec modem-$port cat /etc/resolv.conf; ip -n modem-$port route show default\n"
        "done; }\n"
        "pages; echo here $(ip -o link | grep -vc ': lo:')\n"
        "terminate stick1 && within 30 'have 2' || exit\n"
        "background stick1 python3 -m modeswitch.sim e3372h,sunny --vhci-port 1 --network\n"
        "within 120 'have 3' || exit\n"
        "ip netns exec modem-1-3 env PYTHONPATH=$PYTHONPATH python3 -m modeswitch restart 1-3 >&2 || exit\n"
        "within 120 'have 3' || exit; echo again; pages\n"
        "for n in 1 2 3; do modem-netns down 1-$n; done; ls /run/netns /etc/netns\n"
        "within 30 '[ $(ip -o link | grep -c lte1-) = 3 ]'; echo here $(ip -o link | grep -vc ': lo:')\n"
        f"rm {RULES}; udevadm control --reload",
        timeout=600,
    )
    assert ran.status == 0, ran.stdout + ran.stderr
    first, again = ran.stdout.split("again\n")
    for said in (first, again):
        assert [said.count(f"page 1-{port + 1}") for port in STICKS] == [1, 1, 1]
        assert said.count("<TokInfo>token") == len(STICKS)
        assert said.count("nameserver 192.168.8.1") == len(STICKS)
        assert said.count("default via 192.168.8.1 dev ") == len(STICKS)
    assert "here 0\n" in first
    assert f"here {len(STICKS)}\n" in again
    assert "modem-1" not in again.rpartition("default via")[2]
