"""The page about quality says what the results say, and shows where they fall short."""

from pathlib import Path
from typing import Any

import msgspec

from benchmarks.machine import Calibration, Machine
from benchmarks.results import Result
from scripts.quality.__main__ import joined
from scripts.quality.leak import leak_check
from scripts.quality.page import page, write_page
from scripts.quality.situations import day_zero
from tests.unit.backtest.histories import BEGIN_MS, history


def results(tmp_path: Path) -> Result:
    transactions = tmp_path / "transactions.jsonl"
    transactions.write_bytes(history().transactions)
    situation: dict[str, Any] = day_zero(transactions, history().truth(), BEGIN_MS, lambda _: None)
    dataset = {
        "transactions": 6000,
        "customers": 120,
        "stores": 100,
        "frauds": 300,
        "parameters": {"days": 20},
        "sha256": {"transactions.jsonl": "0" * 64},
    }
    leak = leak_check(transactions, history().truth(), BEGIN_MS, lambda _: None, days=12)
    names = ("day_zero", "one_week", "two_months", "two_months_seldom")
    parameters = {"seconds": 600, "delay_days": 7, "risk_every_days": 0.125, "unlabelled_days": 14, "labelled_days": 60}
    return Result(
        "quality",
        "2026-11-24T00:00:00+00:00",
        Machine("a processor", 2, 8.0),
        {"commit": "0123456"},
        Calibration(1.0, 1.0, 0.0),
        {**parameters, "retrain_every_days": 14.0},
        {"dataset": dataset, "leak": leak, **dict.fromkeys(names, situation)},
    )


def test_the_page_shows_what_is_reached_and_what_falls_short(tmp_path: Path) -> None:
    result = results(tmp_path)
    (tmp_path / "images").mkdir()
    written = write_page(result, tmp_path)
    assert {path.name for path in written} >= {"quality.md", "quality-days.svg"}
    text = (tmp_path / "quality.md").read_text()
    assert text == page(result)
    assert "Simulated data flatters" in text
    assert "**falls short** by" in text
    assert "| leak check |" in text
    assert "{" not in text
    assert result.figures["leak"]["rows_changed"] == 0 < result.figures["leak"]["rows_changed_by_known_labels"]
    found = result.figures["day_zero"]["report"]["configurations"][0]["detection"][1]["average_precision"]
    assert f"{found:.3f}".removeprefix("0") in text


def test_results_can_be_written_and_read(tmp_path: Path) -> None:
    result = results(tmp_path)
    again = msgspec.json.decode(msgspec.json.encode(result), type=Result)
    assert page(again) == page(result)


def test_a_situation_that_was_measured_anew_is_named_on_the_page_and_the_others_stay(tmp_path: Path) -> None:
    before = results(tmp_path)
    newer = msgspec.structs.replace(
        before, date="2026-12-01T00:00:00+00:00", versions={"commit": "89abcde"}, figures={"day_zero": before.figures["day_zero"]}
    )
    after = joined(before, newer, "day_zero")
    assert after.figures == before.figures
    assert page(after).endswith("Day zero: 2026-12-01, commit 89abcde.\n")
    assert "Measured 2026-11-24" in page(after)
