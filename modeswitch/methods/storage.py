"""SCSI commands in Bulk-Only Transport to the storage interface: the kinds ``huawei``, ``cbw``, ``scsi``, ``eject``.

Ref: USB MSC BOT 1.0 §5; what is sent is built here when a profile is read, and held complete.
"""

from __future__ import annotations

from ..errors import BadReply, LinkLost, Refused, TransferError, Unavailable, UsageError
from ..usb import bot
from ..values import TYPE_CHECKING
from .base import MAY_FAIL, Action
from .target import owner, storage_pipes

if TYPE_CHECKING:
    from ..fields import Fields
    from .resources import Resources
    from .target import Target


class Bot(Action):
    """A CBW (31 bytes), its data phase, and a CSW read back.

    ``data_in`` is how many bytes the device may send; ``data_out`` what it is sent.  ``may_fail`` marks a command that
    belongs to a sequence for many kinds of sticks: one that refuses it goes on, one that leaves has obeyed.
    ``pipe_out`` and ``pipe_in`` are endpoint addresses of the storage interface, 0 for its first.
    """

    cbw: bytes
    data_in: int = 0
    data_out: bytes = b""
    may_fail: bool = False
    pipe_out: int = 0
    pipe_in: int = 0

    means = "storage"

    def __str__(self) -> str:
        where = f" {self.pipe_out:02x}" if self.pipe_out else ""
        phase = f", then {self.data_in} bytes in" if self.data_in else ""
        phase += f", then {self.data_out.hex()} out" if self.data_out else ""
        csw = f", then CSW in{f' {self.pipe_in:02x}' if self.pipe_in else ''}"
        return f"bulk out{where} {self.cbw.hex()}{phase}{csw}{MAY_FAIL * self.may_fail}"

    def pipes(self, device: Target) -> bot.Pipes:
        """The storage interface, with the endpoints that the action names in place of its first."""
        found = storage_pipes(device)
        for endpoint in filter(None, (self.pipe_out, self.pipe_in)):
            if owner(device, endpoint) != found.interface:
                raise Refused(f"{device} has no endpoint {endpoint:02x} at its storage interface")
        return bot.Pipes(found.interface, self.pipe_out or found.pipe_out, self.pipe_in or found.pipe_in)

    def check(self, device: Target) -> None:
        self.pipes(device)

    def take(self, resources: Resources) -> bot.Pipes:
        """Claim the storage interface.

        Where the kernel's own driver cannot be taken away the way is not there, and another may be: what is mounted was
        refused before.  Where another program has it, that program may have something mounted: it is Busy.
        """
        pipes = self.pipes(resources.device)
        try:
            resources.link().claim(pipes.interface)
        except LinkLost:
            raise
        except TransferError as error:
            nodes = resources.bus.host.nodes(resources.device.usb).get(pipes.interface)
            if nodes is None or nodes.driver in (None, "usbfs"):
                raise
            words = f"{error.message} ({nodes.driver} has it)"
            raise Unavailable(words, hint=error.hint, means=self.means) from error
        return pipes

    def perform(self, resources: Resources, taken: bot.Pipes) -> None:
        bot.transact(resources.link(), taken, bot.Command(self.cbw, self.data_in, self.data_out))


def read_huawei(fields: Fields) -> tuple[Bot, ...]:
    """Huawei's vendor CDB 0x11 by its fields, in a CBW as it is published (bCBWCBLength 0).

    Ref: hw_pnp.h of the E3372h kernel source; usb_modeswitch's HuaweiNewMode and HuaweiAltMode.
    """
    from ..usb import scsi

    cdb = scsi.build_cdb(
        "HUAWEI REWIND",
        host=fields.word("os", scsi.HOSTS),
        timeout=fields.number("timeout", 0, 0xFF, default=0),
        new_pid=int(fields.flag("new")),
        cd=int(fields.flag("cd")),
        profile=fields.word("profile", scsi.GATEWAY_PROFILES, default="modem"),
        green=fields.word("green", scsi.GREEN_MODES, default="product"),
    )
    cb_length = fields.number("cb-length", 0, 16, default=0)
    return (Bot(scsi.build_cbw(cdb, cb_length=cb_length)),)


def read_cbw(fields: Fields) -> tuple[Bot, ...]:
    """31 bytes as they were published, legal BOT or not; its data phase is read or written as it declares."""
    from ..usb import scsi

    raw = fields.hex("hex", 31, 31)
    try:
        said = scsi.read_cbw(raw)
    except BadReply as error:
        raise UsageError(error.message) from error
    if said.length > 0xFFFF:
        raise UsageError(f"a data phase of {said.length} bytes is more than the 65535 that are read")
    data_out = fields.hex("data-out", 0, 0xFFFF, default=b"")
    if data_out and (said.flags & 0x80 or said.length != len(data_out)):
        raise UsageError(f"data-out has {len(data_out)} bytes, which is not what the CBW announces")
    pipe_out, pipe_in = fields.number("out", 0x01, 0x0F, default=0), fields.number("in", 0x81, 0x8F, default=0)
    data_in = said.length if said.flags & 0x80 else 0
    return (Bot(raw, data_in, data_out, fields.flag("may-fail"), pipe_out, pipe_in),)


def read_scsi(fields: Fields) -> tuple[Bot, ...]:
    """A CDB that is wrapped here, with its data phase."""
    from ..usb import scsi

    cdb = fields.hex("cdb", 1, 16)
    data_in, data_out = fields.number("data-in", 0, 0xFFFF, default=0), fields.hex("data-out", 0, 0xFFFF, default=b"")
    lun = fields.number("lun", 0, 15, default=0)
    cbw = scsi.build_cbw(cdb, lun=lun, data_in=data_in, data_out=len(data_out))
    return (Bot(cbw, data_in, data_out, fields.flag("may-fail")),)


def read_eject(fields: Fields) -> tuple[Bot, ...]:
    """ALLOW MEDIUM REMOVAL, then START STOP UNIT with LoEj, for one LUN or several: what a desktop's "eject" sends.

    Sticks stall the first, have no second LUN, or leave in the middle: each command may fail.

    Ref: SPC-4 §6.16, SBC-3 §5.25; the tags are those of usb_modeswitch 2.6.1, StandardEject.
    """
    from ..usb import scsi

    luns = fields.numbers("luns", 0, 15) if fields.has("luns") else [fields.number("lun", 0, 15, default=0)]
    allow = scsi.build_cdb("PREVENT ALLOW MEDIUM REMOVAL"), bytes.fromhex("87654321")
    eject = scsi.build_cdb("START STOP UNIT", action=2), bytes.fromhex("97654321")
    both = (allow, eject)
    return tuple(Bot(scsi.build_cbw(cdb, lun=lun, tag=tag), may_fail=True) for lun in luns for cdb, tag in both)
