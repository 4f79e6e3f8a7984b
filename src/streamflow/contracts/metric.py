"""What is counted while it happens: one row for a window, a dimension's value and a currency."""

from datetime import datetime
from typing import Final, Literal, get_args

import msgspec

Dimension = Literal["all", "outcome", "store_id", "payment_method"]
DIMENSIONS: Final[tuple[Dimension, ...]] = get_args(Dimension)

NO_VALUE: Final = "(none)"
"""The value of a dimension for decisions that have none: payments without a payment method."""

WINDOW_SECONDS: Final = {60: 60, 300: 60}
"""Lengths of the windows, and after how many seconds the next one begins."""


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """Counts over the decisions of one window. Written again after a failure, it replaces what its key had before.

    Repeats of a transaction and the canary's payments do not count.

    Parameters
    ----------
    window_start, window_end : datetime
        Begin of the window, and its end, which is no longer part of it: event time, but never later than the broker's.
    window_seconds : int
        Its length: 60, one after the other, or 300, one begins every minute.
    dimension : str
        What is counted by.
    value : str
        Which one of the dimension; all for all, (none) for payments without a payment method.
    currency : str
        ISO 4217 code: payments in other currencies have rows of their own.
    transactions : int
        How many decisions, each counted once.
    amount : str
        Sum of their amounts in major units, as decimal text.
    alerts : int
        How many of them are alerts.
    alert_rate : float
        Their share, 0 to 1.
    score_p50, score_p95, score_p99 : float
        Quantiles of the score.
    customers : int
        How many different customers.
    """

    window_start: datetime
    window_end: datetime
    window_seconds: int
    dimension: Dimension
    value: str
    currency: str
    transactions: int
    amount: str
    alerts: int
    alert_rate: float
    score_p50: float
    score_p95: float
    score_p99: float
    customers: int
