"""A customer's habits: running statistics of the amount and of the hour, that one fraud cannot drag.

Amounts: mean and variance by Welford's recurrence (Welford 1962, Technometrics 4(3), 419-420), O(1) memory. Hours lie on a circle:
mean direction and circular standard deviation sqrt(-2 ln R) of the mean resultant length R (Mardia and Jupp 2000, section 2.3).
From the fifth event on, what lies further than `CLIP_DEVIATIONS` deviations from the mean enters the statistics as if it lay
there (winsorised), so that a fraud moves its own baseline by a bounded step.
"""

from math import atan2, cos, log, pi, sin, sqrt
from typing import Final

from streamflow.score.state import CustomerState

MIN_EVENTS: Final = 5
CLIP_DEVIATIONS: Final = 2.5
MIN_AMOUNT_DEVIATION_RATIO: Final = 0.1
MIN_HOUR_DEVIATION: Final = 1.0
HOURS: Final = 24.0
_RADIANS_PER_HOUR: Final = 2 * pi / HOURS
_HOUR_MS: Final = 3_600_000
_DAY_MS: Final = 24 * _HOUR_MS


def hour_of_day(event_time_ms: int) -> float:
    """Return the hour of an event in UTC, 0 <= hour < 24.

    Examples
    --------
    >>> hour_of_day(1_763_892_000_000)
    10.0
    """
    return (event_time_ms % _DAY_MS) / _HOUR_MS


def amount_deviation(state: CustomerState) -> float:
    """Return the standard deviation of the customer's amounts, at least a tenth of their mean."""
    least = MIN_AMOUNT_DEVIATION_RATIO * state.amount_mean
    if state.amount_count < 2:
        return least
    deviation = sqrt(state.amount_m2 / (state.amount_count - 1))
    return deviation if deviation > least else least


def hour_habit(state: CustomerState) -> tuple[float, float]:
    """Return mean hour and circular standard deviation in hours, at least one hour; of a customer with events."""
    resultant = sqrt(state.hour_cos**2 + state.hour_sin**2) / state.event_count
    mean = atan2(state.hour_sin, state.hour_cos) / _RADIANS_PER_HOUR % HOURS
    if resultant >= 1.0:
        return mean, MIN_HOUR_DEVIATION
    if resultant < 1e-9:
        return mean, HOURS
    deviation = sqrt(-2 * log(resultant)) / _RADIANS_PER_HOUR
    return mean, deviation if deviation > MIN_HOUR_DEVIATION else MIN_HOUR_DEVIATION


def signed_hours(hour: float, mean: float) -> float:
    """Return the shortest way around the clock from the mean to an hour, -12 to 12.

    Examples
    --------
    >>> signed_hours(1.0, 23.0), signed_hours(23.0, 1.0)
    (2.0, -2.0)
    """
    return (hour - mean + HOURS / 2) % HOURS - HOURS / 2


def learn_amount(state: CustomerState, amount: float, deviation: float | None) -> None:
    """Enter an amount in the reference currency into the customer's statistics, winsorised by their deviation (None: not yet)."""
    mean = state.amount_mean
    if deviation is not None:
        reach = CLIP_DEVIATIONS * deviation
        if amount > mean + reach:
            amount = mean + reach
        elif amount < mean - reach:
            amount = mean - reach
    state.amount_count = count = state.amount_count + 1
    delta = amount - mean
    state.amount_mean = mean = mean + delta / count
    state.amount_m2 += delta * (amount - mean)


def learn_hour(state: CustomerState, hour: float, habit: tuple[float, float] | None) -> None:
    """Enter an hour into the customer's statistics, winsorised by the habit so far (None where there is none yet)."""
    if habit is not None:
        mean, deviation = habit
        reach = CLIP_DEVIATIONS * deviation
        away = signed_hours(hour, mean)
        if not -reach <= away <= reach:
            hour = mean + (reach if away > 0 else -reach)
    angle = hour * _RADIANS_PER_HOUR
    state.hour_cos += cos(angle)
    state.hour_sin += sin(angle)
