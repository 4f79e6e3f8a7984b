"""A decision depends on the customer's records, the brokers' times and the control log, and on nothing else."""

import os
import subprocess
import sys
from collections import Counter
from hashlib import sha256
from pathlib import Path
from random import Random

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from streamflow.control.documents import default_rules
from streamflow.engine import Decided, MemoryStates
from streamflow.score.control import ControlLog
from tests.unit.engine.traffic import ANSWERS, RECORDS, answers
from tests.unit.factories import DAY_MS, HOUR_MS, TEN_O_CLOCK_MS, Shop

ROOT = Path(__file__).parents[3]


def test_the_traffic_has_every_kind_of_answer() -> None:
    """Else the properties here would say little."""
    kinds: Counter[str] = Counter()
    for answer in ANSWERS:
        kinds[answer.split(b" ")[0].decode()] += 1
        for mark in ("late", "duplicate", "id_reused", "rate_missing"):
            kinds[mark] += b'"%b":true' % mark.encode() in answer
        for rule in range(1, 5):
            kinds[f"FR-00{rule}"] += b'"id":"FR-00%d"' % rule in answer
    assert min(kinds.values()) >= 5, kinds
    assert len(kinds) == 10


def test_the_same_records_give_the_same_bytes_and_the_same_states() -> None:
    first, second = MemoryStates(), MemoryStates()
    assert answers(RECORDS, first) == answers(RECORDS, second) == ANSWERS
    assert first == second


def test_another_process_with_another_hash_seed_and_time_zone_gives_the_same_bytes() -> None:
    program = "from hashlib import sha256\nfrom tests.unit.engine.traffic import ANSWERS\nprint(sha256(b'\\n'.join(ANSWERS)).hexdigest())"
    environment = os.environ | {"PYTHONHASHSEED": "12345", "TZ": "Asia/Kathmandu", "LC_ALL": "C"}
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == sha256(b"\n".join(ANSWERS)).hexdigest()


@settings(max_examples=40)
@given(st.integers(0, len(RECORDS)))
def test_a_restart_from_stored_states_continues_as_if_nothing_had_been(at: int) -> None:
    states = MemoryStates()
    begin = max(0, at - 60)
    answers(RECORDS[begin:at], states)
    once = answers(RECORDS[begin : at + 60])
    assert answers(RECORDS[at : at + 60], MemoryStates(states)) == once[at - begin :]


@settings(max_examples=25)
@given(st.randoms(use_true_random=False))
def test_how_customers_interleave_does_not_show(draw: Random) -> None:
    """Partitions may be read in any order, as long as each keeps its own."""
    queues = [[record for record in RECORDS[:300] if record.partition == partition] for partition in range(4)]
    mixed = []
    while any(queues):
        mixed.append(draw.choice([queue for queue in queues if queue]).pop(0))
    expected = dict(zip([record.offset for record in RECORDS[:300]], ANSWERS, strict=False))
    assert answers(mixed) == [expected[record.offset] for record in mixed]


def test_topic_partition_offset_and_headers_decide_nothing_but_the_id_and_the_source() -> None:
    one, other = Shop(), Shop()
    one.process(), other.process()
    moved = one.records[0]._replace(topic="elsewhere", partition=3, offset=99, headers=b"")
    states = MemoryStates()
    result = one.engine.process(moved, states)
    assert isinstance(result, Decided)
    assert states == other.states


def test_the_brokers_time_decides_nothing_but_controls_lists_and_the_future() -> None:
    one, other = Shop(), Shop()
    for shop, arrived_ms in ((one, TEN_O_CLOCK_MS), (other, TEN_O_CLOCK_MS + 500 * DAY_MS)):
        shop.pay(TEN_O_CLOCK_MS, arrived_ms=arrived_ms)
    assert one.states == other.states


def test_rules_and_lists_are_those_of_the_records_brokers_time_and_not_the_newest() -> None:
    log = ControlLog()
    for offset, version, at_ms in ((0, 1, 0), (2, 2, HOUR_MS)):
        document = msgspec.json.encode(msgspec.structs.replace(default_rules(), version=version))
        log.add(b"rules/%d" % version, document, offset=4 * offset, timestamp_ms=at_ms)
        log.add(b"lists/%d" % version, b'{"version": %d}' % version, offset=4 * offset + 1, timestamp_ms=at_ms)
        generation = b'{"generation": %d, "rules": %d, "lists": %d}' % (version, version, version)
        log.add(b"generation/%d" % version, generation, offset=4 * offset + 2, timestamp_ms=at_ms)
    shop = Shop(control=log)
    answers = [shop.pay(0, arrived_ms=at_ms).answer for at_ms in (HOUR_MS, 2 * HOUR_MS, HOUR_MS)]
    assert [(answer.ruleset_version, answer.lists_version) for answer in answers] == [(1, 1), (2, 2), (1, 1)]
