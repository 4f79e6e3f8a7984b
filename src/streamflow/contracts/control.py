"""Documents of the control topic: rules, lists, risk snapshots, models, and generations that make them active together."""

import re
from typing import Annotated, Any, Final, Literal, NamedTuple, cast

import msgspec

from streamflow.contracts.decision import RuleState, Thresholds

ACTIVATION_DELAY_MS: Final = 1000
"""A generation is active this long after the broker's time of its record."""

Kind = Literal["rules", "lists", "risk", "model", "generation"]
_KEY = re.compile(r"(?:(rules|lists|risk|generation)|(?P<model>model))/([1-9]\d{0,8})(?(model)/(0|[1-9]\d{0,2}))", re.ASCII).fullmatch

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


class Generation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Names the versions that belong together; it becomes active `ACTIVATION_DELAY_MS` after its record's broker time.

    Parameters
    ----------
    generation : int
        Its number, above that of every generation before.
    rules, lists : int
        Versions of rules and lists.
    model : int or None
        Number of the model that decides together with the rules; null: rules only.
    shadow : int or None
        Number of a model that scores and decides nothing.
    risk : int or None
        Version of the risk snapshot.
    rollback : bool
        Whether it may name an older model than the generation before.
    reason : str
        Why; stands in the history.
    """

    generation: Version
    rules: Version
    lists: Version
    model: Version | None = None
    shadow: Version | None = None
    risk: Version | None = None
    rollback: bool = False
    reason: Annotated[str, msgspec.Meta(max_length=200)] = ""


class ControlKey(NamedTuple):
    """What a key of the control topic names: a document's kind and version, and of a model which chunk of it."""

    kind: Kind
    version: int
    chunk: int = 0


def control_key(kind: Kind, version: int, chunk: int = 0) -> bytes:
    """Return the key under which a document lies in the control topic.

    Examples
    --------
    >>> control_key("rules", 7), control_key("model", 3, 1)
    (b'rules/7', b'model/3/1')
    """
    return (f"{kind}/{version}/{chunk}" if kind == "model" else f"{kind}/{version}").encode()


def parse_control_key(key: bytes) -> ControlKey | None:
    """Return what a control key names, or None where it is none.

    Examples
    --------
    >>> parse_control_key(b"model/3/1"), parse_control_key(b"rules/07")
    (ControlKey(kind='model', version=3, chunk=1), None)
    """
    match = _KEY(key.decode(errors="replace"))
    return ControlKey(cast("Kind", match[1] or match[2]), int(match[3]), int(match[4] or 0)) if match else None
