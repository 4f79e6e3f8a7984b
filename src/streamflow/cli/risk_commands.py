"""`streamflow risk`: risk snapshots, built of labels."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streamflow.cli import control_risk
from streamflow.contracts.errors import BadInputError

if TYPE_CHECKING:
    from streamflow.contracts.risk import RiskDocument
    from streamflow.labels.book import LabelBook
    from streamflow.labels.faults import Faults

_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(no_args_is_help=True, help="Build risk snapshots, what labels say of stores and customers, and make them live.")
    group.command()(build)
    control_risk.add_to(group)
    app.add_typer(group, name="risk")


def build(
    labels: Annotated[Path | None, typer.Option(help="File of labels (.jsonl, .csv, .parquet) instead of the topic.")] = None,
    as_of: Annotated[str | None, typer.Option(help="The moment: 2h, 7d ago, or ISO 8601 with a zone; by default now.")] = None,
    transactions: Annotated[
        Path | None, typer.Option(help="Transactions (.jsonl, .csv, .parquet) that count as honest where nobody complained in time.")
    ] = None,
    settled_after_days: Annotated[float, typer.Option(help="In so many days; with --transactions.", min=0, max=3650)] = 7.0,
    previous: Annotated[Path | None, typer.Option(help="Document of an earlier moment, to add the newer labels to.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write the document to this file (JSON).")] = None,
    push: Annotated[bool, typer.Option("--push", help="Make it live.")] = False,
    reason: Annotated[str, typer.Option(help="Why; with --push, stands in the history.")] = "",
    as_json: _Json = False,
) -> None:
    """Build the snapshot of a moment: labels count from when they were known, and nothing that came later leaves a trace.

    Example: streamflow risk build --as-of 2026-01-31T00:00:00Z --out risk.json
    """
    from streamflow.cli.labels_commands import list_faults
    from streamflow.cli.moments import iso, now_ms, parse_time_ms
    from streamflow.cli.output import print_facts
    from streamflow.control.documents import read_risk_file
    from streamflow.labels.payments import settle
    from streamflow.labels.risk import build_risk

    if out is None and not push:
        raise typer.BadParameter("say where the document goes: --out FILE or --push")
    now = now_ms()
    as_of_ms = now if as_of is None else parse_time_ms(as_of, now, option="--as-of", sign=-1)
    if push and as_of_ms > now:
        raise BadInputError("a snapshot of the future cannot be live", expected=f"at most {iso(now)}", got=iso(as_of_ms), where="--as-of")
    before = None if previous is None else read_risk_file(previous)
    book, faults = _labels(labels)
    facts: dict[str, object] = {"as_of": iso(as_of_ms)}
    if transactions is not None:
        facts["settled_in_silence"], unreadable = settle(book, transactions, settled_after_days, as_of_ms)
        facts["unreadable_transactions"] = unreadable.count
    document, summary = build_risk(book, as_of_ms, previous=before)
    facts |= {
        "labels": summary.labels,
        "not_known_yet": summary.not_known_yet,
        "unreadable": faults.count,
        "transactions": summary.transactions,
        "frauds": summary.frauds,
        "changed_verdicts": summary.changed_verdicts,
        "stores": len(document.stores),
        "customers": len(document.customers),
    }
    if out is not None:
        _write(out, document)
        facts["out"] = str(out)
    if push:
        from streamflow.control.publish import push_risk
        from streamflow.settings import Settings

        published = push_risk(Settings.load().kafka_client_config(), document, reason)
        facts["changed"] = published is not None
        if published is not None:
            facts |= {"generation": published.generation.generation, "risk": published.generation.risk}
            facts["active_from"] = iso(published.active_from_ms)
    print_facts(facts | ({"first_unreadable": faults.first} if as_json else {}), as_json=as_json)
    if not as_json:
        list_faults(faults)


def _labels(file: Path | None) -> "tuple[LabelBook, Faults]":
    """Return all labels, also those that are known later: a snapshot of any moment leaves them out by itself."""
    from streamflow.labels.imports import LabelFile
    from streamflow.labels.topic import collect, read_labels
    from streamflow.settings import Settings

    if file is None:
        return collect(read_labels(Settings.load().kafka_client_config()))
    return collect(LabelFile(file).labels())


def _write(file: Path, document: "RiskDocument") -> None:
    import msgspec

    try:
        file.write_bytes(msgspec.json.encode(document) + b"\n")
    except OSError as error:
        raise BadInputError("the risk document cannot be written", got=error.strerror or str(error), where=str(file)) from error
