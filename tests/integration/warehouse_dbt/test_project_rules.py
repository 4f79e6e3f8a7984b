"""The rules of dbt-project-evaluator, held against dbt's own manifest.

The package itself comes from dbt's hub and from GitHub, and no package index has it; so its rules stand here, each under its name there.
A waiver says why. Rules that judge BigQuery or packages are left out, as there is neither.
"""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

import pytest

from scripts.reference.lineage import PICTURE, lineage_svg
from tests.integration.warehouse_dbt.conftest import Built

pytestmark = pytest.mark.stack

MAX_JOINS: Final = 7
MAX_LEAF_CHILDREN: Final = 3
MAX_CHAINED_VIEWS: Final = 4
LAYERS: Final = {"stg": "staging", "int": "intermediate", "dim": "marts", "fct": "marts", "mart": "marts"}
WAIVED: Final = {
    "fct_root_models": {"dim_date": "a calendar has no source"},
    "fct_rejoining_of_upstream_concepts": {
        "int_rule_days": "analysts ask for hits, so they are a table; verdicts change, so they are joined late",
        "mart_alert_queue": "only the run's now comes by the second way",
        "mart_customer_risk": "customers of whom the shop has told nothing are in the dimension because they pay",
    },
    "fct_model_fanout": {"int_source_days": "every mart that looks back asks it for the newest event time, its now"},
}


class Graph:
    """The manifest as parents and children."""

    def __init__(self, manifest: dict[str, Any]) -> None:
        self.nodes: dict[str, dict[str, Any]] = manifest["nodes"] | manifest["sources"]
        self.models = {key: node for key, node in manifest["nodes"].items() if node["resource_type"] == "model"}
        self.exposures: dict[str, dict[str, Any]] = manifest["exposures"]
        self.parents = {
            key: [parent for parent in node["depends_on"]["nodes"] if parent in self.nodes] for key, node in self.models.items()
        }
        self.parents |= {key: node["depends_on"]["nodes"] for key, node in manifest["nodes"].items() if node["resource_type"] == "snapshot"}
        self.children: dict[str, list[str]] = defaultdict(list)
        for key, parents in self.parents.items():
            for parent in parents:
                self.children[parent].append(key)
        self.tests: dict[str, list[str]] = defaultdict(list)
        self.not_null: dict[str, set[str]] = defaultdict(set)
        self.keys: dict[str, list[str]] = {}
        for node in manifest["nodes"].values():
            if node["resource_type"] == "test" and node.get("attached_node"):
                kind = node["test_metadata"]["name"]
                self.tests[node["attached_node"]].append(kind)
                if kind == "not_null":
                    self.not_null[node["attached_node"]].add(node["column_name"])
                if kind == "one_row_per":
                    self.keys[node["attached_node"]] = node["test_metadata"]["kwargs"]["columns"]

    def name(self, key: str) -> str:
        return str(self.nodes[key]["name"])

    def layer(self, key: str) -> str:
        node = self.nodes[key]
        return "source" if node["resource_type"] == "source" else str(node["path"]).partition("/")[0]

    def is_source(self, key: str) -> bool:
        return key.startswith("source.")


@pytest.fixture(scope="session")
def graph(built: Built) -> Graph:
    return Graph(json.loads((built.folder / "target" / "manifest.json").read_text()))


def unwaived(rule: str, found: set[str]) -> set[str]:
    """Return what breaks a rule; a waiver that nothing needs is an error too."""
    waivers = WAIVED.get(rule, {})
    assert set(waivers) - found == set(), "nothing needs these waivers"
    return found - set(waivers)


def test_fct_root_models(graph: Graph) -> None:
    assert unwaived("fct_root_models", {graph.name(key) for key, parents in graph.parents.items() if not parents}) == set()


def test_fct_direct_join_to_source_and_fct_marts_or_intermediate_dependent_on_source(graph: Graph) -> None:
    on_source = {graph.name(key) for key, parents in graph.parents.items() if any(map(graph.is_source, parents))}
    assert {name for name in on_source if not name.startswith("stg_")} == set()


def test_fct_multiple_sources_joined_and_fct_source_fanout_and_fct_unused_sources(graph: Graph) -> None:
    assert {graph.name(key) for key, parents in graph.parents.items() if sum(map(graph.is_source, parents)) > 1} == set()
    assert {key: len(graph.children[key]) for key in graph.nodes if graph.is_source(key) and len(graph.children[key]) != 1} == {}


def test_fct_duplicate_sources(graph: Graph) -> None:
    places = [(node["schema"], node["identifier"]) for key, node in graph.nodes.items() if graph.is_source(key)]
    assert len(places) == len(set(places))


def test_fct_staging_dependent_on_staging_or_downstream(graph: Graph) -> None:
    staging = [key for key in graph.models if graph.layer(key) == "staging"]
    assert {graph.name(key) for key in staging if not all(map(graph.is_source, graph.parents[key]))} == set()


def test_layers_depend_on_what_comes_before_them(graph: Graph) -> None:
    order = ("source", "staging", "intermediate", "marts")
    wrong = {
        (graph.name(key), graph.name(parent))
        for key in graph.models
        for parent in graph.parents[key]
        if not graph.name(parent).startswith("snap_") and order.index(graph.layer(parent)) > order.index(graph.layer(key))
    }
    assert wrong == set()


def test_fct_model_fanout(graph: Graph) -> None:
    found = set()
    for key in graph.models:
        leaves = [child for child in graph.children[key] if not graph.children[child]]
        if len(leaves) > MAX_LEAF_CHILDREN:
            found.add(graph.name(key))
    assert unwaived("fct_model_fanout", found) == set()


def test_fct_rejoining_of_upstream_concepts(graph: Graph) -> None:
    found = set()
    for key in graph.models:
        parents = graph.parents[key]
        for parent in parents:
            grandparents = set(graph.parents.get(parent, ()))
            if grandparents & set(parents) and graph.children[parent] == [key]:
                found.add(graph.name(key))
    assert unwaived("fct_rejoining_of_upstream_concepts", found) == set()


def test_fct_too_many_joins(graph: Graph) -> None:
    assert {graph.name(key): len(parents) for key, parents in graph.parents.items() if len(parents) > MAX_JOINS} == {}


def test_fct_hard_coded_references(graph: Graph) -> None:
    words = ("from bronze.", "join bronze.", "from silver.", "join silver.", "from gold.", "join gold.", "from metrics.", "join metrics.")
    assert {node["name"] for node in graph.models.values() if any(word in node["raw_code"].lower() for word in words)} == set()


def test_fct_missing_primary_key_tests(graph: Graph) -> None:
    without = {node["name"] for key, node in graph.models.items() if key not in graph.keys}
    assert without == set()
    # A key column is never empty: by a test, by the contract, or because bronze's own key says so.
    for key, columns in graph.keys.items():
        node = graph.models[key]
        enforced = {name for name, column in node["columns"].items() if any(item["type"] == "not_null" for item in column["constraints"])}
        if graph.layer(key) != "staging" and node["config"]["materialized"] != "view":
            assert set(columns) <= enforced | graph.not_null[key], node["name"]


def test_fct_missing_source_freshness(graph: Graph) -> None:
    """Freshness is asked where a standstill means something; elsewhere the source says so itself."""
    watched = {graph.name(key) for key, node in graph.nodes.items() if graph.is_source(key) and node["freshness"]}
    assert watched == {"decisions", "alerts", "labels", "realtime"}


def test_fct_undocumented_models_sources_and_columns(graph: Graph) -> None:
    documented = {key: node for key, node in graph.nodes.items() if node["resource_type"] in ("model", "source", "snapshot")}
    assert {node["name"] for node in documented.values() if not node["description"].strip()} == set()
    columns = {
        (node["name"], name) for node in documented.values() for name, column in node["columns"].items() if not column["description"]
    }
    assert columns == set()
    for node in graph.models.values():
        assert node["columns"], node["name"]


def test_every_column_of_the_database_is_documented(graph: Graph, built: Built) -> None:
    for node in graph.models.values():
        query = "SELECT column_name FROM information_schema.columns WHERE table_schema = %s AND table_name = %s"
        assert {name for (name,) in built.database.rows(query, node["schema"], node["name"])} == set(node["columns"]), node["name"]


def test_fct_model_naming_conventions_and_fct_model_directories(graph: Graph) -> None:
    for key, node in graph.models.items():
        assert LAYERS.get(node["name"].partition("_")[0]) == graph.layer(key), node["name"]
        assert node["schema"] == ("gold" if graph.layer(key) == "marts" else "silver")
        assert node["tags"] == [graph.layer(key)]


def test_fct_test_directories_and_fct_source_directories(graph: Graph) -> None:
    """Each model is described beside itself."""
    for node in graph.models.values():
        described = str(node["patch_path"]).partition("://")[2]
        assert Path(described) == Path(str(node["original_file_path"])).with_suffix(".yml")


def test_fct_chained_views_dependencies(graph: Graph) -> None:
    def chain(key: str) -> int:
        if graph.nodes[key].get("config", {}).get("materialized") != "view":
            return 0
        return 1 + max((chain(parent) for parent in graph.parents[key]), default=0)

    assert {graph.name(key): chain(key) for key in graph.models if chain(key) > MAX_CHAINED_VIEWS} == {}


def test_fct_exposures_dependent_on_private_models_and_on_tables_only(graph: Graph) -> None:
    for exposure in graph.exposures.values():
        for key in exposure["depends_on"]["nodes"]:
            node = graph.models[key]
            assert (node["access"], node["config"]["materialized"] in ("table", "incremental")) == ("public", True), node["name"]


def test_fct_public_models_without_contracts(graph: Graph) -> None:
    public = {node["name"] for node in graph.models.values() if node["access"] == "public"}
    assert public == {node["name"] for node in graph.models.values() if node["contract"]["enforced"]}
    assert public == {node["name"] for key, node in graph.models.items() if graph.layer(key) == "marts"}


def test_the_picture_of_the_lineage_is_that_of_the_manifest(built: Built) -> None:
    manifest = json.loads((built.folder / "target" / "manifest.json").read_text())
    assert PICTURE.read_text(encoding="utf-8") == lineage_svg(manifest), "dbt parse, then python -m scripts.reference.lineage MANIFEST"
