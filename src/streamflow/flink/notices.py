"""What the job's log says of payments with which something went wrong: where they lie, never what is in them."""

import logging
from typing import Final

from streamflow.contracts.record import Record

EVERY_SECONDS: Final = 10.0
MOST_KINDS: Final = 1_000

_log = logging.getLogger(__name__)


class Notices:
    """Says each kind of trouble at most once in ten seconds, and then how often it came in between.

    Examples
    --------
    >>> notices = Notices()
    >>> record = Record("transactions.raw", 0, 42, 1_000, b"cust-1", b"{}")
    >>> notices.line("score", "TypeError at score.py", record, 100.0)
    'score failed on transactions.raw/0/42: TypeError at score.py'
    >>> notices.line("score", "TypeError at score.py", record, 101.0) is None
    True
    >>> notices.line("score", "TypeError at score.py", record, 111.0)
    'score failed on transactions.raw/0/42: TypeError at score.py (and 1 more since)'
    """

    def __init__(self) -> None:
        self._said: dict[tuple[str, str], tuple[float, int]] = {}

    def say(self, stage: str, trouble: str, record: Record, now_s: float) -> None:
        """Log it, unless its kind was logged just now."""
        line = self.line(stage, trouble, record, now_s)
        if line is not None:
            _log.error("%s", line)

    def line(self, stage: str, trouble: str, record: Record, now_s: float) -> str | None:
        """Return what is to be logged; None: not now.

        Parameters
        ----------
        stage : str
            validate, score, state or model.
        trouble : str
            What happened, in words of ours.
        record : Record
            Whose place is named.
        now_s : float
            Seconds of any clock that only goes forward.
        """
        kind = stage, trouble
        last_s, more = self._said.get(kind, (-EVERY_SECONDS, 0))
        if now_s - last_s < EVERY_SECONDS:
            self._said[kind] = (last_s, more + 1)
            return None
        if len(self._said) >= MOST_KINDS:
            self._said.clear()
        self._said[kind] = (now_s, 0)
        since = f" (and {more} more since)" if more else ""
        return f"{stage} failed on {record.topic}/{record.partition}/{record.offset}: {trouble}{since}"
