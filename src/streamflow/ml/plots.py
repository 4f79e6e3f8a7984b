"""A model's plots, as SVG: how it ranks, what it says, whether its probabilities hold, and what it looks at."""

import io
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from streamflow.ml.calibrate import ALONE, CAP, ENOUGH
from streamflow.ml.evaluate import Booleans, Floats, Ranking
from streamflow.ml.train import TrainedModel

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE: Final = (6.4, 4.2)
_MODEL, _RULES, _FRAUD, _QUIET = "#1f5fa8", "#8a8f98", "#c0392b", "#d9dde3"
_STYLE: Final[Any] = {
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titlesize": "medium",
    "font.size": 10,
    "legend.frameon": False,
    "svg.hashsalt": "streamflow",  # else the ids in a picture are drawn anew each time
}
_BINS: Final = 60
_CALIBRATION_BINS: Final = 10
_FEATURES: Final = 15
_MOST_POINTS: Final = 1000


def draw(trained: TrainedModel) -> dict[str, bytes]:
    """Return the plots by the names of their files; the same model gives the same bytes. Without labels there are only two."""
    curves, plots = trained.curves, {}
    plots["scores.svg"] = _picture(lambda axes: _scores(axes, curves.evidence, curves.frauds))
    plots["features.svg"] = _picture(lambda axes: _features(axes, trained.card.features))
    frauds = curves.frauds
    if frauds is not None and frauds.any():
        plots["precision_recall.svg"] = _picture(lambda axes: _precision_recall(axes, curves.evidence, curves.rules_score, frauds))
        probability = curves.probability
        if probability is not None:
            plots["calibration.svg"] = _picture(lambda axes: _calibration(axes, probability, frauds))
    return plots


def _picture(paint: Any) -> bytes:
    # Not pyplot, which keeps every figure and looks for a display.
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(_STYLE):
        figure = Figure(figsize=_SIZE, layout="constrained")
        paint(figure.add_subplot())
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


def _precision_recall(axes: "Axes", evidence: Floats, rules_score: Floats, frauds: Booleans) -> None:
    for name, colour, scores in (("rules alone", _RULES, rules_score), ("model", _MODEL, evidence)):
        ranking = Ranking(scores, frauds)
        precision, recall = ranking.precision_recall()
        chosen = np.unique(np.linspace(0, len(recall) - 1, _MOST_POINTS).astype(np.int64))
        label = f"{name}, average precision {ranking.average_precision():.3f}"
        axes.plot(recall[chosen], precision[chosen], color=colour, label=label, drawstyle="steps-pre")
        if name == "model":
            for least, words, mark in ((ENOUGH, "evidence 0.7", "o"), (ALONE, "alerts alone", "s")):
                place = int(np.searchsorted(-ranking.thresholds, -least, side="right")) - 1
                if place >= 0:
                    axes.plot(recall[place], precision[place], mark, color=colour, label=words)
    axes.set(title="What is found, and at what price", xlabel="recall", ylabel="precision", xlim=(0, 1.01), ylim=(0, 1.03))
    axes.legend(loc="lower left")


def _scores(axes: "Axes", evidence: Floats, frauds: Booleans | None) -> None:
    edges = np.linspace(0, CAP, _BINS).tolist()
    shown = np.minimum(evidence, CAP)
    if frauds is None:
        axes.hist(shown, edges, color=_MODEL, label="payments")
    else:
        axes.hist(shown[~frauds], edges, color=_QUIET, edgecolor=_RULES, label="honest")
        axes.hist(shown[frauds], edges, color=_FRAUD, alpha=0.75, label="frauds")
    for least, words in ((ENOUGH, "enough"), (ALONE, "alone")):
        axes.axvline(least, color=_MODEL, linestyle="--", linewidth=1)
        axes.annotate(words, (least, 0.97), xycoords=("data", "axes fraction"), xytext=(4, 0), textcoords="offset points", va="top")
    axes.set(title="Evidence of the later payments", xlabel="evidence", ylabel="payments", yscale="log", xlim=(0, CAP))
    axes.legend(loc="upper right")


def _calibration(axes: "Axes", probability: Floats, frauds: Booleans) -> None:
    # Bins of equal width: nearly all payments say nearly nothing, and bins of equal size would all lie there.
    place = np.minimum((probability * _CALIBRATION_BINS).astype(np.int64), _CALIBRATION_BINS - 1)
    size, said, came = (np.bincount(place, weights, _CALIBRATION_BINS) for weights in (None, probability, frauds))
    known = size > 0
    axes.plot((0, 1), (0, 1), color=_QUIET, linewidth=1)
    axes.plot(said[known] / size[known], came[known] / size[known], "o-", color=_MODEL)
    axes.set(
        title="What the model said, and what came", xlabel="calibrated probability", ylabel="share of frauds", xlim=(0, 1), ylim=(0, 1)
    )


def _features(axes: "Axes", features: dict[str, float]) -> None:
    top = list(features.items())[:_FEATURES][::-1]
    axes.barh([name for name, _ in top], [share for _, share in top], color=_MODEL)
    axes.set(title="What it looks at", xlabel="mean contribution to the raw score")
