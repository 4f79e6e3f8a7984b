"""FR-004: an hour at which this customer does not buy."""

from typing import Annotated

import msgspec

from streamflow.score.features import Observation
from streamflow.score.rules.rule import Finding, Rule


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`max_zscore` counts circular standard deviations; `min_transactions` earlier events."""

    max_zscore: Annotated[float, msgspec.Meta(gt=0, le=12)] = 2.0
    min_transactions: Annotated[int, msgspec.Meta(ge=5, le=1000)] = 5


class UnusualHour(Rule):
    """Fires when the hour lies more than `max_zscore` circular standard deviations from the customer's mean hour (UTC).

    Hours are points on a circle, so 23:30 and 00:30 are one hour apart; formulas in :mod:`streamflow.score.statistics`.
    Excess: z-score over `max_zscore`.
    """

    rule_id = "FR-004"
    title = "unusual hour"
    parameters_type = Parameters

    def judge(self, seen: Observation) -> Finding | None:
        """Compare the hour with the customer's habit."""
        zscore, parameters = seen.time_deviation, self.parameters
        if not (zscore > parameters.max_zscore and seen.event_count >= parameters.min_transactions):
            return None
        usual, hour = seen.usual_hour, seen.hour
        return Finding(
            zscore / parameters.max_zscore,
            {"hour": hour, "usual_hour": usual, "zscore": zscore},
            f"unusual hour: {_clock(hour)} UTC, the customer usually buys around {_clock(usual)}",
        )


def _clock(hour: float) -> str:
    minutes = int(hour * 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
