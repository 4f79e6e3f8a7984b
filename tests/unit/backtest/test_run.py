"""A backtest decides as the stream does: with the same bytes, and with nothing that was not known yet."""

import io
from pathlib import Path

import msgspec
import numpy as np
import pytest

from streamflow.backtest.plan import Plan, Retraining
from streamflow.backtest.run import run
from streamflow.backtest.truth import NO_SCENARIO, Truth, read_truth
from streamflow.contracts.control import Generation, control_key
from streamflow.contracts.errors import BadInputError
from streamflow.contracts.label import Label
from streamflow.control.documents import NO_LISTS, default_rules, fixed_control
from streamflow.engine import Engine
from streamflow.labels.book import LabelBook
from streamflow.labels.risk import build_risk
from streamflow.offline.inputs import read_lines
from streamflow.offline.run import DECISIONS_FILE
from streamflow.offline.run import run as score
from streamflow.score.control import ControlLog
from tests.unit.backtest.histories import BEGIN_MS, DAY_MS, DAYS, SETTINGS, Tried, configuration, history, tried

WITHOUT_RISK = Plan(risk_every_days=0)


def scored(control: ControlLog, folder: Path) -> list[bytes]:
    stream = io.BytesIO(history().transactions)
    score(Engine(control, SETTINGS), read_lines(stream), folder, event_time_is_record_time=True)
    return (folder / DECISIONS_FILE).read_bytes().splitlines()


def test_without_labels_it_writes_the_bytes_of_streamflow_score(tmp_path: Path) -> None:
    assert tried(truth=Truth()).decisions == scored(fixed_control(), tmp_path)


def test_with_labels_it_writes_the_bytes_of_a_stream_whose_risk_is_built_at_every_midnight(tmp_path: Path) -> None:
    control, book, offset = ControlLog(), LabelBook(history().truth().labels), iter(range(1000))
    for key, rules_or_lists in ((control_key("rules", 1), default_rules()), (control_key("lists", 1), NO_LISTS)):
        control.add(key, msgspec.json.encode(rules_or_lists), offset=next(offset), timestamp_ms=0)
    for day in range(DAYS + 3):
        risk, _ = build_risk(book, BEGIN_MS + day * DAY_MS, day + 1)
        generation = Generation(day + 2, 1, 1, risk=day + 1)
        if not day:
            first = msgspec.json.encode(Generation(1, 1, 1))
            control.add(control_key("generation", 1), first, offset=next(offset), timestamp_ms=0)
        for key, built in ((control_key("risk", day + 1), risk), (control_key("generation", day + 2), generation)):
            control.add(key, msgspec.json.encode(built), offset=next(offset), timestamp_ms=BEGIN_MS + day * DAY_MS)
    assert control.refusals == []
    expected = scored(control, tmp_path)
    assert tried().decisions == expected
    assert len({line.partition(b'"risk_version":')[2][:3] for line in expected}) > DAYS / 2


def flipped(labels: list[Label], of_events_from_ms: int) -> Truth:
    return Truth(
        msgspec.structs.replace(label, is_fraud=not label.is_fraud) if label.known_at_ms > of_events_from_ms else label for label in labels
    )


def rows_before(found: Tried, time_ms: int) -> list[tuple[float | None, ...]]:
    return [one.answer.features for one in found.parsed() if one.answer.event_time.timestamp() * 1000 <= time_ms]


def test_no_feature_changes_where_every_label_that_was_not_known_yet_is_flipped() -> None:
    cut_ms, labels = BEGIN_MS + 12 * DAY_MS, history().truth().labels
    before = rows_before(tried(), cut_ms)
    assert rows_before(tried(truth=flipped(labels, cut_ms)), cut_ms) == before
    assert rows_before(tried(truth=flipped(labels, cut_ms - 4 * DAY_MS)), cut_ms) != before


def test_two_configurations_in_one_pass_answer_as_each_alone() -> None:
    both = tried(configuration("one"), configuration("two", alpha=0.6, version=2))
    for place, alone in enumerate((tried(), tried(configuration("two", alpha=0.6, version=2)))):
        assert both.run.answers[place].score == alone.run.answers[0].score
        assert both.run.answers[place].outcome == alone.run.answers[0].outcome


def test_repeats_and_dead_letters_are_counted_and_not_measured() -> None:
    lines = history().transactions.splitlines()[:50]
    found = tried(transactions=b"\n".join([*lines, lines[-1], b"not json"]))
    assert found.report.history.dead_letters == {"NOT_JSON": 1}
    assert found.run.duplicates >= 1
    assert len(found.run.payments) == found.run.records - found.run.duplicates - 1


def test_one_wrong_clock_does_not_move_the_time_of_the_history() -> None:
    lines = history().transactions.splitlines()
    wrong = lines[100].replace(b'"timestamp":"2026', b'"timestamp":"2099')
    assert wrong != lines[100]
    found = tried(transactions=b"\n".join([*lines[:100], wrong, *lines[101:]]))
    assert found.run.evolution.snapshots >= DAYS - 1
    assert found.report.history.behind == 0


def test_payments_a_day_behind_are_counted() -> None:
    lines = history().transactions.splitlines()
    found = tried(transactions=b"\n".join([*lines[-10:], *lines[:30]]))
    assert found.report.history.behind >= 25


def test_a_model_that_was_trained_on_the_way_decides_from_then_on() -> None:
    plan = Plan(retraining=Retraining(every_days=7, delay_days=1))
    found = tried(plan=plan)
    first, second = found.run.evolution.trainings
    assert (first.at_ms, second.at_ms) == (BEGIN_MS + 7 * DAY_MS, BEGIN_MS + 14 * DAY_MS)
    assert first.refusal is None
    assert second.learnt > first.learnt > 0
    assert set(found.report.configurations[0].models) == {first.model, second.model}
    for decision in found.parsed():
        at_ms = decision.answer.source.timestamp.timestamp() * 1000
        if not decision.answer.duplicate:
            expected = None if at_ms < first.at_ms + 1000 else first.model if at_ms < second.at_ms + 1000 else second.model
            assert decision.answer.model_version == expected


def test_a_training_for_which_too_little_is_known_is_told_and_nothing_changes() -> None:
    found = tried(plan=Plan(retraining=Retraining(every_days=2, most=1, first_after_days=1)))
    first = found.run.evolution.trainings[0]
    assert first.model is None
    assert "too short" in (first.refusal or "") or "too few" in (first.refusal or "")
    assert [one.model is not None for one in found.run.evolution.trainings].count(True) <= 1


def test_the_anomaly_kind_learns_without_labels() -> None:
    plan = Plan(risk_every_days=0, retraining=Retraining(every_days=5, kind="anomaly", most=1))
    found = tried(truth=Truth(), plan=plan)
    assert [one.refusal for one in found.run.evolution.trainings] == [None]
    assert np.isfinite(np.array(found.run.answers[0].ml_score)).any()


def test_whole_records_keep_their_own_time_and_key() -> None:
    line = history().transactions.splitlines()[0]
    records = [record._replace(key=b"someone else", timestamp_ms=BEGIN_MS + DAY_MS) for record in read_lines(io.BytesIO(line))]
    done = run([configuration()], records, Truth(), WITHOUT_RISK, settings=type(SETTINGS)(), event_time_is_record_time=False)
    assert done.codes == {"KEY_MISMATCH": 1}


def test_the_last_verdict_on_a_transaction_is_its_truth(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    head = "transaction_id,customer_id,store_id,is_fraud,known_at,event_time,scenario\n"
    rows = [
        "tx-1,cust-1,store-1,true,2026-01-05T00:00:00Z,2026-01-01T00:00:00Z,theft\n",
        "tx-1,cust-1,store-1,false,2026-01-09T00:00:00Z,2026-01-01T00:00:00Z,\n",
        "tx-2,cust-1,store-1,1,2026-01-05T00:00:00Z,2026-01-01T00:00:00Z,\n",
        "tx-3,cust-1,store-1,perhaps,2026-01-05T00:00:00Z,2026-01-01T00:00:00Z,\n",
    ]
    path.write_text(head + "".join(rows))
    truth = read_truth(path)
    assert (truth.verdicts["tx-1"], truth.scenarios[truth.verdicts["tx-2"] - 1], truth.faults.count) == (0, NO_SCENARIO, 1)


def test_lines_that_lack_what_the_topic_demands_are_read_as_an_import_reads_them(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    line = b'{"transaction_id":"tx-1","customer_id":"c","store_id":"s","is_fraud":true,'
    path.write_bytes(line + b'"known_at":"2026-01-05T00:00:00Z","event_time":"2026-01-01T00:00:00Z"}\nnot json\n')
    truth = read_truth(path)
    assert [label.source for label in truth.labels] == ["import"]
    assert truth.faults.count == 1


@pytest.mark.parametrize(
    "changes", [{"risk_every_days": 0.001}, {"saved_share": 1.5}, {"price_of_alert": -1}, {"from_ms": 5, "until_ms": 5}]
)
def test_what_cannot_be_measured_is_refused(changes: dict[str, float]) -> None:
    with pytest.raises(BadInputError):
        Plan(**changes)  # type: ignore[arg-type]
