"""What a training works with: rows of a table, the features that the model may look at, and what is known of each row."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from streamflow.contracts.errors import BadInputError
from streamflow.ml.card import Part, iso
from streamflow.ml.evaluate import Booleans, Floats, Integers
from streamflow.ml.fitting import Fitted, fit
from streamflow.ml.plan import Split, TrainingPlan
from streamflow.ml.table import FeatureTable
from streamflow.ml.verdicts import FRAUD, UNKNOWN, Labels, Verdicts
from streamflow.score.features import FEATURE_NAMES
from streamflow.score.model import Calibration, Model, write_model

LEAST_FRAUDS: Final = 20


@dataclass(frozen=True)
class Material:
    """A table as one training sees it.

    Parameters
    ----------
    table, labels, plan
        As given.
    verdicts : array or None
        What is known of each row at the training's time; None without labels.
    names : tuple of str
        The features: those of the plan of which the first part knows two different values at least.
    """

    table: FeatureTable
    labels: Labels | None
    plan: TrainingPlan
    verdicts: Verdicts | None
    names: tuple[str, ...]

    @classmethod
    def of(cls, table: FeatureTable, labels: Labels | None, plan: TrainingPlan, parts: Split) -> "Material":
        """Gather it.

        Raises
        ------
        BadInputError
            If no feature tells payments apart, or too few frauds are known to learn from or to measure by.
        """
        verdicts = None if labels is None else labels.known(table, plan.until_ms, plan.delay_days)
        names = tuple(name for name in plan.candidates() if _varies(table.column(name)[parts.first]))
        if not names:
            raise BadInputError("no feature tells the payments apart", got=f"{len(parts.first)} payments", fix="give more history")
        if plan.wants_labels and verdicts is not None:
            for part, rows in (("first", parts.first), ("later", parts.later)):
                frauds = int((verdicts[rows] == FRAUD).sum())
                if frauds < LEAST_FRAUDS or frauds == len(rows):
                    raise BadInputError(
                        f"too few frauds are known in the {part} part of the history",
                        expected=f"at least {LEAST_FRAUDS}, and honest payments",
                        got=f"{frauds} of {len(rows)} payments from {iso(int(table.event_time_ms[rows].min()))}"
                        if len(rows)
                        else "nothing",
                        fix="more labels, or --kind anomaly",
                    )
        return cls(table, labels, plan, verdicts, names)

    @property
    def columns(self) -> list[int]:
        """Places of the features in the table's matrix."""
        return [FEATURE_NAMES.index(name) for name in self.names]

    def rows(self, rows: Integers) -> Floats:
        """Return rows of the model's own features."""
        return self.table.matrix[rows][:, self.columns]

    def frauds(self, rows: Integers) -> Booleans | None:
        """Return which rows are known as frauds; None without labels."""
        return None if self.verdicts is None else self.verdicts[rows] == FRAUD

    def known(self, rows: Integers) -> Booleans:
        """Return which rows something is known of; without labels all of them, since there is nothing to measure by."""
        return np.ones(len(rows), np.bool_) if self.verdicts is None else self.verdicts[rows] != UNKNOWN

    def fit(self, rows: Integers) -> Fitted:
        """Fit a model of the plan's kind to rows."""
        return fit(self.rows(rows), self.frauds(rows) if self.plan.wants_labels else None, self.plan, self.names)

    def sample(self, rows: Integers, size: int) -> Integers:
        """Draw rows, each at most once, in order."""
        rng = np.random.default_rng(self.plan.seed)
        return np.sort(rng.choice(rows, min(size, len(rows)), replace=False))

    def write(
        self, fitted: Fitted, calibration: Calibration, learnt: Integers, golden: Integers, cards: Mapping[str, bytes] | None = None
    ) -> dict[str, bytes]:
        """Return the artefact of a fitted model; the golden vectors are rows of the table, with the training library's scores."""
        rows = self.rows(golden)
        return write_model(
            self.plan.kind,
            fitted.arrays,
            calibration,
            features=self.names,
            trained_until_ms=int(self.table.event_time_ms[learnt].max()),
            golden_rows=rows,
            golden_raw=fitted.raw(rows),
            cards=cards,
        )

    def importance(self, model: Model, rows: Integers) -> dict[str, float]:
        """Return each feature's mean absolute contribution to the raw score of rows, the largest first."""
        sums = dict.fromkeys(self.names, 0.0)
        for row in self.table.matrix[rows]:
            for name, share in model.contributions(row):
                sums[name] += abs(share)
        ranked = sorted(sums.items(), key=lambda item: -item[1])
        return {name: round(total / len(rows), 6) for name, total in ranked}

    def part(self, rows: Integers) -> Part:
        """Say what some rows are, for the card."""
        times_ms, frauds = self.table.event_time_ms[rows], self.frauds(rows)
        return Part(
            first=iso(int(times_ms.min())) if len(rows) else "",
            last=iso(int(times_ms.max())) if len(rows) else "",
            payments=len(rows),
            customers=len(np.unique(self.table.customers[rows])),
            stores=len(np.unique(self.table.stores[rows])),
            frauds=None if frauds is None else int(frauds.sum()),
        )

    def sha256(self) -> str:
        """Return the hash of everything before the training's time: ids, times, features, and what is known."""
        table = self.table
        before = np.flatnonzero(table.event_time_ms < self.plan.until_ms)
        whole = len(before) == len(table)
        digest = hashlib.sha256("\n".join(FEATURE_NAMES).encode())
        digest.update("\n".join(table.transaction_ids[row] for row in before.tolist()).encode())
        for column in (table.event_time_ms, table.matrix, *(() if self.verdicts is None else (self.verdicts,))):
            digest.update(np.ascontiguousarray(column if whole else column[before]).data)
        return digest.hexdigest()


def _varies(column: Floats) -> bool:
    known = column[~np.isnan(column)]
    return bool(len(known)) and bool((known != known[0]).any())
