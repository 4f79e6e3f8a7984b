"""Traffic into files: JSON lines, CSV or Parquet, and the labels beside them."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from streamflow.contracts.errors import BadInputError
from streamflow.simulate.encode import Columns
from streamflow.simulate.malformed import KINDS
from streamflow.simulate.plan import Plan
from streamflow.simulate.tables import TableWriter
from streamflow.simulate.traffic import Batch, Label, batches

STANDARD_OUTPUT: Final = "-"
LINE_ENDINGS: Final = (".jsonl", ".json", ".ndjson")
TABLE_ENDINGS: Final = (".csv", ".parquet")
_TRANSACTION_COLUMNS: Final = Columns.__struct_fields__
_LABEL_COLUMNS: Final = Label._fields

WriteBatch = Callable[[Batch], None]


def check_file_output(plan: Plan, out: str) -> None:
    """Refuse what the form of a file cannot hold.

    Raises
    ------
    BadInputError
        If the ending is unknown, the folder is not there, or malformed records are to go into a table, or kinds of them into lines
        that only Kafka has.
    """
    ending = Path(out).suffix
    if out != STANDARD_OUTPUT and ending not in (*LINE_ENDINGS, *TABLE_ENDINGS):
        raise BadInputError("unknown form of file", expected="a name that ends in .jsonl, .csv or .parquet, or -", got=out)
    if out != STANDARD_OUTPUT and not Path(out).absolute().parent.is_dir():
        raise BadInputError("the folder of a file does not exist", got=out, fix=f"mkdir -p {Path(out).parent}")
    if not plan.malformed_ratio:
        return
    if ending in TABLE_ENDINGS:
        raise BadInputError(
            "a table cannot hold malformed records",
            expected="no malformed records, or another output",
            got=out,
            fix="write JSON lines (--out traffic.jsonl) or a topic (--topic)",
        )
    only_kafka = [name for name in plan.malformed_kinds if KINDS[name].needs_key]
    if only_kafka:
        raise BadInputError("lines have neither key nor broker time", expected="kinds that a line can hold", got=", ".join(only_kafka))


def write_files(plan: Plan, out: str, labels: Path | None = None, progress: Callable[[int], None] | None = None) -> Counter[str]:
    """Write the traffic of a plan, and its labels where they are wanted; return the counts (see `Batch.counts`).

    Parameters
    ----------
    plan : Plan
        What to write.
    out : str
        Name of the file, whose ending decides the form, or `-` for JSON lines on standard output.
    labels : Path, optional
        Where the labels go, in the form that its ending says.
    progress : callable, optional
        Told how many records are written so far.
    """
    check_file_output(plan, out)
    counts: Counter[str] = Counter()
    done = 0
    with ExitStack() as stack:
        write = stack.enter_context(_transactions_writer(out))
        write_labels = stack.enter_context(labels_writer(labels)) if labels else None
        for batch in batches(plan):
            write(batch)
            if write_labels is not None:
                write_labels(batch)
            counts.update(batch.counts())
            done += len(batch)
            if progress is not None:
                progress(done)
    return counts


@contextmanager
def _transactions_writer(out: str) -> Iterator[WriteBatch]:
    if Path(out).suffix in TABLE_ENDINGS:
        with TableWriter(Path(out), _TRANSACTION_COLUMNS) as table:
            yield lambda batch: table.write(msgspec.structs.asdict(batch.columns()))
        return
    with _binary(out) as file:
        yield lambda batch: _write_lines(file, [value or b"" for value in batch.records()[1]])


@contextmanager
def labels_writer(path: Path) -> Iterator[WriteBatch]:
    """Open a file for labels, in the form that its ending says; yield what writes a batch's labels."""
    check_file_output(Plan(), str(path))
    if path.suffix in TABLE_ENDINGS:
        with TableWriter(path, _LABEL_COLUMNS) as table:
            yield lambda batch: table.write(batch.label_columns())
        return
    with _binary(str(path)) as file:
        yield lambda batch: _write_lines(file, batch.labels()[1])


@contextmanager
def _binary(name: str) -> Iterator[BinaryIO]:
    if name == STANDARD_OUTPUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with Path(name).open("wb") as file:
        yield file


def _write_lines(file: BinaryIO, lines: list[bytes]) -> None:
    if lines:
        file.write(b"\n".join(lines))
        file.write(b"\n")
