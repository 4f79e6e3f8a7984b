"""A rule that changes gets a new version, so that decisions under the old and the new one can be told apart."""

from collections.abc import Mapping
from typing import Any

from streamflow.contracts.control import RuleDocument, RulesDocument
from streamflow.contracts.errors import BadInputError
from streamflow.score.rules import RULES


def content_of(rule: RuleDocument) -> tuple[Any, ...]:
    """Return what makes two rules of one version the same rule: parameters with their defaults, weight, evidence and floor.

    The state is not part of it: decisions name the state that a rule had, and switching one off must be quick.

    Examples
    --------
    >>> short = RuleDocument("FR-002", 1, "on", 0.25, parameters={"window_minutes": 10})
    >>> content_of(short) == content_of(RuleDocument("FR-002", 1, "off", 0.25, parameters={"window_minutes": 10.0}))
    True
    """
    return rule.weight, rule.evidence, rule.outcome_at_least, RULES[rule.id](rule, rule.id).parameters


def require_new_versions(history: Mapping[int, RulesDocument], document: RulesDocument) -> None:
    """Refuse a document in which a rule changed and its version did not.

    Parameters
    ----------
    history : mapping
        Every rules document that was pushed, by its version.
    document : RulesDocument
        The one to push; its rules are known ones.

    Raises
    ------
    BadInputError
        Names the rule, the document that had another content under its version, and the next free version.
    """
    known: dict[tuple[str, int], tuple[int, tuple[Any, ...]]] = {}
    newest: dict[str, int] = {}
    for version, earlier in sorted(history.items()):
        for rule in earlier.rules:
            known.setdefault((rule.id, rule.version), (version, content_of(rule)))
            newest[rule.id] = max(newest.get(rule.id, 0), rule.version)
    for place, rule in enumerate(document.rules):
        found = known.get((rule.id, rule.version))
        if found is not None and found[1] != content_of(rule):
            raise BadInputError(
                f"{rule.id} changed but its version did not",
                expected=f"version {newest[rule.id] + 1}",
                got=f"version {rule.version}, which has another content in rules/{found[0]}",
                where=f"rules[{place}]",
            )
