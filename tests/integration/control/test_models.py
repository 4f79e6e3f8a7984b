"""Models and risk snapshots pushed to a real control topic, and read by the log that the job reads it with."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from confluent_kafka import Producer

from streamflow.contracts.catalogue import CONTROL
from streamflow.contracts.control import Generation, control_key
from streamflow.contracts.errors import BadInputError
from streamflow.contracts.model_chunks import split_model
from streamflow.contracts.risk import RiskDocument, StoreRisk
from streamflow.control.documents import default_rules
from streamflow.control.publish import ensure_defaults, push_lists, push_risk, push_rules, roll_back
from streamflow.control.snapshot import read_control
from streamflow.kafka.reading import read_to_end
from streamflow.score.control import ControlLog
from streamflow.score.model import ARRAYS, bundle
from tests.unit.tiny_models import KEYS, NOON_MS, STRANGER, TRUSTED, model_files, tiny_model

pytestmark = pytest.mark.stack

Config = dict[str, str]
Command = Callable[..., str]
Run = Callable[..., Any]
RISK = RiskDocument(version=1, as_of_ms=5, stores={"store-1": StoreRisk(1, 2, 1, 2, 1, 2, 3, 0.5)}, customers=("cust-1",))


@pytest.fixture
def run(empty_topics: Config, command: Command, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs a command with our key trusted and returns its JSON; the topic holds the defaults."""
    monkeypatch.setenv("STREAMFLOW_MODEL_TRUSTED_KEYS", KEYS.public.hex())
    ensure_defaults(empty_topics)
    return lambda *arguments: msgspec.json.decode(command(*map(str, arguments), "--json"))


def folder(path: Path, files: dict[str, bytes]) -> Path:
    path.mkdir()
    for name, data in files.items():
        (path / name).write_bytes(data)
    return path


def log_of(config: Config) -> ControlLog:
    log = ControlLog(TRUSTED)
    for record in read_to_end(config, CONTROL.name):
        log.add(record.key, record.value, offset=record.offset, timestamp_ms=record.timestamp_ms)
    return log


def current(config: Config) -> Generation:
    return read_control(config).require_current().generation


def names(log: ControlLog) -> tuple[str | None, str | None]:
    assert log.newest is not None
    return tuple(found and found.name for found in (log.newest.model, log.newest.shadow))  # type: ignore[return-value]


def force(config: Config, files: dict[str, bytes], number: int, generation: Generation) -> None:
    """Write a model and a generation that names it as a foreign program would."""
    # Idempotent, or the broker might keep them in another order.
    producer = Producer({**config, "enable.idempotence": True})
    for place, value in enumerate(split_model(bundle(files))):
        producer.produce(CONTROL.name, value, control_key("model", number, place))
    producer.produce(CONTROL.name, msgspec.json.encode(generation), control_key("generation", generation.generation))
    producer.flush()


def test_a_model_is_pushed_watched_promoted_and_taken_back(run: Run, empty_topics: Config, tmp_path: Path) -> None:
    first, second = folder(tmp_path / "first", model_files(1)), folder(tmp_path / "second", model_files(2, card=b"# second"))
    pushed = run("model", "push", first)
    assert (pushed["changed"], pushed["model"], pushed["reason"]) == (True, 1, f"model {tiny_model(1).name}")
    assert run("model", "push", first) == {"changed": False}
    assert run("model", "push", second, "--shadow")["shadow"] == 2
    log = log_of(empty_topics)
    shadow_name = run("model", "show", 2)["name"]
    assert names(log) == (tiny_model(1).name, shadow_name)
    assert log.refusals == []
    listed = run("model", "list")
    assert [(facts["model"], facts["state"]) for facts in listed["models"]] == [(2, "shadow"), (1, "active")]
    assert listed["refused"] == []
    assert run("model", "show", 2, "--card")["card"] == "# second"
    assert run("model", "show")["name"] == tiny_model(1).name
    run("model", "shadow", "--promote")
    assert current(empty_topics) == Generation(4, 1, 1, model=2, reason="the shadow decides")
    run("model", "rollback", "--reason", "too many reviews")
    assert current(empty_topics) == Generation(5, 1, 1, model=1, rollback=True, reason="too many reviews")
    run("model", "off")
    assert names(log_of(empty_topics)) == (None, None)
    run("model", "rollback")
    run("model", "shadow", 2)
    assert names(log_of(empty_topics)) == (tiny_model(1).name, shadow_name)
    run("model", "shadow", "--off")
    keys = [record.key for record in read_to_end(empty_topics, CONTROL.name)]
    assert [key for key in keys if key and key.startswith(b"model/")] == [b"model/1/0", b"model/2/0"], "each is written once"


def test_rules_lists_models_and_risk_keep_one_another(run: Run, empty_topics: Config, tmp_path: Path) -> None:
    run("model", "push", folder(tmp_path / "first", model_files(1)))
    run("model", "push", folder(tmp_path / "second", model_files(2)), "--shadow")
    file = tmp_path / "risk.json"
    file.write_bytes(msgspec.json.encode(RISK))
    assert run("risk", "push", file)["risk"] == 1
    assert run("risk", "push", file) == {"changed": False}
    run("lists", "add", "--customer", "cust-1")
    thresholds = msgspec.structs.replace(default_rules().thresholds, block=0.8)
    push_rules(empty_topics, msgspec.structs.replace(default_rules(), thresholds=thresholds), "more blocks")
    push_risk(empty_topics, msgspec.structs.replace(RISK, as_of_ms=6))
    assert msgspec.structs.replace(current(empty_topics), reason="") == Generation(7, 2, 2, model=1, shadow=2, risk=2)
    assert [(facts["risk"], facts["state"], facts["stores"]) for facts in run("risk", "list")["risks"]] == [
        (2, "active", 1),
        (1, "unused", 1),
    ]
    log = log_of(empty_topics)
    assert log.newest is not None
    assert log.newest.risk is not None
    assert (log.newest.risk.version, log.refusals) == (2, [])
    run("rules", "rollback")
    assert msgspec.structs.replace(current(empty_topics), reason="") == Generation(8, 1, 2, model=1, shadow=2, risk=2)
    run("rules", "rollback", 2, "--everything")
    assert msgspec.structs.replace(current(empty_topics), reason="") == Generation(9, 1, 1, model=1, rollback=True)
    history = run("rules", "history", "--limit", 1)["generations"]
    assert [(facts["model"], facts["shadow"], facts["risk"]) for facts in history] == [(1, None, None)]


def test_a_model_in_chunks_goes_through_the_broker(run: Run, empty_topics: Config, tmp_path: Path) -> None:
    files = model_files(card=bytes(range(256)) * 4095)
    run("model", "push", folder(tmp_path / "large", files))
    assert len(split_model(bundle(files))) == 3
    assert read_control(empty_topics).bundle(1) == bundle(files)
    assert log_of(empty_topics).refusals == []


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        (model_files(2, keys=STRANGER), "not trusted"),
        ({**model_files(2), "signature": b""}, "signature"),
        ({**model_files(2), ARRAYS: model_files(3)[ARRAYS]}, "was changed"),
        ({name: data for name, data in model_files(2).items() if name != ARRAYS}, "missing"),
    ],
    ids=["stranger", "no_signature", "other_arrays", "no_arrays"],
)
def test_a_broken_model_is_refused_by_the_command_and_loudly_by_the_log_when_forced(
    run: Run, empty_topics: Config, tmp_path: Path, files: dict[str, bytes], reason: str
) -> None:
    run("model", "push", folder(tmp_path / "first", model_files(1)))
    before = list(read_to_end(empty_topics, CONTROL.name))
    for option in ("--reason", "--shadow"):
        with pytest.raises(BadInputError, match=reason):
            run("model", "push", *(("--reason", "x") if option == "--reason" else (option,)), folder(tmp_path / option, files))
    assert list(read_to_end(empty_topics, CONTROL.name)) == before
    force(empty_topics, files, 2, Generation(3, 1, 1, model=2))
    log = log_of(empty_topics)
    assert log.newest is not None
    assert log.newest.model is None
    assert (log.newest.model_absence or "").startswith("model 2 is refused: ")
    assert reason in (log.newest.model_absence or "")
    assert [refusal.key for refusal in log.refusals] == ["model/2"]
    listed = run("model", "list")
    assert [refusal["key"] for refusal in listed["refused"]] == ["model/2"]
    assert reason in listed["models"][0]["refused"]
    push_lists(empty_topics, lambda lists: msgspec.structs.replace(lists, stores=()))
    run("lists", "add", "--customer", "cust-1")
    assert current(empty_topics).model == 2, "other pushes go on beside a model that is refused"
    run("model", "rollback")
    assert names(log_of(empty_topics)) == (tiny_model(1).name, None)
    with pytest.raises(BadInputError, match=r"(?s)nothing was written.*model 2 is refused"):
        run("model", "rollback", 2)


def test_an_older_model_goes_live_by_a_rollback_only(run: Run, empty_topics: Config, tmp_path: Path) -> None:
    run("model", "push", folder(tmp_path / "first", model_files(1)))
    older = folder(tmp_path / "older", model_files(2, trained_until_ms=NOON_MS - 1))
    with pytest.raises(BadInputError, match="learnt from older transactions"):
        run("model", "push", older)
    assert run("model", "push", older, "--rollback")["model"] == 2
    with pytest.raises(BadInputError, match="an older model than the one before it"):
        run("model", "push", tmp_path / "first")
    assert run("model", "push", tmp_path / "first", "--rollback")["model"] == 1
    run("model", "rollback", 2)
    force(empty_topics, model_files(3), 3, Generation(6, 1, 1, model=1))
    assert "an older model" in log_of(empty_topics).refusals[-1].reason
    assert current(empty_topics).model == 2


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("model", "show"), "rules only"),
        (("model", "show", "9"), "no such model: expected one of none yet, got 9"),
        (("model", "rollback"), "no model to go back to"),
        (("model", "rollback", "9"), "no such model"),
        (("model", "shadow", "9"), "no such model"),
        (("model", "shadow", "--promote"), "there is no shadow"),
        (("model", "push", "/nonexistent"), "there is no model"),
        (("risk", "push", "/nonexistent"), "cannot be read"),
    ],
)
def test_wrong_input_is_refused_with_the_place(run: Run, empty_topics: Config, arguments: tuple[str, ...], named: str) -> None:
    with pytest.raises(BadInputError) as raised:
        run(*arguments)
    assert named in str(raised.value)
    assert current(empty_topics).generation == 1


def test_the_model_that_decides_cannot_watch_too_and_what_is_so_already_is_not_written(run: Run, tmp_path: Path) -> None:
    run("model", "push", folder(tmp_path / "first", model_files(1)))
    with pytest.raises(BadInputError, match="cannot be the shadow too"):
        run("model", "shadow", 1)
    with pytest.raises(BadInputError, match="cannot be the shadow too"):
        run("model", "push", tmp_path / "first", "--shadow")
    assert run("model", "rollback", 1) == run("model", "shadow", "--off") == {"changed": False}
    assert run("model", "off")["changed"]
    assert run("model", "off") == {"changed": False}


def test_models_and_risk_are_shown_to_people(run: Run, command: Command, empty_topics: Config, tmp_path: Path) -> None:
    run("model", "push", folder(tmp_path / "first", model_files(1, card=b"# The card")))
    force(empty_topics, model_files(2, keys=STRANGER), 2, Generation(3, 1, 1, model=2, risk=7))
    assert "not trusted" in command("model", "list")
    assert command("model", "show", "1", "--card") == "# The card\n"
    with pytest.raises(BadInputError, match="no card, or is refused"):
        command("model", "show", "--card")
    push_risk(empty_topics, RISK)
    assert "active" in command("risk", "list")
    assert "refused" in msgspec.json.encode(run("risk", "list")["refused"]).decode()
    roll_back(empty_topics, 2, everything=True, trusted_keys=TRUSTED)
    assert current(empty_topics).model == 1
