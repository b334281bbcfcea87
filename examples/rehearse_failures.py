"""What a program must expect: each way a switch can end, rehearsed on simulated sticks in no time at all."""

import modeswitch

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
    bus = modeswitch.simulated(words)
    began = bus.now()
    try:
        result = modeswitch.switch("12d1:1f01", to="ncm", bus=bus)
        end = f"{result.result}, in {result.mode}"
    except modeswitch.ModeswitchError as error:
        end = f"{type(error).__name__} (exit status {error.status})"
    print(f"{what:26} {end}, after {bus.now() - began:.1f} s")
