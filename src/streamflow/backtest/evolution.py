"""What changes while a history goes by: risk snapshots from labels, and models that are trained on what was known."""

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import msgspec

from streamflow.backtest.plan import Configuration, Plan, Retraining
from streamflow.contracts.catalogue import DAY_MS
from streamflow.contracts.control import ACTIVATION_DELAY_MS
from streamflow.contracts.errors import BadInputError
from streamflow.contracts.label import Label
from streamflow.labels.risk import RiskBuilder
from streamflow.ml.table import TableBuilder
from streamflow.score.control import Controls
from streamflow.score.model import Model
from streamflow.score.risk import RiskSnapshot

KEPT_GENERATIONS: Final = 8
NEVER_MS: Final = 2**62


@contextmanager
def _no_collections() -> Iterator[None]:
    """Keep the garbage collector away: a snapshot is ten thousand small tuples and no garbage, and half its cost would be the search."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class Training(msgspec.Struct, frozen=True):
    """One training on the way: the model that came of it, or why there is none and the one before stayed.

    Parameters
    ----------
    at_ms : int
        When; nothing that happened or became known later was looked at.
    model : str or None
        Its name.
    refusal : str or None
        Why there is none.
    learnt, frauds : int
        Payments that it learnt from, and the frauds that were known among them.
    seconds : float
        How long it took.
    """

    at_ms: int
    model: str | None
    refusal: str | None
    learnt: int
    frauds: int
    seconds: float


class Evolution:
    """Adds generations to the configurations' control logs as time goes by.

    At each moment that is due, a generation is made of what was known by then, and is active a second later, as on the stream. Of
    moments that no payment falls between, only the last one is made.

    Parameters
    ----------
    configurations : sequence of Configuration
        Whose control logs grow.
    labels : sequence of Label
        In the order in which they became known (`Truth.labels`).
    plan : Plan
        What is due when.
    table : TableBuilder, optional
        What trainings learn from; the caller puts the decisions into it.
    say : callable
        Told what takes long.
    """

    def __init__(
        self,
        configurations: Sequence[Configuration],
        labels: Sequence[Label],
        plan: Plan,
        table: TableBuilder | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.trainings: list[Training] = []
        self.snapshots = 0
        self._configurations = [one for one in configurations if one.control.newest is not None]
        self._controls = [one.control.newest for one in self._configurations]
        self._labels, self._taken = labels, 0
        self._risk: RiskSnapshot | None = None
        self._builder = RiskBuilder()
        self._risk_every_ms = round(plan.risk_every_days * DAY_MS) if labels else 0
        self._retraining, self._table, self._say = plan.retraining, table, say
        self._origin_ms: int | None = None
        self._risk_ms = self._train_ms = NEVER_MS
        self.next_ms = -NEVER_MS if self._risk_every_ms or plan.retraining is not None else NEVER_MS
        """`advance` has something to do when the clock reaches this."""

    def advance(self, clock_ms: int) -> None:
        """Make what is due at a time."""
        if self._origin_ms is None:
            self._begin(clock_ms)
        due: dict[int, list[Callable[[int], None]]] = {}
        if clock_ms >= self._train_ms and self._retraining is not None:
            every_ms = round(self._retraining.every_days * DAY_MS)
            moment_ms = self._train_ms + (clock_ms - self._train_ms) // every_ms * every_ms
            due.setdefault(moment_ms, []).append(self._train)
            self._train_ms = moment_ms + every_ms
        if clock_ms >= self._risk_ms:
            moment_ms = self._risk_ms + (clock_ms - self._risk_ms) // self._risk_every_ms * self._risk_every_ms
            due.setdefault(moment_ms, []).append(self._build_risk)
            self._risk_ms = moment_ms + self._risk_every_ms
        for moment_ms in sorted(due):
            for make in due[moment_ms]:
                make(moment_ms)
            self._activate(moment_ms)
        self.next_ms = min(self._risk_ms, self._train_ms)

    def _begin(self, clock_ms: int) -> None:
        self._origin_ms = clock_ms // DAY_MS * DAY_MS
        if self._risk_every_ms:
            self._risk_ms = self._origin_ms
        if self._retraining is not None:
            first_days = self._retraining.first_after_days
            self._train_ms = self._origin_ms + round((self._retraining.every_days if first_days is None else first_days) * DAY_MS)

    def _build_risk(self, moment_ms: int) -> None:
        while self._taken < len(self._labels) and self._labels[self._taken].known_at_ms <= moment_ms:
            self._builder.add(self._labels[self._taken])
            self._taken += 1
        self.snapshots += 1
        with _no_collections():
            self._risk = RiskSnapshot(self._builder.document(moment_ms, self.snapshots))

    def _train(self, moment_ms: int) -> None:
        assert self._retraining is not None  # noqa: S101 - advance has looked
        assert self._table is not None  # noqa: S101 - whoever plans a retraining gives one
        self._say(f"training on {len(self._table):,} payments".replace(",", " "))
        begin = time.perf_counter()
        try:
            model, learnt, frauds = train_model(self._table, self._labels, self._retraining, moment_ms)
        except BadInputError as refusal:
            words = f"{refusal.message}: {refusal.got}" if refusal.got else refusal.message
            self.trainings.append(Training(moment_ms, None, words, 0, 0, time.perf_counter() - begin))
            return
        self.trainings.append(Training(moment_ms, model.name, None, learnt, frauds, time.perf_counter() - begin))
        for place, configuration in enumerate(self._configurations):
            if configuration.retrained:
                self._controls[place] = self._controls_of(place)._replace(model=model, model_absence=None)
        if len([one for one in self.trainings if one.model]) == self._retraining.most:
            self._train_ms = NEVER_MS

    def _activate(self, moment_ms: int) -> None:
        for place, configuration in enumerate(self._configurations):
            controls = self._controls_of(place)._replace(active_from_ms=moment_ms + ACTIVATION_DELAY_MS, risk=self._risk)
            configuration.control.extend(controls, kept=KEPT_GENERATIONS)

    def _controls_of(self, place: int) -> Controls:
        controls = self._controls[place]
        assert controls is not None  # noqa: S101 - configurations without one are left out
        return controls


def train_model(table: TableBuilder, labels: Sequence[Label], retraining: Retraining, moment_ms: int) -> tuple[Model, int, int]:
    """Train a model on what had happened and was known at a moment; return how many payments and known frauds it learnt from.

    Raises
    ------
    BadInputError
        If too little was known.
    """
    # Training libraries are slow to import, and most backtests train nothing.
    from bisect import bisect_right

    from streamflow.ml.plan import TrainingPlan
    from streamflow.ml.train import train
    from streamflow.ml.verdicts import join
    from streamflow.score.model import read_unsigned_model

    payments = table.table()
    known = labels[: bisect_right(labels, moment_ms, key=lambda label: label.known_at_ms)]
    plan = TrainingPlan(kind=retraining.kind, until_ms=moment_ms, delay_days=retraining.delay_days, budget=retraining.budget, resamples=0)
    trained = train(payments, join(payments, known) if plan.wants_labels else None, plan)
    return read_unsigned_model(trained.files), trained.card.learnt.payments, trained.card.learnt.frauds or 0
