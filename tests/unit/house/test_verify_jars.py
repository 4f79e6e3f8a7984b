"""A jar that is not the expected one stops the set-up."""

from pathlib import Path

import pytest

from scripts import verify_jars


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    jars = tmp_path / "jars"
    for name in ("kafka/broker.jar", "flink/connector.jar", "flink/streamflow-bridge.jar"):
        (jars / name).parent.mkdir(parents=True, exist_ok=True)
        (jars / name).write_bytes(name.encode())
    return jars


@pytest.fixture
def sums(folder: Path, tmp_path: Path) -> Path:
    path = tmp_path / "SHA256SUMS"
    assert verify_jars.main(["--write", str(folder), str(path)]) == 0
    return path


def test_the_jars_that_were_written_down_are_accepted(folder: Path, sums: Path) -> None:
    assert verify_jars.main([str(folder), str(sums)]) == 0


def test_our_own_jar_is_not_written_down(sums: Path) -> None:
    assert list(verify_jars.read_sums(sums.read_text())) == ["flink/connector.jar", "kafka/broker.jar"]


def test_a_changed_jar_stops_the_set_up_with_its_name_and_what_to_do(folder: Path, sums: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "kafka/broker.jar").write_bytes(b"something else")
    assert verify_jars.main([str(folder), str(sums)]) == 3
    message = capsys.readouterr().err
    assert "kafka/broker.jar: expected sha256 " in message
    assert "try: " in message


def test_a_missing_and_an_additional_jar_stop_the_set_up(folder: Path, sums: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "kafka/broker.jar").rename(folder / "kafka/stranger.jar")
    assert verify_jars.main([str(folder), str(sums)]) == 3
    message = capsys.readouterr().err
    assert "kafka/broker.jar: expected, but not there" in message
    assert "kafka/stranger.jar: there, but not expected" in message
