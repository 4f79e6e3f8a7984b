"""What an event looks like against its customer's memory: the six features of the mission, and what rules judge by.

Feature set 1, in this order: amount_zscore (deviations), velocity_count (events in 10 minutes), time_deviation (deviations of the
hour), geo_speed_kmh (km/h since the last place), is_blacklisted (0 or 1), amount_ratio (amount over the customer's mean).
A feature is null where the customer's history does not say anything about it.
"""

from typing import Final

import msgspec

from streamflow.score.baseline import MIN_EVENTS, amount_deviation, hour_habit, hour_of_day, signed_hours
from streamflow.score.geography import distance_km, speed_kmh
from streamflow.score.lists import Blocklists, Listing
from streamflow.score.rounding import six_decimals
from streamflow.score.state import CustomerState
from streamflow.validate import ValidTransaction

FEATURE_SET_VERSION: Final = 1
FEATURE_NAMES: Final = ("amount_zscore", "velocity_count", "time_deviation", "geo_speed_kmh", "is_blacklisted", "amount_ratio")
VELOCITY_WINDOW_MS: Final = 600_000


class Observation(msgspec.Struct, gc=False):
    """One event seen against its customer's memory.

    `amount`, `amount_mean` and `amount_deviation` are in the reference currency (None where the rate is missing); the latter two
    and what follows from them are None before the customer has 5 amounts, `habit` (mean hour, deviation) before 5 events.
    """

    valid: ValidTransaction
    state: CustomerState
    amount: float | None
    amount_mean: float | None
    amount_deviation: float | None
    amount_ratio: float | None
    amount_zscore: float | None
    hour: float
    habit: tuple[float, float] | None
    time_deviation: float | None
    velocity_count: int
    distance_km: float | None
    elapsed_ms: int | None
    speed_kmh: float | None
    listing: Listing | None

    def features(self) -> tuple[float | None, ...]:
        """Return the feature set, rounded to 6 decimals, in the order of `FEATURE_NAMES`."""
        zscore, deviation, speed, ratio = self.amount_zscore, self.time_deviation, self.speed_kmh, self.amount_ratio
        return (
            None if zscore is None else six_decimals(zscore),
            float(self.velocity_count),
            None if deviation is None else six_decimals(deviation),
            None if speed is None else six_decimals(speed),
            0.0 if self.listing is None else 1.0,
            None if ratio is None else six_decimals(ratio),
        )


def observe(valid: ValidTransaction, state: CustomerState, rate: float | None, lists: Blocklists, record_timestamp_ms: int) -> Observation:
    """Look at an event against its customer's memory, which is not changed.

    Parameters
    ----------
    rate
        Worth of one unit of the event's currency in the reference currency, or None where it is not known.
    record_timestamp_ms
        The broker's time: entries of the lists expire by it.
    """
    transaction, event_time_ms = valid.transaction, valid.event_time_ms
    amount = amount_mean = spread = ratio = zscore = None
    if rate is not None:
        amount = valid.amount * rate
        if state.amount_count >= MIN_EVENTS:
            amount_mean = state.amount_mean
            ratio = amount / amount_mean
            spread = amount_deviation(state)
            zscore = (amount - amount_mean) / spread
    hour = hour_of_day(event_time_ms)
    habit = deviation = None
    if state.event_count >= MIN_EVENTS:
        habit = hour_habit(state)
        deviation = abs(signed_hours(hour, habit[0])) / habit[1]
    distance = elapsed_ms = speed = None
    if state.location is not None and transaction.latitude is not None and transaction.longitude is not None:
        seen_ms, latitude, longitude = state.location
        elapsed_ms = abs(event_time_ms - seen_ms)
        if latitude == transaction.latitude and longitude == transaction.longitude:
            distance = speed = 0.0
        else:
            distance = distance_km(latitude, longitude, transaction.latitude, transaction.longitude)
            speed = speed_kmh(distance, elapsed_ms)
    return Observation(
        valid,
        state,
        amount,
        amount_mean,
        spread,
        ratio,
        zscore,
        hour,
        habit,
        deviation,
        state.velocity_count(event_time_ms, VELOCITY_WINDOW_MS),
        distance,
        elapsed_ms,
        speed,
        lists.find(transaction.customer_id, transaction.store_id, record_timestamp_ms) if lists else None,
    )
