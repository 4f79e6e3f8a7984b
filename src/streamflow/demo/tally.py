"""What the demo has seen so far: counted by id, latencies from produce to visible."""

import threading
import time
from collections import Counter, deque
from typing import Final, NamedTuple

import numpy as np

from streamflow.contracts.decision import Answer, Decision

NEWEST_ALERTS: Final = 8
RATE_WINDOW_SECONDS: Final = 5.0


class Place(NamedTuple):
    """Where a record lies in the raw topic."""

    partition: int
    offset: int


class Alert(NamedTuple):
    """An alert as the view shows it."""

    outcome: str
    customer_id: str
    amount: str
    reason: str
    scenario: str | None


class Accounting(NamedTuple):
    """In = scored + dead: counts by id, and what is missing, doubled or unknown."""

    sent: int
    scored: int
    dead: int
    missing: int
    both: int


class Tally:
    """Counts what was sent and what came back; used by the sending and the reading thread.

    Parameters
    ----------
    frauds : dict
        Scenario of each simulated fraud, by the transaction's id.
    floors : frozenset of str
        Rules that alert whatever the score.
    """

    def __init__(self, frauds: dict[str, str], floors: frozenset[str] = frozenset()) -> None:
        self._floors = floors
        self._lock = threading.Lock()
        self._frauds = frauds
        self._sent_at: dict[Place, float] = {}
        self._visible_at: dict[Place, float] = {}
        self._sent: set[Place] = set()
        self._scored: set[Place] = set()
        self._dead: set[Place] = set()
        self._latencies_ms: list[float] = []
        self._recent: deque[tuple[float, int]] = deque()
        self.outcomes: Counter[str] = Counter()
        self.codes: Counter[str] = Counter()
        self.alerts: deque[Alert] = deque(maxlen=NEWEST_ALERTS)
        self.frauds_seen: Counter[str] = Counter()
        self.frauds_caught: Counter[str] = Counter()
        self.caught_by_rules: Counter[str] = Counter()
        self.honest_alerts = self.honest_alerts_by_rules = 0
        self.models: Counter[str | None] = Counter()
        self.rulesets: Counter[int] = Counter()
        self.hits: Counter[tuple[int, str]] = Counter()
        self.live = False

    def sent(self, place: Place, sent_at: float | None) -> None:
        """Enter a record that the broker has taken; `sent_at` (monotonic seconds) where its latency shall count."""
        with self._lock:
            self._sent.add(place)
            if sent_at is None:
                return
            visible_at = self._visible_at.pop(place, None)
            if visible_at is None:
                self._sent_at[place] = sent_at
            else:
                self._latencies_ms.append((visible_at - sent_at) * 1000)

    def decided(self, decision: Decision) -> bool:
        """Enter a decision; False where its record was decided before (at least once delivery)."""
        now = time.monotonic()
        answer, transaction = decision
        place = Place(answer.source.partition, answer.source.offset)
        with self._lock:
            if place in self._scored:
                return False
            self._scored.add(place)
            self._visible(place, now)
            if not self.live:
                return True
            self.outcomes[answer.outcome.value] += 1
            self.rulesets[answer.ruleset_version] += 1
            for hit in answer.rules:
                self.hits[answer.ruleset_version, hit.id] += 1
            is_alert = answer.outcome.value != "approve"
            scenario = self._frauds.get(transaction.transaction_id)
            if not answer.duplicate:
                self.models[answer.model_version] += 1
                self._compare(scenario, is_alert, self._by_rules_alone(answer))
            if is_alert and not answer.duplicate:
                amount = f"{transaction.currency} {transaction.amount}"
                self.alerts.appendleft(Alert(answer.outcome.value, transaction.customer_id, amount, _strongest_reason(answer), scenario))
            return True

    def _by_rules_alone(self, answer: Answer) -> bool:
        rules_score = answer.rules_score or 0.0
        return rules_score >= answer.thresholds.review or any(hit.state == "on" and hit.id in self._floors for hit in answer.rules)

    def _compare(self, scenario: str | None, is_alert: bool, by_rules: bool) -> None:
        if scenario is None:
            self.honest_alerts += is_alert
            self.honest_alerts_by_rules += by_rules
            return
        self.frauds_seen[scenario] += 1
        self.frauds_caught[scenario] += is_alert
        self.caught_by_rules[scenario] += by_rules

    def refused(self, place: Place, code: str) -> None:
        """Enter a dead letter."""
        with self._lock:
            if place not in self._dead:
                self._dead.add(place)
                self._visible(place, time.monotonic())
                if self.live:
                    self.codes[code] += 1

    def _visible(self, place: Place, now: float) -> None:
        sent_at = self._sent_at.pop(place, None)
        if sent_at is not None:
            self._latencies_ms.append((now - sent_at) * 1000)
        elif self.live:
            self._visible_at[place] = now
        self._recent.append((now, 1))

    def answers_per_second(self) -> float:
        """Return the rate of the last seconds."""
        now = time.monotonic()
        with self._lock:
            while self._recent and self._recent[0][0] < now - RATE_WINDOW_SECONDS:
                self._recent.popleft()
            return len(self._recent) / RATE_WINDOW_SECONDS

    def answered(self) -> int:
        """Return how many records have a decision or a dead letter."""
        with self._lock:
            return len(self._scored) + len(self._dead)

    def latency_ms(self, *percentiles: float) -> list[float]:
        """Return percentiles of the time from produce to visible, of live records; NaN before the first."""
        with self._lock:
            values = np.array(self._latencies_ms or [float("nan")])
        return [float(value) for value in np.percentile(values, percentiles)]

    def accounting(self) -> Accounting:
        """Compare what was sent with what came back, record by record."""
        with self._lock:
            answered = self._scored | self._dead
            missing, both = self._sent - answered, self._scored & self._dead
            return Accounting(len(self._sent), len(self._scored), len(self._dead), len(missing), len(both))


def _strongest_reason(answer: Answer) -> str:
    """Return what the strongest rule found; a floor that raised the outcome stands in front of it, and says less."""
    fired = sum(hit.state == "on" for hit in answer.rules)
    return answer.reasons[-fired] if fired else ""
