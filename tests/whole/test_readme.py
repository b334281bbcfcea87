"""The first screen and all pages: short, true commands, links that lead somewhere, a picture that is up to date."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from xml.etree import ElementTree

import pytest

from modeswitch.cli import arguments
from tools import draw_pictures

ROOT = Path(__file__).resolve().parent.parent.parent
README = (ROOT / "README.md").read_text("utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), ROOT / "CONTRIBUTING.md"]
BASE = "https://github.com/modeswitch/modeswitch/"
RAW = "https://raw.githubusercontent.com/modeswitch/modeswitch/main/"
LINK = re.compile(r"\]\(([^)\s]+)\)")


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def commands(text: str) -> list[str]:
    """Each line of a shell block that runs modeswitch, without its comment; of a pipe each part."""
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    lines = [re.sub(r"\s#.*", "", line) for block in blocks for line in block.splitlines()]
    parts = [part.strip() for line in lines for part in re.split(r"&& | \| ", line)]
    found = [part.removeprefix("sudo ").removeprefix("/opt/modeswitch/bin/") for part in parts]
    return [part for part in found if part.startswith("modeswitch ")]


def can_be_read(line: str) -> bool:
    """Is it a command line of ours?  A word that is no command must look like a device, else it may be a slip."""
    words = shlex.split(line.replace("…", "").partition(" >")[0])[1:]
    command = arguments.parse(words).command
    return command in words or re.match(r"-|[A-Z]|.*[\d:/]", words[0]) is not None


@pytest.mark.parametrize("line", ["modeswitch wach", "modeswitch conect --to ncm"])
def test_a_mistyped_command_is_none(line: str) -> None:
    assert not can_be_read(line)


def test_the_readme_is_one_screen() -> None:
    assert len(README.splitlines()) <= 90
    assert len(README.split()) <= 650


def test_its_links_work_elsewhere_too() -> None:
    """On the package index there is no file beside it: each link is absolute, and its file is in the checkout."""
    links = LINK.findall(README)
    assert len(links) > 10
    for link in links:
        assert link.startswith((BASE, RAW)), link
        path = re.sub(r"^(blob|tree)/main/", "", link.removeprefix(RAW).removeprefix(BASE))
        assert (ROOT / path).exists(), link


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_within_the_checkout_leads_somewhere(page: Path) -> None:
    for link in LINK.findall(page.read_text("utf-8")):
        if not link.startswith(("https:", "http:", "#")):
            assert (page.parent / link.partition("#")[0]).exists(), link


@pytest.mark.parametrize("page", [page for page in PAGES if commands(page.read_text("utf-8"))], ids=name)
def test_every_command_can_be_read(page: Path) -> None:
    for line in commands(page.read_text("utf-8")):
        assert can_be_read(line), line


def test_the_pages_with_commands_are_found() -> None:
    counts = {name(page): len(commands(page.read_text("utf-8"))) for page in PAGES}
    assert min(counts[page] for page in ("README.md", "docs/guide.md", "docs/policy.md", "docs/usb_modeswitch.md")) >= 3


def test_the_picture_is_what_the_command_says() -> None:
    """Where this fails: make pictures."""
    assert draw_pictures.main(["--check"]) == 0
    tree = ElementTree.parse(draw_pictures.PICTURE)
    text = "\n".join("".join(row.itertext()) for row in tree.iter("{http://www.w3.org/2000/svg}text"))
    assert "$ modeswitch 12d1:1f01 --to ncm\n" in text
    assert re.search(r"^1-1: ncm in 0\.\d s, wwan0\. Next: modeswitch connect 1-1 --apn NAME$", text, re.MULTILINE)
    assert max(map(len, text.splitlines())) <= draw_pictures.COLUMNS
