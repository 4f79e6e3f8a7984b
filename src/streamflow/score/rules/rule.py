"""What a rule is: parameters as data, a judgement over one observation, and its words."""

from abc import ABC, abstractmethod
from math import log2
from typing import Any, ClassVar, NamedTuple

import msgspec

from streamflow.contracts.control import RuleDocument
from streamflow.contracts.decision import RuleHit
from streamflow.contracts.errors import BadInputError
from streamflow.score.features import Observation
from streamflow.score.rounding import six_decimals

Detail = dict[str, float | str | None]


class Finding(NamedTuple):
    """A rule that fires: by how many times its threshold is exceeded, the numbers it judged by, and why in words."""

    excess_ratio: float
    detail: Detail
    words: str


class NoParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """No parameters; a rule that has some defines its own."""


class Rule(ABC):
    """A rule with its parameters, compiled from one entry of the rules document.

    A subclass names its `rule_id`, a frozen struct of parameters whose fields carry units and bounds, and `judge`.
    """

    rule_id: ClassVar[str]
    title: ClassVar[str]
    parameters_type: ClassVar[type[msgspec.Struct]] = NoParameters

    def __init__(self, document: RuleDocument, where: str) -> None:
        self.document = document
        self.is_on = document.state == "on"
        try:
            self.parameters: Any = msgspec.convert(document.parameters, self.parameters_type)
        except msgspec.ValidationError as error:
            names = ", ".join(field.name for field in msgspec.structs.fields(self.parameters_type)) or "none"
            raise BadInputError(
                f"{self.rule_id} has a wrong parameter", expected=f"parameters {names}", got=str(error), where=where
            ) from error

    @abstractmethod
    def judge(self, seen: Observation) -> Finding | None:
        """Return a finding where the rule fires on this observation."""

    def hit(self, finding: Finding) -> RuleHit:
        """Turn a finding into evidence: weight x (evidence at the threshold + evidence per doubling of the excess)."""
        document, evidence = self.document, self.document.evidence
        doublings = min(log2(finding.excess_ratio), evidence.most_doublings) if finding.excess_ratio > 1.0 else 0.0
        score = document.weight * (evidence.at_threshold + evidence.per_doubling * doublings)
        detail = {name: six_decimals(value) if isinstance(value, float) else value for name, value in finding.detail.items()}
        return RuleHit(document.id, document.version, document.state, six_decimals(score), document.weight, detail)
