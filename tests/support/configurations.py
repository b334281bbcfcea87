"""Made-up devices with several configurations, their family, and hosts that have drivers for them or not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from modeswitch.database.library import Library
from modeswitch.database.profile import Gives
from modeswitch.sim.bus import SimBus
from modeswitch.sim.composition import Function, Numbers, mbim, ncm, serial, storage
from modeswitch.sim.faults import Faults
from modeswitch.sim.model import Model
from modeswitch.sim.models import MODELS
from tests.support.rig import bus_of

MBIM_ALIAS = "alias usb:v*p*d*dc*dsc*dp*ic02isc0Eip00in* cdc_mbim\n"


def yes(_gives: Gives) -> bool | None:
    """A host that drives everything."""
    return True


def no(_gives: Gives) -> bool | None:
    """A host that drives nothing."""
    return False


def nobody_knows(_gives: Gives) -> bool | None:
    """A host that cannot tell what it drives."""
    return None


def modules(folder: Path, *, driver: bool) -> str:
    """The folder of a host's modules, with or without a driver for MBIM."""
    folder.mkdir(exist_ok=True)
    other = "alias usb:v*p*d*dc*dsc*dp*ic08isc06ip50in* usb_storage\n"
    (folder / "modules.alias").write_text(other + MBIM_ALIAS * driver, "utf-8")
    return str(folder)


PCUI, MODEM = (0xFF, 0x02, 0x12), (0xFF, 0x02, 0x01)


def pcui(numbers: Numbers) -> Function:
    """An AT port that is a PCUI."""
    return serial(numbers, PCUI, "pcui")


def modem(numbers: Numbers) -> Function:
    """An AT port that is a modem."""
    return serial(numbers, MODEM, "modem")


def with_configurations(
    *configurations: tuple[int, Callable[[], tuple[Function, ...]]],
    **faults: Any,
) -> SimBus:
    """A bus with a 12d1:7777 of these configurations: bConfigurationValue, and what makes its functions."""
    (value, functions), *others = [(value, make()) for value, make in configurations]
    look = replace(
        MODELS["config"].compositions["module"],
        vendor=0x12D1,
        product=0x7777,
        functions=functions,
        value=value,
        more=tuple(others),
        manufacturer="Test",
    )
    model = Model("made", "made up", "module", {"module": look}, lambda *_: None)
    return bus_of(model, Faults(**faults))


def disk() -> tuple[Function, ...]:
    """Storage alone."""
    return (storage(Numbers(), "cdrom"),)


def ports() -> tuple[Function, ...]:
    """Two AT ports: the mode ``stick``."""
    numbers = Numbers()
    return (pcui(numbers), modem(numbers))


def only_mbim() -> tuple[Function, ...]:
    """MBIM alone."""
    return mbim(Numbers())


def mbim_and_modem() -> tuple[Function, ...]:
    """MBIM, and an AT port beside it."""
    numbers = Numbers()
    return (*mbim(numbers), modem(numbers))


def ncm_and_port() -> tuple[Function, ...]:
    """NCM with the AT port that makes it the mode ``ncm``."""
    numbers = Numbers()
    return (*ncm(numbers), pcui(numbers))


def only_ncm() -> tuple[Function, ...]:
    """NCM without any AT port, which makes no mode."""
    return ncm(Numbers())


FAMILY = """
[family]
name = "made-up"
vendor = "Test"
goal = "switched"
%s
[[product]]
usb = "12d1:7777"
names = ["made up"]
%s
evidence = [{ report = "made up" }]
%s
"""
WAY = """
[[transition]]
from = ["mass-storage", "asleep"]
to = "switched"
steps = [%s]
within = 5
evidence = [{ report = "made up" }]
"""
ALONE = 'leave-alone = "a module"'


def library_of_one(folder: Path, *, told_by: str = "", step: str = "{ reset = {} }", alone: bool = False) -> Library:
    """A library with the family of 12d1:7777: how a switched one is told, the step that switches it, or ``alone``."""
    told = f'told-by = "{told_by}"' if told_by else ""
    text = FAMILY % (told, ALONE, "") if alone else FAMILY % (told, "", WAY % step)
    (folder / "made-up.toml").write_text(text, "utf-8")
    return Library(user=[folder])


def configured(bus: SimBus) -> int:
    """The active configuration of the first stick."""
    return bus.sim.sticks[0].configured
