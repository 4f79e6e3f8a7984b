"""`streamflow dataset`: labelled data to measure detection with."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from streamflow.dataset import DatasetReport, Progress

_SYNCCFD_HELP = """
Generate the payments of the synccfd simulator and their labels: transactions.jsonl, labels.jsonl, dataset.json.

The simulator runs in an environment of its own, which the first run makes. The same options give the same bytes, and nothing is
generated twice. The whole set takes some minutes of one core; --sample takes seconds.

Example: streamflow dataset synccfd --sample --out build/datasets/sample
"""
_HANDBOOK_HELP = """
Import the Fraud Detection Handbook's days, Parquet or CSV files in one folder: transactions.jsonl, labels.jsonl, dataset.json.

docs/dataset.md has the lines of pandas that make such files of the Handbook's own.

Example: streamflow dataset handbook days/ --out build/datasets/handbook
"""
_DELAY = "Days after a payment until its label is known."
_JSON = "Print the summary as JSON."
_SIZE = "Size (not with --sample)"


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(help="Labelled data to measure detection with.", no_args_is_help=True)
    group.command("synccfd", help=_SYNCCFD_HELP)(synccfd)
    group.command("handbook", help=_HANDBOOK_HELP)(handbook)
    app.add_typer(group, name="dataset")


def synccfd(
    customers: Annotated[int | None, typer.Option(help="Cards.", show_default="4000", rich_help_panel=_SIZE)] = None,
    terminals: Annotated[int | None, typer.Option(help="Stores.", show_default="8000", rich_help_panel=_SIZE)] = None,
    days: Annotated[int | None, typer.Option(help="Length of the history.", show_default="150", rich_help_panel=_SIZE)] = None,
    start: Annotated[str, typer.Option(help="First day, YYYY-MM-DD.")] = "2018-04-01",
    seed: Annotated[int, typer.Option(help="Decides the places; the rest has seeds fixed in the simulator.")] = 42,
    delay_days: Annotated[float, typer.Option(help=_DELAY)] = 7.0,
    sample: Annotated[bool, typer.Option("--sample", help="The small set of continuous integration.")] = False,
    out: Annotated[Path, typer.Option(help="Folder; its three files are replaced.")] = Path("build/datasets/synccfd"),
    as_json: Annotated[bool, typer.Option("--json", help=_JSON)] = False,
) -> None:
    """Generate the payments of the synccfd simulator; see `_SYNCCFD_HELP`."""
    import msgspec

    from streamflow.cli.output import progress
    from streamflow.dataset import SAMPLE, WHOLE, SynccfdPlan, make_synccfd

    sizes = {name: size for name, size in (("customers", customers), ("terminals", terminals), ("days", days)) if size is not None}
    if sample and sizes:
        raise typer.BadParameter(f"--sample has sizes of its own: leave out {', '.join(f'--{name}' for name in sizes)}")
    parameters = msgspec.structs.asdict(SAMPLE if sample else WHOLE) | sizes | {"start": start, "seed": seed}

    @contextmanager
    def stage(what: str, total: int) -> "Iterator[Progress]":
        with progress(what, enabled=not as_json, total=total) as report:
            yield report

    result, already_there = make_synccfd(SynccfdPlan(**parameters), out, delay_days=delay_days, stage=stage)
    _print(result, out, already_there, as_json)


def handbook(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder with the days.", show_default=False)],
    delay_days: Annotated[float, typer.Option(help=_DELAY)] = 7.0,
    out: Annotated[Path, typer.Option(help="Folder; its three files are replaced.")] = Path("build/datasets/handbook"),
    as_json: Annotated[bool, typer.Option("--json", help=_JSON)] = False,
) -> None:
    """Import the Fraud Detection Handbook's days; see `_HANDBOOK_HELP`."""
    from streamflow.cli.output import progress
    from streamflow.dataset import import_handbook

    with progress("writing", enabled=not as_json) as report:
        result = import_handbook(folder, out, delay_days=delay_days, report=report)
    _print(result, out, False, as_json)


def _print(result: "DatasetReport", out: Path, already_there: bool, as_json: bool) -> None:
    from streamflow.cli.output import print_facts

    facts = {
        "transactions": result.transactions,
        "frauds": result.frauds,
        "fraud_percent": round(100 * result.frauds / result.transactions, 3),
        "frauds_by_scenario": result.frauds_by_scenario,
        "customers": result.customers,
        "stores": result.stores,
        "amounts_raised": result.amounts_raised,
        "first": result.first,
        "last": result.last,
        "label_delay_days": result.parameters["label_delay_days"],
        "already_there": already_there,
        "out": str(out),
    }
    print_facts(facts, as_json=as_json)
