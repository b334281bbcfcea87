"""What is left of a run: its figures by parser, and the inputs that are kept."""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from tests.fuzz import corpus, distil, figures
from tests.fuzz.judge import Judge
from tests.fuzz.parser import Outcome, Parser


def _run(raw: bytes, folder: Path) -> Outcome:
    assert raw != b"no"
    return Outcome(0, "x")


def test_the_figures_of_all_parts_are_summed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("judge", "figures"):
        monkeypatch.setattr(f"tests.fuzz.{module}.FIGURES", tmp_path / "left")
    for name, by, mark, inputs in (
        ("b", "hypothesis", "0", [b"", b"x"]),
        ("b", "hypothesis", "1", [b"", b"no"]),
        ("b", "atheris", "0", [b"x"]),
        ("A", "atheris", "0", [b"x"] * 1000),
    ):
        judge = Judge(name, Parser(_run, (b"",), 1), tmp_path)
        for raw in inputs:
            if raw == b"no":
                with pytest.raises(AssertionError):
                    judge(raw)
            else:
                judge(raw)
        judge.note(by, mark)
    found = figures.of_last_run()
    assert [(name, one.hypothesis, one.atheris, one.broken) for name, one in found.items()] == [
        ("A", 0, 1000, 0),
        ("b", 4, 1, 1),
    ]
    lines = list(figures.table(found))
    assert lines[0].count("|") == lines[1].count("|") == lines[-1].count("|")
    assert lines[-1].startswith("| all | 4 | 1,001 | ")
    page = tmp_path / "page.md"
    page.write_text(f"a\n{figures.BEGIN}\nold\n{figures.END}\nb\n")
    monkeypatch.setattr(figures, "PAGE", page)
    for _ in range(2):
        assert figures.main(["--write"]) == 0
        text = page.read_text()
        assert text.startswith(f"a\n{figures.BEGIN}\n\n1,005 inputs in ")
        assert text.endswith(f"{lines[-1]}\n\n{figures.END}\nb\n")
        assert "old" not in text


def test_without_a_run_there_are_no_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "FIGURES", tmp_path)
    assert figures.main(["--write"]) == 1


def test_the_page_has_a_place_for_the_figures() -> None:
    text = figures.PAGE.read_text("utf-8")
    assert 0 < text.index(figures.BEGIN) < text.index(figures.END)


def test_what_is_kept_is_read_again_each_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus, "FOLDER", tmp_path / "new")
    assert corpus.kept("a name, two") == ()
    inputs = (b"'\"\\", b"\0\n\xff", b"", b"x" * corpus.LONGEST)
    assert corpus.keep("a name, two", [*inputs, b"", b"x" * (corpus.LONGEST + 1)]) == 4
    assert corpus.keep("a name, two", inputs) == 4
    assert set(corpus.kept("a name, two")) == set(inputs)
    assert corpus.path_of("a name, two").name == "a-name-two.txt"


def test_only_what_reaches_new_lines_is_distilled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from modeswitch.usb.descriptors import Port
    from tests.fuzz.parser import told

    parser = Parser(lambda raw, folder: told(lambda: Port.parse(raw.decode())), (b"1-1",), 1)
    monkeypatch.setattr(distil, "PARSERS", {"a port": parser})
    monkeypatch.setattr(distil, "FIGURES", tmp_path)
    monkeypatch.setattr(corpus, "FOLDER", tmp_path / "kept")
    found = tmp_path / "corpus" / "a-port"
    found.mkdir(parents=True)
    for number, raw in enumerate((b"1-2", b"x-1", b"no port", b"1-1.4")):
        (found / str(number)).write_bytes(raw)
    assert distil.distil("a port") == 1
    assert corpus.kept("a port") == (b"x-1",)


def test_who_traces_besides_goes_on_afterwards() -> None:
    """As ``make coverage`` does, in the very process."""

    def other(_frame: FrameType, _event: str, _: Any) -> None:
        return None

    before = sys.gettrace()
    sys.settrace(other)
    try:
        distil.lines_of(lambda: None)
        after = sys.gettrace()
    finally:
        sys.settrace(before)
    assert after is other
