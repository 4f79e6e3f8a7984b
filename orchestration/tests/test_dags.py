"""The DAGs as Airflow reads them: without errors, with the edges that they should have, and with what all have in common."""

import ast
import json
from datetime import timedelta
from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag

from orchestration.catalogue import POOLS, SPECS
from streamflow.contracts.orchestration import DAG_IDS, DATA_QUALITY, INGEST_AUDIT, MAINTENANCE, REFRESH, TRANSFORM

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "orchestration" / "dags").glob("*.py"))
GOLDEN = Path(__file__).with_name("edges.json")


@pytest.fixture(scope="module")
def bag() -> DagBag:
    return DagBag(str(ROOT / "orchestration" / "dags"))


def test_every_dag_is_read_without_an_error(bag: DagBag) -> None:
    assert bag.import_errors == {}
    assert set(bag.dags) == set(DAG_IDS) == {spec.dag_id for spec in SPECS}


def test_every_dag_has_the_edges_that_were_agreed_on(bag: DagBag) -> None:
    """dbt's models come and go: of `transform` only what does not depend on them is held."""
    found = {
        dag_id: sorted(f"{task.task_id} > {after}" for task in dag.tasks for after in task.downstream_task_ids if "." not in task.task_id)
        for dag_id, dag in bag.dags.items()
    }
    assert found == json.loads(GOLDEN.read_text()), "if this is meant, write edges.json anew"


@pytest.mark.parametrize(("earlier", "later"), [("staging", "intermediate"), ("intermediate", "marts")])
def test_no_layer_begins_before_the_tests_of_the_one_before_it(bag: DagBag, earlier: str, later: str) -> None:
    dag = bag.dags[TRANSFORM]
    (test,) = (task for task in dag.tasks if task.task_id.startswith(f"{earlier}.") and task.task_id.endswith("_test"))
    roots = {task.task_id for task in dag.task_group.get_child_by_label(later).get_roots()}
    assert roots
    assert roots <= set(test.downstream_task_ids)
    models = {task.task_id for task in dag.tasks if task.task_id.startswith(f"{earlier}.") and task.task_id.endswith(("_run", "_snapshot"))}
    assert models <= dag.get_task(test.task_id).get_flat_relative_ids(upstream=True)


def test_every_model_of_the_project_has_its_task(bag: DagBag) -> None:
    manifest = json.loads((ROOT / "build/airflow/dbt/manifest.json").read_text())
    models = {node["name"] for node in manifest["nodes"].values() if node["resource_type"] in ("model", "snapshot")}
    tasks = {task.task_id.partition(".")[2].removesuffix("_run").removesuffix("_snapshot") for task in bag.dags[TRANSFORM].tasks}
    assert models - tasks == set()


def test_gold_stands_behind_the_gate_and_assets_start_the_chain(bag: DagBag) -> None:
    outlets = {(dag_id, task.task_id): [asset.name for asset in task.outlets] for dag_id, dag in bag.dags.items() for task in dag.tasks}
    assert {place: names for place, names in outlets.items() if names} == {
        (INGEST_AUDIT, "audit"): ["bronze_audited"],
        (DATA_QUALITY, "gate"): ["bronze_checked"],
        (TRANSFORM, "promoted"): ["gold_built"],
    }
    assert {dag_id: bag.dags[dag_id].timetable.expression for dag_id in (INGEST_AUDIT, MAINTENANCE)} == {
        INGEST_AUDIT: "*/15 * * * *",
        MAINTENANCE: "30 3 * * *",
    }
    started_by = {dag_id: bag.dags[dag_id].timetable.asset_condition.objects for dag_id in (DATA_QUALITY, TRANSFORM)}
    assert {dag_id: [asset.name for asset in assets] for dag_id, assets in started_by.items()} == {
        DATA_QUALITY: ["bronze_audited"],
        TRANSFORM: ["bronze_checked"],
    }


def test_every_task_is_retried_with_growing_pauses_in_a_pool_that_exists_and_tells_when_it_fails(bag: DagBag) -> None:
    pools = {pool.name for pool in POOLS}
    for dag in bag.dags.values():
        for task in dag.tasks:
            facts = (task.retries, task.retry_exponential_backoff, task.max_retry_delay)
            assert facts == (3, 2.0, timedelta(minutes=10)), task.task_id
            assert task.pool in pools, task.task_id
            assert task.on_failure_callback, task.task_id
            assert task.execution_timeout is not None, task.task_id


def test_every_dag_runs_once_at_a_time_makes_up_for_nothing_and_has_a_deadline(bag: DagBag) -> None:
    for spec in SPECS:
        dag = bag.dags[spec.dag_id]
        assert (dag.max_active_runs, dag.catchup) == (1, False)
        (deadline,) = dag.deadline
        assert deadline.interval == spec.deadline


def test_dbt_runs_in_transform_alone_so_that_no_two_write_one_table(bag: DagBag) -> None:
    kinds = {dag_id: {type(task).__module__.partition(".")[0] for task in dag.tasks} for dag_id, dag in bag.dags.items()}
    assert {dag_id for dag_id, packages in kinds.items() if "cosmos" in packages} == {TRANSFORM}
    assert REFRESH in bag.dags[TRANSFORM].task_ids


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_dag_file_is_thin_and_has_a_name_that_dbt_does_not_import(file: Path) -> None:
    kinds = [type(statement) for statement in ast.parse(file.read_text()).body]
    assert kinds == [ast.Expr, ast.ImportFrom, ast.ImportFrom, ast.ImportFrom, ast.Assign]
    assert not file.name.startswith("dbt_")


def at_import(source: str) -> list[str]:
    """Return the calls that a module makes when it is imported."""
    calls: list[str] = []

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            return
        if isinstance(node, ast.Call):
            calls.append(ast.unparse(node.func))
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(source))
    return calls


@pytest.mark.parametrize("file", [*FILES, *sorted((ROOT / "orchestration").glob("*.py"))], ids=lambda file: file.name)
def test_importing_a_module_reads_no_file_and_asks_nobody(file: Path) -> None:
    refused = ("open", "read", "connect", "get_conn", "run", "now", "environ", "Variable", "get_connection", "exists")
    assert [call for call in at_import(file.read_text()) if call.rpartition(".")[2].startswith(refused)] == []


def test_a_module_that_reads_at_import_is_seen() -> None:
    assert at_import("value = Path('x').read_text()") == ["Path('x').read_text", "Path"]
    assert at_import("def later():\n    open('x')") == []
