"""The dashboards' files: what Grafana accepts, made of metrics that exist, with links that lead somewhere."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard as GrafanaDashboard

from scripts.dashboards.grafana import ANNOTATIONS, as_json
from scripts.dashboards.source import Dashboard, Panel, dashboards
from scripts.reference.observability import rule_files
from streamflow.contracts.probe_metrics import PROBE_METRICS
from streamflow.observe.alerts import RUNBOOKS
from streamflow.stack.config import CHECKOUT

PAGES: Final = dashboards()
_NAME: Final = re.compile(r"\b(?:streamflow_|flink_|slo:)[\w:]*")


@pytest.fixture(params=PAGES, ids=lambda page: page.name)
def page(request: pytest.FixtureRequest) -> Dashboard:
    """Return one dashboard after the other."""
    found: Dashboard = request.param
    return found


def panels() -> Iterator[Panel]:
    for page in PAGES:
        yield from page.panels


def known_names() -> set[str]:
    recorded = re.findall(r"^ +- record: (\S+)$", "".join(rule_files().values()), flags=re.MULTILINE)
    suffixes = ("", "_bucket", "_sum", "_count")
    return {*recorded, *(f"{item.name}{suffix}" for item in PROBE_METRICS for suffix in suffixes)}


def test_there_are_the_four() -> None:
    assert [page.name for page in PAGES] == ["fraud-operations", "pipeline-health", "model-and-rules", "objectives"]


def test_grafanas_own_types_read_the_file_and_write_it_again(page: Dashboard) -> None:
    document = json.loads(as_json(page))
    again = json.loads(json.dumps(GrafanaDashboard.from_json(document), cls=JSONEncoder))
    assert again == document
    assert document["schemaVersion"] >= 39


def test_every_panel_has_a_place_of_its_own(page: Dashboard) -> None:
    def cells(place: dict[str, Any]) -> set[tuple[int, int]]:
        return {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}

    placed = [cells(panel["gridPos"]) for panel in json.loads(as_json(page))["panels"]]
    assert len(placed) == len(page.panels)
    assert len(set.union(*placed)) == sum(map(len, placed))
    assert max(x for x, _ in set.union(*placed)) < 24


def test_queries_are_made_of_metrics_that_exist() -> None:
    expressions = [query.expr for panel in panels() for query in panel.queries] + [expression for _, expression, _ in ANNOTATIONS]
    assert {name for expression in expressions for name in _NAME.findall(expression)} <= known_names()


def test_panels_are_questions_and_no_two_are_the_same() -> None:
    questions = [panel.question for panel in panels()]
    assert all(question.endswith("?") for question in questions)
    assert len(set(questions)) == len(questions)


def test_runbooks_exist() -> None:
    for panel in panels():
        if panel.runbook:
            assert (CHECKOUT / RUNBOOKS / f"{panel.runbook}.md").exists(), panel.question


def test_every_variable_is_used_and_every_one_that_is_used_is_there(page: Dashboard) -> None:
    used = {name for panel in page.panels for query in panel.queries for name in re.findall(r"\$(\w+)", query.expr)}
    assert used - {"__rate_interval"} == {variable.name for variable in page.variables}
    assert not any("$" in page.ask(query) for panel in page.panels for query in panel.queries)
