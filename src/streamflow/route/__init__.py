"""Route: a score becomes an outcome; decisions, alerts and dead letters part."""

from streamflow.route.dead_letter import DeadLetter
from streamflow.route.outcome import SEVERITY, outcome_of, raise_to_floor

__all__ = ["SEVERITY", "DeadLetter", "outcome_of", "raise_to_floor"]
