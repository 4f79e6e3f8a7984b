"""The command trains on simulated payments through the real engine, and what it writes scores the stream's decisions again."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from streamflow.cli.main import app
from streamflow.contracts.decision import Decision
from streamflow.control.documents import fixed_control
from streamflow.control.model_files import read_model_folder
from streamflow.engine import Decided, Engine, EngineSettings, MemoryStates
from streamflow.offline.inputs import read_lines
from streamflow.score.control import ControlLog
from streamflow.score.model import generate_keys, read_model
from streamflow.simulate import FraudRatios, Plan
from streamflow.simulate.files import write_files

KEYS = generate_keys()
PLAN = Plan(events=20_000, customers=400, days=40, seed=5, fraud=FraudRatios().scaled(0.04))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("training")
    write_files(PLAN, str(path / "payments.jsonl"), path / "labels.jsonl")
    (path / "ana.key").write_text(KEYS.private.hex())
    return path


def train(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(app, ["train", str(folder / "payments.jsonl"), *options])


def test_a_supervised_model_is_trained_signed_and_measured(folder: Path) -> None:
    options = ("--labels", str(folder / "labels.jsonl"), "--kind", "supervised", "--key", str(folder / "ana.key"), "--json")
    result = train(folder, "--out", str(folder / "model"), *options)
    assert result.exit_code == 0, result.output
    facts = json.loads(result.stdout)
    model = read_model(read_model_folder(folder / "model"), [KEYS.public])
    assert facts["model"] == model.name
    assert facts["signed"]
    assert facts["average_precision"] > 0.45
    assert facts["average_precision"] > facts["rules_average_precision"]
    assert {"store_fraud_average", "log_amount_zscore"} <= set(model.feature_names)
    assert "is_blacklisted" not in model.feature_names, "no lists were given"
    assert (folder / "model" / "plots" / "precision_recall.svg").exists()


def test_a_model_that_was_told_nothing_finds_frauds_and_labels_only_measure_it(folder: Path) -> None:
    facts = []
    for options in ((), ("--labels", str(folder / "labels.jsonl"))):
        result = train(folder, "--out", str(folder / "day-zero"), "--json", *options)
        assert result.exit_code == 0, result.output
        facts.append(json.loads(result.stdout))
    assert facts[0]["alert_percent"] == pytest.approx(1.0, abs=0.1)
    assert facts[1]["average_precision"] > 0.4
    assert facts[1]["precision"] > 0.6


def test_the_trained_model_scores_in_the_engine_what_it_scores_from_decisions(folder: Path) -> None:
    result = train(folder, "--out", str(folder / "anomaly"), "--key", str(folder / "ana.key"))
    assert result.exit_code == 0, result.output
    model = read_model(read_model_folder(folder / "anomaly"), [KEYS.public])
    newest = fixed_control().newest
    assert newest is not None
    engine = Engine(ControlLog.fixed(newest.rules, newest.lists, model), EngineSettings(key_source="payload"))
    states, seen = MemoryStates(), 0
    with (folder / "payments.jsonl").open("rb") as stream:
        for record in read_lines(stream):
            decided = engine.process(record._replace(timestamp_ms=PLAN.end_ms), states)
            assert isinstance(decided, Decided)
            answer = Decision.from_json(decided.value).answer
            row = np.array([np.nan if value is None else value for value in answer.features])
            assert answer.ml_score == model.evidence(row)
            seen += 1
            if seen == 2_000:
                break
    assert seen == 2_000


def test_training_until_a_time_looks_at_nothing_later(folder: Path) -> None:
    early = folder / "early"
    early.mkdir()
    half = PLAN.events // 2
    lines = (folder / "payments.jsonl").read_bytes().splitlines(keepends=True)
    until = json.loads(lines[half])["timestamp"]
    (early / "payments.jsonl").write_bytes(b"".join(lines[: half + 1]))
    (early / "labels.jsonl").write_bytes(b"".join(line for line in _labels(folder) if json.loads(line)["known_at"] <= until))
    names = []
    for place in (folder, early):
        options = ("--labels", str(place / "labels.jsonl"), "--kind", "linear", "--until", until, "--json")
        result = train(place, "--out", str(place / "half"), *options)
        assert result.exit_code == 0, result.output
        names.append(json.loads(result.stdout)["model"])
    assert names[0] == names[1]


def test_frauds_alone_are_labels_enough(folder: Path) -> None:
    (folder / "frauds.jsonl").write_bytes(b"".join(line for line in _labels(folder) if json.loads(line)["is_fraud"]))
    options = ("--labels", str(folder / "frauds.jsonl"), "--kind", "linear", "--json")
    result = train(folder, "--out", str(folder / "linear"), *options)
    assert result.exit_code == 0, result.output
    model = json.loads((folder / "linear" / "manifest.json").read_bytes())
    assert "store_settled_7d" in model["features"], "payments that nobody complained about settle"


def test_a_kind_that_needs_labels_says_so(folder: Path) -> None:
    result = train(folder, "--out", str(folder / "none"), "--kind", "supervised")
    assert result.exit_code == 2
    assert not (folder / "none").exists()


def _labels(folder: Path) -> list[bytes]:
    return (folder / "labels.jsonl").read_bytes().splitlines(keepends=True)
