"""The Fraud Detection Handbook's simulated days, as Parquet or CSV files, as a StreamFlow data set."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from streamflow.contracts.errors import BadInputError
from streamflow.dataset.files import BATCH_ROWS, DatasetReport, Progress, write_dataset
from streamflow.dataset.payments import Payments

SOURCE: Final = "handbook"
SCENARIOS: Final = {1: "high_amount", 2: "compromised_terminal", 3: "compromised_customer"}
_UNNAMED_SCENARIO: Final = "unknown"
_SCHEMA: Final = pa.schema(
    [
        ("TRANSACTION_ID", pa.string()),
        ("TX_DATETIME", pa.timestamp("ms")),
        ("CUSTOMER_ID", pa.string()),
        ("TERMINAL_ID", pa.string()),
        ("TX_AMOUNT", pa.float64()),
        ("TX_FRAUD", pa.int64()),
        ("TX_FRAUD_SCENARIO", pa.int64()),
    ]
)
_ENDINGS: Final = (".parquet", ".csv")


def import_handbook(folder: Path, out: Path, *, delay_days: float = 7.0, report: Progress | None = None) -> DatasetReport:
    """Write the days of a folder as one data set. Memory: about 150 bytes a payment.

    Parameters
    ----------
    folder : Path
        Holds one or more files that end in .parquet or .csv, with the columns of the Handbook; others are ignored.
    out : Path
        Folder for transactions.jsonl, labels.jsonl and dataset.json.
    delay_days : float
        How long after a payment its label becomes known.
    report : callable, optional
        Told how many payments are written so far.

    Raises
    ------
    BadInputError
        A file cannot be read, lacks a column or a value, or two payments have one id.
    """
    files = sorted(path for path in folder.glob("*") if path.suffix in _ENDINGS)
    if not files:
        raise BadInputError("there are no days", expected="files that end in .parquet or .csv", where=str(folder))
    table = pa.concat_tables([_read(path) for path in files])
    _check_ids(table, folder)
    order = np.argsort(table["TX_DATETIME"].to_numpy().astype("int64"), kind="stable")
    return write_dataset(out, SOURCE, {"label_delay_days": delay_days}, _payments(table.take(order)), delay_days, report)


def _read(path: Path) -> pa.Table:
    try:
        if path.suffix == ".csv":
            types = {field.name: field.type for field in _SCHEMA} | {"TX_DATETIME": pa.timestamp("ns")}
            options = pacsv.ConvertOptions(column_types=types, strings_can_be_null=True, include_columns=_SCHEMA.names)
            table = pacsv.read_csv(path, convert_options=options)
        else:
            table = pq.read_table(path, columns=_SCHEMA.names).select(_SCHEMA.names)
        # Not `safe`: the Handbook's times are whole seconds in nanoseconds.
        table = pa.table({field.name: pc.cast(table[field.name], field.type, safe=False) for field in _SCHEMA})
    except (OSError, KeyError, pa.ArrowException) as error:
        raise BadInputError("the day cannot be read", expected=", ".join(_SCHEMA.names), got=str(error), where=str(path)) from error
    for name in _SCHEMA.names:
        if table[name].null_count:
            raise BadInputError("a value is missing", got=f"{table[name].null_count} empty cells in {name}", where=str(path))
    _check_numbers(table, path)
    return table


def _check_numbers(table: pa.Table, path: Path) -> None:
    amounts = table["TX_AMOUNT"].to_numpy()
    wrong = amounts[~(np.isfinite(amounts) & (amounts >= 0))]
    if wrong.size:
        raise BadInputError("an amount is not one", expected="0 or more", got=str(wrong[0]), where=f"{path}, TX_AMOUNT")
    frauds = table["TX_FRAUD"].to_numpy()
    strange = frauds[(frauds != 0) & (frauds != 1)]
    if strange.size:
        raise BadInputError("a label is neither fraud nor honest", expected="0 or 1", got=str(strange[0]), where=f"{path}, TX_FRAUD")


def _check_ids(table: pa.Table, folder: Path) -> None:
    counts = pc.value_counts(table["TRANSACTION_ID"])
    twice = counts.filter(pc.greater(pc.struct_field(counts, "counts"), 1))
    if len(twice):
        raise BadInputError(
            "two payments have one TRANSACTION_ID",
            got=twice[0]["values"].as_py(),
            where=str(folder),
            fix="keep each day once, as Parquet or as CSV",
        )


def _payments(table: pa.Table) -> Iterator[Payments]:
    for start in range(0, len(table), BATCH_ROWS):
        part = table.slice(start, BATCH_ROWS)
        columns: dict[str, list[Any]] = {name: part[name].to_pylist() for name in _SCHEMA.names if name != "TX_DATETIME"}
        truth = zip(columns["TX_FRAUD"], columns["TX_FRAUD_SCENARIO"], strict=True)
        yield Payments(
            transaction_ids=[f"hb-{identity}" for identity in columns["TRANSACTION_ID"]],
            customer_ids=[f"hb-c-{identity}" for identity in columns["CUSTOMER_ID"]],
            store_ids=[f"hb-s-{identity}" for identity in columns["TERMINAL_ID"]],
            amounts=columns["TX_AMOUNT"],
            event_times_ms=part["TX_DATETIME"].to_numpy().astype("int64"),
            scenarios=[SCENARIOS.get(scenario, _UNNAMED_SCENARIO) if fraud else None for fraud, scenario in truth],
        )
