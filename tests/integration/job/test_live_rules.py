"""Rules and lists that are pushed while the job runs."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from streamflow.contracts.catalogue import CONTROL
from streamflow.contracts.control import RulesDocument
from streamflow.control.documents import default_rules
from tests.integration.job.accounting import Accounts
from tests.integration.job.live_job import LiveJob, wait_until

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

Decision = dict[str, Any]


def two_payments_an_hour_are_a_burst() -> RulesDocument:
    rules = default_rules()
    stricter = {"version": 2, "parameters": {"window_minutes": 60.0, "max_transactions": 1}}
    changed = tuple(msgspec.structs.replace(rule, **stricter) if rule.id == "FR-002" else rule for rule in rules.rules)
    return msgspec.structs.replace(rules, rules=changed)


def decide_until(job: LiveJob, customer_id: str, condition: Callable[[Decision], bool], **changes: Any) -> Decision:
    """Send payments of a customer, one after another, until one is decided as wanted; return that decision."""
    found: list[Decision] = []

    def decided() -> bool:
        found.extend(job.decide(job.payment(customer_id, **changes)))
        return condition(found[-1])

    wait_until(decided, "a decision by the new rules")
    return found[-1]


def refused_in_the_logs(job: LiveJob) -> set[str]:
    logs = [job.stack.layout.log(f"taskmanager-{number}").read_text(errors="replace") for number in (1, 2)]
    return set(re.findall(r"control record '(\S+)' at offset \d+ is not followed", "".join(logs)))


def start_of_job(job: LiveJob) -> tuple[str, int]:
    detector = job.flink.the_living()
    return detector.job_id, len(job.flink.ask(f"/jobs/{detector.job_id}/exceptions")["exceptionHistory"]["entries"])


def test_pushed_rules_decide_later_payments_without_a_restart(live_job: LiveJob, tmp_path: Path) -> None:
    before = start_of_job(live_job)
    (first,) = live_job.decide(live_job.payment("cust-rules"))
    file = tmp_path / "rules.json"
    file.write_bytes(msgspec.json.encode(two_payments_an_hour_are_a_burst()))
    pushed = live_job.command("rules", "push", str(file), "--reason", "stricter velocity")
    second = decide_until(live_job, "cust-rules", lambda decision: bool(decision["ruleset_version"] == pushed["rules"]))
    assert (first["outcome"], second["outcome"]) == ("approve", "block")
    assert [(hit["id"], hit["version"]) for hit in second["rules"]] == [("FR-002", 2)]
    back = live_job.command("rules", "rollback")
    third = decide_until(live_job, "cust-rules", lambda decision: bool(decision["ruleset_version"] == back["rules"]))
    assert third["outcome"] == "approve"
    assert start_of_job(live_job) == before


def test_a_listed_customer_is_blocked_and_a_listed_store_too_until_they_are_taken_off(live_job: LiveJob) -> None:
    before = start_of_job(live_job)
    added = live_job.command("lists", "add", "--customer", "cust-listed", "--store", "store-listed", "--reason", "stolen card")
    listed = decide_until(live_job, "cust-listed", lambda decision: bool(decision["lists_version"] == added["lists"]))
    assert listed["outcome"] == "block"
    assert [hit["id"] for hit in listed["rules"]] == ["FR-005"]
    assert any("stolen card" in reason for reason in listed["reasons"])
    (at_store,) = live_job.decide(live_job.payment("cust-other", store_id="store-listed"))
    assert at_store["outcome"] == "block"
    removed = live_job.command("lists", "remove", "--customer", "cust-listed", "--store", "store-listed")
    free = decide_until(live_job, "cust-free", lambda decision: bool(decision["lists_version"] == removed["lists"]))
    assert free["outcome"] == "approve"
    assert [decision["outcome"] for decision in live_job.decide(live_job.payment("cust-listed"))] == ["approve"]
    assert start_of_job(live_job) == before


def test_a_bad_document_in_the_topic_is_refused_loudly_and_the_rules_before_it_stay(live_job: LiveJob) -> None:
    (before,) = live_job.decide(live_job.payment("cust-refused"))
    bad: dict[bytes, bytes | None] = {
        b"rules/900001": b'{"version": 900001, "rules": "none"}',
        b"generation/900001": b"\xff",
        b"nonsense": None,
    }
    live_job.send(((key, value, []) for key, value in bad.items()), CONTROL)
    wait_until(lambda: refused_in_the_logs(live_job) >= {key.decode() for key in bad}, "the refusals are logged")
    # As long as a generation takes to become active, and longer.
    time.sleep(1.5)
    (after,) = live_job.decide(live_job.payment("cust-refused"))
    assert [after[name] for name in ("ruleset_version", "lists_version")] == [before[name] for name in ("ruleset_version", "lists_version")]
    refused = live_job.command("rules", "history")["refused"]
    assert {refusal["key"] for refusal in refused} >= {key.decode() for key in bad}
    assert live_job.accounts() == Accounts([], [], [])
