"""`streamflow query`: rows in four forms, and errors that say where."""

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from streamflow.cli.main import app
from streamflow.contracts.errors import BadInputError, ExitCode, StreamFlowError
from tests.integration.postgres import Database, Server
from tests.warehouse import seeded

pytestmark = pytest.mark.stack

Query = Callable[..., str]
KINDS = """
SELECT 1::smallint AS small, 2 AS whole, 3::bigint AS big, 0.1::float8 AS ratio, 1234.50::numeric(14,2) AS amount, 1/3::numeric AS third,
    true AS yes, 'ação 🙂'::text AS words, '2026-01-02'::date AS day, '9999-12-31 23:59:59.999+00'::timestamptz AS late,
    '2026-01-02 03:04:05'::timestamp AS local, '\\x00ff'::bytea AS bytes, '{"a":[1,null]}'::jsonb AS document, ARRAY[1,2] AS list,
    '6f0c0f4e-6d2b-5d0a-9a55-5f1e8f0b7a31'::uuid AS id, NULL::text AS nothing
"""


@pytest.fixture
def query(warehouse: Database, postgres_server: Server, monkeypatch: pytest.MonkeyPatch) -> Query:
    """Return a function that runs `streamflow query` and returns what it printed."""
    monkeypatch.setenv("STREAMFLOW_POSTGRES_DSN", warehouse.superuser)

    def run(*arguments: str, given: str = "") -> str:
        result = CliRunner().invoke(app, ["query", *arguments], input=given)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == ExitCode.OK, result.output
        return result.stdout

    return run


def test_values_keep_what_they_are_in_json_and_csv(query: Query) -> None:
    (row,) = json.loads(query(KINDS, "--json"))
    assert row["amount"] == "1234.50"
    assert (row["words"], row["late"], row["document"], row["list"]) == ("ação 🙂", "9999-12-31T23:59:59.999000Z", {"a": [1, None]}, [1, 2])
    assert (row["whole"], row["ratio"], row["yes"], row["nothing"]) == (2, 0.1, True, None)
    (cells,) = csv.DictReader(io.StringIO(query(KINDS, "--csv")))
    assert (cells["amount"], cells["yes"], cells["nothing"], cells["document"]) == ("1234.50", "true", "", '{"a":[1,null]}')
    assert (cells["late"], cells["day"], cells["bytes"]) == ("9999-12-31T23:59:59.999000Z", "2026-01-02", "\\x00ff")


def test_values_keep_what_they_are_in_parquet(query: Query, tmp_path: Path) -> None:
    query(KINDS, "--parquet", str(tmp_path / "kinds.parquet"))
    found = pq.read_table(tmp_path / "kinds.parquet")
    assert found.schema.field("amount").type == pa.decimal128(14, 2)
    assert found.schema.field("late").type == pa.timestamp("us", tz="UTC")
    assert [str(kind) for kind in found.schema.types[:4]] == ["int16", "int32", "int64", "double"]
    (row,) = found.to_pylist()
    assert (row["amount"], row["third"], row["words"]) == (Decimal("1234.50"), Decimal("0.3333333333"), "ação 🙂")
    assert (row["bytes"], row["document"], row["list"]) == (b"\x00\xff", '{"a":[1,null]}', "[1,2]")
    assert row["local"] == datetime(2026, 1, 2, 3, 4, 5)
    assert row["late"] == datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)


def test_many_rows_come_whole_and_a_limit_ends_early(query: Query, tmp_path: Path) -> None:
    many = "SELECT n FROM generate_series(1, 20000) AS n"
    assert query(many, "--csv").splitlines()[-1] == "20000"
    assert len(json.loads(query(many, "--json", "--limit", "12"))) == 12
    query(many, "--parquet", str(tmp_path / "n.parquet"))
    assert pq.read_table(tmp_path / "n.parquet").column("n").to_pylist() == list(range(1, 20001))
    table = query(many)
    assert ("200" in table, "201" in table) == (True, False)
    assert json.loads(query("SELECT 1 AS n WHERE false", "--json")) == []


def test_a_table_shows_hostile_text_safely_and_reads_standard_input(query: Query) -> None:
    assert "\\x1b[31m" in query("-", given="SELECT E'\\x1b[31m' AS red")
    assert "4111111111111111" not in query("SELECT '4111111111111111' AS card")


def test_what_is_stored_can_be_asked(query: Query, warehouse: Database) -> None:
    decision = Path(__file__).parents[2] / "data" / "contracts" / "decision_v2.json"
    seeded(warehouse.writer, decisions=decision)
    (row,) = json.loads(query("SELECT amount, outcome, extra::jsonb->'note'->>'gift' AS gift FROM bronze.decisions", "--json"))
    assert row == {"amount": "450.00", "outcome": "block", "gift": "true"}


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("SELECT outcome,\n  nothing\nFROM bronze.decisions", r'column "nothing" does not exist \(line 2, column 3: +>>>nothing\)'),
        ("SELECT * FROM bronze.decision", r'relation "bronze.decision" does not exist \(line 1, column 15'),
        ("SELEC 1", r"syntax error.*line 1, column 1"),
        ("SELECT 1; SELECT 2", "multiple commands"),
        ("DELETE FROM bronze.decisions", "permission denied|would change data"),
        ("CREATE TEMPORARY TABLE x (id int)", "would change data"),
        ("SELECT * FROM pg_authid", "permission denied"),
        ("SET timezone = 'UTC'", "cannot be run"),
        ("   ", "there is no query"),
        ("-- nothing", "cannot be run"),
        ("SELECT 'infinity'::timestamptz", "cast it to text"),
        ("SELECT 1/0", "division by zero"),
    ],
)
def test_what_cannot_be_run_is_said_with_its_place(query: Query, statement: str, message: str) -> None:
    with pytest.raises(BadInputError, match=message):
        query("--json", "--", statement)


def test_what_does_not_fit_into_a_form_is_refused_and_leaves_no_file(query: Query, tmp_path: Path) -> None:
    target = tmp_path / "out.parquet"
    for statement in ("SELECT 1 AS a, 2 AS a", "SELECT 'NaN'::numeric AS n", "SELECT 1e40::numeric AS n"):
        with pytest.raises(BadInputError):
            query(statement, "--parquet", str(target))
        assert list(tmp_path.iterdir()) == []
    with pytest.raises(BadInputError, match="two columns have the same name"):
        query("SELECT 1 AS a, 2 AS a", "--json")
    with pytest.raises(BadInputError, match="cannot be written"):
        query("SELECT 1 AS a", "--parquet", str(tmp_path / "no" / "folder.parquet"))


def test_a_query_that_takes_too_long_is_ended(query: Query) -> None:
    with pytest.raises(StreamFlowError, match=r"took too long.*\n.*--timeout"):
        query("SELECT pg_sleep(600)", "--timeout", "1")
