"""What an event looks like against its customer's memory: the numbers that rules judge by, and the row that models see."""

from math import nan
from typing import Final
from zlib import crc32

import msgspec
import numpy as np
from numpy.typing import NDArray

from streamflow.score.baseline import MIN_EVENTS, amount_deviation, hour_habit, hour_of_day, signed_hours
from streamflow.score.features.catalogue import FEATURE_NAMES
from streamflow.score.features.profile import advance
from streamflow.score.geography import distance_km, speed_kmh
from streamflow.score.lists import Blocklists, Listing
from streamflow.score.risk import NO_RISK, RiskSnapshot
from streamflow.score.rounding import six_decimals
from streamflow.score.state import CustomerState, StateError
from streamflow.validate import ValidTransaction

VELOCITY_WINDOW_MS: Final = 600_000
_FEATURES: Final = len(FEATURE_NAMES)


class Observation(msgspec.Struct, gc=False):
    """One event seen against its customer's memory.

    `amount`, `amount_mean` and `amount_deviation` are in the reference currency (None where the rate is missing); the latter two
    and what follows from them are None before the customer has 5 amounts, `habit` (mean hour, deviation) before 5 events.
    `row` holds the feature set in its order, NaN for None, and `profile` the customer's profile with this event in it.
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
    row: NDArray[np.float64]
    profile: bytearray

    def features(self) -> tuple[float, ...]:
        """Return the feature set, in the order of `FEATURE_NAMES`; NaN, which is null in JSON, where the history says nothing."""
        return tuple(self.row.tolist())


def observe(
    valid: ValidTransaction,
    state: CustomerState,
    rate: float | None,
    lists: Blocklists,
    risk: RiskSnapshot | None,
    record_timestamp_ms: int,
) -> Observation:
    """Look at an event against its customer's memory, which is not changed.

    Parameters
    ----------
    rate
        Worth of one unit of the event's currency in the reference currency, or None where it is not known.
    record_timestamp_ms
        The broker's time: entries of the lists expire by it.

    Raises
    ------
    StateError
        If the customer's profile holds what no history leads to.
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
    velocity_count = state.velocity_count(event_time_ms, VELOCITY_WINDOW_MS)
    listing = lists.find(transaction.customer_id, transaction.store_id, record_timestamp_ms) if lists else None
    row, profile = np.empty(_FEATURES), bytearray(state.profile)
    if not advance(
        np.frombuffer(profile, np.uint8),
        row,
        (
            nan if zscore is None else six_decimals(zscore),
            float(velocity_count),
            nan if deviation is None else six_decimals(deviation),
            nan if speed is None else six_decimals(speed),
            0.0 if listing is None else 1.0,
            nan if ratio is None else six_decimals(ratio),
        ),
        NO_RISK if risk is None else risk.of(transaction.store_id, transaction.customer_id, event_time_ms),
        event_time_ms,
        state.last_event_time_ms,
        state.event_count,
        nan if amount is None else amount,
        hour,
        nan if transaction.latitude is None else transaction.latitude,
        nan if transaction.longitude is None else transaction.longitude,
        nan if distance is None else distance,
        crc32(transaction.store_id.encode()),
    ):
        raise StateError("expected a profile of some history, got sums that are not finite, or below zero")
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
        velocity_count,
        distance,
        elapsed_ms,
        speed,
        listing,
        row,
        profile,
    )
