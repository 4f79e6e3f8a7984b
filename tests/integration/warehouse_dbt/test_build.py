"""dbt builds the warehouse from nothing, from payments of all kinds, and again; every number can be traced."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from streamflow.contracts.decision import OUTCOMES, Outcome
from streamflow.contracts.label import LABEL_SOURCES
from streamflow.contracts.tables import READER
from tests.integration.warehouse_dbt.conftest import Built
from tests.integration.warehouse_dbt.payments import HOSTILE
from tests.integration.warehouse_dbt.project import differences, rows

pytestmark = pytest.mark.stack


def test_an_empty_database_is_built_without_a_warning(built: Built) -> None:
    assert "WARN=0 ERROR=0 SKIP=0" in built.on_nothing


def test_payments_of_all_kinds_are_built_and_the_label_of_none_is_named(built: Built) -> None:
    assert "WARN=1 ERROR=0 SKIP=0" in built.on_payments
    assert "labels_find_their_payment" in built.on_payments


def test_building_again_and_from_the_start_changes_no_row(built: Built) -> None:
    first = rows(built.database)
    # In a session elsewhere: days stay those of UTC.
    built.run("build", "--threads", "4", *("--resource-type", "model", "--resource-type", "snapshot"), PGTZ="America/Sao_Paulo")
    assert differences(rows(built.database), first) == {}
    built.run("build", "--full-refresh", "--threads", "4", "--resource-type", "model", PGTZ="Asia/Tokyo")
    assert differences(rows(built.database), first) == {}


def test_every_decision_is_in_gold_once_and_to_the_cent(built: Built) -> None:
    bronze = built.database.rows("SELECT currency, count(*), sum(amount) FROM bronze.decisions GROUP BY currency ORDER BY currency")
    gold = built.database.rows("SELECT currency, count(*), sum(amount) FROM gold.fct_transactions GROUP BY currency ORDER BY currency")
    assert gold == bronze
    assert {currency for currency, _, _ in gold} == {"BRL", "EUR", "XAF"}


def hostile(built: Built, name: str, columns: str) -> list[tuple[object, ...]]:
    query = f"SELECT {columns} FROM gold.fct_transactions WHERE transaction_id = %s ORDER BY source_offset"  # noqa: S608
    return built.database.rows(query, f"hostile {name}")


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("last moment of a year", date(2024, 12, 31)),
        ("first moment of a year", date(2025, 1, 1)),
        ("first moment of a year, written elsewhere", date(2025, 1, 1)),
        ("before the clocks go back", date(2025, 10, 26)),
        ("after the clocks went back", date(2025, 10, 26)),
        ("in the hour that does not exist", date(2025, 3, 30)),
        ("leap day", date(2024, 2, 29)),
        ("1970", date(1970, 1, 1)),
    ],
)
def test_a_payment_belongs_to_its_day_in_utc(built: Built, name: str, day: date) -> None:
    assert hostile(built, name, "event_day") == [(day,)]
    assert built.database.value("SELECT count(*) FROM gold.mart_daily_fraud WHERE event_day = %s", day) == 1


def test_a_repeat_and_a_test_in_production_are_there_and_do_not_count(built: Built) -> None:
    assert hostile(built, "twelve digits", "amount, is_counted") == [
        (Decimal("999999999999.99"), True),
        (Decimal("999999999999.99"), False),
    ]
    assert hostile(built, "test in production", "is_counted, is_fraud") == [(False, True)]
    assert built.database.value("SELECT count(*) FROM silver.int_customer_days WHERE customer_id = 'streamflow-canary'") == 0
    day = "SELECT amount, fraud_amount FROM silver.int_customer_days WHERE customer_id = 'cust-rich'"
    assert built.database.rows(day) == [(Decimal("1999999999999.98"), Decimal("999999999999.99"))]


def test_a_label_that_came_first_and_one_that_changed_its_mind_hold(built: Built) -> None:
    columns = "is_fraud, label_source, was_fraud_when_mature"
    assert hostile(built, "label before its payment", columns) == [(True, "chargeback", None)]
    assert hostile(built, "verdict that changes", columns) == [(False, "analyst", True)]


def test_what_the_shop_has_not_told_of_is_inferred_and_names_survive_as_they_are(built: Built) -> None:
    inferred = dict(built.database.rows("SELECT customer_id, count(*) FROM gold.dim_customer WHERE is_inferred GROUP BY customer_id"))
    expected = {str(changes.get("customer_id", f"cust-{name}")) for name, changes in HOSTILE} - {"streamflow-canary"}
    assert inferred == dict.fromkeys(expected, 1)
    stores = built.database.rows('SELECT store_id FROM gold.dim_store WHERE is_inferred ORDER BY store_id COLLATE "C"')
    assert {name for (name,) in stores} == {"store-nowhere", "loja-é-ß", "חנות-5", "{{ ref('x') }}"}


def test_sums_of_money_never_cross_currencies(built: Built) -> None:
    found = built.database.rows("SELECT currency, amount FROM gold.mart_customer_risk WHERE customer_id = 'cust-abroad' ORDER BY currency")
    by_day = built.database.rows(
        "SELECT currency, amount FROM silver.int_customer_days WHERE customer_id = 'cust-abroad' ORDER BY currency"
    )
    assert by_day == [("EUR", Decimal("12.30")), ("XAF", Decimal("12.30"))]
    assert found == by_day


def test_every_model_is_there_and_the_reader_may_read_it(built: Built) -> None:
    manifest = json.loads((built.folder / "target" / "manifest.json").read_text())
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    assert len(models) > 12
    counts = {node["name"]: f"SELECT count(*) FROM {node['schema']}.{node['name']}" for node in models}  # noqa: S608
    empty = {name for name, query in counts.items() if not built.database.value(query, role=READER)}
    assert empty == set()


def test_marts_count_by_the_rows_they_come_from(built: Built) -> None:
    """Two marts by another way: straight from bronze, in one query each."""
    daily = "SELECT event_day, payments, frauds FROM gold.mart_daily_fraud WHERE currency = 'BRL' ORDER BY event_day"
    newest = (
        "SELECT DISTINCT ON (transaction_id) transaction_id, is_fraud FROM bronze.labels"
        " ORDER BY transaction_id, known_at DESC, is_fraud DESC"
    )
    straight = (
        f"SELECT (event_time AT TIME ZONE 'UTC')::date, count(*), count(*) FILTER (WHERE is_fraud) FROM bronze.decisions"  # noqa: S608
        f" LEFT JOIN ({newest}) AS verdict USING (transaction_id)"
        " WHERE NOT canary AND NOT duplicate AND currency = 'BRL' GROUP BY 1 ORDER BY 1"
    )
    assert built.database.rows(daily) == built.database.rows(straight)
    hits = "SELECT rule_id, hits FROM gold.mart_rule_performance ORDER BY rule_id"
    unnested = (
        "SELECT hit->>'id', count(*) FROM bronze.decisions, jsonb_array_elements(rules) AS hit"
        " WHERE NOT canary AND NOT duplicate GROUP BY 1 ORDER BY 1"
    )
    assert built.database.rows(hits) == built.database.rows(unnested)


def test_sources_are_asked_how_fresh_they_are(built: Built) -> None:
    built.run("source", "freshness", "--select", "source:bronze")
    results = json.loads((built.folder / "target" / "sources.json").read_text())["results"]
    assert {item["unique_id"].rpartition(".")[2]: item["status"] for item in results} == dict.fromkeys(
        ("decisions", "alerts", "labels"), "pass"
    )


def test_dbt_knows_the_words_of_the_contracts(built: Built) -> None:
    manifest = json.loads((built.folder / "target" / "manifest.json").read_text())
    accepted = {
        (node["attached_node"].rpartition(".")[2], node["column_name"]): tuple(node["test_metadata"]["kwargs"]["values"])
        for node in manifest["nodes"].values()
        if node.get("test_metadata", {}).get("name") == "accepted_values"
    }
    assert accepted[("fct_transactions", "outcome")] == OUTCOMES
    assert accepted[("fct_alerts", "outcome")] == (Outcome.REVIEW, Outcome.BLOCK)
    assert accepted[("fct_transactions", "label_source")] == LABEL_SOURCES


def test_the_project_holds_no_secret(built: Built) -> None:
    profiles = (Path(__file__).parents[3] / "warehouse" / "profiles.yml").read_text()
    assert "env_var('PGPASSWORD', '')" in profiles
