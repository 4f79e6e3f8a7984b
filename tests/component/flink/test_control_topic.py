"""The control topic as the job reads it: what is committed, and however large it has become."""

import random
import time

import msgspec
import pytest
from confluent_kafka import Producer

from streamflow.contracts.catalogue import CONTROL, MEBIBYTE, RAW, SCORED
from streamflow.contracts.control import ACTIVATION_DELAY_MS, Generation, control_key
from streamflow.contracts.decision import Answer, Decision
from streamflow.contracts.model_chunks import split_model
from streamflow.engine import EngineSettings
from streamflow.score.model import bundle
from tests.component.flink.harness import Broker, Job
from tests.component.flink.test_job import transaction
from tests.unit.tiny_models import STRANGER, TRUSTED, model_files, tiny_model

pytestmark = pytest.mark.stack

SETTINGS = EngineSettings(trusted_model_keys=TRUSTED)
NOISE = random.Random(7).randbytes(20 * MEBIBYTE)  # noqa: S311 - test data


def push_model(broker: Broker, number: int, packed: bytes) -> None:
    """Write a model and the generation of the next number, which names it."""
    for place, value in enumerate(split_model(packed)):
        broker.produce(CONTROL, control_key("model", number, place), value)
    broker.produce(CONTROL, control_key("generation", number + 1), msgspec.json.encode(Generation(number + 1, 1, 1, number)))
    broker.flush()


def wait_until_active() -> None:
    time.sleep(1.2 * ACTIVATION_DELAY_MS / 1000)


def answer(broker: Broker, number: int) -> Answer:
    """Send the payment of this number, the first is 1, and return its decision."""
    broker.produce(RAW, *transaction(1, number), partition=0)
    broker.flush()
    return Decision.from_json(broker.wait_for(SCORED, number)[-1].value or b"").answer


def test_a_topic_of_twenty_megabytes_is_read_whole_before_the_first_decision(broker: Broker, job: Job) -> None:
    for place, value in enumerate(split_model(NOISE)):
        broker.produce(CONTROL, control_key("model", 9, place), value)
    push_model(broker, 1, bundle(model_files()))
    wait_until_active()
    with job.running(engine=SETTINGS):
        decided = answer(broker, 1)
        assert (decided.model_version, decided.model_absence) == (tiny_model().name, None)


def test_models_that_are_pushed_while_the_job_runs_decide_or_are_refused_with_the_reason(broker: Broker, job: Job) -> None:
    with job.running(engine=SETTINGS):
        assert (answer(broker, 1).model_version, answer(broker, 2).model_absence) == (None, "no model is active")
        push_model(broker, 1, bundle(model_files()))
        wait_until_active()
        assert answer(broker, 3).model_version == tiny_model().name
        push_model(broker, 2, bundle(model_files(2, keys=STRANGER)))
        wait_until_active()
        decided = answer(broker, 4)
        assert (decided.model_version, decided.ml_score) == (None, None)
        assert (decided.model_absence or "").startswith("model 2 is refused: the model is signed with a key that is not trusted")
        push_model(broker, 3, NOISE)
        wait_until_active()
        assert "not a model's bundle" in (answer(broker, 5).model_absence or "")
        push_model(broker, 4, bundle(model_files(2)))
        wait_until_active()
        assert answer(broker, 6).model_version == tiny_model(2).name


def test_a_push_that_was_stopped_half_way_is_not_followed(broker: Broker, job: Job) -> None:
    producer = Producer({**broker.client, "transactional.id": "half a push"})
    producer.init_transactions()

    def stopped(number: int) -> None:
        producer.begin_transaction()
        producer.produce(CONTROL.name, b'{"version": %d}' % number, control_key("lists", number))
        producer.produce(CONTROL.name, b'{"generation": %d, "rules": 1, "lists": %d}' % (number, number), b"generation/%d" % number)
        producer.flush()
        producer.abort_transaction()

    stopped(2)
    with job.running():
        wait_until_active()
        assert answer(broker, 1).lists_version == 1
        stopped(3)
        wait_until_active()
        assert answer(broker, 2).lists_version == 1
    broker.produce(RAW, *transaction(1, 3))
    broker.flush()
    job.run()
    # A decision may be written twice: the runs are at least once.
    assert {Decision.from_json(record.value or b"").answer.lists_version for record in broker.wait_for(SCORED, 3)} == {1}
