"""Logs: the last lines, and what is added."""

from pathlib import Path

import pytest

from streamflow.contracts.errors import BadInputError, NotReadyError
from streamflow.stack import StackSettings
from streamflow.stack.config import Layout
from streamflow.stack.logs import follow_logs, log_files, tail


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    (tmp_path / "log").mkdir()
    for name in ("kafka", "taskmanager-1", "taskmanager-2", "supervisor"):
        (tmp_path / "log" / f"{name}.log").write_text("".join(f"{name} {number}\n" for number in range(100)))
    return Layout(StackSettings(directory=str(tmp_path)))


def test_the_last_lines_are_printed(layout: Layout) -> None:
    assert tail(layout.log("kafka"), 2) == ["kafka 98", "kafka 99"]
    assert tail(layout.log("kafka"), 0) == []


def test_a_component_has_the_logs_of_all_its_processes(layout: Layout) -> None:
    assert list(log_files(layout, "taskmanager")) == ["taskmanager-1", "taskmanager-2"]
    assert list(log_files(layout, None)) == ["kafka", "taskmanager-1", "taskmanager-2"]


def test_an_unknown_log_is_named_with_the_known_ones(layout: Layout) -> None:
    with pytest.raises(BadInputError, match="taskmanager-1"):
        log_files(layout, "postgres")


def test_a_stack_that_never_ran_has_no_logs(tmp_path: Path) -> None:
    with pytest.raises(NotReadyError, match="streamflow up"):
        log_files(Layout(StackSettings(directory=str(tmp_path))), None)


def test_added_lines_are_followed_also_after_the_log_was_rotated(layout: Layout) -> None:
    file = layout.log("kafka")
    lines = follow_logs({"kafka": file})
    with file.open("a") as stream:
        stream.write("added\n")
    assert next(lines) == ("kafka", "added")
    file.rename(file.with_suffix(".log.1"))
    file.write_text("first of the next file\n")
    assert next(lines) == ("kafka", "first of the next file")
