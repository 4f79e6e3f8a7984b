"""PyFlink's private parts, and those of PEMJA, in one place: what this job needs and their public side does not offer.

Pinned to the version of apache-flink in pyproject.toml; tests/component/flink runs every function here.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, cast

from pyflink.common import Time, Types
from pyflink.datastream import DataStream, KeyedStream, RuntimeContext, StreamExecutionEnvironment
from pyflink.datastream.state import MapStateDescriptor, StateTtlConfig
from pyflink.java_gateway import get_gateway
from pyflink.metrics import MetricGroup

from streamflow.contracts.catalogue import Topic
from streamflow.flink.settings import RunSettings
from streamflow.flink.state import STATE_NAME

READ_COMMITTED: Final = {"isolation.level": "read_committed"}
BYTES = Types.PRIMITIVE_ARRAY(Types.BYTE())
_COMPACTION_CLOCK_ENTRIES = 1_000


def bridge() -> Any:
    """Return the package of our own Java classes; on the client only."""
    return get_gateway().jvm.org.streamflow.flink


def flink() -> Any:
    """Return the package of Flink's Java classes; on the client only."""
    return get_gateway().jvm.org.apache.flink


def string_array(texts: list[str]) -> Any:
    """Return a Java array of strings."""
    gateway = get_gateway()
    array = gateway.new_array(gateway.jvm.String, len(texts))
    for place, text in enumerate(texts):
        array[place] = text
    return array


def kafka_source(settings: RunSettings, topic: Topic, group_id: str, offsets: Any, reader: Any, **properties: str) -> Any:
    """Return the Java source of a topic.

    Parameters
    ----------
    offsets, reader
        Java's: where it starts, and what makes elements of records.
    properties
        Of the client, besides those of the settings; they win.
    """
    kafka = flink().connector.kafka.source
    builder = kafka.KafkaSource.builder().setTopics([topic.name]).setGroupId(group_id).setStartingOffsets(offsets)
    for name, value in {**settings.kafka, "commit.offsets.on.checkpoint": "true", "client.id.prefix": group_id, **properties}.items():
        builder.setProperty(name, value)
    if settings.stop_at_end:
        builder.setBounded(kafka.enumerator.initializer.OffsetsInitializer.latest())
    return builder.setDeserializer(reader).build()


def from_source(env: StreamExecutionEnvironment, source: Any, name: str, watermarks: Any = None) -> Any:
    """Return the Java stream of a Java source, by default without watermarks."""
    watermarks = watermarks or flink().api.common.eventtime.WatermarkStrategy.noWatermarks()
    return env._j_stream_execution_environment.fromSource(source, watermarks, name).uid(name)


def keyed_by_bucket(j_stream: Any) -> KeyedStream:
    """Key a Java stream of `Row(bucket key, batch)` by its first field, on the Java side.

    PyFlink's own `key_by` would be a second Python operator that shares the interpreter's lock with the job's.
    """
    key_type = Types.ROW([Types.INT()]).get_java_type_info()
    j_keyed = j_stream.keyBy(get_gateway().jvm.KeyByKeySelector(), key_type)
    return KeyedStream(j_keyed, Types.INT(), DataStream(j_stream))


class MapStateEntries:
    """The map state of customers, as the Java object: bytes cross as they are, and many keys in one call."""

    def __init__(self, context: RuntimeContext, ttl_days: int) -> None:
        from pemja import findClass  # type: ignore[import-untyped]  # there only inside a TaskManager

        descriptor = MapStateDescriptor(STATE_NAME, Types.STRING(), BYTES)
        # Time, not Duration, and an explicit period: the defaults would ask a Java gateway that a TaskManager does not have.
        descriptor.enable_time_to_live(
            StateTtlConfig.new_builder(Time.days(ttl_days))
            .cleanup_in_rocksdb_compact_filter(_COMPACTION_CLOCK_ENTRIES, Time.days(30))
            .disable_cleanup_in_background()
            .build()
        )
        # PyFlink's wrapper would turn bytes into tuples of integers.
        self._j_state = context.get_map_state(descriptor)._state
        self._get_all = findClass("org.streamflow.flink.StateReader").getAll

    def get_all(self, customer_ids: list[str]) -> Iterable[bytes | None]:
        """Return the stored states, in the order of the ids."""
        return cast("Iterable[bytes | None]", self._get_all(self._j_state, customer_ids))

    def put_all(self, blobs: Mapping[str, bytes]) -> None:
        """Store states."""
        self._j_state.putAll(blobs)


def read_topic_to_end(properties: Mapping[str, str], topic: str, timeout_ms: int) -> bytes:
    """Return a batch of all records that a topic holds now; inside a TaskManager only."""
    from pemja import findClass  # there only inside a TaskManager

    return bytes(findClass("org.streamflow.flink.TopicReader").readToEnd(dict(properties), topic, timeout_ms))


def counter_bank(group: MetricGroup) -> Any:
    """Return Java's bank of counters in a metric group; inside a TaskManager only."""
    from pemja import findClass  # there only inside a TaskManager

    return findClass("org.streamflow.flink.CounterBank")(group._metrics)


def notice_writer() -> Callable[[str, dict[str, str]], None]:
    """Return what writes a line about one record to the TaskManager's log; inside a TaskManager only."""
    from pemja import findClass  # there only inside a TaskManager

    return cast("Callable[[str, dict[str, str]], None]", findClass("org.streamflow.flink.Notice").say)
