"""`python -m scripts.quality`: measure by the protocol of docs/quality.md, write the results, and the page from them."""

import argparse
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec

from benchmarks.machine import calibrate
from benchmarks.results import Result, make, read, write
from scripts.quality import leak, situations
from scripts.quality.page import write_page
from streamflow.backtest.truth import Truth, read_truth
from streamflow.contracts.catalogue import DAY_MS
from streamflow.dataset import WHOLE, DatasetReport, make_synccfd
from streamflow.stack.config import CHECKOUT

DATA: Final = CHECKOUT / "build" / "datasets" / "synccfd"
SITUATIONS: Final[dict[str, Callable[..., dict[str, Any]]]] = {
    "day_zero": situations.day_zero,
    "one_week": situations.one_week,
    "two_months": situations.two_months,
    "two_months_seldom": partial(situations.two_months, risk_every_days=situations.SELDOM_DAYS),
    "leak": leak.leak_check,
}


def measure(data: Path, only: str | None = None) -> dict[str, Any]:
    """Measure every situation on a data set, or only one; all take some twenty minutes of one core for the whole of synccfd."""
    dataset = msgspec.json.decode((data / "dataset.json").read_bytes(), type=DatasetReport)
    transactions, truth = data / "transactions.jsonl", read_truth(data / "labels.jsonl")
    begin_ms = _first_midnight_ms(truth)
    found = {"dataset": msgspec.to_builtins(dataset)}
    for name, situation in SITUATIONS.items():
        if only in (None, name):
            found[name] = situation(transactions, truth, begin_ms, _say)
    return found


def main(arguments: list[str]) -> int:
    """Measure, or only write the page anew, and return the exit code."""
    parser = argparse.ArgumentParser(prog="scripts.quality", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder that `streamflow dataset synccfd` wrote; by default it is made")
    parser.add_argument("--page", action="store_true", help="write the page from the results that are there, measure nothing")
    parser.add_argument("--only", choices=list(SITUATIONS), help="measure one situation anew, keep the others' results")
    options = parser.parse_args(arguments)
    if not options.page:
        data = options.data or DATA
        if options.data is None:
            make_synccfd(WHOLE, DATA, delay_days=situations.DELAY_DAYS, stage=lambda what, _: nullcontext(lambda _done: _say(what)))
        calibration = calibrate()
        begin = time.perf_counter()
        figures = measure(data, options.only)
        parameters = {
            "delay_days": situations.DELAY_DAYS,
            "risk_every_days": situations.RISK_EVERY_DAYS,
            "retrain_every_days": situations.RETRAIN_DAYS,
            "labelled_days": situations.LABELLED_DAYS,
            "unlabelled_days": situations.UNLABELLED_DAYS,
            "budget": situations.BUDGET,
            "seconds": round(time.perf_counter() - begin),
        }
        found = make("quality", calibration, parameters, figures)
        sys.stdout.write(f"wrote {write(found if options.only is None else joined(read('quality'), found, options.only))}\n")
    for path in write_page(read("quality"), CHECKOUT / "docs"):
        sys.stdout.write(f"wrote {path}\n")
    return 0


def joined(before: Result, found: Result, only: str) -> Result:
    """Put one situation in the place of the one before, and say when and at which commit it was measured."""
    anew = before.parameters.get("anew", {}) | {only: {"date": found.date[:10], "commit": found.versions["commit"]}}
    return msgspec.structs.replace(before, parameters=before.parameters | {"anew": anew}, figures=before.figures | found.figures)


def _first_midnight_ms(truth: Truth) -> int:
    return min(label.event_time_ms for label in truth.labels) // DAY_MS * DAY_MS


_last_said: list[str] = []


def _say(words: str) -> None:
    if _last_said[-1:] != [words]:
        _last_said.append(words)
        sys.stderr.write(f"{words}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
