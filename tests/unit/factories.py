"""Payments, records and customers for tests, each as ordinary as can be unless a test says otherwise."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from streamflow.contracts.control import ListsDocument, RulesDocument
from streamflow.contracts.decision import Decision
from streamflow.contracts.record import Record
from streamflow.control.documents import NO_LISTS, default_rules, fixed_control
from streamflow.engine import Decided, Engine, EngineSettings, MemoryStates
from streamflow.route import DeadLetter
from streamflow.score.control import ControlLog
from streamflow.validate import Validator, ValidTransaction
from tests.unit.memory import Memory

TEN_O_CLOCK_MS: Final = 1_795_428_000_000
"""2026-11-23 10:00:00 UTC."""

SECOND_MS: Final = 1_000
MINUTE_MS: Final = 60_000
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 86_400_000

SAO_PAULO: Final = (-23.5505, -46.6333)
RECIFE: Final = (-8.0476, -34.8770)

Fields = dict[str, Any]
"""Fields of a payment, as keyword arguments."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RULES = default_rules()
_CONTROL = fixed_control(_RULES)


def iso(time_ms: int) -> str:
    """Write a time as most shops do: UTC, milliseconds, Z."""
    moment = _EPOCH + timedelta(milliseconds=time_ms)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time_ms % 1000:03d}Z"


def payment(**changes: Any) -> Fields:
    """Return a valid transaction as a shop's program holds it; a change to None leaves the field out."""
    fields = {
        "schema_version": 1,
        "transaction_id": "txn-1",
        "customer_id": "cust-1",
        "store_id": "store-1",
        "amount": "100.00",
        "currency": "BRL",
        "timestamp": iso(TEN_O_CLOCK_MS),
    }
    return {name: value for name, value in (fields | changes).items() if value is not None}


def record_of(value: bytes | None, *, key: bytes | None = b"cust-1", offset: int = 0, timestamp_ms: int = TEN_O_CLOCK_MS) -> Record:
    return Record("transactions.raw", 0, offset, timestamp_ms, key, value)


def record(*, offset: int = 0, arrived_ms: int = TEN_O_CLOCK_MS, **changes: Any) -> Record:
    """Return the record of a payment under its customer's key."""
    fields = payment(**changes)
    return record_of(msgspec.json.encode(fields), key=str(fields["customer_id"]).encode(), offset=offset, timestamp_ms=arrived_ms)


def valid(**changes: Any) -> ValidTransaction:
    answer = Validator().validate(record(arrived_ms=2**50, **changes))
    assert isinstance(answer, ValidTransaction), answer
    return answer


def rules_with(rule_id: str, **changes: Any) -> RulesDocument:
    """Return the package's rules with changes to one of them."""
    rules = tuple(msgspec.structs.replace(rule, **changes) if rule.id == rule_id else rule for rule in _RULES.rules)
    return msgspec.structs.replace(_RULES, rules=rules)


class Shop:
    """Sends payments to an engine, one record after the other, and reads what comes back.

    Each payment has an id of its own and arrives when it happens, unless the test says otherwise.
    """

    def __init__(
        self,
        rules: RulesDocument | None = None,
        lists: ListsDocument = NO_LISTS,
        *,
        control: ControlLog | None = None,
        settings: EngineSettings | None = None,
    ) -> None:
        if control is None:
            control = _CONTROL if rules is None and lists is NO_LISTS else fixed_control(rules or _RULES, lists)
        self.engine = Engine(control, settings)
        self.states = MemoryStates()
        self.records: list[Record] = []

    def send(self, raw: Record) -> Decided | DeadLetter:
        """Process a record as it is."""
        self.records.append(raw)
        return self.engine.process(raw, self.states)

    def process(self, at_ms: int = TEN_O_CLOCK_MS, *, arrived_ms: int | None = None, **changes: Any) -> Decided | DeadLetter:
        """Process a payment."""
        offset = len(self.records)
        fields = {"transaction_id": f"txn-{offset}", "timestamp": iso(at_ms)} | changes
        return self.send(record(offset=offset, arrived_ms=at_ms if arrived_ms is None else arrived_ms, **fields))

    def pay(self, at_ms: int = TEN_O_CLOCK_MS, **changes: Any) -> Decision:
        """Process a payment that must be decided."""
        answer = self.process(at_ms, **changes)
        assert isinstance(answer, Decided), answer
        return Decision.from_json(answer.value)

    def pay_daily(self, days: int, *, until_ms: int = TEN_O_CLOCK_MS, **changes: Any) -> None:
        """Give the customer a history: one ordinary payment a day at the same hour, the last one a day before `until_ms`."""
        for day in range(days, 0, -1):
            self.pay(until_ms - day * DAY_MS, **changes)

    def state(self, customer_id: str = "cust-1") -> Memory:
        """Return what the customer's stored state holds."""
        return Memory.from_bytes(self.states[customer_id])


def fired(decision: Decision) -> list[str]:
    """Return the ids of the rules that fired, on or in shadow."""
    return [hit.id for hit in decision.answer.rules]


def place(where: tuple[float, float]) -> Fields:
    return {"latitude": where[0], "longitude": where[1]}
