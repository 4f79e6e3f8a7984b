"""The benchmarks' command line: `python -m benchmarks`."""

import tempfile
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from benchmarks import engine, latency, throughput, warehouse
from benchmarks.report import table, write_documents
from benchmarks.results import RESULTS, Result, write
from streamflow.contracts.errors import ExitCode, StreamFlowError
from streamflow.stack.config import CHECKOUT

QUICK_RESULTS = CHECKOUT / "build" / "benchmarks"


class Name(StrEnum):
    """What can be measured."""

    ENGINE = "engine"
    THROUGHPUT = "throughput"
    LATENCY = "latency"
    WAREHOUSE = "warehouse"


def main(
    names: Annotated[list[Name] | None, typer.Argument(help="What to measure; everything by default.")] = None,
    events: Annotated[int | None, typer.Option(min=5_000, help="Records of engine, throughput and warehouse.")] = None,
    customers: Annotated[list[int] | None, typer.Option(min=10, help="Number of customers; several for throughput.")] = None,
    rates: Annotated[list[int] | None, typer.Option("--rate", min=1, help="Events a second of latency; may be repeated.")] = None,
    parallelisms: Annotated[
        list[int] | None, typer.Option("--parallelism", min=1, help="Of throughput and warehouse; may be repeated.")
    ] = None,
    repeats: Annotated[int | None, typer.Option(min=1, help="Repeats of engine, throughput and warehouse.")] = None,
    settings: Annotated[list[str] | None, typer.Option("--set", help="section.key=value of the job's settings; may be repeated.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Small and short; says whether all works, not how fast.")] = False,
    out: Annotated[Path | None, typer.Option(help="Folder for the results.")] = None,
    write_docs: Annotated[bool, typer.Option("--write-docs", help="Measure nothing; write the results into the documents.")] = False,
) -> None:
    """Measure, print a table, and write benchmarks/results/NAME.json.

    Example: python -m benchmarks throughput --customers 20000 --parallelism 1
    """
    if write_docs:
        for path in write_documents(out or RESULTS):
            typer.echo(f"wrote {path.relative_to(CHECKOUT)}")
        return
    overrides = dict(pair.split("=", 1) for pair in settings or [] if "=" in pair)
    small = (customers or [20_000])[0]
    for name in names or list(Name):
        if name is Name.ENGINE:
            result = engine.bench(events or (10_000 if quick else 200_000), small, repeats or (1 if quick else 5))
        else:
            with tempfile.TemporaryDirectory(prefix="streamflow-bench-") as folder:
                directory = Path(folder) / "stack"
                if name is Name.THROUGHPUT:
                    result = throughput.bench(
                        directory,
                        events or (100_000 if quick else 2_000_000),
                        tuple(customers or ([20_000] if quick else [20_000, 1_000_000])),
                        tuple(parallelisms or ([1] if quick else [1, 2])),
                        repeats or (1 if quick else 3),
                        overrides,
                    )
                elif name is Name.WAREHOUSE:
                    result = warehouse.bench(
                        directory,
                        events or (50_000 if quick else 500_000),
                        lag_seconds=5 if quick else 30,
                        parallelisms=tuple(parallelisms or ([1] if quick else [1, 2])),
                        repeats=repeats or (1 if quick else 3),
                        overrides=overrides,
                    )
                else:
                    result = latency.bench(
                        directory,
                        tuple(rates or ([500] if quick else [1_000, 5_000])),
                        5 if quick else 30,
                        5 if quick else 20,
                        small,
                        overrides,
                    )
        _show(result, out or (QUICK_RESULTS if quick else RESULTS))


def _show(result: Result, folder: Path) -> None:
    typer.echo(table(result))
    typer.echo(f"\nwrote {write(result, folder)}\n")


def run() -> None:
    """Run the command line; what the operator can mend ends without a traceback."""
    try:
        typer.run(main)
    except StreamFlowError as error:
        typer.secho(f"error: {error}", fg="red", err=True)
        raise SystemExit(ExitCode(error.exit_code)) from error


if __name__ == "__main__":
    run()
