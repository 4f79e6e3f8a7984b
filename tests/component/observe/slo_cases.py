"""For each objective: when its alerts fire, and when they must not. Where one says a minute, it has a point each minute."""

from typing import Final

from tests.component.observe.promtool import Case

ANSWERS: Final = 'streamflow_answers_total{answer="%s"}'
COUNT: Final = "streamflow_visible_latency_seconds_count"
BUCKET: Final = 'streamflow_visible_latency_seconds_bucket{le="%s"}'
FRESHNESS: Final = 'streamflow_freshness_seconds{partition="%d"}'
CHECKPOINT: Final = 'streamflow_checkpoint_completed_timestamp_seconds{job_name="fraud-detector"}'
UNACCOUNTED: Final = 'streamflow_unaccounted_offsets{partition="%d"}'
MISSING_ALERTS: Final = "streamflow_missing_alerts"
MISSING_ROWS: Final = 'streamflow_store_missing_rows{table="%s"}'


def steady(good: str, bad: str, share: float, points: int, per_point: int = 6_000) -> dict[str, str]:
    """Return two counters of which one has this share of all from the first point on."""
    wrong = round(per_point * share)
    return {good: f"0+{per_point - wrong}x{points}", bad: f"0+{wrong}x{points}"}


def outage(good: str, bad: str, share: float, minutes: int) -> dict[str, str]:
    """Return two counters: six hours without fault, some minutes with this share of faults, two hours without fault."""
    right, wrong = round(6_000 * (1 - share)), round(6_000 * share)
    before = 6_000 * 360
    after = before + right * minutes
    return {
        good: f"0+6000x359 {before}+{right}x{minutes - 1} {after}+6000x120",
        bad: f"0x359 0+{wrong}x{minutes - 1} {wrong * minutes}x120",
    }


def slow(share: float, points: int, le: str) -> dict[str, str]:
    """Return a latency histogram of which this share is above a bound."""
    return {COUNT: f"0+6000x{points}", BUCKET % le: f"0+{round(6_000 * (1 - share))}x{points}"}


def burns(name: str, good: str, bad: str, limit: float) -> list[Case]:
    """Return the cases that hold for every budget of events, whose share of faults may be `limit`."""
    fast, ticket = f"{name}FastBurn", f"{name}SlowBurn"
    return [
        Case(fast, "everything fails for ten minutes", outage(good, bad, 1.0, 10), "367m", fires=True),
        Case(fast, "it was mended an hour ago", outage(good, bad, 1.0, 10), "440m", fires=False),
        Case(fast, "a minute with some faults", outage(good, bad, min(1.0, 10 * limit), 1), "362m", fires=False),
        Case(fast, "a burn of 8 for seven hours", steady(good, bad, 8 * limit, 430), "420m", fires=True),
        Case(fast, "a burn of 5 for seven hours", steady(good, bad, 5 * limit, 430), "420m", fires=False),
        Case(fast, "a burn of 16 for an hour and a half", outage(good, bad, 16 * limit, 90), "440m", fires=True),
        Case(fast, "a new system's first minutes", steady(good, bad, 0.5, 9), "8m", fires=False),
        Case(fast, "no traffic", {good: "500x500", bad: "100x500"}, "480m", fires=False),
        Case(fast, "a process that began anew", {good: "0+6000x300 0+6000x200", bad: "100x300 0x200"}, "305m", fires=False),
        Case(ticket, "a burn of 1.5 for four days", steady(good, bad, 1.5 * limit, 1_200, 60_000), "96h", fires=True, interval="5m"),
        Case(fast, "a burn of 1.5 for four days", steady(good, bad, 1.5 * limit, 1_200, 60_000), "96h", fires=False, interval="5m"),
        Case(ticket, "a burn of 0.8 for four days", steady(good, bad, 0.8 * limit, 1_200, 60_000), "96h", fires=False, interval="5m"),
        Case(
            ticket,
            "a tenth of the traffic, and a burn of 4 for a day",
            {good: f"0+300000x575 172500000+{round(30_000 * (1 - 4 * limit))}x288", bad: f"0x575 0+{round(30_000 * 4 * limit)}x288"},
            "72h",
            fires=True,
            interval="5m",
        ),
    ]


LATENCY_FAULTS: Final = {
    "DecisionLatency": ("2.0", 0.01),
    "DecisionLatencyTail": ("10.0", 0.001),
}


def latencies(name: str, le: str, limit: float) -> list[Case]:
    """Return the cases of a latency objective: its histogram says how many were below the bound."""
    fast, ticket = f"{name}FastBurn", f"{name}SlowBurn"
    return [
        Case(fast, "a burn of 8 for seven hours", slow(8 * limit, 430, le), "420m", fires=True),
        Case(fast, "a burn of 16 for an hour and a half, after six hours", _slow_at_last(16 * limit, le), "440m", fires=True),
        Case(fast, "a burn of 5 for seven hours", slow(5 * limit, 430, le), "420m", fires=False),
        Case(fast, "all are in time", slow(0, 430, le), "420m", fires=False),
        Case(fast, "nothing is below another bound", slow(0, 430, le) | {BUCKET % "1.0": "0x430"}, "420m", fires=False),
        Case(fast, "a new system's first minutes", slow(0.5, 9, le), "8m", fires=False),
        Case(ticket, "a burn of 1.5 for four days", slow(1.5 * limit, 1_200, le), "96h", fires=True, interval="5m"),
        Case(ticket, "a burn of 0.8 for four days", slow(0.8 * limit, 1_200, le), "96h", fires=False, interval="5m"),
        Case(
            ticket,
            "a tenth of the traffic, and a burn of 4 for a day",
            {
                COUNT: "0+300000x575 172500000+30000x288",
                BUCKET % le: f"0+300000x575 172500000+{round(30_000 * (1 - 4 * limit))}x288",
            },
            "72h",
            fires=True,
            interval="5m",
        ),
    ]


def _slow_at_last(share: float, le: str) -> dict[str, str]:
    return {COUNT: "0+6000x480", BUCKET % le: f"0+6000x359 2160000+{round(6_000 * (1 - share))}x120"}


DECIDED: Final = ANSWERS % "decided"
AVAILABILITY: Final = [
    *burns("DecisionAvailability", DECIDED, ANSWERS % "without_model", 0.001),
    Case("DecisionAvailabilityFastBurn", "errors of ours", steady(DECIDED, ANSWERS % "internal_error", 0.1, 100), "90m", fires=True),
    Case(
        "DecisionAvailabilityFastBurn", "records that nobody can read", steady(DECIDED, ANSWERS % "rejected", 0.5, 430), "420m", fires=False
    ),
    Case(
        "DecisionAvailabilityFastBurn",
        "what nobody can read hides no fault",
        {**steady(DECIDED, ANSWERS % "without_model", 0.02, 100), ANSWERS % "rejected": "0+60000x100"},
        "90m",
        fires=True,
    ),
]
HYGIENE: Final = [
    case for case in burns("DeadLetterHygiene", DECIDED, ANSWERS % "rejected", 0.01) if case.alert != "DeadLetterHygieneFastBurn"
] + [
    Case(
        "DeadLetterHygieneSlowBurn",
        "all faults but unreadable records",
        {**steady(DECIDED, ANSWERS % "internal_error", 0.5, 1_200), ANSWERS % "without_model": "0+900x1200"},
        "96h",
        fires=False,
        interval="5m",
    ),
]
FRESH: Final = [
    Case(
        "FreshnessFastBurn",
        "one partition waits for two hours",
        {FRESHNESS % 0: "0x360 120x120", FRESHNESS % 1: "0x480"},
        "390m",
        fires=True,
    ),
    Case("FreshnessFastBurn", "two minutes", {FRESHNESS % 0: "0x360 120x1 0x120"}, "364m", fires=False),
    Case("FreshnessFastBurn", "it was mended an hour ago", {FRESHNESS % 0: "0x360 120x30 0x120"}, "470m", fires=False),
    Case("FreshnessFastBurn", "half a minute for ever", {FRESHNESS % 0: "60x480"}, "470m", fires=False),
    Case("FreshnessFastBurn", "4 % of the time for seven hours", {FRESHNESS % 0: " ".join(["120x0 0x23"] * 18)}, "410m", fires=True),
    Case("FreshnessFastBurn", "a new system's first minutes", {FRESHNESS % 0: "120x9"}, "8m", fires=False),
    Case("FreshnessFastBurn", "nobody knows", {FRESHNESS % 0: "0x360 stale"}, "420m", fires=False),
    Case(
        "FreshnessSlowBurn",
        "1 % of the time for four days",
        {FRESHNESS % 0: " ".join(["120x0 0x98"] * 12)},
        "97h",
        fires=True,
        interval="5m",
    ),
    Case(
        "FreshnessSlowBurn",
        "0.3 % of the time for four days",
        {FRESHNESS % 0: " ".join(["120x0 0x331"] * 4)},
        "97h",
        fires=False,
        interval="5m",
    ),
    Case(
        "FreshnessSlowBurn",
        "2 % for a day, after three good ones",
        {FRESHNESS % 0: "0x863 " + " ".join(["120x0 0x48"] * 6)},
        "95h",
        fires=True,
        interval="5m",
    ),
]
CHECKPOINTS: Final = [
    Case(
        "CheckpointHealthSlowBurn",
        "one in fifty is late, for four days",
        {CHECKPOINT: " ".join(f"{start * 300}+300x47 {(start + 47) * 300}x1" for start in range(0, 1_200, 50))},
        "97h",
        fires=True,
        interval="5m",
    ),
    Case("CheckpointHealthSlowBurn", "one each minute", {CHECKPOINT: "0+300x1200"}, "97h", fires=False, interval="5m"),
    Case(
        "CheckpointHealthSlowBurn",
        "of another job",
        {CHECKPOINT.replace("fraud-detector", "other"): "0x1200"},
        "97h",
        fires=False,
        interval="5m",
    ),
    Case("CheckpointHealthSlowBurn", "a new system's first hours", {CHECKPOINT: "0x100 6000+60x100"}, "3h", fires=False),
]
INVARIANTS: Final = [
    Case(
        "AlertCompletenessViolated",
        "one record waits",
        {UNACCOUNTED % 0: "0x5 1x30", UNACCOUNTED % 1: "0x40", MISSING_ALERTS: "0x40"},
        "16m",
        fires=True,
    ),
    Case("AlertCompletenessViolated", "not yet", {UNACCOUNTED % 0: "0x5 1x30", MISSING_ALERTS: "0x40"}, "15m", fires=False),
    Case("AlertCompletenessViolated", "one alert is missing", {UNACCOUNTED % 0: "0x40", MISSING_ALERTS: "0x5 1x30"}, "16m", fires=True),
    Case("AlertCompletenessViolated", "five minutes", {UNACCOUNTED % 0: "0x5 9x5 0x30", MISSING_ALERTS: "0x40"}, "16m", fires=False),
    Case("AlertCompletenessViolated", "nothing waits", {UNACCOUNTED % 0: "0x40", MISSING_ALERTS: "0x40"}, "16m", fires=False),
    Case(
        "StoreAgreementViolated",
        "a row is missing",
        {MISSING_ROWS % "decisions": "0x5 1x30", MISSING_ROWS % "dead_letters": "0x40"},
        "16m",
        fires=True,
    ),
    Case(
        "StoreAgreementViolated",
        "a row too many",
        {MISSING_ROWS % "decisions": "0x40", MISSING_ROWS % "dead_letters": "0x5 -1x30"},
        "16m",
        fires=True,
    ),
    Case("StoreAgreementViolated", "not yet", {MISSING_ROWS % "decisions": "0x5 1x30"}, "15m", fires=False),
    Case("StoreAgreementViolated", "all are there", {MISSING_ROWS % "decisions": "0x40"}, "16m", fires=False),
]

SLO_CASES: Final = [
    *AVAILABILITY,
    *(case for name, (le, limit) in LATENCY_FAULTS.items() for case in latencies(name, le, limit)),
    *FRESH,
    *HYGIENE,
    *CHECKPOINTS,
    *INVARIANTS,
]
