"""The validate stage: a record becomes a valid transaction or a rejection."""

from datetime import datetime
from typing import Literal

import msgspec

from streamflow.contracts.catalogue import DAY_MS
from streamflow.contracts.currency import CURRENCY_CODES
from streamflow.contracts.record import Record
from streamflow.contracts.rejection import Code, Rejection
from streamflow.contracts.transaction import MAX_FUTURE_MS, MAX_ID_CHARACTERS, SCHEMA_VERSION, Transaction
from streamflow.ingest import refuse_unreadable
from streamflow.validate.document import newer, read_document, show
from streamflow.validate.fields import EPOCH, FieldError, check_location, check_text, read_amount, read_timestamp

_TEXT_FIELDS = ("transaction_id", "customer_id", "store_id", "product_id", "payment_method")
_decode = msgspec.json.Decoder(Transaction).decode


class ValidTransaction(msgspec.Struct, frozen=True, gc=False):
    """A transaction whose every field holds, and what was read from its texts: amount in major units, event time in UTC."""

    transaction: Transaction
    amount: float
    event_time: datetime
    event_time_ms: int


def _quotes(transaction: Transaction) -> int:
    """Count the quotation marks of a document that holds these fields, each once, and no others."""
    quotes = 26  # seven required fields: seven names and six text values, two marks each
    if transaction.product_id is not None:
        quotes += 4
    if transaction.payment_method is not None:
        quotes += 4
    if transaction.latitude is not None:
        quotes += 2
    if transaction.longitude is not None:
        quotes += 2
    return quotes


class Validator:
    """Reads records.

    Parameters
    ----------
    key_source : {"key", "payload"}
        Whether the record's key must be the customer id, or is not looked at.
    pan_check : {"reject", "off"}
        Whether a card number in the place of an id is refused.

    Examples
    --------
    >>> record = Record("transactions.raw", 0, 7, 1_763_892_000_000, b"cust-1", b'{"schema_version": 1}')
    >>> Validator().validate(record).code
    <Code.MISSING_FIELD: 'MISSING_FIELD'>
    """

    def __init__(self, key_source: Literal["key", "payload"] = "key", pan_check: Literal["reject", "off"] = "reject") -> None:
        self._keyed = key_source == "key"
        self._refuse_card_numbers = pan_check == "reject"

    def validate(self, record: Record) -> ValidTransaction | Rejection:
        """Return the record's transaction, or why there is none. Cost: about 4 us for a plain valid record."""
        rejection = refuse_unreadable(record, key_required=self._keyed)
        if rejection is not None:
            return rejection
        assert record.value is not None  # noqa: S101 - refuse_unreadable has refused it
        transaction = self._read(record.value)
        if isinstance(transaction, Rejection):
            return transaction
        try:
            return self._check(transaction, record)
        except FieldError as error:
            # The fast reader makes floats of coordinates that 64 bits cannot hold: what the slow one refuses comes first.
            reread = read_document(record.value)
            if isinstance(reread, Rejection):
                return reread
            return newer(Rejection(error.code, error.message, schema_version=transaction.schema_version))

    @staticmethod
    def _read(value: bytes) -> Transaction | Rejection:
        try:
            transaction = _decode(value)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return read_document(value)
        # msgspec passes over unknown and repeated fields. Without escapes, the number of quotation marks shows that there are none:
        # each further field would bring two more. A test holds this against the slow reader.
        if (
            b"\\" in value
            or transaction.schema_version != SCHEMA_VERSION
            or transaction.extra is not None
            or value.count(b'"') != _quotes(transaction)
        ):
            return read_document(value)
        return transaction

    def _check(self, transaction: Transaction, record: Record) -> ValidTransaction:
        # The conditions here are the plain case in its cheapest form; the functions of `fields` decide whatever is not plain.
        self._check_texts(transaction)
        amount = read_amount(transaction.amount)
        if transaction.currency not in CURRENCY_CODES:
            raise FieldError(Code.CURRENCY_UNKNOWN, f"expected currency as an ISO 4217 code in use, got {show(transaction.currency)}")
        latitude, longitude = transaction.latitude, transaction.longitude
        if latitude is None or longitude is None or not (-90.0 <= latitude <= 90.0 and -180.0 <= longitude <= 180.0):
            check_location(latitude, longitude)
        event_time = read_timestamp(transaction.timestamp)
        since_epoch = event_time - EPOCH
        event_time_ms = since_epoch.days * DAY_MS + since_epoch.seconds * 1000 + since_epoch.microseconds // 1000
        if event_time_ms > record.timestamp_ms + MAX_FUTURE_MS:
            ahead_seconds = (event_time_ms - record.timestamp_ms) / 1000
            raise FieldError(
                Code.FUTURE_TIMESTAMP,
                f"expected timestamp at most {MAX_FUTURE_MS // 1000} s after the broker's time, got one {ahead_seconds:.3f} s after it",
            )
        if self._keyed and record.key != transaction.customer_id.encode():
            key = (record.key or b"").decode(errors="backslashreplace")
            raise FieldError(
                Code.KEY_MISMATCH,
                f"expected the record's key to be the customer_id {show(transaction.customer_id)}, got {show(key)}; "
                "for a topic that is keyed otherwise set ingest.key_source = payload",
            )
        return ValidTransaction(transaction, amount, event_time, event_time_ms)

    def _check_texts(self, transaction: Transaction) -> None:
        transaction_id, customer_id, store_id = transaction.transaction_id, transaction.customer_id, transaction.store_id
        product_id, payment_method = transaction.product_id, transaction.payment_method
        if (
            0 < len(transaction_id) <= MAX_ID_CHARACTERS
            and 0 < len(customer_id) <= MAX_ID_CHARACTERS
            and 0 < len(store_id) <= MAX_ID_CHARACTERS
            and (product_id is None or (0 < len(product_id) <= MAX_ID_CHARACTERS and product_id[0] > "9"))
            and (payment_method is None or (0 < len(payment_method) <= MAX_ID_CHARACTERS and payment_method[0] > "9"))
            and transaction_id[0] > "9"  # neither blank nor a card number
            and customer_id[0] > "9"
            and store_id[0] > "9"
            and f"{transaction_id}{customer_id}{store_id}{product_id}{payment_method}".isprintable()
        ):
            return
        for name in _TEXT_FIELDS:
            text = getattr(transaction, name)
            if text is not None:
                check_text(name, text, refuse_card_numbers=self._refuse_card_numbers)
