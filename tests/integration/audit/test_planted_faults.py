"""What the audit is worth: a world in order is clean, and every fault that is planted in it is found and named."""

import time
from collections.abc import Callable
from decimal import Decimal

import msgspec
import pytest

from streamflow.contracts.catalogue import RAW
from streamflow.contracts.decision import Decision, decision_id
from streamflow.contracts.tables import TRANSFORMER
from streamflow.engine import Decided
from streamflow.store.audit.report import Audit
from streamflow.store.audit.run import audit
from streamflow.store.audit.wanted import Wanted
from tests.integration.audit.world import Answer, World, place, with_fields

pytestmark = pytest.mark.stack

Found = dict[tuple[str, str], list[tuple[int, int]]]
Plant = Callable[[World], Found]


def run(world: World) -> Audit:
    return audit(world.config, world.database.dsn(TRANSFORMER), Wanted(until_ms=time.time_ns() // 1_000_000 + 1_000), limit=1_000)


def found(result: Audit) -> Found:
    """Return the places of the faults, by check and kind."""
    faults: Found = {}
    for fault in result.faults:
        faults.setdefault((fault.check, fault.kind.value), []).append((fault.partition, fault.offset))
    return {name: sorted(places) for name, places in faults.items()}


def test_a_world_in_order_is_clean(world: World) -> None:
    result = run(world)
    assert (found(result), result.ok, result.not_checked, result.unreadable) == ({}, True, [], {})
    counts = {check.name: (check.total("expected"), check.total("found"), check.total("repeats")) for check in result.checks}
    decisions, alerts, records = len(world.decided()), len(world.decided(alert=True)), len(world.answers)
    assert counts["answers"][:2] == (records, records)
    assert counts["answers"][2] == 40, "what was written twice is counted and no fault"
    assert counts["decisions"][:2] == counts["facts"][:2] == (decisions, decisions)
    assert counts["alerts"][:2] == counts["alerts raised"][:2] == (alerts, alerts)
    assert counts["dead letters"][:2] == (records - decisions, records - decisions)
    assert min(alerts, records - decisions) > 5
    assert sum(span.records for span in result.spans) == records
    offsets = sum(span.end - span.first for span in result.spans)
    assert offsets > 2 * records, "aborted records and the markers of transactions take offsets too"


def test_the_sums_are_those_of_the_decisions(world: World) -> None:
    sums = {check.name: check.money() for check in run(world).checks}
    expected: dict[str, int] = {}
    for answer in world.decided():
        transaction = Decision.from_json(answer.value).transaction
        whole, _, cents = transaction.amount.partition(".")
        expected[transaction.currency] = expected.get(transaction.currency, 0) + int(whole + cents.ljust(2, "0"))
    for name in ("decisions", "facts"):
        assert {currency: int(money.expected.scaleb(2)) for currency, money in sums[name].items()} == expected
        assert all(money.expected == money.found for money in sums[name].values())


def lost_at_a_kill(world: World) -> Found:
    """Guarantee none: what the job had written since the last checkpoint is gone."""
    lost = range(100, 130)
    world.fill(lambda answers: [answer for number, answer in enumerate(answers) if number not in lost])
    return {("answers", "gap"): sorted(place(world.answers[number]) for number in lost)}


def doubled_row(world: World) -> Found:
    """No deduplication: the key is gone, and a row was written again."""
    world.fill()
    victim = place(world.decided()[9])
    world.change("ALTER TABLE bronze.decisions DROP CONSTRAINT decisions_pkey")
    assert world.change_at(victim, "INSERT INTO bronze.decisions SELECT * FROM bronze.decisions")
    return {("decisions", "double"): [victim]}


def lost_row(world: World) -> Found:
    world.fill()
    victim = place(world.decided(alert=False)[9])
    assert world.change_at(victim, "DELETE FROM bronze.decisions")
    return {("decisions", "gap"): [victim], ("facts", "orphan"): [victim]}


def shifted_cent(world: World) -> Found:
    world.fill()
    victim = place(world.decided()[9])
    assert world.change_at(victim, "UPDATE bronze.decisions SET amount = amount + 0.01")
    return {("decisions", "changed"): [victim], ("facts", "changed"): [victim]}


def swapped_outcome(world: World) -> Found:
    world.fill()
    victim = place(world.decided(alert=False)[9])
    assert world.change_at(victim, "UPDATE gold.fct_transactions SET outcome = 'block'")
    return {("facts", "changed"): [victim]}


def missing_dead_letter(world: World) -> Found:
    world.fill()
    victim = next(place(answer) for answer in world.answers if not isinstance(answer, Decided))
    assert world.change_at(victim, "DELETE FROM bronze.dead_letters")
    return {("dead letters", "gap"): [victim]}


def wrong_partition(world: World) -> Found:
    world.fill()
    victim = place(world.decided()[9])
    assert world.change_at(victim, "UPDATE bronze.decisions SET source_partition = 99")
    world.build_gold()
    return {("decisions", "gap"): [victim], ("decisions", "orphan"): [(99, victim[1])]}


def orphan_in_gold(world: World) -> Found:
    world.fill()
    (_, offset), partition = max(place(answer) for answer in world.decided()), 3
    assert world.change(
        "INSERT INTO gold.fct_transactions (decision_id, source_partition, source_offset, source_timestamp, amount, currency, outcome)"
        " SELECT gen_random_uuid(), %s, %s, min(source_timestamp) + interval '1 millisecond', 1, 'BRL', 'approve' FROM bronze.decisions"
        " WHERE source_partition = 3",
        partition,
        offset + 1_000,
    )
    return {("facts", "orphan"): [(partition, offset + 1_000)]}


@pytest.mark.parametrize(
    "plant",
    [lost_at_a_kill, doubled_row, lost_row, shifted_cent, swapped_outcome, missing_dead_letter, wrong_partition, orphan_in_gold],
    ids=lambda plant: plant.__name__,
)
def test_a_planted_fault_is_found_and_named(empty_world: World, plant: Plant) -> None:
    expected = plant(empty_world)
    result = run(empty_world)
    assert not result.ok
    assert found(result) == expected


def test_what_differs_is_told_with_both_values(world: World) -> None:
    victim = world.decided()[9]
    before = Decimal(Decision.from_json(victim.value).transaction.amount)
    world.change_at(place(victim), "UPDATE bronze.decisions SET amount = amount + 0.01, reasons = '[\"none\"]'")
    world.build_gold()
    (fault,) = run(world).faults
    assert fault.detail.startswith(f"amount: {before:.2f} expected, {before + Decimal('0.01'):.2f} found; reasons: ")
    (check,) = [check for check in run(world).checks if not check.ok]
    (money,) = [money for money in check.money().values() if money.expected != money.found]
    assert str(money.found - money.expected) == "0.01"


def test_a_partition_that_bronze_does_not_have_at_all_is_a_gap_for_every_record(world: World) -> None:
    world.change("DELETE FROM bronze.decisions WHERE source_partition = 2")
    world.build_gold()
    expected = sorted(place(answer) for answer in world.decided() if place(answer)[0] == 2)
    assert len(expected) > 5
    assert found(run(world)) == {("decisions", "gap"): expected}


def test_a_row_that_gold_lacks_is_a_gap_there_unless_it_came_after_gold_was_built(world: World) -> None:
    victim = place(world.decided()[9])
    world.change_at(victim, "DELETE FROM gold.fct_transactions")
    assert found(run(world)) == {("facts", "gap"): [victim]}
    world.change_at(victim, "DELETE FROM bronze.decisions")
    world.build_gold()
    world.load_bronze()
    result = run(world)
    assert found(result) == {}
    assert [check.total("expected") for check in result.checks if check.name in ("decisions", "facts")] == [
        len(world.decided()),
        len(world.decided()) - 1,
    ]


def spoil_first(change: Callable[[Decided], list[Answer]], *, alert: bool = False) -> Callable[[list[Answer]], list[Answer]]:
    """Return what writes other answers in the place of the first decision of a kind."""

    def spoil(answers: list[Answer]) -> list[Answer]:
        victim = next(answer for answer in answers if isinstance(answer, Decided) and answer.is_alert == alert)
        return [written for answer in answers for written in (change(victim) if answer is victim else [answer])]

    return spoil


def test_two_answers_that_contradict_each_other_are_a_double(empty_world: World) -> None:
    empty_world.fill(spoil_first(lambda victim: [victim, with_fields(victim, score=0.123456)]))
    victim = place(empty_world.decided(alert=False)[0])
    kinds = found(run(empty_world))
    assert set(kinds) == {("answers", "double")}
    assert set(kinds["answers", "double"]) == {victim}


def test_an_alert_that_was_never_raised_is_a_gap(empty_world: World) -> None:
    def silent(victim: Decided) -> list[Answer]:
        return [Decided(victim.key, victim.value, False, victim.answer)]

    empty_world.fill(spoil_first(silent, alert=True))
    assert found(run(empty_world)) == {("alerts raised", "gap"): [place(empty_world.decided(alert=True)[0])]}


def test_an_answer_to_a_record_that_never_came_is_an_orphan(empty_world: World) -> None:
    def forged(victim: Decided) -> list[Answer]:
        source = msgspec.json.decode(victim.value)["source"] | {"partition": 77, "offset": 5}
        return [victim, with_fields(victim, source=source, decision_id=decision_id(RAW.name, 77, 5))]

    empty_world.fill(spoil_first(forged))
    assert found(run(empty_world)) == {("answers", "orphan"): [(77, 5)]}
