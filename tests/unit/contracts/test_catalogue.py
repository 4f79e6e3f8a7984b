"""The catalogue agrees with itself."""

import re

import pytest

from streamflow.contracts import catalogue
from streamflow.contracts.catalogue import ALERTS, CONTROL, DLQ, RAW, REPLAYS, SCORED, TOPICS, Header, Topic
from streamflow.contracts.currency import CURRENCY_CODES
from streamflow.contracts.rejection import MEANING, Code

HEADERS = [value for name, value in vars(Header).items() if name.isupper()]


def test_topics_and_headers_have_names_of_their_own() -> None:
    names = [topic.name for topic in TOPICS]
    assert len(set(names)) == len(names)
    assert len(set(HEADERS)) == len(HEADERS) >= 9
    assert all(header.startswith("streamflow.") for header in HEADERS)


def test_every_topic_of_the_module_is_among_those_that_are_created() -> None:
    assert {value for value in vars(catalogue).values() if isinstance(value, Topic)} == set(TOPICS)


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_topics_name_is_one_that_kafka_takes(topic: Topic) -> None:
    assert re.fullmatch(r"[a-zA-Z0-9._-]{1,249}", topic.name)
    assert topic.partitions >= 1


def test_times_that_decide_are_the_brokers() -> None:
    """Raw records and control records are compared with each other, so neither may carry a sender's clock."""
    assert {topic.name for topic in TOPICS if topic.broker_time} == {RAW.name, CONTROL.name}


def test_what_must_be_read_whole_is_compacted_in_one_partition_and_kept_for_ever() -> None:
    for topic in (CONTROL, REPLAYS):
        config = topic.config()
        assert (config["cleanup.policy"], config["retention.ms"], topic.partitions) == ("compact", "-1", 1)


def test_a_dead_letter_of_the_largest_record_fits_its_topic() -> None:
    assert DLQ.max_record_bytes > RAW.max_record_bytes + 4096
    assert DLQ.config()["retention.ms"] == str(30 * 86_400_000)


def test_decisions_fit_the_topics_that_carry_them() -> None:
    """A record that reaches Python has at most 64 KB; its decision holds it once, and some kilobytes more."""
    assert min(SCORED.max_record_bytes, ALERTS.max_record_bytes) > 8 * catalogue.MAX_BATCHED_RECORD_BYTES


def test_every_code_is_its_own_name_and_has_a_meaning() -> None:
    assert all(code.value == code.name for code in Code)
    assert set(MEANING) == set(Code)


def test_currencies_are_those_people_pay_in() -> None:
    assert all(re.fullmatch(r"[A-Z]{3}", code) for code in CURRENCY_CODES)
    assert {"BRL", "USD", "EUR", "JPY", "CHF"} <= CURRENCY_CODES
    assert not CURRENCY_CODES & {"XXX", "XTS", "XAU", "XDR", "HRK", "DEM"}
