"""Rows of bronze without Flink: the same columns from the same documents, by COPY."""

import base64
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
import psycopg
from psycopg import sql

from streamflow.contracts.decision import Outcome
from streamflow.contracts.label import decode_label
from streamflow.contracts.preview import preview
from streamflow.contracts.tables import ALERTS_TABLE, DEAD_LETTERS, DECISIONS, LABELS_TABLE, Table

Row = dict[str, Any]
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SOURCE: Final = ("topic", "partition", "offset", "timestamp")
_THRESHOLDS: Final = ("review", "block")
_JSON: Final = ("rules", "reasons", "features")
_MADE: Final = {*(f"source_{name}" for name in _SOURCE), *(f"{name}_threshold" for name in _THRESHOLDS), *_JSON, "extra", "loaded_at"}


def decision_row(value: bytes) -> Row:
    """Return the row of bronze.decisions for a decision's JSON."""
    document = msgspec.json.decode(value)
    source, thresholds = document["source"], document["thresholds"]
    row = {name: document.get(name) for name in DECISIONS.column_names if name not in _MADE}
    row |= {f"source_{name}": source[name] for name in _SOURCE}
    row |= {f"{name}_threshold": thresholds[name] for name in _THRESHOLDS}
    row |= {name: safe_json(document[name]) for name in _JSON}
    row["extra"] = None if document.get("extra") is None else json.dumps(document["extra"], ensure_ascii=False, separators=(",", ":"))
    return row


def safe_json(value: Any) -> str:
    """Return JSON that jsonb takes: it knows no character NUL, which is written as the writer does."""
    return json.dumps(_without_nul(value), ensure_ascii=False, separators=(",", ":"))


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\\x00")
    if isinstance(value, list):
        return [_without_nul(item) for item in value]
    if isinstance(value, dict):
        return {_without_nul(name): _without_nul(item) for name, item in value.items()}
    return value


def is_alert(decision: Row) -> bool:
    return decision["outcome"] != Outcome.APPROVE and not decision["duplicate"]


def alert_row(decision: Row) -> Row:
    return {name: decision[name] for name in ALERTS_TABLE.column_names if name != "loaded_at"}


def dead_letter_row(line: bytes, place: int) -> Row:
    """Return the row of bronze.dead_letters for a line of `dead_letters.jsonl`, which lies at an offset of partition 0."""
    letter = msgspec.json.decode(line)
    source = letter["source"]
    key, value = (None if letter[name] is None else base64.b64decode(letter[name]) for name in ("key_base64", "original_base64"))
    moment = (_EPOCH + timedelta(milliseconds=source["timestamp_ms"])).isoformat()
    return {
        "source_topic": source["topic"],
        "source_partition": source["partition"],
        "source_offset": source["offset"],
        "source_timestamp": moment,
        **{name: letter[name] for name in ("code", "stage", "schema_version")},
        "message": preview(letter["message"]),
        "record_key": None if key is None else preview(key),
        "preview": None if value is None else preview(value),
        "value_bytes": None if value is None else len(value),
        "dlq_partition": 0,
        "dlq_offset": place,
        "dlq_timestamp": moment,
    }


def label_row(value: bytes, partition: int, offset: int) -> Row:
    """Return the row of bronze.labels for a label's JSON."""
    label = decode_label(value)
    fields = {name: getattr(label, name) for name in label.__struct_fields__}
    return {"label_partition": partition, "label_offset": offset, "label_timestamp": label.known_at, **fields}


def insert(connection: psycopg.Connection[Any], table: Table, rows: Iterable[Row]) -> int:
    """Add rows as the writer does: an upsert by the table's key. Returns how many came."""
    columns = [name for name in table.column_names if name != "loaded_at"]
    with connection.transaction(), connection.cursor() as cursor:
        names = {"staging": sql.Identifier(f"staging_{table.name}"), "table": sql.Identifier(table.schema, table.name)}
        listed = sql.SQL(", ").join(map(sql.Identifier, columns))
        types = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(name)) for name in columns)
        cursor.execute(sql.SQL("CREATE TEMPORARY TABLE {staging} ({types}) ON COMMIT DROP").format(types=types, **names))
        count = 0
        with cursor.copy(sql.SQL("COPY {staging} ({listed}) FROM STDIN").format(listed=listed, **names)) as copy:
            for row in rows:
                copy.write_row([_text(row[name]) for name in columns])
                count += 1
        typed = sql.SQL(", ").join(
            sql.SQL("{}::" + column.type).format(sql.Identifier(column.name)) for column in table.columns if column.name in columns
        )
        kept = sql.SQL(", ").join(sql.Identifier(name) for name in table.key)
        others = [sql.Identifier(name) for name in columns if name not in table.key]
        changed = sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(name) for name in others)
        cursor.execute(
            sql.SQL("INSERT INTO {table} ({listed}) SELECT {typed} FROM {staging} ON CONFLICT ({kept}) DO UPDATE SET {changed}").format(
                listed=listed, typed=typed, kept=kept, changed=changed, **names
            )
        )
    return count


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def seeded(
    dsn: str,
    *,
    decisions: Path | Iterable[bytes] = (),
    dead_letters: Path | Iterable[bytes] = (),
    labels: Path | Iterable[bytes] = (),
) -> dict[str, int]:
    """Fill bronze from what `streamflow score` and `streamflow simulate --labels` write; may be repeated.

    Parameters
    ----------
    dsn
        As the writer.
    decisions, dead_letters, labels
        JSON lines: a file, or the lines themselves. Alerts follow from the decisions.

    Returns
    -------
    dict of str to int
        How many rows came, by table.
    """
    rows = [decision_row(line) for line in _lines(decisions)]
    letters = (dead_letter_row(line, place) for place, line in enumerate(_lines(dead_letters)))
    with psycopg.connect(dsn, options="-c timezone=UTC") as connection:
        return {
            "decisions": insert(connection, DECISIONS, rows),
            "alerts": insert(connection, ALERTS_TABLE, (alert_row(row) for row in rows if is_alert(row))),
            "dead_letters": insert(connection, DEAD_LETTERS, letters),
            "labels": insert(connection, LABELS_TABLE, (label_row(line, 0, offset) for offset, line in enumerate(_lines(labels)))),
        }


def _lines(source: Path | Iterable[bytes]) -> Iterator[bytes]:
    if isinstance(source, Path):
        with source.open("rb") as stream:
            yield from stream
    else:
        yield from source
