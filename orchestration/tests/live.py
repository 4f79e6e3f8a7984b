"""A whole local stack with Airflow for the tests, and the words to talk to it."""

import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import psycopg

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 900
TESTS_BUNDLE = {
    "name": "tests",
    "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
    "kwargs": {"path": str(ROOT / "orchestration/tests/dags")},
}
OWN_BUNDLE = {"name": "dags-folder", "classpath": TESTS_BUNDLE["classpath"], "kwargs": {}}


class Live:
    """Kafka, PostgreSQL and Airflow of a stack of its own, started by `streamflow up`.

    Parameters
    ----------
    directory : Path
        Where it lies.
    webhook : str
        Airflow's connection for notifications.
    """

    def __init__(self, directory: Path, webhook: str) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "STREAMFLOW", "PYTHON"))}
        self.environment = inherited | {
            "STREAMFLOW_STACK_DIRECTORY": str(directory),
            "STREAMFLOW_STACK_KAFKA_HEAP_MIB": "256",
            "STREAMFLOW_STACK_READY_TIMEOUT_SECONDS": "600",
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
            "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps([OWN_BUNDLE, TESTS_BUNDLE]),
            "AIRFLOW__STREAMFLOW__RETRY_SECONDS": "1",
            "AIRFLOW_CONN_STREAMFLOW_WEBHOOK": webhook,
        }
        self.directory = directory
        facts = json.loads(self.streamflow("up", "kafka", "--with", "airflow", "--json"))
        self.page, self.dsn = facts["endpoints"]["airflow"], facts["endpoints"]["postgres_dsn"]
        password = json.loads((directory / "airflow/password.json").read_text())["streamflow"]
        self.token = ""
        self.token = self.ask("/auth/token", {"username": "streamflow", "password": password})["access_token"]

    def streamflow(self, *arguments: str) -> str:
        """Run a command in the main environment, and return what it printed."""
        return self.run(str(ROOT / ".venv/bin/streamflow"), *arguments)

    def run(self, *command: str) -> str:
        done = subprocess.run(command, env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def ask(self, path: str, body: Any = None, method: str | None = None) -> Any:
        """Send a request to Airflow's API."""
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {self.token}"} if self.token else {})
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.page + path, data, headers, method=method)  # noqa: S310 our own http address
        with urllib.request.urlopen(request, timeout=120) as response:  # noqa: S310
            return json.load(response)

    def unpause(self, *dag_ids: str) -> None:
        for dag_id in dag_ids:
            # Airflow knows a DAG once its file was read.
            self.until(partial(self.is_read, dag_id), f"{dag_id} is read")
            self.ask(f"/api/v2/dags/{dag_id}", {"is_paused": False}, "PATCH")

    def pause(self, dag_id: str) -> None:
        self.ask(f"/api/v2/dags/{dag_id}", {"is_paused": True}, "PATCH")

    def is_read(self, dag_id: str) -> bool:
        return dag_id in {dag["dag_id"] for dag in self.ask("/api/v2/dags")["dags"]}

    def trigger(self, dag_id: str) -> str:
        return str(self.ask(f"/api/v2/dags/{dag_id}/dagRuns", {"logical_date": None})["dag_run_id"])

    def runs(self, dag_id: str) -> dict[str, str]:
        """Return the state of each run, the oldest first."""
        found = self.ask(f"/api/v2/dags/{dag_id}/dagRuns?order_by=run_after")["dag_runs"]
        return {run["dag_run_id"]: run["state"] for run in found}

    def tasks(self, dag_id: str, run_id: str) -> dict[str, dict[str, Any]]:
        found = self.ask(f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances?limit=100")["task_instances"]
        return {task["task_id"]: task for task in found}

    def ended(self, dag_id: str, run_id: str) -> str:
        """Wait for the end of a run, and return how it ended."""
        self.until(lambda: self.runs(dag_id).get(run_id) in ("success", "failed"), f"{dag_id} {run_id} ends")
        return self.runs(dag_id)[run_id]

    def next_run(self, dag_id: str, known: set[str]) -> str:
        """Wait for a run that is not among these, and return its id."""
        self.until(lambda: bool(self.runs(dag_id).keys() - known), f"{dag_id} is started")
        return next(run_id for run_id in self.runs(dag_id) if run_id not in known)

    def until(self, condition: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            assert time.monotonic() < end, f"waited in vain: {what}"
            time.sleep(0.5)

    def processes(self, *words: str) -> list[psutil.Process]:
        """Return the stack's processes whose command line holds all of these words."""
        found = []
        for process in psutil.process_iter():
            try:
                line = " ".join(process.cmdline())
                if all(word in line for word in words) and process.environ().get("STREAMFLOW_SUPERVISED") == str(self.directory):
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def listening(self, word: str) -> set[str]:
        """Return the addresses on which those processes accept connections."""
        found = set()
        for process in self.processes(word):
            # One of them may end meanwhile.
            with suppress(psutil.Error):
                found |= {place.laddr.ip for place in process.net_connections(kind="tcp") if place.status == psutil.CONN_LISTEN}
        return found

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            cursor = connection.execute(query, parameters)
            return list(cursor.fetchall()) if cursor.description else []

    def down(self) -> None:
        self.streamflow("down", "--purge")
