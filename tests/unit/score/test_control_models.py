"""Which models and risk snapshot hold for an event."""

import msgspec
import pytest

from streamflow.contracts.catalogue import MEBIBYTE
from streamflow.contracts.control import Generation, ListsDocument, control_key
from streamflow.contracts.model_chunks import CHUNK_BYTES, MAX_CHUNKS, split_model
from streamflow.contracts.risk import RiskDocument
from streamflow.control.documents import default_rules, fixed_control
from streamflow.score.control import NO_MODEL, ControlLog, Controls, Refusal
from streamflow.score.control_documents import MAX_WAITING_BYTES
from streamflow.score.model import ARRAYS, MANIFEST, bundle
from tests.unit.tiny_models import STRANGER, TRUSTED, model_files, tiny_model

HOUR_MS = 3_600_000


class Topic:
    """Writes to a control log as the topic would, with rules/1 and lists/1 in it."""

    def __init__(self, *trusted_keys: str) -> None:
        self.log = ControlLog(trusted_keys or TRUSTED)
        self.offset, self.number = -1, 0
        self.write(control_key("rules", 1), msgspec.json.encode(default_rules()))
        self.write(control_key("lists", 1), msgspec.json.encode(ListsDocument(version=1)))

    def write(self, key: bytes, value: bytes | None, at_ms: int = 0) -> Refusal | Controls | None:
        self.offset += 1
        return self.log.add(key, value, offset=self.offset, timestamp_ms=at_ms)

    def model(self, number: int, packed: bytes) -> list[Refusal | Controls | None]:
        return [self.write(control_key("model", number, place), value) for place, value in enumerate(split_model(packed))]

    def risk(self, version: int) -> Refusal | Controls | None:
        return self.write(control_key("risk", version), msgspec.json.encode(RiskDocument(version=version, as_of_ms=1)))

    def generation(
        self, model: int | None = None, *, shadow: int | None = None, risk: int | None = None, rollback: bool = False
    ) -> Refusal | Controls | None:
        self.number += 1
        value = msgspec.json.encode(Generation(self.number, 1, 1, model, shadow, risk, rollback))
        return self.write(control_key("generation", self.number), value, self.number * HOUR_MS)


def followed(answer: Refusal | Controls | None) -> Controls:
    assert isinstance(answer, Controls)
    return answer


def refused(answer: Refusal | Controls | None) -> str:
    assert isinstance(answer, Refusal)
    return answer.reason


def test_a_model_a_shadow_and_a_risk_snapshot_belong_to_their_generation() -> None:
    topic = Topic()
    for number in (1, 2):
        assert topic.model(number, bundle(model_files(number))) == [None]
    topic.risk(7)
    followed(topic.generation())
    followed(topic.generation(1, shadow=2, risk=7))
    before, controls = topic.log.active_at(HOUR_MS + 5000), topic.log.active_at(2 * HOUR_MS + 1000)
    assert (before.model, before.model_absence, before.shadow, before.risk) == (None, NO_MODEL, None, None)
    assert controls.model is not None
    assert controls.shadow is not None
    assert controls.risk is not None
    assert (controls.model.name, controls.model_absence) == (tiny_model(1).name, None)
    assert (controls.shadow.name, controls.risk.version) == (tiny_model(2).name, 7)
    assert topic.log.refusals == []


def test_a_model_that_generations_name_again_is_read_once() -> None:
    topic = Topic()
    topic.model(1, bundle(model_files()))
    first, second = followed(topic.generation(1)), followed(topic.generation(1, shadow=1))
    assert first.model is second.model is second.shadow is not None


def test_a_model_in_chunks_is_put_together_in_whatever_order_they_come() -> None:
    packed = bundle(model_files(card=bytes(range(256)) * 3000))
    assert len(packed) > CHUNK_BYTES
    for order in (1, -1):
        topic = Topic()
        for place, value in list(enumerate(split_model(packed)))[::order]:
            assert topic.write(control_key("model", 1, place), value) is None
        assert followed(topic.generation(1)).model is not None


def tampered() -> dict[str, bytes]:
    files = model_files()
    return {**files, ARRAYS: files[ARRAYS][:-1] + b"\x01"}


BROKEN: dict[str, bytes] = {
    "this is not a model's bundle": b"not a model",
    "a file of the model was changed": bundle(tampered()),
    "signed with a key that is not trusted": bundle(model_files(keys=STRANGER)),
    "the model is not signed": bundle({name: data for name, data in model_files().items() if name != "signature"}),
    "the signature does not fit the manifest": bundle({**model_files(), MANIFEST: model_files(trained_until_ms=1)[MANIFEST]}),
    "cut short or damaged": bundle(model_files())[:-40],
    "a file of the model is missing": bundle({"x": b""}),
}


@pytest.mark.parametrize(("reason", "packed"), BROKEN.items(), ids=BROKEN)
def test_a_generation_with_a_broken_model_is_followed_by_rules_only_and_says_so(reason: str, packed: bytes) -> None:
    topic = Topic()
    topic.model(1, bundle(model_files()))
    followed(topic.generation(1))
    topic.model(2, packed)
    controls = followed(topic.generation(2))
    assert controls.model is None
    assert controls.model_absence is not None
    assert controls.model_absence.startswith("model 2 is refused: ")
    assert reason in controls.model_absence
    (refusal,) = topic.log.refusals
    assert (refusal.key, refusal.offset) == ("model/2", topic.offset)
    assert "generation/2 is followed without it" in refusal.reason
    assert followed(topic.generation(1, rollback=True)).model is not None


def test_a_broken_shadow_takes_nothing_from_the_model() -> None:
    topic = Topic()
    topic.model(1, bundle(model_files()))
    topic.model(2, b"broken")
    controls = followed(topic.generation(1, shadow=2))
    assert controls.model is not None
    assert (controls.model_absence, controls.shadow) == (None, None)
    assert [refusal.key for refusal in topic.log.refusals] == ["model/2"]


def test_without_trusted_keys_no_model_decides() -> None:
    topic = Topic("00" * 32)
    topic.model(1, bundle(model_files()))
    assert "not trusted" in (followed(topic.generation(1)).model_absence or "")


def test_a_model_that_is_not_in_the_topic_or_not_whole_is_refused_until_it_is() -> None:
    topic = Topic()
    assert "model 1 is refused: it is not in the topic" in (followed(topic.generation(1)).model_absence or "")
    chunks = split_model(bundle(model_files(card=bytes(range(256)) * 3000)))
    topic.write(b"model/1/1", chunks[1])
    assert "expected chunks 0 to 1, got no chunk 0" in (followed(topic.generation(1)).model_absence or "")
    topic.write(b"model/1/0", chunks[0])
    assert followed(topic.generation(1)).model is not None


def test_an_older_model_than_the_one_before_needs_a_rollback() -> None:
    topic = Topic()
    for number in (1, 2):
        topic.model(number, bundle(model_files(number)))
    followed(topic.generation(2))
    assert "an older model than the one before it: expected model 2 or a later one, or a rollback, got model 1" in refused(
        topic.generation(1)
    )
    assert topic.log.newest is topic.log.active_at(9 * HOUR_MS)
    assert topic.log.active_at(9 * HOUR_MS).model is not None
    followed(topic.generation())
    assert "an older model" in refused(topic.generation(1)), "not by way of rules only either"
    followed(topic.generation(1, rollback=True))
    followed(topic.generation(1))
    followed(topic.generation(2))


def test_risk_that_is_missing_or_was_refused_is_left_out_loudly() -> None:
    topic = Topic()
    assert "Expected `int`" in refused(topic.write(b"risk/1", b'{"version": "x"}'))
    assert "expected 2, got 3" in refused(topic.write(b"risk/2", b'{"version": 3, "as_of_ms": 1}'))
    after_it = b'{"version": 2, "as_of_ms": 1, "stores": {"s": [0, 0, 0, 0, 0, 0, null, 0, 9]}}'
    assert "what comes after it" in refused(topic.write(b"risk/2", after_it))
    for version in (1, 9):
        assert followed(topic.generation(risk=version)).risk is None
        assert topic.log.refusals[-1].key == f"risk/{version}"
        assert "followed without it" in topic.log.refusals[-1].reason
    topic.risk(2)
    assert "rewritten" in refused(topic.risk(2))


CHUNK = split_model(b"x" * 9)[0]
WRONG: dict[str, tuple[bytes, bytes]] = {
    "expected 5 to 524292 bytes, got 4 bytes": (b"model/1/0", CHUNK[:4]),
    "got 524293 bytes": (b"model/1/0", b"\0\0\0\1" + bytes(CHUNK_BYTES + 1)),
    "too many chunks: expected 1 to 128, got 0": (b"model/1/0", b"\0\0\0\0x"),
    "got 4294967295": (b"model/1/0", b"\xff" * 9),
    "chunk 1 of 1": (b"model/1/1", CHUNK),
    "expected one of 2, got chunk 0 of 1": (b"model/5/0", CHUNK),
    "rewritten: expected a new version, got model/5/1": (b"model/5/1", b"\0\0\0\2x"),
    "got model/4/0": (b"model/4/0", CHUNK),
}


@pytest.mark.parametrize(("said", "record"), WRONG.items(), ids=WRONG)
def test_a_wrong_chunk_is_refused_and_has_no_effect(said: str, record: tuple[bytes, bytes]) -> None:
    topic = Topic()
    topic.model(4, b"broken")
    followed(topic.generation(4))
    topic.write(b"model/5/1", b"\0\0\0\2x")
    assert said in refused(topic.write(*record))
    topic.model(6, bundle(model_files()))
    assert followed(topic.generation(6)).model is not None


def test_what_waits_for_a_generation_is_bounded_and_what_was_read_waits_no_longer() -> None:
    topic = Topic()
    full = MAX_WAITING_BYTES // CHUNK_BYTES
    assert full == MAX_CHUNKS == 64 * MEBIBYTE // CHUNK_BYTES
    assert topic.model(1, bytes(CHUNK_BYTES * full)) == [None] * full
    assert "too much of models waits" in refused(topic.model(2, b"x")[0])
    followed(topic.generation(1))
    assert topic.model(2, bundle(model_files())) == [None]
    assert followed(topic.generation(2)).model is not None


def test_a_fixed_log_has_a_model_and_a_risk_snapshot_at_any_time() -> None:
    model, shadow = tiny_model(1), tiny_model(2)
    controls = fixed_control(model=model, risk=RiskDocument(version=3, as_of_ms=1), shadow=shadow).active_at(0)
    assert controls.risk is not None
    assert (controls.model, controls.model_absence, controls.shadow, controls.risk.version) == (model, None, shadow, 3)
    assert fixed_control().active_at(0).model_absence == NO_MODEL
