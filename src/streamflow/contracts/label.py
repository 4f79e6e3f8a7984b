"""What became known about a transaction later: one verdict, where it comes from, and since when it is known."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Literal, get_args

import msgspec

from streamflow.contracts.errors import BadInputError
from streamflow.contracts.json_errors import UNREADABLE_JSON
from streamflow.contracts.preview import is_card_number, mask_card_numbers, preview
from streamflow.contracts.transaction import MAX_FUTURE_MS, MAX_ID_CHARACTERS

LabelSource = Literal["chargeback", "analyst", "settlement", "import"]
LABEL_SOURCES: Final[tuple[str, ...]] = get_args(LabelSource)
MAX_COMMENT_CHARACTERS: Final = 500

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
# Where the shop's clock is ahead, its event may carry a later time than the analyst who saw it.
_CLOCKS: Final = timedelta(milliseconds=MAX_FUTURE_MS)
_SHOWN_BYTES: Final = 80
_ID_FIELDS: Final = ("transaction_id", "customer_id", "store_id")

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_ID_CHARACTERS)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class Label(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A verdict on one transaction. The newest of a transaction holds, from the moment it became known, never before.

    Parameters
    ----------
    transaction_id, customer_id, store_id : str
        Of the transaction, as the shop sent it; so a label says all that is needed of a transaction that nobody has seen.
    is_fraud : bool
        The verdict.
    source : str
        chargeback (the card's bank), analyst (a person), settlement (nobody complained in time) or import (a history).
    known_at : datetime
        When the verdict became known, with a time zone.
    event_time : datetime
        The transaction's own time, with a time zone; at most five minutes after `known_at`.
    scenario : str, optional
        Kind of fraud, where somebody knows it; no card number.
    comment : str, optional
        For people, at most 500 characters; no card number.
    """

    transaction_id: Id
    customer_id: Id
    store_id: Id
    is_fraud: bool
    source: LabelSource
    known_at: Moment
    event_time: Moment
    scenario: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_ID_CHARACTERS)] | None = None
    comment: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_COMMENT_CHARACTERS)] | None = None

    @property
    def known_at_ms(self) -> int:
        """`known_at` in milliseconds since the epoch, rounded up: a label is never used before it is known."""
        return -((_EPOCH - self.known_at) // _MILLISECOND)

    @property
    def event_time_ms(self) -> int:
        """`event_time` in milliseconds since the epoch, cut to the millisecond like a transaction's."""
        return (self.event_time - _EPOCH) // _MILLISECOND


_decode = msgspec.json.Decoder(Label).decode
encode_label: Final = msgspec.json.Encoder().encode
"""Return a label as JSON; what is not there is left out."""


def decode_label(value: bytes | None, where: str = "") -> Label:
    """Read a label; fields that this version does not know are passed over. Cost: about 3 us.

    Raises
    ------
    BadInputError
        If it is none; the message names the field.

    Examples
    --------
    >>> decode_label(b'{"transaction_id": "tx-1"}', "line 7")
    Traceback (most recent call last):
    streamflow.contracts.errors.BadInputError: this is not a label: got Object missing required field `customer_id` (line 7)
    """
    if value is None:
        raise BadInputError("this is not a label", expected="JSON", got="a null value", where=where)
    try:
        label = _decode(value)
    except UNREADABLE_JSON as error:
        raise BadInputError("this is not a label", got=preview(str(error), 4 * _SHOWN_BYTES), where=where) from error
    return check_label(label, where)


def check_label(label: Label, where: str = "") -> Label:
    """Return the label with its times in UTC.

    Raises
    ------
    BadInputError
        If an id is one that no transaction can carry, a text holds a card number, or a time cannot be.
    """
    for name in _ID_FIELDS:
        text = getattr(label, name)
        if not text.isprintable() or text.isspace():
            raise BadInputError(f"{name} holds invisible characters", got=repr(preview(text, _SHOWN_BYTES)), where=where)
        if len(text) > 12 and is_card_number(text):
            raise BadInputError("a card number stands where an id belongs", got=f"{name} {preview(text)}", where=where)
    for name in ("scenario", "comment"):
        text = getattr(label, name)
        if text is not None and mask_card_numbers(text) != text:
            raise BadInputError(f"{name} holds a card number", got=preview(text, _SHOWN_BYTES), where=where)
    if label.event_time < _EPOCH:
        raise BadInputError("event_time cannot be", expected="a time after 1970", got=label.event_time.isoformat(), where=where)
    if label.event_time - label.known_at > _CLOCKS:
        raise BadInputError(
            "the verdict was known before the transaction was made",
            expected=f"known_at from {label.event_time.isoformat()} on",
            got=label.known_at.isoformat(),
            where=where,
        )
    if label.known_at.tzinfo is UTC and label.event_time.tzinfo is UTC:
        return label
    try:
        return msgspec.structs.replace(label, known_at=label.known_at.astimezone(UTC), event_time=label.event_time.astimezone(UTC))
    except OverflowError as error:
        raise BadInputError("known_at cannot be", got=label.known_at.isoformat(), where=where) from error
