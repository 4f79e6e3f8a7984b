"""From a table of decisions and what became known of them to a model that may be signed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from streamflow.contracts.errors import BadInputError
from streamflow.ml.calibrate import ENOUGH, Platt, evidence_from_log_odds, evidence_from_tail, evidence_of, fit_platt, reliability
from streamflow.ml.card import Card, iso
from streamflow.ml.evaluate import Booleans, Floats, Integers
from streamflow.ml.fitting import Fitted
from streamflow.ml.limits import limits
from streamflow.ml.material import Material
from streamflow.ml.measure import by_amount, by_region, metrics
from streamflow.ml.plan import Split, TrainingPlan, split
from streamflow.ml.table import FeatureTable
from streamflow.ml.thresholds import best_f1_threshold, precision_threshold
from streamflow.ml.verdicts import Labels
from streamflow.score.drift import MODEL_EVIDENCE, RULES_EVIDENCE, Reference, reference_to
from streamflow.score.model import Calibration, Model, read_unsigned_model

GOLDEN_ROWS: Final = 256
EXPLAINED_ROWS: Final = 500

Report = Callable[[str], None]


@dataclass(frozen=True)
class Curves:
    """What the plots of a model show, one number a later payment; None without labels."""

    evidence: Floats
    frauds: Booleans | None
    probability: Floats | None
    rules_score: Floats


@dataclass(frozen=True)
class TrainedModel:
    """A model and what is to be said of it.

    Parameters
    ----------
    files : dict
        The artefact, unsigned: name of file to content.
    card : Card
        What stands in `card.json` and, in words, in `card.md`.
    curves : Curves
        Of the later part.
    """

    files: dict[str, bytes]
    card: Card
    curves: Curves


def train(table: FeatureTable, labels: Labels | None, plan: TrainingPlan, report: Report = lambda _: None) -> TrainedModel:
    """Train a model on what had happened and was known at `plan.until_ms`. Touches no disk; the same arguments give the same bytes.

    The first part of the history teaches a model that the later part calibrates and measures. Where it learns from labels, the model
    that is handed out has then learnt from the whole of it; the calibration stays that of the later part.

    Parameters
    ----------
    labels : Labels or None
        Of the table's rows. The anomaly kind does not learn from them, and is measured by them where they are given.
    report : callable
        Called with each step's name, for people who wait.

    Raises
    ------
    BadInputError
        If the history or the labels are too few, or the model tells nothing apart.
    """
    if plan.wants_labels and labels is None:
        raise BadInputError(
            f"the kind {plan.kind} learns from labels", expected="labels", got="none", fix="--labels FILE or --kind anomaly"
        )
    parts = split(table, plan)
    material = Material.of(table, labels, plan, parts)
    report("learning from the first part")
    fitted = material.fit(parts.first)
    report("calibrating on the later part")
    raw, frauds = fitted.raw(material.rows(parts.later)), material.frauds(parts.later)
    platt, calibration, threshold = _calibrate(raw, frauds, plan)
    learnt = parts.first
    if plan.wants_labels:
        report("learning from the whole history")
        learnt = parts.whole
        fitted = material.fit(learnt)
    report("measuring")
    known = material.known(parts.later)
    curves = Curves(
        evidence_of(calibration, raw[known]),
        None if frauds is None else frauds[known],
        None if platt is None else platt.probability(raw[known]),
        table.rules_score[parts.later[known]],
    )
    golden = material.sample(parts.later, GOLDEN_ROWS)
    draft = read_unsigned_model(material.write(fitted, calibration, learnt, golden))
    # By the model that is handed out, though it has seen these payments: another one would differ from it by more than drift does.
    reference = _reference(material, parts.later, draft.score_rows(table.matrix[parts.later]))
    card = _card(draft, material, curves, parts, learnt, fitted, threshold, reference)
    files = material.write(fitted, calibration, learnt, golden, {"card.json": card.to_json(), "card.md": card.to_markdown()})
    return TrainedModel(files, card, curves)


def _calibrate(raw: Floats, frauds: Booleans | None, plan: TrainingPlan) -> tuple[Platt | None, Calibration, str]:
    """Return the calibration, and how its threshold was chosen."""
    if not plan.wants_labels or frauds is None:
        return None, evidence_from_tail(raw, plan.budget), f"{100 * plan.budget:g} % of the later traffic have enough evidence"
    platt = fit_platt(raw, frauds)
    if plan.precision is None:
        return platt, evidence_from_log_odds(raw, platt, best_f1_threshold(raw, frauds)), "the best F1 on the later part"
    threshold = precision_threshold(raw, frauds, plan.precision)
    if np.isnan(threshold):
        raise BadInputError("no threshold has the wanted precision on later data", expected=f"{plan.precision:g}", fix="--precision, lower")
    return platt, evidence_from_log_odds(raw, platt, threshold), f"a precision of {100 * plan.precision:g} % on the later part"


def _reference(material: Material, rows: Integers, evidence: Floats) -> Reference:
    table = material.table
    columns = {name: table.column(name)[rows] for name in material.names}
    said = {MODEL_EVIDENCE: evidence, RULES_EVIDENCE: table.rules_score[rows]}
    return reference_to(columns | said, table.event_time_ms[rows])


def _card(
    model: Model, material: Material, curves: Curves, parts: Split, learnt: Integers, fitted: Fitted, threshold: str, reference: Reference
) -> Card:
    table, plan, evidence, frauds = material.table, material.plan, curves.evidence, curves.frauds
    measured = parts.later[material.known(parts.later)]
    regions, amounts = (groups(table, measured, evidence, frauds) for groups in (by_region, by_amount))
    found = {} if frauds is None else metrics(table, measured, evidence, frauds, resamples=plan.resamples, seed=plan.seed)
    return Card(
        model=model.name,
        kind=plan.kind,
        feature_set_version=model.manifest.feature_set_version,
        data_sha256=material.sha256(),
        until=iso(plan.until_ms),
        delay_days=plan.delay_days,
        seed=plan.seed,
        threshold=threshold,
        calibration=(model.manifest.evidence.raw, model.manifest.evidence.evidence),
        learnt=material.part(learnt),
        later=material.part(measured),
        features=material.importance(model, material.sample(parts.later, EXPLAINED_ROWS)),
        parameters=fitted.parameters,
        alert_ratio=float(np.mean(evidence >= ENOUGH)) if len(evidence) else 0.0,
        metrics=found,
        calibration_error=None if curves.probability is None or frauds is None else reliability(curves.probability, frauds).expected_error,
        regions=regions,
        amounts=amounts,
        limits=limits(material, parts, regions, amounts),
        reference=reference,
    )
