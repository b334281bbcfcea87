"""What pasting does to a text is undone: markup, colours, numbers, several records in one line."""

from __future__ import annotations

import pytest

from modeswitch.doctor.pasted.clean import LONGEST_LINE, lines_of

TWO = ["[   14.512864] usb 1-1.2: Product: HUAWEI_MOBILE", "[   14.512879] usb 1-1.2: Manufacturer: HUAWEI_MOBILE"]
LISTED = ["Bus 001 Device 001: ID 1d6b:0002 Linux", "Bus 001 Device 004: ID 12d1:1f01 Huawei"]
SYSLOG = [
    "Apr 26 12:10:37 host kernel: usb 2-1.5: USB disconnect, device number 9",
    "Apr 26 12:10:38 host kernel: usb 2-1.5: new high-speed USB device number 10",
]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("**C:* #Ifs= 3**", ["C:* #Ifs= 3"]),
        ("`lsusb`", ["lsusb"]),
        ("<pre>a<br>b</pre>", ["a", "b"]),
        ("[code][b]a[/b][/code]", ["a"]),
        ("I:* If#=0 [none]", ["I:* If#=0 [none]"]),
        ("&gt; &amp;&lt;a&quot;", ['> &<a"']),
        ("\x1b[0;31merror\x1b[0m", ["error"]),
        ("idVendor=\u201c12d1\u201d\xa01\u20111", ['idVendor="12d1" 1-1']),
        (" ".join(TWO), TWO),
        (" ".join(LISTED), LISTED),
        (" ".join(SYSLOG), SYSLOG),
        ("Tue Sep 21 13:42:02 2021 kern.info kernel: [  472.469602] usb 1-1: " + "x" * 40, None),
    ],
)
def test_a_line(text: str, lines: list[str] | None) -> None:
    assert list(lines_of(text)) == (lines or [text])


@pytest.mark.parametrize("form", ["{}. {}", "{}: {}", "{}| {}", "{:>3}  {}", "{}\t{}"])
def test_numbers_of_lines(form: str) -> None:
    lines = [f"line {letter}" for letter in "abcdefghijkl"]
    assert list(lines_of("\n".join(form.format(number, line) for number, line in enumerate(lines, 7)))) == lines


def test_numbers_that_are_no_numbers_of_lines_stay() -> None:
    text = "1: lo: <UP>\n    link/loopback\n2: eth0: <UP>\n    link/ether\n3: wwan0: <UP>\n    link/ether"
    assert list(lines_of(text)) == text.split("\n")


def test_a_long_line_is_cut() -> None:
    assert [len(line) for line in lines_of("x" * 3 * LONGEST_LINE)] == [LONGEST_LINE]
