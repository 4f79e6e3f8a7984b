"""Models and risk snapshots that are pushed while the job runs."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from streamflow.contracts.catalogue import CONTROL
from streamflow.contracts.control import Generation, control_key
from streamflow.contracts.log_line import LogLine, log_line
from streamflow.contracts.model_chunks import split_model
from streamflow.contracts.risk import RiskDocument, StoreRisk
from streamflow.score.model import bundle
from tests.integration.job.campaign import compare, kill_under_load
from tests.integration.job.live_job import LiveJob, wait_until
from tests.integration.job.test_live_rules import decide_until, refused_in_the_logs, start_of_job
from tests.unit.models import linear_files, write_folder

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

Decision = dict[str, Any]
EVENTS = 6_000


def pushed(job: LiveJob, folder: Path, *arguments: str) -> Any:
    return job.command("model", "push", str(folder), *arguments)


def name_of(files: dict[str, bytes]) -> str:
    return str(msgspec.json.decode(files["manifest.json"])["name"])


def tampered(weight: float) -> dict[str, bytes]:
    """Return a model of which somebody changed a byte after it was signed."""
    files = linear_files(weight, trained_until_ms=3)
    return {**files, "arrays.npz": files["arrays.npz"][:-1] + bytes([files["arrays.npz"][-1] ^ 1])}


def force(job: LiveJob, number: int, files: dict[str, bytes]) -> None:
    """Write a model into the topic and a generation that names it, past the command that would refuse it."""
    history = job.command("rules", "history")["generations"]
    newest = max(history, key=lambda generation: int(generation["generation"]))
    chunks: list[tuple[bytes | None, bytes | None, Any]] = [
        (control_key("model", number, place), chunk, []) for place, chunk in enumerate(split_model(bundle(files)))
    ]
    generation = Generation(int(newest["generation"]) + 1, int(newest["rules"]), int(newest["lists"]), model=number, reason="forced")
    chunks.append((control_key("generation", generation.generation), msgspec.json.encode(generation), []))
    job.send(chunks, CONTROL)


def test_a_pushed_model_decides_without_a_restart_is_watched_by_a_shadow_and_rolled_back(live_job: LiveJob, tmp_path: Path) -> None:
    before = start_of_job(live_job)
    (alone,) = live_job.decide(live_job.payment("cust-model"))
    assert (alone["model_version"], alone["ml_score"]) == (None, None)
    first, second = linear_files(0.5, trained_until_ms=1), linear_files(0.25, trained_until_ms=2)
    pushed(live_job, write_folder(tmp_path / "first", first), "--reason", "the first one")
    for _ in range(6):
        live_job.decide(live_job.payment("cust-model"))
    scored = decide_until(live_job, "cust-model", lambda decision: decision["model_version"] == name_of(first))
    assert scored["ml_score"] == pytest.approx(0.35, abs=1e-3)
    pushed(live_job, write_folder(tmp_path / "second", second), "--shadow")
    watched = decide_until(live_job, "cust-model", lambda decision: decision["shadow_model_version"] == name_of(second))
    assert (watched["model_version"], watched["shadow_ml_score"]) == (name_of(first), pytest.approx(0.175, abs=1e-3))
    assert watched["score"] == scored["score"]
    decisions = tmp_path / "decisions.jsonl"
    decisions.write_bytes(msgspec.json.encode(watched))
    explained = live_job.command("explain", str(decisions), "--live")
    assert {part["model"] for part in explained["contributions"]} == {name_of(first), name_of(second)}
    assert "amount" in live_job.cli("explain", str(decisions), "--live").stdout
    live_job.command("model", "shadow", "--promote")
    decide_until(live_job, "cust-model", lambda decision: decision["model_version"] == name_of(second))
    live_job.command("model", "rollback")
    decide_until(live_job, "cust-model", lambda decision: decision["model_version"] == name_of(first))
    live_job.command("model", "off")
    off = decide_until(live_job, "cust-model", lambda decision: decision["model_version"] is None)
    assert off["model_absence"] == "no model is active"
    assert start_of_job(live_job) == before


def test_a_risk_snapshot_is_seen_by_later_payments_and_named_by_their_decisions(live_job: LiveJob, tmp_path: Path) -> None:
    file = tmp_path / "risk.json"
    store = StoreRisk(3.0, 0.0, 3.0, 1.0, 3.0, 1.0, 1_700_000_000_000, 0.9)
    file.write_bytes(msgspec.json.encode(RiskDocument(version=1, as_of_ms=1_750_000_000_000, stores={"store-1": store})))
    live_job.command("risk", "push", str(file))
    seen = decide_until(live_job, "cust-risk", lambda decision: decision["risk_version"] is not None)
    assert 0.9 in seen["features"]
    assert live_job.command("risk", "list")["risks"][0]["state"] == "active"


def test_a_tampered_model_in_the_topic_is_refused_loudly_and_rules_decide_alone(live_job: LiveJob, tmp_path: Path) -> None:
    before = start_of_job(live_job)
    files = tampered(0.75)
    folder = write_folder(tmp_path / "tampered", files)
    assert live_job.cli("model", "push", str(folder)).returncode != 0
    number = 900_100
    force(live_job, number, files)
    refused = decide_until(live_job, "cust-tampered", lambda decision: "is refused" in (decision["model_absence"] or ""))
    assert (refused["model_version"], refused["ml_score"]) == (None, None)
    assert f"model {number} is refused" in refused["model_absence"]
    wait_until(lambda: f"model/{number}" in refused_in_the_logs(live_job), "the refusal is logged")
    live_job.command("model", "off")
    decide_until(live_job, "cust-tampered", lambda decision: decision["model_absence"] == "no model is active")
    assert start_of_job(live_job) == before


def test_models_swapped_under_load_lose_no_decision_and_the_stream_equals_the_offline_engine(live_job: LiveJob, tmp_path: Path) -> None:
    """With a model, a risk snapshot and a kill: byte for byte, so each decision has the one model that its time says."""
    one, other = linear_files(0.4, trained_until_ms=10), linear_files(0.6, trained_until_ms=11, feature="log_amount_zscore")
    folders = [write_folder(tmp_path / name, files) for name, files in (("one", one), ("other", other))]
    before = len(live_job.inputs())
    pushed(live_job, folders[0], "--rollback")
    decide_until(live_job, "cust-swap", lambda decision: decision["model_version"] == name_of(one))

    def swap() -> None:
        pushed(live_job, folders[1], "--rollback")
        decide_until(live_job, "cust-swap", lambda decision: decision["model_version"] == name_of(other))

    kill_under_load(live_job, events=EVENTS, kills=1, seed=40, meanwhile=swap)
    parity = compare(live_job, tmp_path)
    assert parity.events > before + EVENTS
    assert (parity.missing, parity.invented, parity.doubled, parity.different) == (0, 0, 0, 0)
    seen = {
        msgspec.json.decode(answer.content[1] or b"{}").get("model_version")
        for _, answer in live_job.answers()
        if answer.what == "decision"
    }
    assert {name_of(one), name_of(other)} <= seen
    live_job.command("model", "off")


def test_a_model_that_fails_on_a_payment_is_one_line_of_the_log_with_stage_place_and_versions(live_job: LiveJob, tmp_path: Path) -> None:
    # Its golden rows go to 3; from an amount of 4 on it overflows.
    number = pushed(live_job, write_folder(tmp_path / "overflow", linear_files(5e307, trained_until_ms=20, feature="amount")))["model"]
    failed = decide_until(live_job, "cust-overflow", lambda decision: "not a finite number" in (decision["model_absence"] or ""))
    assert failed["score"] == failed["rules_score"]

    def notices() -> list[LogLine]:
        text = "".join(live_job.stack.layout.log(f"taskmanager-{place}").read_text(errors="replace") for place in (1, 2))
        lines = map(log_line, text.splitlines())
        return [line for line in lines if line is not None and line.stage == "model" and "cust-overflow" not in line.message]

    wait_until(lambda: bool(notices()), "the failure is logged")
    line = notices()[0]
    assert "not a finite number" in line.message
    assert (line.job, line.level) == ("fraud-detector", "ERROR")
    assert line.event.startswith("transactions.raw/")
    assert f"model {number}" in line.versions
    live_job.command("model", "off")
    decide_until(live_job, "cust-overflow", lambda decision: decision["model_absence"] == "no model is active")
