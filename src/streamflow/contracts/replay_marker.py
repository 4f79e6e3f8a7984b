"""What the topic of replays holds."""

import msgspec


class ReplayMarker(msgspec.Struct, frozen=True):
    """Says that a record was sent again; its key is the record's source.

    Parameters
    ----------
    source_timestamp_ms
        When the record had arrived: tells it from another one at the same place of a topic that was made anew.
    letter
        Place of the dead letter that was sent.
    patched, key_replaced
        Whether it was changed on the way.
    """

    source_timestamp_ms: int
    letter: str
    patched: bool = False
    key_replaced: bool = False
