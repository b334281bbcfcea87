"""How this host dials a stick in ``stick`` mode, by the programs that it has: NetworkManager, ModemManager, pppd.

Ref: nmcli-examples(7), mmcli(1) ``--simple-connect``, pppd(8) ``file`` and chat(8); 3GPP TS 27.007 §10.2.1 (``*99#``).
"""

from __future__ import annotations

import shlex

from .programs import find

PEERS = """\
/etc/ppp/peers/modem, and then: pppd call modem
    {tty} 460800
    noauth defaultroute usepeerdns noipdefault persist
    connect "/usr/sbin/chat -t 30 '' AT OK 'AT+CGDCONT=1,\\"IP\\",\\"{apn}\\"' OK 'ATD*99#' CONNECT\""""


def ways(tty: str, apn: str, folders: tuple[str, ...] = ()) -> list[str]:
    """What a person can type, the easiest first; ``tty`` is the modem's port, both are fit for a command line.

    A host that has none of the programs gets pppd's way, whose package is called ppp nearly everywhere.
    """
    found, path = [], ":".join(folders)
    if find("nmcli", path) and find("ModemManager", path):
        name = shlex.quote(apn)
        found.append(f"nmcli connection add type gsm ifname '*' con-name modem apn {name} && nmcli connection up modem")
    elif find("mmcli", path):
        found.append(f"mmcli -m any --simple-connect={shlex.quote(f'apn={apn}')}")
    if find("pppd", path) or not found:
        found.append(PEERS.format(tty=tty, apn=apn))
    return found
