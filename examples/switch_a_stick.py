"""Switch one stick with the library: ``python examples/switch_a_stick.py [DEVICE [MODE]]``.

Without a device it uses a simulated one, so that it runs anywhere.
"""

import sys

import modeswitch
from modeswitch.sim.bus import SimBus
from modeswitch.sim.spec import parse

device, mode = (*sys.argv[1:], "12d1:1f01", "ncm")[:2] if len(sys.argv) < 3 else sys.argv[1:3]
bus = None if len(sys.argv) > 1 else SimBus([parse("e3372h")])

try:
    outcome = modeswitch.switch(device, to=mode, bus=bus)
except modeswitch.ModeswitchError as error:
    sys.exit(f"{type(error).__name__}: {error}")
print(f"{outcome.device.usb.port}: {outcome.result}, now {outcome.device.usb.id} in {outcome.mode}")
for interface, role in outcome.device.roles:
    print(f"  interface {interface.number}  {interface.triple}  {role}")
