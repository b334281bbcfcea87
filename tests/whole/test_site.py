"""The site: its pages are made and reached; what they tell to type or to write can be read; links are the site's."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import modeswitch
from modeswitch.cli import arguments
from modeswitch.database.library import Library
from modeswitch.exporters.mermaid import flowchart
from modeswitch.service import policy
from tests.whole.test_readme import can_be_read, commands, name
from tools import site_pages

ROOT = Path(__file__).resolve().parent.parent.parent
DOCS = ROOT / "docs"
SYMPTOMS = sorted((DOCS / "symptoms").glob("[!i]*.md"))
RECIPES = sorted((DOCS / "recipes").glob("*.md"))
WRITTEN = [page.relative_to(DOCS).as_posix() for page in sorted(DOCS.rglob("*.md"))]
MADE = site_pages.pages()
HILINK = Library(user=()).family("huawei-hilink")


class Loader(yaml.SafeLoader):
    """Reads mkdocs.yml, which names functions of Python."""


Loader.add_multi_constructor("tag:yaml.org,2002:python/name:", lambda _loader, suffix, _node: suffix)


def reached(entry: Any) -> list[str]:
    """The pages that a part of the navigation names."""
    if isinstance(entry, str):
        return [entry]
    return [page for part in (entry.values() if isinstance(entry, dict) else entry) for page in reached(part)]


def test_every_page_is_in_the_navigation() -> None:
    """But for those of the families, which their list names."""
    named = reached(yaml.load((ROOT / "mkdocs.yml").read_text("utf-8"), Loader)["nav"])
    families = {page for page in MADE if page.startswith("profiles/")} - {"profiles/index.md"}
    assert sorted(named) == sorted({*WRITTEN, *MADE} - families)
    assert {f"profiles/{link}" for link in re.findall(r"\]\(([\w-]+\.md)\)", MADE["profiles/index.md"])} == families


def test_no_page_is_both_written_and_made() -> None:
    assert not {*WRITTEN} & {*MADE}


@pytest.mark.parametrize("page", SYMPTOMS, ids=name)
def test_a_symptom_is_one_short_page(page: Path) -> None:
    text = page.read_text("utf-8")
    parts = [text.index(f"**{part}.**") for part in ("What you see", "What it is", "What to do")]
    assert parts == sorted(parts)
    assert len(text.split()) <= 330
    assert commands(text)
    assert f"]({page.name})" in (DOCS / "symptoms" / "index.md").read_text("utf-8")


@pytest.mark.parametrize("page", [*SYMPTOMS, *RECIPES], ids=name)
def test_every_command_within_a_line_can_be_read(page: Path) -> None:
    for line in re.findall(r"`(modeswitch [^`\n]+)`", page.read_text("utf-8")):
        if line.removeprefix("modeswitch ") in arguments.COMMANDS:  # the name of a command, and not what to type
            continue
        assert can_be_read(line), line


def policies() -> list[tuple[str, str]]:
    pages = [*RECIPES, DOCS / "policy.md"]
    blocks = [
        (name(page), re.findall(r"^ *```toml\n(.*?)^ *```", page.read_text("utf-8"), re.M | re.S)) for page in pages
    ]
    return [(page, block) for page, found in blocks for block in found]


@pytest.mark.parametrize(("page", "text"), policies())
def test_every_policy_can_be_read(page: str, text: str) -> None:
    read = policy.read(text, page)
    assert read.problems == ()


def test_three_policies_are_shown() -> None:
    assert len(policies()) >= 3


def test_each_command_and_each_option_is_on_its_page() -> None:
    page = MADE["commands.md"]
    for command in arguments.COMMANDS:
        _, _, rest = page.partition(f"\n### {command}\n")
        part = re.split(r"\n##+ ", rest)[0]
        for option in arguments.options(command) - {"-h", "--help"}:
            assert option in part, (command, option)


def test_each_public_name_is_in_the_reference() -> None:
    assert sorted(re.findall(r"^::: modeswitch\.(\w+)$", MADE["reference.md"], re.M)) == sorted(modeswitch.__all__)


def test_a_family_has_its_graph_its_products_and_its_evidence() -> None:
    page = MADE["profiles/huawei-hilink.md"]
    assert "\n".join(["```mermaid", *flowchart(HILINK), "```"]) in page
    assert all(f"<code>{product.usb}</code>" in page for product in HILINK.products)
    assert page.count("\n### ") == len(HILINK.transitions)
    evidence = [each for way in HILINK.transitions for each in way.evidence]
    assert page.count("\n* *") == len(evidence)
    assert "tests/captures/07_dmesg_e8372_1f01_to_14db.txt)" in page


def test_what_a_profile_says_is_no_markup() -> None:
    product = HILINK.products[0]._replace(names=("A|B <script> *x*\n# y",), leave_alone="_no_")
    page = site_pages.family_page(HILINK._replace(products=(product,)), "profiles/huawei-hilink.toml")
    assert r"A\|B &lt;script&gt; \*x\* \# y; left alone: \_no\_ |" in page


@pytest.mark.parametrize(
    ("link", "page", "becomes"),
    [
        ("../README.md", "guide.md", "index.md"),
        ("../CONTRIBUTING.md", "usb_modeswitch.md", "contributing.md"),
        ("../modes.md#for-good", "symptoms/looping.md", "../modes.md#for-good"),
        ("../../profiles/huawei-brovi.toml", "symptoms/e3372-325.md", "../profiles/huawei-brovi.md"),
        ("../profiles/example.toml", "guide.md", f"{site_pages.REPOSITORY}/blob/main/profiles/example.toml"),
        ("../examples/", "library.md", f"{site_pages.REPOSITORY}/tree/main/examples"),
        (f"{site_pages.REPOSITORY}/blob/main/docs/modes.md", "guide.md", "modes.md"),
        (f"{site_pages.RAW}docs/pictures/switch.svg", "guide.md", "pictures/switch.svg"),
        ("https://example.org/x.md", "guide.md", "https://example.org/x.md"),
        ("#here", "guide.md", "#here"),
    ],
)
def test_a_link_is_the_sites(link: str, page: str, becomes: str) -> None:
    assert site_pages.outside(f"see [this]({link}).", page) == f"see [this]({becomes})."


@pytest.mark.parametrize("link", ["nowhere.md", "../nowhere.md", f"{site_pages.REPOSITORY}/blob/main/nowhere.md"])
def test_a_link_that_leads_nowhere_ends_the_build(link: str) -> None:
    with pytest.raises(site_pages.LinkLeadsNowhere, match=r"docs/guide\.md: .*nowhere"):
        site_pages.outside(f"[this]({link})", "guide.md")


def test_the_ways_to_install_are_tabs() -> None:
    page = MADE["index.md"]
    assert re.findall(r'^=== "(.*)"$', page, re.M) == ["Debian, Ubuntu, Raspberry Pi OS", "pipx", "A venv in /opt"]
    assert "<details" not in page
    assert "    sudo /opt/modeswitch/bin/modeswitch udev install" in page
