"""The job's one Python operator: a batch of records in, their decisions, alerts and dead letters out."""

import time
from collections.abc import Iterable

from pyflink.datastream import KeyedBroadcastProcessFunction, RuntimeContext

from streamflow.contracts.catalogue import CONTROL, RAW
from streamflow.contracts.decision import Answer
from streamflow.contracts.job_metrics import CONTROL_REFUSED, FAILED, LATE_GENERATIONS
from streamflow.contracts.record import Record, encode_headers
from streamflow.contracts.rejection import Code
from streamflow.contracts.trace_context import carried
from streamflow.engine import Decided, Engine
from streamflow.flink.control import ControlFeed
from streamflow.flink.frames import DEAD_LETTER, SCORED, SCORED_AND_ALERT, decode_batch, pack_result
from streamflow.flink.gateway import MapStateEntries, notice_writer, read_topic_to_end
from streamflow.flink.metrics import Metrics, active_numbers, without_model
from streamflow.flink.notices import Notices
from streamflow.flink.settings import JobSettings
from streamflow.flink.state import CustomerStates
from streamflow.flink.tally import Tally, from_the_start
from streamflow.score.control import ControlLog, Controls, Refusal


class FraudDetector(KeyedBroadcastProcessFunction):
    """Runs the engine inside Flink.

    Parameters
    ----------
    settings : JobSettings
        The job's.
    """

    def __init__(self, settings: JobSettings) -> None:
        self._settings = settings

    def open(self, runtime_context: RuntimeContext) -> None:
        """Read the control topic to its end, and find the state."""
        settings = self._settings
        self._metrics = Metrics(runtime_context.get_metrics_group(), from_the_start())
        self._tally = Tally()
        self._notices = Notices(notice_writer())
        self._shown: Controls | None = None
        control = ControlLog(settings.engine.trusted_model_keys)
        self._feed = ControlFeed(
            control, on_late=lambda: self._metrics.add({LATE_GENERATIONS.of("late"): 1}), on_refused=self._count_refusal
        )
        self._feed.read_whole(read_topic_to_end(settings.kafka, CONTROL.name, settings.control_timeout_ms))
        self._engine = Engine(control, settings.engine)
        entries = MapStateEntries(runtime_context, settings.state_ttl_days)
        self._states = CustomerStates(entries, settings.cache_customers, settings.buckets)
        self._customers_known_by_key = settings.engine.key_source == "key"

    def process_element(self, value: bytes, ctx: KeyedBroadcastProcessFunction.ReadOnlyContext) -> list[bytes]:
        """Decide a batch; all its results leave as one array."""
        records = decode_batch(RAW.name, value)
        states, process, control, report = self._states, self._engine.process, self._engine.control, self._notices.report
        began = time.perf_counter()
        states.begin(ctx.get_current_key(), _customers(records) if self._customers_known_by_key else ())
        results: list[bytes] = []
        answers: list[Answer] = []
        codes: list[Code] = []
        by_rules_alone: list[str] = []
        for record in records:
            answer = process(record, states)
            if isinstance(answer, Decided):
                headers = carried(record.headers) if record.headers else b""
                results += pack_result(SCORED_AND_ALERT if answer.is_alert else SCORED, answer.key, answer.value, headers)
                said = answer.answer
                answers.append(said)
                if said.model_absence is not None:
                    controls = control.active_at(record.timestamp_ms)
                    reason = without_model(controls)
                    by_rules_alone.append(reason)
                    if reason == FAILED:
                        report("model", said.model_absence, record, controls, began)
                if said.state_reset:
                    trouble = "the customer's stored state cannot be read and was begun anew"
                    report("state", trouble, record, control.active_at(record.timestamp_ms), began)
            else:
                headers = record.headers + encode_headers(answer.headers())
                results += pack_result(DEAD_LETTER, record.key, record.value, headers)
                codes.append(answer.rejection.code)
                if answer.rejection.code is Code.INTERNAL_ERROR:
                    rejection = answer.rejection
                    report(rejection.stage, rejection.message, record, control.active_at(record.timestamp_ms), began)
        states.end()
        seconds, now_ms = time.perf_counter() - began, time.time_ns() // 1_000_000
        self._metrics.add(self._tally.batch(answers, codes, by_rules_alone, [now_ms - record.timestamp_ms for record in records], seconds))
        self._show(control.active_at(records[-1].timestamp_ms))
        return [b"".join(results)]

    def process_broadcast_element(self, value: bytes, ctx: KeyedBroadcastProcessFunction.Context) -> None:
        """Take in a record of the control topic."""
        self._feed.follow(value)

    def _show(self, controls: Controls) -> None:
        if controls is not self._shown:
            self._shown = controls
            self._metrics.show(active_numbers(controls))

    def _count_refusal(self, refusal: Refusal) -> None:
        kind = refusal.key.partition("/")[0]
        self._metrics.add({CONTROL_REFUSED.of(kind if kind in CONTROL_REFUSED.labels[0].values else "unknown"): 1})


def _customers(records: Iterable[Record]) -> set[str]:
    """Return the customers whom the keys name; keys that name none are the engine's to refuse."""
    return {key.decode(errors="replace") for key in {record.key for record in records} if key}
