"""Runs a history through the engine, once a configuration, while risk snapshots and models change as they would have."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import BinaryIO, Final, NamedTuple

import msgspec

from streamflow.backtest.columns import Answers, Judged, Largest, Payments, decode_judged
from streamflow.backtest.evolution import Evolution
from streamflow.backtest.plan import Configuration, Plan
from streamflow.backtest.truth import UNLABELLED, Truth
from streamflow.contracts.catalogue import DAY_MS
from streamflow.contracts.record import Record
from streamflow.contracts.rejection import Rejection
from streamflow.engine import Decided, Engine, EngineSettings, MemoryStates
from streamflow.ml.table import TableBuilder
from streamflow.route import SEVERITY
from streamflow.validate import ValidTransaction

REPORT_EVERY: Final = 10_000
_END_OF_TIME_MS: Final = 253_402_300_799_999


class Difference(msgspec.Struct, frozen=True):
    """A payment that two configurations answer differently."""

    transaction_id: str
    customer_id: str
    store_id: str
    event_time_ms: int
    amount: float
    is_fraud: bool | None
    outcomes: tuple[str, ...]
    scores: tuple[float, ...]
    rules: tuple[tuple[str, ...], ...]

    @property
    def truth(self) -> str:
        """What its label says, in words."""
        return {None: "no label", True: "fraud", False: "honest"}[self.is_fraud]

    @property
    def answers(self) -> list[str]:
        """Outcome and score of each configuration, in words."""
        return [f"{outcome} {score:.3f}" for outcome, score in zip(self.outcomes, self.scores, strict=True)]


class Run(NamedTuple):
    """What a run leaves: columns, counts, and the payments that differ most.

    `table` holds what trainings learnt from, where there were any. `behind` counts payments more than a day behind the time that others
    had reached: what became known meanwhile was known to them.
    """

    payments: Payments
    answers: list[Answers]
    evolution: Evolution
    table: TableBuilder | None
    records: int
    duplicates: int
    codes: dict[str, int]
    behind: int
    differences: list[Difference]
    seconds: float


class _Side:
    """One configuration at work."""

    def __init__(self, configuration: Configuration, settings: EngineSettings) -> None:
        self.engine = Engine(configuration.control, settings)
        self.states = MemoryStates()
        self.answers = Answers()


def run(
    configurations: Sequence[Configuration],
    records: Iterable[Record],
    truth: Truth,
    plan: Plan,
    *,
    settings: EngineSettings,
    event_time_is_record_time: bool,
    report: Callable[[int], None] = lambda _: None,
    say: Callable[[str], None] = lambda _: None,
    decisions: BinaryIO | None = None,
) -> Run:
    """Decide every record in every configuration.

    Parameters
    ----------
    configurations : sequence of Configuration
        The first one's decisions are written, and trainings learn from them.
    records : iterable of Record
        In order of time, but for what comes late; read as they are needed.
    event_time_is_record_time : bool
        For files of plain transactions, which know no broker's time: the event's own time takes its place.
    report : callable
        Called with the number of records so far, every 10 000.
    say : callable
        Told what takes long on the way.
    decisions : binary file, optional
        Gets one line a decision of the first configuration: the bytes that the stream would have written.
    """
    begin = time.perf_counter()
    sides = [_Side(configuration, settings) for configuration in configurations]
    table = TableBuilder() if plan.retraining is not None else None
    evolution = Evolution(configurations, truth.labels, plan, table, say)
    payments, codes, largest = Payments(), Counter[str](), Largest(plan.shown if len(sides) > 1 else 0)
    records_read = duplicates = behind = 0
    clock_ms = -_END_OF_TIME_MS

    def read() -> Iterator[tuple[Record, ValidTransaction]]:
        nonlocal records_read
        validate = sides[0].engine.validate
        for record in records:
            records_read += 1
            if records_read % REPORT_EVERY == 0:
                report(records_read)
            if event_time_is_record_time:
                topic, partition, offset, _, key, value, headers = record
                # Until the payload is read, no event is in the future of a record without a time of its own.
                record = Record(topic, partition, offset, _END_OF_TIME_MS, key, value, headers)
            valid = validate(record)
            if isinstance(valid, Rejection):
                codes[valid.code.value] += 1
            elif event_time_is_record_time:
                yield Record(topic, partition, offset, valid.event_time_ms, key, value, headers), valid
            else:
                yield record, valid

    for record, valid, agreed_ms in _agreed(read()):
        if agreed_ms > clock_ms:
            clock_ms = agreed_ms
            if clock_ms >= evolution.next_ms:
                evolution.advance(clock_ms)
        behind += record.timestamp_ms < clock_ms - DAY_MS
        decided: list[Decided] = []
        for side in sides:
            result = side.engine.decide(record, valid, side.states)
            if isinstance(result, Decided):
                decided.append(result)
            else:
                failed = result
        if len(decided) < len(sides):
            codes[failed.rejection.code.value] += 1
            continue
        if decisions is not None:
            decisions.write(decided[0].value + b"\n")
        judged = [decode_judged(one.value) for one in decided]
        if judged[0].duplicate or judged[0].canary:
            duplicates += 1
            continue
        if table is not None:
            table.add(decided[0].value)
        transaction = valid.transaction
        rate = sides[0].engine.control.active_at(record.timestamp_ms).rules.rates.get(transaction.currency)
        amount = float("nan") if rate is None else valid.amount * rate
        verdict = truth.verdicts.get(transaction.transaction_id, UNLABELLED)
        payments.add(valid.event_time_ms, transaction.customer_id, amount, verdict)
        for place, side in enumerate(sides):
            side.answers.add(judged[place], SEVERITY[decided[place].answer.outcome])
        if len(sides) > 1 and decided[0].answer.outcome is not decided[1].answer.outcome and plan.measures(valid.event_time_ms):
            largest.add(amount, _difference(valid, amount, verdict, decided, judged))
    report(records_read)
    answers = [side.answers for side in sides]
    seconds = time.perf_counter() - begin
    return Run(payments, answers, evolution, table, records_read, duplicates, dict(codes), behind, largest.entries(), seconds)


def _agreed(payments: Iterator[tuple[Record, ValidTransaction]]) -> Iterator[tuple[Record, ValidTransaction, int]]:
    """Yield each payment with the time that it and the next one have both reached: one wrong clock does not move that of the history.

    Examples
    --------
    >>> at = lambda time_ms: (Record("raw", 0, 0, time_ms, None, None), None)
    >>> [agreed_ms for _, _, agreed_ms in _agreed(map(at, (10, 20, 9000, 30)))]
    [10, 20, 30, 30]
    """
    held = next(payments, None)
    if held is None:
        return
    for payment in payments:
        yield *held, min(held[0].timestamp_ms, payment[0].timestamp_ms)
        held = payment
    yield *held, held[0].timestamp_ms


def _difference(valid: ValidTransaction, amount: float, verdict: int, decided: Sequence[Decided], judged: Sequence[Judged]) -> Difference:
    transaction = valid.transaction
    return Difference(
        transaction.transaction_id,
        transaction.customer_id,
        transaction.store_id,
        valid.event_time_ms,
        amount,
        None if verdict == UNLABELLED else verdict > 0,
        tuple(one.answer.outcome.value for one in decided),
        tuple(one.score for one in judged),
        tuple(tuple(hit.id for hit in one.rules if hit.state == "on") for one in judged),
    )
