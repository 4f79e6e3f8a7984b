"""`streamflow audit` as a user runs it."""

import json
from collections.abc import Callable

import pytest

from streamflow.contracts.errors import BadInputError, ExitCode, NotReadyError
from tests.integration.audit.world import World, place
from tests.integration.postgres import Database

pytestmark = pytest.mark.stack

Command = Callable[..., str]


@pytest.fixture
def audit(command: Command, warehouse: Database, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Return a function that runs the command against the world; nothing is too young for it."""
    monkeypatch.setenv("STREAMFLOW_POSTGRES_DSN", warehouse.superuser)
    return lambda *arguments, **options: command("audit", "--settle", "0s", *arguments, **options)


def test_a_clean_audit_says_so_and_is_kept(audit: Command, world: World) -> None:
    words = audit()
    assert words.splitlines()[-1] == "clean"
    assert "transactions.scored" in words
    kept = world.database.rows("SELECT check_name, scope, expected, got, ok FROM ops.audit ORDER BY 1, 2")
    assert {name for name, *_ in kept} == {"answers", "alerts raised", "decisions", "alerts", "dead letters", "facts"}
    assert {scope for _, scope, *_ in kept} >= {"BRL", *(f"transactions.raw/{partition}" for partition in range(4))}
    assert all(ok and expected == got for *_, expected, got, ok in kept)
    audit("--dry-run")
    assert world.database.value("SELECT count(*) FROM ops.audit") == len(kept)
    audit()
    assert world.database.value("SELECT count(*) FROM ops.audit") == 2 * len(kept)


def test_a_fault_is_told_kept_and_ends_with_exit_code_1(audit: Command, world: World) -> None:
    partition, offset = place(world.decided()[9])
    world.change_at((partition, offset), "UPDATE bronze.decisions SET amount = amount + 0.01")
    world.build_gold()
    facts = json.loads(audit("--json", exit_code=ExitCode.FAILED))
    assert (facts["ok"], facts["not_checked"]) == (False, [])
    ((check, kind, detail),) = [(fault["check"], fault["kind"], fault["detail"]) for fault in facts["faults"]]
    assert (check, kind) == ("decisions", "changed")
    assert detail.startswith("amount: ")
    kept = world.database.rows("SELECT check_name, scope, got - expected, detail FROM ops.audit WHERE NOT ok ORDER BY scope")
    (by_currency, by_partition) = kept
    assert (by_currency[0], str(by_currency[2])) == ("decisions", "0.01")
    assert by_partition[:2] == ("decisions", f"transactions.raw/{partition}")
    assert [(fault["offset"], fault["kind"]) for fault in by_partition[3]["first"]] == [(offset, "changed")]
    words = audit("--dry-run", "--limit", "0", exit_code=ExitCode.FAILED)
    assert words.splitlines()[-1] == "2 faults", "the row, and the sum of its currency"
    assert f"partition {partition}" in words


def test_gold_can_be_left_out(audit: Command, world: World) -> None:
    world.change("DELETE FROM gold.fct_transactions WHERE source_partition = 1")
    audit("--dry-run", exit_code=ExitCode.FAILED)
    facts = json.loads(audit("--no-gold", "--dry-run", "--json"))
    assert (facts["ok"], facts["not_checked"]) == (True, ["gold.fct_transactions was not asked for"])
    assert "facts" not in {check["name"] for check in facts["checks"]}


def test_a_range_that_is_none_is_refused(audit: Command, empty_world: World) -> None:
    with pytest.raises(BadInputError, match=r"--offsets is no range: expected PARTITION:FIRST-LAST"):
        audit("--offsets", "0:9-1")
    with pytest.raises(BadInputError, match="--since names no time zone"):
        audit("--since", "2026-01-01T00:00:00")


def test_without_the_table_of_audits_the_result_is_shown_nowhere_but_the_error_says_what_to_do(audit: Command, world: World) -> None:
    world.change("DROP TABLE ops.audit")
    with pytest.raises(NotReadyError, match=r"the result cannot be kept.*\n.*streamflow warehouse migrate, or --dry-run"):
        audit()
    assert audit("--dry-run").splitlines()[-1] == "clean"
