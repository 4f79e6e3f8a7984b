"""`streamflow train`: a model from a history, and from what became known of it."""

import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

if TYPE_CHECKING:
    from typing import BinaryIO

    from streamflow.backtest.truth import Truth
    from streamflow.ml.table import FeatureTable, TableBuilder
    from streamflow.ml.train import TrainedModel

_HELP = """
Train a model on a history, for `streamflow model push`.

INPUT is JSON lines, CSV (.csv) or Parquet (.parquet), or - for JSON lines from standard input, in order of time. It runs through the same
engine as the stream, with risk snapshots of what was known on each day; the model sees the features that the decisions carry. Nothing that
happened or became known after --until is looked at.

Without labels: --kind anomaly, from the first day on. With labels: supervised (gradient-boosted trees) or linear.

Example: streamflow train payments.jsonl --labels labels.jsonl --kind supervised --out models/first --key keys/ana.key
"""
_LEARNING = "What is learnt"
_THRESHOLD = "From when on it is enough for an alert"


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("train", help=_HELP)(train)


def train(
    source: Annotated[str, typer.Argument(metavar="INPUT", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="Folder for the model, its card and its plots.", show_default=False)],
    kind: Annotated[str, typer.Option(help="anomaly, supervised or linear.", rich_help_panel=_LEARNING)] = "anomaly",
    labels: Annotated[
        Path | None,
        typer.Option(help="Labels: .jsonl, .csv or .parquet, as `streamflow labels import` reads them.", rich_help_panel=_LEARNING),
    ] = None,
    delay_days: Annotated[
        float,
        typer.Option(
            min=0,
            max=365,
            help="Younger payments are not learnt from; older ones without a label count as honest.",
            rich_help_panel=_LEARNING,
        ),
    ] = 7.0,
    until: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="When the training happens; by default after the last payment.", rich_help_panel=_LEARNING),
    ] = None,
    feature: Annotated[
        list[str] | None, typer.Option(help="What the model may look at; may be repeated.", show_default=False, rich_help_panel=_LEARNING)
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Decides everything that is drawn.", rich_help_panel=_LEARNING)] = 0,
    budget: Annotated[float, typer.Option(help="Without labels: share of the traffic that may alert.", rich_help_panel=_THRESHOLD)] = 0.01,
    precision: Annotated[
        float | None,
        typer.Option(help="With labels: wanted share of frauds among the alerts; by default the best F1.", rich_help_panel=_THRESHOLD),
    ] = None,
    key: Annotated[Path | None, typer.Option(help="Private key (`streamflow model keygen`): the model is signed.")] = None,
    rules: Annotated[Path | None, typer.Option(help="Rules file (YAML); by default the rules that StreamFlow ships.")] = None,
    lists: Annotated[Path | None, typer.Option(help="Blocklists (JSON), such as `streamflow simulate --reference` writes.")] = None,
    column_map: Annotated[list[str] | None, typer.Option("--map", help="column=field of INPUT, for CSV and Parquet; repeatable.")] = None,
    label_map: Annotated[list[str] | None, typer.Option("--label-map", help="column=field of the labels; repeatable.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Train a model on a history; see `_HELP`."""
    from streamflow.cli.moments import now_ms, parse_time_ms
    from streamflow.cli.output import progress
    from streamflow.cli.score_commands import column_mapping
    from streamflow.control.model_files import read_key_file

    if kind not in ("anomaly", "supervised", "linear"):
        raise typer.BadParameter(f"--kind is anomaly, supervised or linear; got {kind}")
    if kind != "anomaly" and labels is None:
        raise typer.BadParameter(f"--kind {kind} learns from labels: give --labels FILE, or take --kind anomaly")
    until_ms = None if until is None else parse_time_ms(until, now_ms(), option="--until", sign=-1)
    private_key = None if key is None else read_key_file(key)
    mapping = column_mapping(column_map or [])
    truth = _truth(labels, column_mapping(label_map or []), None if source == "-" or mapping else Path(source), delay_days)
    table = _collect(source, mapping, truth, rules, lists, quiet=as_json)
    if until_ms is None:
        until_ms = int(table.event_time_ms.max()) + 1 if len(table) else 0

    from streamflow.ml.folder import write_folder
    from streamflow.ml.plan import TrainingPlan
    from streamflow.ml.train import train as train_model
    from streamflow.ml.verdicts import join

    plan = TrainingPlan(
        kind=cast("Any", kind),
        until_ms=until_ms,
        delay_days=delay_days,
        budget=budget,
        precision=precision,
        seed=seed,
        features=tuple(feature or ()),
    )
    with progress("training", enabled=not as_json):
        joined = None if labels is None else join(table, truth.labels)
        trained = train_model(table, joined, plan, lambda step: None if as_json else typer.echo(f"{step} ...", err=True))
        write_folder(trained, out, private_key)
    _print(trained, out, signed=private_key is not None, as_json=as_json)


def _truth(labels: Path | None, mapping: dict[str, str], transactions: Path | None, delay_days: float) -> "Truth":
    from streamflow.backtest.truth import Truth, read_truth

    if labels is None:
        return Truth()
    truth = read_truth(labels, mapping)
    if truth.faults.count:
        from streamflow.cli.labels_commands import list_faults

        list_faults(truth.faults)
    if transactions is None or not all(label.is_fraud for label in truth.labels):
        return truth
    # Who is only told of frauds learns from time that the others were none; the stores' risk needs both.
    from streamflow.labels.book import LabelBook
    from streamflow.labels.payments import settle

    book = LabelBook(truth.labels)
    settle(book, transactions, delay_days, _NEVER_MS)
    return Truth(book.in_order())


_NEVER_MS = 2**62


def _collect(
    source: str, mapping: dict[str, str], truth: "Truth", rules: Path | None, lists: Path | None, *, quiet: bool
) -> "FeatureTable":
    """Run the history through the engine as a backtest does, and return its decisions as a table."""
    from streamflow.backtest.plan import Configuration, Plan
    from streamflow.backtest.run import run
    from streamflow.cli.history import open_history
    from streamflow.cli.output import progress
    from streamflow.control.documents import NO_LISTS, default_rules, read_lists_file, read_rules_file
    from streamflow.ml.table import TableBuilder
    from streamflow.settings import Settings

    settings = Settings.load().engine_settings("payload")
    lists_document = NO_LISTS if lists is None else read_lists_file(lists)
    configuration = Configuration.of("training", default_rules() if rules is None else read_rules_file(rules), lists_document)
    builder = TableBuilder()
    with open_history(source, mapping) as history, progress("deciding", enabled=not quiet, total=history.size) as report:
        run(
            [configuration],
            history.records,
            truth,
            Plan(),
            settings=settings,
            event_time_is_record_time=True,
            report=lambda done: report(history.position(done)),
            decisions=cast("BinaryIO", _Collector(builder)),
        )
    return builder.table()


class _Collector(io.RawIOBase):
    """Where a run writes its decisions, each with its line feed."""

    def __init__(self, builder: "TableBuilder") -> None:
        super().__init__()
        self._builder = builder

    def write(self, line: Any) -> int:
        self._builder.add(line)
        return len(line)


def _print(trained: "TrainedModel", out: Path, *, signed: bool, as_json: bool) -> None:
    from streamflow.cli.output import print_facts

    card = trained.card
    facts: dict[str, Any] = {
        "model": card.model,
        "learnt_from_payments": card.learnt.payments,
        "learnt_from_frauds": card.learnt.frauds,
        "measured_on_payments": card.later.payments,
        "threshold": card.threshold,
        "alert_percent": round(100 * card.alert_ratio, 3),
    }
    for name, interval in card.metrics.items():
        known = interval.estimate == interval.estimate
        facts[name] = (round(interval.estimate, 4) if known else None) if as_json else _words(interval)
    facts |= {"signed": signed, "card": str(out / "card.md"), "out": str(out)}
    print_facts(facts, as_json=as_json)


def _words(interval: tuple[float, float, float]) -> str:
    estimate, low, high = interval
    if estimate != estimate:
        return "-"
    return f"{estimate:.3f} ({low:.3f} to {high:.3f})" if low == low else f"{estimate:.3f}"
