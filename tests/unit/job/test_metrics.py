"""What the job counts and shows, as far as it needs no Flink."""

import random
from collections import Counter

import msgspec
import pytest

from streamflow.contracts.control import Generation
from streamflow.contracts.decision import Answer, Outcome, RuleHit
from streamflow.contracts.instruments import INFINITY, Instrument, Labelled
from streamflow.contracts.job_metrics import (
    ACTIVE,
    BATCH_RECORDS,
    DEAD_LETTERS,
    DECISIONS,
    ENGINE_SECONDS,
    EVENT_LATENCY,
    JOB_METRICS,
    MARKED,
    MOST_RULE_VERSIONS,
    RULE_HITS,
    SCORE,
    WITHOUT_MODEL,
)
from streamflow.contracts.rejection import Code
from streamflow.control.documents import NO_LISTS, default_rules
from streamflow.engine import Decided
from streamflow.flink.metrics import active_numbers, without_model
from streamflow.flink.tally import Histogram, Tally, from_the_start
from streamflow.score.control import NO_MODEL, Controls
from streamflow.score.lists import Blocklists
from streamflow.score.model import Model
from streamflow.score.ruleset import RuleSet
from tests.unit.factories import Shop
from tests.unit.models import linear_model

NAMED = Generation(9, 4, 3, model=7, shadow=6, risk=5)
MARKS = MARKED.labels[0].values


def controls(model: Model | None, absence: str | None, generation: Generation | None = NAMED) -> Controls:
    return Controls(0, RuleSet(default_rules()), Blocklists(NO_LISTS), model, absence, generation=generation)


def answer(**changes: object) -> Answer:
    """Return what the engine says of an ordinary payment, with changes."""
    decided = Shop().process()
    assert isinstance(decided, Decided)
    return msgspec.structs.replace(decided.answer, **changes)


def hit(rule: str, version: int, state: str = "on") -> RuleHit:
    return RuleHit(rule, version, state, 1.0, 0.5, {})  # type: ignore[arg-type]


def counted(answers: list[Answer], codes: tuple[Code, ...] = (), reasons: tuple[str, ...] = (), age_ms: int = 3) -> dict[Labelled, int]:
    ages = [age_ms] * (len(answers) + len(codes))
    return Tally().batch(answers, codes, reasons, ages, 0.002)


@pytest.mark.parametrize(
    ("held", "reason"),
    [
        (controls(None, NO_MODEL), "none_active"),
        (controls(None, "model 7 is refused: the model is not signed"), "refused"),
        (controls(linear_model(), None), "failed"),
    ],
)
def test_a_decision_by_rules_alone_is_counted_under_one_of_three_reasons(held: Controls, reason: str) -> None:
    assert without_model(held) == reason


def test_what_a_generation_names_but_is_followed_without_is_shown_as_0() -> None:
    shown = {name.labels[0][1]: number for name, number in active_numbers(controls(None, "model 7 is refused")).items()}
    assert shown == {"generation": 9, "rules": 4, "lists": 3, "risk": 0, "model": 0, "shadow": 0}
    assert active_numbers(controls(linear_model(), None))[ACTIVE.of("model")] == 7
    assert set(active_numbers(controls(None, NO_MODEL, None))) == set(map(ACTIVE.of, ACTIVE.labels[0].values))


def test_a_batch_is_counted_by_outcome_mark_rule_code_and_reason() -> None:
    answers = [
        answer(outcome=Outcome.BLOCK, rules=(hit("FR-001", 2), hit("FR-003", 1, "shadow"))),
        answer(outcome=Outcome.BLOCK, rules=(hit("FR-001", 2),), late=True, canary=True),
        answer(late=True),
    ]
    counts = counted(answers, (Code.NOT_JSON, Code.NOT_JSON), ("refused", "failed", "refused"))
    assert counts[DECISIONS.of("block")] == 2
    assert counts[DECISIONS.of("approve")] == 1
    assert counts[RULE_HITS.of("FR-001", "2", "on")] == 2
    assert counts[RULE_HITS.of("FR-003", "1", "shadow")] == 1
    assert {mark: counts.get(MARKED.of(mark), 0) for mark in MARKS} == dict.fromkeys(MARKS, 0) | {"late": 2, "canary": 1}
    assert counts[DEAD_LETTERS.of("NOT_JSON")] == 2
    assert (counts[WITHOUT_MODEL.of("refused")], counts[WITHOUT_MODEL.of("failed")]) == (2, 1)


def test_each_mark_of_a_decision_is_a_mark_that_is_counted() -> None:
    flags = {field.name for field in msgspec.structs.fields(Answer) if field.type is bool}
    assert flags == set(MARKS)
    assert all(counted([answer(**{mark: True})])[MARKED.of(mark)] == 1 for mark in MARKS)


def test_buckets_hold_every_value_up_to_their_bound() -> None:
    chance = random.Random(5)  # noqa: S311 - test data
    values = [*SCORE.bounds, *(chance.random() for _ in range(10_000))]
    counts = Histogram(SCORE).counts(values)
    expected = {SCORE.of(str(bound)): sum(value <= bound for value in values) for bound in SCORE.bounds}
    assert counts == expected | {SCORE.of(INFINITY): len(values)}


def test_latencies_are_told_in_milliseconds_and_counted_in_seconds() -> None:
    counts = counted([answer()] * 3, age_ms=2_000)
    assert counts[EVENT_LATENCY.of("2.0")] == 3
    assert EVENT_LATENCY.of("1.0") not in counts


def test_a_batch_of_dead_letters_alone_counts_its_size_and_time_too() -> None:
    counts = counted([], (Code.NOT_JSON,) * 12)
    assert [counts.get(BATCH_RECORDS.of(bound), 0) for bound in ("10", "30", INFINITY)] == [0, 1, 1]
    assert [counts.get(ENGINE_SECONDS.of(bound), 0) for bound in ("0.001", "0.003", INFINITY)] == [0, 1, 1]
    assert SCORE.of(INFINITY) not in counts


def test_a_hundred_thousand_decisions_in_batches_of_any_size_are_counted_exactly() -> None:
    chance = random.Random(6)  # noqa: S311 - test data
    kinds = [
        answer(outcome=outcome, score=score, late=late, rules=hits)
        for outcome, score, late, hits in (
            (Outcome.APPROVE, 0.01, False, ()),
            (Outcome.REVIEW, 0.7, True, (hit("FR-002", 1),)),
            (Outcome.BLOCK, 0.99, False, (hit("FR-002", 1), hit("FR-004", 9, "shadow"))),
        )
    ]
    tally, total, sent = Tally(), Counter[Labelled](), Counter[int]()
    while sent.total() < 100_000:
        batch = [chance.randrange(3) for _ in range(chance.randrange(1, 2_000))]
        sent.update(batch)
        total.update(tally.batch([kinds[kind] for kind in batch], (), (), [1] * len(batch), 0.01))
    assert [total[DECISIONS.of(outcome)] for outcome in ("approve", "review", "block")] == [sent[0], sent[1], sent[2]]
    assert total[SCORE.of("0.6")] == sent[0]
    assert total[SCORE.of("0.7")] == sent[0] + sent[1]
    assert total[MARKED.of("late")] == sent[1]
    assert total[RULE_HITS.of("FR-002", "1", "on")] == sent[1] + sent[2]
    assert total[RULE_HITS.of("FR-004", "9", "shadow")] == sent[2]


def test_however_often_rules_are_pushed_there_is_a_bounded_number_of_counters() -> None:
    tally = Tally()
    names: set[Labelled] = set()
    for version in range(1, 500):
        names |= tally.batch([answer(rules=(hit("FR-001", version), hit("FR-002", version, "shadow")))], (), (), [1], 0.1).keys()
    hits = {name for name in names if name.name == RULE_HITS.name}
    assert len(hits) == MOST_RULE_VERSIONS + 2 == RULE_HITS.most_series
    last = tally.batch([answer(rules=(hit("FR-001", 499), hit("FR-001", 500)))], (), (), [1], 0.1)
    assert last[RULE_HITS.of("other", "other", "on")] == 2


def test_all_that_can_be_counted_without_an_operators_numbers_is_shown_from_the_start() -> None:
    start = from_the_start()
    assert len(start) == len(set(start))
    assert {name.name for name in start} == {item.name for item in JOB_METRICS} - {RULE_HITS.name, ACTIVE.name}
    everything = counted([answer(**dict.fromkeys(MARKS, True))], tuple(Code), ("refused",))
    assert everything.keys() <= set(start)


@pytest.mark.parametrize("metric", JOB_METRICS, ids=lambda metric: metric.name)
def test_every_metric_has_labels_of_few_values(metric: Instrument) -> None:
    assert 1 <= metric.most_series <= 64
    assert all(len(label.values) == len(set(label.values)) for label in metric.labels)


def test_every_metric_has_a_name_of_its_own() -> None:
    assert len({metric.name for metric in JOB_METRICS}) == len(JOB_METRICS)


def test_too_few_values_for_the_labels_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        RULE_HITS.of("FR-001")
