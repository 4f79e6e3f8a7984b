"""The fraud-detector's memory in an object storage, as the manifests have it: checkpoints, a savepoint, and a storage that hangs.

Broker and Flink are the local stack's; Flink's file system for object storage is the jar that the image has, in a class loader of its own,
and the places are those that the manifests name.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from deploy.gate.control_plane import ROOT
from deploy.gate.object_storage import ObjectStorage, object_storage
from deploy.gate.render import of_kind, render
from streamflow.stack.lifecycle import Stack
from tests.integration.job.campaign import compare
from tests.integration.job.live_job import LiveJob, disordered_traffic, wait_until
from tests.integration.job.small_stack import settings_for

pytestmark = pytest.mark.timeout(900)

JOB: Final = "fraud-detector"
PLUGIN: Final = "s3-fs-presto"
EVENTS: Final = 2_000
RATE: Final = 200.0


class Memory:
    """A job whose memory is in an object storage."""

    def __init__(self, job: LiveJob, storage: ObjectStorage, manifest: dict[str, Any]) -> None:
        self.job = job
        self.storage = storage
        self.places = {name: manifest[f"execution.checkpointing.{name}"] for name in ("dir", "savepoint-dir")}

    def start(self, *arguments: str) -> None:
        """Start the application as a pod does, told everything by variables."""
        flink = [f"{self.job.stack.flink_home}/bin/flink", "run", "--detached", "--parallelism", "1", *arguments]
        flink += [f"-Dexecution.checkpointing.{name}={place}" for name, place in self.places.items()]
        flink += [
            "--pyClientExecutable",
            sys.executable,
            "--pyExecutable",
            sys.executable,
            "--pyModule",
            "streamflow.jobs.application",
            JOB,
        ]
        told = {
            "STREAMFLOW_KAFKA_BOOTSTRAP_SERVERS": self.job.config["bootstrap.servers"],
            "STREAMFLOW_FLINK_CHECKPOINT_INTERVAL_MS": "1000",
        }
        environment = {**os.environ, **told, **self.job.stack.flink_environment()}
        done = subprocess.run(flink, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        wait_until(self.job.runs, "the job runs")

    def checkpoints(self) -> Any:
        """Return what Flink counts of the job's checkpoints."""
        (run,) = self.job.flink.living()
        return self.job.flink.ask(f"/jobs/{run.job_id}/checkpoints")["counts"]

    def await_checkpoint(self) -> None:
        """Wait for a checkpoint that begins from now on."""
        seen = self.checkpoints()["completed"]
        wait_until(lambda: self.checkpoints()["completed"] >= seen + 2, "a checkpoint")

    def objects(self, place: str) -> list[Path]:
        """Return the files of a folder of the object storage that say where a checkpoint's parts are."""
        return sorted((self.storage.folder / place.removeprefix("s3://")).glob("**/_metadata"))


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Memory]:
    folder = tmp_path_factory.mktemp("memory")
    (manifest,) = (one for one in of_kind(render("prod"), "FlinkDeployment") if one["metadata"]["name"] == JOB)
    configuration = manifest["spec"]["flinkConfiguration"]
    bucket = configuration["execution.checkpointing.dir"].removeprefix("s3://").partition("/")[0]
    settings = settings_for(folder / "stack")
    stack = settings.local_stack()
    with object_storage(folder, bucket) as storage, pytest.MonkeyPatch.context() as patch:
        for name, value in storage.environment.items():
            patch.setenv(name, value)
        try:
            stack.up(["zookeeper"])
            give_object_storage(stack, storage)
            stack.up(["kafka", "flink"], taskmanagers=1)
            job = LiveJob(settings)
            # On a cluster the job `prepare` does.
            job.command("rules", "init")
            yield Memory(job, storage, configuration)
            job.close()
        finally:
            stack.down()


def give_object_storage(stack: Stack, storage: ObjectStorage) -> None:
    """Lay the image's plugin into Flink's folder, and say where the storage is as an overlay does."""
    home = Path(stack.flink_home)
    shutil.copytree(ROOT / "build" / "images" / "jars" / PLUGIN, home / "plugins" / PLUGIN, ignore=shutil.ignore_patterns(".*"))
    with (home / "conf" / "config.yaml").open("a") as stream:
        stream.write(f"s3.endpoint: '{storage.endpoint}'\ns3.path-style-access: 'true'\n")


def test_payments_are_decided_while_taskmanagers_die_the_storage_hangs_and_a_savepoint_is_taken(memory: Memory, tmp_path: Path) -> None:
    job = memory.job
    memory.start()
    with job.load(disordered_traffic(EVENTS, seed=91), RATE):
        memory.await_checkpoint()
        assert memory.objects(memory.places["dir"])
        job.stack.kill("taskmanager-1")
    job.await_answers()
    memory.await_checkpoint()

    before = len(job.answers())
    with memory.storage.hung(), job.load(disordered_traffic(EVENTS, seed=92), RATE):
        # No checkpoint is written, and decisions go on.
        job.await_answered(before + EVENTS // 2)
    job.await_answers()
    memory.await_checkpoint()

    (run,) = job.flink.living()
    stop = [f"{job.stack.flink_home}/bin/flink", "stop", "--savepointPath", memory.places["savepoint-dir"], run.job_id]
    subprocess.run(stop, env={**os.environ, **job.stack.flink_environment()}, check=True, capture_output=True)
    (savepoint,) = memory.objects(memory.places["savepoint-dir"])
    where = f"s3://{savepoint.parent.relative_to(memory.storage.folder)}"
    memory.start("--fromSavepoint", where)
    with job.load(disordered_traffic(EVENTS, seed=93), RATE):
        pass
    parity = compare(job, tmp_path)
    # The memory went with it: whoever forgot a customer would decide otherwise than the offline engine.
    assert (parity.missing, parity.invented, parity.doubled, parity.different) == (0, 0, 0, 0)
