"""A run over a file accounts for every record, and explains what it decided."""

import base64
import io
import json
from pathlib import Path

from streamflow.contracts.decision import Decision
from streamflow.contracts.record import Record, encode_headers
from streamflow.control.documents import fixed_control
from streamflow.engine import Engine, EngineSettings
from streamflow.offline.explain import explain
from streamflow.offline.inputs import read_lines
from streamflow.offline.run import DEAD_LETTERS_FILE, DECISIONS_FILE, run


def transaction(number: int, **changes: object) -> bytes:
    fields: dict[str, object] = {
        "schema_version": 1,
        "transaction_id": f"tx-{number}",
        "customer_id": "cust-1",
        "store_id": "store-1",
        "amount": "10.00",
        "currency": "BRL",
        "timestamp": f"2026-01-{1 + number:02d}T10:00:00Z",
    }
    return json.dumps({**fields, **changes}).encode()


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def score(content: bytes, out: Path) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    engine = Engine(fixed_control(), EngineSettings(key_source="payload"))
    summary = run(engine, read_lines(io.BytesIO(content)), out, event_time_is_record_time=True)
    decisions, dead_letters = lines(out / DECISIONS_FILE), lines(out / DEAD_LETTERS_FILE)
    assert (summary.decisions, summary.dead_letters) == (len(decisions), len(dead_letters))
    return decisions, dead_letters


def test_every_line_is_a_decision_or_a_dead_letter(tmp_path: Path) -> None:
    content = b"\n".join([transaction(0), b"", b"\xff", transaction(1), b"{}"])
    decisions, dead_letters = score(content, tmp_path)
    offsets = sorted(line["source"]["offset"] for line in decisions + dead_letters)  # type: ignore[index]
    assert offsets == [0, 1, 2, 3, 4]
    assert [line["code"] for line in dead_letters] == ["EMPTY_VALUE", "NOT_UTF8", "MISSING_FIELD"]


def test_a_dead_letter_keeps_the_original_bytes(tmp_path: Path) -> None:
    _, (dead_letter,) = score(b"caf\xe9\x00", tmp_path)
    assert base64.b64decode(str(dead_letter["original_base64"])) == b"caf\xe9\x00"
    assert dead_letter["stage"] == "validate"


def test_the_event_s_own_time_stands_for_the_broker_s_time(tmp_path: Path) -> None:
    (decision,), _ = score(transaction(0, timestamp="2099-01-01T00:00:00Z"), tmp_path)
    assert decision["source"]["timestamp"] == "2099-01-01T00:00:00Z"  # type: ignore[index]


def test_whole_records_keep_their_time_key_and_headers(tmp_path: Path) -> None:
    headers = encode_headers([("trace", b"a"), ("trace", None)])
    records = [
        Record("transactions.raw", 3, 7, 1_767_261_600_000, b"cust-1", transaction(0), headers),
        Record("transactions.raw", 3, 8, 1_767_261_600_000, b"other", transaction(1), headers),
        Record("transactions.raw", 3, 9, 1_767_261_600_000, None, None, headers),
    ]
    run(Engine(fixed_control()), records, tmp_path, event_time_is_record_time=False)
    (decision,) = lines(tmp_path / DECISIONS_FILE)
    future, null = lines(tmp_path / DEAD_LETTERS_FILE)
    assert decision["source"] == {"topic": "transactions.raw", "partition": 3, "offset": 7, "timestamp": "2026-01-01T10:00:00Z"}
    assert (future["code"], null["code"]) == ("FUTURE_TIMESTAMP", "NULL_VALUE")
    assert null["headers"] == [["trace", base64.b64encode(b"a").decode()], ["trace", None]]
    assert null["key_base64"] is None


def test_an_explanation_names_outcome_reasons_and_versions(tmp_path: Path) -> None:
    content = b"\n".join([*(transaction(number) for number in range(6)), transaction(6, amount="900.00")])
    score(content, tmp_path)
    last = (tmp_path / DECISIONS_FILE).read_bytes().splitlines()[-1]
    text = explain(Decision.from_json(last))
    assert text.startswith("BLOCK  score 1.000")
    assert "90.0 times the customer's average" in text
    assert "rules 1, lists 1, rules only: no model is active" in text


def test_an_explanation_shows_no_control_characters_of_a_hostile_sender(tmp_path: Path) -> None:
    (decision,), _ = score(transaction(0, extra_note="\x1b[2J", store_id="caf\u00e9"), tmp_path)
    assert "\x1b" not in explain(Decision.from_json(json.dumps(decision).encode()))
