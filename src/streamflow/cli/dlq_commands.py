"""`streamflow dlq`: what could not be read, and sending it again."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from streamflow.contracts.errors import BadInputError, ExitCode

if TYPE_CHECKING:
    from streamflow.deadletters.letter import Letter
    from streamflow.deadletters.replay import Fix, Plan
    from streamflow.deadletters.selection import Selection

_Code = Annotated[list[str] | None, typer.Option("--code", help="Only this code; may be repeated.")]
_Since = Annotated[str | None, typer.Option(help="Arrived since: 30m, 12h, 7d ago, or an ISO 8601 time with a zone.")]
_Until = Annotated[str | None, typer.Option(help="Arrived before: 30m, 12h, 7d ago, or an ISO 8601 time with a zone.")]
_Topic = Annotated[str | None, typer.Option("--topic", help="Only from this source topic.")]
_Partition = Annotated[int | None, typer.Option("--partition", help="Only from this partition of the source.", min=0)]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_SHOWN_HEADER_BYTES = 500
_SHOWN_REFUSALS = 10


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(no_args_is_help=True, help="List, show and replay dead letters: records that could not be read.")
    group.command("list")(list_letters)
    group.command()(show)
    group.command()(replay)
    app.add_typer(group, name="dlq")


def list_letters(
    code: _Code = None,
    since: _Since = None,
    until: _Until = None,
    topic: _Topic = None,
    partition: _Partition = None,
    limit: Annotated[int, typer.Option(help="Newest dead letters to show below the counts.", min=0)] = 20,
    as_json: _Json = False,
) -> None:
    """Count dead letters by code, and show the newest.

    Example: streamflow dlq list --code AMOUNT_NOT_DECIMAL --since 2h
    """
    import msgspec

    from streamflow.cli.moments import iso
    from streamflow.cli.output import print_json, print_table
    from streamflow.contracts.preview import preview
    from streamflow.deadletters.reading import Replays, overview, read_letters
    from streamflow.settings import Settings

    selection = _selection([], code, since, until, topic, partition)
    config = Settings.load().kafka_client_config()
    found = overview(read_letters(config, selection), Replays.read(config), limit)
    if as_json:
        print_json(msgspec.to_builtins(found))
        return
    copies = f"; {found.copies} further copies of the same records" if found.copies else ""
    typer.echo(f"{found.total} dead letters, {found.replayed} of them replayed{copies}")
    if found.counts:
        print_table(("code", "count"), [(preview(name), str(count)) for name, count in found.counts.items()])
    if found.newest:
        rows = [
            (
                headline.id,
                headline.place,
                iso(headline.time_ms),
                preview(headline.code),
                preview(headline.message),
                _mark(headline.replayed),
            )
            for headline in found.newest
        ]
        print_table(("source", "dead letter", "arrived", "code", "message", "replayed"), rows)


def show(
    name: Annotated[
        str, typer.Argument(metavar="ID", help="TOPIC/PARTITION/OFFSET of the source, or PARTITION:OFFSET of the dead letter.")
    ],
    out: Annotated[Path | None, typer.Option(help="Write the original bytes of the value to this file.")] = None,
    as_json: _Json = False,
) -> None:
    """Show one dead letter: why it died, its headers, and its value as safe text.

    Example: streamflow dlq show transactions.raw/3/42
    """
    from streamflow.cli.output import print_json
    from streamflow.deadletters.letter import parse_id
    from streamflow.deadletters.reading import Replays, find_letter
    from streamflow.settings import Settings

    wanted = parse_id(name)
    config = Settings.load().kafka_client_config()
    letter = find_letter(config, wanted)
    if letter is None:
        raise BadInputError("no such dead letter", got=str(wanted), fix="streamflow dlq list")
    facts = _facts(letter, replayed=letter in Replays.read(config))
    if out is not None:
        _write(out, letter.record.value)
    if as_json:
        print_json(facts)
        return
    for label, value in facts.items():
        if label not in ("headers", "preview"):
            typer.echo(f"{label.replace('_', ' '):<15} {value}")
    typer.echo("headers" + ("" if facts["headers"] else "         (none)"))
    for header, value in facts["headers"]:
        typer.echo(f"  {header}: {value}")
    typer.echo(f"value\n{facts['preview']}")


def _facts(letter: "Letter", *, replayed: bool) -> dict[str, Any]:
    from streamflow.cli.moments import iso
    from streamflow.contracts.preview import preview
    from streamflow.contracts.rejection import MEANING, Code

    value = letter.record.value
    return {
        "source": str(letter.source) if letter.source else "-",
        "dead_letter": str(letter.place),
        "arrived": iso(letter.time_ms),
        "died": iso(letter.record.timestamp_ms),
        "code": preview(letter.code),
        "meaning": MEANING[Code(letter.code)] if letter.code in set(Code) else "-",
        "message": preview(letter.message),
        "stage": preview(letter.stage),
        "schema_version": preview(letter.schema_version or "-"),
        "replayed": _mark(replayed),
        "key": preview(letter.record.key, _SHOWN_HEADER_BYTES),
        "value_bytes": "-" if value is None else len(value),
        "headers": [(preview(name, _SHOWN_HEADER_BYTES), preview(text, _SHOWN_HEADER_BYTES)) for name, text in letter.headers],
        "preview": preview(value),
    }


def replay(
    names: Annotated[list[str] | None, typer.Argument(metavar="ID", help="Dead letters by name, as `dlq show` takes it.")] = None,
    code: _Code = None,
    since: _Since = None,
    until: _Until = None,
    topic: _Topic = None,
    partition: _Partition = None,
    all_letters: Annotated[bool, typer.Option("--all", help="Every dead letter, where no other selection is given.")] = False,
    patch: Annotated[Path | None, typer.Option(help="JSON merge patch (RFC 7396) to apply to each payload.")] = None,
    key: Annotated[str | None, typer.Option(help="Key to send in the place of the original one.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be sent, and send nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: _Json = False,
) -> None:
    """Send dead letters to the topic that they came from: each at most once, whatever happens to this command.

    Key and headers stay; a header names the dead letter. Nothing is deleted. What was replayed before is passed over.

    Example: streamflow dlq replay --code AMOUNT_NOT_DECIMAL --since 1d --patch fix.json --dry-run
    """
    import msgspec

    from streamflow.cli.output import print_json
    from streamflow.deadletters.patch import read_patch
    from streamflow.deadletters.replay import MAX_KEY_BYTES, Fix, plan_replay
    from streamflow.deadletters.replay import replay as send
    from streamflow.settings import Settings

    selection = _selection(names or [], code, since, until, topic, partition)
    if selection.is_all != all_letters:
        raise typer.BadParameter("select dead letters by ID, --code, --since, --until, --topic or --partition; or give --all")
    fix = Fix(None if patch is None else read_patch(patch), None if key is None else key.encode())
    if fix.key is not None and not 0 < len(fix.key) <= MAX_KEY_BYTES:
        raise BadInputError("--key is no key", expected=f"1 to {MAX_KEY_BYTES} bytes", got=f"{len(fix.key)} bytes")
    config = Settings.load().kafka_client_config()
    plan = plan_replay(config, selection, fix)
    if not as_json:
        _print_plan(plan, fix)
    sent = 0
    if plan.places and not dry_run:
        _confirm(len(plan.places), yes=yes)
        sent = send(
            config, plan, fix, report=lambda count: None if as_json else typer.echo(f"sent {count} of {len(plan.places)}", err=True)
        )
    if as_json:
        facts = msgspec.to_builtins(plan)
        print_json({**facts, "places": [str(place) for place in plan.places], "dry_run": dry_run, "sent": sent})
    elif plan.places and not dry_run:
        typer.echo(f"replayed {sent} dead letters")
    if plan.refused:
        raise typer.Exit(ExitCode.FAILED)


def _print_plan(plan: "Plan", fix: "Fix") -> None:
    from streamflow.contracts.preview import preview

    changes = [name for name, given in (("patched", fix.patch is not None), ("with another key", fix.key is not None)) if given]
    codes = ", ".join(f"{preview(name)} {count}" for name, count in plan.counts.items())
    typer.echo(f"to send{' ' + ' and '.join(changes) if changes else ''}: {len(plan.places)}{f' ({codes})' if codes else ''}")
    if plan.already_replayed:
        typer.echo(f"already replayed: {plan.already_replayed}")
    if plan.copies:
        typer.echo(f"further copies of the same records: {plan.copies}")
    for refused in plan.refused[:_SHOWN_REFUSALS]:
        typer.echo(f"cannot be sent: {refused.id}: {preview(refused.why)}", err=True)
    if len(plan.refused) > _SHOWN_REFUSALS:
        typer.echo(f"cannot be sent: {len(plan.refused) - _SHOWN_REFUSALS} more", err=True)


def _confirm(count: int, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise BadInputError("nobody is there to ask", expected="--yes, or a terminal", fix="the same command with --yes or --dry-run")
    typer.confirm(f"Send {count} dead letters again?", abort=True)


def _selection(
    names: list[str], code: list[str] | None, since: str | None, until: str | None, topic: str | None, partition: int | None
) -> "Selection":
    from streamflow.cli.moments import now_ms, parse_time_ms
    from streamflow.deadletters.selection import Selection, parse_codes, split_ids

    now = now_ms()
    sources, places = split_ids(names)
    return Selection(
        codes=parse_codes(code or []),
        since_ms=None if since is None else parse_time_ms(since, now, option="--since", sign=-1),
        until_ms=None if until is None else parse_time_ms(until, now, option="--until", sign=-1),
        topic=topic,
        partition=partition,
        sources=sources,
        places=places,
    )


def _write(path: Path, value: bytes | None) -> None:
    if value is None:
        raise BadInputError("there are no bytes to write", got="a null value")
    try:
        path.write_bytes(value)
    except OSError as error:
        raise BadInputError("the output cannot be written", got=error.strerror or str(error), where=str(path)) from error


def _mark(replayed: bool) -> str:
    return "yes" if replayed else "no"
