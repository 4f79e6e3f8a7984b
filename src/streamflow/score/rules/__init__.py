"""The rules, one file each; `RULES` maps an id to its rule."""

from streamflow.score.rules.blocklist import Blocklist
from streamflow.score.rules.high_value import HighValue
from streamflow.score.rules.impossible_travel import ImpossibleTravel
from streamflow.score.rules.rule import Finding, Rule
from streamflow.score.rules.unusual_hour import UnusualHour
from streamflow.score.rules.velocity import Velocity

RULES: dict[str, type[Rule]] = {rule.rule_id: rule for rule in (HighValue, Velocity, ImpossibleTravel, UnusualHour, Blocklist)}

__all__ = ["RULES", "Finding", "Rule"]
