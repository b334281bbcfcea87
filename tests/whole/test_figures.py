"""What reads the figures of ``watch --metrics``: alert rules and dashboard name what is there, as their own tools want.

The names and labels are those that the service writes; promtool reads the expressions, and Grafana's own models the
dashboard.
"""

from __future__ import annotations

import copy
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from modeswitch.service.metrics import HELP, Metrics
from tests.support.linters import lint
from tests.whole.test_readme import can_be_read

ROOT = Path(__file__).resolve().parents[2]
RULES, CASES = (ROOT / "contrib/prometheus" / name for name in ("modeswitch.rules.yml", "modeswitch.rules.test.yml"))
DASHBOARD = json.loads((ROOT / "contrib/grafana/modeswitch.json").read_text("utf-8"))
ALERTS = {one["alert"]: one for group in yaml.safe_load(RULES.read_text("utf-8"))["groups"] for one in group["rules"]}
GIVEN = {"instance", "job"}
"""The labels that Prometheus gives to all that it reads of a host."""
OTHERS = {"node_textfile_mtime_seconds": {"file"}}
"""Figure of node_exporter's textfile collector → its labels."""
KEYWORDS = {"and", "or", "unless", "offset"}
VARIABLES = {"$__rate_interval": "5m", "$instance": ".*", "$port": ".*"}
"""What Grafana puts into an expression → something of that form."""


def written() -> dict[str, set[str]]:
    """Figure → its labels, as a service writes them that has seen all there is to see."""
    figures = Metrics("x")
    figures.note("left", port="1-1")
    figures.note("back", port="1-1", id="12d1:155e")
    figures.note("done", port="1-1", id="12d1:155e", mode="ncm", result="switched")
    figures.note("error", port="1-1", error="NotBack", wanted="ncm")
    lines = [line for line in figures.text({"1-1"}, {"1-1": True}).splitlines() if not line.startswith("#")]
    return {line.split("{")[0].split(" ")[0]: set(re.findall(r'(\w+)="', line)) for line in lines}


LABELS = {name: labels | GIVEN for name, labels in {**written(), **OTHERS}.items()}


def named(expression: str) -> tuple[set[str], set[str]]:
    """The figures and the labels that an expression of PromQL names."""
    labels: list[str] = []
    bare = re.sub(r'"[^"]*"', "", expression)
    for pattern in (r"\{([^}]*)\}", r"\b(?:by|on|without|ignoring|group_left|group_right) *\(([^)]*)\)"):
        labels += [label for inner in re.findall(pattern, bare) for label in re.findall(r"\w+", inner)]
        bare = re.sub(pattern, "", bare)
    return set(re.findall(r"(?<![\w$])[a-z_]\w*\b(?! *\()", bare)) - KEYWORDS, set(labels)


def unknown(expression: str, *labels: str) -> set[str]:
    """What an expression, and what is told of it by these labels, names and nobody writes."""
    figures, inner = named(expression)
    known = set().union(*(LABELS.get(figure, set()) for figure in figures))
    return (figures - LABELS.keys()) | ({*inner, *labels} - known)


def filled(expression: str) -> str:
    """An expression with something for each variable of Grafana's."""
    for variable, value in VARIABLES.items():
        expression = expression.replace(variable, value)
    return expression


def queries() -> dict[str, dict[str, Any]]:
    """Panel and letter → each query of the dashboard."""
    return {f"{panel['title']} {one['refId']}": one for panel in DASHBOARD["panels"] for one in panel["targets"]}


def test_a_service_writes_all_that_is_looked_for_here() -> None:
    assert written().keys() == HELP.keys()


def test_the_page_names_every_figure_and_its_labels() -> None:
    page = (ROOT / "docs/recipes/monitoring.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \|.*\| ([a-z, ]*)\|$", page, re.MULTILINE)
    assert {name: set(re.findall(r"\w+", labels)) for name, labels in rows} == written()


@pytest.mark.parametrize(
    ("expression", "wrong"),
    [
        ("sum by (port, kind) (increase(modeswitch_failures_total[1h])) > 2", set()),
        ("sum by (port, mode) (increase(modeswitch_failures_total[1h])) > 2", {"mode"}),
        ("modeswitch_line_down == 0", {"modeswitch_line_down"}),
        ('modeswitch_line_up{id=~"12d1:.*"} == 0 unless modeswitch_line_up offset 1h', {"id"}),
    ],
)
def test_a_name_that_nobody_writes_is_seen(expression: str, wrong: set[str]) -> None:
    assert unknown(expression) == wrong


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_is_about_figures_that_are_written(name: str) -> None:
    rule = ALERTS[name]
    text = " ".join(rule["annotations"].values())
    assert unknown(rule["expr"], *re.findall(r"\$labels\.(\w+)", text)) == set()
    for queried in re.findall(r'printf "(\S+)" .* \| query', text):
        assert unknown(queried.replace("%q", '""')) == set()
    assert rule["labels"]["severity"] in ("warning", "critical")


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_says_what_to_do(name: str) -> None:
    """In commands that are there."""
    text = ALERTS[name]["annotations"]["description"].replace("{{ $labels.port }}", "1-1")
    lines = re.findall(r"(?<=: )(?:modeswitch|journalctl|dmesg) ?[a-z0-9 -]*|systemctl \w+ \S+|modeswitch report", text)
    assert lines or "dmesg" in text, text
    for line in lines:
        assert not line.startswith("modeswitch") or can_be_read(line), line
    assert ALERTS[name]["annotations"]["summary"].endswith(".")


def test_every_alert_has_a_case_in_which_it_comes_and_one_in_which_it_does_not() -> None:
    cases = [case for test in yaml.safe_load(CASES.read_text("utf-8"))["tests"] for case in test["alert_rule_test"]]
    for comes in (True, False):
        assert {case["alertname"] for case in cases if bool(case["exp_alerts"]) is comes} == ALERTS.keys()


def test_the_cases_are_about_figures_that_are_written() -> None:
    tests = yaml.safe_load(CASES.read_text("utf-8"))["tests"]
    for series in (one["series"] for test in tests for one in test["input_series"]):
        figure = series.split("{")[0]
        assert set(re.findall(r'(\w+)="', series)) <= LABELS[figure], series


@pytest.mark.parametrize("name", queries())
def test_a_panel_shows_figures_that_are_written(name: str) -> None:
    query = queries()[name]
    assert unknown(filled(query["expr"]), *re.findall(r"\{\{ *(\w+) *\}\}", query["legendFormat"])) == set()


def test_the_dashboard_shows_every_figure() -> None:
    assert HELP.keys() <= set().union(*(named(query["expr"])[0] for query in queries().values()))


def test_the_columns_of_the_table_are_labels_of_a_stick() -> None:
    (table,) = (panel for panel in DASHBOARD["panels"] if panel["type"] == "table")
    (organized,) = (one["options"] for one in table["transformations"])
    assert organized["indexByName"].keys() == organized["renameByName"].keys() == LABELS["modeswitch_stick"] - {"job"}


def test_the_variables_of_the_dashboard_are_of_figures_that_are_written() -> None:
    source, *others = DASHBOARD["templating"]["list"]
    assert (source["type"], source["query"]) == ("datasource", "prometheus")
    for one in others:
        ((expression, label),) = re.findall(r"^label_values\((.+), (\w+)\)$", one["query"]["query"])
        assert unknown(filled(expression), label) == set()
        assert label == one["name"]


def test_no_panel_asks_a_source_of_its_own_or_lies_on_another() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        for one in (panel, *panel["targets"]):
            assert one["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


@pytest.mark.package
def test_promtool_reads_the_alerts() -> None:
    assert f"SUCCESS: {len(ALERTS)} rules found" in lint(
        "promtool", "check", "rules", "--lint=all", "--lint-fatal", RULES
    )


@pytest.mark.package
def test_each_alert_comes_when_it_should() -> None:
    lint("promtool", "test", "rules", CASES)


@pytest.mark.package
@pytest.mark.parametrize(
    ("old", "new"),
    [("modeswitch_line_up == 0", "modeswitch_line_up == 1"), ("for: 10m", "for: 8m"), ("{{ $labels.kind }}", "x")],
)
def test_an_alert_that_comes_otherwise_is_seen(old: str, new: str, tmp_path: Path) -> None:
    text = RULES.read_text("utf-8")
    assert old in text
    shutil.copy(CASES, tmp_path)
    (tmp_path / RULES.name).write_text(text.replace(old, new))
    with pytest.raises(AssertionError, match="FAILED"):
        lint("promtool", "test", "rules", tmp_path / CASES.name)


@pytest.mark.package
def test_promtool_reads_every_expression_of_the_dashboard(tmp_path: Path) -> None:
    rules = [{"record": f"panel:{n}", "expr": filled(query["expr"])} for n, query in enumerate(queries().values())]
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    assert f"SUCCESS: {len(rules)} rules found" in lint("promtool", "check", "rules", tmp_path / "rules.yml")


@pytest.mark.package
def test_grafana_knows_every_key_and_value_of_the_dashboard() -> None:
    from tests.support.grafana import strange

    assert strange(DASHBOARD) == []
    broken = copy.deepcopy(DASHBOARD)
    broken["panels"][4]["options"]["legend"]["placment"] = "bottom"
    broken["panels"][4]["fieldConfig"]["defaults"]["custom"]["drawStyle"] = "crayon"
    assert len(strange(broken)) == 2
