"""Figures in words: the table on the terminal, and the figures in the documents."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from benchmarks import results
from benchmarks.results import RESULTS, Result
from streamflow.contracts.errors import BadInputError
from streamflow.stack.config import CHECKOUT
from streamflow.stack.registry import component_of

DOCUMENTS: Final = (CHECKOUT / "docs" / "performance.md", CHECKOUT / "docs" / "transform.md", CHECKOUT / "README.md")
_MARK: Final = re.compile(r"<!-- bench (?P<key>[\w.]+) -->.*?<!-- /bench -->", flags=re.DOTALL)
Figures = Mapping[str, Any]


def number(value: float) -> str:
    """Return a number as people read it: three significant digits or more, thousands apart.

    Examples
    --------
    >>> number(41234.0), number(88.35), number(7.44), number(2)
    ('41 234', '88.4', '7.44', '2')
    """
    if isinstance(value, int) or abs(value) >= 1000:
        return f"{round(value):,}".replace(",", " ")
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


def spread_text(figure: Any) -> str:
    """Return a spread as `median (min - max)`, and anything else as a number."""
    if isinstance(figure, Mapping):
        return f"{number(figure['median'])} ({number(figure['min'])} - {number(figure['max'])})"
    return number(figure)


def engine_table(result: Result) -> list[str]:
    """Return the engine's figures as rows of Markdown."""
    rows = {
        "bytes to bytes, all stages": "microseconds_per_event",
        "the same, quietest tenth of the batches": "quiet_microseconds_per_event",
        "of it validate": "validate_microseconds",
        "of it the state and the features": "observe_microseconds",
        "of it the rules": "rules_microseconds",
        "of it the rest: fingerprint, outcome, encoding": "route_and_encode_microseconds",
        "all stages with the model that ships": "with_model_microseconds",
    }
    lines = ["| engine alone, one core | CPU us an event: median (min - max) |", "|---|---|"]
    lines += [f"| {what} | {spread_text(result.figures[key])} |" for what, key in rows.items()]
    sizes = {"transaction": "bytes_per_event", "decision": "bytes_per_decision", "customer's state": "bytes_per_state"}
    lines += ["", "Bytes: " + ", ".join(f"{what} {number(result.figures[key])}" for what, key in sizes.items()) + "."]
    return lines


def throughput_table(result: Result) -> list[str]:
    """Return the throughput as rows of Markdown, and where the time goes."""
    lines = [
        "| customers | evidence | decisions/s: median (min - max) | parallelism | start, s "
        "| CPU us a decision, all processes | cores busy with other work |",
        "|---|---|---|---|---|---|---|",
    ]
    counts = result.parameters["customers"]
    found = {(count, "rules"): result.figures[f"customers_{count}"] for count in counts}
    found[counts[0], "rules and model"] = result.figures["with_model"]
    for (count, evidence), figures in found.items():
        cells = (
            number(count),
            evidence,
            spread_text(figures["decisions_per_second"]),
            str(figures["parallelism"]),
            spread_text(figures["start_seconds"]),
            spread_text(figures["cpu_microseconds_per_decision"]),
            spread_text(figures["other_work_cores"]),
        )
        lines.append(f"| {' | '.join(cells)} |")
    for (count, evidence), figures in found.items():
        split = _listed(_largest(figures["cpu_microseconds_by_process"]))
        lines += ["", f"CPU us a decision at {number(count)} customers, {evidence}: {split}."]
        for process, shares in figures["cpu_share_by_thread"].items():
            threads = ", ".join(f"`{kind}` {share:.0%}" for kind, share in _largest(shares)[:6])
            lines.append(f"Inside {process}: {threads}.")
    return lines


def latency_table(result: Result) -> list[str]:
    """Return the latency as rows of Markdown."""
    lines = [
        "| events/s asked | reached | p50 ms | p99 ms | p99.9 ms | greatest, ms "
        "| p99 from the producer's hands, ms | generator late by, p99 ms |",
        "|---|---|---|---|---|---|---|---|",
    ]
    keys = ("achieved_rate", "p50_ms", "p99_ms", "p999_ms", "max_ms", "from_producer_p99_ms", "generator_lateness_p99_ms")
    for rate in result.parameters["rates"]:
        figures = result.figures[f"rate_{rate}"]
        lines.append(f"| {number(rate)} | {' | '.join(number(figures[key]) for key in keys)} |")
    return lines


def warehouse_table(result: Result) -> list[str]:
    """Return the warehouse's figures as rows of Markdown."""
    figures, parameters = result.figures, result.parameters
    lag = ", ".join(f"p{name} {number(figures[key])} ms" for name, key in (("50", "lag_p50_ms"), ("99", "lag_p99_ms")))
    lines = ["| into bronze.decisions | rows/s: median (min - max) | CPU us a row | cores busy with other work |", "|---|---|---|---|"]
    for parallelism, found in figures["by_parallelism"].items():
        used: dict[str, float] = defaultdict(float)
        for name, share in found["cpu_microseconds_per_row"].items():
            used[component_of(name)] += share
        cpu = _listed((name, share) for name, share in _largest(used) if share >= 1)
        rows, other = spread_text(found["rows_per_second"]), spread_text(found["other_work_cores"])
        lines.append(
            f"| {number(parameters['decisions'])} decisions that lay ready, parallelism {parallelism} | {rows} | {cpu} | {other} |"
        )
    return [
        *lines,
        "",
        f"From the decision's record to its row, at {number(parameters['lag_rate'])} payments a second, default settings: {lag}.",
    ]


def dbt_table(result: Result) -> list[str]:
    """Return how long dbt takes as rows of Markdown."""
    words = {
        "first_build_seconds": "first build, all models",
        "tests_seconds": "all tests",
        "nothing_new_seconds": "again, nothing new",
    }
    found = sorted((int(size), figures) for size, figures in result.figures.items())
    lines = [f"| seconds | {' | '.join(f'{number(size)} decisions' for size, _ in found)} |", f"|---|{'---|' * len(found)}"]
    lines += [f"| {what} | {' | '.join(number(figures[key]) for _, figures in found)} |" for key, what in words.items()]
    more = (f"{number(figures['decisions_more_seconds'])} ({number(figures['decisions_more'])})" for _, figures in found)
    slowest = (_listed(_largest(figures["slowest_models_seconds"])[:3]) for _, figures in found)
    return [
        *lines,
        f"| with so many new decisions | {' | '.join(more)} |",
        f"| slowest of the first build | {' | '.join(slowest)} |",
    ]


TABLES: Final[dict[str, Callable[[Result], list[str]]]] = {
    "engine": engine_table,
    "throughput": throughput_table,
    "latency": latency_table,
    "warehouse": warehouse_table,
    "dbt": dbt_table,
}


def conditions(result: Result) -> str:
    """Return on what, when, and under which conditions a result was measured."""
    machine, versions, calibration = result.machine, result.versions, result.calibration
    software = ", ".join(f"{name} {version}" for name, version in versions.items())
    return (
        f"Measured {result.date[:10]} on {machine.cores} cores of {machine.cpu}, {number(machine.memory_gib)} GiB; {software}. "
        f"Just before: {number(calibration.loop_nanoseconds)} ns a loop step, {number(calibration.memory_nanoseconds)} ns a random read, "
        f"load average {number(calibration.load_average)}."
    )


def table(result: Result) -> str:
    """Return a result as Markdown: the table and its conditions."""
    # As it will be read back, so that the terminal and the documents show the same.
    plain = msgspec.json.decode(msgspec.json.encode(result), type=Result)
    return "\n".join([*TABLES[result.name](plain), "", conditions(plain)])


def filled(text: str, folder: Path = RESULTS) -> str:
    """Return a document with the figures of the results between its marks.

    A mark is `<!-- bench KEY -->...<!-- /bench -->`: `engine.table` stands for a table, `throughput.customers_20000.decisions_per_second`
    for one figure; of a spread, its median. Marks of a benchmark without a result stay as they are.

    Raises
    ------
    BadInputError
        If a key leads nowhere.
    """

    def fill(mark: re.Match[str]) -> str:
        key = mark["key"]
        name, _, path = key.partition(".")
        if name in TABLES and not (folder / f"{name}.json").exists():
            return mark[0]
        result = results.read(name, folder)
        content = f"\n{table(result)}\n" if path == "table" else _figure(result, path)
        return f"<!-- bench {key} -->{content}<!-- /bench -->"

    return _MARK.sub(fill, text)


def write_documents(folder: Path = RESULTS) -> list[Path]:
    """Write the figures into the documents, and return those that changed."""
    changed = []
    for document in DOCUMENTS:
        if document.exists():
            text = document.read_text(encoding="utf-8")
            new = filled(text, folder)
            if new != text:
                document.write_text(new, encoding="utf-8")
                changed.append(document)
    return changed


def _figure(result: Result, path: str) -> str:
    found: Any = result.figures
    for step in path.split("."):
        if not isinstance(found, Mapping) or step not in found:
            raise BadInputError("a document names a figure that is not there", got=f"{result.name}.{path}", fix="python -m benchmarks")
        found = found[step]
    return number(found["median"] if isinstance(found, Mapping) else found)


def _listed(shares: Iterable[tuple[str, float]]) -> str:
    return ", ".join(f"{name} {number(share)}" for name, share in shares)


def _largest(shares: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(shares.items(), key=lambda pair: -pair[1])
