"""FR-001: an amount far above what this customer spends."""

from typing import Annotated

import msgspec

from streamflow.score.features import Observation
from streamflow.score.rules.rule import Finding, Rule


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`ratio` has no unit; `min_transactions` counts earlier amounts."""

    ratio: Annotated[float, msgspec.Meta(gt=1, le=1000)] = 3.0
    min_transactions: Annotated[int, msgspec.Meta(ge=5, le=1000)] = 5


class HighValue(Rule):
    """Fires when amount > `ratio` x the customer's average, after `min_transactions`.

    The average is the winsorised mean of the customer's earlier amounts in the reference currency
    (:mod:`streamflow.score.statistics`). Excess: amount over average over `ratio`.
    """

    rule_id = "FR-001"
    title = "high value"
    parameters_type = Parameters

    def judge(self, seen: Observation) -> Finding | None:
        """Compare the amount with the customer's average."""
        ratio, parameters = seen.amount_ratio, self.parameters
        if not (ratio > parameters.ratio and seen.amount_count >= parameters.min_transactions):
            return None
        return Finding(
            ratio / parameters.ratio,
            {"amount_ratio": ratio, "amount_mean": seen.amount_mean},
            f"high value: {seen.valid.transaction.currency} {seen.valid.transaction.amount} is {ratio:.1f} times the customer's average",
        )
