"""What the job's log says of payments with which something went wrong: where they lie, never what is in them."""

from collections.abc import Callable
from typing import Final

from streamflow.contracts.catalogue import FRAUD_DETECTOR
from streamflow.contracts.record import Record
from streamflow.flink.metrics import active_numbers
from streamflow.score.control import Controls

EVERY_SECONDS: Final = 10.0
MOST_KINDS: Final = 1_000


class Notices:
    """Says each kind of trouble at most once in ten seconds, and then how often it came in between.

    Parameters
    ----------
    say : callable
        Takes a message and the optional fields of its `streamflow.contracts.log_line.LogLine`.

    Examples
    --------
    >>> from streamflow.control.documents import fixed_control
    >>> notices = Notices(lambda message, fields: print(message, *fields.values(), sep=", "))
    >>> record = Record("transactions.raw", 0, 42, 1_000, b"cust-1", b"{}")
    >>> for second in 100.0, 101.0, 111.0:
    ...     notices.report("score", "TypeError at score.py", record, fixed_control().active_at(1_000), second)
    TypeError at score.py, fraud-detector, score, transactions.raw/0/42, those of the package
    TypeError at score.py (and 1 more since), fraud-detector, score, transactions.raw/0/42, those of the package
    """

    def __init__(self, say: Callable[[str, dict[str, str]], None]) -> None:
        self._say = say
        self._reported: dict[tuple[str, str], tuple[float, int]] = {}

    def report(self, stage: str, trouble: str, record: Record, controls: Controls, now_s: float) -> None:
        """Log it, unless its kind was logged just now.

        Parameters
        ----------
        stage : str
            validate, score, state or model.
        trouble : str
            What happened, in words of ours.
        record : Record
            Whose place is named.
        controls : Controls
            What it was judged by.
        now_s : float
            Seconds of any clock that only goes forward.
        """
        kind = stage, trouble
        last_s, more = self._reported.get(kind, (-EVERY_SECONDS, 0))
        if now_s - last_s < EVERY_SECONDS:
            self._reported[kind] = (last_s, more + 1)
            return
        if len(self._reported) >= MOST_KINDS:
            self._reported.clear()
        self._reported[kind] = (now_s, 0)
        since = f" (and {more} more since)" if more else ""
        active = [f"{labelled.labels[0][1]} {number}" for labelled, number in active_numbers(controls).items() if number]
        fields = {
            "job": FRAUD_DETECTOR.name,
            "stage": stage,
            "event": f"{record.topic}/{record.partition}/{record.offset}",
            "versions": ", ".join(active) or "those of the package",
        }
        self._say(f"{trouble}{since}", fields)
