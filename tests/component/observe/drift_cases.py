"""When the alerts on drift and on rules fire, and when not; few points, as long windows want it."""

from typing import Final

from tests.component.observe.promtool import Case

INDEX: Final = 'streamflow_drift_index{number="%s",settled="yes"}'
PAYMENTS: Final = "streamflow_drift_payments"
SECONDS: Final = "streamflow_drift_seconds"
WEEK: Final = {PAYMENTS: "5000x30", SECONDS: "604800x30"}
AMOUNT: Final = INDEX % "amount"
MODEL: Final = INDEX % "ml_score"

HITS: Final = 'streamflow_job_rule_hits:rate1m{rule="FR-002",version="%d",state="%s"}'
ON: Final = HITS % (1, "on")
DECISIONS: Final = 'streamflow_job_decisions:rate1m{outcome="%s"}'
STEADY: Final = {DECISIONS % "approve": "90x60", DECISIONS % "block": "10x60"}
APPROVED: Final = DECISIONS % "approve"
STEADILY: Final = "100x180"
RULE: Final = (("rule", "FR-002"),)


def drift(alert: str, what: str, series: dict[str, str], at: str, *, fires: bool, number: str) -> Case:
    return Case(alert, what, series, at, fires=fires, labels=(("number", number),), interval="30m")


def silent(what: str, series: dict[str, str], at: str, *, fires: bool) -> Case:
    return Case("RuleSilent", what, series, at, fires=fires, labels=RULE, interval="1h")


def exploded(what: str, series: dict[str, str], at: str = "31h30m", *, fires: bool) -> Case:
    return Case("RuleExploded", what, series, at, fires=fires, labels=RULE, interval="15m")


def drift_cases(alert: str, moved: str, other: str, number: str) -> list[Case]:
    """Return the cases of both alerts, which differ in the numbers that they look at."""
    return [
        drift(alert, "far, for two hours", {moved: "0.21x30"} | WEEK, "2h", fires=True, number=number),
        drift(alert, "far, not yet for two hours", {moved: "0.1x3 0.21x30"} | WEEK, "210m", fires=False, number=number),
        drift(alert, "somewhat", {moved: "0.19x30"} | WEEK, "5h", fires=False, number=number),
        drift(alert, "just", {moved: "0.2x30"} | WEEK, "5h", fires=True, number=number),
        drift(alert, "very far", {moved: "3x30"} | WEEK, "5h", fires=True, number=number),
        drift(alert, "it was far", {moved: "0.5x6 0.15x30"} | WEEK, "6h", fires=False, number=number),
        drift(alert, "the other kind of number", {other: "3x30"} | WEEK, "5h", fires=False, number=number),
        drift(alert, "few payments", {moved: "0.5x30", PAYMENTS: "999x30", SECONDS: "604800x30"}, "5h", fires=False, number=number),
        drift(alert, "just enough of them", {moved: "0.5x30", PAYMENTS: "1000x30", SECONDS: "518400x30"}, "5h", fires=True, number=number),
        drift(alert, "half a week", {moved: "0.5x30", PAYMENTS: "5000x30", SECONDS: "302400x30"}, "5h", fires=False, number=number),
        drift(alert, "less than six days", {moved: "0.5x30", PAYMENTS: "5000x30", SECONDS: "510000x30"}, "5h", fires=False, number=number),
        drift(alert, "no model decides", WEEK, "5h", fires=False, number=number),
        drift(alert, "it always moved", {moved.replace("yes", "no"): "3x30"} | WEEK, "5h", fires=False, number=number),
    ]


DRIFT_CASES: Final = [
    *drift_cases("FeatureDrifted", AMOUNT, MODEL, "amount"),
    *drift_cases("EvidenceDrifted", MODEL, AMOUNT, "ml_score"),
    *drift_cases("EvidenceDrifted", INDEX % "rules_score", AMOUNT, "rules_score"),
    silent("it stops", {ON: "1x30 0x30"} | STEADY, "39h", fires=True),
    silent("and its series too", {ON: "1x30 stale"} | STEADY, "39h", fires=True),
    silent("it stopped four hours ago", {ON: "1x30 0x30"} | STEADY, "34h", fires=False),
    silent("it fires", {ON: "1x60"} | STEADY, "40h", fires=False),
    silent("once in six hours", {ON: "1x30 0x5 0.1 0x30"} | STEADY, "40h", fires=False),
    silent("it fired seldom", {ON: "0.009x30 0x30"} | STEADY, "40h", fires=False),
    silent("it fired often enough", {ON: "0.012x30 0x30"} | STEADY, "39h", fires=True),
    silent("it goes on in another version", {ON: "1x30 stale", HITS % (2, "on"): "_x30 1x30"} | STEADY, "40h", fires=False),
    silent("it was sent into the shadow", {ON: "1x30 0x30", HITS % (2, "shadow"): "_x30 1x30"} | STEADY, "39h", fires=True),
    silent("a shadow that stops", {HITS % (1, "shadow"): "1x30 0x30"} | STEADY, "40h", fires=False),
    silent("nobody pays", {ON: "1x30 0x30", DECISIONS % "approve": "100x30 10x30"}, "39h", fires=False),
    silent("a third as many pay", {ON: "1x30 0x30", DECISIONS % "approve": "100x30 33x30"}, "39h", fires=True),
    silent("a day and a half later", {ON: "1x30 0x60", DECISIONS % "approve": "100x90"}, "64h", fires=False),
    silent("for ten hours of which nobody paid in the first", {ON: "1x30 0x30"} | STEADY, "48h", fires=True),
    exploded("six times", {ON: "1x120 6x60", APPROVED: STEADILY}, fires=True),
    exploded("four times", {ON: "1x120 4x60", APPROVED: STEADILY}, fires=False),
    exploded("forty times", {ON: "1x120 40x60", APPROVED: STEADILY}, fires=True),
    exploded("not yet for ten minutes", {ON: "1x120 6x60", APPROVED: STEADILY}, "31h15m", fires=False),
    exploded("with ten times the traffic", {ON: "1x120 10x60", APPROVED: "100x120 1000x60"}, fires=False),
    exploded("with a fifth of the traffic", {ON: "1x120 2x60", APPROVED: "100x120 20x60"}, fires=True),
    exploded("seldom before, and now a bit", {ON: "0.001x120 0.015x60", APPROVED: STEADILY}, fires=False),
    exploded("seldom before, and now more", {ON: "0.001x120 0.03x60", APPROVED: STEADILY}, fires=True),
    exploded("it never fired, and now for all", {ON: "_x121 100x60", APPROVED: STEADILY}, "30h45m", fires=True),
    exploded("it never fired, and now for most", {ON: "_x121 60x60", APPROVED: STEADILY}, "30h45m", fires=False),
    exploded("it always fires for a third", {ON: "33x180", APPROVED: STEADILY}, fires=True),
    exploded("another version of it", {ON: "1x120 stale", HITS % (2, "on"): "_x121 6x60", APPROVED: STEADILY}, fires=True),
    exploded("in the shadow", {HITS % (1, "shadow"): "1x120 40x60", APPROVED: STEADILY}, fires=False),
    exploded("the shadow of it", {ON: "1x180", HITS % (2, "shadow"): "1x120 40x60", APPROVED: STEADILY}, fires=False),
    exploded("while the shadow is busy", {ON: "1x120 6x60", HITS % (2, "shadow"): "40x180", APPROVED: STEADILY}, fires=True),
    exploded("it did so a day before", {ON: "6x100 1x20 6x60", APPROVED: STEADILY}, fires=False),
    exploded("two days ago", {ON: "1x40 40x12 1x250", APPROVED: "100x300"}, "50h", fires=False),
    exploded("it fires as on each day", {ON: "1x180", APPROVED: STEADILY}, fires=False),
    exploded("two outcomes", {ON: "1x120 6x60", APPROVED: "50x120 100x60", DECISIONS % "block": "50x120 200x60"}, fires=False),
]
