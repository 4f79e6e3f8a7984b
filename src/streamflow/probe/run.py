"""The probe as a process: one thread follows the topics, another asks slow questions, and a server shows the metrics."""

import logging
import secrets
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
import psycopg
from confluent_kafka import KafkaException
from prometheus_client import CollectorRegistry, start_http_server

from streamflow import __version__
from streamflow.contracts import probe_metrics as metrics
from streamflow.contracts.catalogue import RAW
from streamflow.contracts.errors import NotReadyError, StreamFlowError
from streamflow.kafka.client import BackgroundErrors, properties
from streamflow.kafka.lag import LagReader
from streamflow.probe.books import Books, Seen
from streamflow.probe.canary import Canary
from streamflow.probe.drift import measure
from streamflow.probe.meters import Meters
from streamflow.probe.reading import Following, Starts
from streamflow.probe.store import StoreCheck

SHOW_EVERY_MS: Final = 1_000
ASK_EVERY_SECONDS: Final = 5.0
RETRY_SECONDS: Final = 2.0
KAFKA: Final = "kafka"
POSTGRES: Final = "postgres"

_log = logging.getLogger(__name__)


class ProbePlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a probe watches.

    Parameters
    ----------
    kafka : mapping
        confluent-kafka's properties.
    dsn : str
        PostgreSQL's connection string, of a role that reads; empty: the store is not compared.
    host, port
        Where it serves its metrics.
    canary_customer_id, canary_interval_ms, grace_ms, store_grace_ms, lookback_ms, drift_interval_ms, drift_days
        As in the settings.
    """

    kafka: dict[str, str]
    dsn: str
    host: str
    port: int
    canary_customer_id: str
    canary_interval_ms: int
    grace_ms: int
    store_grace_ms: int
    lookback_ms: int
    drift_interval_ms: int
    drift_days: int


def now_ms() -> int:
    """Return milliseconds since the epoch (UTC)."""
    return time.time_ns() // 1_000_000


class Probe:
    """Runs until it is told to stop; a broker or a database that goes away and comes back is no end.

    Parameters
    ----------
    plan : ProbePlan
        What it watches.
    """

    def __init__(self, plan: ProbePlan) -> None:
        self._plan = plan
        self._stop = threading.Event()
        self.registry = CollectorRegistry()
        self._meters = Meters(metrics.PROBE_METRICS, self.registry)
        self._meters.show(metrics.BUILD, 1, __version__)
        self._lag = LagReader(properties(plan.kafka, BackgroundErrors()))
        self._store = StoreCheck(plan.dsn) if plan.dsn else None
        self._alive_ms = 0
        self._drift_due_ms = 0
        self._failure: BaseException | None = None
        # Cut by the thread that owns the books, asked for by the other one.
        self._lock = threading.Lock()

    def stop(self) -> None:
        """Let :meth:`run` come to its end."""
        self._stop.set()

    def run(self) -> None:
        """Watch until :meth:`stop`.

        Raises
        ------
        OSError
            The port is taken.
        """
        server, thread = start_http_server(self._plan.port, self._plan.host, self.registry)
        questions = threading.Thread(target=self._ask, name="questions", daemon=True)
        questions.start()
        try:
            starts = self._starts()
            if starts is not None:
                self._follow(starts)
        finally:
            self._stop.set()
            server.shutdown()
            thread.join()
            questions.join()
            self._lag.close()
        if self._failure is not None:
            raise self._failure

    def _starts(self) -> Starts | None:
        """Find where to begin, as soon as there is a broker with topics."""
        while not self._stop.is_set():
            try:
                return Starts(self._plan.kafka, now_ms() - self._plan.lookback_ms)
            except NotReadyError as error:
                _log.warning("%s", error)
                self._stop.wait(RETRY_SECONDS)
        return None

    def _follow(self, starts: Starts) -> None:
        plan = self._plan
        since_ms = now_ms() - plan.lookback_ms
        books = Books(self._meters, starts.raw, since_ms=since_ms, grace_ms=plan.grace_ms, store_grace_ms=plan.store_grace_ms)
        canary = Canary(
            plan.kafka,
            self._meters,
            customer_id=plan.canary_customer_id,
            interval_ms=plan.canary_interval_ms,
            run_id=secrets.token_hex(4),
        )

        def on_canary(seen: Seen, value: bytes) -> None:
            canary.check(seen, value, now_ms())

        following = Following(plan.kafka, starts, books, now_ms, on_canary)
        _log.info("watching %s from %s on", RAW.name, {partition: start.offset for partition, start in starts.raw.items()})
        shown_ms = 0
        try:
            while not self._stop.is_set():
                following.step()
                self._alive_ms = moment = now_ms()
                canary.step(moment)
                if moment - shown_ms >= SHOW_EVERY_MS:
                    shown_ms = moment
                    books.show(moment)
                    if self._store is not None:
                        with self._lock:
                            self._store.add(books.cut(moment))
        finally:
            following.close()
            canary.close()

    def _ask(self) -> None:
        try:
            self._ask_on()
        except BaseException as error:
            # Half a probe is worse than none: whoever started this one starts another, and its absence is an alert.
            self._failure = error
            self._stop.set()

    def _ask_on(self) -> None:
        while not self._stop.is_set():
            self._try(KAFKA, self._ask_kafka)
            if self._store is not None:
                self._try(POSTGRES, self._ask_store)
                self._ask_drift()
            self._stop.wait(ASK_EVERY_SECONDS)

    def _ask_drift(self) -> None:
        plan, moment = self._plan, now_ms()
        if not plan.drift_interval_ms or moment < self._drift_due_ms:
            return
        self._drift_due_ms = moment + plan.drift_interval_ms
        since = datetime.fromtimestamp(moment / 1000, UTC) - timedelta(days=plan.drift_days)
        try:
            found = measure(plan.kafka, plan.dsn, since)
        except (StreamFlowError, psycopg.Error) as error:
            # Without a model or without payments there is no drift, and a number of former ones would be a lie.
            self._meters.forget(metrics.DRIFT)
            _log.info("drift is not known: %s", str(error).strip().partition("\n")[0])
            return
        self._meters.forget(metrics.DRIFT)
        for number in found.numbers:
            self._meters.show(metrics.DRIFT, number.index, number.name, "yes" if number.settled else "no")
        self._meters.show(metrics.DRIFT_SECONDS, found.days * 86_400)
        self._meters.show(metrics.DRIFT_PAYMENTS, found.payments)

    def _try(self, source: str, question: Callable[[], bool]) -> None:
        try:
            works = question()
        except (KafkaException, psycopg.Error, OSError) as error:
            _log.warning("%s does not answer: %s", source, str(error).strip().partition("\n")[0])
            works = False
        self._meters.show(metrics.UP_TO_DATE, works, source)

    def _ask_kafka(self) -> bool:
        for lag in self._lag.read():
            self._meters.show(metrics.CONSUMER_LAG, lag.lag, lag.job, lag.topic, str(lag.partition))
        return now_ms() - self._alive_ms < ASK_EVERY_SECONDS * 2_000

    def _ask_store(self) -> bool:
        if self._store is None:
            return False
        with self._lock:
            missing = self._store.missing()
        for table, rows in missing.items():
            self._meters.show(metrics.STORE_MISSING, rows, table)
        return True
