"""A training uses what was known and nothing else, repeats itself to the byte, and says what it does not show."""

import json
from datetime import timedelta
from pathlib import Path

import msgspec
import numpy as np
import pytest

from streamflow.contracts.errors import BadInputError
from streamflow.ml.calibrate import ENOUGH
from streamflow.ml.evaluate import Ranking
from streamflow.ml.folder import write_folder
from streamflow.ml.plan import TrainingPlan
from streamflow.ml.rarity import HEARD_FEATURES
from streamflow.ml.table import DAY_MS
from streamflow.ml.train import TrainedModel, train
from streamflow.ml.verdicts import Labels, join
from streamflow.score.features import FEATURE_NAMES
from streamflow.score.model import Kind, generate_keys, read_model, read_unsigned_model
from tests.unit.ml.history import UNTIL_MS, labels, table

KINDS: tuple[Kind, ...] = ("anomaly", "supervised", "linear")
TABLE, IS_FRAUD = table()
LABELS = join(TABLE, labels(TABLE, IS_FRAUD))


def plan(kind: Kind, **changes: object) -> TrainingPlan:
    return msgspec.structs.replace(TrainingPlan(kind=kind, until_ms=UNTIL_MS, resamples=20), **changes)


def trained(kind: Kind, given: Labels | None = LABELS, **changes: object) -> TrainedModel:
    return train(TABLE, given, plan(kind, **changes))


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_training_gives_the_same_bytes_and_another_seed_another_model(kind: Kind) -> None:
    first = trained(kind)
    assert trained(kind).files == first.files
    assert kind == "linear" or trained(kind, seed=1).card.model != first.card.model


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_finds_the_frauds_of_traffic_that_it_has_not_seen(kind: Kind) -> None:
    other, is_fraud = table(4_000, seed=9)
    model = read_unsigned_model(trained(kind).files)
    assert Ranking(model.score_rows(other.matrix), is_fraud).average_precision() > (0.15 if kind == "anomaly" else 0.6)


@pytest.mark.parametrize("kind", KINDS)
def test_labels_that_become_known_later_and_payments_that_happen_later_change_nothing(kind: Kind) -> None:
    until_ms = UNTIL_MS - 10 * DAY_MS
    flipped = [
        msgspec.structs.replace(label, is_fraud=not label.is_fraud) if label.known_at_ms > until_ms else label
        for label in labels(TABLE, IS_FRAUD)
    ]
    later = TABLE.event_time_ms >= until_ms
    honest = train(TABLE, LABELS, plan(kind, until_ms=until_ms))
    changed, _ = table()
    changed.matrix[later] = 77.0
    assert train(changed, join(changed, flipped), plan(kind, until_ms=until_ms)).files == honest.files


def test_a_label_that_is_known_in_time_does_change_the_model() -> None:
    until_ms = UNTIL_MS - 10 * DAY_MS
    told = labels(TABLE, IS_FRAUD)
    retracted = msgspec.structs.replace(told[0], is_fraud=False, known_at=told[0].known_at + timedelta(days=1))
    models = [train(TABLE, join(TABLE, given), plan("supervised", until_ms=until_ms)).card.model for given in (told, [*told, retracted])]
    assert models[0] != models[1]


def test_the_anomaly_model_needs_no_labels_and_is_the_same_with_them() -> None:
    alone, measured = trained("anomaly", None), trained("anomaly")
    assert alone.card.model == measured.card.model
    assert alone.card.metrics == {}
    assert measured.card.metrics["average_precision"].estimate > 0
    assert set(alone.card.features) < set(HEARD_FEATURES)
    assert "is_blacklisted" not in alone.card.features, "nobody is listed in this history"
    assert alone.card.alert_ratio == pytest.approx(0.01, abs=0.003)


def test_the_anomaly_model_looks_at_the_features_that_it_is_told() -> None:
    names = ("amount_zscore", "hour_share")
    assert set(trained("anomaly", None, features=names).card.features) == set(names)
    assert set(trained("anomaly", None, features=("hour_share",)).card.features) == {"hour_share"}, "a forest alone"


@pytest.mark.parametrize("kind", ["supervised", "linear"])
def test_a_wanted_precision_is_that_of_the_later_part(kind: Kind) -> None:
    card = trained(kind, precision=0.8).card
    assert card.metrics["precision"].estimate >= 0.8
    assert card.metrics["recall"].estimate > 0.2
    assert "precision of 80 %" in card.threshold


def test_metrics_are_those_of_the_evidence_that_the_plots_show() -> None:
    result = trained("supervised")
    frauds = result.curves.frauds
    assert frauds is not None
    alerts = result.curves.evidence >= ENOUGH
    assert result.card.metrics["precision"].estimate == pytest.approx(frauds[alerts].mean())
    assert result.card.later.payments == len(frauds)
    assert sum(group.payments for group in result.card.regions) == len(frauds)


def test_a_card_says_in_numbers_and_in_words_what_the_model_is() -> None:
    result = trained("supervised")
    document = json.loads(result.files["card.json"])
    assert document["model"] == result.card.model == json.loads(result.files["manifest.json"])["name"]
    assert document["metrics"]["average_precision"]["low"] < document["metrics"]["average_precision"]["high"]
    assert document["metrics"]["card_precision_at_100"]["low"] is None
    text = result.files["card.md"].decode()
    for words in (result.card.model, result.card.data_sha256, "## Limits", "region 3", "log_amount_zscore", "min_data_in_leaf"):
        assert words in text


def test_a_card_admits_that_labels_come_late_and_that_features_are_missing() -> None:
    made, is_fraud = table()
    made.matrix[:, FEATURE_NAMES.index("store_fraud_average")] = np.nan
    late = [
        msgspec.structs.replace(label, known_at=label.event_time + timedelta(days=12)) if row % 2 else label
        for row, label in enumerate(labels(made, is_fraud))
    ]
    limits = " ".join(train(made, join(made, late), plan("linear")).card.limits)
    assert "became known within 7 days" in limits
    assert "store_fraud_average" in limits


@pytest.mark.parametrize(("kind", "given", "words"), [("supervised", None, "learns from labels"), ("linear", [], "too few frauds")])
def test_without_frauds_there_is_nothing_to_learn(kind: Kind, given: list[object] | None, words: str) -> None:
    with pytest.raises(BadInputError, match=words):
        train(TABLE, None if given is None else join(TABLE, []), plan(kind))


def test_a_precision_that_nothing_reaches_is_refused() -> None:
    random = np.random.default_rng(0).permutation(len(IS_FRAUD))
    with pytest.raises(BadInputError, match=r"no threshold|does not tell"):
        train(TABLE, join(TABLE, labels(TABLE, IS_FRAUD[random])), plan("linear", precision=1.0))


def test_a_folder_holds_the_signed_model_and_its_plots_and_nothing_of_the_one_before(tmp_path: Path) -> None:
    keys = generate_keys()
    files = write_folder(trained("supervised"), tmp_path, keys.private)
    assert read_model({name: (tmp_path / name).read_bytes() for name in files}, [keys.public]).kind == "supervised"
    plots = {path.name: path.read_bytes() for path in (tmp_path / "plots").iterdir()}
    assert set(plots) == {"scores.svg", "features.svg", "precision_recall.svg", "calibration.svg"}
    assert all(picture.startswith(b"<?xml") for picture in plots.values())
    write_folder(trained("anomaly", None), tmp_path)
    assert not (tmp_path / "signature").exists()
    assert {path.name for path in (tmp_path / "plots").iterdir()} == {"scores.svg", "features.svg"}
