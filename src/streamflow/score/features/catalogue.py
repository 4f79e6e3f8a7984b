"""The feature set: what models see of an event, each with unit, formula and source.

The first six are the mission's. All are numbers as a decision carries them: NaN (null in JSON) where the history says nothing, the
mission's with 6 decimals, the others with 4. Everything is taken before the event itself is learnt, unless the formula says otherwise.
"""

from typing import Final, NamedTuple

FEATURE_SET_VERSION: Final = 2
MISSION_FEATURE_COUNT: Final = 6


class Feature(NamedTuple):
    """One number about an event."""

    name: str
    unit: str
    formula: str
    source: str


_EVENT: Final = "event"
_STATISTICS: Final = "statistics"
_PROFILE: Final = "profile"
_LABELS: Final = "risk snapshot"

FEATURES: Final = (
    Feature("amount_zscore", "deviations", "(amount - mean) / deviation of the customer's winsorised amounts", _STATISTICS),
    Feature("velocity_count", "events", "events in 10 minutes, this one included", _STATISTICS),
    Feature("time_deviation", "deviations", "circular distance from the customer's mean hour over its circular deviation", _STATISTICS),
    Feature("geo_speed_kmh", "km/h", "distance from the last place over the time since then", _STATISTICS),
    Feature("is_blacklisted", "0 or 1", "customer or store is on a list", "lists"),
    Feature("amount_ratio", "ratio", "amount over the mean of the customer's winsorised amounts", _STATISTICS),
    Feature("amount", "reference currency", "amount times the currency's rate", _EVENT),
    Feature("log_amount_zscore", "deviations", "(ln amount - mean) / deviation of winsorised ln amounts, deviation at least 0.1", _PROFILE),
    Feature("amount_to_mean_30d", "ratio", "amount over the decayed mean of 30 days", _PROFILE),
    Feature("mean_1d_to_30d", "ratio", "decayed mean amount of 1 day over that of 30 days", _PROFILE),
    Feature("mean_7d_to_30d", "ratio", "decayed mean amount of 7 days over that of 30 days", _PROFILE),
    Feature(
        "spend_rate_1h_log10", "log10 ratio", "log10 of spending a day over 1 hour, this event included, over that of 30 days", _PROFILE
    ),
    Feature("spend_rate_1d_log10", "log10 ratio", "the same over 1 day", _PROFILE),
    Feature("spend_rate_7d_log10", "log10 ratio", "the same over 7 days", _PROFILE),
    Feature("count_1h", "events", "sum over past events of exp(-age / 1 hour)", _PROFILE),
    Feature("count_1d", "events", "sum over past events of exp(-age / 1 day)", _PROFILE),
    Feature("count_7d", "events", "sum over past events of exp(-age / 7 days)", _PROFILE),
    Feature("count_30d", "events", "sum over past events of exp(-age / 30 days)", _PROFILE),
    Feature("high_1d", "events", "decayed number of past events with log_amount_zscore above 2, 1 day", _PROFILE),
    Feature("high_7d", "events", "decayed number of past events with log_amount_zscore above 2, 7 days", _PROFILE),
    Feature("amount_to_highest_log", "ln ratio", "ln of amount over the highest amount remembered, which fades by 2 % a day", _PROFILE),
    Feature("is_new_store", "0 or 1", "the store is in neither of the customer's two Bloom filters (Bloom 1970) of 256 bits", _PROFILE),
    Feature("new_stores_1d", "events", "decayed number of past events at new stores, 1 day", _PROFILE),
    Feature("new_stores_7d", "events", "decayed number of past events at new stores, 7 days", _PROFILE),
    Feature("hour", "hours", "hour of the event, UTC", _EVENT),
    Feature("hour_share", "ratio", "(0.5 + past events in this hour, the one before and the one after) / (4 + past events)", _PROFILE),
    Feature("distance_km", "km", "distance from the last place", _STATISTICS),
    Feature("home_distance_km", "km", "distance from the decayed mean of past places, 30 days", _PROFILE),
    Feature("hours_since_last", "hours", "time since the customer's last event, 0 for a late one", _STATISTICS),
    Feature("event_count", "events", "past events", _STATISTICS),
    Feature("days_known", "days", "time since the first event that the profile knows", _PROFILE),
    Feature("store_fraud_ratio_1d", "ratio", "smoothed frauds over settled payments at the store, decayed over 1 day", _LABELS),
    Feature("store_fraud_ratio_7d", "ratio", "the same over 7 days", _LABELS),
    Feature("store_fraud_ratio_30d", "ratio", "the same over 30 days", _LABELS),
    Feature("store_settled_1d", "payments", "settled payments at the store, decayed over 1 day", _LABELS),
    Feature("store_settled_7d", "payments", "the same over 7 days", _LABELS),
    Feature("store_settled_30d", "payments", "the same over 30 days", _LABELS),
    Feature("store_days_since_fraud", "days", "time since the last known fraud at the store", _LABELS),
    Feature("store_fraud_average", "ratio", "moving average of the store's last labels", _LABELS),
    Feature("customer_fraud_known", "0 or 1", "a fraud of the customer is confirmed", _LABELS),
)
FEATURE_NAMES: Final = tuple(feature.name for feature in FEATURES)
MISSION_FEATURES: Final = FEATURE_NAMES[:MISSION_FEATURE_COUNT]
