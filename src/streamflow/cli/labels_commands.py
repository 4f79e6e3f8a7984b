"""`streamflow labels`: what became known about transactions, into the topic and out of it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from streamflow.contracts.errors import BadInputError, ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamflow.contracts.label import Label
    from streamflow.labels.faults import Faults

_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_Transactions = Annotated[
    Path | None,
    typer.Option(help="Transactions or decisions (.jsonl, .csv, .parquet) that say what the labels do not: customer, store and time."),
]

_IMPORT_HELP = """
Write the labels of a file to the topic: JSON lines (.jsonl), CSV (.csv) or Parquet (.parquet).

Fields: transaction_id, customer_id, store_id, is_fraud, known_at and event_time (ISO 8601 with a zone), and source (chargeback, analyst,
settlement, import), scenario and comment where they are known. Lines that hold no label are listed and left out, and the exit code is 3.
Importing a file again changes nothing.

Example: streamflow labels import chargebacks.csv --map tx=transaction_id --map reported=known_at --transactions payments.jsonl
"""


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(no_args_is_help=True, help="Import, add and show labels: chargebacks and verdicts on transactions.")
    group.command("import", help=_IMPORT_HELP)(import_labels)
    group.command()(add)
    group.command()(show)
    app.add_typer(group, name="labels")


def import_labels(
    file: Annotated[Path, typer.Argument(help="Labels: .jsonl, .csv or .parquet.")],
    column_map: Annotated[list[str] | None, typer.Option("--map", help="column=field; may be repeated.")] = None,
    source: Annotated[str, typer.Option(help="Where labels come from that do not say it themselves.")] = "import",
    transactions: _Transactions = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and check, write nothing.")] = False,
    as_json: _Json = False,
) -> None:
    """Write the labels of a file to the topic; see `_IMPORT_HELP`."""
    from streamflow.cli.moments import now_ms
    from streamflow.cli.output import print_facts, progress
    from streamflow.cli.score_commands import column_mapping
    from streamflow.labels.faults import Fault, Faults
    from streamflow.labels.imports import LabelFile
    from streamflow.labels.topic import write_labels
    from streamflow.settings import Settings

    labels = LabelFile(file, column_mapping(column_map or []), _source(source), transactions)
    faults, counts = Faults(), {"labels": 0, "frauds": 0}

    def sound() -> "Iterator[Label]":
        for label in labels.labels(now_ms()):
            if isinstance(label, Fault):
                faults.add(label)
                continue
            counts["labels"] += 1
            counts["frauds"] += label.is_fraud
            yield label

    if dry_run:
        written = 0
        for _ in sound():
            pass
    else:
        with progress("importing", enabled=not as_json) as report:
            written = write_labels(Settings.load().kafka_client_config(), sound(), report)
    facts: dict[str, Any] = {"file": str(file), **counts, "written": written, "refused": faults.count}
    if labels.payments is not None:
        facts["unreadable_transactions"] = labels.payments.faults.count
    print_facts(facts | ({"first_refused": faults.first} if as_json else {}), as_json=as_json)
    if not as_json:
        list_faults(faults)
    if faults.count:
        raise typer.Exit(ExitCode.BAD_INPUT)


def add(
    transaction_id: Annotated[str, typer.Argument(help="Which transaction.")],
    fraud: Annotated[bool | None, typer.Option("--fraud/--honest", help="The verdict.", show_default=False)] = None,
    customer: Annotated[str | None, typer.Option(help="Its customer.")] = None,
    store: Annotated[str | None, typer.Option(help="Its store.")] = None,
    event_time: Annotated[str | None, typer.Option(help="Its own time: ISO 8601 with a zone.")] = None,
    known_at: Annotated[str | None, typer.Option(help="Known since: 2h, 3d ago, or ISO 8601 with a zone; by default now.")] = None,
    source: Annotated[str, typer.Option(help="chargeback, analyst, settlement or import.")] = "analyst",
    scenario: Annotated[str | None, typer.Option(help="Kind of fraud.")] = None,
    comment: Annotated[str | None, typer.Option(help="For people.")] = None,
    as_json: _Json = False,
) -> None:
    """Say of one transaction that it is fraud or honest. A later verdict takes an earlier one back.

    Customer, store and time are taken from the decision on it, unless all three are given.

    Example: streamflow labels add tx-7-42 --fraud --comment "customer called"
    """
    import msgspec

    from streamflow.cli.moments import now_ms, parse_time_ms
    from streamflow.cli.output import print_json
    from streamflow.contracts.label import Label, check_label
    from streamflow.labels.imports import require_known
    from streamflow.labels.topic import find_decision, write_labels
    from streamflow.settings import Settings

    if fraud is None:
        raise typer.BadParameter("say --fraud or --honest")
    now = now_ms()
    config = Settings.load().kafka_client_config()
    event_time_ms: int
    if customer is not None and store is not None and event_time is not None:
        event_time_ms = parse_time_ms(event_time, now, option="--event-time", sign=-1)
    elif customer is None and store is None and event_time is None:
        decision = find_decision(config, transaction_id)
        customer, store = decision.transaction.customer_id, decision.transaction.store_id
        event_time_ms = parse_time_ms(decision.answer.event_time.isoformat(), now, option="event_time")
    else:
        raise typer.BadParameter("give all of --customer, --store and --event-time, or none of them")
    known_at_ms = now if known_at is None else parse_time_ms(known_at, now, option="--known-at", sign=-1)
    fields = {
        "transaction_id": transaction_id,
        "customer_id": customer,
        "store_id": store,
        "is_fraud": fraud,
        "source": _source(source),
        "known_at": _moment(known_at_ms),
        "event_time": _moment(event_time_ms),
        "scenario": scenario,
        "comment": comment,
    }
    try:
        label = check_label(msgspec.convert(fields, Label))
    except msgspec.ValidationError as error:
        raise BadInputError("this cannot be a label", got=str(error)) from error
    require_known(label, now)
    write_labels(config, [label])
    if as_json:
        print_json(label)
    else:
        typer.echo(f"{label.transaction_id}: {'fraud' if label.is_fraud else 'honest'}, known since {label.known_at.isoformat()}")


def show(
    transaction_id: Annotated[str, typer.Argument(help="Which transaction.")],
    as_json: _Json = False,
) -> None:
    """Show every label of a transaction, and which verdict holds now. Reads the whole topic.

    Example: streamflow labels show tx-7-42
    """
    from streamflow.cli.moments import iso, now_ms
    from streamflow.cli.output import print_json, print_table
    from streamflow.contracts.preview import preview
    from streamflow.labels.book import LabelBook
    from streamflow.labels.faults import Fault
    from streamflow.labels.topic import read_labels
    from streamflow.settings import Settings

    config = Settings.load().kafka_client_config()
    found = (label for label in read_labels(config) if not isinstance(label, Fault) and label.transaction_id == transaction_id)
    book = LabelBook(found)
    history = book.history(transaction_id)
    if not history:
        raise BadInputError("no label of this transaction", got=preview(transaction_id), fix="streamflow labels add")
    verdict = book.verdict(transaction_id, now_ms())
    if as_json:
        print_json({"transaction_id": transaction_id, "verdict": verdict, "labels": history})
        return
    words = "nothing is known yet" if verdict is None else "fraud" if verdict.is_fraud else "honest"
    typer.echo(f"{preview(transaction_id)}: {words}")
    rows = [
        (
            iso(label.known_at_ms),
            "fraud" if label.is_fraud else "honest",
            label.source,
            label.customer_id,
            label.store_id,
            iso(label.event_time_ms),
            preview(label.scenario or "-"),
            preview(label.comment or "-"),
        )
        for label in reversed(history)
    ]
    print_table(("known at", "verdict", "source", "customer", "store", "event time", "scenario", "comment"), rows)


def list_faults(faults: "Faults") -> None:
    """Print on standard error what could not be read: the first of it, each with its place."""
    for fault in faults.first:
        typer.echo(f"{fault.where}: {fault.why}", err=True)
    if faults.count > len(faults.first):
        typer.echo(f"and {faults.count - len(faults.first)} more", err=True)


def _source(text: str) -> Any:
    from streamflow.contracts.label import LABEL_SOURCES

    if text not in LABEL_SOURCES:
        raise typer.BadParameter(f"--source is {', '.join(LABEL_SOURCES)}; got {text}")
    return text


def _moment(timestamp_ms: int) -> Any:
    from datetime import UTC, datetime, timedelta

    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=timestamp_ms)
