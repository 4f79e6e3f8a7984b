"""The fraud-detector: transactions.raw -> decisions, alerts and dead letters.

Entry point of `flink run -pym streamflow.flink.job`; the one argument is a file with the `JobSettings` as JSON.
"""

import sys
from typing import Any, Final

from pyflink.common import Configuration, Types
from pyflink.datastream import DataStream, StreamExecutionEnvironment
from pyflink.datastream.state import MapStateDescriptor

from streamflow.contracts.catalogue import ALERTS, CONTROL, DLQ, FRAUD_DETECTOR, MAX_BATCHED_RECORD_BYTES, RAW, SCORED, Topic
from streamflow.contracts.record import Record
from streamflow.contracts.rejection import Code, Rejection
from streamflow.flink.configuration import job_configuration, read_settings, run_job
from streamflow.flink.detector import FraudDetector
from streamflow.flink.gateway import (
    BYTES,
    READ_COMMITTED,
    bridge,
    flink,
    from_source,
    kafka_source,
    keyed_by_bucket,
    string_array,
)
from streamflow.flink.settings import MAX_PARALLELISM, JobSettings
from streamflow.ingest.record import too_large_message
from streamflow.route import DeadLetter

# Flink wants a descriptor for a broadcast; the control topic itself is the truth, so nothing is ever stored under it.
_NO_BROADCAST_STATE: Final = MapStateDescriptor("none", Types.STRING(), Types.STRING())
CUSTOMER_FIELD: Final = "customer_id"
# A fetch waits a little for more: one for every few payments would keep the broker and the job busier than the decisions do. Not so
# for topics that are mostly silent, which would be asked in vain all the time.
_FETCH: Final = {"fetch.min.bytes": "65536", "fetch.max.wait.ms": "5"}


def configuration(settings: JobSettings) -> Configuration:
    """Return what the job asks of Flink."""
    more = {
        # No class of ours may fall back to Kryo without notice.
        "pipeline.generic-types": "false",
        # A batch is sent when it is made: it has waited already.
        "execution.buffer-timeout.interval": "0 ms",
        # A checkpoint stops the task while it writes out what is in memory, and packing states that are packed already took most of it.
        "state.backend.rocksdb.compression.per.level": "NO_COMPRESSION",
        "restart-strategy.exponential-delay.attempts-before-reset-backoff": "20",
    }
    if settings.scored_guarantee == "exactly_once":
        # A transaction waits for the next checkpoint, and the broker ends it after `transaction_timeout_ms`: decisions would be lost.
        more["execution.checkpointing.tolerable-failed-checkpoints"] = "0"
    return job_configuration(FRAUD_DETECTOR, settings, **more)


def build(env: StreamExecutionEnvironment, settings: JobSettings) -> None:
    """Add the job's operators to an environment."""
    group_id = FRAUD_DETECTOR.group_id
    raw = kafka_source(settings, RAW, group_id, bridge().CommittedOrEarliest(), bridge().RecordReader(), **_FETCH)
    batches = _batches(from_source(env, raw, "ingest"), settings)
    earliest = flink().connector.kafka.source.enumerator.initializer.OffsetsInitializer.earliest()
    # A push that was stopped half way is in the topic, but was never committed.
    source = kafka_source(settings, CONTROL, f"{group_id}.control", earliest, bridge().RecordReader(), **READ_COMMITTED)
    control = from_source(env, source, "control").setParallelism(1)
    oversized = batches.getSideOutput(bridge().MicroBatcher.OVERSIZED)

    broadcast = DataStream(control).broadcast(_NO_BROADCAST_STATE)
    scored = keyed_by_bucket(batches).connect(broadcast).process(FraudDetector(settings), BYTES)
    # With another number of buckets a customer's state would lie elsewhere: another uid makes Flink refuse such a restore.
    scored.name("score").uid(f"score-{settings.buckets}-buckets")
    routed = scored._j_data_stream.process(bridge().Unpacker(), BYTES.get_java_type_info()).name("route").uid("route")

    _write(routed, SCORED, settings, exactly_once=settings.scored_guarantee == "exactly_once")
    _write(routed.getSideOutput(bridge().Unpacker.ALERTS), ALERTS, settings)
    _write(routed.getSideOutput(bridge().Unpacker.DEAD_LETTERS), DLQ, settings)
    _write(oversized, DLQ, settings, name=f"{DLQ.name}-oversized")


def _batches(records: Any, settings: JobSettings) -> Any:
    customer_field = None if settings.engine.key_source == "key" else CUSTOMER_FIELD
    batcher = bridge().MicroBatcher(
        bridge().Buckets(settings.buckets, MAX_PARALLELISM, customer_field),
        _oversized(),
        settings.micro_batch_ms,
        settings.micro_batch_max_records,
        settings.micro_batch_max_bytes,
    )
    return records.transform("batch", bridge().MicroBatcher.TYPE, batcher).uid("batch")


def _oversized() -> Any:
    """Return the Java side's maker of `TOO_LARGE` dead letters, with the headers that the engine would give them."""
    rejection = Rejection(Code.TOO_LARGE, too_large_message(MAX_BATCHED_RECORD_BYTES, "{size}"), "ingest")
    partition, offset, timestamp_ms = 2**31 - 1, 2**63 - 1, 2**63 - 2
    letter = DeadLetter(Record(RAW.name, partition, offset, timestamp_ms, None, None), rejection)
    places = {str(partition): "{partition}", str(offset): "{offset}", str(timestamp_ms): "{timestamp_ms}"}
    headers = [(name, (value or b"").decode()) for name, value in letter.headers()]
    names, templates = [name for name, _ in headers], [places.get(text, text) for _, text in headers]
    return bridge().Oversized(MAX_BATCHED_RECORD_BYTES, string_array(names), string_array(templates))


def _write(stream: Any, topic: Topic, settings: JobSettings, *, name: str = "", exactly_once: bool = False) -> None:
    guarantee = flink().connector.base.DeliveryGuarantee
    builder = flink().connector.kafka.sink.KafkaSink.builder().setRecordSerializer(bridge().OutputWriter(topic.name))
    properties = {
        **settings.kafka,
        "compression.type": settings.compression,
        "linger.ms": str(settings.linger_ms),
        "batch.size": str(settings.batch_bytes),
        # Room for what the client adds around the largest record that the topic takes.
        "max.request.size": str(topic.max_record_bytes),
        "transaction.timeout.ms": str(settings.transaction_timeout_ms),
    }
    for key, value in properties.items():
        builder.setProperty(key, value)
    builder.setBootstrapServers(settings.kafka["bootstrap.servers"])
    builder.setTransactionalIdPrefix(f"{FRAUD_DETECTOR.name}.{topic.name}")
    builder.setDeliveryGuarantee(guarantee.EXACTLY_ONCE if exactly_once else guarantee.AT_LEAST_ONCE)
    stream.sinkTo(builder.build()).name(name or topic.name).uid(name or topic.name)


def run(settings: JobSettings) -> None:
    """Build the job and run it."""
    run_job(FRAUD_DETECTOR, settings, build, configuration(settings))


def main(arguments: list[str]) -> None:
    """Run the job with the settings of a file."""
    run(read_settings(arguments, JobSettings))


if __name__ == "__main__":
    main(sys.argv[1:])
