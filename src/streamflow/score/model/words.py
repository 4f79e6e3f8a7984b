"""What a model's contributions say, for a person who has to decide."""

import math
from typing import Final

WORDS: Final = {
    "amount_zscore": "amount {} deviations above the customer's mean",
    "velocity_count": "{} payments in 10 minutes",
    "time_deviation": "hour {} deviations from the customer's habit",
    "geo_speed_kmh": "{} km/h since the last place",
    "is_blacklisted": "listed customer or store ({})",
    "amount_ratio": "amount {} times the customer's mean",
    "amount": "amount {}",
    "log_amount_zscore": "amount {} deviations above the customer's usual order of magnitude",
    "amount_to_mean_30d": "amount {} times the mean of 30 days",
    "mean_1d_to_30d": "mean amount of 1 day {} times that of 30 days",
    "mean_7d_to_30d": "mean amount of 7 days {} times that of 30 days",
    "spend_rate_1h_log10": "spending of 1 hour {} times that of 30 days",
    "spend_rate_1d_log10": "spending of 1 day {} times that of 30 days",
    "spend_rate_7d_log10": "spending of 7 days {} times that of 30 days",
    "count_1h": "{} payments in about 1 hour before",
    "count_1d": "{} payments in about 1 day before",
    "count_7d": "{} payments in about 7 days before",
    "count_30d": "{} payments in about 30 days before",
    "high_1d": "{} unusually high amounts in about 1 day before",
    "high_7d": "{} unusually high amounts in about 7 days before",
    "amount_to_highest_log": "amount {} times the highest remembered",
    "is_new_store": "store is new to the customer ({})",
    "new_stores_1d": "{} new stores in about 1 day before",
    "new_stores_7d": "{} new stores in about 7 days before",
    "hour": "hour of the day {} UTC",
    "hour_share": "share of the customer's payments around this hour {}",
    "distance_km": "{} km from the last place",
    "home_distance_km": "{} km from where the customer usually pays",
    "hours_since_last": "{} since the last payment",
    "event_count": "{} payments known of the customer",
    "days_known": "customer known for {} days",
    "store_fraud_ratio_1d": "confirmed fraud at the store, 1 day: ratio {}",
    "store_fraud_ratio_7d": "confirmed fraud at the store, 7 days: ratio {}",
    "store_fraud_ratio_30d": "confirmed fraud at the store, 30 days: ratio {}",
    "store_settled_1d": "{} settled payments at the store, 1 day",
    "store_settled_7d": "{} settled payments at the store, 7 days",
    "store_settled_30d": "{} settled payments at the store, 30 days",
    "store_days_since_fraud": "{} days since the last known fraud at the store",
    "store_fraud_average": "share of fraud in the store's last labels {}",
    "customer_fraud_known": "confirmed fraud of the customer before ({})",
}
_FLAGS: Final = frozenset({"is_blacklisted", "is_new_store", "customer_fraud_known"})
_BASES: Final = {"spend_rate_1h_log10": 10.0, "spend_rate_1d_log10": 10.0, "spend_rate_7d_log10": 10.0, "amount_to_highest_log": math.e}
"""Features that are logarithms are told as what they are logarithms of."""
_HOURS: Final = frozenset({"hours_since_last"})
_UNITS: Final = ((1 / 60, 3600.0, "seconds"), (1.0, 60.0, "minutes"), (48.0, 1.0, "hours"), (math.inf, 1 / 24, "days"))
"""A time of at most so many hours, times so much, is told in this unit."""

_MAX_EXPONENT: Final = 300.0


def reason(name: str, value: float, factor: float) -> str:
    """Say what a feature's value did to the risk: factor 1.31 raises it by 31 %, factor 0.25 divides it by 4.

    Examples
    --------
    >>> reason("amount_zscore", 8.2, 1.31)
    "amount 8.2 deviations above the customer's mean: raises the risk by 31 %"
    >>> reason("store_settled_1d", float("nan"), 4.2), reason("new_feature", 1234567.0, 1e9)
    ('unknown settled payments at the store, 1 day: risk times 4.2', 'new_feature 1234567: risk times more than 1000')
    >>> reason("hours_since_last", 0.0063, 5.1)
    '23 seconds since the last payment: risk times 5.1'
    >>> reason("is_new_store", 0.0, 0.9), reason("hours_since_last", 72.0, 0.25)
    ('store is new to the customer (no): lowers the risk by 10 %', '3 days since the last payment: risk divided by 4.0')
    """
    return f"{WORDS.get(name, name + ' {}').format(_value(name, value))}: {_change(factor)}"


def _value(name: str, value: float) -> str:
    if value != value:
        return "unknown"
    if name in _FLAGS:
        return "yes" if value else "no"
    if name in _HOURS:
        factor, unit = next((factor, unit) for limit, factor, unit in _UNITS if value <= limit)
        return f"{value * factor:.0f} {unit}"
    number = _BASES[name] ** min(value, _MAX_EXPONENT) if name in _BASES else value
    return f"{number:.0f}" if 1000 <= abs(number) < 1e15 else f"{number:.3g}"


def _change(factor: float) -> str:
    if 0.5 < factor < 2:
        return f"{'raises' if factor >= 1 else 'lowers'} the risk by {100 * abs(factor - 1):.0f} %"
    word, times = ("times", factor) if factor > 1 else ("divided by", 1 / factor if factor else math.inf)
    return f"risk {word} {times:.{1 if times < 10 else 0}f}" if times <= 1000 else f"risk {word} more than 1000"
