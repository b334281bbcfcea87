"""Bring every stick on the bus to its family's usual mode and go on past those that fail.

``python examples/every_stick.py --real`` takes the sticks of this machine; without it three simulated ones.
"""

import sys

import modeswitch

SIMULATED = ("e3372h@1-1", "e3372h-153@1-2,busy", "e220@1-3")
bus = None if "--real" in sys.argv else modeswitch.simulated(*SIMULATED)

for device in modeswitch.devices(bus=bus):
    if device.profile is None:
        continue
    try:
        result = modeswitch.switch(device, bus=bus)
    except modeswitch.Busy as error:
        print(f"{device}: in use, left for later ({error.message})")
    except modeswitch.ModeswitchError as error:
        print(f"{device}: {type(error).__name__}: {error.message}")
    else:
        print(f"{device}: {result.result}, now in {result.mode}")
