"""Switch one stick with the library: ``python examples/switch_a_stick.py [DEVICE [MODE]]``.

Without a device it uses a simulated one, so that it runs anywhere.
"""

import sys

import modeswitch

device, mode = (*sys.argv[1:], "12d1:1f01", "ncm")[:2] if len(sys.argv) < 3 else sys.argv[1:3]
bus = None if len(sys.argv) > 1 else modeswitch.simulated("e3372h")

try:
    result = modeswitch.switch(device, to=mode, bus=bus)
except modeswitch.ModeswitchError as error:
    sys.exit(f"{type(error).__name__}: {error}")
print(f"{result.port}: {result.result}, now {result.id} in {result.mode}")
for interface in result.device.interfaces:
    print(f"  interface {interface.number}  {interface.triple}  {interface.role}  {interface.driver or 'no driver'}")
