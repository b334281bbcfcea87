"""What the simulated stick answers, always the same, to what ModemManager asks of a modem.

Ref: ITU-T V.250 and 3GPP TS 27.007 for the forms; ModemManager 1.20.4, mm-broadband-modem.c, mm-iface-modem.c and
mm-broadband-modem-huawei.c, for what is asked.  A command that is not here is answered by ERROR, which ModemManager
takes for "has it not".
"""

from __future__ import annotations

IMEI = "868723020012345"
REVISION = "21.200.07.01.26"
CAPABILITIES = "+GCAP: +CGSM,+DS,+ES"

ANSWERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"ATH|ATV1|ATX4|ATZ|AT&[CDF]\d?|AT\+CMEE=[012]|AT\+CFUN=1(,0)?|AT\+C[EG]?REG=[012]|AT\+COPS=(0|3,\d)", ()),
    (r"ATI", ("Manufacturer: huawei", "Model: E3372", f"Revision: {REVISION}", f"IMEI: {IMEI}", CAPABILITIES)),
    (r"AT\+C?GMI", ("huawei",)),
    (r"AT\+C?GMR", (REVISION,)),
    (r"AT\+GCAP", (CAPABILITIES,)),
    (r"AT\+CIMI", ("001010123456789",)),
    (r"AT\+CFUN\?", ("+CFUN: 1",)),
    (r"AT\+CSCS=\?", ('+CSCS: ("IRA","UCS2","GSM")',)),
    (r"AT\+CSCS\?", ('+CSCS: "IRA"',)),
    (r"AT\+CSCS=.+", ()),
    (r"AT\+CGDCONT=\?", ('+CGDCONT: (1-16),"IP",,,(0-2),(0-3)', '+CGDCONT: (1-16),"IPV6",,,(0-2),(0-3)')),
    (r"AT\+COPS=3,2;\+COPS\?", ('+COPS: 0,2,"00101",7',)),
    (r"AT\+COPS=3,0;\+COPS\?", ('+COPS: 0,0,"Sim Mobile",7',)),
    (r"AT\^NDISDUP=\?", ("^NDISDUP: (1-16),(0-1)",)),
)
"""What the command line must look like, in capitals → the lines before OK."""
