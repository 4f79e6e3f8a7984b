"""`docs/reference/rules.md`."""

import inspect
import re
from typing import Any, get_type_hints

import msgspec

from scripts.reference.markdown import code, page, table
from scripts.reference.types import allowed
from streamflow.contracts.control import Evidence, RuleDocument, RulesDocument
from streamflow.control.documents import default_rules
from streamflow.score.rules import RULES, Rule

_ROLE = re.compile(r":\w+:`([^`]+)`")


def rules_page() -> str:
    """Return the page of the shipped rules and of what may be changed about them."""
    document = default_rules()
    return page(
        "Rules",
        "The rules that StreamFlow ships (`src/streamflow/score/rules/rules.yaml`), and the bounds within which they may be changed. "
        "How to change them while the job runs: [rules and lists](../control.md). What the score means: [score](../score.md).",
        "## The document",
        _document(document),
        "## Evidence",
        "A rule that fires says by how many times its threshold is exceeded (`excess`). Its evidence is "
        "`weight x (at_threshold + per_doubling x min(log2(excess), most_doublings))`.",
        table(("field", "allowed", "default"), _fields(Evidence)),
        *(part for rule in document.rules for part in _rule(rule)),
    )


def _document(document: RulesDocument) -> str:
    rates = ", ".join(f"{name} {rate:g}" for name, rate in document.rates.items())
    bounds = _fields_by_name(RulesDocument)
    rows = [
        ("`thresholds.review`", document.thresholds.review, "0 < review < block <= 1"),
        ("`thresholds.block`", document.thresholds.block, "0 < review < block <= 1"),
        ("`alpha`", document.alpha, bounds["alpha"]),
        ("`reference_currency`", document.reference_currency, "ISO 4217 code in use, with rate 1"),
        ("`rates`", rates, "ISO 4217 codes in use; above 0, at most 1e9"),
    ]
    return table(("field", "shipped", "allowed"), rows)


def _rule(document: RuleDocument) -> list[str]:
    rule = RULES[document.id]
    evidence = document.evidence
    strength = f"at_threshold {evidence.at_threshold:g}, per_doubling {evidence.per_doubling:g}"
    facts = [
        f"version {document.version}",
        f"state {document.state}",
        f"weight {document.weight:g}",
        f"evidence {strength}, most_doublings {evidence.most_doublings:g}",
    ]
    if document.outcome_at_least:
        facts.append(f"outcome_at_least {document.outcome_at_least}")
    return [f"## {document.id} {rule.title}", _words(rule), f"Shipped: {'; '.join(facts)}.", _parameters(rule, document)]


def _words(rule: type[Rule]) -> str:
    return _ROLE.sub(r"`\1`", inspect.getdoc(rule) or "")


def _parameters(rule: type[Rule], document: RuleDocument) -> str:
    given = document.parameters
    rows = [(name, bounds, given.get(name.strip("`"), default), default) for name, bounds, default in _fields(rule.parameters_type)]
    if not rows:
        return "It has no parameters."
    return f"{inspect.getdoc(rule.parameters_type)}\n\n" + table(("parameter", "allowed", "shipped", "default"), rows)


def _fields(kind: type[msgspec.Struct]) -> list[tuple[str, str, Any]]:
    bounds = _fields_by_name(kind)
    return [(code(field.name), bounds[field.name], field.default) for field in msgspec.structs.fields(kind)]


def _fields_by_name(kind: type[msgspec.Struct]) -> dict[str, str]:
    return {name: allowed(hint) for name, hint in get_type_hints(kind, include_extras=True).items() if not name.startswith("_")}
