"""How this host dials a stick in ``stick`` mode, by the programs that it has: NetworkManager, ModemManager, pppd.

Ref: nmcli-examples(7), mmcli(1) ``--simple-connect``, pppd(8) ``file`` and chat(8); 3GPP TS 27.007 §10.2.1 (``*99#``).
"""

from __future__ import annotations

import os
import shlex

FOLDERS = ("/usr/sbin", "/usr/bin", "/sbin", "/bin")
PEERS = """\
/etc/ppp/peers/modem, and then: pppd call modem
    {tty} 460800
    noauth defaultroute usepeerdns noipdefault persist
    connect "/usr/sbin/chat -t 30 '' AT OK 'AT+CGDCONT=1,\\"IP\\",\\"{apn}\\"' OK 'ATD*99#' CONNECT\""""


def ways(tty: str, apn: str, folders: tuple[str, ...] = FOLDERS) -> list[str]:
    """What a person can type, the easiest first; ``tty`` is the modem's port, both are fit for a command line.

    A host that has none of the programs gets pppd's way, whose package is called ppp nearly everywhere.
    """
    found = []
    if _has("nmcli", folders) and _has("ModemManager", folders):
        name = shlex.quote(apn)
        found.append(f"nmcli connection add type gsm ifname '*' con-name modem apn {name} && nmcli connection up modem")
    elif _has("mmcli", folders):
        found.append(f"mmcli -m any --simple-connect={shlex.quote(f'apn={apn}')}")
    if _has("pppd", folders) or not found:
        found.append(PEERS.format(tty=tty, apn=apn))
    return found


def _has(program: str, folders: tuple[str, ...]) -> bool:
    return any(os.access(os.path.join(folder, program), os.X_OK) for folder in folders)
