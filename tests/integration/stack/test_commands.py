"""The commands of the local stack as a person and as a program use them, on its smallest server."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from streamflow.contracts.errors import ExitCode
from streamflow.stack import Stack, StackSettings

pytestmark = pytest.mark.stack

Streamflow = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def streamflow(tmp_path: Path) -> Iterator[Streamflow]:
    """Return a function that runs a command on a stack of its own."""

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "streamflow.cli.main", "--set", f"stack.directory={tmp_path}", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    yield run
    Stack(StackSettings(directory=str(tmp_path))).down()


def test_up_status_logs_and_down_agree_about_what_runs(streamflow: Streamflow) -> None:
    nothing = streamflow("status")
    assert (nothing.returncode, nothing.stdout) == (ExitCode.NOT_READY, "nothing was ever started here; try: streamflow up\n")

    started = streamflow("up", "zookeeper", "--json")
    assert started.returncode == ExitCode.OK, started.stderr
    (process,) = (entry for entry in json.loads(started.stdout)["processes"] if entry["pid"])
    assert (process["name"], process["ready"]) == ("zookeeper", True)
    assert process["rss_bytes"] > 2**20

    again = streamflow("up", "zookeeper")
    assert again.returncode == ExitCode.OK
    shown = streamflow("status")
    assert shown.returncode == ExitCode.OK
    assert str(process["pid"]) in shown.stdout, "a second up starts nothing anew"
    assert json.loads(streamflow("status", "--json").stdout)["endpoints"]["zookeeper"] == process["endpoint"]
    assert "ZooKeeper" in streamflow("logs", "zookeeper", "-n", "500").stdout

    assert streamflow("down").stdout == "stopped zookeeper\n"
    stopped = streamflow("status")
    assert stopped.returncode == ExitCode.NOT_READY
    assert "STOPPED" in stopped.stdout


def test_an_unknown_component_is_refused_with_those_that_there_are(streamflow: Streamflow) -> None:
    refused = streamflow("up", "kafak")
    assert refused.returncode == ExitCode.BAD_INPUT
    assert "kafka" in refused.stderr


def test_doctor_names_what_it_looked_at(streamflow: Streamflow) -> None:
    checks = json.loads(streamflow("doctor", "--json").stdout)
    assert {"python", "java", "kafka jars"} <= {check["name"] for check in checks}
    assert all(check["ok"] for check in checks if check["name"] != "memory"), checks
    assert "ok      python" in streamflow("doctor").stdout
