"""What the recorded series of objectives are worth: shares over each window, where faults and traffic change from window to window."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from scripts.reference.observability import objectives
from streamflow.observe.slo import WINDOWS, Objective, recording_rules
from tests.component.observe.promtool import Rule, Value
from tests.component.observe.slo_cases import ANSWERS, BUCKET, CHECKPOINT, COUNT, FRESHNESS

MINUTES: Final = {window: int(window[:-1]) * {"m": 1, "h": 60, "d": 1_440}[window[-1]] for window in WINDOWS}
LONGEST: Final = max(MINUTES.values())
# promtool takes 10 000 samples in a query and no more.
STEP_MINUTES: Final = {window: 60 if MINUTES[window] == LONGEST else 1 for window in WINDOWS}

# Of the minutes that the windows end with, the longest first: each has its own traffic and its own faults a minute.
VALID: Final = dict(zip(reversed(WINDOWS), (1_500, 2_000, 2_500, 3_000, 4_000, 5_000, 7_000, 10_000), strict=True))
BAD: Final = dict(zip(reversed(WINDOWS), (15, 100, 300, 700, 1_300, 2_100, 3_500, 8_000), strict=True))
BAD_MINUTES: Final = dict(zip(reversed(WINDOWS), (300, 200, 150, 60, 20, 12, 10, 3), strict=True))


def stretches(step: int) -> Iterator[tuple[str, int]]:
    """Yield the window that each stretch of time begins with, and its minutes; what is too short for the step belongs to the last one."""
    windows = [window for window in VALID if MINUTES[window] > 4 * step]
    for older, younger in pairwise([*windows, ""]):
        yield older, MINUTES[older] - MINUTES.get(younger, 0)


def counter(per_minute: dict[str, int], step: int) -> str:
    """Return a counter's course up to now in promtool's notation: each stretch has its own slope."""
    level, parts = 0, ["0"]
    for window, minutes in stretches(step):
        slope = per_minute[window] * step
        parts.append(f"{level + slope}+{slope}x{minutes // step - 1}")
        level += slope * (minutes // step)
    return " ".join(parts)


def minus(left: dict[str, int], right: dict[str, int]) -> dict[str, int]:
    return {window: left[window] - right[window] for window in left}


def times(per_minute: dict[str, int], factor: float) -> dict[str, int]:
    return {window: round(step * factor) for window, step in per_minute.items()}


def share(window: str) -> float:
    """Return the share of faults in a window up to now."""
    within = [(name, minutes) for name, minutes in stretches(STEP_MINUTES[window]) if MINUTES[name] <= MINUTES[window]]
    return sum(BAD[name] * minutes for name, minutes in within) / sum(VALID[name] * minutes for name, minutes in within)


def good_course(step: int) -> str:
    """Return a course of `slo:good`: of each stretch the first points are bad, the more of them the younger it is."""
    parts = ["1"]
    for window, minutes in stretches(step):
        bad = bad_points(window, step)
        parts += [f"0x{bad - 1}", f"1x{minutes // step - bad - 1}"]
    return " ".join(parts)


def bad_points(window: str, step: int) -> int:
    return max(1, BAD_MINUTES[window] // step)


def bad_time(window: str) -> float:
    """Return the share of bad points in a window up to now."""
    step = STEP_MINUTES[window]
    within = [name for name, _ in stretches(step) if MINUTES[name] <= MINUTES[window]]
    return sum(bad_points(name, step) for name in within) * step / MINUTES[window]


# Counters of events, by what they count a minute.
EVENTS: Final = {
    "decision-availability": {
        ANSWERS % "decided": minus(VALID, BAD),
        ANSWERS % "without_model": times(BAD, 0.5),
        ANSWERS % "internal_error": times(BAD, 0.5),
        ANSWERS % "rejected": times(VALID, 0.7),
    },
    "dead-letter-hygiene": {
        ANSWERS % "decided": minus(VALID, times(BAD, 1.1)),
        ANSWERS % "rejected": BAD,
        ANSWERS % "internal_error": times(BAD, 0.1),
    },
    "decision-latency": {COUNT: VALID, BUCKET % "1.0": minus(VALID, times(BAD, 1.2)), BUCKET % "2.0": minus(VALID, BAD)},
    "decision-latency-tail": {COUNT: VALID, BUCKET % "2.0": minus(VALID, times(BAD, 1.2)), BUCKET % "10.0": minus(VALID, BAD)},
}
GOOD: Final = 'slo:good{slo="%s"}'
# What an objective of time calls good, and its neighbour: series, and whether that is so.
TIMES: Final = {
    "freshness": (
        ({FRESHNESS % 0: "50x9", FRESHNESS % 1: "0x9"}, 1.0),
        ({FRESHNESS % 0: "100x9", FRESHNESS % 1: "0x9"}, 0.0),
        ({FRESHNESS % 0: "60x9"}, 1.0),
    ),
    "checkpoint-health": (
        ({CHECKPOINT: "275x9"}, 1.0),
        ({CHECKPOINT: "270x9"}, 1.0),
        ({CHECKPOINT: "240x9"}, 0.0),
        ({CHECKPOINT: "240x9", CHECKPOINT.replace("fraud-detector", "other"): "290x9"}, 0.0),
    ),
}


def values_of(objective: Objective, record: str) -> list[Value]:
    """Return what a recorded series of an objective must be worth."""
    name, labels = objective.name, (("slo", objective.name),)
    window = record.rpartition(":rate")[2]
    if record == "slo:objective_ratio":
        return [Value(record, (), {}, "0m", 1 - objective.budget)]
    if record == "slo:error_budget_remaining_ratio":
        month = 'slo:bad_ratio:rate30d{slo="%s"}'
        return [Value(record, labels, {month % name: f"{0.25 * objective.budget:.12g}x5", month % "another": "0.9x5"}, "5m", 0.75)]
    if record == "slo:good":
        return [Value(record, (), series, "5m", worth) for series, worth in TIMES[name]]
    step = STEP_MINUTES[window]
    # Between two points, so that it does not matter whether a window has the point that it begins at: newer versions leave it out.
    at = f"{LONGEST}m30s"
    if name in TIMES:
        series = {GOOD % name: good_course(step), GOOD % "another": f"0x{LONGEST // step}"}
        return [Value(record, labels, series, at, bad_time(window), interval=f"{step}m")]
    series = {counted: counter(per_minute, step) for counted, per_minute in EVENTS[name].items()}
    return [Value(record, (), series, at, share(window), 0.05, f"{step}m")]


def recorded() -> Iterator[tuple[Objective, Rule]]:
    """Yield every recording rule of every objective."""
    for objective in objectives():
        for rule in recording_rules(objective):
            yield objective, rule
