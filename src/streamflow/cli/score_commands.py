"""`streamflow score`: the engine over files."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streamflow.contracts.errors import BadInputError

if TYPE_CHECKING:
    from streamflow.score.control import ControlLog

_SCORE_HELP = """
Decide every record of a file, as the stream would.

INPUT is JSON lines, CSV (.csv) or Parquet (.parquet), or - for JSON lines from standard input: one transaction a line, the event's own
time as the record's time. With --records it is a file of whole Kafka records, as `streamflow topic dump` writes them.

Example: streamflow score payments.csv --map card_holder=customer_id --out scored/
"""


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("score", help=_SCORE_HELP)(score)


def score(
    source: Annotated[str | None, typer.Argument(metavar="INPUT", show_default=False)] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for decisions.jsonl and dead_letters.jsonl.")] = Path("scored"),
    rules: Annotated[Path | None, typer.Option(help="Rules file (YAML); by default the rules that StreamFlow ships.")] = None,
    lists: Annotated[Path | None, typer.Option(help="Blocklists (JSON), such as `streamflow simulate --reference` writes.")] = None,
    model: Annotated[Path | None, typer.Option(help="Folder of a signed model; by default rules only.")] = None,
    risk: Annotated[Path | None, typer.Option(help="Risk snapshot, such as `streamflow risk build` writes.")] = None,
    records: Annotated[Path | None, typer.Option(help="File of whole Kafka records instead of INPUT.")] = None,
    control: Annotated[Path | None, typer.Option(help="Dump of the control topic; with --records.")] = None,
    column_map: Annotated[list[str] | None, typer.Option("--map", help="column=field, for CSV and Parquet; may be repeated.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Decide every record of a file; see `_SCORE_HELP`."""
    from streamflow.cli.history import open_history
    from streamflow.cli.output import print_facts, progress
    from streamflow.engine import Engine
    from streamflow.offline.run import run
    from streamflow.settings import Settings

    if (source is None) == (records is None):
        raise typer.BadParameter("give either INPUT or --records FILE")
    if control is not None and (records is None or any(given is not None for given in (rules, lists, model, risk))):
        raise typer.BadParameter("--control goes with --records, and replaces --rules, --lists, --model and --risk")
    settings = Settings.load()
    keys = settings.trusted_model_keys()
    engine_settings = settings.engine_settings("payload" if records is None else None)
    log = dumped_control(control, keys) if control is not None else _fixed(rules, lists, model, risk, keys)
    engine = Engine(log, engine_settings)
    mapping = column_mapping(column_map or [])
    with (
        open_history(str(records or source), mapping, whole_records=records is not None) as history,
        progress("scoring", enabled=not as_json) as report,
    ):
        summary = run(engine, history.records, out, event_time_is_record_time=records is None, report=report)
    facts = {
        "records": summary.records,
        "decisions": summary.decisions,
        "dead_letters": summary.dead_letters,
        "alerts": summary.alerts,
        "customers": summary.customers,
        "outcomes": summary.outcomes,
        "codes": summary.codes,
        "seconds": round(summary.seconds, 3),
        "records_per_second": round(summary.records_per_second),
        "out": str(out),
    }
    print_facts(facts, as_json=as_json)


def _fixed(rules: Path | None, lists: Path | None, model: Path | None, risk: Path | None, trusted_keys: tuple[str, ...]) -> "ControlLog":
    from streamflow.control.documents import NO_LISTS, fixed_control, read_lists_file, read_risk_file, read_rules_file
    from streamflow.control.model_files import read_model_folder
    from streamflow.score.model import read_model

    keys = [bytes.fromhex(key) for key in trusted_keys]
    return fixed_control(
        None if rules is None else read_rules_file(rules),
        NO_LISTS if lists is None else read_lists_file(lists),
        None if model is None else read_model(read_model_folder(model), keys, where=str(model)),
        None if risk is None else read_risk_file(risk),
    )


def dumped_control(control: Path, trusted_keys: tuple[str, ...]) -> "ControlLog":
    """Return the control log that a dump of its topic holds; what is refused of it is said on standard error."""
    from streamflow.cli.history import binary_input
    from streamflow.kafka.dump import read_dump
    from streamflow.score.control import ControlLog

    log = ControlLog(trusted_keys)
    with ExitStack() as stack:
        for record in read_dump(binary_input(str(control), stack), str(control)):
            log.add(record.key, record.value, offset=record.offset, timestamp_ms=record.timestamp_ms)
    for refusal in log.refusals:
        typer.echo(f"not followed: {refusal.key} at offset {refusal.offset}: {refusal.reason}", err=True)
    if not len(log):
        raise BadInputError("the control file holds no generation that can be followed", where=str(control))
    return log


def column_mapping(pairs: list[str]) -> dict[str, str]:
    """Return what `--map column=field` says, fields by columns."""
    mapping = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    if len(mapping) != len(pairs) or not all(mapping) or not all(mapping.values()):
        raise typer.BadParameter(f"--map takes column=field, each column once; got {', '.join(pairs)}")
    return mapping
