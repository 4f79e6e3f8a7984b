"""The rules document, checked and compiled."""

from typing import Any

import msgspec

from streamflow.contracts.control import RulesDocument
from streamflow.contracts.currency import CURRENCY_CODES
from streamflow.contracts.decision import Outcome
from streamflow.contracts.errors import BadInputError
from streamflow.score.combination import evidence_cap
from streamflow.score.rules import RULES, Rule


def read_rules(content: Any, where: str) -> RulesDocument:
    """Return the rules document that parsed YAML or JSON holds.

    Raises
    ------
    BadInputError
        If it does not have the shape of `RulesDocument`; the message names the place.
    """
    try:
        return msgspec.convert(content, RulesDocument)
    except msgspec.ValidationError as error:
        raise BadInputError("this is not a rules document", got=str(error), where=where) from error


class RuleSet:
    """The rules of one document, ready to judge.

    Parameters
    ----------
    document : RulesDocument
        What the rules are.
    where : str
        Names the document in errors.

    Raises
    ------
    BadInputError
        If a rule is unknown or stands twice, a parameter is wrong, the thresholds are not in order, or a currency is not known.
    """

    def __init__(self, document: RulesDocument, where: str = "rules document") -> None:
        self.document = document
        self.version = document.version
        self.thresholds = document.thresholds
        self.alpha = document.alpha
        self.rates = document.rates
        self.evidence_cap = evidence_cap(document.alpha)
        self._check_document(where)
        rules = [self._compile(place, where) for place in range(len(document.rules))]
        self.rules = tuple(rule for rule in rules if rule.document.state != "off")
        self.floors = {rule.id: Outcome(rule.outcome_at_least) for rule in document.rules if rule.outcome_at_least is not None}

    def _check_document(self, where: str) -> None:
        document, thresholds = self.document, self.document.thresholds
        if not 0 < thresholds.review < thresholds.block <= 1:
            raise BadInputError(
                "the thresholds are not in order",
                expected="0 < review < block <= 1",
                got=f"review {thresholds.review}, block {thresholds.block}",
                where=f"{where}, thresholds",
            )
        unknown = sorted({document.reference_currency, *document.rates} - CURRENCY_CODES)
        if unknown:
            raise BadInputError(
                "a currency is not known", expected="ISO 4217 codes in use", got=", ".join(unknown), where=f"{where}, rates"
            )
        if document.rates.get(document.reference_currency) != 1:
            raise BadInputError(
                "the reference currency has another rate than 1",
                expected=f"{document.reference_currency}: 1.0",
                got=str(document.rates.get(document.reference_currency)),
                where=f"{where}, rates",
            )

    def _compile(self, place: int, where: str) -> Rule:
        document = self.document.rules[place]
        where = f"{where}, rules[{place}]"
        if document.id not in RULES:
            raise BadInputError("a rule is not known", expected=f"one of {', '.join(RULES)}", got=document.id, where=where)
        if document.id in [earlier.id for earlier in self.document.rules[:place]]:
            raise BadInputError("a rule stands twice", expected="each id once", got=document.id, where=where)
        return RULES[document.id](document, f"{where}, {document.id}")
