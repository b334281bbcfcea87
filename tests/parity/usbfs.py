"""usbfs in user space: the ioctls of one device file, answered over umockdev's socket instead of by a kernel.

umockdev's preload library sends each ioctl on an emulated device file to a stream socket and obeys what comes back:
read my memory, write my memory, done.  What it obeys is answered here from a :class:`~tests.parity.stick.Stick`.

Ref: linux/usbdevice_fs.h, drivers/usb/core/devio.c; umockdev 0.17, src/libumockdev-preload.c remote_emulate().
"""

from __future__ import annotations

import errno
import os
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from modeswitch.sim.storage import Nak, Stall

from . import usbdevice_fs as fs
from .stick import Babble, Gone, Stick

REQUEST = struct.Struct("=QQQ")
"""Every message of umockdev's: three unsigned longs."""
IOCTL, RESULT, DONE, RUN, READ_MEM, WRITE_MEM, READ, WRITE = 1, 2, 3, 4, 5, 6, 7, 8
"""The first word: requests of the client are IOCTL, READ and WRITE, all else is ours but RESULT, which answers RUN."""
MOMENT = 0.01
"""How long a look for a finished URB may wait for one, in seconds: the file is always ready, so libusb asks on."""


class Failed(Exception):
    """The ioctl ends with this errno."""

    def __init__(self, number: int) -> None:
        super().__init__(os.strerror(number))
        self.number = number


class Urb(NamedTuple):
    """One that was submitted: where it is in the client, and what is to be done."""

    address: int
    kind: int
    endpoint: int
    buffer: int
    raw: bytes


class Finished(NamedTuple):
    """One that is done: status (a negative errno), how many bytes were moved, what came in."""

    urb: Urb
    status: int
    actual: int
    data: bytes


class Server:
    """The socket behind one device file; a thread for each process that opens it."""

    def __init__(self, path: str, stick: Stick) -> None:
        self.stick = stick
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        self._socket.bind(path)
        self._socket.listen(4)
        self._clients: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            self._clients.append(client)
            threading.Thread(target=File(client, self.stick).serve, daemon=True).start()

    def close(self) -> None:
        """Take no more; who is still at it is cut off."""
        for one in (self._socket, *self._clients):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


class File:
    """The device file as one open() of it has it: its claims, its URBs."""

    def __init__(self, client: socket.socket, stick: Stick) -> None:
        self._client, self._stick = client, stick
        self._enumeration = stick.enumeration
        self._pending: list[Urb] = []
        self._finished: list[Finished] = []
        self._claimed: set[int] = set()

    def serve(self) -> None:
        """Answer until the file is closed."""
        with suppress(OSError):
            while len(request := self._take(REQUEST.size)) == REQUEST.size:
                self._answer(*REQUEST.unpack(request))
        with self._stick.changed:
            for number in self._claimed if self._stick.enumeration == self._enumeration else ():
                self._stick.release(number)

    def _answer(self, kind: int, request: int, argument: int) -> None:
        if kind != IOCTL:
            self._send(RUN, 0, 0)
            _, result, number = REQUEST.unpack(self._take(REQUEST.size))
            self._send(DONE, result, number)
            return
        handler = _HANDLERS.get(request & 0xFFFFFFFF)
        try:
            if handler is None:
                raise Failed(errno.ENOTTY)
            result = handler(self, argument)
        except Failed as failed:
            self._send(DONE, 0xFFFFFFFFFFFFFFFF, failed.number)
        else:
            self._send(DONE, result, 0)

    # The client's memory.

    def _take(self, size: int) -> bytes:
        parts = b""
        while len(parts) < size and (part := self._client.recv(size - len(parts))):
            parts += part
        return parts

    def _send(self, kind: int, first: int, second: int, data: bytes = b"") -> None:
        self._client.sendall(REQUEST.pack(kind, first, second) + data)

    def _read(self, address: int, size: int) -> bytes:
        if not size:
            return b""
        self._send(READ_MEM, address, size)
        return self._take(size)

    def _write(self, address: int, data: bytes) -> None:
        if data:
            self._send(WRITE_MEM, address, len(data), data)

    def _uint(self, address: int) -> int:
        return int(fs.UINT.unpack(self._read(address, fs.UINT.size))[0])

    # Drivers, claims, settings.

    def _here(self) -> Stick:
        """The stick, while it is the one that was opened."""
        if not self._stick.present or self._stick.enumeration != self._enumeration:
            raise Failed(errno.ENODEV)
        return self._stick

    def get_capabilities(self, address: int) -> int:
        self._write(address, fs.UINT.pack(fs.CAPABILITIES))
        return 0

    def get_speed(self, _address: int) -> int:
        return 3  # USB_SPEED_HIGH

    def get_driver(self, address: int) -> int:
        number, _ = fs.GETDRIVER.unpack(self._read(address, fs.GETDRIVER.size))
        with self._stick.changed:
            driver = "usbfs" if number in self._claimed else self._here().drivers.get(number)
            if driver is None:
                raise Failed(errno.ENODATA)
        self._write(address, fs.GETDRIVER.pack(number, driver.encode()))
        return 0

    def claim(self, address: int) -> int:
        self._claim(self._uint(address))
        return 0

    def _claim(self, number: int) -> None:
        with self._stick.changed:
            if not self._here().claim(number) and number not in self._claimed:
                raise Failed(errno.EBUSY)
            self._claimed.add(number)

    def release(self, address: int) -> int:
        number = self._uint(address)
        with self._stick.changed:
            self._here()
            if number not in self._claimed:
                raise Failed(errno.EINVAL)
            self._claimed.discard(number)
            self._stick.release(number)
        return 0

    def interface_ioctl(self, address: int) -> int:
        """USBDEVFS_IOCTL: only the kernel's own two, detach and attach a driver."""
        number, code, _ = fs.IOCTL.unpack(self._read(address, fs.IOCTL.size))
        with self._stick.changed:
            stick = self._here()
            if code & 0xFFFFFFFF == fs.USBDEVFS_DISCONNECT:
                if not stick.detach(number):
                    raise Failed(errno.ENODATA)
            elif code & 0xFFFFFFFF == fs.USBDEVFS_CONNECT:
                if number in self._claimed:
                    raise Failed(errno.EBUSY)
                stick.attach(number)
            else:
                raise Failed(errno.ENOTTY)
        return 0

    def disconnect_claim(self, address: int) -> int:
        number, _, _ = fs.DISCONNECT_CLAIM.unpack(self._read(address, fs.DISCONNECT_CLAIM.size))
        with self._stick.changed:
            self._here().detach(number)
        self._claim(number)
        return 0

    def set_configuration(self, address: int) -> int:
        value = self._uint(address)
        with self._stick.changed:
            stick = self._here()
            if stick.held():
                raise Failed(errno.EBUSY)
            if not stick.set_configuration(0 if value == 0xFFFFFFFF else value):
                raise Failed(errno.EINVAL)
        return 0

    def set_interface(self, address: int) -> int:
        number, alternate = fs.SETINTERFACE.unpack(self._read(address, fs.SETINTERFACE.size))
        with self._stick.changed:
            stick = self._here()
            if number not in self._claimed:
                raise Failed(errno.EINVAL)
            stick.set_interface(number, alternate)
        return 0

    def clear_halt(self, address: int) -> int:
        endpoint = self._uint(address)
        with self._stick.changed:
            self._here().clear_halt(endpoint)
        return 0

    def reset(self, _address: int) -> int:
        with self._stick.changed:
            self._here().reset()
        return 0

    # Transfers.

    def submit(self, address: int) -> int:
        kind, endpoint, _, _, buffer, length, *_ = fs.URB.unpack(self._read(address, fs.URB.size))
        outward = kind == fs.URB_TYPE_CONTROL or not endpoint & 0x80
        raw = self._read(buffer, length) if outward else bytes(length)
        with self._stick.changed:
            self._here()
            self._pending.append(Urb(address, kind, endpoint, buffer, raw))
            self._stick.submitted(*self._asked(self._pending[-1]))
            self._work()
        return 0

    @staticmethod
    def _asked(urb: Urb) -> tuple[str, int, bytes]:
        """What the stick's record calls it: kind, endpoint, and the bytes (a setup packet first)."""
        kinds = {fs.URB_TYPE_CONTROL: "control", fs.URB_TYPE_BULK: "bulk", fs.URB_TYPE_INTERRUPT: "interrupt"}
        return kinds.get(urb.kind, "isochronous"), urb.endpoint, urb.raw

    def _work(self) -> None:
        """Put every pending URB to the stick; what it has no answer for yet stays pending."""
        left = []
        for urb in self._pending:
            done = self._attempt(urb)
            if done is None:
                left.append(urb)
            else:
                self._finished.append(done)
        self._pending = left

    def _attempt(self, urb: Urb) -> Finished | None:
        try:
            self._here()
            if urb.kind == fs.URB_TYPE_CONTROL:
                data = self._stick.control(fs.SETUP.unpack(urb.raw[:8]))
                return Finished(urb, 0, len(data) if urb.raw[0] & 0x80 else len(urb.raw) - 8, data)
            if urb.endpoint & 0x80:
                data = self._stick.into(urb.endpoint, len(urb.raw))
                return Finished(urb, 0, len(data), data)
            self._stick.out(urb.endpoint, urb.raw)
            return Finished(urb, 0, len(urb.raw), b"")
        except Nak:
            return None
        except Stall:
            return Finished(urb, -errno.EPIPE, 0, b"")
        except Babble:
            return Finished(urb, -errno.EOVERFLOW, 0, b"")
        except (Gone, Failed):
            return Finished(urb, -errno.ESHUTDOWN, 0, b"")

    def discard(self, address: int) -> int:
        with self._stick.changed:
            found = next((urb for urb in self._pending if urb.address == address), None)
            if found is None:
                raise Failed(errno.EINVAL)
            self._pending.remove(found)
            self._finished.append(Finished(found, -errno.ENOENT, 0, b""))
        return 0

    def reap(self, address: int) -> int:
        with self._stick.changed:
            self._work()
            if not self._finished and self._pending:
                self._stick.changed.wait(MOMENT)
                self._work()
            if not self._finished:
                raise Failed(errno.EAGAIN if self._pending or self._stick.present else errno.ENODEV)
            urb, status, actual, data = self._finished.pop(0)
        offset = 8 if urb.kind == fs.URB_TYPE_CONTROL else 0
        self._write(urb.buffer + offset, data)
        self._write(urb.address + fs.URB_STATUS, struct.pack("=i", status))
        self._write(urb.address + fs.URB_ACTUAL, struct.pack("=i", actual))
        self._write(address, fs.POINTER.pack(urb.address))
        return 0


_HANDLERS: dict[int, Callable[[File, int], int]] = {
    fs.USBDEVFS_SETINTERFACE: File.set_interface,
    fs.USBDEVFS_SETCONFIGURATION: File.set_configuration,
    fs.USBDEVFS_GETDRIVER: File.get_driver,
    fs.USBDEVFS_SUBMITURB: File.submit,
    fs.USBDEVFS_DISCARDURB: File.discard,
    fs.USBDEVFS_REAPURB: File.reap,
    fs.USBDEVFS_REAPURBNDELAY: File.reap,
    fs.USBDEVFS_CLAIMINTERFACE: File.claim,
    fs.USBDEVFS_RELEASEINTERFACE: File.release,
    fs.USBDEVFS_IOCTL: File.interface_ioctl,
    fs.USBDEVFS_RESET: File.reset,
    fs.USBDEVFS_CLEAR_HALT: File.clear_halt,
    fs.USBDEVFS_GET_CAPABILITIES: File.get_capabilities,
    fs.USBDEVFS_DISCONNECT_CLAIM: File.disconnect_claim,
    fs.USBDEVFS_GET_SPEED: File.get_speed,
}
"""ioctl → what it does.  libusb does its transfers by URBs alone, so USBDEVFS_CONTROL and _BULK are not here."""
