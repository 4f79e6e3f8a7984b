"""Documents of the control topic: rules, lists, and generations that make them active together."""

import re
from typing import Annotated, Any, Final, Literal

import msgspec

from streamflow.contracts.decision import RuleState, Thresholds

ACTIVATION_DELAY_MS: Final = 1000
"""A generation is active this long after the broker's time of its record."""

Kind = Literal["rules", "lists", "generation"]
_KEY = re.compile(r"(rules|lists|generation)/([1-9]\d{0,8})", re.ASCII).fullmatch

Version = Annotated[int, msgspec.Meta(ge=1)]
Ratio = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Evidence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a rule's excess becomes evidence: so much at its threshold, and so much more with every doubling beyond it."""

    at_threshold: Annotated[float, msgspec.Meta(ge=0, le=100)] = 2.0
    per_doubling: Annotated[float, msgspec.Meta(ge=0, le=100)] = 1.0
    most_doublings: Annotated[float, msgspec.Meta(ge=0, le=16)] = 3.0


class RuleDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule: which, in what version and state, how heavy, with which parameters (the rule's own file lists them)."""

    id: str
    version: Version
    state: RuleState
    weight: Annotated[float, msgspec.Meta(gt=0, le=1)]
    evidence: Evidence = Evidence()
    parameters: dict[str, Any] = {}
    outcome_at_least: Literal["review", "block"] | None = None


class RulesDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A version of the rules: everything about a decision that is not code, list or model.

    Parameters
    ----------
    version : int
        Number of the document, 1 or more; `streamflow rules push` gives the next one.
    thresholds : Thresholds
        Scores from which an outcome is review or block.
    alpha : float
        Share of the model in the score, 0 to 1.
    reference_currency, rates
        Amounts are compared in the reference currency; one unit of a currency is worth `rates[currency]` of it.
    rules : list of RuleDocument
        In the order in which they are evaluated.
    """

    version: Version
    thresholds: Thresholds
    alpha: Ratio
    reference_currency: str
    rates: dict[str, Annotated[float, msgspec.Meta(ge=1e-12, le=1e9)]]
    rules: tuple[RuleDocument, ...]


class ListEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One id on a blocklist: why, since when, until when (milliseconds since the epoch, UTC; compared with a record's broker time)."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    reason: Annotated[str, msgspec.Meta(max_length=200)] = ""
    added_at_ms: int | None = None
    expires_at_ms: int | None = None


class ListsDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A version of the blocklists of customers and stores."""

    version: Version
    customers: tuple[ListEntry, ...] = ()
    stores: tuple[ListEntry, ...] = ()


class Generation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Names the versions that belong together; it becomes active `ACTIVATION_DELAY_MS` after its record's broker time."""

    generation: Version
    rules: Version
    lists: Version
    model: str | None = None
    risk: int | None = None
    reason: Annotated[str, msgspec.Meta(max_length=200)] = ""


def control_key(kind: Kind, version: int) -> bytes:
    """Return the key under which a document lies in the control topic.

    Examples
    --------
    >>> control_key("rules", 7), parse_control_key(b"rules/7"), parse_control_key(b"rules/07")
    (b'rules/7', ('rules', 7), None)
    """
    return f"{kind}/{version}".encode()


def parse_control_key(key: bytes) -> tuple[str, int] | None:
    """Return kind and version of a control key, or None where it is none."""
    match = _KEY(key.decode(errors="replace"))
    return (match[1], int(match[2])) if match else None
