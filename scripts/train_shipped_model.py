"""Trains the model that the package ships, on simulated traffic, and signs it with a key whose private half nobody keeps.

`python -m scripts.train_shipped_model [FOLDER]` writes the artefact and `shipped.pub`, the public key. The same code and
libraries give the same model; the key and with it the signature are new each time.
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from streamflow.contracts.catalogue import RAW
from streamflow.contracts.label import Label
from streamflow.contracts.record import Record
from streamflow.control.documents import fixed_control
from streamflow.engine import Engine
from streamflow.ml.folder import write_folder
from streamflow.ml.plan import TrainingPlan
from streamflow.ml.table import collect, replay
from streamflow.ml.train import TrainedModel, train
from streamflow.ml.verdicts import join
from streamflow.score.features import FEATURE_NAMES
from streamflow.score.model import generate_keys
from streamflow.score.risk import RISK_FEATURES
from streamflow.simulate import Event, Plan, traffic
from streamflow.simulate.plan import DAY_MS
from streamflow.simulate.reference import blocklists

FOLDER: Final = Path(__file__).resolve().parents[1] / "src" / "streamflow" / "score" / "model" / "shipped"
PUBLIC_KEY: Final = "shipped.pub"
TRAFFIC: Final = Plan(events=200_000, customers=2_500, days=30, seed=20_260_101, late_ratio=0.005, repeated_ratio=0.005)
"""Another seed than that of any demo, test or benchmark, which would else be judged by a model that has seen their answers."""
_ALL_KNOWN_DAYS: Final = 14


def without_risk() -> tuple[str, ...]:
    """Return the features that need no labels."""
    return tuple(name for name in FEATURE_NAMES if name not in RISK_FEATURES)


def train_shipped(plan: Plan = TRAFFIC) -> TrainedModel:
    """Train on the whole of a simulated history, long enough after it that every label is known.

    The stores' past frauds are left out: the model must serve whoever has no labels yet.
    """
    labels: list[Label] = []
    engine = Engine(fixed_control(lists=blocklists(plan)))
    table = collect(replay(engine, records_of(traffic(plan), labels)))
    until_ms = plan.end_ms + _ALL_KNOWN_DAYS * DAY_MS
    training = TrainingPlan(kind="supervised", until_ms=until_ms, delay_days=_ALL_KNOWN_DAYS, features=without_risk())
    return train(table, join(table, labels), training)


def records_of(events: Iterable[Event], labels: list[Label]) -> Iterator[Record]:
    """Yield the records of a simulated history, and put their labels aside."""
    for offset, event in enumerate(events):
        if event.label is not None and not event.repeat:
            labels.append(msgspec.convert(event.label._asdict(), Label))
        yield Record(RAW.name, 0, offset, event.timestamp_ms, event.key, event.value)


def main(arguments: list[str]) -> int:
    """Train, sign, write, and say what came of it."""
    folder = Path(arguments[0]) if arguments else FOLDER
    trained = train_shipped()
    keys = generate_keys()
    write_folder(trained, folder, keys.private, plots=False)
    (folder / PUBLIC_KEY).write_text(f"{keys.public.hex()}\n", encoding="ascii")
    sys.stdout.write(f"{trained.card.model} in {folder}, average precision {trained.card.metrics['average_precision'].estimate:.3f}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
