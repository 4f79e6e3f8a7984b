"""Made-up histories for tests of training: a table, and labels that tell which rows are frauds."""

from datetime import UTC, datetime, timedelta

import numpy as np

from streamflow.contracts.label import Label
from streamflow.ml.evaluate import Booleans
from streamflow.ml.table import DAY_MS, FeatureTable
from streamflow.score.features import FEATURE_NAMES

START_MS = 1_767_225_600_000
DAYS = 60
UNTIL_MS = START_MS + DAYS * DAY_MS
CUSTOMERS, STORES, REGIONS = 300, 40, 5
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def table(rows: int = 6_000, *, seed: int = 1, frauds: float = 0.03) -> tuple[FeatureTable, Booleans]:
    """Return a table of payments in order of time, and which of them are frauds: high amounts, mostly at new stores."""
    random = np.random.default_rng(seed)
    is_fraud = random.random(rows) < frauds
    matrix = random.normal(size=(rows, len(FEATURE_NAMES)))
    matrix[:, FEATURE_NAMES.index("amount")] = random.lognormal(4, 1, rows) * np.where(is_fraud, 3, 1)
    for name, effect in (("amount_zscore", 2.5), ("amount_ratio", 2.0), ("log_amount_zscore", 1.5)):
        matrix[:, FEATURE_NAMES.index(name)] += effect * is_fraud
    matrix[:, FEATURE_NAMES.index("is_blacklisted")] = 0.0
    matrix[random.random(matrix.shape) < 0.05] = np.nan
    times = np.sort(random.integers(START_MS, UNTIL_MS, rows))
    made = FeatureTable(
        [f"tx-{row}" for row in range(rows)],
        [f"cust-{number}" for number in range(CUSTOMERS)],
        [f"store-{number}" for number in range(STORES)],
        [f"region {number}" for number in range(REGIONS)],
        random.integers(0, CUSTOMERS, rows).astype(np.int32),
        random.integers(0, STORES, rows).astype(np.int32),
        random.integers(0, REGIONS, rows).astype(np.int32),
        times,
        matrix.round(4),
        np.where(is_fraud, random.exponential(0.5, rows), random.exponential(0.1, rows)),
        np.zeros(rows, np.int8),
    )
    return made, is_fraud


def label(made: FeatureTable, row: int, is_fraud: bool, after_days: float) -> Label:
    """Return a label of a row that became known so long after the payment."""
    event_time = _EPOCH + timedelta(milliseconds=int(made.event_time_ms[row]))
    store, customer = made.store_ids[made.stores[row]], made.customer_ids[made.customers[row]]
    known_at = event_time + timedelta(days=after_days)
    return Label(made.transaction_ids[row], customer, store, is_fraud, "chargeback", known_at, event_time)


def labels(made: FeatureTable, is_fraud: Booleans, after_days: float = 5.0) -> list[Label]:
    """Return the labels of all frauds."""
    return [label(made, row, True, after_days) for row in np.flatnonzero(is_fraud).tolist()]
