"""`streamflow topic`: the catalogue's topics on a broker, and whole Kafka records as JSON lines."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from streamflow.contracts.errors import BadInputError

_STANDARD_OUTPUT = "-"


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(no_args_is_help=True, help="Create topics, and look into them.")
    group.callback()(_topics)
    group.command()(create)
    group.command()(dump)
    app.add_typer(group, name="topic")


def _topics() -> None:
    """Create topics, and look into them."""


def create(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Create what is missing of StreamFlow's topics on the broker, and put the settings of the others right.

    `streamflow up` does so on its own broker; on yours it takes a user who may create and alter topics. The broker's default says how often
    a topic is replicated. A topic with another number of partitions is named and left alone.

    Example: streamflow topic create
    """
    import msgspec

    from streamflow.cli.output import print_json
    from streamflow.contracts.catalogue import TOPICS
    from streamflow.settings import Settings
    from streamflow.stack.topics import ensure_topics

    changes = ensure_topics(Settings.load().kafka_client_config(), TOPICS)
    if as_json:
        print_json(msgspec.structs.asdict(changes))
    else:
        typer.echo(changes.summary())


def dump(
    topic: Annotated[str, typer.Argument(help="Name of the topic.")],
    out: Annotated[str, typer.Option(help="File to write, or - for standard output.")] = _STANDARD_OUTPUT,
    limit: Annotated[int | None, typer.Option(help="Stop after so many records.", min=1)] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with new records until Ctrl-C; without the old ones.")] = False,
    from_beginning: Annotated[bool, typer.Option("--from-beginning", help="With --follow: the old ones first.")] = False,
) -> None:
    """Write the records of a topic as JSON lines, keys, headers and values whole: what is there now, sorted by partition and offset.

    Records of aborted and open transactions are passed over. `streamflow score --records` reads the lines again.

    Example: streamflow topic dump transactions.raw --out raw.jsonl
    """
    from streamflow.kafka.dump import dump_line
    from streamflow.kafka.reading import read_to_end, tail
    from streamflow.settings import Settings

    config = Settings.load().kafka_client_config()
    records = tail(config, topic, from_beginning=from_beginning) if follow else read_to_end(config, topic)
    count = 0
    with closing(records), _binary_output(out) as stream:
        for record in islice(records, limit):
            stream.write(dump_line(record) + b"\n")
            count += 1
            if follow:
                stream.flush()
    if out != _STANDARD_OUTPUT:
        typer.echo(f"{count} records of {topic} written to {out}", err=True)


@contextmanager
def _binary_output(out: str) -> Iterator[BinaryIO]:
    if out == _STANDARD_OUTPUT:
        stream = typer.get_binary_stream("stdout")
        yield stream
        stream.flush()
        return
    try:
        with Path(out).open("wb") as file:
            yield file
    except OSError as error:
        raise BadInputError("the output cannot be written", got=error.strerror or str(error), where=out) from error
