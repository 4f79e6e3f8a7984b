"""Measured figures in the documents: only what `benchmarks/results` holds, and nothing where it holds nothing."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from benchmarks import report, results
from benchmarks.results import RESULTS, Result
from streamflow.stack.config import CHECKOUT

BEGIN: Final = "<!-- figures:begin -->"
END: Final = "<!-- figures:end -->"
_REGION: Final = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
_NOTHING: Final = "Not measured yet: `make bench` writes `benchmarks/results/`, and `make docs` puts the figures here."


def with_figures(text: str, folder: Path = RESULTS) -> str:
    """Return a document with the figures between its markers; without results it says how to get them."""
    found = {name: results.read(name, folder) for name in report.TABLES if (folder / f"{name}.json").exists()}
    return _REGION.sub(lambda _: f"{BEGIN}\n{_summary(found, folder)}\n{END}", text)


def documents(folder: Path = RESULTS) -> dict[str, str]:
    """Return the documents that show figures, filled, by their path in the checkout."""
    filled = {}
    for path in report.DOCUMENTS:
        if path.exists():
            text = with_figures(path.read_text(encoding="utf-8"), folder)
            filled[path.relative_to(CHECKOUT).as_posix()] = report.filled(text, folder)
    return filled


def _summary(found: dict[str, Result], folder: Path) -> str:
    lines = [row for name, rows in _ROWS.items() if name in found for row in rows(found[name])]
    if not lines:
        return _NOTHING
    machines = dict.fromkeys(_where(result) for result in found.values())
    note = "Medians, with least and greatest where there are several runs."
    lines += [*_parity(folder), *_audit(folder), *_quality(folder)]
    return "\n".join(["| measured | figure |", "|---|---|", *lines, "", *machines, note])


def _parity(folder: Path) -> list[str]:
    """Return the row of `make campaign`, which counts and does not time."""
    path = folder / "parity.json"
    if not path.exists():
        return []
    found = json.loads(path.read_text(encoding="utf-8"))
    faults = ", ".join(f"{found[name]} {name}" for name in ("missing", "invented", "doubled", "different"))
    what = f"{report.number(found['events'])} events, a TaskManager killed {found['kills']} times"
    return [f"| stream against `streamflow score`, {what} | {faults} |"]


def _audit(folder: Path) -> list[str]:
    """Return the row of `make campaign-warehouse`, which counts and does not time."""
    path = folder / "warehouse_audit.json"
    if not path.exists():
        return []
    found = json.loads(path.read_text(encoding="utf-8"))
    kinds = ("gaps", "orphans", "doubles", "changed")
    faults = ", ".join(f"{sum(check[kind] for check in found['checks'].values())} {kind}" for kind in kinds)
    what = f"{report.number(found['events'])} events, TaskManagers and PostgreSQL killed {len(found['killed'])} times"
    return [f"| Kafka against the warehouse ([audit](docs/audit.md)), {what} | {faults} |"]


def _quality(folder: Path) -> list[str]:
    """Return the rows of `make quality`: how well frauds are told from the rest, by whom."""
    path = folder / "quality.json"
    if not path.exists():
        return []
    found = json.loads(path.read_text(encoding="utf-8"))["figures"]["two_months"]["report"]["configurations"][0]["detection"]
    precision = {entry["scores"]: entry["average_precision"] for entry in found}
    figures = f"{precision['rules']:.2f} by the rules, {precision['model']:.2f} by a model with labels, {precision['score']:.2f} by both"
    return [f"| average precision on simulated card payments ([protocol](docs/quality.md)) | {figures} |"]


def _where(result: Result) -> str:
    machine = result.machine
    memory = report.number(machine.memory_gib)
    return f"Measured {result.date[:10]} on {machine.cores} cores of {machine.cpu}, {memory} GiB, which broker, job and client shared."


def _engine(result: Result) -> list[str]:
    figures = result.figures
    return [
        f"| engine alone, bytes to bytes, one core, rules | {report.spread_text(figures['microseconds_per_event'])} us an event |",
        f"| the same with the model that ships | {report.spread_text(figures['with_model_microseconds'])} us an event |",
        f"| size of a decision | {report.number(figures['bytes_per_decision'])} bytes |",
    ]


def _throughput(result: Result) -> list[str]:
    rows = []
    for count in result.parameters["customers"]:
        figures = result.figures[f"customers_{count}"]
        rate = report.spread_text(figures["decisions_per_second"])
        rows.append(f"| Kafka to Kafka, {report.number(count)} customers, parallelism {figures['parallelism']} | {rate} decisions/s |")
    figures = result.figures["with_model"]
    rate, count = report.spread_text(figures["decisions_per_second"]), report.number(result.parameters["customers"][0])
    rows.append(f"| the same, {count} customers, rules and model, parallelism {figures['parallelism']} | {rate} decisions/s |")
    return rows


def _latency(result: Result) -> list[str]:
    rows = []
    for rate in result.parameters["rates"]:
        p50, p99, p999 = (report.number(result.figures[f"rate_{rate}"][key]) for key in ("p50_ms", "p99_ms", "p999_ms"))
        rows.append(f"| produced to visible at {report.number(rate)} events/s | p50 {p50} ms, p99 {p99} ms, p99.9 {p999} ms |")
    return rows


def _warehouse(result: Result) -> list[str]:
    figures, rate = result.figures, report.number(result.parameters["lag_rate"])
    p50, p99 = (report.number(figures[key]) for key in ("lag_p50_ms", "lag_p99_ms"))
    return [
        *(
            f"| decisions into PostgreSQL, parallelism {parallelism} | {report.spread_text(found['rows_per_second'])} rows/s |"
            for parallelism, found in figures["by_parallelism"].items()
        ),
        f"| from a decision to its row at {rate} payments/s | p50 {p50} ms, p99 {p99} ms |",
    ]


_ROWS: Final[dict[str, Callable[[Result], list[str]]]] = {
    "throughput": _throughput,
    "latency": _latency,
    "engine": _engine,
    "warehouse": _warehouse,
}
