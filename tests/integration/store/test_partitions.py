"""Days of bronze: rows find theirs, move out of DEFAULT, and leave with their day."""

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from streamflow.contracts.errors import NotReadyError
from streamflow.contracts.tables import ALERTS_TABLE, BY_DAY, MIGRATOR, WRITER
from streamflow.store.partitions import detach_partitions, drop_detached, ensure_partitions, list_days
from tests.integration.postgres import Database
from tests.warehouse import Row, insert

pytestmark = pytest.mark.stack

NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC)


def alert(number: int, arrived: datetime, event_time: datetime | None = None) -> Row:
    row: Row = dict.fromkeys(ALERTS_TABLE.column_names, "x")
    return row | {
        "decision_id": f"00000000-0000-5000-8000-{number:012d}",
        "source_partition": 0,
        "source_offset": number,
        "source_timestamp": arrived,
        "event_time": event_time or arrived,
        "score": 0.8,
    }


def write(warehouse: Database, *rows: Row) -> None:
    with psycopg.connect(warehouse.writer) as connection:
        insert(connection, ALERTS_TABLE, rows)


def places(warehouse: Database) -> dict[int, str]:
    query = "SELECT source_offset, substring(tableoid::regclass::text FROM 'alerts_(.*)') FROM bronze.alerts"
    return dict(warehouse.rows(query))


def test_the_day_is_that_of_the_brokers_time_in_utc_whatever_the_event_says(warehouse: Database) -> None:
    ensure_partitions(warehouse.migrator, date(2026, 12, 31), date(2027, 1, 1))
    write(
        warehouse,
        alert(1, NEW_YEAR - timedelta(milliseconds=1)),
        alert(2, NEW_YEAR),
        alert(3, NEW_YEAR.astimezone(tz=None), event_time=datetime(1970, 1, 1, tzinfo=UTC)),
        alert(4, NEW_YEAR + timedelta(days=1)),
    )
    assert places(warehouse) == {1: "20261231", 2: "20270101", 3: "20270101", 4: "default"}
    assert {(days.table, days.partitions) for days in list_days(warehouse.migrator)} == {(table.full_name, 2) for table in BY_DAY}


def test_rows_move_out_of_default_and_stay_as_they_are(warehouse: Database) -> None:
    write(warehouse, *(alert(hour, NEW_YEAR + timedelta(hours=hour)) for hour in range(72)))
    before = warehouse.rows("SELECT * FROM bronze.alerts ORDER BY source_offset")
    made = ensure_partitions(warehouse.migrator, date(2027, 1, 2), date(2027, 1, 2))
    assert {entry.partition: entry.rows_moved for entry in made} == {
        "alerts_20270102": 24,
        "dead_letters_20270102": 0,
        "decisions_20270102": 0,
    }
    assert warehouse.rows("SELECT * FROM bronze.alerts ORDER BY source_offset") == before
    assert places(warehouse) == {hour: "20270102" if 24 <= hour < 48 else "default" for hour in range(72)}
    assert ensure_partitions(warehouse.migrator, date(2027, 1, 2), date(2027, 1, 2)) == []


def test_days_are_made_while_a_writer_writes_and_no_row_is_lost_or_refused(warehouse: Database) -> None:
    failures: list[BaseException] = []
    stop = threading.Event()
    written = 0

    def keep_writing() -> None:
        nonlocal written
        try:
            while not stop.is_set():
                write(warehouse, *(alert(number, NEW_YEAR + timedelta(hours=number % 240)) for number in range(written, written + 50)))
                written += 50
        except BaseException as error:
            failures.append(error)

    writer = threading.Thread(target=keep_writing)
    writer.start()
    try:
        for day in range(10):
            ensure_partitions(warehouse.migrator, NEW_YEAR.date() + timedelta(days=day), NEW_YEAR.date() + timedelta(days=day))
    finally:
        stop.set()
        writer.join()
    assert failures == []
    assert warehouse.value("SELECT count(*) FROM bronze.alerts") == written
    assert "default" not in places(warehouse).values()


def test_old_days_leave_the_table_and_are_dropped_only_when_that_is_asked(warehouse: Database) -> None:
    ensure_partitions(warehouse.migrator, date(2026, 12, 30), date(2027, 1, 1))
    write(warehouse, *(alert(day, NEW_YEAR - timedelta(days=day)) for day in range(3)))
    assert "alerts_20261231" in detach_partitions(warehouse.migrator, date(2027, 1, 1))
    assert places(warehouse) == {0: "20270101"}
    assert warehouse.value("SELECT count(*) FROM bronze.alerts_20261231", role=MIGRATOR) == 1
    assert ensure_partitions(warehouse.migrator, date(2026, 12, 30), date(2027, 1, 1)) == [], "what was detached does not come back"
    write(warehouse, alert(9, NEW_YEAR - timedelta(days=1)))
    assert places(warehouse)[9] == "default"
    assert drop_detached(warehouse.migrator, date(2026, 12, 31)) == ["alerts_20261230", "dead_letters_20261230", "decisions_20261230"]
    (alerts,) = (days for days in list_days(warehouse.migrator) if days.table == "bronze.alerts")
    assert (alerts.first_day, alerts.rows_in_default, alerts.detached) == (date(2027, 1, 1), 1, ("alerts_20261231",))


def test_a_row_that_comes_again_changes_nothing_but_is_not_refused(warehouse: Database) -> None:
    ensure_partitions(warehouse.migrator, date(2027, 1, 1), date(2027, 1, 1))
    write(warehouse, alert(1, NEW_YEAR))
    before = warehouse.rows("SELECT * FROM bronze.alerts")
    write(warehouse, alert(1, NEW_YEAR))
    assert warehouse.rows("SELECT * FROM bronze.alerts") == before, "loaded_at too"


def test_without_the_schema_the_next_step_is_named(empty_database: Database) -> None:
    with pytest.raises(NotReadyError, match="streamflow warehouse migrate"):
        list_days(empty_database.migrator)


def test_only_the_owner_sees_to_partitions(warehouse: Database) -> None:
    def call(connection: psycopg.Connection[Any]) -> None:
        connection.execute("SELECT * FROM ops.ensure_partitions('2027-01-01', '2027-01-01')")

    with warehouse.connect(WRITER) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        call(connection)
