"""A plan refuses what cannot be drawn, and says why."""

from typing import Any

import pytest

from streamflow.contracts.errors import BadInputError
from streamflow.simulate import FraudRatios, Plan
from streamflow.simulate.plan import DEFAULT_START_MS, start_from_text


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"events": -1}, "events"),
        ({"customers": 3}, "customers"),
        ({"days": 0}, "days"),
        ({"days": float("nan")}, "days"),
        ({"seed": -1}, "seed"),
        ({"malformed_ratio": 0.7}, "malformed_ratio"),
        ({"late_ratio": -0.1}, "late_ratio"),
        ({"fraud": FraudRatios(high_value=0.9)}, "sum of the fraud ratios"),
        ({"fraud": FraudRatios(high_value=-0.1)}, "fraud.high_value"),
        ({"malformed_ratio": 0.5, "repeated_ratio": 0.45}, "too few honest payments"),
        ({"malformed_kinds": ("nonsense",)}, "nonsense"),
        ({"malformed_ratio": 0.1, "malformed_kinds": ()}, "no kind"),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_name(options: dict[str, Any], names: str) -> None:
    with pytest.raises(BadInputError, match=names):
        Plan(**options)


def test_the_default_mixture_is_about_one_and_a_half_percent() -> None:
    assert sum(FraudRatios().as_tuple()) == pytest.approx(0.015)


@pytest.mark.parametrize("text", ["2026-01-01", "2026-01-01T00:00:00Z", "2025-12-31T21:00:00-03:00"])
def test_a_start_is_a_date_or_a_time_in_any_zone(text: str) -> None:
    assert start_from_text(text, 30, 0) == DEFAULT_START_MS


def test_a_start_that_is_no_date_is_refused() -> None:
    with pytest.raises(BadInputError, match="2026-01-01, or now"):
        start_from_text("yesterday", 30, 0)
