"""pyusb's libusb 1.0 backend as a new process has it, over a library that returns what it is told to."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType

import pytest
import usb.backend.libusb1


class Library:
    """libusb's place: every function returns 0, or what its name is given here."""

    def __init__(self, **results: int) -> None:
        self.results = results
        self.name = ""
        """What it was loaded as."""

    def __getattr__(self, name: str) -> Callable[..., int]:
        def function(*_: object) -> int:
            return self.results.get(name, 0)

        setattr(self, name, function)  # the same each time: pyusb hangs its prototypes on it
        return function


def pyusb_anew(monkeypatch: pytest.MonkeyPatch, library: Library | None) -> ModuleType:
    """Pyusb's module, without a context; ``library`` None is a system without libusb."""
    spec = spec_from_file_location("usb.backend.libusb1", usb.backend.libusb1.__file__)
    assert spec is not None
    assert spec.loader is not None
    fresh = module_from_spec(spec)
    spec.loader.exec_module(fresh)

    def load(name: str) -> Library:
        if library is None:
            raise OSError(f"{name}: cannot open shared object file")
        library.name = name
        return library

    monkeypatch.setattr(usb.backend, "libusb1", fresh)
    monkeypatch.setattr(ctypes, "CDLL", load)
    return fresh
