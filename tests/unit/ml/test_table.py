"""Decisions become a table, and labels lie beside it only from the moment they were known."""

import math
from typing import Any

import numpy as np
import pytest

from streamflow.contracts.errors import BadInputError
from streamflow.engine import Decided
from streamflow.ml.plan import TrainingPlan, split
from streamflow.ml.table import DAY_MS, TableBuilder, collect
from streamflow.ml.verdicts import FRAUD, HONEST, UNKNOWN, join
from streamflow.score.features import FEATURE_NAMES
from tests.unit.factories import DAY_MS as A_DAY_MS
from tests.unit.factories import RECIFE, TEN_O_CLOCK_MS, Shop, place
from tests.unit.ml.history import UNTIL_MS, label, table


def decision(shop: Shop, at_ms: int = TEN_O_CLOCK_MS, **changes: Any) -> bytes:
    answer = shop.process(at_ms, **changes)
    assert isinstance(answer, Decided), answer
    return answer.value


def test_a_row_holds_what_the_decision_says_and_null_is_nan() -> None:
    shop = Shop()
    made = collect([decision(shop, customer_id="cust-7", store_id="shop-1", amount="12.50", **place(RECIFE))])
    assert len(made) == 1
    assert (made.transaction_ids, made.customer_ids, made.store_ids, made.regions) == (["txn-0"], ["cust-7"], ["shop-1"], ["-8,-35"])
    assert made.event_time_ms.tolist() == [TEN_O_CLOCK_MS]
    assert made.amount.tolist() == [12.5]
    assert math.isnan(made.column("amount_zscore")[0])
    assert made.matrix.shape == (1, len(FEATURE_NAMES))


def test_a_payment_without_a_place_lies_where_its_store_belongs() -> None:
    shop = Shop()
    made = collect([decision(shop, store_id="online-3"), decision(shop, store_id="kiosk")])
    assert made.regions == ["online", "no place"]


def test_a_repeat_and_the_probe_are_no_rows() -> None:
    shop, builder = Shop(), TableBuilder()
    assert builder.add(decision(shop, transaction_id="same"))
    assert not builder.add(decision(shop, transaction_id="same"))
    assert not builder.add(decision(shop, customer_id="streamflow-canary"))
    assert len(builder) == len(builder.table()) == 1


def test_decisions_of_another_feature_set_are_refused() -> None:
    old = decision(Shop()).replace(b'"feature_set_version":', b'"feature_set_version":9')
    with pytest.raises(BadInputError, match="other features"):
        collect([old])


def test_a_table_stays_as_it_is_while_its_builder_grows() -> None:
    shop, builder = Shop(), TableBuilder()
    value = decision(shop)
    builder.add(value)
    early = builder.table()
    copy = early.matrix.copy()
    for _ in range(40_000):
        builder.add(value)
    late = builder.table()
    assert (len(early), len(late), len(late.transaction_ids)) == (1, 40_001, 40_001)
    assert np.array_equal(early.matrix, copy, equal_nan=True)
    assert np.array_equal(late.matrix[0], late.matrix[-1], equal_nan=True)


def test_a_label_counts_from_the_moment_it_is_known_and_the_newest_holds() -> None:
    made, _ = table(10)
    row_ms = int(made.event_time_ms[3])
    found = join(made, [label(made, 3, False, 20), label(made, 3, True, 9)])
    verdicts = [int(found.known(made, row_ms + days * A_DAY_MS, delay_days=2)[3]) for days in (1, 3, 9, 19, 20)]
    assert verdicts == [UNKNOWN, HONEST, FRAUD, FRAUD, HONEST]


def test_what_is_younger_than_the_delay_is_unknown_even_if_its_label_came_fast() -> None:
    made, _ = table(10)
    found = join(made, [label(made, 9, True, 0.01)])
    assert found.known(made, int(made.event_time_ms[9]) + A_DAY_MS, delay_days=7)[9] == UNKNOWN


def test_labels_of_payments_that_nobody_has_seen_are_counted() -> None:
    made, _ = table(10)
    other, _ = table(12)
    assert join(made, [label(other, 11, True, 1)]).unmatched == 1


def test_the_later_part_lies_behind_the_first_by_the_delay() -> None:
    made, _ = table()
    parts = split(made, TrainingPlan(kind="supervised", until_ms=UNTIL_MS, delay_days=7))
    times = made.event_time_ms
    assert times[parts.whole].max() < UNTIL_MS - 7 * DAY_MS
    assert times[parts.later].min() - times[parts.first].max() >= 7 * DAY_MS
    assert times[parts.later].max() - times[parts.later].min() <= 14 * DAY_MS
    assert parts.gap_days == 7


def test_a_history_that_is_too_short_is_refused() -> None:
    made, _ = table()
    with pytest.raises(BadInputError, match="too short"):
        split(made, TrainingPlan(kind="supervised", until_ms=int(made.event_time_ms[0]) + DAY_MS, delay_days=7))


@pytest.mark.parametrize("change", [{"budget": 0.0}, {"precision": 1.5}, {"delay_days": -1}, {"seed": -1}, {"features": ("height",)}])
def test_a_plan_that_cannot_be_followed_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(BadInputError, match="out of range"):
        TrainingPlan(**{"kind": "supervised", "until_ms": 0, **change})  # type: ignore[arg-type]
