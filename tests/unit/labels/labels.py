"""Labels for tests, each as ordinary as can be unless a test says otherwise."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from streamflow.contracts.label import Label

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
BEGIN_MS = 1_767_225_600_000
DAY_MS = 86_400_000


def days_ms(days: float) -> int:
    """Return the moment so many days after the beginning."""
    return BEGIN_MS + round(days * DAY_MS)


def label(known_day: float = 7.0, *, is_fraud: bool = True, event_day: float = 0.0, **fields: Any) -> Label:
    """Return a label of a payment at the beginning, known after some days."""
    texts = {"transaction_id": "tx-1", "customer_id": "cust-1", "store_id": "store-1", "source": "analyst", **fields}
    known_at, event_time = (BEGIN + timedelta(days=day) for day in (known_day, event_day))
    return Label(is_fraud=is_fraud, known_at=known_at, event_time=event_time, **texts)


@st.composite
def _labels(draw: st.DrawFn) -> Label:
    event_day = draw(st.integers(0, 8))
    return label(
        event_day + draw(st.integers(0, 8)) + draw(st.sampled_from([0.0, 0.37])),
        is_fraud=draw(st.booleans()),
        event_day=event_day,
        transaction_id=f"tx-{draw(st.integers(1, 12))}",
        customer_id=f"cust-{draw(st.integers(1, 3))}",
        store_id=f"store-{draw(st.integers(1, 3))}",
        source=draw(st.sampled_from(["chargeback", "analyst"])),
    )


histories = st.lists(_labels(), max_size=40)
"""Labels in any order: some twice, some that contradict others, some that name another store than before."""
