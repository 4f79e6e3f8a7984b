"""A model that is ten times as slow answers the same and loses nothing; one that would stop the stream is refused before it is live."""

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pytest

from streamflow.contracts.decision import Decision
from streamflow.contracts.errors import BadInputError
from streamflow.control.documents import NO_LISTS, default_rules
from streamflow.engine import Decided, Engine, EngineSettings, MemoryStates
from streamflow.score.control import ControlLog
from streamflow.score.lists import Blocklists
from streamflow.score.model import Model, read_model
from streamflow.score.model.trees import MAX_SPLITS, read_trees
from streamflow.score.ruleset import RuleSet
from streamflow.simulate import Plan, batches
from tests.chaos.slow_models import TIMES, ordinary, slow
from tests.integration.job.campaign import RATE, compare
from tests.integration.job.live_job import LiveJob, disordered_traffic
from tests.integration.job.test_live_rules import decide_until
from tests.unit.factories import record_of
from tests.unit.models import KEYS, write_folder

EVENTS: Final = 6_000


@pytest.fixture(scope="module")
def models() -> tuple[Model, Model]:
    trusted = {KEYS.public}
    return read_model(ordinary(), trusted), read_model(slow(), trusted)


def answers(model: Model) -> list[bytes]:
    """Return what the engine says to disordered traffic with this model, without the model's name."""
    engine = Engine(ControlLog.fixed(RuleSet(default_rules()), Blocklists(NO_LISTS), model), EngineSettings(key_source="payload"))
    states = MemoryStates()
    found: list[bytes] = []
    plan = Plan(events=3_000, customers=100, seed=3, malformed_ratio=0.05, late_ratio=0.05, repeated_ratio=0.05)
    for batch in batches(plan):
        for key, value, timestamp_ms in zip(*batch.records(), batch.timestamps_ms(), strict=True):
            answer = engine.process(record_of(value, key=key, offset=len(found), timestamp_ms=timestamp_ms), states)
            found.append(answer.value if isinstance(answer, Decided) else repr(answer.headers()).encode())
    return [line.replace(model.name.encode(), b"the model") for line in found]


def test_a_model_ten_times_as_slow_decides_every_record_as_the_fast_one_does(models: tuple[Model, Model]) -> None:
    fast, tenfold = models
    assert tenfold.steps == TIMES * fast.steps
    assert answers(fast) == answers(tenfold)


def chain(splits: int) -> dict[str, npt.NDArray[Any]]:
    """Return one tree that asks so many questions in a row."""
    nodes = 2 * splits + 1
    inner = np.arange(nodes) % 2 == 0
    inner[-1] = False
    right = np.where(inner, np.arange(nodes) + 2, -1).astype(np.int32)
    numbers = {"threshold": np.full(nodes, -1.0), "value": np.full(nodes, 0.5), "missing": np.zeros(nodes, np.uint8)}
    return {"tree_begin": np.array([0, nodes], np.int32), "feature": np.where(inner, 0, -1).astype(np.int16), "right": right, **numbers}


def test_trees_that_would_hold_up_the_stream_are_refused() -> None:
    places = np.zeros(1, np.int64)
    assert read_trees(chain(MAX_SPLITS), places, "here").splits == MAX_SPLITS
    with pytest.raises(BadInputError, match=f"the trees take too long: expected at most {MAX_SPLITS} splits"):
        read_trees(chain(MAX_SPLITS + 1), places, "here")


def test_the_longest_ways_of_all_trees_are_counted() -> None:
    three, none = chain(3), chain(0)
    nodes = len(three["feature"])
    both = {name: np.concatenate([three[name], none[name], three[name]]) for name in three}
    both["tree_begin"] = np.array([0, nodes, nodes + 1, 2 * nodes + 1], np.int32)
    both["right"][nodes + 1 :][both["right"][nodes + 1 :] >= 0] += nodes + 1
    assert read_trees(both, np.zeros(1, np.int64), "here").splits == 6


@pytest.mark.stack
@pytest.mark.timeout(900)
def test_a_model_ten_times_as_slow_is_swapped_in_under_load_and_no_decision_is_lost(live_job: LiveJob, tmp_path: Path) -> None:
    folders = [write_folder(tmp_path / name, files) for name, files in (("fast", ordinary()), ("slow", slow()))]
    names = [str(live_job.command("model", "verify", str(folder), "--key", KEYS.public.hex())["name"]) for folder in folders]
    live_job.command("model", "push", str(folders[0]), "--rollback")
    decide_until(live_job, "cust-slow", lambda decision: decision["model_version"] == names[0])
    start = len(live_job.answers())
    with live_job.load(disordered_traffic(EVENTS, seed=77), RATE):
        live_job.await_answered(start + EVENTS // 4)
        live_job.command("model", "push", str(folders[1]), "--rollback")
        decide_until(live_job, "cust-slow", lambda decision: decision["model_version"] == names[1])
    parity = compare(live_job, tmp_path)
    assert (parity.missing, parity.invented, parity.doubled, parity.different) == (0, 0, 0, 0)
    decisions = [Decision.from_json(answer.content[1] or b"") for _, answer in live_job.answers()[start:] if answer.what == "decision"]
    assert {name: sum(decision.answer.model_version == name for decision in decisions) > 0 for name in names} == dict.fromkeys(names, True)
    live_job.command("model", "off")
