"""`streamflow simulate`: labelled synthetic traffic into a file or a topic."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from streamflow.simulate import Batch, Plan
    from streamflow.simulate.topic import Sent

_HELP = """
Write labelled synthetic traffic: customers, journeys, habits, and eight kinds of fraud. The same seed and options give the same bytes.

The labels never stand in the transactions: --labels takes them. --reference takes customers, stores and lists.json: who belongs
on the blocklist.

Example: streamflow simulate --events 1000000 --customers 20000 --out traffic.jsonl --labels labels.csv --reference reference/

Example: streamflow simulate --topic --rate 1000 --labels topic --malformed-ratio 0.01
"""
_LABELS_TO_TOPIC = "topic"
_RATIO = "Share of the records, 0 to 1."
_SCENARIOS = "Fraud scenarios (each a share of the records)"
_DISORDER = "What goes wrong on the way (each a share of the records)"
_OUTPUT = "Output"


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("simulate", help=_HELP)(simulate)


def simulate(
    events: Annotated[int, typer.Option(help="Records in all, with repeats and malformed ones.", min=0)] = 100_000,
    customers: Annotated[int, typer.Option(help="People who pay.", min=10)] = 2_000,
    days: Annotated[float, typer.Option(help="Length of the history in event time.")] = 30.0,
    seed: Annotated[int, typer.Option(help="Decides everything that is drawn.", min=0)] = 42,
    start: Annotated[str, typer.Option(help="ISO 8601 date or time of the first event, or now: the history then ends now.")] = "2026-01-01",
    out: Annotated[str | None, typer.Option(help="File: .jsonl, .csv, .parquet, or - (JSON lines).", rich_help_panel=_OUTPUT)] = None,
    topic: Annotated[bool, typer.Option("--topic", help="Send to the topic of raw transactions.", rich_help_panel=_OUTPUT)] = False,
    rate: Annotated[
        float | None, typer.Option(help="Records a second, open loop; with --topic.", min=0.001, rich_help_panel=_OUTPUT)
    ] = None,
    labels: Annotated[str | None, typer.Option(help="File for the labels, or topic: the labels' topic.", rich_help_panel=_OUTPUT)] = None,
    reference: Annotated[Path | None, typer.Option(help="Folder for customers, stores and lists.json.", rich_help_panel=_OUTPUT)] = None,
    reference_format: Annotated[str, typer.Option(help="csv or parquet.", rich_help_panel=_OUTPUT)] = "csv",
    fraud_ratio: Annotated[
        float | None, typer.Option(help="All scenarios together, in the mixture that the next options say.", rich_help_panel=_SCENARIOS)
    ] = None,
    card_testing: Annotated[float, typer.Option(help="Bursts of small amounts.", rich_help_panel=_SCENARIOS)] = 0.003,
    high_value: Annotated[float, typer.Option(help="Amounts far above the customer's.", rich_help_panel=_SCENARIOS)] = 0.0025,
    impossible_travel: Annotated[float, typer.Option(help="Another city, minutes later.", rich_help_panel=_SCENARIOS)] = 0.0025,
    unusual_hour: Annotated[float, typer.Option(help="While the customer sleeps.", rich_help_panel=_SCENARIOS)] = 0.001,
    account_takeover: Annotated[float, typer.Option(help="An account emptied in hours.", rich_help_panel=_SCENARIOS)] = 0.002,
    compromised_store: Annotated[float, typer.Option(help="Second charges after a breach.", rich_help_panel=_SCENARIOS)] = 0.0015,
    listed_customer: Annotated[float, typer.Option(help="Customers on the blocklist.", rich_help_panel=_SCENARIOS)] = 0.0015,
    listed_store: Annotated[float, typer.Option(help="Stores on the blocklist.", rich_help_panel=_SCENARIOS)] = 0.001,
    malformed_ratio: Annotated[float, typer.Option(help="Cannot be read.", rich_help_panel=_DISORDER)] = 0.0,
    late_ratio: Annotated[float, typer.Option(help="Arrive 10 s to 12 h after their time.", rich_help_panel=_DISORDER)] = 0.0,
    repeated_ratio: Annotated[float, typer.Option(help="Are sent twice.", rich_help_panel=_DISORDER)] = 0.0,
    malformed_kind: Annotated[
        list[str] | None, typer.Option(help="Only these kinds; may be repeated.", show_default=False, rich_help_panel=_DISORDER)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Write labelled synthetic traffic; see `_HELP`."""
    import time

    from streamflow.cli.output import progress
    from streamflow.simulate.files import check_file_output, write_files
    from streamflow.simulate.malformed import FILE_KINDS, KIND_NAMES
    from streamflow.simulate.plan import FraudRatios, Plan, start_from_text
    from streamflow.simulate.reference import write_reference

    _check_outputs(out, topic, rate, labels, reference, reference_format)
    ratios = FraudRatios(
        card_testing=card_testing,
        high_value=high_value,
        impossible_travel=impossible_travel,
        unusual_hour=unusual_hour,
        account_takeover=account_takeover,
        compromised_store=compromised_store,
        listed_customer=listed_customer,
        listed_store=listed_store,
    )
    plan = Plan(
        events=events,
        customers=customers,
        days=days,
        seed=seed,
        start_ms=start_from_text(start, days, time.time_ns() // 1_000_000),
        fraud=ratios if fraud_ratio is None else ratios.scaled(fraud_ratio),
        malformed_ratio=malformed_ratio,
        late_ratio=late_ratio,
        repeated_ratio=repeated_ratio,
        malformed_kinds=tuple(malformed_kind or (KIND_NAMES if topic else FILE_KINDS)),
    )
    facts: dict[str, Any] = {"events": 0, "seed": seed}
    if out is not None:
        check_file_output(plan, out)
    if reference is not None:
        facts["reference"] = write_reference(plan, reference, "parquet" if reference_format == "parquet" else "csv")
    if out is not None:
        began = time.perf_counter()
        with progress("simulating", enabled=not as_json, total=events) as report:
            counts = write_files(plan, out, None if labels is None else Path(labels), report)
        seconds = time.perf_counter() - began
        facts |= {"events": events, "counts": dict(counts), "out": out, "seconds": round(seconds, 3)}
        facts["events_per_second"] = round(events / seconds, 1)
    elif topic:
        sent = _send(plan, rate, labels, as_json)
        facts |= {"events": sent.records, "counts": dict(sent.counts), "seconds": sent.seconds}
        if labels == _LABELS_TO_TOPIC:
            facts["labels"] = sent.labels
        facts["events_per_second"] = sent.events_per_second
        if rate is not None:
            facts |= {name: getattr(sent, name) for name in ("lateness_p50_ms", "lateness_p99_ms", "lateness_max_ms")}
    _print_summary(facts, as_json=as_json, standard_output_taken=out == "-")


def _check_outputs(
    out: str | None, topic: bool, rate: float | None, labels: str | None, reference: Path | None, reference_format: str
) -> None:
    if out is not None and topic:
        raise typer.BadParameter("give either --out FILE or --topic")
    if out is None and not topic and reference is None:
        raise typer.BadParameter("say where the traffic goes: --out FILE, --out - or --topic")
    if rate is not None and not topic:
        raise typer.BadParameter("--rate goes with --topic: a file has no clock")
    if labels == _LABELS_TO_TOPIC and not topic:
        raise typer.BadParameter("--labels topic goes with --topic; give a file name")
    if labels is not None and (labels == "-" or labels == out):
        raise typer.BadParameter("the labels need a file of their own")
    if reference_format not in ("csv", "parquet"):
        raise typer.BadParameter(f"--reference-format is csv or parquet, got {reference_format}")


def _send(plan: "Plan", rate: float | None, labels: str | None, as_json: bool) -> "Sent":
    from streamflow.cli.output import progress
    from streamflow.contracts.catalogue import LABELS
    from streamflow.settings import Settings
    from streamflow.simulate.files import labels_writer
    from streamflow.simulate.topic import TopicWriter
    from streamflow.simulate.traffic import BATCH_EVENTS, batches

    writer = TopicWriter(Settings.load().kafka_client_config(), labels_topic=LABELS.name if labels == _LABELS_TO_TOPIC else None, rate=rate)
    writer.check()
    # Small batches keep the encoding from delaying what is due.
    size = BATCH_EVENTS if rate is None else max(1, min(BATCH_EVENTS, round(rate / 50)))
    with ExitStack() as stack:
        write_labels = None
        if labels is not None and labels != _LABELS_TO_TOPIC:
            write_labels = stack.enter_context(labels_writer(Path(labels)))
        report = stack.enter_context(progress("simulating", enabled=not as_json, total=plan.events))
        return writer.send(_tee(batches(plan, size), write_labels), report)


def _tee(batches: "Iterator[Batch]", write: "Callable[[Batch], None] | None") -> "Iterator[Batch]":
    for batch in batches:
        if write is not None:
            write(batch)
        yield batch


def _print_summary(facts: dict[str, Any], *, as_json: bool, standard_output_taken: bool) -> None:
    from streamflow.cli.output import print_facts

    if not standard_output_taken:
        print_facts(facts, as_json=as_json)
    elif as_json:
        import msgspec

        typer.echo(msgspec.json.encode(facts).decode(), err=True)
