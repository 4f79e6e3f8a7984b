"""A run as columns: a few numbers a payment, and nothing of the decisions themselves."""

from array import array
from collections.abc import Iterable
from functools import cached_property
from heapq import heappush, heappushpop
from math import nan
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from streamflow.backtest.truth import HONEST, UNLABELLED
from streamflow.contracts.catalogue import DAY_MS
from streamflow.contracts.errors import BadInputError
from streamflow.ml.evaluate import Booleans, Floats, Integers, Ranking

MAX_RULES: Final = 63


class Hit(msgspec.Struct, gc=False):
    """A rule that fired, as far as a backtest looks at it."""

    id: str
    state: str
    score: float


class Judged(msgspec.Struct, gc=False):
    """The fields of a decision that a backtest looks at."""

    score: float
    rules_score: float | None
    ml_score: float | None
    rules: tuple[Hit, ...]
    model_version: str | None
    duplicate: bool
    canary: bool


decode_judged: Final = msgspec.json.Decoder(Judged).decode
"""Read a decision's JSON as the engine encoded it. Cost: about 1 us."""


class Payments:
    """What is the same in every configuration, one entry a payment that was decided. 30 bytes each."""

    def __init__(self) -> None:
        self.time_ms = array("q")
        self.customer = array("i")
        self.amount = array("d")
        self.verdict = array("h")
        self.customers: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.time_ms)

    def add(self, time_ms: int, customer_id: str, amount: float, verdict: int) -> None:
        """Take in one."""
        self.time_ms.append(time_ms)
        self.customer.append(self.customers.setdefault(customer_id, len(self.customers)))
        self.amount.append(amount)
        self.verdict.append(verdict)


class Answers:
    """What one configuration answered, one entry a payment. 41 bytes each."""

    def __init__(self) -> None:
        self.score = array("d")
        self.rules_sum = array("d")
        self.ml_score = array("d")
        self.outcome = array("b")
        self.fired = array("Q")
        self.rule_states: dict[str, str] = {}
        self.models: dict[str, int] = {}
        self._rule_bits: dict[str, int] = {}

    def add(self, judged: Judged, outcome_code: int) -> None:
        """Take in one."""
        self.score.append(judged.score)
        self.ml_score.append(nan if judged.ml_score is None else judged.ml_score)
        self.outcome.append(outcome_code)
        if judged.model_version is not None:
            self.models[judged.model_version] = self.models.get(judged.model_version, 0) + 1
        if not judged.rules:
            self.rules_sum.append(0.0)
            self.fired.append(0)
            return
        fired, total = 0, 0.0
        for hit in judged.rules:
            fired |= self._rule_bits.get(hit.id) or self._new_rule(hit)
            if hit.state == "on":
                total += hit.score
        self.rules_sum.append(total)
        self.fired.append(fired)

    def _new_rule(self, hit: Hit) -> int:
        if len(self._rule_bits) == MAX_RULES:
            raise BadInputError("there are too many rules", expected=f"at most {MAX_RULES}", got=hit.id)
        self._rule_bits[hit.id] = bit = 1 << len(self._rule_bits)
        self.rule_states[hit.id] = hit.state
        return bit

    def fired_rules(self) -> dict[str, int]:
        """Return each rule that fired at all, by its bit in `fired`, in the order of their ids."""
        return dict(sorted(self._rule_bits.items()))


class Largest:
    """Keeps the entries with the highest amounts.

    Examples
    --------
    >>> largest = Largest(2)
    >>> for amount in (5.0, 9.0, 7.0):
    ...     largest.add(amount, {"amount": amount})
    >>> [entry["amount"] for entry in largest.entries()]
    [9.0, 7.0]
    """

    def __init__(self, most: int) -> None:
        self._most, self._count = most, 0
        self._heap: list[tuple[float, int, Any]] = []

    def add(self, amount: float, entry: Any) -> None:
        """Take in one; of equal amounts the first ones stay."""
        self._count += 1
        if len(self._heap) < self._most:
            heappush(self._heap, (amount, -self._count, entry))
        elif self._most:
            heappushpop(self._heap, (amount, -self._count, entry))

    def entries(self) -> list[Any]:
        """Return them, the highest amount first."""
        return [entry for _, _, entry in sorted(self._heap, reverse=True)]


class Measured:
    """The columns of one configuration as arrays, the payments in the measured period alone.

    Parameters
    ----------
    payments : Payments
        All that were decided.
    answers : Answers
        To the same payments.
    from_ms, until_ms : int, optional
        The period.
    """

    def __init__(self, payments: Payments, answers: Answers, from_ms: int | None = None, until_ms: int | None = None) -> None:
        time_ms = np.frombuffer(payments.time_ms, np.int64) if len(payments) else np.empty(0, np.int64)
        inside = np.ones(len(time_ms), np.bool_)
        if from_ms is not None:
            inside &= time_ms >= from_ms
        if until_ms is not None:
            inside &= time_ms < until_ms

        def column(values: Iterable[Any], kind: npt.DTypeLike) -> npt.NDArray[Any]:
            return np.frombuffer(values, kind)[inside] if len(time_ms) else np.empty(0, kind)  # type: ignore[call-overload]

        self.days: Integers = time_ms[inside] // DAY_MS
        self.customers: Integers = column(payments.customer, np.int32).astype(np.int64)
        self.amounts: Floats = np.nan_to_num(column(payments.amount, np.float64))
        verdict = column(payments.verdict, np.int16)
        self.scenario: Integers = verdict.astype(np.int64)
        self.frauds: Booleans = verdict > HONEST
        self.unlabelled = int((verdict == UNLABELLED).sum())
        self.score: Floats = column(answers.score, np.float64)
        self.rules_sum: Floats = column(answers.rules_sum, np.float64)
        self.ml_score: Floats = column(answers.ml_score, np.float64)
        self.outcome: npt.NDArray[np.int8] = column(answers.outcome, np.int8)
        self.fired: npt.NDArray[np.uint64] = column(answers.fired, np.uint64)
        self.alerts: Booleans = self.outcome > 0

    def __len__(self) -> int:
        return len(self.score)

    @cached_property
    def ranking(self) -> Ranking:
        """The payments by the score that decided."""
        return Ranking(self.score, self.frauds)

    @property
    def day_count(self) -> int:
        """Days on which something was paid, at least 1."""
        return max(1, len(np.unique(self.days)))
