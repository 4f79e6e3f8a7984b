"""The catalogue's topics on a broker: created where missing, their settings put right, never deleted."""

import time
from collections.abc import Iterable, Mapping, Set
from typing import Final

import msgspec
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewTopic, ResourceType, TopicMetadata

from streamflow.contracts.catalogue import Topic
from streamflow.contracts.errors import NotReadyError

ClientConfig = dict[str, str | int | float | bool]
"""confluent-kafka's properties."""

TIMEOUT_SECONDS: Final = 20.0
POLL_SECONDS: Final = 0.02
BROKER_DEFAULT_REPLICATION: Final = -1


class TopicChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What :func:`ensure_topics` found and did."""

    created: list[str] = []
    updated: dict[str, dict[str, str]] = {}
    """Settings that differed from the catalogue, with the values they have now."""
    partitions_differ: dict[str, int] = {}
    """Topics with another number of partitions; left alone, because new partitions would move customers."""

    def summary(self) -> str:
        """Return one line for a person.

        Examples
        --------
        >>> TopicChanges(created=["a", "b"], partitions_differ={"c": 9}).summary()
        '2 topics created; c has 9 partitions, not the number in the catalogue'
        >>> TopicChanges().summary()
        'topics as in the catalogue'
        """
        parts = [f"{len(self.created)} topics created"] if self.created else []
        parts += [f"{name}: {', '.join(sorted(settings))} put right" for name, settings in self.updated.items()]
        parts += [f"{name} has {count} partitions, not the number in the catalogue" for name, count in self.partitions_differ.items()]
        return "; ".join(parts) or "topics as in the catalogue"


def ensure_topics(client_config: Mapping[str, str | int | float | bool], topics: Iterable[Topic]) -> TopicChanges:
    """Make a broker's topics agree with the catalogue, and wait until each can be read and written.

    Parameters
    ----------
    client_config : mapping
        confluent-kafka's properties; the user needs the rights to create and alter topics.
    topics : iterable of Topic
        What should be there.

    Raises
    ------
    NotReadyError
        The broker does not answer or refuses, or a topic has no leader in time.
    """
    admin = AdminClient(dict(client_config))
    wanted = {topic.name: topic for topic in topics}
    try:
        present = admin.list_topics(timeout=TIMEOUT_SECONDS).topics
        created = _create(admin, [topic for name, topic in wanted.items() if name not in present])
        existing = [topic for name, topic in wanted.items() if name in present]
        updated = _update(admin, existing) if existing else {}
        _await_leaders(admin, wanted.keys())
    except KafkaException as error:
        raise NotReadyError("the topics cannot be created", got=error.args[0].str(), fix="streamflow status") from error
    counts = {topic.name: len(present[topic.name].partitions) for topic in existing}
    return TopicChanges(
        created=created,
        updated=updated,
        partitions_differ={name: count for name, count in counts.items() if count != wanted[name].partitions},
    )


def _create(admin: AdminClient, missing: list[Topic]) -> list[str]:
    if not missing:
        return []
    created = []
    # The time-outs are librdkafka's, not the futures': a request still open when Python ends would crash it.
    requests = [NewTopic(topic.name, topic.partitions, BROKER_DEFAULT_REPLICATION, config=topic.config()) for topic in missing]
    for name, future in admin.create_topics(requests, operation_timeout=TIMEOUT_SECONDS, request_timeout=TIMEOUT_SECONDS).items():
        try:
            future.result()
        except KafkaException as error:
            # Another command was faster: the topic is there, which is what was wanted.
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise
        else:
            created.append(name)
    return created


def _await_leaders(admin: AdminClient, names: Set[str]) -> None:
    """Wait for what a broker promises when it has created a topic, and does a moment later."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while waiting := names - {name for name, topic in admin.list_topics(timeout=TIMEOUT_SECONDS).topics.items() if _has_leaders(topic)}:
        if time.monotonic() > deadline:
            raise NotReadyError("topics have partitions without a leader", got=", ".join(sorted(waiting)), fix="streamflow status")
        time.sleep(POLL_SECONDS)


def _has_leaders(topic: TopicMetadata) -> bool:
    return bool(topic.partitions) and all(partition.leader >= 0 for partition in topic.partitions.values())


def _update(admin: AdminClient, existing: list[Topic]) -> dict[str, dict[str, str]]:
    wanted = {topic.name: topic.config() for topic in existing}
    resources = [ConfigResource(ResourceType.TOPIC, name) for name in wanted]
    differing: dict[str, dict[str, str]] = {}
    for resource, future in admin.describe_configs(resources, request_timeout=TIMEOUT_SECONDS).items():
        found = future.result()
        changes = {key: value for key, value in wanted[resource.name].items() if found[key].value != value}
        if changes:
            differing[resource.name] = changes
    alterations = [
        ConfigResource(
            ResourceType.TOPIC,
            name,
            incremental_configs=[ConfigEntry(key, value, incremental_operation=AlterConfigOpType.SET) for key, value in changes.items()],
        )
        for name, changes in differing.items()
    ]
    if alterations:
        for future in admin.incremental_alter_configs(alterations, request_timeout=TIMEOUT_SECONDS).values():
            future.result()
    return differing
