"""`streamflow explain`: a decision in words, with the model from wherever it is at hand."""

import json
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from streamflow.cli.main import app
from streamflow.contracts.catalogue import CONTROL
from streamflow.contracts.control import control_key
from streamflow.contracts.errors import BadInputError
from streamflow.contracts.model_chunks import split_model
from streamflow.contracts.record import Record
from streamflow.control.shipped import shipped_model
from streamflow.kafka.dump import dump_line
from streamflow.score.model import bundle
from tests.unit.factories import DAY_MS, TEN_O_CLOCK_MS, iso, payment
from tests.unit.models import KEYS, linear_files, write_folder

FILES = linear_files()
NAME = msgspec.json.decode(FILES["manifest.json"])["name"]


def streamflow(*arguments: object) -> str:
    result = CliRunner().invoke(app, [*map(str, arguments)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.stdout


def decisions(tmp_path: Path, files: dict[str, bytes], trusted_key: str) -> Path:
    """Return the decisions on a week of ordinary payments, with a model."""
    payments = [payment(transaction_id=f"txn-{day}", timestamp=iso(TEN_O_CLOCK_MS + day * DAY_MS)) for day in range(7)]
    source = tmp_path / "payments.jsonl"
    source.write_bytes(b"".join(msgspec.json.encode(fields) + b"\n" for fields in payments))
    model = write_folder(tmp_path / "model", files)
    streamflow("--set", f"model.trusted_keys={trusted_key}", "score", source, "--model", model, "--out", tmp_path / "out")
    return tmp_path / "out" / "decisions.jsonl"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return decisions(tmp_path, FILES, KEYS.public.hex())


def dump_of(path: Path, values: list[bytes]) -> Path:
    """Write the chunks of a model as `streamflow topic dump` writes a topic."""
    records = [Record(CONTROL.name, 0, chunk, TEN_O_CLOCK_MS, control_key("model", 1, chunk), value) for chunk, value in enumerate(values)]
    path.write_bytes(b"".join(map(dump_line, records)))
    return path


def test_the_model_that_ships_is_at_hand(tmp_path: Path) -> None:
    shipped = shipped_model()
    text = streamflow("explain", decisions(tmp_path, shipped.files, shipped.trusted_key), "--id", "txn-6")
    assert text.startswith("APPROVE")
    assert f"model    {shipped.name}: " in text


def test_a_model_is_taken_from_its_folder_and_every_contribution_stands_in_the_json(file: Path, tmp_path: Path) -> None:
    found = json.loads(streamflow("explain", file, "--id", "txn-6", "--model", tmp_path / "model", "--json"))
    assert (found["transaction_id"], found["outcome"]) == ("txn-6", "approve")
    ((told),) = found["contributions"]
    (share,) = told["shares"]
    assert (told["model"], told["evidence"]) == (NAME, found["ml_score"])
    assert (share["feature"], share["value"]) == ("amount_ratio", 1.0)


def test_a_model_is_taken_from_a_dump_of_the_control_topic(file: Path, tmp_path: Path) -> None:
    dump = dump_of(tmp_path / "control.dump", split_model(bundle(FILES)))
    assert f"model    {NAME}: " in streamflow("explain", file, "--id", "txn-6", "--control", dump)
    with pytest.raises(BadInputError, match=f"took part is not there: expected {NAME}"):
        streamflow("explain", file, "--control", dump_of(tmp_path / "empty.dump", []))


def test_without_its_model_a_decision_is_explained_as_far_as_it_goes(file: Path) -> None:
    text = streamflow("explain", file)
    assert "needs the model: --model, --control or --live" in text
    assert "contributions" not in json.loads(streamflow("explain", file, "--json"))


def test_what_is_not_there_is_named(file: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="expected a decision with id txn-99"):
        streamflow("explain", file, "--id", "txn-99")
    with pytest.raises(BadInputError, match="input cannot be read"):
        streamflow("explain", tmp_path / "nowhere")
    with pytest.raises(BadInputError, match=r"this line is not a decision.*line 1"):
        streamflow("explain", tmp_path / "payments.jsonl")
    with pytest.raises(BadInputError, match="input cannot be read"):
        streamflow("explain", file, "--control", tmp_path / "nowhere")
