"""How far the newest payments are from those that the deciding model was made on."""

from datetime import datetime
from typing import Final

import msgspec

from streamflow.contracts.errors import NotReadyError
from streamflow.control.model_versions import manifest_of
from streamflow.control.snapshot import read_control
from streamflow.kafka.client import ClientConfig
from streamflow.score.drift import Reference, reference_in, stability
from streamflow.score.model import unbundle
from streamflow.store.drift import newest_payments

CARD: Final = "card.json"
TIMEOUT_SECONDS: Final = 20


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """How far a number is from where it was.

    Parameters
    ----------
    name : str
        A feature, `ml_score` or `rules_score`.
    index : float
        The population stability index.
    settled : bool
        Whether it stood still when the model was made; if not, that it moves says nothing.
    """

    name: str
    index: float
    settled: bool


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """What moved.

    Parameters
    ----------
    model : str
        The one that decides.
    reference_payments, reference_days
        What it was measured on when it was made.
    payments, share, days
        The sample that is held against it, which share of all that came it is, and over how long.
    numbers : list of Moved
        The largest index first.
    """

    model: str
    reference_payments: int
    reference_days: float
    payments: int
    share: float
    days: float
    numbers: list[Moved]


def measure(config: ClientConfig, dsn: str, since: datetime) -> Drift:
    """Hold the payments since then against the reference of the model that decides. Cost: one sample, and a sort for each number.

    Raises
    ------
    NotReadyError
        Broker or PostgreSQL do not answer, no model decides, it has no reference, or nothing came since then.
    """
    name, reference = _deciding(config)
    sample = newest_payments(dsn, since, name, TIMEOUT_SECONDS)
    if not sample.payments:
        raise NotReadyError("there is nothing to hold against the model", expected=f"decisions since {since.isoformat()}", got="none")
    # A number that no payment of the sample has anything to say of is not compared: a model that has just begun to decide.
    columns = {number: values for number, values in sample.columns.items() if len(values)}
    return Drift(
        model=name,
        reference_payments=reference.payments,
        reference_days=reference.days,
        payments=sample.payments,
        share=sample.share,
        days=round(sample.days, 3),
        numbers=[
            Moved(name=number, index=round(index, 6), settled=reference.is_settled(number))
            for number, index in stability(reference, columns).items()
        ],
    )


def _deciding(config: ClientConfig) -> tuple[str, Reference]:
    # Nothing is decided by what is read here, so that nobody's key is asked for.
    snapshot = read_control(config)
    number = snapshot.current.generation.model if snapshot.current else None
    if number is None:
        raise NotReadyError("no model decides", expected="a model that decides", fix="streamflow model push")
    packed = snapshot.bundle(number)
    manifest = manifest_of(packed)
    reference = reference_in(unbundle(packed).get(CARD, b"")) if manifest is not None else None
    if manifest is None or reference is None:
        raise NotReadyError(
            "the card of the model that decides does not say what its payments were like",
            expected="a reference in card.json, as streamflow train writes it",
            got=manifest.name if manifest is not None else f"model {number}",
            fix="train it anew",
        )
    return manifest.name, reference
