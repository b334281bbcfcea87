"""Files for ``modeswitch profiles import`` that are as large as may be, and as hard to read as can be thought of."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from modeswitch.importers.files import LARGEST
from tests.support.cbw import REZERO

HEAD = "DefaultVendor=12d1\nDefaultProduct=1f01\n"
RULE = 'ATTR{idVendor}=="12d1", ATTR{idProduct}=="1f01", RUN+="usb_modeswitch -K"\n'


def fill(begin: str, of: Callable[[int], str], end: str, between: str = "", most: int = LARGEST) -> str:
    """Pieces, as many as there is room for, between a beginning and an end."""
    size = len(begin) + len(end)
    found: list[str] = []
    for number in count():
        piece = of(number)
        size += len(piece.encode()) + len(between)
        if size > most:
            return begin + between.join(found) + end
        found.append(piece)
    raise AssertionError


def _list(of: Callable[[int], str], most: int = LARGEST) -> str:
    """A list of OpenWrt's with so many devices."""
    begin, end = f'{{"messages":["{REZERO}"],"devices":{{', "}}"
    if most < LARGEST:
        return begin + ",".join(map(of, range(most))) + end
    return fill(begin, of, end, ",")


def _id(number: int) -> str:
    return f"{0x100 + number // 60000:04x}:{number % 60000 + 1:04x}"


def texts() -> dict[str, bytes]:
    """What it is → its bytes, about 1 MiB of each."""
    new = '{"*":{"mode":"HuaweiNew"}}'
    made = {
        "keys": fill("{", lambda n: f'"k{n}":1', "}", ","),
        "a key twice": fill("{", lambda n: f'"k{n}":1', ',"k9":1}', ","),
        "devices": _list(lambda n: f'"{_id(n)}":{new}'),
        "devices, escaped": _list(lambda n: f'"\\u0030{_id(n)[1:]}":{new}'),
        "devices, each wrong": _list(lambda n: f'"{_id(n)}":{{"*":{{"x":1}}}}'),
        "vendors": _list(lambda n: f'"{n + 1:04x}:0001":{new}', 2000),
        "vendors with targets": _list(
            lambda n: (
                f'"{n + 1:04x}:0001":{{"*":{{"mode":"HuaweiNew","t_product":[{",".join(map(str, range(50)))}]}}}}'
            ),
            2000,
        ),
        "variants": fill(
            '{"messages":[],"devices":{"12d1:1f01":{',
            lambda n: f'":uMa=x{n}":{{"mode":"HuaweiNew","wait":{n % 60},"config":{n % 250}}}',
            "}}}",
            ",",
        ),
        "2000 variants": '{"messages":[],"devices":{"12d1:1f01":{'
        + ",".join(f'":uMa=x{n}":{{"mode":"HuaweiNew","wait":{n % 60},"config":{n % 250}}}' for n in range(2000))
        + "}}}",
        "strings of a device": fill('{"devices":{"12d1:1f01":{"', lambda _: ":uMa=x", f'":{new[5:-1]}}}}}}}'),
        "targets": fill('"12d1:1f01":{"*":{"mode":"HuaweiNew","t_product":[', lambda _: "5339", "]}}", ","),
        "messages": fill('{"messages":[', lambda _: f'"{REZERO}"', f'],"devices":{{"12d1:1f01":{new}}}}}', ","),
        "an entry and braces": fill(f'"12d1:1f01":{new}', lambda _: "}", ""),
        "an entry and commas": fill(f'"12d1:1f01":{new}', lambda _: ",", ""),
        "braces": fill("", lambda _: "{", ""),
        "brackets": fill('{"a":', lambda _: "[", ""),
        "objects": fill("", lambda _: '{"a":', ""),
        "quotes": fill('"a":', lambda _: '"', ""),
        "quotes that do not end": fill("{", lambda _: '"a', ""),
        "commas": fill("{", lambda _: ",", ""),
        "braces before": fill("", lambda _: "},", '"12d1:1f01":{'),
        "a long string": fill('{"a":"', lambda _: "x", '"}'),
        "backslashes": fill('{"a":"', lambda _: "\\", ""),
        "digits": fill('{"a":', lambda _: "1", "}"),
        "comments before": fill("", lambda _: "# x\n", f'"12d1:1f01":{new}'),
        "devices of the peer": fill(
            "", lambda n: f"DefaultVendor={n // 60000 + 1:x}\nDefaultProduct={n % 60000 + 1:x}\nHuaweiNewMode=1\n", ""
        ),
        "2000 devices of the peer": "".join(
            f"DefaultVendor={n + 1:x}\nDefaultProduct=1\nHuaweiNewMode=1\nWaitBefore={n % 60}\n" for n in range(2000)
        ),
        "one device of the peer": fill("", lambda _: f"{HEAD}HuaweiNewMode=1\n", ""),
        "vendors alone": fill("", lambda _: "DefaultVendor=12d1\n", ""),
        "keywords of no kind": fill("", lambda n: f"x{n}=1\n", ""),
        "a long keyword": fill("", lambda _: "HuaweiNewMod", "=1"),
        "ids": fill(f"{HEAD}HuaweiNewMode=1\nTargetProductList=14db", lambda _: ",14db", "\n"),
        "a long message": fill(f"{HEAD}MessageContent=", lambda _: "55", "\n"),
        "settings of the program": fill("", lambda _: "EnableLogging=1\n", ""),
        "comments": fill("", lambda _: "# x\n", ""),
        "a long comment": fill("#", lambda _: " x", f"\n{HEAD}HuaweiNewMode=1\n"),
        "slashes": fill("", lambda _: "//", ""),
        "rules": fill("", lambda _: RULE, ""),
        "rules of no device": fill("", lambda _: 'ACTION=="add", GOTO="x"\n', ""),
        "a rule that goes on": fill("", lambda _: 'ACTION=="add", \\\n', ""),
        "a long rule": fill('RUN+="usb_modeswitch ', lambda _: "-M 55 ", '"\n'),
        "a rule with blanks": fill("RUN", lambda _: " ", '+="x"\n'),
        "attributes": fill("", lambda _: "ATTR{", ""),
        "a long command": fill("usb_modeswitch -v 12d1 -p 1f01 ", lambda _: "-M", ""),
        "empty lines": fill("", lambda _: "\n", "x"),
        "lines of blanks": fill("", lambda _: " " * 99 + "\n", "x"),
        "blanks": fill("", lambda _: " ", "x"),
        "quotes of typesetters": fill("", lambda _: "\u201c\u00a0", ""),
        "prompts": fill("", lambda _: "$ sudo ", ""),
        "words": fill("", lambda _: "a = b ", ""),
    }
    return {name: text.encode("utf-8") for name, text in made.items()} | {"bytes": bytes(range(1, 256)) * 4112}
