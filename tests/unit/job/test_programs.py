"""Which jobs there are, how each is run, and whose state lies where."""

import importlib.util
from pathlib import Path

import pytest

from streamflow.contracts.catalogue import FRAUD_DETECTOR, JOBS, REALTIME_AGGREGATOR, TRANSACTION_PROCESSOR, Job
from streamflow.contracts.errors import BadInputError, StreamFlowError
from streamflow.jobs import FlinkRest, job_named, possible_jobs
from streamflow.jobs.programs import PROGRAMS
from streamflow.jobs.savepoints import checkpoint_folder, find_restore_point, savepoint_folder
from streamflow.settings import Options, Settings
from streamflow.stack.state import StackState

NOBODY_LISTENS = "postgresql://127.0.0.1:1/streamflow"


def settings_with(directory: Path, **values: str) -> Settings:
    return Settings.load(Options(values={"stack.directory": str(directory), **values}), {})


def test_every_job_of_the_catalogue_has_a_module_that_is_there() -> None:
    assert set(PROGRAMS) == {job.name for job in JOBS}
    assert all(importlib.util.find_spec(program.module) for program in PROGRAMS.values())


def test_a_job_is_found_by_its_name_and_a_wrong_name_lists_the_right_ones() -> None:
    assert job_named("transaction-processor") is TRANSACTION_PROCESSOR
    with pytest.raises(BadInputError, match="fraud-detector, transaction-processor, realtime-aggregator"):
        job_named("transaction-procesor")


def test_jobs_that_write_tables_are_left_out_where_nobody_speaks_of_postgres(tmp_path: Path) -> None:
    assert possible_jobs(settings_with(tmp_path)) == [FRAUD_DETECTOR]


def test_a_database_that_is_named_is_meant_to_be_used_though_it_is_away(tmp_path: Path) -> None:
    assert possible_jobs(settings_with(tmp_path, **{"postgres.dsn": NOBODY_LISTENS})) == list(JOBS)


@pytest.mark.parametrize("job", [TRANSACTION_PROCESSOR, REALTIME_AGGREGATOR], ids=lambda job: str(job.name))
def test_a_job_that_writes_tables_says_that_the_database_is_away(tmp_path: Path, job: Job) -> None:
    values = {"postgres.dsn": NOBODY_LISTENS, "kafka.bootstrap_servers": "kafka:9092"}
    with pytest.raises(StreamFlowError, match="PostgreSQL cannot be reached"):
        PROGRAMS[job.name].settings(settings_with(tmp_path, **values))


def test_each_job_has_folders_of_its_own_and_refuses_the_state_of_another(tmp_path: Path) -> None:
    settings = settings_with(tmp_path)
    folders = [folder(settings, job) for folder in (savepoint_folder, checkpoint_folder) for job in JOBS]
    assert len(set(folders)) == len(folders)
    savepoint = savepoint_folder(settings, FRAUD_DETECTOR) / "savepoint-1"
    savepoint.mkdir(parents=True)
    (savepoint / "_metadata").touch()
    flink = FlinkRest("http://127.0.0.1:1")
    assert find_restore_point(settings, flink, str(savepoint), FRAUD_DETECTOR).job == FRAUD_DETECTOR.name
    with pytest.raises(BadInputError, match="another job's savepoint"):
        find_restore_point(settings, flink, str(savepoint), TRANSACTION_PROCESSOR)


def test_there_are_as_many_taskmanagers_as_were_asked_for_else_one_for_each_job_that_can_run() -> None:
    state = StackState()
    state.settle_taskmanagers(None, every_job=False)
    assert state.taskmanagers == 1
    state.settle_taskmanagers(None, every_job=True)
    assert state.taskmanagers == len(JOBS)
    state.settle_taskmanagers(2, every_job=True)
    state.settle_taskmanagers(None, every_job=True)
    assert state.taskmanagers == 2
