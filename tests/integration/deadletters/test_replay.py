"""Dead letters on a real broker: listed, shown, and sent again at most once each."""

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from confluent_kafka import Producer

from streamflow.contracts.catalogue import DLQ, RAW, REPLAYS, Header
from streamflow.contracts.errors import BadInputError, ExitCode
from streamflow.contracts.record import HeaderList, Record, decode_headers, encode_headers
from streamflow.contracts.rejection import Code, Rejection
from streamflow.deadletters.replay import Fix, Plan, plan_replay, replay
from streamflow.deadletters.selection import Selection
from streamflow.kafka.dump import parse_dump_line
from streamflow.kafka.headers import to_client
from streamflow.kafka.reading import read_to_end
from streamflow.kafka.writing import FencedError
from streamflow.route import DeadLetter

pytestmark = pytest.mark.stack

Config = dict[str, str]
Command = Callable[..., str]

KILLED_PROGRAM = Path(__file__).with_name("replay_forever.py")
ALL = Selection()


def died(
    offset: int, value: bytes | None = b"?", *, code: Code = Code.NOT_JSON, key: bytes | None = b"cust-1", headers: HeaderList | None = None
) -> DeadLetter:
    record = Record(RAW.name, offset % RAW.partitions, offset, 1_700_000_000_000 + offset, key, value, encode_headers(headers or []))
    return DeadLetter(record, Rejection(code, "expected this, got \x1b[31mthat"))


def bury(config: Config, *letters: DeadLetter) -> None:
    """Write dead letters as the job does, all into one partition."""
    producer = Producer({**config, "enable.idempotence": True})  # else a retry could change their order
    for letter in letters:
        record = letter.record
        headers = [*decode_headers(record.headers), *letter.headers()]
        producer.produce(DLQ.name, record.value, record.key, partition=0, headers=to_client(headers))
    assert producer.flush(30.0) == 0


def replay_all(config: Config, selection: Selection = ALL, fix: Fix | None = None) -> tuple[Plan, int]:
    fix = fix or Fix()
    plan = plan_replay(config, selection, fix)
    return plan, replay(config, plan, fix)


def sent(config: Config) -> list[Record]:
    return list(read_to_end(config, RAW.name))


def test_a_replayed_record_is_the_original_one_with_one_more_header(empty_topics: Config) -> None:
    headers: HeaderList = [("trace", b"1"), ("trace", None), ("", b"\xff"), (Header.CODE, b"an old one")]
    bury(empty_topics, died(6, b"\x00\xff?", headers=headers), died(7, None, key=None), died(9, b"", key=b""))
    _, count = replay_all(empty_topics)
    assert count == 3
    records = {record.partition: record for record in sent(empty_topics)}
    assert {partition: (record.key, record.value) for partition, record in records.items()} == {
        2: (b"cust-1", b"\x00\xff?"),
        3: (None, None),
        1: (b"", b""),
    }
    assert list(decode_headers(records[2].headers)) == [*headers, (Header.REPLAY_OF, b"0:0")]


def test_replaying_again_sends_nothing_and_says_already_replayed(empty_topics: Config, command: Command) -> None:
    bury(empty_topics, died(0), died(1))
    assert "replayed 2 dead letters" in command("dlq", "replay", "--all", "--yes")
    assert "already replayed: 2" in command("dlq", "replay", "--all", "--yes")
    assert len(sent(empty_topics)) == 2


def test_a_record_whose_letter_was_written_twice_is_sent_once(empty_topics: Config) -> None:
    bury(empty_topics, died(0), died(0))
    plan, count = replay_all(empty_topics)
    assert (plan.copies, count) == (1, 1)
    bury(empty_topics, died(0))
    plan, count = replay_all(empty_topics)
    assert (plan.already_replayed, count) == (3, 0)
    assert len(sent(empty_topics)) == 1


def test_records_of_a_customer_keep_their_order_and_their_partition(empty_topics: Config) -> None:
    bury(empty_topics, *(died(4 * number + 2, b"%d" % number) for number in range(500)))
    replay_all(empty_topics)
    assert [(record.partition, record.value) for record in sent(empty_topics)] == [(2, b"%d" % number) for number in range(500)]


def test_a_patch_mends_what_it_can_and_names_what_it_cannot(empty_topics: Config) -> None:
    bury(empty_topics, died(0, b'{"amount": 1.50, "store_id": "s"}', code=Code.WRONG_TYPE), died(1, b"not json"))
    plan, count = replay_all(empty_topics, fix=Fix(patch={"amount": "1.50"}))
    assert count == 1
    assert [(refused.id, "cannot be patched" in refused.why) for refused in plan.refused] == [(f"{RAW.name}/1/1", True)]
    assert [record.value for record in sent(empty_topics)] == [b'{"amount":"1.50","store_id":"s"}']


def test_another_key_takes_the_place_of_the_original_one(empty_topics: Config) -> None:
    bury(empty_topics, died(0, key=b"wrong"), died(1, key=None))
    replay_all(empty_topics, fix=Fix(key=b"cust-9"))
    records = sent(empty_topics)
    assert [record.key for record in records] == [b"cust-9", b"cust-9"]
    assert len({record.partition for record in records}) == 1


def test_a_second_replay_stops_the_first_and_together_they_send_each_record_once(empty_topics: Config) -> None:
    bury(empty_topics, *(died(number) for number in range(20)))
    plan = plan_replay(empty_topics, ALL, Fix())
    overtaken: list[int] = []

    def another_one_starts(count: int) -> None:
        if not overtaken:
            overtaken.append(replay(empty_topics, plan, Fix()))

    with pytest.raises(FencedError):
        replay(empty_topics, plan, Fix(), report=another_one_starts, batch_records=5)
    assert overtaken == [15]
    assert Counter(record.partition for record in sent(empty_topics)) == {0: 5, 1: 5, 2: 5, 3: 5}


@pytest.mark.parametrize("transactions", [0, 1, 10, 40])
def test_a_replay_that_is_killed_and_run_again_sends_each_record_exactly_once(empty_topics: Config, transactions: int) -> None:
    letters = [died(number, b"%d" % number) for number in range(400)]
    bury(empty_topics, *letters)
    program = subprocess.Popen([sys.executable, str(KILLED_PROGRAM), empty_topics["bootstrap.servers"]])
    try:
        # Counted without waiting for commits, so that the kill falls between any two steps of a transaction.
        while program.poll() is None and _markers_written(empty_topics) < 3 * transactions:
            pass
    finally:
        program.send_signal(signal.SIGKILL)
        program.wait()
    before = len(list(read_to_end(empty_topics, REPLAYS.name)))
    assert before < len(letters), "the program ended before it was killed"
    plan, count = replay_all(empty_topics)
    assert plan.already_replayed + count == len(letters)
    assert sorted(int(record.value or b"") for record in sent(empty_topics)) == list(range(len(letters)))
    assert len(list(read_to_end(empty_topics, REPLAYS.name))) == len(letters)


def _markers_written(config: Config) -> int:
    return sum(1 for _ in read_to_end(config, REPLAYS.name, isolation="read_uncommitted"))


def test_dead_letters_are_counted_shown_and_selected_by_commands(empty_topics: Config, command: Command, tmp_path: Path) -> None:
    hostile = b'{"card": "4111111111111111", "x": "\x1b]0;title\x07"}' + b"z" * 20_000
    bury(empty_topics, died(0), died(1), died(6, hostile, code=Code.TOO_LARGE, headers=[("x\x1b[2J", b"\x1b[2J")]))
    listed = msgspec.json.decode(command("dlq", "list", "--limit", "1", "--json"))
    assert (listed["total"], listed["counts"]) == (3, {"NOT_JSON": 2, "TOO_LARGE": 1})
    assert [letter["id"] for letter in listed["newest"]] == [f"{RAW.name}/2/6"]
    text = command("dlq", "list", "--code", "too_large", "--since", "2023-11-14T22:13:20Z")
    assert f"{RAW.name}/2/6" in text
    assert "NOT_JSON" not in text
    shown = command("dlq", "show", f"{RAW.name}/2/6", "--out", str(tmp_path / "value"))
    assert "411111******1111" in shown
    assert not set(map(chr, range(32))) - {"\n"} & set(text + shown)
    assert len(shown) < 12_000
    assert (tmp_path / "value").read_bytes() == hostile
    assert msgspec.json.decode(command("dlq", "show", "0:2", "--json"))["value_bytes"] == len(hostile)


def test_a_dry_run_and_an_unanswered_question_send_nothing(empty_topics: Config, command: Command) -> None:
    bury(empty_topics, died(0), died(1, code=Code.WRONG_TYPE))
    plan = msgspec.json.decode(command("dlq", "replay", "--code", "NOT_JSON", "--dry-run", "--json"))
    assert (plan["places"], plan["sent"]) == (["0:0"], 0)
    with pytest.raises(BadInputError, match="--yes"):
        command("dlq", "replay", f"{RAW.name}/0/0")
    assert sent(empty_topics) == []


def test_a_letter_that_cannot_be_patched_ends_the_command_with_failure(empty_topics: Config, command: Command, tmp_path: Path) -> None:
    bury(empty_topics, died(0))
    file = tmp_path / "fix.json"
    file.write_text('{"currency": "BRL"}')
    command("dlq", "replay", "--all", "--yes", "--patch", str(file), exit_code=ExitCode.FAILED)
    assert sent(empty_topics) == []


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("show", "transactions.raw/0/99"), "no such dead letter"),
        (("show", "0:99"), "no such dead letter"),
        (("show", "nonsense"), "TOPIC/PARTITION/OFFSET"),
        (("list", "--code", "NOPE"), "no such code"),
        (("list", "--since", "2 days"), "--since"),
        (("replay", "--all", "--patch", "/nonexistent.json"), "No such file"),
        (("replay", "--all", "--key", ""), "--key"),
    ],
)
def test_wrong_input_is_refused_with_what_is_expected(
    empty_topics: Config, command: Command, arguments: tuple[str, ...], named: str
) -> None:
    with pytest.raises(BadInputError) as raised:
        command("dlq", *arguments)
    assert named in str(raised.value)


@pytest.mark.parametrize("arguments", [("replay",), ("replay", "--all", "--code", "NOT_JSON")])
def test_a_replay_needs_exactly_one_kind_of_selection(command: Command, arguments: tuple[str, ...]) -> None:
    command("dlq", *arguments, exit_code=ExitCode.USAGE)


def test_a_dumped_topic_reads_back_whole(empty_topics: Config, command: Command, tmp_path: Path) -> None:
    bury(empty_topics, died(0, None, key=None, headers=[("a", None), ("a", b"")]), died(1, b"\xff"))
    file = tmp_path / "dlq.jsonl"
    command("topic", "dump", DLQ.name, "--out", str(file))
    assert [parse_dump_line(line) for line in file.read_bytes().splitlines()] == list(read_to_end(empty_topics, DLQ.name))
    assert command("topic", "dump", DLQ.name, "--limit", "1").encode() == file.read_bytes().splitlines(keepends=True)[0]
    with pytest.raises(BadInputError, match="cannot be written"):
        command("topic", "dump", DLQ.name, "--out", str(tmp_path))
