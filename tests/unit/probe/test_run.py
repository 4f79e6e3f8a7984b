"""The probe as a process."""

import pytest

from streamflow.probe.run import Probe, ProbePlan

NOBODY = ProbePlan(
    kafka={"bootstrap.servers": "127.0.0.1:1"},
    dsn="",
    host="127.0.0.1",
    port=0,
    canary_customer_id="canary",
    canary_interval_ms=0,
    grace_ms=1_000,
    store_grace_ms=1_000,
    lookback_ms=0,
    drift_interval_ms=0,
    drift_days=7,
)


def test_a_probe_of_which_a_part_breaks_ends_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(_: Probe) -> bool:
        raise ZeroDivisionError("a fault of ours")

    monkeypatch.setattr(Probe, "_ask_kafka", breaks)
    with pytest.raises(ZeroDivisionError, match="a fault of ours"):
        Probe(NOBODY).run()
