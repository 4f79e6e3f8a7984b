"""What each feature contributed to a model's evidence: for any decision, from the features that stand in it."""

import math

import msgspec
import numpy as np

from streamflow.contracts.decision import Answer
from streamflow.contracts.errors import BadInputError
from streamflow.score.features import FEATURE_NAMES, FEATURE_SET_VERSION
from streamflow.score.model import Model, ModelOutputError


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """What one feature contributed.

    Parameters
    ----------
    feature : str
        Its name.
    value : float or None
        Its value; null where the customer's history said nothing.
    share : float
        What it added to the model's output.
    factor : float
        By what that multiplied the odds of fraud, or an Isolation Forest's score.
    words : str
        The same for a person.
    """

    feature: str
    value: float | None
    share: float
    factor: float
    words: str


class Contributions(msgspec.Struct, frozen=True, kw_only=True):
    """How a model came to its evidence on one decision: `baseline` and all shares add up to `output`.

    Parameters
    ----------
    model : str
        The model's name.
    evidence : float
        What it gives for the decision's features; the same as the decision says.
    output : float
        Log-odds of fraud, or the log2 of an Isolation Forest's score.
    baseline : float
        Its output before it knows anything of a payment.
    shares : tuple of Share
        One a feature, from what raised the risk most to what lowered it most.
    """

    model: str
    evidence: float
    output: float
    baseline: float
    shares: tuple[Share, ...]


def evidence_by_model(answer: Answer) -> dict[str, float | None]:
    """Return what the models said that took part in a decision, the deciding one and a shadow, by their names."""
    named = ((answer.model_version, answer.ml_score), (answer.shadow_model_version, answer.shadow_ml_score))
    return {name: evidence for name, evidence in named if name is not None}


def contributions(answer: Answer, model: Model) -> Contributions:
    """Compute again how a model came to its evidence, whatever the outcome was. Cost: about 100 us.

    Raises
    ------
    BadInputError
        If the model took no part in the decision, the decision holds no features that it could be asked about, or it says something
        else of them than the decision does.
    """
    evidences = evidence_by_model(answer)
    if model.name not in evidences:
        expected = " or ".join(evidences) or f"none: {answer.model_absence or 'a repeat, whose answer was remembered'}"
        raise BadInputError("the model took no part in the decision", expected=expected, got=model.name, where=answer.decision_id)
    if answer.feature_set_version != FEATURE_SET_VERSION or len(answer.features) != len(FEATURE_NAMES):
        expected = f"{len(FEATURE_NAMES)} features of set {FEATURE_SET_VERSION}"
        got = f"{len(answer.features)} of set {answer.feature_set_version}"
        raise BadInputError("the decision's features are not the model's", expected=expected, got=got, where=answer.decision_id)
    row = np.array([math.nan if value is None else value for value in answer.features])
    try:
        evidence = model.evidence(row)
    except ModelOutputError as failure:
        raise BadInputError(str(failure), where=answer.decision_id) from failure
    if evidence != evidences[model.name]:
        expected, got = f"evidence {evidences[model.name]}", str(evidence)
        raise BadInputError(
            "decision and model do not agree: one of them was changed", expected=expected, got=got, where=answer.decision_id
        )
    found = model.contributions(row)
    values = dict(zip(FEATURE_NAMES, answer.features, strict=True))
    shares = tuple(
        Share(
            feature=part.feature,
            value=values[part.feature],
            share=part.share,
            factor=model.factor(part),
            words=model.in_words(row, part),
        )
        for part in found
    )
    output = math.fsum((model.baseline, *(part.share for part in found)))
    return Contributions(model=model.name, evidence=evidence, output=output, baseline=model.baseline, shares=shares)
