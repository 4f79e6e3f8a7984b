"""Labelled payments as columns, and as the lines of the two files."""

from collections.abc import Iterable, Iterator
from typing import Any, Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from streamflow.contracts.transaction import SCHEMA_VERSION

CURRENCY: Final = "BRL"
SMALLEST_AMOUNT: Final = "0.01"
MS_PER_DAY: Final = 86_400_000
_PLACE_DECIMALS: Final = 6
_ENCODE: Final = msgspec.json.Encoder().encode
_NOT_POSITIVE: Final = ("0.00", "-0.00")

Texts = list[str]
Milliseconds = NDArray[np.int64]


class Payments(msgspec.Struct, frozen=True, kw_only=True):
    """Some payments with their truth, ascending in time: columns of one length.

    Parameters
    ----------
    transaction_ids, customer_ids, store_ids : list of str
        Who paid where.
    amounts : list of float
        Major units; what rounds to nothing becomes 0.01, since a payment of nothing is not one.
    event_times_ms : array
        Milliseconds since the epoch.
    scenarios : list of str or None
        None is an honest payment, anything else the name of the fraud.
    places : list of (latitude, longitude), optional
        Degrees.
    payment_methods : list of str, optional
        Such as `card_present`.
    """

    transaction_ids: Texts
    customer_ids: Texts
    store_ids: Texts
    amounts: list[float]
    event_times_ms: Milliseconds
    scenarios: list[str | None]
    places: list[tuple[float, float]] | None = None
    payment_methods: Texts | None = None

    def __len__(self) -> int:
        return len(self.transaction_ids)


def iso_texts(times_ms: Milliseconds) -> Texts:
    """Return times as ISO 8601 in UTC, to the second where all are whole seconds.

    Examples
    --------
    >>> iso_texts(np.array([1522540800000]))
    ['2018-04-01T00:00:00Z']
    """
    unit: Literal["s", "ms"] = "ms" if np.any(times_ms % 1000) else "s"
    times: NDArray[np.datetime64] = times_ms.astype("datetime64[ms]")
    return [f"{text}Z" for text in np.datetime_as_string(times, unit=unit).tolist()]


def amount_texts(amounts: Iterable[float]) -> Texts:
    """Return amounts with two decimals, at least 0.01.

    Examples
    --------
    >>> amount_texts([12.345678, 0.0, 424.40000000000003])
    ['12.35', '0.01', '424.40']
    """
    return [SMALLEST_AMOUNT if (text := f"{amount:.2f}") in _NOT_POSITIVE else text for amount in amounts]


def transaction_lines(payments: Payments) -> Iterator[bytes]:
    """Yield each payment as a transaction of schema version 1, without its truth."""
    optional: list[dict[str, Any]] = [{} for _ in range(len(payments))]
    if payments.payment_methods is not None:
        for fields, method in zip(optional, payments.payment_methods, strict=True):
            fields["payment_method"] = method
    if payments.places is not None:
        for fields, (latitude, longitude) in zip(optional, payments.places, strict=True):
            fields |= {"latitude": round(latitude, _PLACE_DECIMALS), "longitude": round(longitude, _PLACE_DECIMALS)}
    columns = (
        payments.transaction_ids,
        payments.customer_ids,
        payments.store_ids,
        amount_texts(payments.amounts),
        iso_texts(payments.event_times_ms),
        optional,
    )
    for transaction_id, customer_id, store_id, amount, timestamp, fields in zip(*columns, strict=True):
        line = {
            "schema_version": SCHEMA_VERSION,
            "transaction_id": transaction_id,
            "customer_id": customer_id,
            "store_id": store_id,
            "amount": amount,
            "currency": CURRENCY,
            "timestamp": timestamp,
        }
        yield _ENCODE(line | fields)


def label_lines(payments: Payments, delay_ms: int) -> Iterator[bytes]:
    """Yield each payment's label, which becomes known that many milliseconds after the payment."""
    columns = (
        payments.transaction_ids,
        payments.customer_ids,
        payments.store_ids,
        payments.scenarios,
        iso_texts(payments.event_times_ms),
        iso_texts(payments.event_times_ms + delay_ms),
    )
    for transaction_id, customer_id, store_id, scenario, event_time, known_at in zip(*columns, strict=True):
        line: dict[str, Any] = {
            "transaction_id": transaction_id,
            "customer_id": customer_id,
            "store_id": store_id,
            "is_fraud": scenario is not None,
            "source": "settlement" if scenario is None else "chargeback",
            "known_at": known_at,
            "event_time": event_time,
        }
        if scenario is not None:
            line["scenario"] = scenario
        yield _ENCODE(line)
