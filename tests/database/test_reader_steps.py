"""Steps in a profile: a broken one is refused with its place, a good one is printed as it is written."""

from __future__ import annotations

import json

import pytest

from modeswitch.database.compiled import loaded, written
from modeswitch.database.reader import read
from modeswitch.errors import ProfileError
from tests.support.profiles import GOOD, steps_of
from tests.support.rig import NEW_MODE

WAY = "[[transition]] 1"
STEPS = (
    ("{ huawei = %s }", '{ os = "linux", profile = "lte" }', "profile"),
    ("{ huawei = %s }", '{ os = "linux", green = "blue" }', "green"),
    ("{ cbw = %s }", "{}", "hex"),
    ("{ cbw = %s }", f'{{ hex = "{NEW_MODE[:-1]}" }}', "hex"),
    ("{ cbw = %s }", f'{{ hex = "{NEW_MODE[:-2]}" }}', "hex"),
    ("{ cbw = %s }", f'{{ hex = "{NEW_MODE}00" }}', "hex"),
    ("{ cbw = %s }", f'{{ hex = "{"zz" * 31}" }}', "hex"),
    ("{ cbw = %s }", f'{{ hex = "{NEW_MODE[:16]}\\n{NEW_MODE[16:]}" }}', "hex"),
    ("{ cbw = %s }", f'{{ hex = "{"00" * 31}" }}', None),
    ("{ cbw = %s }", f'{{ hex = "55534243123456780000010080{"00" * 18}" }}', None),
    ("{ cbw = %s }", f'{{ hex = "{NEW_MODE}", data-out = "00" }}', None),
    ("{ cbw = %s }", f'{{ hex = "55534243123456780400000080{"00" * 18}", data-out = "00000000" }}', None),
    ("{ scsi = %s }", "{}", "cdb"),
    ("{ scsi = %s }", '{ cdb = "" }', "cdb"),
    ("{ scsi = %s }", f'{{ cdb = "{"00" * 17}" }}', "cdb"),
    ("{ scsi = %s }", '{ cdb = "00", lun = 16 }', "lun"),
    ("{ scsi = %s }", '{ cdb = "00", data-in = 65536 }', "data-in"),
    ("{ scsi = %s }", '{ cdb = "00", data-in = 1, data-out = "00" }', None),
    ("{ scsi = %s }", '{ cdb = "00", data-out = 0 }', "data-out"),
    ("{ eject = %s }", "{ lun = 16 }", "lun"),
    ("{ eject = %s }", "{ lun = 1.0 }", "lun"),
    ("{ eject = %s }", "{ luns = [] }", "luns"),
    ("{ eject = %s }", "{ luns = [16] }", "luns"),
    ("{ eject = %s }", "{ luns = [true] }", "luns"),
    ("{ eject = %s }", "{ luns = 1 }", "luns"),
    ("{ eject = %s }", "{ luns = [0], lun = 1 }", "lun"),
    ("{ cbw = %s }", f'{{ hex = "{NEW_MODE}", out = 0 }}', "out"),
    ("{ cbw = %s }", f'{{ hex = "{NEW_MODE}", out = 0x81 }}', "out"),
    ("{ cbw = %s }", f'{{ hex = "{NEW_MODE}", in = 1 }}', "in"),
    ("{ cbw = %s }", f'{{ hex = "{NEW_MODE}", may-fail = 1 }}', "may-fail"),
    ("{ scsi = %s }", '{ cdb = "00", may-fail = "yes" }', "may-fail"),
    ("{ control = %s }", "{ request-type = 0x40, request = 1, class = 3 }", None),
    ("{ control = %s }", "{ request-type = 0x21, request = 1, class = 256 }", "class"),
    ("{ bulk = %s }", '{ hex = "00", class = 3 }', None),
    ("{ interrupt = %s }", "{ endpoint = 1 }", None),
    ("{ interrupt = %s }", '{ hex = "00" }', "endpoint"),
    ("{ interrupt = %s }", '{ hex = "00", endpoint = 0x81 }', None),
    ("{ interrupt = %s }", "{ length = 8, endpoint = 1 }", None),
    ("{ interrupt = %s }", '{ hex = "00", length = 8, endpoint = 0x81 }', None),
    ("{ interrupt = %s }", "{ length = 8, endpoint = 0x81, times = 0 }", "times"),
    ("{ interrupt = %s }", "{ length = 8, endpoint = 0x81, times = 256 }", "times"),
    ("{ interrupt = %s }", "{ length = 1025, endpoint = 0x81 }", "length"),
    ("{ interrupt = %s }", f'{{ hex = "{"00" * 65}", endpoint = 1 }}', "hex"),
    ("{ interrupt = %s }", '{ hex = "00", endpoint = 0x10 }', None),
    ("{ interrupt = %s }", "{ length = 8, endpoint = 0x80 }", None),
    ("{ detach = %s }", "{ interface = 0 }", "interface"),
    ("{ configuration = %s }", '{ has = "gps" }', "gps"),
    ("{ configuration = %s }", '{ has = "mbim", value = 1 }', "value"),
    ("{ configuration = %s }", "{ has = 3 }", "has"),
    ("{ control = %s }", "{ request = 1 }", "request-type"),
    ("{ control = %s }", "{ request-type = 0 }", "request"),
    ("{ control = %s }", "{ request-type = 256, request = 1 }", "request-type"),
    ("{ control = %s }", "{ request-type = 0, request = 1, value = 65536 }", "value"),
    ("{ control = %s }", "{ request-type = 0, request = 1, index = -1 }", "index"),
    ("{ control = %s }", '{ request-type = 0x80, request = 1, data = "00" }', None),
    ("{ control = %s }", "{ request-type = 0, request = 1, length = 1 }", None),
    ("{ control = %s }", "{ request-type = 0x80, request = 1, length = 4097 }", "length"),
    ("{ bulk = %s }", "{}", "hex"),
    ("{ bulk = %s }", '{ hex = "" }', "hex"),
    ("{ bulk = %s }", '{ hex = "00", endpoint = 0 }', "endpoint"),
    ("{ bulk = %s }", '{ hex = "00", endpoint = 16 }', "endpoint"),
    ("{ bulk = %s }", f'{{ hex = "{"00" * 4097}" }}', "hex"),
    ("{ configuration = %s }", "{}", "value"),
    ("{ configuration = %s }", "{ value = 0 }", "value"),
    ("{ configuration = %s }", "{ value = 256 }", "value"),
    ("{ altsetting = %s }", "{ interface = 0 }", "alternate"),
    ("{ altsetting = %s }", "{ interface = 256, alternate = 0 }", "interface"),
    ("{ reset = %s }", "{ hard = true }", "hard"),
    ("{ pause = %s }", "{}", "seconds"),
    ("{ pause = %s }", "{ seconds = 0 }", "seconds"),
    ("{ pause = %s }", "{ seconds = 61 }", "seconds"),
    ("{ pause = %s }", "{ seconds = true }", "seconds"),
    ("{ at = %s }", "{}", "send"),
    ("{ at = %s }", '{ send = "AT^GODLOAD" }', None),
    ("{ at = %s }", '{ send = "AT^TMODE=1" }', None),
    ("{ at = %s }", '{ send = "AT^RESET;^GODLOAD" }', None),
    ("{ at = %s }", '{ send = "AT^SETPORT=\\"FF;16\\"" }', None),
    ("{ at = %s }", '{ send = "AT^U2DIAG=0" }', None),
    ("{ at = %s }", '{ send = "AT^RESET\\r" }', "send"),
    ("{ at = %s }", '{ send = "AT^RESET", seconds = 0 }', "seconds"),
    ("{ at = %s }", '{ send = "AT^RESET", seconds = 181 }', "seconds"),
    ("{ ports = %s }", "{}", "mode"),
    ("{ ports = %s }", '{ mode = "hilink" }', None),
    ("{ ports = %s }", '{ mode = "ncm", first = "A2" }', None),
    ("{ ports = %s }", '{ mode = "ncm", first = "FF,A1" }', None),
    ("{ ports = %s }", '{ mode = "ncm", value = "FF;16" }', "value"),
    ("{ u2diag = %s }", "{}", "value"),
    ("{ u2diag = %s }", "{ value = 0 }", None),
    ("{ u2diag = %s }", "{ value = 6 }", None),
    ("{ u2diag = %s }", "{ value = 1000 }", "value"),
    ("{ hilink = %s }", "{}", "call"),
    ("{ hilink = %s }", '{ call = "factory" }', "factory"),
    ("{ hilink = %s }", '{ call = "reboot", path = "/x" }', "path"),
    ("{ power = %s }", "{ off = 1 }", "off"),
    ("{ back = %s }", "{}", "in"),
    ("{ back = %s }", '{ in = "disk" }', None),
)


@pytest.mark.parametrize(("kind", "fields", "key"), STEPS)
def test_a_broken_step_is_refused_with_its_place(kind: str, fields: str, key: str | None) -> None:
    name = kind.split()[1]
    with pytest.raises(ProfileError) as raised:
        steps_of(f"steps = [{{ reset = {{}} }}, {kind % fields}]")
    assert raised.value.facts["table"] == f"{WAY}, step 2, {name}"
    assert raised.value.facts.get("key") == key
    assert raised.value.message.isprintable()


WRITTEN = (
    '{ huawei = { os = "gateway", profile = "ncm", green = "debug", new = true, cd = false, timeout = 1 } }',
    f'{{ cbw = {{ hex = "{NEW_MODE}" }} }}',
    f'{{ cbw = {{ hex = "{NEW_MODE[:8]} {NEW_MODE[8:]}" }} }}',
    f'{{ cbw = {{ hex = "55534243123456780400000000{"00" * 18}", data-out = "01020304" }} }}',
    '{ scsi = { cdb = "120000002400", data-in = 36, lun = 1 } }',
    "{ eject = {} }",
    "{ eject = { lun = 1 } }",
    '{ control = { request-type = 64, request = 161, value = 1, index = 2, data = "00ff" } }',
    "{ control = { request-type = 192, request = 154, length = 4096 } }",
    '{ bulk = { hex = "00", endpoint = 15 } }',
    "{ configuration = { value = 255 } }",
    '{ configuration = { has = "mbim" } }',
    "{ eject = { luns = [0, 1, 15] } }",
    f'{{ cbw = {{ hex = "{NEW_MODE}", may-fail = true, out = 15, in = 143 }} }}',
    '{ scsi = { cdb = "00", may-fail = true } }',
    "{ control = { request-type = 33, request = 9, class = 3, may-fail = true } }",
    '{ bulk = { hex = "00", endpoint = 15, class = 8 } }',
    '{ interrupt = { hex = "0102", endpoint = 2, class = 3 } }',
    "{ interrupt = { length = 8, endpoint = 129, times = 63, may-fail = true } }",
    "{ detach = {} }",
    "{ altsetting = { interface = 0, alternate = 255 } }",
    "{ reset = {} }",
    "{ pause = { seconds = 0.123456789 } }",
    "{ pause = { seconds = 1e-07 } }",
    "{ pause = { seconds = 60 } }",
    '{ at = { send = "AT^RESET", seconds = 3 } }',
    '{ at = { send = "AT+CGDCONT=1,\\"IP\\",\\"a;b\\"" } }',
    '{ ports = { mode = "ncm", first = "A1,A2" } }',
    '{ ports = { mode = "stick" } }',
    "{ u2diag = { value = 255 } }",
    '{ hilink = { call = "debug" } }',
    "{ power = {} }",
)


@pytest.mark.parametrize("step", WRITTEN)
def test_a_steps_written_form_is_read_back_to_the_same(step: str) -> None:
    (once,) = steps_of(f"persistent = true\nsteps = [{step}]")
    assert once.written == step
    assert steps_of(f"persistent = true\nsteps = [{once}]") == (once,)
    text = GOOD.replace("within = 20", "within = 20\nusual = 3\nlisted = true\npersistent = true")
    profile = read(text.replace('{ huawei = { os = "linux" } }', step), "made-up.toml")
    assert loaded(json.loads(json.dumps(written(profile)))) == profile
