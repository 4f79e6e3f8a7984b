"""FR-002: many payments in a short time."""

from typing import Annotated

import msgspec

from streamflow.score.features import Observation
from streamflow.score.rules.rule import Finding, Rule
from streamflow.score.statistics import MAX_RECENT_EVENTS, VELOCITY_WINDOW_MS


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`max_transactions` is bounded by the 16 events that a customer's state remembers."""

    window_minutes: Annotated[float, msgspec.Meta(gt=0, le=1440)] = 10.0
    max_transactions: Annotated[int, msgspec.Meta(ge=1, le=MAX_RECENT_EVENTS)] = 5


class Velocity(Rule):
    """Fires when more than `max_transactions` fall into `window_minutes` of event time, the event itself included.

    The window ends with the event and does not include its own beginning. Excess: count over `max_transactions`.
    """

    rule_id = "FR-002"
    title = "velocity"
    parameters_type = Parameters

    def judge(self, seen: Observation) -> Finding | None:
        """Count the customer's events in the window."""
        parameters = self.parameters
        window_ms = int(parameters.window_minutes * 60_000)
        count = int(seen.velocity_count) if window_ms == VELOCITY_WINDOW_MS else seen.velocity_within(window_ms)
        if count <= parameters.max_transactions:
            return None
        return Finding(
            count / parameters.max_transactions,
            {"transactions": float(count), "window_minutes": parameters.window_minutes},
            f"velocity: {count}{' or more' if count > MAX_RECENT_EVENTS else ''} payments in {parameters.window_minutes:g} minutes",
        )
