"""What the control topic holds, inside the job: read whole before the first decision, then followed live."""

import logging
import time
from collections.abc import Callable
from typing import Final

from streamflow.contracts.catalogue import CONTROL
from streamflow.contracts.errors import NotReadyError
from streamflow.contracts.record import Record
from streamflow.flink.frames import decode_batch
from streamflow.score.control import ControlLog, Controls, Refusal

_log = logging.getLogger(__name__)
_COUNT_OF_ONE: Final = b"\x01\x00\x00\x00"
_MS_PER_SECOND: Final = 1_000


class ControlFeed:
    """Hands the records of the control topic to a control log.

    Parameters
    ----------
    log : ControlLog
        The engine's.
    on_late : callable
        Called for each generation that was active already when it came: events may have been judged by the one before.
    on_refused : callable
        Called for each record that is not followed, and for each document that a generation is followed without.
    """

    def __init__(self, log: ControlLog, on_late: Callable[[], None], on_refused: Callable[[Refusal], None]) -> None:
        self._control = log
        self._on_late = on_late
        self._on_refused = on_refused

    def read_whole(self, batch: bytes) -> None:
        """Take in the topic as it is at the start.

        Raises
        ------
        NotReadyError
            If nothing in it says by which rules to judge.
        """
        for record in decode_batch(CONTROL.name, batch):
            self._add(record)
        if not len(self._control):
            raise NotReadyError(
                "the control topic holds no generation, so there are no rules to judge by", where=CONTROL.name, fix="streamflow rules push"
            )

    def follow(self, record_frame: bytes) -> None:
        """Take in one record of the live stream; what was read at the start is passed over."""
        (record,) = decode_batch(CONTROL.name, _COUNT_OF_ONE + record_frame)
        answer = self._add(record)
        if answer is not None:
            lateness_ms = time.time() * _MS_PER_SECOND - answer.active_from_ms
            _log.info("generation of offset %d is active from %d", record.offset, answer.active_from_ms)
            if lateness_ms > 0:
                _log.warning("generation of offset %d came %d ms after it was to be active", record.offset, lateness_ms)
                self._on_late()

    def _add(self, record: Record) -> Controls | None:
        refusals = self._control.refusals
        seen = len(refusals)
        answer = self._control.add(record.key, record.value, offset=record.offset, timestamp_ms=record.timestamp_ms)
        for refusal in refusals[seen:]:
            _log.error("control record %r at offset %d is not followed: %s", refusal.key, refusal.offset, refusal.reason)
            self._on_refused(refusal)
        return answer if isinstance(answer, Controls) else None
