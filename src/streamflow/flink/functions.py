"""Functions of ours in SQL, where the contracts' own definition is asked and not written a second time in Java."""

from streamflow.contracts.errors import BadInputError
from streamflow.contracts.label import decode_label
from streamflow.contracts.preview import preview


def shown(head: bytes | None) -> str | None:
    """Return the beginning of a key or value, safe to show; None for a Kafka null.

    Examples
    --------
    >>> shown(b"4111111111111111"), shown(None)
    ('411111******1111', None)
    """
    return None if head is None else preview(bytes(head))


def label_fault(value: bytes | None) -> str | None:
    """Return what is wrong with a label; None where nothing is.

    Examples
    --------
    >>> label_fault(b"{}")
    'this is not a label: got Object missing required field `transaction_id`'
    """
    try:
        decode_label(None if value is None else bytes(value))
    except BadInputError as error:
        return str(error)
    return None
