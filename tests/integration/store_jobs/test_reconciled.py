"""The audit agrees with what the jobs really write, for every hostile record that we know of."""

import msgspec
import psycopg
import pytest

from streamflow.contracts.tables import DECISIONS
from tests.data.hostile import hostile_cases
from tests.integration.store_jobs.warehouse_jobs import WarehouseJobs

pytestmark = [pytest.mark.stack, pytest.mark.timeout(1500)]


def test_what_the_jobs_make_of_hostile_records_is_clean_and_a_changed_cent_is_not(jobs: WarehouseJobs) -> None:
    records = [case.record() for case in hostile_cases()]
    jobs.send((record.key, record.value, []) for record in records)
    jobs.decide(
        *(jobs.payment(f"cust-audit-{number}", amount=f"{number}.{number:02d}", new_field={"π": [number]}) for number in range(1, 20))
    )
    jobs.await_stored()
    found = jobs.command("audit", "--settle", "0s")
    assert (found["ok"], found["faults"], found["unreadable"]) == (True, [], {})
    (answers, *_, decisions, _, letters) = found["checks"]
    assert sum(part["expected"] for part in answers["partitions"]) >= len(records) + 19
    assert [check["name"] for check in (answers, decisions, letters)] == ["answers", "decisions", "dead letters"]
    with psycopg.connect(jobs.settings.postgres_dsn(), autocommit=True) as connection:
        cent = f"UPDATE {DECISIONS.full_name} SET amount = amount %s 0.01 WHERE customer_id = 'cust-audit-7'"
        assert connection.execute((cent % "+").encode()).rowcount == 1
        done = jobs.cli("audit", "--settle", "0s", "--dry-run", "--json")
        connection.execute((cent % "-").encode())
    assert done.returncode == 1, done.stderr
    (fault,) = msgspec.json.decode(done.stdout)["faults"]
    assert fault["detail"] == "amount: 7.07 expected, 7.08 found"
