"""The pages of the site that are made at its build, and the links of all of them: a hook of MkDocs (``mkdocs.yml``).

From the README comes the first page, from the parsers the commands, from each profile its page with its graph, from
``modeswitch.__all__`` the library's reference.  None of them is a file of the checkout.  A link that leads out of
``docs/`` goes to the page that is made of that file, else to the file in the repository; one that leads nowhere ends
the build.

Ref: mkdocs.org, "Plugins" (events) and "Hooks"; ``File.generated`` is of MkDocs 1.6.
"""

from __future__ import annotations

import argparse
import html
import posixpath
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import modeswitch
from modeswitch.cli import arguments, help
from modeswitch.database.library import Library
from modeswitch.database.profile import Evidence, Product, Profile, Transition
from modeswitch.exporters.mermaid import flowchart

ROOT = Path(__file__).resolve().parent.parent
REPOSITORY = "https://github.com/modeswitch/modeswitch"
RAW = "https://raw.githubusercontent.com/modeswitch/modeswitch/main/"
LINK = re.compile(r"(?<=\]\()([^)\s]+)(?=\))")
FOLDED = re.compile(r"<details(?: open)?><summary><b>(.*?)</b></summary>\n(.*?)\n</details>\n?", re.DOTALL)
ROLE = re.compile(r":(?:class|mod|meth|func|attr|data):(<code>)~?(?:[\w.]+\.)?(\w+)(?=</code>)")
TAKEN_OVER = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "contrib/packaging/README.md": "packagers.md",
}
"""A file of the checkout → the page that is made of it."""
TITLES = {"contributing.md": "# Contribute\n\n"}
"""What stands before a page whose file begins with another title than the site wants."""


class LinkLeadsNowhere(Exception):
    """A page has a link to a file that is not in the checkout."""


def pages() -> dict[str, str]:
    """Each page that is made: its path below ``docs/``, and its Markdown, whose links are those of the site."""
    made = {page: _taken_over(source, page) for source, page in TAKEN_OVER.items()}
    library = Library(user=())
    families = [library.family(name) for name in library.names()]
    made["commands.md"] = commands()
    made["reference.md"] = reference()
    made["profiles/index.md"] = families_page(families, library)
    for family in families:
        made[f"profiles/{family.name}.md"] = family_page(family, _source(library, family))
    return made


def _taken_over(source: str, page: str) -> str:
    text = (ROOT / source).read_text("utf-8")
    return TITLES.get(page, "") + linked(tabbed(text), posixpath.dirname(source), page)


def tabbed(text: str) -> str:
    """What the README folds, as tabs side by side."""
    return FOLDED.sub(lambda found: f'=== "{found[1]}"\n{_indented(found[2])}\n', text)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" if line else "" for line in text.splitlines())


def linked(text: str, folder: str, page: str) -> str:
    """The text of a file in that folder of the checkout, with its links as that page needs them.

    Raises :class:`LinkLeadsNowhere`.
    """
    return LINK.sub(lambda found: _target(found[1], folder, page), text)


def _target(link: str, folder: str, page: str) -> str:
    own = link.startswith((f"{REPOSITORY}/blob/main/", f"{REPOSITORY}/tree/main/", RAW))
    if link.startswith("#") or (re.match(r"\w+:", link) and not own):
        return link
    path, mark, anchor = link.partition("#")
    if own:
        path = re.sub(rf"^({re.escape(RAW)}|{re.escape(REPOSITORY)}/(blob|tree)/main/)", "", path)
    else:
        path = posixpath.normpath(posixpath.join(folder, path))
    if not (ROOT / path).exists():
        raise LinkLeadsNowhere(f"docs/{page}: {link} leads nowhere: there is no {path}")
    inside = _page_of(path)
    if inside is not None:
        return posixpath.relpath(inside, posixpath.dirname(page) or ".") + mark + anchor
    kind = "tree" if (ROOT / path).is_dir() else "blob"
    return f"{REPOSITORY}/{kind}/main/{path}{mark}{anchor}"


def _page_of(path: str) -> str | None:
    """The page that shows a file of the checkout, or None."""
    if path in TAKEN_OVER:
        return TAKEN_OVER[path]
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    if path.startswith("profiles/") and path.endswith(".toml") and not path.endswith("/example.toml"):
        return f"profiles/{Path(path).stem}.md"
    return None


def plain(text: str) -> str:
    """A text as Markdown shows it: none of its signs means anything, in a cell of a table neither."""
    return re.sub(r"([\\`*_\[\]|{}#~])", r"\\\1", html.escape(text, quote=False)).replace("\n", " ")


def code(text: str) -> str:
    """A text as code in a cell of a table."""
    return f"<code>{plain(text)}</code>"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    """The lines of a table, and an empty one."""
    heads = list(head)
    lines = [heads, ["---"] * len(heads), *rows]
    return [*(f"| {' | '.join(row)} |" for row in lines), ""]


def commands() -> str:
    """The page of all commands, from their parsers."""
    lines = [
        "# Commands",
        "",
        "What `modeswitch COMMAND --help` says. `modeswitch DEVICE` is short for `modeswitch switch DEVICE`.",
        "",
    ]
    lines += [plain(help.DEVICE), "", plain(help.MODES), "", plain(help.STATUSES), ""]
    parsers = _parsers()
    for group, names in help.GROUPS.items():
        lines += [f"## {group}", ""]
        for name in names:
            lines += _command(name, parsers[name])
    return "\n".join(lines)


def _parsers() -> dict[str, argparse.ArgumentParser]:
    whole = arguments.whole()
    (commands,) = (action for action in whole._actions if isinstance(action, argparse._SubParsersAction))
    return dict(commands.choices)


def _command(name: str, parser: argparse.ArgumentParser) -> list[str]:
    actions = [action for action in parser._actions if action.help != argparse.SUPPRESS and action.dest != "help"]
    formatter = parser._get_formatter()
    lines = [f"### {name}", "", plain(parser.description or ""), "", "```sh"]
    lines += [f"{line}    # {meaning}" for line, meaning in help.EXAMPLES.get(name, ())]
    lines += ["```", ""]
    rows = [
        (code(_spelled(action)), plain(formatter._expand_help(action)) if action.help else "") for action in actions
    ]
    return lines + table(("argument", "what it does"), rows)


def _spelled(action: argparse.Action) -> str:
    """How an argument is written: its spellings and its value."""
    value = str(action.metavar or "|".join(map(str, action.choices or ())) or action.dest.upper())
    if not action.option_strings:
        return value
    return ", ".join(action.option_strings) + (f" {value}" if action.nargs != 0 else "")


def reference() -> str:
    """The page of the library's public names, for mkdocstrings."""
    names = sorted(modeswitch.__all__)
    errors = [name for name in names if _is_error(name)]
    functions = [name for name in names if name[0].islower()]
    values = [name for name in names if name not in (*errors, *functions)]
    lines = [
        "# Reference",
        "",
        "All that is promised: the names of `modeswitch.__all__`. How they go together: [library](library.md).",
        "",
    ]
    for title, part in (("Functions", functions), ("Classes and values", values), ("Errors", errors)):
        lines += [f"## {title}", "", *(f"::: modeswitch.{name}\n" for name in part)]
    return "\n".join(lines)


def _is_error(name: str) -> bool:
    of = getattr(modeswitch, name)
    return isinstance(of, type) and issubclass(of, Exception)


def families_page(families: Iterable[Profile], library: Library) -> str:
    """The list of all families."""
    lines = [
        "# Profiles",
        "",
        "A family is one file: products that USB cannot tell apart by more than their ids, and the ways from mode to",
        "mode. `modeswitch profiles show ID` prints the file of an id, `modeswitch profiles graph NAME` its graph. How",
        "to add one: [contribute](../contributing.md).",
        "",
    ]
    own: dict[bool, list[tuple[str, ...]]] = {False: [], True: []}
    for family in families:
        woken = [code(str(product.usb)) for product in family.products if product.wakes]
        modes = sorted({mode for way in family.transitions for mode in way.to})
        row = (f"[{plain(family.name)}]({family.name}.md)", plain(family.vendor), " ".join(dict.fromkeys(woken)))
        own["/imported/" in library.path(family.name)].append((*row, ", ".join(modes) or "left alone"))
    for drafted, title in ((False, "Written by hand"), (True, "Drafted from usb-modeswitch-data")):
        lines += [f"## {title}", "", *table(("family", "vendor", "wakes up as", "goes to"), own[drafted])]
    return "\n".join(lines)


def _source(library: Library, family: Profile) -> str:
    return Path(library.path(family.name)).relative_to(ROOT).as_posix()


def family_page(family: Profile, source: str) -> str:
    """The page of one family: its graph, its products, its ways with their evidence."""
    lines = [f"# {plain(family.name)}", ""]
    goal = f" Where nothing else is wanted it goes to `{family.goal}`." if family.transitions else ""
    lines += [f"Vendor: {plain(family.vendor)}.{goal} The file: [{source}]({REPOSITORY}/blob/main/{source}).", ""]
    lines += ['<div class="graph" markdown>', "", "```mermaid", *flowchart(family), "```", "", "</div>", ""]
    if family.transitions:
        lines += [
            "A thick arrow writes to the stick's NVRAM (`--persist`). A dotted one is what only some of them do, or",
            "what is taken where no other way can begin.",
            "",
        ]
    lines += ["## Products", ""]
    lines += table(("id", "when", "names"), map(_product, family.products))
    if family.transitions:
        lines += ["## Ways", ""]
        for way in family.transitions:
            lines += _way(way)
    return "\n".join(lines)


def _product(product: Product) -> tuple[str, ...]:
    when = "wakes up" if product.wakes else "after a switch"
    names = plain(", ".join(product.names))
    if product.leave_alone:
        names += f"; left alone: {plain(product.leave_alone)}"
    return code(str(product.usb)), when, names


def _way(way: Transition) -> list[str]:
    facts = [f"back within {way.within:g} s"]
    facts += [f"usually {way.usual:g} s"] if way.usual else []
    facts += ["writes to the NVRAM"] if way.persistent else []
    facts += ["only where another way cannot begin"] if way.stand_in else []
    facts += [f"only for {', '.join(way.only)}"] if way.only else []
    lines = [f"### {way.start} to {' or '.join(way.to)}", ""]
    lines += [f"* {code(step.written)}" for step in way.steps]
    lines += ["", plain("; ".join(facts)) + ".", ""]
    lines += [f"**Mind:** {plain(way.caution)}.", ""] if way.caution else []
    return [*lines, *(f"* {_evidence(each)}" for each in way.evidence), ""]


def _evidence(evidence: Evidence) -> str:
    if evidence.kind == "capture" and (ROOT / "tests" / "captures" / evidence.ref).is_file():
        ref = f"[{plain(evidence.ref)}]({REPOSITORY}/blob/main/tests/captures/{evidence.ref})"
    else:
        ref = re.sub(r"(https?://[^\s,;:)]+)", r"<\1>", evidence.ref) if "://" in evidence.ref else plain(evidence.ref)
    return f"*{evidence.kind}*: {ref}"


def outside(text: str, page: str) -> str:
    """A page of ``docs/`` with its links out of it as the site needs them; those within stay.

    Raises :class:`LinkLeadsNowhere`.
    """
    return linked(text, posixpath.dirname(f"docs/{page}"), page)


def on_files(files: Any, config: Any) -> Any:
    """MkDocs' event: the pages that are made stand beside those of ``docs/``."""
    from mkdocs.structure.files import File

    for path, text in pages().items():
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """MkDocs' event: links of what stands in ``docs/``."""
    return markdown if page.file.generated_by else outside(markdown, page.file.src_uri)


def on_page_content(html: str, page: Any, config: Any, files: Any) -> str:
    """MkDocs' event: a docstring's roles are Sphinx', which Markdown does not know."""
    return ROLE.sub(r"\1\2", html)
