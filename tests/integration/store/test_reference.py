"""`streamflow reference import`: customers and stores, checked, and the same however often they come."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from streamflow.cli.main import app
from streamflow.contracts.errors import BadInputError, ExitCode
from streamflow.simulate import Plan
from streamflow.simulate.reference import write_reference
from tests.integration.postgres import Database

pytestmark = pytest.mark.stack

Import = Callable[..., Any]
HEAD = "customer_id,home_city,state,segment,valid_from,valid_to"


@pytest.fixture
def import_reference(warehouse: Database, monkeypatch: pytest.MonkeyPatch) -> Import:
    """Return a function that runs `streamflow reference import` and returns its facts."""
    monkeypatch.setenv("STREAMFLOW_POSTGRES_DSN", warehouse.superuser)

    def run(*arguments: object, exit_code: int = ExitCode.OK) -> Any:
        result = CliRunner().invoke(app, ["reference", "import", *map(str, arguments), "--json"])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == exit_code, result.output
        return json.loads(result.stdout)

    return run


def customers(path: Path, *lines: str, head: str = HEAD) -> Path:
    path.write_text("\n".join([head, *lines]) + "\n")
    return path


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_what_the_simulator_writes_comes_once_however_often(
    warehouse: Database, import_reference: Import, tmp_path: Path, form: Any
) -> None:
    counts = write_reference(Plan(customers=300, days=200), tmp_path, form)
    first, second = import_reference(tmp_path), import_reference(tmp_path)
    assert {fact["table"]: fact["inserted"] for fact in first} == {f"bronze.{name}": counts[name] for name in ("customers", "stores")}
    assert [(fact["inserted"], fact["updated"], fact["unchanged"]) for fact in second] == [
        (0, 0, counts["customers"]),
        (0, 0, counts["stores"]),
    ]
    assert {fact["refused"] for fact in (*first, *second)} == {0}
    assert warehouse.value("SELECT count(DISTINCT customer_id) FROM bronze.customers") == 300
    assert warehouse.value("SELECT count(*) FROM bronze.stores WHERE channel = 'online' AND latitude IS NULL") > 0
    # Both forms say the same.
    assert warehouse.value("SELECT count(*) FROM bronze.customers WHERE valid_to IS NULL") == 300


def test_a_version_that_ends_is_updated_and_the_next_one_added(warehouse: Database, import_reference: Import, tmp_path: Path) -> None:
    file = customers(tmp_path / "customers.csv", "cust-1,Recife,PE,gold,2026-01-01T00:00:00Z,")
    import_reference(file)
    loaded = warehouse.value("SELECT loaded_at FROM bronze.customers")
    customers(file, "cust-1,Recife,PE,gold,2026-01-01T00:00:00Z,2026-06-01T00:00:00Z", "cust-1,São Paulo,SP,gold,2026-06-01T00:00:00Z,")
    (fact,) = import_reference(file)
    assert (fact["inserted"], fact["updated"], fact["unchanged"], fact["overlapping"]) == (1, 1, 0, [])
    assert warehouse.value("SELECT loaded_at FROM bronze.customers WHERE home_city = 'Recife'") == loaded


def test_foreign_columns_are_mapped_and_rows_may_take_their_begin_from_the_option(
    warehouse: Database, import_reference: Import, tmp_path: Path
) -> None:
    file = customers(tmp_path / "members.csv", "m-1,Recife,x", "m-2,,", head="member,town,unknown column")
    with pytest.raises(BadInputError, match="--table"):
        import_reference(file)
    with pytest.raises(BadInputError, match="valid_from"):
        import_reference(file, "--table", "customers", "--map", "member=customer_id")
    begin = ("--valid-from", "2026-01-01T00:00:00Z")
    (fact,) = import_reference(file, "--table", "customers", "--map", "member=customer_id", "--map", "town=home_city", *begin)
    assert fact["inserted"] == 2
    assert warehouse.rows("SELECT customer_id, home_city FROM bronze.customers ORDER BY 1") == [("m-1", "Recife"), ("m-2", None)]


def test_rows_that_cannot_be_are_named_with_their_line_and_the_others_come(
    warehouse: Database, import_reference: Import, tmp_path: Path
) -> None:
    file = customers(
        tmp_path / "customers.csv",
        "cust-1,Recife,PE,gold,2026-01-01T00:00:00Z,",
        ",Recife,PE,gold,2026-01-01T00:00:00Z,",
        "cust-3,Recife,PE,gold,2026-01-01,",
        "cust-4,Recife,PE,gold,soon,",
        "cust-5,Recife,PE,gold,2026-01-02T00:00:00Z,2026-01-01T00:00:00Z",
        "4111111111111111,Recife,PE,gold,2026-01-01T00:00:00Z,",
        "cust-1,Olinda,PE,gold,2026-01-01T00:00:00Z,",
        "cust-8,Rec\x00ife,PE,gold,2026-01-01T00:00:00Z,",
        "cust-9,too,few",
        f"{'c' * 65},Recife,PE,gold,2026-01-01T00:00:00Z,",
        "clíente-🙂,عمّان,PE,gold,0001-01-01T00:00:00Z,9999-12-31T23:59:59Z",
    )
    (fact,) = import_reference(file, exit_code=ExitCode.BAD_INPUT)
    assert (fact["inserted"], fact["refused"]) == (2, 9)
    assert sorted(int(where.rpartition(" ")[2]) for where, _ in fact["first_refused"]) == [3, 4, 5, 6, 7, 8, 9, 10, 11]
    assert f"the same version stands at {file}, line 2" in dict(fact["first_refused"])[f"{file}, line 8"]
    assert {name for (name,) in warehouse.rows("SELECT customer_id FROM bronze.customers")} == {"cust-1", "clíente-🙂"}


def test_stores_off_the_globe_are_refused(import_reference: Import, tmp_path: Path) -> None:
    file = customers(
        tmp_path / "stores.csv",
        *(f"s-{number},{place},2026-01-01T00:00:00Z" for number, place in enumerate(("91,0", "nan,0", "1e400,0", "x,0", "1,", "1,2"))),
        head="store_id,latitude,longitude,valid_from",
    )
    (fact,) = import_reference(file, exit_code=ExitCode.BAD_INPUT)
    assert (fact["inserted"], fact["refused"]) == (1, 5)


def test_two_versions_that_hold_at_one_time_are_pointed_out(import_reference: Import, tmp_path: Path) -> None:
    file = customers(
        tmp_path / "customers.csv", "cust-1,Recife,PE,gold,2026-01-01T00:00:00Z,", "cust-1,Olinda,PE,gold,2026-02-01T00:00:00Z,"
    )
    (fact,) = import_reference(file, exit_code=ExitCode.BAD_INPUT)
    assert (fact["inserted"], fact["overlapping"]) == (2, ["cust-1"])


def test_a_folder_without_reference_data_is_refused(import_reference: Import, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="no reference data"):
        import_reference(tmp_path)
