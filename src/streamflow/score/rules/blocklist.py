"""FR-005: a customer or store on the blocklist."""

from streamflow.score.features import Observation
from streamflow.score.rules.rule import Finding, Rule


class Blocklist(Rule):
    """Fires when the customer or the store is on the list and the entry has not expired at the record's broker time.

    Its document sets `outcome_at_least: block`: a listed payment is blocked whatever its score.
    """

    rule_id = "FR-005"
    title = "blocklist"

    def judge(self, seen: Observation) -> Finding | None:
        """Look whether an entry was found."""
        if seen.listing is None:
            return None
        kind, entry = seen.listing
        because = f": {entry.reason}" if entry.reason else ""
        return Finding(1.0, {"listed": kind, "reason": entry.reason or None}, f"blocklist: the {kind} {entry.id} is listed{because}")
