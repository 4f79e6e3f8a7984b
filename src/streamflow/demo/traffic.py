"""What the demo plays: a month of history and a day that passes in a minute."""

import time
from dataclasses import replace
from typing import Final

from streamflow.simulate import Batch, Event, FraudRatios, Plan, batches
from streamflow.simulate.plan import SCENARIOS

DAYS_OF_HISTORY: Final = 30
DAYS_LIVE: Final = 1
FRAUD_RATIO: Final = 0.03
MOST_SEEDS: Final = 50
DAY_MS: Final = 86_400_000


class DemoTraffic:
    """Labelled traffic that ends now: a month for the customers' memory, and the last day, played live.

    Parameters
    ----------
    events, customers : int
        Of the month and the day together.
    now_ms : int, optional
        When the traffic ends, milliseconds since the epoch; by default the clock's time.
    """

    def __init__(self, events: int = 62_000, customers: int = 2_000, now_ms: int | None = None) -> None:
        end_ms = int(time.time() * 1000) if now_ms is None else now_ms
        self.plan = Plan(
            events=events,
            customers=customers,
            days=DAYS_OF_HISTORY + DAYS_LIVE,
            start_ms=end_ms - (DAYS_OF_HISTORY + DAYS_LIVE) * DAY_MS,
            fraud=FraudRatios().scaled(FRAUD_RATIO),
            malformed_ratio=0.01,
            late_ratio=0.005,
            repeated_ratio=0.005,
        )
        self._live_from_ms = end_ms - DAYS_LIVE * DAY_MS
        self.frauds: dict[str, str] = {}
        self.live: list[Event] = []

    def draw(self) -> list[Batch]:
        """Return the month; `live` and `frauds` hold the day afterwards.

        The seed is the first whose last day has frauds of every kind: bursts are few, and a day without one would not show it.
        Cost: about 0.3 s a seed.
        """
        history: list[Batch] = []
        for seed in range(MOST_SEEDS):
            self.plan = replace(self.plan, seed=seed)
            history = self._draw()
            if set(self.frauds.values()) >= set(SCENARIOS[1:]):
                break
        return history

    def _draw(self) -> list[Batch]:
        self.frauds, self.live = {}, []
        history = []
        for batch in batches(self.plan):
            before, after = batch.split(self._live_from_ms)
            for event in after.events():
                self.live.append(event)
                if event.label is not None and event.label.scenario is not None:
                    self.frauds[event.label.transaction_id] = event.label.scenario
            if len(before):
                history.append(before)
        return history
