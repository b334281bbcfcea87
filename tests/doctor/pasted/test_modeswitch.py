"""What modeswitch itself writes can be pasted: its list, its diagnosis."""

from __future__ import annotations

from modeswitch.doctor.pasted.read import read
from tests.support.pasted import devices

LIST = """\
1-1.4      12d1:1506  ncm           E3372
           interface 0  ff/02/12  pcui     option
           interface 1  ff/02/16  ncm      (no driver)
"""
DIAGNOSIS = """\
12d1:1506 at 1-1: ncm  (E3372)
  interface 0  ff/03/12  pcui     ?
  interface 1  ff/03/16  ncm      (none)  should be huawei_cdc_ncm
"""


def test_a_list() -> None:
    assert devices(LIST) == ["12d1:1506@1-1.4 0=ff/02/12:option 1=ff/02/16:none"]


def test_an_unknown_driver_is_not_one_of_that_name() -> None:
    (device,) = read(DIAGNOSIS.encode()).devices
    assert [interface.driver for interface in device.interfaces] == [None, ""]


def test_a_diagnosis() -> None:
    assert devices(DIAGNOSIS) == ["12d1:1506@1-1 0=ff/03/12:? 1=ff/03/16:none"]
    assert devices(DIAGNOSIS.replace("at 1-1", "at bus 1 device 4")) == [
        "12d1:1506@(1, 4) 0=ff/03/12:? 1=ff/03/16:none"
    ]
