"""The population stability index, and what a model card keeps for it."""

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from streamflow.score.drift import (
    LARGE,
    SETTLED,
    Numbers,
    Reference,
    reference_in,
    reference_to,
    shape_of,
    shares,
    stability,
    stability_index,
)

DAY_MS = 86_400_000
VALUES = arrays(np.float64, st.integers(0, 200), elements=st.floats(-1e6, 1e6) | st.just(math.nan) | st.sampled_from([0.0, 1.0]))


def normal(payments: int = 5_000, mean: float = 0.0, deviation: float = 1.0, seed: int = 1) -> Numbers:
    return np.random.default_rng(seed).normal(mean, deviation, payments)


@given(VALUES, VALUES)
def test_shares_are_whole_and_the_index_is_never_negative(then: Numbers, now: Numbers) -> None:
    shape = shape_of(then)
    assert list(shape.bounds) == sorted(set(shape.bounds))
    assert len(shape.shares) == len(shape.bounds) + 2
    assert sum(shape.shares) == pytest.approx(1.0)
    assert sum(shares(shape.bounds, now)) == pytest.approx(1.0 if len(now) else 0.0)
    assert stability_index(shape, now) >= 0
    if len(then):
        assert stability_index(shape, then) == pytest.approx(0.0, abs=1e-9)


def test_chance_is_little_and_a_shift_is_much() -> None:
    shape = shape_of(normal())
    assert stability_index(shape, normal(seed=2)) < 3 * SETTLED
    assert stability_index(shape, normal(mean=0.1, seed=2)) < 0.1
    assert stability_index(shape, normal(mean=0.6, seed=2)) > LARGE
    assert stability_index(shape, normal(deviation=2.0, seed=2)) > LARGE


def test_it_is_the_textbook_sum() -> None:
    then, now = np.repeat([1.0, 2.0], [75, 25]), np.repeat([1.0, 2.0], [50, 50])
    expected = (0.5 - 0.75) * math.log(0.5 / 0.75) + (0.5 - 0.25) * math.log(0.5 / 0.25)
    assert stability_index(shape_of(then), now) == pytest.approx(expected)


def test_a_constant_that_moves_to_either_side_is_noticed() -> None:
    shape = shape_of(np.ones(1_000))
    assert stability_index(shape, np.full(1_000, 1.5)) > LARGE
    assert stability_index(shape, np.full(1_000, 0.5)) > LARGE
    assert stability_index(shape, np.ones(1_000)) == 0


def test_a_number_that_payments_no_longer_have_is_noticed() -> None:
    values = normal()
    shape = shape_of(values)
    assert stability_index(shape, np.where(np.arange(len(values)) % 2, values, math.nan)) > LARGE
    assert stability_index(shape_of(np.full(100, math.nan)), values) > LARGE


def test_a_number_that_moved_already_is_not_settled() -> None:
    times = np.linspace(0, 14 * DAY_MS, 5_000, dtype=np.int64)
    found = reference_to({"age": times / DAY_MS, "amount": normal()}, times)
    assert (found.payments, found.days) == (5_000, 14.0)
    assert not found.is_settled("age")
    assert found.is_settled("amount")


def test_hours_of_part_of_a_day_do_not_look_like_movement() -> None:
    # Nine days: halves of four and a half would be another mixture of hours each.
    times = np.arange(0, 9 * DAY_MS, 60_000, dtype=np.int64)
    assert reference_to({"hour": times % DAY_MS / 3_600_000}, times).is_settled("hour")


def test_a_card_gives_back_its_reference() -> None:
    written = reference_to({"amount": normal()}, np.arange(5_000))
    card = msgspec.json.encode({"model": "linear-1", "reference": written, "more": [1]})
    assert reference_in(card) == written
    assert stability(written, {"amount": normal(), "other": normal()}) == {"amount": 0.0}


@pytest.mark.parametrize("card", [b"", b"{}", b"[]", b"{", b'{"reference": 1}', b'{"reference": {"payments": "many"}}', b"\xff"])
def test_what_is_no_card_with_a_reference_has_none(card: bytes) -> None:
    assert reference_in(card) is None


def test_nothing_can_be_told_of_no_payments() -> None:
    assert reference_to({}, np.array([], dtype=np.int64)) == Reference(payments=0, days=0.0, shapes={})
