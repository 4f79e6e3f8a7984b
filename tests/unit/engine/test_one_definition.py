"""Stream, backtest and training call the same function: were there two, the difference of one bit would be seen."""

from typing import Any

import numpy as np
import pytest

from streamflow.score.features import FEATURE_NAMES, observation, profile
from tests.unit.engine.traffic import ANSWERS, RECORDS, answers

RISK_FEATURES_BEGIN = FEATURE_NAMES.index("store_fraud_ratio_1d")


def parity(one: list[bytes], other: list[bytes]) -> bool:
    return one == other


def test_two_runs_of_the_one_definition_agree() -> None:
    assert parity(answers(RECORDS), ANSWERS)


@pytest.mark.parametrize("place", range(RISK_FEATURES_BEGIN), ids=FEATURE_NAMES[:RISK_FEATURES_BEGIN])
def test_one_bit_in_one_feature_of_one_side_breaks_parity(place: int, monkeypatch: pytest.MonkeyPatch) -> None:
    true = profile.advance

    def flipped(memory: Any, row: Any, *rest: Any) -> bool:
        sound = true(memory, row, *rest)
        row[place : place + 1].view(np.uint64)[0] ^= np.uint64(1)
        return sound

    monkeypatch.setattr(observation, "advance", flipped)
    assert not parity(answers(RECORDS), ANSWERS)
