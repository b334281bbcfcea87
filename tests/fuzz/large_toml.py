"""TOML files as large as may be that are hard to read: each asks much of another part of a reader.

They are read as a profile, as the policy and as what was saved of a stick: three readers, each with its own words.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tests.fuzz import large_files

PARTS = ".".join("a" * 20)
PROFILE = 'name = "x"\nsummary = "x"\n'
PRODUCT = '[[product]]\nid = "12d1:{n:04x}"\nwakes = "mass-storage"\nnames = ["x"]\nsource = "y"\n'
SAVED = '[[saved]]\nname = "SETPORT"\nvalue = "FF;12"\nwhen = "2026-01-01T00:00:00Z"\nstick = "12d1:1506 at 1-1"\n'
STICK = '[[stick]]\nport = "1-{n}"\nto = "ncm"\n'


def texts(most: int) -> dict[str, bytes]:
    """What it is → its bytes, about so many of each."""
    fill = partial(large_files.fill, most=most)

    def lines(of: Callable[[int], str], begin: str = "") -> str:
        return fill(begin, of, "")

    def value(begin: str, piece: str, end: str) -> str:
        """One value that is as long as may be."""
        return fill(f"name = {begin}", lambda _: piece, f"{end}\n")

    made = {
        "a dotted key": value("1\n", "a.", "a = 1"),
        "a dotted key, quoted": value("1\n", '"a".', "a = 1"),
        "a dotted key with blanks": value("1\n", "a . ", "a = 1"),
        "a dotted header": fill("[", lambda _: "a.", "a]\n"),
        "dotted keys": lines(lambda n: f"{PARTS}.k{n} = 1\n"),
        "dotted keys, each another": lines(lambda n: f"k{n}.{PARTS[:-2]} = 1\n"),
        "dotted headers": lines(lambda n: f"[{PARTS[:-2]}.k{n}]\n"),
        "dotted headers, each another": lines(lambda n: f"[k{n}.{PARTS[:-2]}]\n"),
        "keys in a dotted header": lines(lambda n: f"{PARTS[:-4]}.k{n}=1\n", f"[{PARTS[:-2]}]\n"),
        "tables": lines(lambda n: f"[t{n}]\n"),
        "tables of a list": lines(lambda _: "[[t]]\n"),
        "tables of a list in a list": lines(lambda n: f"[[t]]\n[[t.u]]\n[[t.u.v{n}]]\n"),
        "tables below a list": lines(lambda n: f"[t.u{n}]\n", "[[t]]\n"),
        "sticks": lines(lambda _: "[[stick]]\n"),
        "sticks, each right": lines(lambda n: STICK.format(n=n % 250 + 1)),
        "sticks, each wrong": lines(lambda _: "[[stick]]\nto = 1\n"),
        "sticks with a key of no kind": lines(lambda n: f'[[stick]]\nport="1-1"\nto="ncm"\ntoo{n}=1\n'),
        "sticks with a mode of no kind": lines(lambda n: f'[[stick]]\nport="1-1"\nto="nmc{n}"\n'),
        "products": lines(lambda n: PRODUCT.format(n=n & 0xFFFF), PROFILE),
        "one product again": lines(lambda _: PRODUCT.format(n=0x1F01), PROFILE),
        "products, empty": lines(lambda _: "[[product]]\n", PROFILE),
        "switched, empty": lines(lambda _: "[[switched]]\n", PROFILE),
        "transitions, empty": lines(lambda _: "[[transition]]\n", PROFILE),
        "steps": fill("[[transition]]\nsteps = [\n", lambda n: f"  {{ pause = {n % 9 + 1} }},\n", "]\n"),
        "saved": lines(lambda _: SAVED),
        "saved, empty": lines(lambda _: "[[saved]]\n"),
        "keys": lines(lambda n: f"k{n} = 1\n"),
        "a key again": fill("", lambda n: f"k{n} = 1\n", "k9 = 1\n"),
        "a long key": fill("", lambda _: "k", " = 1\n"),
        "a long key of a stick": fill("[[stick]]\n", lambda _: "po", " = 1\n"),
        "a long key in quotes": fill('"', lambda _: "k.", '" = 1\n'),
        "a long string": value('"', "x", '"'),
        "a long goal": fill('[default]\nto = "', lambda _: "nc", '"\n'),
        "a long port": fill('[[stick]]\nto="ncm"\nport = "1-1', lambda _: ".1", '"\n'),
        "a long id": fill('[[stick]]\nto="ncm"\nid = "12d1:', lambda _: "1", '"\n'),
        "a pattern of stars": fill('[[stick]]\nto="ncm"\nmanufacturer = "', lambda _: "*H", '"\n'),
        "a pattern of brackets": fill('[[stick]]\nto="ncm"\nmanufacturer = "', lambda _: "[", '"\n'),
        "a program of many words": fill('[default]\nrun = ["/x"', lambda _: ',"{a}"', "]\n"),
        "a long word of a program": fill('[default]\nrun = ["/x', lambda _: "{port}", '"]\n'),
        "a long APN": fill('[default]\nto="ncm"\napn = "', lambda _: "a", '"\n'),
        "a long saved list": fill(SAVED.replace("FF;12", "FF;12@").partition("@")[0], lambda _: ",12", '"\n'),
        "a saved number of many digits": fill(
            '[[saved]]\nname="U2DIAG"\nwhen="x"\nstick="x"\nvalue="', lambda _: "1", '"\n'
        ),
        "a string of many lines": value('"""', "x\n", '"""'),
        "a string that does not end": value('"', "x", ""),
        "a string of many lines that does not end": value('"""', '"\n', ""),
        "escapes": value('"', "\\u0041", '"'),
        "line ends that are escaped": value('"""', "\\\n  ", '"""'),
        "digits": value("", "1", ""),
        "digits with underscores": value("1", "_1", ""),
        "hex digits": value("0x", "f", ""),
        "binary digits": value("0b", "1", ""),
        "a long fraction": value("1.", "1", ""),
        "a long exponent": value("1e", "1", ""),
        "dates": value("[", "1979-05-27T07:32:00Z,", "]"),
        "a long date": value("1979-05-27T07:32:00.", "1", ""),
        "numbers": value("[", "1,", "]"),
        "floats": value("[", "1.5e9,", "]"),
        "strings": value("[", '"a",', "]"),
        "empty lists": value("[", "[],", "]"),
        "empty tables": value("[", "{},", "]"),
        "small tables": value("[", "{a=1},", "]"),
        "tables with dotted keys": value("[", "{a.b.c.d.e.f=1},", "]"),
        "keys of a table in line": fill("name = {", lambda n: f"k{n}=1", "}\n", ","),
        "lists in lists": value("", "[", ""),
        "lists in lists, that end": f"name = {'[' * (most // 2 - 9)}{']' * (most // 2 - 9)}\n",
        "lists in lists, 800 deep": fill("", lambda n: f"k{n} = {'[' * 800}{']' * 800}\n", ""),
        "tables in tables": value("", "{a=", ""),
        "tables in tables, 300 deep": fill("", lambda n: f"k{n} = {'{a=' * 300}1{'}' * 300}\n", ""),
        "lists and tables in turn": value("", "[{a=", ""),
        "comments": lines(lambda _: "# x\n"),
        "a long comment": fill("#", lambda _: " x", "\n"),
        "a comment of dots": fill("# ", lambda _: "a.", "\n"),
        "empty lines": lines(lambda _: "\n"),
        "blanks": fill("name", lambda _: " ", "= 1\n"),
        "blanks before a dot": fill("", lambda _: "a \n", ""),
        "words": fill("", lambda _: "a ", ""),
        "dots": fill("", lambda _: ".", ""),
        "equals": fill("", lambda _: "=", ""),
        "quotes": fill("", lambda _: '"', ""),
        "brackets": fill("", lambda _: "[", ""),
        "many words with hyphens": fill("", lambda _: "a-_b", ""),
        "characters of Chinese": value('"', "\u4e2d", '"'),
    }
    return {name: text.encode("utf-8") for name, text in made.items()} | {
        "NULs": bytes(most),
        "bytes": bytes(range(256)) * (most // 256),
        "no UTF-8": b"# \xff\n" * (most // 4),
    }
