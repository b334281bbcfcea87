"""What a program must expect: each way a switch can end, rehearsed on simulated sticks in no time at all."""

import modeswitch
from modeswitch.sim.bus import SimBus
from modeswitch.sim.clock import VirtualClock
from modeswitch.sim.spec import parse

REHEARSALS = {
    "all is well": "e3372h",
    "the CSW never comes": "e3372h,csw=missing",
    "it says no": "e3372h,csw=refused",
    "it never comes back": "e3372h,back=never",
    "it comes back as it was": "e3372h,back=same",
    "it comes back as a router": "e3372h,back=ecm",
    "its card is mounted": "e3372h,mounted",
    "nobody may open it": "e3372h,denied",
}

for what, words in REHEARSALS.items():
    clock = VirtualClock()
    bus = SimBus([parse(words, clock)], clock)
    began = bus.now()
    try:
        outcome = modeswitch.switch("12d1:1f01", to="ncm", bus=bus)
        end = f"{outcome.result}, in {outcome.mode}"
    except modeswitch.ModeswitchError as error:
        end = f"{type(error).__name__} (exit status {error.status})"
    print(f"{what:26} {end}, after {bus.now() - began:.1f} s")
