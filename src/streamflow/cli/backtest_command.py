"""`streamflow backtest`: what rules and models would have done with a history."""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer

if TYPE_CHECKING:
    from streamflow.backtest.plan import Configuration, Retraining
    from streamflow.cli.history import History

_HELP = """
Say what rules and a model would have done with a history: the same engine as the stream, while risk snapshots are built of what had
become known by then.

INPUT is JSON lines, CSV (.csv) or Parquet (.parquet), or - for JSON lines from standard input, in order of time. With --records it is a
file of whole Kafka records, and with --control what was active when comes from a dump of the control topic: the decisions are then those
of the stream, byte for byte (--decisions). With --warehouse it is bronze in PostgreSQL, with the labels there unless --labels names others.

Example: streamflow backtest payments.jsonl --labels labels.jsonl --model model/ --compare-alpha 0.5 --html report.html

Example: streamflow backtest --warehouse --rules stricter.yaml --compare-rules rules.yaml

Example: streamflow backtest payments.jsonl --labels labels.jsonl --retrain-every 14 --from 2018-06-07T00:00:00Z
"""
# An answer to one question, not one of many: it may take its time.
_WAREHOUSE_SECONDS = 86_400
_COMPARE = "Comparison (a second configuration; what is not given is as in the first)"
_TIME = "What changes on the way"
_MEASURE = "What is measured"
_OUT = "Output"


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("backtest", help=_HELP)(backtest)


def backtest(
    source: Annotated[str | None, typer.Argument(metavar="INPUT", show_default=False)] = None,
    labels: Annotated[Path | None, typer.Option(help="Labels: .jsonl, .csv or .parquet, as `streamflow labels import` reads them.")] = None,
    rules: Annotated[Path | None, typer.Option(help="Rules file (YAML); by default the rules that StreamFlow ships.")] = None,
    lists: Annotated[Path | None, typer.Option(help="Blocklists (JSON), such as `streamflow simulate --reference` writes.")] = None,
    model: Annotated[Path | None, typer.Option(help="Folder of a model, signed or not; by default rules only.")] = None,
    alpha: Annotated[
        float | None, typer.Option(min=0, max=1, help="Share of the model in the score; by default what the rules say.")
    ] = None,
    records: Annotated[Path | None, typer.Option(help="File of whole Kafka records instead of INPUT.")] = None,
    control: Annotated[Path | None, typer.Option(help="Dump of the control topic; with --records.")] = None,
    warehouse: Annotated[bool, typer.Option("--warehouse", help="The warehouse's payments and labels instead of INPUT.")] = False,
    column_map: Annotated[list[str] | None, typer.Option("--map", help="column=field of INPUT, for CSV and Parquet; repeatable.")] = None,
    label_map: Annotated[list[str] | None, typer.Option("--label-map", help="column=field of the labels; repeatable.")] = None,
    risk_every: Annotated[
        float, typer.Option(metavar="DAYS", min=0, help="Days between risk snapshots; 0: none.", rich_help_panel=_TIME)
    ] = 1.0,
    retrain_every: Annotated[
        float | None, typer.Option(metavar="DAYS", min=1, help="Train a model every so many days.", rich_help_panel=_TIME)
    ] = None,
    kind: Annotated[str, typer.Option(help="What is trained: supervised, linear or anomaly.", rich_help_panel=_TIME)] = "supervised",
    delay_days: Annotated[float, typer.Option(min=0, max=365, help="Younger payments are not learnt from.", rich_help_panel=_TIME)] = 7.0,
    compare_rules: Annotated[Path | None, typer.Option(help="Its rules.", rich_help_panel=_COMPARE)] = None,
    compare_model: Annotated[Path | None, typer.Option(help="Its model, which stays.", rich_help_panel=_COMPARE)] = None,
    compare_alpha: Annotated[float | None, typer.Option(min=0, max=1, help="Its alpha.", rich_help_panel=_COMPARE)] = None,
    shown: Annotated[int, typer.Option(min=0, help="Differing payments to list.", rich_help_panel=_COMPARE)] = 20,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="Measure payments from this time on.", rich_help_panel=_MEASURE)
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Measure payments before this time.", rich_help_panel=_MEASURE)] = None,
    price_of_alert: Annotated[
        float, typer.Option(min=0, help="Price of a false alert, reference currency.", rich_help_panel=_MEASURE)
    ] = 5.0,
    saved_share: Annotated[
        float, typer.Option(min=0, max=1, help="Share of a caught fraud's amount that is saved.", rich_help_panel=_MEASURE)
    ] = 1.0,
    decisions: Annotated[Path | None, typer.Option(help="File for the decisions, one a line.", rich_help_panel=_OUT)] = None,
    html: Annotated[Path | None, typer.Option(help="File for the report with plots, complete in itself.", rich_help_panel=_OUT)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.", rich_help_panel=_OUT)] = False,
) -> None:
    """Say what rules and a model would have done with a history; see `_HELP`."""
    from streamflow.backtest.measure import measure
    from streamflow.backtest.plan import Plan
    from streamflow.backtest.run import run
    from streamflow.backtest.truth import Truth, read_truth
    from streamflow.cli.history import open_history, open_warehouse
    from streamflow.cli.moments import now_ms, parse_time_ms
    from streamflow.cli.score_commands import column_mapping
    from streamflow.contracts.tables import READER
    from streamflow.settings import Settings
    from streamflow.store.history import read_labels

    if (source is not None) + (records is not None) + warehouse != 1:
        raise typer.BadParameter("give one of INPUT, --records FILE and --warehouse")
    if warehouse and column_map:
        raise typer.BadParameter("--map is for CSV and Parquet; the warehouse's columns have their names")
    if control is not None and (records is None or any(given is not None for given in (rules, lists, model, alpha, retrain_every))):
        raise typer.BadParameter("--control goes with --records, and replaces --rules, --lists, --model, --alpha and --retrain-every")
    settings = Settings.load()
    keys = settings.trusted_model_keys()
    configurations: tuple[Configuration, ...]
    if control is not None:
        if any(given is not None for given in (compare_rules, compare_model, compare_alpha)):
            raise typer.BadParameter("--control is compared with nothing")
        configurations, risk_every = (_of_dump(control, keys),), 0.0
    else:
        configurations = _configurations((rules, model, alpha), (compare_rules, compare_model, compare_alpha), lists)
    plan = Plan(
        risk_every_days=risk_every,
        retraining=_retraining(retrain_every, kind, delay_days),
        from_ms=None if from_ is None else parse_time_ms(from_, now_ms(), option="--from", sign=-1),
        until_ms=None if until is None else parse_time_ms(until, now_ms(), option="--until", sign=-1),
        price_of_alert=price_of_alert,
        saved_share=saved_share,
        shown=shown,
    )
    engine_settings = settings.engine_settings("payload" if source is not None else None)
    dsn = settings.postgres_dsn(READER) if warehouse else ""
    if labels is not None:
        truth = read_truth(labels, column_mapping(label_map or []))
    else:
        truth = Truth(read_labels(dsn, _WAREHOUSE_SECONDS) if warehouse else ())
    # The labels stay to the end: the garbage collector need not walk through a million of them again and again.
    gc.freeze()
    with ExitStack() as stack:
        if warehouse:
            opened = open_warehouse(dsn, _WAREHOUSE_SECONDS)
        else:
            opened = open_history(str(records or source), column_mapping(column_map or []), whole_records=bool(records))
        history = stack.enter_context(opened)
        out = None if decisions is None else stack.enter_context(decisions.open("wb"))
        report, say = stack.enter_context(_progress(history, enabled=not as_json))
        done = run(
            configurations,
            history.records,
            truth,
            plan,
            settings=engine_settings,
            event_time_is_record_time=source is not None,
            report=report,
            say=say,
            decisions=out,
        )
        say("measuring")
        result = measure(done, configurations, truth, plan)
    if html is not None:
        from streamflow.backtest.html import page

        html.write_text(page(result, title=str(records or source or "the warehouse")), encoding="utf-8")
    if as_json:
        from streamflow.cli.output import print_json

        print_json(result)
    else:
        from streamflow.cli.backtest_output import print_report

        print_report(result)
        if html is not None:
            typer.echo(f"report: {html}")


def _of_dump(control: Path, keys: tuple[str, ...]) -> "Configuration":
    from streamflow.backtest.plan import Configuration
    from streamflow.cli.score_commands import dumped_control

    return Configuration(name="control topic", control=dumped_control(control, keys))


_Choice = tuple[Path | None, Path | None, float | None]


def _configurations(first: _Choice, second: _Choice, lists: Path | None) -> "tuple[Configuration, ...]":
    import msgspec

    from streamflow.backtest.plan import Configuration
    from streamflow.control.documents import NO_LISTS, default_rules, read_lists_file, read_rules_file
    from streamflow.control.model_files import read_model_folder
    from streamflow.score.model import read_unsigned_model

    lists_document = NO_LISTS if lists is None else read_lists_file(lists)

    def made(name: str, choice: _Choice, *, retrained: bool = True) -> "Configuration":
        rules, model, alpha = choice
        document = default_rules() if rules is None else read_rules_file(rules)
        if alpha is not None:
            document = msgspec.structs.replace(document, alpha=alpha)
        read = None if model is None else read_unsigned_model(read_model_folder(model), where=str(model))
        return Configuration.of(name, document, lists_document, read, retrained=retrained)

    if second == (None, None, None):
        return (made("backtest", first),)
    merged = cast("_Choice", tuple(one if other is None else other for one, other in zip(first, second, strict=True)))
    return made(_name(first, "as it is"), first), made(_name(second, "compared"), merged, retrained=second[1] is None)


def _name(choice: _Choice, otherwise: str) -> str:
    rules, model, alpha = choice
    parts = [
        *(() if rules is None else (f"rules {rules.name}",)),
        *(() if model is None else (f"model {model.name}",)),
        *(() if alpha is None else (f"alpha {alpha:g}",)),
    ]
    return ", ".join(parts) or otherwise


def _retraining(every_days: float | None, kind: str, delay_days: float) -> "Retraining | None":
    from streamflow.backtest.plan import Retraining

    if kind not in ("supervised", "linear", "anomaly"):
        raise typer.BadParameter(f"--kind is supervised, linear or anomaly; got {kind}")
    if every_days is None:
        return None
    known = cast("Literal['supervised', 'linear', 'anomaly']", kind)
    return Retraining(every_days=every_days, kind=known, delay_days=delay_days)


@contextmanager
def _progress(history: "History", *, enabled: bool) -> Iterator[tuple[Callable[[int], None], Callable[[str], None]]]:
    """Show how far a history is, with rate and time left, on a terminal only; yield what takes the number of records, and words."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns: tuple[Any, ...] = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    begin = time.perf_counter()
    with Progress(*columns, console=console, transient=True, disable=not enabled or not console.is_terminal) as bar:
        task = bar.add_task("deciding", total=history.size, rate="")

        def report(done: int) -> None:
            rate = done / max(time.perf_counter() - begin, 1e-9)
            bar.update(task, completed=history.position(done), description="deciding", rate=f"{rate:,.0f} payments/s".replace(",", " "))

        yield report, lambda words: bar.update(task, description=words)
