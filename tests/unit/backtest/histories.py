"""A small simulated history with labels, made once a test run, and a backtest of it."""

import io
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import msgspec

from streamflow.backtest.measure import measure
from streamflow.backtest.plan import Configuration, Plan
from streamflow.backtest.results import Report
from streamflow.backtest.run import Run, run
from streamflow.backtest.truth import Truth, read_truth
from streamflow.contracts.control import RulesDocument
from streamflow.contracts.decision import Decision
from streamflow.control.documents import NO_LISTS, default_rules
from streamflow.engine import EngineSettings
from streamflow.offline.inputs import read_lines
from streamflow.score.model import Model
from streamflow.simulate import Plan as Traffic
from streamflow.simulate.files import write_files
from streamflow.simulate.plan import FraudRatios

BEGIN_MS = 1_767_225_600_000
DAY_MS = 86_400_000
DAYS = 20
SETTINGS = EngineSettings(key_source="payload")


class History(NamedTuple):
    """The bytes of a file of transactions and of one of labels."""

    transactions: bytes
    labels: bytes

    def truth(self) -> Truth:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "labels.jsonl"
            path.write_bytes(self.labels)
            return read_truth(path)


@cache
def history() -> History:
    fraud = FraudRatios().scaled(0.06)
    traffic = Traffic(events=6_000, customers=120, days=DAYS, fraud=fraud, late_ratio=0.01, repeated_ratio=0.01, label_delay_days=1)
    with TemporaryDirectory() as folder:
        transactions, labels = Path(folder) / "transactions.jsonl", Path(folder) / "labels.jsonl"
        write_files(traffic, str(transactions), labels)
        return History(transactions.read_bytes(), labels.read_bytes())


def rules(**changes: Any) -> RulesDocument:
    return msgspec.structs.replace(default_rules(), **changes)


def configuration(name: str = "one", model: Model | None = None, **changes: Any) -> Configuration:
    return Configuration.of(name, rules(**changes), NO_LISTS, model)


class Tried(NamedTuple):
    """What a backtest leaves."""

    configuration: Configuration
    run: Run
    report: Report
    decisions: list[bytes]

    def parsed(self) -> list[Decision]:
        return [Decision.from_json(line) for line in self.decisions]


def tried(*configurations: Configuration, transactions: bytes | None = None, truth: Truth | None = None, plan: Plan | None = None) -> Tried:
    """Run a backtest of the history, or of other transactions or labels."""
    chosen = configurations or (configuration(),)
    truth, plan = history().truth() if truth is None else truth, plan or Plan()
    out = io.BytesIO()
    stream = io.BytesIO(history().transactions if transactions is None else transactions)
    done = run(chosen, read_lines(stream), truth, plan, settings=SETTINGS, event_time_is_record_time=True, decisions=out)
    return Tried(chosen[0], done, measure(done, chosen, truth, plan), out.getvalue().splitlines())
