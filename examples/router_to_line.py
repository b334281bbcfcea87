"""A router becomes a network card and dials: hilink -> mass-storage -> ncm, then the line.

Runs on a simulated stick.  On a real one leave ``bus`` out; your system's DHCP client does the rest.
"""

import modeswitch

bus = modeswitch.simulated("e3372h,wakes=ecm,away=0.1,linger=0.05")

result = modeswitch.switch("12d1:14dc", to="ncm", bus=bus)
print("the way was", " and ".join(map(str, result.taken)))

line = modeswitch.connect(result.device, "internet", bus=bus)
print("run a DHCP client on", line.networks[0], "for", line.addresses.address if line.addresses else "its address")
print("hung up:", modeswitch.disconnect(result.device, bus=bus))
