"""A payment as the shop sends it: schema version 1."""

from typing import Any

import msgspec

SCHEMA_VERSION = 1
MAX_ID_CHARACTERS = 64
MAX_AMOUNT_INTEGER_DIGITS = 12
MAX_AMOUNT_DECIMALS = 2
MAX_EXTRA_BYTES = 2048
MAX_DEPTH = 32
MAX_FUTURE_MS = 5 * 60 * 1000


class Transaction(msgspec.Struct):
    """One payment.

    Parameters
    ----------
    schema_version : int
        1 today; a newer one is scored where its required fields still read as version 1.
    transaction_id, customer_id, store_id : str
        1 to 64 printable characters.
    amount : str
        Decimal text in major units of `currency`, greater than 0: at most 12 integer digits and 2 decimals.
    currency : str
        ISO 4217 code.
    timestamp : str
        ISO 8601 with time zone: the event time, as the shop wrote it.
    product_id, payment_method : str, optional
        1 to 64 printable characters.
    latitude, longitude : float, optional
        Degrees (WGS 84); both or neither.
    extra : dict, optional
        Fields that version 1 does not know, at most 2 KB as JSON.
    """

    schema_version: int
    transaction_id: str
    customer_id: str
    store_id: str
    amount: str
    currency: str
    timestamp: str
    product_id: str | None = None
    payment_method: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    extra: dict[str, Any] | None = None
