"""A customer's statistics: what they say of an event, and the state with the event in it, by one compiled call.

Amounts: mean and variance by Welford's recurrence (Welford 1962, Technometrics 4(3), 419-420), O(1) memory. Hours lie on a circle:
mean direction and circular standard deviation sqrt(-2 ln R) of the mean resultant length R (Mardia and Jupp 2000, section 2.3).
From the fifth event on, what lies further than `CLIP_DEVIATIONS` deviations from the mean enters the statistics as if it lay
there (winsorised), so that a fraud moves its own baseline by a bounded step. Distances: haversine formula (Sinnott 1984, Sky and
Telescope 68(2), 159) with the mean Earth radius of IUGG; error below 0.5 %.

The bytes are those of :mod:`streamflow.score.state`.
"""

from math import nan, pi
from typing import Final

import numpy as np
from numba import types
from numpy.typing import NDArray

from streamflow.score.compiling import compiled, compiled_for

MIN_EVENTS: Final = 5
CLIP_DEVIATIONS: Final = 2.5
MIN_AMOUNT_DEVIATION_RATIO: Final = 0.1
MIN_HOUR_DEVIATION: Final = 1.0
VELOCITY_WINDOW_MS: Final = 600_000
EARTH_RADIUS_KM: Final = 6371.0088
MAX_SPEED_KMH: Final = 1_000_000.0

STATE_VERSION: Final = 2
PROFILE_BYTES: Final = 168
MAX_RECENT_EVENTS: Final = 16
MAX_REMEMBERED_IDS: Final = 8
MEMORY_MS: Final = 90 * 86_400_000
MAX_LATENESS_MS: Final = 2**32 - 1
FEATURES: Final = 40
"""Written again, because compiled code is made anew only when its own file changes (`streamflow.score.compiling`); a test compares it."""

# Where `step` writes what it sees: the six features of the mission first, and behind all features what the rules judge by.
AMOUNT_RATIO, AMOUNT_MEAN, AMOUNTS, TIME_DEVIATION, HOUR, USUAL_HOUR, EVENTS = range(FEATURES, FEATURES + 7)
VELOCITY, DISTANCE_KM, ELAPSED_MS, SPEED_KMH, LAST_MS, IS_LATE, ID_REUSED = range(FEATURES + 7, FEATURES + 14)
NUMBERS: Final = FEATURES + 14

REPEAT: Final = 0
"""What `step` returns for a transaction that was decided before."""
DAMAGED_LAYOUT, DAMAGED_STATISTICS, DAMAGED_PLACE, DAMAGED_ANSWER = -1, -2, -3, -4

_WITHOUT_PROFILE: Final = 1
_HAS_LOCATION: Final = 1
_HAS_LATE: Final = 2
_COUNTS_AT, _DOUBLES_AT, _LAST_AT, _FRONT_BYTES = 4, 12, 44, 52
_ID_BYTES: Final = 17
_MEAN, _M2, _COS, _SIN = 0, 1, 2, 3

# What no history leads to: amounts of 0.01 to 10^12 at rates of 10^-12 to 10^9, and means of unit vectors longer than one.
_LEAST_MEAN: Final = 1e-16
_MOST_MEAN: Final = 1e24
_MOST_SQUARES: Final = 1e60
_LAST_TIME_MS: Final = 253_402_300_799_999
_MAX_COUNT: Final = 2**32 - 1
_ROUNDING: Final = 1.000_001
_MAX_OUTCOME_CODE: Final = 2
_MAX_SCORE_MILLIONTHS: Final = 1_000_000

_READ_ONLY: Final = types.Array(types.uint8, 1, "C", readonly=True)
_HOURS: Final = 24.0
_RADIANS_PER_HOUR: Final = 2 * pi / _HOURS
_HOUR_MS: Final = 3_600_000
_DAY_MS: Final = 24 * _HOUR_MS


@compiled
def six_decimals(number: float) -> float:
    """Round as :func:`streamflow.score.rounding.six_decimals` does."""
    return float(np.floor(number * 1e6 + 0.5) / 1e6)


@compiled
def signed_hours(hour: float, mean: float) -> float:
    """Return the shortest way around the clock from the mean to an hour, -12 to 12."""
    return (hour - mean + _HOURS / 2) % _HOURS - _HOURS / 2


@compiled
def amount_deviation(mean: float, m2: float, count: int) -> float:
    """Return the standard deviation of the customer's amounts, at least a tenth of their mean."""
    least = MIN_AMOUNT_DEVIATION_RATIO * mean
    return max(np.sqrt(m2 / (count - 1)), least) if count > 1 else least


@compiled
def hour_habit(cos_sum: float, sin_sum: float, events: int) -> tuple[float, float]:
    """Return mean hour and circular standard deviation in hours, at least one hour; of a customer with events."""
    resultant = np.sqrt(cos_sum * cos_sum + sin_sum * sin_sum) / events
    mean = np.arctan2(sin_sum, cos_sum) / _RADIANS_PER_HOUR % _HOURS
    if resultant >= 1.0:
        return mean, MIN_HOUR_DEVIATION
    if resultant < 1e-9:
        return mean, _HOURS
    return mean, max(np.sqrt(-2 * np.log(resultant)) / _RADIANS_PER_HOUR, MIN_HOUR_DEVIATION)


@compiled
def learn_amount(mean: float, m2: float, count: int, amount: float, reach: float) -> tuple[float, float]:
    """Enter an amount into mean and squared deviations of `count` amounts, no further from the mean than `reach`."""
    learnt = min(max(amount, mean - reach), mean + reach)
    delta = learnt - mean
    new_mean = mean + delta / (count + 1)
    return new_mean, m2 + delta * (learnt - new_mean)


@compiled
def learnt_hour(hour: float, usual_hour: float, reach: float) -> float:
    """Return the hour that is learnt: the event's own, or the nearest within `reach` of the usual one."""
    away = signed_hours(hour, usual_hour)
    return hour if -reach <= away <= reach else usual_hour + (reach if away > 0 else -reach)


@compiled
def distance_km(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Return the great-circle distance of two places in kilometres."""
    if latitude == other_latitude and longitude == other_longitude:
        return 0.0
    phi, other_phi = np.radians(latitude), np.radians(other_latitude)
    half = np.sin((other_phi - phi) / 2) ** 2 + np.cos(phi) * np.cos(other_phi) * np.sin(np.radians(other_longitude - longitude) / 2) ** 2
    return float(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(min(half, 1.0))))


@compiled
def speed_kmh(distance: float, elapsed_ms: int) -> float:
    """Return the speed that a distance in kilometres takes, counting at least one second; at most `MAX_SPEED_KMH`."""
    return float(min(distance * _HOUR_MS / max(elapsed_ms, 1000), MAX_SPEED_KMH))


@compiled
def velocity(recent: NDArray[np.int64], lateness: NDArray[np.uint32], last: int, event_time_ms: int, window_ms: int) -> int:
    """Count the events in the window that ends with an event at this time, that event included.

    An event that comes late counts at its own time and at the time of the last event, whichever window is fuller, so that
    back-dating hides no burst. Sixteen events are remembered, so the count is at most 17.
    """
    begin = max(event_time_ms, last) - window_ms
    count = own = 1
    for place in range(recent.size):
        time_ms = recent[place]
        own_ms = time_ms - np.int64(lateness[place]) if lateness.size else time_ms
        if time_ms > begin:
            count += 1
        if event_time_ms - window_ms < own_ms <= event_time_ms or event_time_ms - window_ms < time_ms <= event_time_ms:
            own += 1
    return max(own, count) if event_time_ms < last else count


@compiled
def _places(state: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """Return where a state's recent events, their lateness, its ids and its profile begin, as its first bytes say."""
    flags, recent = int(np.int64(state[1])), int(np.int64(state[2]))
    recent_at = _FRONT_BYTES + 24 * (flags & _HAS_LOCATION)
    late_at = recent_at + 8 * recent
    ids_at = late_at + (4 * recent if flags & _HAS_LATE else 0)
    return recent_at, late_at, ids_at, ids_at + int(np.int64(state[3])) * _ID_BYTES


@compiled
def _fault(before: NDArray[np.uint8]) -> int:
    """Say what is wrong with a stored state, or 0: an unknown version, another length than it says, what no history leads to."""
    if before.size < _COUNTS_AT or not 0 < before[0] <= STATE_VERSION:
        return DAMAGED_LAYOUT
    flags, recent, ids = np.int64(before[1]), np.int64(before[2]), np.int64(before[3])
    if flags > _HAS_LOCATION | _HAS_LATE or recent > MAX_RECENT_EVENTS or ids > MAX_REMEMBERED_IDS:
        return DAMAGED_LAYOUT
    if before.size != _places(before)[3] + (PROFILE_BYTES if before[0] > _WITHOUT_PROFILE else 0):
        return DAMAGED_LAYOUT
    counts, doubles = before[_COUNTS_AT:_DOUBLES_AT].view(np.uint32), before[_DOUBLES_AT:_LAST_AT].view(np.float64)
    last, mean = before[_LAST_AT:_FRONT_BYTES].view(np.int64)[0], doubles[_MEAN]
    events, amounts = np.int64(counts[0]), np.int64(counts[1])
    if not (
        (_LEAST_MEAN <= mean <= _MOST_MEAN or (mean == 0 and amounts == 0))
        and 0 <= doubles[_M2] <= _MOST_SQUARES
        and 0 <= last <= _LAST_TIME_MS
        and amounts <= events < _MAX_COUNT
        and doubles[_COS] * doubles[_COS] + doubles[_SIN] * doubles[_SIN] <= np.float64(events) * events * _ROUNDING
    ):
        return DAMAGED_STATISTICS
    if flags & _HAS_LOCATION:
        seen_ms = before[_FRONT_BYTES : _FRONT_BYTES + 8].view(np.int64)[0]
        degrees = before[_FRONT_BYTES + 8 : _FRONT_BYTES + 24].view(np.float64)
        if not (0 <= seen_ms <= _LAST_TIME_MS and -90 <= degrees[0] <= 90 and -180 <= degrees[1] <= 180):
            return DAMAGED_PLACE
    return 0


@compiled
def _recall(ids: NDArray[np.uint8], id_hash: int, content_hash: int) -> int:
    """Return the place of the remembered transaction with this id and content, else of the newest with this id, else -1."""
    newest = -1
    for place in range(ids.size - _ID_BYTES, -1, -_ID_BYTES):
        if ids[place : place + 8].view(np.uint64)[0] == id_hash:
            if ids[place + 8 : place + 12].view(np.uint32)[0] == content_hash:
                return place
            if newest < 0:
                newest = place
    return newest


@compiled_for(
    types.int64(
        _READ_ONLY,
        types.uint8[::1],
        types.float64[::1],
        types.int64,
        types.float64,
        types.float64,
        types.float64,
        types.float64,
        types.uint64,
        types.uint32,
    )
)
def step(
    before: NDArray[np.uint8],
    after: NDArray[np.uint8],
    numbers: NDArray[np.float64],
    event_time_ms: int,
    amount: float,
    latitude: float,
    longitude: float,
    is_listed: float,
    id_hash: int,
    content_hash: int,
) -> int:
    """Look at an event by the customer's statistics, and write the state with the event in it. Cost: about 1 us.

    Parameters
    ----------
    before : array of uint8
        The customer's stored state, of any version.
    after : array of uint8, shape (MAX_STATE_BYTES,)
        Gets the new state, complete but for the profile, which is still the old one, and the event's own answer (the five bytes
        before the profile): both are not known yet.
    numbers : array of float64, shape (NUMBERS,)
        Gets the mission's features, rounded, and what the rules judge by; NaN where the history says nothing. For a repeat its first
        three are the outcome's code, the score in millionths and whether the event is late.
    event_time_ms : int
        Of the event. A state whose last event lies more than 90 days back counts as new.
    amount, latitude, longitude : float
        In the reference currency and in degrees; NaN where there is none.
    is_listed : float
        1 for a listed customer or store, else 0.
    id_hash, content_hash : int
        By which repeats are recognised, 64 and 32 bits.

    Returns
    -------
    int
        Length of the new state; `REPEAT`; or a negative number for a state that holds what no history leads to.
    """
    fault = _fault(before)
    if fault:
        return fault
    flags, recent_count, ids_count = int(np.int64(before[1])), int(np.int64(before[2])), int(np.int64(before[3]))
    last = int(before[_LAST_AT:_FRONT_BYTES].view(np.int64)[0])
    recent_at, late_at, ids_at, profile_at = _places(before)
    counts, doubles = before[_COUNTS_AT:_DOUBLES_AT].view(np.uint32), before[_DOUBLES_AT:_LAST_AT].view(np.float64)
    events, amounts = int(np.int64(counts[0])), int(np.int64(counts[1]))
    mean, m2, cos_sum, sin_sum = doubles[_MEAN], doubles[_M2], doubles[_COS], doubles[_SIN]
    has_profile = before[0] > _WITHOUT_PROFILE
    if event_time_ms - last > MEMORY_MS:
        flags = recent_count = ids_count = events = amounts = last = 0
        recent_at = late_at = ids_at = profile_at = _FRONT_BYTES
        mean = m2 = cos_sum = sin_sum = 0.0
        has_profile = False
    is_late = event_time_ms < last
    recent = before[recent_at:late_at].view(np.int64)
    lateness = before[late_at:ids_at].view(np.uint32)

    ids = before[ids_at:profile_at]
    known = _recall(ids, id_hash, content_hash)
    if known >= 0:
        outcome_code, millionths = ids[known + 12], ids[known + 13 : known + 17].view(np.uint32)[0]
        if outcome_code > _MAX_OUTCOME_CODE or millionths > _MAX_SCORE_MILLIONTHS:
            return DAMAGED_ANSWER
        if ids[known + 8 : known + 12].view(np.uint32)[0] == content_hash:
            numbers[0], numbers[1], numbers[2] = outcome_code, millionths, 1.0 if is_late else 0.0
            return REPEAT

    has_amount, has_place = amount == amount, latitude == latitude and longitude == longitude
    ratio = zscore = deviation = nan
    if has_amount and amounts >= MIN_EVENTS:
        ratio, deviation = amount / mean, amount_deviation(mean, m2, amounts)
        zscore = (amount - mean) / deviation
    hour = (event_time_ms % _DAY_MS) / _HOUR_MS
    usual_hour = hour_deviation = time_deviation = nan
    if events >= MIN_EVENTS:
        usual_hour, hour_deviation = hour_habit(cos_sum, sin_sum, events)
        time_deviation = abs(signed_hours(hour, usual_hour)) / hour_deviation
    distance = elapsed_ms = speed = nan
    if flags & _HAS_LOCATION and has_place:
        seen_ms = before[_FRONT_BYTES : _FRONT_BYTES + 8].view(np.int64)[0]
        degrees = before[_FRONT_BYTES + 8 : _FRONT_BYTES + 24].view(np.float64)
        distance = distance_km(degrees[0], degrees[1], latitude, longitude)
        elapsed_ms = float(abs(event_time_ms - seen_ms))
        speed = speed_kmh(distance, abs(event_time_ms - seen_ms))
    count = velocity(recent, lateness, last, event_time_ms, VELOCITY_WINDOW_MS)

    numbers[0], numbers[1], numbers[2] = six_decimals(zscore), float(count), six_decimals(time_deviation)
    numbers[3], numbers[4], numbers[5] = six_decimals(speed), is_listed, six_decimals(ratio)
    numbers[AMOUNT_RATIO], numbers[AMOUNT_MEAN], numbers[AMOUNTS] = ratio, mean, float(amounts)
    numbers[TIME_DEVIATION], numbers[HOUR], numbers[USUAL_HOUR], numbers[EVENTS] = time_deviation, hour, usual_hour, float(events)
    numbers[VELOCITY], numbers[DISTANCE_KM], numbers[ELAPSED_MS], numbers[SPEED_KMH] = float(count), distance, elapsed_ms, speed
    numbers[LAST_MS], numbers[IS_LATE], numbers[ID_REUSED] = float(last), 1.0 if is_late else 0.0, 0.0 if known < 0 else 1.0

    if has_amount:
        mean, m2 = learn_amount(mean, m2, amounts, amount, CLIP_DEVIATIONS * deviation if amounts >= MIN_EVENTS else np.inf)
        amounts += 1
    angle = (hour if events < MIN_EVENTS else learnt_hour(hour, usual_hour, CLIP_DEVIATIONS * hour_deviation)) * _RADIANS_PER_HOUR
    cos_sum += np.cos(angle)
    sin_sum += np.sin(angle)

    keeps_place = flags & _HAS_LOCATION
    moves = has_place and not is_late
    dropped = 1 if recent_count == MAX_RECENT_EVENTS else 0
    kept = recent_count - dropped
    any_late = is_late
    if flags & _HAS_LATE:
        any_late = any_late or not dropped
        for place in range(dropped, recent_count):
            any_late = any_late or lateness[place] > 0
    new_flags = (_HAS_LOCATION if moves or keeps_place else 0) | (_HAS_LATE if any_late else 0)
    after[0], after[1], after[2] = STATE_VERSION, new_flags, kept + 1
    new_counts, new_doubles = after[_COUNTS_AT:_DOUBLES_AT].view(np.uint32), after[_DOUBLES_AT:_LAST_AT].view(np.float64)
    new_counts[0], new_counts[1] = events + 1, amounts
    new_doubles[_MEAN], new_doubles[_M2], new_doubles[_COS], new_doubles[_SIN] = mean, m2, cos_sum, sin_sum
    newest = last if is_late else event_time_ms
    after[_LAST_AT:_FRONT_BYTES].view(np.int64)[0] = newest
    at = _FRONT_BYTES
    if moves:
        after[at : at + 8].view(np.int64)[0] = event_time_ms
        where = after[at + 8 : at + 24].view(np.float64)
        where[0], where[1] = latitude, longitude
        at += 24
    elif keeps_place:
        after[at : at + 24] = before[at : at + 24]
        at += 24
    new_recent = after[at : at + 8 * (kept + 1)].view(np.int64)
    new_recent[:kept] = recent[dropped:]
    new_recent[kept] = newest
    at += 8 * (kept + 1)
    if any_late:
        new_lateness = after[at : at + 4 * (kept + 1)].view(np.uint32)
        for place in range(kept):
            new_lateness[place] = lateness[dropped + place] if flags & _HAS_LATE else 0
        new_lateness[kept] = min(last - event_time_ms, MAX_LATENESS_MS) if is_late else 0
        at += 4 * (kept + 1)
    forgotten = 1 if ids_count == MAX_REMEMBERED_IDS else 0
    kept_ids = ids_count - forgotten
    after[3] = kept_ids + 1
    after[at : at + kept_ids * _ID_BYTES] = ids[forgotten * _ID_BYTES :]
    at += kept_ids * _ID_BYTES
    after[at : at + 8].view(np.uint64)[0] = id_hash
    after[at + 8 : at + 12].view(np.uint32)[0] = content_hash
    at += _ID_BYTES
    if has_profile:
        after[at : at + PROFILE_BYTES] = before[profile_at:]
    else:
        after[at : at + PROFILE_BYTES] = 0
    return at + PROFILE_BYTES


@compiled_for(types.int64(_READ_ONLY, types.int64, types.int64))
def velocity_within(state: NDArray[np.uint8], event_time_ms: int, window_ms: int) -> int:
    """Count the events of a sound state in the window that ends with an event at this time, as `velocity` does."""
    last = state[_LAST_AT:_FRONT_BYTES].view(np.int64)[0]
    if event_time_ms - last > MEMORY_MS:
        return 1
    recent_at, late_at, ids_at, _ = _places(state)
    return velocity(state[recent_at:late_at].view(np.int64), state[late_at:ids_at].view(np.uint32), last, event_time_ms, window_ms)
