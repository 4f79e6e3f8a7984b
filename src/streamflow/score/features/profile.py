"""A customer's profile: decayed sums, habits and familiar stores in 168 bytes, read and advanced by one compiled call an event.

Layout, little endian: 20 floats of 32 bits (`_COUNT_1H` and so on), 24 bytes that count events by hour, and two Bloom filters of
32 bytes. Counts by hour are halved when one is full, so they fade. A filter that is filled to three eighths becomes the old one and
the old one is forgotten, so familiar stores are those of about the last 50 to 100 new ones.

Sums decay exponentially in event time; a late event counts in full at the time of the latest one. The log amount is winsorised like
the amounts of :mod:`streamflow.score.statistics`: what lies beyond 2.5 deviations is learnt as if it lay there.
"""

from math import nan
from typing import Final

import numpy as np
from numpy.typing import NDArray

from streamflow.score.compiling import compiled, compiled_for

_FLOATS: Final = 20
_HOURS: Final = 24
_FILTER_BYTES: Final = 32
_HOURS_AT: Final = _FLOATS * 4
_YOUNG_AT: Final = _HOURS_AT + _HOURS
_OLD_AT: Final = _YOUNG_AT + _FILTER_BYTES
LAYOUT_BYTES: Final = _OLD_AT + _FILTER_BYTES

_COUNT_1H, _COUNT_1D, _COUNT_7D, _COUNT_30D = 0, 1, 2, 3
_AMOUNT_1H, _AMOUNT_1D, _AMOUNT_7D, _AMOUNT_30D = 4, 5, 6, 7
_LOG_COUNT, _LOG_MEAN, _LOG_M2 = 8, 9, 10
_HIGH_1D, _HIGH_7D, _HIGHEST_LOG, _FIRST_SEEN_DAYS = 11, 12, 13, 14
_NEW_1D, _NEW_7D = 15, 16
_HOME_LATITUDE, _HOME_LONGITUDE, _HOME_WEIGHT = 17, 18, 19

_HOUR_MS: Final = 3_600_000.0
_DAY_MS: Final = 86_400_000.0
_HOURS_PER_DAY: Final = 24.0
_WEEK_DAYS, _MONTH_DAYS = 7.0, 30.0
_LEAST_LOG_DEVIATION: Final = 0.1
_HIGH_DEVIATIONS: Final = 2.0
_FADE_A_DAY: Final = 0.02
_LEAST_WEIGHT: Final = 1e-6
_FULL_BITS: Final = 96
_ROUNDING: Final = 1e4
_ROUNDED_BELOW: Final = 1e11
_MOST_AN_HOUR: Final = 255

# Written again, because compiled code is made anew only when its own file changes (`streamflow.score.compiling`); a test compares them.
MISSION: Final = 6
OWN: Final = 25
RISK: Final = 9
MIN_EVENTS: Final = 5
CLIP_DEVIATIONS: Final = 2.5
EARTH_RADIUS_KM: Final = 6371.0088
HOUR, EVENTS, DISTANCE_KM, LAST_MS = 44, 46, 48, 51


@compiled
def _ratio(one: float, other: float) -> float:
    return one / other if other > _LEAST_WEIGHT else nan


@compiled
def _log10_ratio(one: float, other: float) -> float:
    return float(np.log10(one / other)) if one > _LEAST_WEIGHT and other > _LEAST_WEIGHT else nan


@compiled
def _home_distance_km(latitude: float, longitude: float, home_latitude: float, home_longitude: float) -> float:
    phi, home_phi = np.radians(latitude), np.radians(home_latitude)
    half = np.sin((home_phi - phi) / 2) ** 2 + np.cos(phi) * np.cos(home_phi) * np.sin(np.radians(home_longitude - longitude) / 2) ** 2
    return float(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(min(half, 1.0))))


@compiled
def _visit(young: NDArray[np.uint8], old: NDArray[np.uint8], store: int) -> bool:
    """Enter a store into the filters, and say whether it was in neither."""
    # The finaliser of SplitMix64 (Steele, Lea and Flood 2014) makes two independent places of one hash.
    mixed = np.uint64(store) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    first, second = np.int64(mixed & np.uint64(255)), np.int64((mixed >> np.uint64(32)) & np.uint64(255))
    first_mask, second_mask = np.uint8(1 << (first & 7)), np.uint8(1 << (second & 7))
    first >>= 3
    second >>= 3
    if young[first] & first_mask and young[second] & second_mask:
        return False
    is_new = not (old[first] & first_mask and old[second] & second_mask)
    bits = 0
    for byte in young:
        left = np.int64(byte)
        while left:
            left &= left - 1
            bits += 1
    if bits >= _FULL_BITS:
        old[:] = young
        young[:] = 0
    young[first] |= first_mask
    young[second] |= second_mask
    return is_new


@compiled
def _is_sound(floats: NDArray[np.float32]) -> bool:
    """Say whether some history leads to these numbers: all finite, and no sum below zero."""
    for place in range(_FLOATS):
        if not np.isfinite(floats[place]):
            return False
        if floats[place] < 0 and place not in (_LOG_MEAN, _HIGHEST_LOG, _HOME_LATITUDE, _HOME_LONGITUDE, _FIRST_SEEN_DAYS):
            return False
    return bool(abs(floats[_HOME_LATITUDE]) <= 90 and abs(floats[_HOME_LONGITUDE]) <= 180)


@compiled_for("boolean(uint8[::1], float64[::1], UniTuple(float64, 9), int64, float64, float64, float64, int64)")
def advance(
    profile: NDArray[np.uint8],
    numbers: NDArray[np.float64],
    risk: tuple[float, ...],
    event_time_ms: int,
    amount: float,
    latitude: float,
    longitude: float,
    store: int,
) -> bool:
    """Write an event's features behind the mission's six, and enter the event into `profile`, both in place. Cost: about 1 us.

    Parameters
    ----------
    profile : array of uint8, shape (168,)
        The customer's; zeros for a new one.
    numbers : array of float64
        As :func:`streamflow.score.statistics.step` has left it; gets the features, in the order of `FEATURE_NAMES`, rounded.
    risk : tuple of float
        The nine features that labels give; NaN for none.
    event_time_ms : int
        Of this event.
    amount, latitude, longitude : float
        In the reference currency and in degrees; NaN where there is none.
    store : int
        A hash of 32 bits of the store's id.

    Returns
    -------
    bool
        False, and nothing is written, where the profile holds what no history leads to.
    """
    last_time_ms, events, hour = int(np.int64(numbers[LAST_MS])), int(np.int64(numbers[EVENTS])), float(numbers[HOUR])
    floats = profile[:_HOURS_AT].view(np.float32)
    hours, young, old = profile[_HOURS_AT:_YOUNG_AT], profile[_YOUNG_AT:_OLD_AT], profile[_OLD_AT:]
    if not _is_sound(floats):
        return False
    gap_ms = max(event_time_ms - last_time_ms, 0) if events else 0
    gap_days = gap_ms / _DAY_MS
    now_days = (event_time_ms if events == 0 else max(event_time_ms, last_time_ms)) / _DAY_MS
    keep_1h, keep_1d = np.exp(-gap_days * _HOURS_PER_DAY), np.exp(-gap_days)
    keep_7d, keep_30d = np.exp(-gap_days / _WEEK_DAYS), np.exp(-gap_days / _MONTH_DAYS)
    count_1h, count_1d = floats[_COUNT_1H] * keep_1h, floats[_COUNT_1D] * keep_1d
    count_7d, count_30d = floats[_COUNT_7D] * keep_7d, floats[_COUNT_30D] * keep_30d
    amount_1h, amount_1d = floats[_AMOUNT_1H] * keep_1h, floats[_AMOUNT_1D] * keep_1d
    amount_7d, amount_30d = floats[_AMOUNT_7D] * keep_7d, floats[_AMOUNT_30D] * keep_30d
    high_1d, high_7d = floats[_HIGH_1D] * keep_1d, floats[_HIGH_7D] * keep_7d
    new_1d, new_7d = floats[_NEW_1D] * keep_1d, floats[_NEW_7D] * keep_7d
    first_seen_days = np.float64(floats[_FIRST_SEEN_DAYS]) if count_30d > 0 else now_days
    mean_30d = _ratio(amount_30d, count_30d)
    a_day = amount_30d / _MONTH_DAYS
    log_count, log_mean, log_m2 = np.float64(floats[_LOG_COUNT]), np.float64(floats[_LOG_MEAN]), np.float64(floats[_LOG_M2])
    log_amount = np.log(amount)
    log_deviation = log_zscore = nan
    if log_count >= MIN_EVENTS:
        log_deviation = max(np.sqrt(log_m2 / (log_count - 1)), _LEAST_LOG_DEVIATION)
        log_zscore = (log_amount - log_mean) / log_deviation
    highest = floats[_HIGHEST_LOG] - _FADE_A_DAY * gap_days

    hour_bin = int(hour)
    near = np.int64(hours[hour_bin]) + np.int64(hours[(hour_bin + 1) % _HOURS]) + np.int64(hours[(hour_bin - 1) % _HOURS])
    total = np.int64(0)
    for place in range(_HOURS):
        total += np.int64(hours[place])
    weight = floats[_HOME_WEIGHT] * keep_30d
    has_place = latitude == latitude and longitude == longitude
    home_km = nan
    if has_place and weight > _LEAST_WEIGHT:
        home_km = _home_distance_km(latitude, longitude, floats[_HOME_LATITUDE], floats[_HOME_LONGITUDE])
    is_new_store = _visit(young, old, store)

    own = (
        amount,
        log_zscore,
        _ratio(amount, mean_30d),
        _ratio(_ratio(amount_1d, count_1d), mean_30d),
        _ratio(_ratio(amount_7d, count_7d), mean_30d),
        _log10_ratio((amount_1h + amount) * _HOURS_PER_DAY, a_day),
        _log10_ratio(amount_1d + amount, a_day),
        _log10_ratio((amount_7d + amount) / _WEEK_DAYS, a_day),
        count_1h,
        count_1d,
        count_7d,
        count_30d,
        high_1d,
        high_7d,
        log_amount - highest if log_count > 0 else nan,
        1.0 if is_new_store else 0.0,
        new_1d,
        new_7d,
        hour,
        (0.5 + near) / (4.0 + total),
        numbers[DISTANCE_KM],
        home_km,
        gap_ms / _HOUR_MS if events else nan,
        float(events),
        max(now_days - first_seen_days, 0.0),
    )
    for place in range(OWN):
        number = own[place]
        numbers[MISSION + place] = np.floor(number * _ROUNDING + 0.5) / _ROUNDING if abs(number) < _ROUNDED_BELOW else number
    for place in range(RISK):
        number = risk[place]
        numbers[MISSION + OWN + place] = np.floor(number * _ROUNDING + 0.5) / _ROUNDING

    paid = amount if amount == amount else 0.0
    floats[_COUNT_1H], floats[_COUNT_1D], floats[_COUNT_7D], floats[_COUNT_30D] = count_1h + 1, count_1d + 1, count_7d + 1, count_30d + 1
    floats[_AMOUNT_1H], floats[_AMOUNT_1D] = amount_1h + paid, amount_1d + paid
    floats[_AMOUNT_7D], floats[_AMOUNT_30D] = amount_7d + paid, amount_30d + paid
    is_high = 1.0 if log_zscore > _HIGH_DEVIATIONS else 0.0
    floats[_HIGH_1D], floats[_HIGH_7D] = high_1d + is_high, high_7d + is_high
    if amount == amount:
        floats[_HIGHEST_LOG] = max(log_amount, highest) if log_count > 0 else log_amount
        learnt = log_amount
        if log_count >= MIN_EVENTS:
            reach = CLIP_DEVIATIONS * log_deviation
            learnt = min(max(log_amount, log_mean - reach), log_mean + reach)
        delta = learnt - log_mean
        mean = log_mean + delta / (log_count + 1)
        floats[_LOG_COUNT], floats[_LOG_MEAN], floats[_LOG_M2] = log_count + 1, mean, log_m2 + delta * (learnt - mean)
    is_new = 1.0 if is_new_store else 0.0
    floats[_NEW_1D], floats[_NEW_7D] = new_1d + is_new, new_7d + is_new
    floats[_FIRST_SEEN_DAYS] = first_seen_days
    if has_place:
        weight += 1
        home_latitude, home_longitude = floats[_HOME_LATITUDE], floats[_HOME_LONGITUDE]
        floats[_HOME_LATITUDE] = home_latitude + (latitude - home_latitude) / weight
        east = (longitude - home_longitude + 540.0) % 360.0 - 180.0
        floats[_HOME_LONGITUDE] = (home_longitude + east / weight + 540.0) % 360.0 - 180.0
    floats[_HOME_WEIGHT] = weight
    if hours[hour_bin] == _MOST_AN_HOUR:
        for place in range(_HOURS):
            hours[place] >>= 1
    hours[hour_bin] += 1
    return True
