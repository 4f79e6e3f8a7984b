"""The root of the command line: help, version, exit codes, and errors without a traceback."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from scripts.reference.commands import commands, options_of
from streamflow import __version__
from streamflow.cli.main import app
from streamflow.contracts.errors import ExitCode
from streamflow.settings import Settings

JSON_LINES_ANYWAY = {"topic dump"}


COMMANDS = {name.removeprefix("streamflow "): command for name, command in commands(get_command(app))}


def streamflow(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "streamflow.cli.main", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment}, check=False)


def test_version_is_printed() -> None:
    assert streamflow("--version").stdout == f"streamflow {__version__}\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example_and_can_speak_to_programs(name: str) -> None:
    result = CliRunner().invoke(app, [*name.split(), "--help"])
    assert result.exit_code == ExitCode.OK
    assert f"Example: streamflow {name}" in " ".join(result.output.split())
    assert name in JSON_LINES_ANYWAY or "--json" in options_of(COMMANDS[name])


def test_stopping_what_does_not_run_says_so(tmp_path: Path) -> None:
    directory = ("--set", f"stack.directory={tmp_path}")
    assert streamflow(*directory, "down").stdout == "nothing ran\n"
    assert json.loads(streamflow(*directory, "down", "kafka", "--json").stdout) == {"stopped": [], "purged": False}


def test_logs_are_printed_for_people_and_for_programs(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "kafka.log").write_text("one\ntwo\n")
    (tmp_path / "log" / "postgres.log").write_text("three\n")
    directory = ("--set", f"stack.directory={tmp_path}")
    assert streamflow(*directory, "logs", "-n", "1").stdout == "kafka | two\npostgres | three\n"
    assert streamflow(*directory, "logs", "kafka", "-n", "1").stdout == "two\n"
    assert json.loads(streamflow(*directory, "logs", "kafka", "-n", "1", "--json").stdout) == {"process": "kafka", "message": "two"}
    said = {"time": "12:00", "level": "INFO", "logger": "a.B", "message": "three", "version": "1"}
    (tmp_path / "log" / "kafka.log").write_text(json.dumps(said))
    assert streamflow(*directory, "logs", "kafka").stdout == "12:00 INFO  B: three\n"
    assert json.loads(streamflow(*directory, "logs", "kafka", "--json").stdout) == {"process": "kafka", **said}


def test_help_imports_no_server_client() -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from streamflow.cli.main import app; CliRunner().invoke(app, ['--help'])\n"
        "print(sorted({'confluent_kafka', 'psycopg', 'numpy', 'pyarrow', 'pyflink', 'supervisor'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_wrong_usage_ends_with_2() -> None:
    assert streamflow("up", "--no-such-option").returncode == ExitCode.USAGE
    assert streamflow("no-such-command").returncode == ExitCode.USAGE


def test_bad_input_ends_with_3_and_without_a_traceback() -> None:
    done = streamflow("--set", "kafka.bootstrap_server=x", "config", "show")
    assert done.returncode == ExitCode.BAD_INPUT
    assert done.stderr.startswith("error: unknown setting kafka.bootstrap_server: expected kafka.bootstrap_servers")
    assert "Traceback" not in done.stderr
    assert streamflow("--set", "kafka", "config", "show").returncode == ExitCode.BAD_INPUT


def test_what_is_not_ready_ends_with_4(tmp_path: Path) -> None:
    done = streamflow("status", STREAMFLOW_STACK_DIRECTORY=str(tmp_path))
    assert done.returncode == ExitCode.NOT_READY
    assert "streamflow up" in done.stdout


def test_status_of_a_stack_that_never_ran_is_json_too(tmp_path: Path) -> None:
    done = streamflow("status", "--json", STREAMFLOW_STACK_DIRECTORY=str(tmp_path))
    facts = json.loads(done.stdout)
    assert (facts["ready"], facts["processes"]) == (False, [])


def test_a_reader_that_leaves_early_causes_no_traceback() -> None:
    command = f"'{sys.executable}' -m streamflow.cli.main config show | true"
    done = subprocess.run(["/bin/bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_config_shows_only_what_is_set_with_its_origin_and_masks_secrets() -> None:
    done = streamflow("config", "show", "--changed", "--json", STREAMFLOW_KAFKA_SASL_PASSWORD="hunter2")
    entries = {entry["name"]: (entry["value"], entry["origin"]) for entry in json.loads(done.stdout)}
    assert entries["kafka.sasl_password"] == ("***", "STREAMFLOW_KAFKA_SASL_PASSWORD")


def test_config_show_takes_one_section_and_refuses_an_unknown_one() -> None:
    assert "kafka." not in streamflow("config", "show", "flink").stdout
    assert streamflow("config", "show", "flonk").returncode == ExitCode.BAD_INPUT


def test_an_option_of_one_command_is_forgotten_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STREAMFLOW_FLINK_BUCKETS", raising=False)
    assert CliRunner().invoke(app, ["--set", "flink.buckets=32", "config", "show"]).exit_code == ExitCode.OK
    assert Settings.load().flink.buckets != 32


def test_purge_takes_no_components() -> None:
    assert streamflow("down", "kafka", "--purge").returncode == ExitCode.USAGE
