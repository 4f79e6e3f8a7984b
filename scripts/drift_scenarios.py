"""Say what `streamflow drift` says when payments change, and when they do not.

`python -m scripts.drift_scenarios` trains a model on six weeks of simulated payments, lets two more follow, as they were or changed, and
holds each day's last week against the model's reference. It writes `benchmarks/results/drift.json`, of which `make docs` makes a table.
"""

import json
import random
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from benchmarks import results
from benchmarks.machine import calibrate
from scripts.train_shipped_model import records_of, without_risk
from streamflow.contracts.label import Label
from streamflow.control.documents import fixed_control
from streamflow.engine import Engine
from streamflow.ml.plan import TrainingPlan
from streamflow.ml.table import DAY_MS, FeatureTable, collect, replay
from streamflow.ml.train import train
from streamflow.ml.verdicts import join
from streamflow.score.drift import LARGE, MODEL_EVIDENCE, RULES_EVIDENCE, Numbers, Reference, reference_in, stability
from streamflow.score.features import FEATURE_NAMES
from streamflow.score.model import Model, read_unsigned_model
from streamflow.simulate import Event, Plan, traffic

NAME: Final = "drift"
HISTORY_DAYS: Final = 42
PLAN: Final = Plan(events=150_000, customers=1_500, days=56, seed=9)
_LABEL_DAYS: Final = 7
_WINDOW_DAYS: Final = 7

Payment = dict[str, Any]
Change = Callable[[Payment, random.Random], Payment | None]


class Scenario(NamedTuple):
    """What happens to payments: before the model is made too, or only after; None leaves one out."""

    name: str
    change: Change
    always: bool = False


class Day(NamedTuple):
    """What is said at the end of a day, counted from the model's making: all indices of settled numbers."""

    day: int
    indices: dict[str, float]

    @property
    def features(self) -> dict[str, float]:
        """Those of features."""
        return {name: index for name, index in self.indices.items() if name not in (MODEL_EVIDENCE, RULES_EVIDENCE)}

    @property
    def evidence(self) -> dict[str, float]:
        """Those of what model and rules say."""
        return {name: index for name, index in self.indices.items() if name in (MODEL_EVIDENCE, RULES_EVIDENCE)}


def _as_they_were(payment: Payment, _: random.Random) -> Payment:
    return payment


def _weekend(payment: Payment, chance: random.Random) -> Payment | None:
    if datetime.fromisoformat(payment["timestamp"]).weekday() < 5:
        return payment
    return None if chance.random() < 0.6 else payment | {"amount": f"{float(payment['amount']) * 1.5:.2f}"}


def _doubled(payment: Payment, _: random.Random) -> Payment:
    return payment | {"amount": f"{float(payment['amount']) * 2:.2f}"}


def _chain(payment: Payment, chance: random.Random) -> Payment:
    return payment | {"store_id": f"chain-{chance.randrange(40)}"} if chance.random() < 0.3 else payment


def _local_time(payment: Payment, _: random.Random) -> Payment:
    moved = datetime.fromisoformat(payment["timestamp"]) - timedelta(hours=3)
    return payment | {"timestamp": moved.isoformat().replace("+00:00", "Z")}


def _without_place(payment: Payment, _: random.Random) -> Payment:
    return {name: value for name, value in payment.items() if name not in ("latitude", "longitude")}


SCENARIOS: Final = (
    Scenario("nothing changes", _as_they_were),
    Scenario("on weekends 60 % fewer payments, half as much again each, as ever", _weekend, always=True),
    Scenario("prices double", _doubled),
    Scenario("a new chain of 40 stores takes 30 %", _chain),
    Scenario("shops send local time (UTC-3) as UTC", _local_time),
    Scenario("shops no longer send the place", _without_place),
)


def days_of(scenario: Scenario, plan: Plan = PLAN, *, window_days: int = _WINDOW_DAYS) -> list[Day]:
    """Return what is said at the end of each day after the model was made, of the payments of so many days before."""
    labels: list[Label] = []
    table = collect(replay(Engine(fixed_control()), records_of(_events(scenario, plan), labels)))
    made_ms = plan.start_ms + HISTORY_DAYS * DAY_MS
    model, reference = _trained(table, labels, made_ms)
    evidence = model.score_rows(table.matrix)
    found = []
    for day in range(1, int(plan.days) - HISTORY_DAYS + 1):
        end_ms = made_ms + day * DAY_MS
        rows = table.between(end_ms - window_days * DAY_MS, end_ms)
        columns: dict[str, Numbers] = {name: table.column(name)[rows] for name in FEATURE_NAMES}
        said = stability(reference, columns | {MODEL_EVIDENCE: evidence[rows], RULES_EVIDENCE: table.rules_score[rows]})
        found.append(Day(day, {name: round(index, 3) for name, index in said.items() if reference.is_settled(name)}))
    return found


def alerted_on(days: list[Day], *, evidence: bool) -> int | None:
    """Return the first day at whose end the alert on features, or on evidence, has a reason; None: there is none."""
    return next((day.day for day in days if max((day.evidence if evidence else day.features).values()) >= LARGE), None)


def _events(scenario: Scenario, plan: Plan) -> Iterator[Event]:
    chance = random.Random(plan.seed)  # noqa: S311 - made-up payments
    made_ms = plan.start_ms + HISTORY_DAYS * DAY_MS
    for event in traffic(plan):
        if event.value is None or not (scenario.always or event.timestamp_ms >= made_ms):
            yield event
        elif (payment := scenario.change(json.loads(event.value), chance)) is not None:
            yield event._replace(value=json.dumps(payment).encode())


def _trained(table: FeatureTable, labels: list[Label], made_ms: int) -> tuple[Model, Reference]:
    until = TrainingPlan(kind="supervised", until_ms=made_ms, delay_days=_LABEL_DAYS, features=without_risk())
    trained = train(table, join(table, labels), until)
    reference = reference_in(trained.files["card.json"])
    assert reference is not None  # noqa: S101 - training wrote it
    return read_unsigned_model(trained.files), reference


def main() -> int:
    """Measure all scenarios and write the result."""
    rows = []
    for scenario in SCENARIOS:
        days = days_of(scenario)
        week = days[_WINDOW_DAYS - 1]
        row = {
            "scenario": scenario.name,
            "features_alert_day": alerted_on(days, evidence=False),
            "evidence_alert_day": alerted_on(days, evidence=True),
            "after_a_week": dict(list(week.features.items())[:3]),
            "evidence_after_a_week": week.evidence,
            "greatest": max(max(day.indices.values()) for day in days),
            "greatest_of_single_days": max(max(day.indices.values()) for day in days_of(scenario, window_days=1)),
        }
        rows.append(row)
        sys.stdout.write(f"{json.dumps(row)}\n")
    parameters = {"events": PLAN.events, "customers": PLAN.customers, "days": PLAN.days, "history_days": HISTORY_DAYS}
    path = results.write(results.make(NAME, calibrate(), parameters, {"scenarios": rows}))
    sys.stdout.write(f"wrote {path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
