"""`streamflow explain`: one decision in words and numbers."""

from collections.abc import Collection, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from streamflow.contracts.errors import BadInputError

if TYPE_CHECKING:
    from streamflow.contracts.decision import Answer, Decision
    from streamflow.score.model import Model


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("explain")(explain)


def explain(
    source: Annotated[str, typer.Argument(metavar="FILE", help="decisions.jsonl, or - for standard input.")] = "-",
    identity: Annotated[str | None, typer.Option("--id", help="Decision id or transaction id; by default the first decision.")] = None,
    model: Annotated[list[Path] | None, typer.Option(help="Folder of a model that took part; may be repeated.")] = None,
    control: Annotated[Path | None, typer.Option(help="Dump of the control topic that holds the model.")] = None,
    live: Annotated[bool, typer.Option("--live", help="Take the model from the control topic itself.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the decision itself, indented, and every contribution.")] = False,
) -> None:
    """Print one decision for a person: what was decided, why, and on which numbers.

    What each feature contributed to a model's evidence is computed again, for an approved payment too. The model that ships with
    StreamFlow is at hand; any other one has to be named.

    Example: streamflow explain scored/decisions.jsonl --id tx-7-42 --model models/first
    """
    from streamflow.offline.contributions import contributions
    from streamflow.offline.explain import explain as in_words

    line, decision = _find(source, identity)
    found = [contributions(decision.answer, part) for part in _models(decision.answer, model or [], control, live=live)]
    if not as_json:
        typer.echo(in_words(decision, found))
        return
    from streamflow.cli.output import print_json

    print_json({**_fields(line), "contributions": found} if found else _fields(line))


def _fields(line: bytes) -> dict[str, Any]:
    import msgspec

    fields: dict[str, Any] = msgspec.json.decode(line)
    return fields


def _find(source: str, identity: str | None) -> "tuple[bytes, Decision]":
    import msgspec

    from streamflow.cli.history import binary_input
    from streamflow.contracts.decision import Decision

    with ExitStack() as stack:
        for number, line in enumerate(binary_input(source, stack), 1):
            try:
                decision = Decision.from_json(line)
            except msgspec.MsgspecError as error:
                raise BadInputError("this line is not a decision", got=str(error), where=f"{source}, line {number}") from error
            if identity in (None, decision.answer.decision_id, decision.transaction.transaction_id):
                return line, decision
    wanted = f"a decision with id {identity}" if identity else "at least one decision"
    raise BadInputError("no such decision", expected=wanted, where=source)


def _models(answer: "Answer", folders: list[Path], control: Path | None, *, live: bool) -> "Iterator[Model]":
    """Yield the models that took part in a decision, each once, as far as they are at hand; a folder's took part or is an error."""
    from streamflow.control.model_files import read_model_folder
    from streamflow.control.shipped import shipped_model
    from streamflow.offline.contributions import evidence_by_model
    from streamflow.score.model import read_unsigned_model

    wanted = set(evidence_by_model(answer))
    for folder in folders:
        model = read_unsigned_model(read_model_folder(folder), where=str(folder))
        wanted.discard(model.name)
        yield model
    if control is not None or live:
        for model in _of_control(wanted, control):
            wanted.discard(model.name)
            yield model
        if wanted:
            expected, where = ", ".join(sorted(wanted)), "the control topic" if control is None else str(control)
            raise BadInputError("the model that took part is not there", expected=expected, where=where)
    elif wanted and (shipped := shipped_model()).name in wanted:
        yield read_unsigned_model(shipped.files, where="the model that ships with StreamFlow")


def _of_control(names: Collection[str], dump: Path | None) -> "Iterator[Model]":
    from streamflow.cli.history import binary_input
    from streamflow.control.model_versions import named_models
    from streamflow.control.snapshot import ControlSnapshot, read_control
    from streamflow.kafka.dump import read_dump
    from streamflow.settings import Settings

    if dump is None:
        return named_models(read_control(Settings.load().kafka_client_config()), names)
    with ExitStack() as stack:
        return named_models(ControlSnapshot(read_dump(binary_input(str(dump), stack), str(dump))), names)
