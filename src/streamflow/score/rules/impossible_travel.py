"""FR-003: two places that nobody can travel between in the time."""

from typing import Annotated

import msgspec

from streamflow.score.features import Observation
from streamflow.score.rules.rule import Finding, Rule

_MS_PER_HOUR = 3_600_000


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All three must be exceeded."""

    min_distance_km: Annotated[float, msgspec.Meta(gt=0, le=20_000)] = 500.0
    max_hours: Annotated[float, msgspec.Meta(gt=0, le=720)] = 1.0
    min_speed_kmh: Annotated[float, msgspec.Meta(gt=0, le=100_000)] = 500.0


class ImpossibleTravel(Rule):
    """Fires when the last place is more than `min_distance_km` away, less than `max_hours` ago, at more than `min_speed_kmh`.

    Great-circle distance (:func:`streamflow.score.statistics.distance_km`), absolute difference of the event times.
    Excess: speed over `min_speed_kmh`.
    With the defaults distance and time imply the speed; it matters once the window is made longer.
    """

    rule_id = "FR-003"
    title = "impossible travel"
    parameters_type = Parameters

    def judge(self, seen: Observation) -> Finding | None:
        """Compare distance, time and speed since the customer's last place."""
        parameters, distance, elapsed_ms, speed = self.parameters, seen.distance_km, seen.elapsed_ms, seen.speed_kmh
        if not (
            distance > parameters.min_distance_km and elapsed_ms < parameters.max_hours * _MS_PER_HOUR and speed > parameters.min_speed_kmh
        ):
            return None
        return Finding(
            speed / parameters.min_speed_kmh,
            {"distance_km": distance, "elapsed_minutes": elapsed_ms / 60_000, "speed_kmh": speed},
            f"impossible travel: {distance:,.0f} km from the last place within {elapsed_ms / 60_000:.0f} minutes",
        )
