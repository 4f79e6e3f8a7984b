"""The risk snapshot in force: what labels say about an event's store and customer, as numbers that models see."""

from math import exp, nan
from typing import Final

from streamflow.contracts.catalogue import DAY_MS
from streamflow.contracts.errors import BadInputError
from streamflow.contracts.risk import DECAY_DAYS, RiskDocument, StoreRisk
from streamflow.contracts.transaction import MAX_FUTURE_MS

RISK_FEATURES: Final = (
    "store_fraud_ratio_1d",
    "store_fraud_ratio_7d",
    "store_fraud_ratio_30d",
    "store_settled_1d",
    "store_settled_7d",
    "store_settled_30d",
    "store_days_since_fraud",
    "store_fraud_average",
    "customer_fraud_known",
)
NO_RISK: Final = (nan,) * len(RISK_FEATURES)
"""What is known without a snapshot."""

PRIOR_FRAUD_RATIO: Final = 0.01
PRIOR_PAYMENTS: Final = 2.0
"""A store begins as if so many of its payments were known, with that share of fraud: one bad payment of two is not 50 %."""

_UNKNOWN_STORE: Final = NO_RISK[:-1]
_Compiled = tuple[tuple[float, ...], float, float]


class RiskSnapshot:
    """Looks stores and customers up. O(1) and about 0.3 us a look-up; all that does not depend on the event is computed here.

    Parameters
    ----------
    document : RiskDocument
        What is known, and since when.

    Raises
    ------
    BadInputError
        If the document says about a store what cannot be known at its `as_of_ms`.

    Examples
    --------
    >>> store = StoreRisk(0.5, 1.5, 1.0, 7.0, 1.0, 27.0, 0, 0.2)
    >>> risk = RiskSnapshot(RiskDocument(version=3, as_of_ms=DAY_MS, stores={"store-1": store}, customers=("cust-1",)))
    >>> features = risk.of("store-1", "cust-2", 2 * DAY_MS)
    >>> dict(zip(RISK_FEATURES, features))["store_days_since_fraud"], features[-1], risk.of("store-2", "cust-1", 0)[-2:]
    (2.0, 0.0, (nan, 1.0))
    """

    def __init__(self, document: RiskDocument) -> None:
        self.version = document.version
        self.as_of_ms = document.as_of_ms
        self._customers = frozenset(document.customers)
        self._stores = {name: _compile(name, StoreRisk(*store), document.as_of_ms) for name, store in document.stores.items()}

    def of(self, store_id: str, customer_id: str, event_time_ms: int) -> tuple[float, ...]:
        """Return `RISK_FEATURES` of an event; NaN where nothing is known about its store."""
        known = 1.0 if customer_id in self._customers else 0.0
        store = self._stores.get(store_id)
        if store is None:
            return (*_UNKNOWN_STORE, known)
        counts, last_fraud_ms, average = store
        days = (event_time_ms - last_fraud_ms) / DAY_MS
        return (*counts, 0.0 if days < 0.0 else days, average, known)


def _compile(name: str, store: StoreRisk, as_of_ms: int) -> _Compiled:
    counted_at_ms = as_of_ms if store.counted_at_ms is None else store.counted_at_ms
    # The shop's clock may be ahead by as much as validate allows.
    if counted_at_ms > as_of_ms or (store.last_fraud_ms or 0) > as_of_ms + MAX_FUTURE_MS:
        raise BadInputError(
            "a risk document knows what comes after it",
            expected=f"nothing after as_of_ms {as_of_ms}",
            got=f"counted_at_ms {store.counted_at_ms}, last_fraud_ms {store.last_fraud_ms}",
            where=f"stores, {name}",
            fix="streamflow risk build",
        )
    kept = [exp((counted_at_ms - as_of_ms) / (days * DAY_MS)) for days in DECAY_DAYS]
    frauds = [count * keep for count, keep in zip(store[0:6:2], kept, strict=True)]
    settled = [count * keep for count, keep in zip(store[1:6:2], kept, strict=True)]
    prior = PRIOR_FRAUD_RATIO * PRIOR_PAYMENTS
    ratios = [(fraud + prior) / (fraud + honest + PRIOR_PAYMENTS) for fraud, honest in zip(frauds, settled, strict=True)]
    last_fraud_ms = nan if store.last_fraud_ms is None else float(store.last_fraud_ms)
    return (*ratios, *settled), last_fraud_ms, store.fraud_average
