"""What the events of the bus lead to: which start work, which wake it, and what is done when some are lost."""

from __future__ import annotations

import time

from modeswitch.usb.bus import Bus
from modeswitch.usb.descriptors import Port
from tests.support.netlink import interface, message
from tests.support.port_watch import ONE, TWO, MakeRig, eventually


def test_what_is_settled_starts_nothing(rig: MakeRig) -> None:
    one = rig({ONE: 2})
    eventually(lambda: one.worked == [ONE])
    one.settle()
    assert one.netlink
    for action in ("bind", "change", "add", "unbind"):
        one.say(action, ONE, 2)
        one.netlink.say(interface(action, "1-1"))
    one.netlink.say(interface("remove", "1-1"))
    one.netlink.lose()
    one.settle()
    assert one.worked == one.bus.threads == [ONE]  # not even a thread
    assert one.bus.uevents is not None
    assert not one.bus.uevents.lost


def test_a_device_that_is_not_settled_is_looked_at_again(rig: MakeRig) -> None:
    one = rig({ONE: 2}, go=False)
    one.end = lambda port, _bus: None if len(one.worked) < 3 else one.there[port]
    one.start()
    eventually(lambda: one.worked == [ONE])
    one.settle()
    one.say("unbind", ONE, 2)
    one.settle()
    assert one.worked == [ONE]
    one.say("bind", ONE, 2)
    eventually(lambda: one.worked == [ONE] * 2)
    one.settle()
    assert one.netlink
    one.netlink.say(interface("add", "1-1"))
    eventually(lambda: one.worked == [ONE] * 3)
    one.settle()
    one.say("bind", ONE, 2)
    one.settle()
    assert one.worked == [ONE] * 3


def test_an_event_wakes_the_work_at_its_port_and_no_other(rig: MakeRig) -> None:
    woken: list[Port] = []

    def wait(port: Port, bus: Bus) -> int:
        bus.wait(5)
        woken.append(port)
        return 2

    one = rig({ONE: 2, TWO: 2}, go=False)
    one.end = wait
    one.start()
    eventually(lambda: len(one.worked) == 2)
    one.say("remove", TWO, 2)
    eventually(lambda: woken == [TWO])
    one.settle_events()
    assert woken == [TWO]
    one.say("bind", ONE, 2)
    eventually(lambda: woken == [TWO, ONE])


def test_what_was_lost_is_found_by_looking(rig: MakeRig) -> None:
    one = rig({ONE: 2})
    eventually(lambda: one.worked == [ONE])
    one.settle()
    one.there[TWO] = 3
    one.there[ONE] = 4
    assert one.netlink
    one.netlink.lose()
    eventually(lambda: sorted(one.worked) == [ONE, ONE, TWO])
    del one.there[ONE]
    one.settle()
    one.netlink.lose()
    one.settle()
    one.plug(ONE, 4)  # that it left was lost, too
    eventually(lambda: one.worked.count(ONE) == 3)


def test_what_was_lost_while_a_port_was_worked_at(rig: MakeRig) -> None:
    one = rig({ONE: 2}, go=False)
    one.shut(ONE)
    began = [2, 3]
    one.end = lambda _port, _bus: began.pop(0)
    one.start()
    eventually(lambda: one.worked == [ONE])
    one.there[ONE] = 3
    assert one.netlink
    one.netlink.lose()
    one.settle_events()
    one.gates[ONE].set()
    eventually(lambda: one.worked == [ONE, ONE])


def test_a_loss_wakes_all_work(rig: MakeRig) -> None:
    one = rig({ONE: 2}, go=False)
    waited: list[float] = []

    def wait(_port: Port, bus: Bus) -> int:
        began = time.monotonic()
        bus.wait(5)
        waited.append(time.monotonic() - began)
        return 2

    one.end = wait
    one.start()
    eventually(lambda: one.worked == [ONE])
    assert one.netlink
    one.netlink.lose()
    eventually(lambda: bool(waited))
    assert waited[0] < 4


def test_what_others_say_is_not_believed(rig: MakeRig) -> None:
    one = rig({})
    one.there[ONE] = 2
    assert one.netlink
    one.netlink.device("add", "1-1", 2, sender=4711)
    one.netlink.device("add", "1-1", 2, group=2)
    one.settle()
    assert one.worked == []


def test_where_nothing_tells_of_changes_all_ports_are_looked_at_often(rig: MakeRig) -> None:
    one = rig({ONE: 2}, events=False)
    eventually(lambda: one.worked == [ONE])
    one.there[TWO] = 3
    eventually(lambda: one.worked == [ONE, TWO])
    one.there[ONE] = 5
    eventually(lambda: one.worked == [ONE, TWO, ONE])


def test_a_flood_hides_nothing(rig: MakeRig) -> None:
    """Ten thousand events of others, and of a device that is settled; a stick in their middle."""
    one = rig({ONE: 2})
    eventually(lambda: one.worked == [ONE])
    assert one.netlink
    others = message("change", "/devices/virtual/mem/null", "SUBSYSTEM=mem")
    for number in range(10_000):
        one.netlink.say(others if number % 10 else interface("change", "1-1"))
        if number == 5_000:
            one.plug(TWO, 3)
    eventually(lambda: one.worked == [ONE, TWO])
    one.settle()
    assert one.worked == [ONE, TWO]
    assert one.rounds < 12_000
