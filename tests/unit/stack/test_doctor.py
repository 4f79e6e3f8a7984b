"""The doctor names what is missing and the command that mends it."""

from pathlib import Path

from streamflow.stack import StackSettings
from streamflow.stack.config import Layout
from streamflow.stack.doctor import debian_packages, examine
from streamflow.stack.state import StackState


def test_on_a_machine_that_is_set_up_nothing_is_missing(tmp_path: Path) -> None:
    missing = [check for check in examine(Layout(StackSettings(directory=str(tmp_path)))) if not check.ok and check.name != "memory"]
    assert missing == []


def test_every_missing_thing_comes_with_a_command(tmp_path: Path) -> None:
    settings = StackSettings(
        directory=str(tmp_path), jars=str(tmp_path / "jars"), java_home=str(tmp_path / "jdk"), postgres_bin=str(tmp_path / "postgres")
    )
    missing = {check.name: check.fix for check in examine(Layout(settings)) if not check.ok}
    assert {"java", "kafka jars", "flink jars", "postgres"} <= set(missing)
    assert all(missing.values())
    assert "openjdk-17" in missing["java"]


def test_a_state_file_that_cannot_be_read_is_one_finding_and_does_not_end_the_examination(tmp_path: Path) -> None:
    layout = Layout(StackSettings(directory=str(tmp_path)))
    StackState().save(layout)
    layout.state_file.write_text("{")
    checks = {check.name: check for check in examine(layout)}
    assert not checks["ports"].ok
    assert checks["disk"].detail


def test_debian_packages_are_one_a_line_with_comments(tmp_path: Path) -> None:
    file = tmp_path / "debian-packages.txt"
    file.write_text("# tools\nprometheus  # promtool\n\nfaketime\n")
    assert debian_packages(file) == ["prometheus", "faketime"]
    assert debian_packages(tmp_path / "absent") == []
