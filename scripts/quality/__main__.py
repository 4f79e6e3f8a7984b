"""`python -m scripts.quality`: measure by the protocol of docs/quality.md, write the results, and the page from them."""

import argparse
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Final

import msgspec

from benchmarks.machine import calibrate
from benchmarks.results import make, read, write
from scripts.quality import leak, situations
from scripts.quality.page import write_page
from streamflow.backtest.truth import Truth, read_truth
from streamflow.contracts.catalogue import DAY_MS
from streamflow.dataset import WHOLE, DatasetReport, make_synccfd
from streamflow.stack.config import CHECKOUT

DATA: Final = CHECKOUT / "build" / "datasets" / "synccfd"


def measure(data: Path) -> dict[str, Any]:
    """Measure every situation on a data set; takes some twenty minutes of one core for the whole of synccfd."""
    dataset = msgspec.json.decode((data / "dataset.json").read_bytes(), type=DatasetReport)
    transactions, truth = data / "transactions.jsonl", read_truth(data / "labels.jsonl")
    begin_ms = _first_midnight_ms(truth)
    return {
        "dataset": msgspec.to_builtins(dataset),
        "day_zero": situations.day_zero(transactions, truth, begin_ms, _say),
        "one_week": situations.one_week(transactions, truth, begin_ms, _say),
        "two_months": situations.two_months(transactions, truth, begin_ms, _say),
        "two_months_seldom": situations.two_months(transactions, truth, begin_ms, _say, situations.SELDOM_DAYS),
        "leak": leak.leak_check(transactions, truth, begin_ms, _say),
    }


def main(arguments: list[str]) -> int:
    """Measure, or only write the page anew, and return the exit code."""
    parser = argparse.ArgumentParser(prog="scripts.quality", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder that `streamflow dataset synccfd` wrote; by default it is made")
    parser.add_argument("--page", action="store_true", help="write the page from the results that are there, measure nothing")
    options = parser.parse_args(arguments)
    if not options.page:
        data = options.data or DATA
        if options.data is None:
            make_synccfd(WHOLE, DATA, delay_days=situations.DELAY_DAYS, stage=lambda what, _: nullcontext(lambda _done: _say(what)))
        calibration = calibrate()
        begin = time.perf_counter()
        figures = measure(data)
        parameters = {
            "delay_days": situations.DELAY_DAYS,
            "risk_every_days": situations.RISK_EVERY_DAYS,
            "retrain_every_days": situations.RETRAIN_DAYS,
            "labelled_days": situations.LABELLED_DAYS,
            "unlabelled_days": situations.UNLABELLED_DAYS,
            "budget": situations.BUDGET,
            "seconds": round(time.perf_counter() - begin),
        }
        sys.stdout.write(f"wrote {write(make('quality', calibration, parameters, figures))}\n")
    for path in write_page(read("quality"), CHECKOUT / "docs"):
        sys.stdout.write(f"wrote {path}\n")
    return 0


def _first_midnight_ms(truth: Truth) -> int:
    return min(label.event_time_ms for label in truth.labels) // DAY_MS * DAY_MS


_last_said: list[str] = []


def _say(words: str) -> None:
    if _last_said[-1:] != [words]:
        _last_said.append(words)
        sys.stderr.write(f"{words}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
