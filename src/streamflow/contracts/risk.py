"""Risk: what labels say about stores and customers at one moment, as a document of the control topic."""

from typing import Annotated, Final, NamedTuple

import msgspec

from streamflow.contracts.transaction import MAX_ID_CHARACTERS

DECAY_DAYS: Final = (1, 7, 30)
"""Time constants of the counts: a label that was known so many days before counts 1 / e."""

MAX_RISK_CUSTOMERS: Final = 100_000
"""So many customers with a confirmed fraud a document names; the newest are kept."""

Count = Annotated[float, msgspec.Meta(ge=0, le=1e12)]
Moment = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_ID_CHARACTERS)]


class StoreRisk(NamedTuple):
    """What is known about a store; an array in JSON.

    Parameters
    ----------
    fraud_1d, settled_1d, fraud_7d, settled_7d, fraud_30d, settled_30d : float
        Payments that are known as fraud, and as honest, each counted exp(-age / time constant); the age is the time since the
        label was known.
    last_fraud_ms : int or None
        Event time of the last payment that is known as fraud, milliseconds since the epoch.
    fraud_average : float
        Moving average of the store's verdicts in the order in which they became known, 0 to 1.
    counted_at_ms : int or None
        The moment to which the counts are decayed, such as that of the store's last label; null: the document's `as_of_ms`.
    """

    fraud_1d: Count
    settled_1d: Count
    fraud_7d: Count
    settled_7d: Count
    fraud_30d: Count
    settled_30d: Count
    last_fraud_ms: Moment | None
    fraud_average: Annotated[float, msgspec.Meta(ge=0, le=1)]
    counted_at_ms: Moment | None = None


class RiskDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A version of the risk snapshot: what was known at `as_of_ms`, and nothing that became known later.

    Parameters
    ----------
    version : int
        Number of the document, 1 or more; pushing it gives the next one.
    as_of_ms : int
        The moment, milliseconds since the epoch; a label counts where it was known by then.
    stores : dict
        By store id.
    customers : list of str
        Who has a confirmed fraud, the newest first; at most `MAX_RISK_CUSTOMERS`.
    labels : int
        How many labels went into it.
    """

    version: Annotated[int, msgspec.Meta(ge=1)]
    as_of_ms: Moment
    stores: dict[Id, StoreRisk] = {}
    customers: Annotated[tuple[Id, ...], msgspec.Meta(max_length=MAX_RISK_CUSTOMERS)] = ()
    labels: Annotated[int, msgspec.Meta(ge=0)] = 0
