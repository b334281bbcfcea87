"""The stick's network: frames through Debian's cdc_ether, cdc_ncm and huawei_cdc_ncm, to real servers inside it."""

from __future__ import annotations

import re

import pytest

from modeswitch.sim.frames import read_ntb
from tests.kernel import traffic
from tests.kernel.lab import Lab

pytestmark = pytest.mark.kernel

TOOLS = r"""
modprobe tun
cat >at.py <<'end'
import os, re, select, sys, tty
port = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
tty.setraw(port)
os.write(port, sys.argv[2].encode() + b"\r")
said = b""
while not re.search(rb"\r\n(OK|ERROR)\r\n", said):
    if not select.select([port], [], [], 5)[0]:
        sys.exit(f"no answer: {said}")
    said += os.read(port, 4096)
sys.exit(b"OK" not in said)
end
cat >web.py <<'end'
import http.client, re, socket, sys
network, told = sys.argv[1:3]
def ask(*request):
    asked = http.client.HTTPConnection("192.168.8.1")
    asked.sock = socket.socket()
    asked.sock.settimeout(10)
    asked.sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, network.encode())
    asked.sock.connect(("192.168.8.1", 80))
    asked.request(*request)
    answer = asked.getresponse().read().decode()
    print(answer)
    return answer
session, token = re.findall("<(?:Ses|Tok)Info>(.*)<", ask("GET", "/api/webserver/SesTokInfo"))
headers = {"Cookie": session, "__RequestVerificationToken": token}
if told:
    ask("POST", f"/api/device/{told.lower()}", f"<request><{told}>1</{told}></request>", headers)
end

# web NETWORK [WHAT]: get a session and token of its web server, and tell it that
web() {
	python3 web.py $1 "$2"
}

# network PORT: what the kernel's driver made of the stick's network function
network() {
	local found=(/sys/bus/usb/devices/$1:1.*/net/*)
	echo ${found##*/}
}

# lease NETWORK: ask its DHCP server for an address, print it
lease() {
	busybox udhcpc -i $1 -f -n -q -t 3 -T 1 -S >$1.lease 2>&1 && ip -4 -o address show dev $1 | grep -o 'inet [0-9.]*'
}

# at TTY COMMAND: say that, and wait for OK
at() {
	python3 at.py /dev/$1 "$2"
}

# carrier NETWORK: 1 or 0
carrier() {
	echo $(</sys/class/net/$1/carrier)
}
"""
DIAL, HANG_UP = "'AT^NDISDUP=1,1,\"internet\"'", "AT^NDISDUP=1,0"
PING = "busybox ping -c 1 -W 2"
LARGE = 8000
"""Bytes of a ping that goes in six frames."""


def blocks(events: list[traffic.Event], endpoint: int, *, wide: bool) -> list[list[bytes]]:
    """The frames in each block that went over that endpoint."""
    kind = "C" if endpoint & 0x80 else "S"
    raw = [
        bytes.fromhex(event.data)
        for event in events
        if (event.event, event.transfer, event.endpoint) == (kind, "bulk", endpoint) and event.data
    ]
    return [read_ntb(one, wide=wide) for one in raw]


def promptly(said: str) -> bool:
    """Whether each answer to a ping came within 0.1 s of the guest's clock."""
    times = re.findall(r"time=([0-9.]+) ms", said)
    return bool(times) and all(float(time) < 100 for time in times)


def test_hilink_has_an_address_and_a_web_server(lab: Lab) -> None:
    ran = lab.run(
        f"{TOOLS}plug stick0 e3372h,sunny 0 --network && python3 -m modeswitch 12d1:1f01 --to hilink >&2 || exit\n"
        "udevadm settle --timeout=30; name=$(network 1-1); lease $name || exit\n"
        f"{PING} -s {LARGE} 192.168.8.1 >&2 && web $name"
    )
    assert ran.status == 0, ran.stderr
    assert ran.device.drivers["02/06/00"] == "cdc_ether"
    assert promptly(ran.stderr)
    address, answer = ran.stdout.split("\n", 1)
    assert re.fullmatch(r"inet 192\.168\.8\.10\d", address)
    assert "<TokInfo>token" in answer


@pytest.mark.parametrize(
    ("told", "becomes", "driver"), [("mode", "1566", "option"), ("Control", "1f01", "usb-storage")]
)
def test_what_the_web_server_is_told_reaches_the_stick(lab: Lab, told: str, becomes: str, driver: str) -> None:
    ran = lab.run(
        f"{TOOLS}plug stick0 e3372h,sunny,wakes=ecm 0 --network && name=$(network 1-1) && lease $name || exit\n"
        f"web $name {told} && within 10 'grep -q {becomes} /sys/bus/usb/devices/1-1/idProduct' || exit\n"
        "within 10 '[ -e /sys/bus/usb/devices/1-1:1.0/driver ]' && udevadm settle --timeout=30\n"
        f"[ {told} = Control ] || lease $(network 1-1)"
    )
    assert ran.status == 0, ran.stderr
    assert "<response>OK</response>" in ran.stdout
    assert ran.device.id == f"12d1:{becomes}"
    assert driver in ran.device.drivers.values()
    assert ran.stdout.count("inet 192.168.8.") == (1 if told == "Control" else 2)


def test_two_sticks_are_two_networks(lab: Lab) -> None:
    """Both are 192.168.8.1, and even their MAC is the same."""
    ran = lab.run(
        f"{TOOLS}for port in 0 1; do plug stick$port e3372h,sunny,wakes=ecm $port --network || exit; done\n"
        "for port in 1-1 1-2; do lease $(network $port) || exit; done\n"
        "for port in 1-1 1-1 1-2; do web $(network $port) || exit; done"
    )
    assert ran.status == 0, ran.stderr
    assert [int(number) for number in re.findall("<TokInfo>token([0-9]+)", ran.stdout)] == [1, 2, 1]


def test_cdc_ncm(lab: Lab) -> None:
    """NTB16; the carrier follows NETWORK_CONNECTION."""
    lab.record()
    ran = lab.run(
        f"{TOOLS}plug stick0 e3372h,sunny,wakes=gateway-ncm 0 --network && name=$(network 1-1) || exit\n"
        "ip link set $name up; carrier $name; lease $name\n"
        f"at ttyUSB2 {DIAL} && within 5 '[ $(carrier $name) = 1 ]' && carrier $name && lease $name || exit\n"
        f"{PING} 10.64.64.1 >&2 && {PING} -s {LARGE} 10.64.64.1 >&2 || exit\n"
        f"at ttyUSB2 {HANG_UP} && within 5 '[ $(carrier $name) = 0 ]' && carrier $name; {PING} 10.64.64.1 >&2\n"
        "ip neigh flush dev $name  # the kernel still waits for an answer that it asked for in vain\n"
        f"at ttyUSB2 {DIAL} && within 5 '[ $(carrier $name) = 1 ]' && {PING} 10.64.64.1 >&2"
    )
    events = lab.recorded()
    assert ran.status == 0, ran.stderr
    assert ran.stdout.split("\n") == ["0", "1", "inet 10.64.64.64", "0", ""]
    assert promptly(ran.stderr)
    assert ran.stderr.count("1 packets received") == 3
    assert ran.stderr.count("0 packets received") == 1
    assert ran.device.drivers["02/0d/00"] == "cdc_ncm"
    for endpoint in (0x04, 0x86):
        assert max(len(block) for block in blocks(events, endpoint, wide=False)) >= 6


def test_huawei_cdc_ncm(lab: Lab) -> None:
    """NTB32 with the pointers last; the driver's carrier is always on, the stick's line is not."""
    lab.record()
    ran = lab.run(
        f"{TOOLS}plug stick0 e3372h-153,sunny,wakes=linux 0 --network && name=$(network 1-1) || exit\n"
        "ip link set $name up; carrier $name; lease $name; cat /sys/class/net/$name/statistics/rx_packets\n"
        f"at ttyUSB0 {DIAL} && within 5 'grep -q started stick0.log' && lease $name || exit\n"
        f"{PING} 10.64.64.1 >&2 && {PING} -s {LARGE} 10.64.64.1 >&2 || exit\n"
        f"at ttyUSB0 {HANG_UP}; {PING} 10.64.64.1 >&2; carrier $name\n"
        f"at ttyUSB0 {DIAL} && within 5 '{PING} 10.64.64.1 >&2'"
    )
    events = lab.recorded()
    assert ran.status == 0, ran.stderr
    assert ran.stdout.split("\n") == ["1", "0", "inet 10.64.64.64", "1", ""]
    assert promptly(ran.stderr)
    assert "0 packets received" in ran.stderr
    assert ran.device.drivers["ff/02/16"] == "huawei_cdc_ncm"
    sent = blocks(events, 0x03, wide=True)
    assert any(b"\x01\x01\x06\x00" in frame for block in sent[:4] for frame in block)  # DHCP, in vain
    assert max(map(len, sent)) >= 6
    assert max(map(len, blocks(events, 0x85, wide=True))) >= 6


def test_nothing_is_left_of_a_stick_that_is_killed(lab: Lab) -> None:
    ran = lab.run(
        f"{TOOLS}plug stick0 e3372h,sunny,wakes=ecm 0 --network && lease $(network 1-1) || exit\n"
        "pgrep -x dnsmasq >&2 || exit\n"
        "kill -KILL $(<stick0.pid); within 10 '! pgrep -x dnsmasq >/dev/null && [ ! -e /sys/bus/usb/devices/1-1 ]' &&\n"
        "ip -o link | wc -l; ls /run/netns 2>/dev/null\n"
        "plug stick0 e3372h,sunny,wakes=ecm 0 --network && lease $(network 1-1)"
    )
    assert ran.status == 0, ran.stderr
    assert [line.partition(".")[0] for line in ran.stdout.splitlines()] == ["inet 192", "1", "inet 192"]  # 1: lo


def test_two_sticks_and_a_strict_reverse_path_filter(lab: Lab) -> None:
    """What comes from the second is dropped, since the way back is through the first; the hint is the cure."""
    ran = lab.run(
        f"{TOOLS}for port in 0 1; do plug stick$port e3372h,sunny,wakes=ecm $port --network || exit; done\n"
        "for port in 1-1 1-2; do lease $(network $port) || exit; done; second=$(network 1-2)\n"
        "for name in all $(network 1-1) $second; do echo 1 >/proc/sys/net/ipv4/conf/$name/rp_filter; done\n"
        "python3 -m modeswitch 1-2 --to debug --timeout 12; echo status $?\n"
        "echo 2 >/proc/sys/net/ipv4/conf/$second/rp_filter\n"
        "python3 -m modeswitch 1-2 --to debug; echo status $? $second"
    )
    assert ran.status == 0, ran.stderr
    *_, second = ran.stdout.split()
    assert f"sysctl -w net.ipv4.conf.{second}.rp_filter=2" in ran.stderr
    assert [line for line in ran.stdout.split("\n") if line.startswith("status")] == ["status 1", f"status 0 {second}"]
