"""The built images from inside: who one is there, what is there, and whether it does its work."""

import json
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

from streamflow import __version__
from streamflow.contracts.orchestration import DAG_IDS

ROOT: Final = Path(__file__).resolve().parents[2]
STORE: Final = ROOT / "build" / "images"
RESULT: Final = ROOT / "benchmarks" / "results" / "images.json"
USER: Final = "10001"
_BUILDAH: Final = ["buildah", "--root", str(STORE / "storage"), "--runroot", str(STORE / "run"), "--storage-driver", "overlay"]

PLAN: Final = """
from pyflink.datastream import StreamExecutionEnvironment
from streamflow.flink.job import build, configuration
from streamflow.flink.settings import JobSettings
settings = JobSettings(kafka={"bootstrap.servers": "kafka:9093"})
environment = StreamExecutionEnvironment.get_execution_environment(configuration(settings))
build(environment, settings)
print(environment.get_execution_plan())
"""
SCORED: Final = (
    "streamflow simulate --events 2000 --customers 50 --out /tmp/t.jsonl && streamflow score /tmp/t.jsonl --out /tmp/scored --json"
)
DAGS: Final = """
from airflow.dag_processing.dagbag import DagBag
bag = DagBag("/opt/airflow/orchestration/dags")
print(sorted(bag.dags), bag.import_errors)
"""
DAGS_THERE: Final = f"{sorted(DAG_IDS)} {{}}"
DBT_MODELS: Final = (
    "/opt/airflow/orchestration/bin/dbt --log-path /tmp/dbt ls --target-path /tmp/dbt --resource-type model --output name "
    "--project-dir /opt/airflow/warehouse --profiles-dir /opt/airflow/warehouse"
)

CHECKS: Final[dict[str, list[tuple[list[str], str]]]] = {
    "tools": [
        (["streamflow", "--version"], "streamflow 0.1"),
        (["id", "-u"], USER),
        (
            ["streamflow", "rules", "validate", "/opt/streamflow/venv/lib/python3.11/site-packages/streamflow/score/rules/rules.yaml"],
            "valid",
        ),
        (["sh", "-c", SCORED], '"decisions": 2000'),
        (
            ["java", "-cp", "/opt/streamflow/jars/liquibase/*", "liquibase.integration.commandline.LiquibaseCommandLine", "--version"],
            "Liquibase",
        ),
    ],
    "flink-job": [
        (["id", "-u"], USER),
        (["python", "-c", "import sys; print(sys.prefix)"], "/opt/streamflow/venv"),
        (["python", "-c", PLAN], "streamflow.dlq-oversized"),
        (
            ["env", "bash", "-c", "command -v kubernetes-jobmanager.sh kubernetes-taskmanager.sh"],
            "/opt/flink/bin/kubernetes-taskmanager.sh",
        ),
        (["sh", "-c", "ls /opt/flink/lib /opt/flink/plugins/s3-fs-presto"], "flink-s3-fs-presto"),
    ],
    "airflow": [
        (["id", "-u"], USER),
        (["airflow", "version"], "3."),
        (["python", "-c", DAGS], DAGS_THERE),
        (["python", "-m", "orchestration.prepare"], "Uploaded 2 pool(s)"),
        (["sh", "-c", DBT_MODELS], "mart_model_performance"),
        (["/opt/streamflow/venv/bin/streamflow", "--version"], "streamflow 0.1"),
    ],
}
"""What is run in each image, and what it has to print."""

ABSENT: Final = ("gcc", "pip", "javac", "git", "curl", "mvn", "sudo")


def main() -> int:
    """Try every image, keep sizes, and return the exit code."""
    facts: dict[str, Any] = {"date": time.strftime("%Y-%m-%d"), "machine": platform.machine(), "images": {}}
    faults = []
    for name, checks in CHECKS.items():
        image = f"localhost/streamflow/{name}"
        container = _buildah("from", "--pull-never", image).strip()
        try:
            for command, expected in checks:
                said = _run(container, command)
                ok = expected in said
                sys.stdout.write(f"{'right' if ok else 'WRONG'}  {name}: {' '.join(command)[:90].splitlines()[0]}\n")
                faults += [] if ok else [said[-2_000:]]
            there = _run(container, ["sh", "-c", f"command -v {' '.join(ABSENT)} || true"])
            faults += [f"{name} has {', '.join(there)}"] if there else []
            contents = _write_bill(container, name)
        finally:
            _buildah("rm", container)
        (inspected,) = json.loads(_buildah("images", "--json", image))
        facts["images"][name] = {"size": inspected["size"], "checks": len(checks), "contents": contents}
    for fault in faults:
        sys.stderr.write(f"{fault}\n")
    if not faults:
        RESULT.write_text(json.dumps(facts, indent=2) + "\n")
    return int(bool(faults))


def _write_bill(container: str, name: str) -> dict[str, int]:
    """Write the image's bill of materials into build/images, and return how much of each kind is in it."""
    inventory, bill = STORE / f"{name}.inventory.json", STORE / f"{name}.cdx.json"
    inventory.write_text(_run(container, ["python", "-"], given=(Path(__file__).parent / "inventory.py").read_text()))
    program: list[str | Path] = [ROOT / "build" / "gate" / "venv" / "bin" / "python", ROOT / "deploy" / "release" / "bill.py", "container"]
    subprocess.run([*program, name, __version__, inventory, bill], check=True)
    return {kind: len(things) for kind, things in json.loads(inventory.read_text()).items()}


def _run(container: str, command: list[str], given: str | None = None) -> str:
    done = subprocess.run(
        [*_BUILDAH, "run", "--isolation", "chroot", "--user", f"{USER}:{USER}", container, "--", *command],
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    return done.stdout + (f"\n{done.stderr}" if done.returncode else "")


def _buildah(*arguments: str) -> str:
    return subprocess.run([*_BUILDAH, *arguments], check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
