"""`docs/reference/topics.md`, `docs/reference/dead-letter-codes.md` and the pages of `docs/contracts/`."""

from typing import Final

from scripts.reference.markdown import code, page, table
from streamflow.contracts.catalogue import (
    CONTROL,
    DLQ,
    HEADER_MEANING,
    JOBS,
    KIBIBYTE,
    MAX_BATCHED_RECORD_BYTES,
    MAX_PREVIEW_BYTES,
    MEBIBYTE,
    TOPICS,
    Header,
    Topic,
)
from streamflow.contracts.control import ACTIVATION_DELAY_MS
from streamflow.contracts.model_chunks import CHUNK_BYTES
from streamflow.contracts.rejection import MEANING, Code

SCHEMAS_OF: Final = {
    "Transaction": ("transaction.json",),
    "Decision": ("decision.json",),
    "Alert": ("alert.json",),
    "ControlDocument": ("control-rules.json", "control-lists.json", "control-risk.json", "control-generation.json"),
    "Label": ("label.json",),
    "ReplayMarker": ("replay-marker.json",),
    "Metric": ("metric.json",),
}
"""Which schemas describe a topic's value, by the catalogue's word for it."""


def topics_page() -> str:
    """Return the page of the topics."""
    rows = [(code(topic.name), topic.what, topic.key, _value(topic, "../contracts/"), topic.partitions, *_kept(topic)) for topic in TOPICS]
    jobs = [(code(job.name), job.what, code(job.group_id)) for job in JOBS]
    return page(
        "Topics",
        "`streamflow up` creates these topics on the local broker and puts their settings right; it never deletes one and never changes a "
        "number of partitions. On your own broker, create them with these settings.",
        table(("topic", "what", "key", "value", "partitions", "kept", "timestamp", "largest record"), rows),
        "Timestamps: *broker* is `message.timestamp.type=LogAppendTime`, *producer* is `CreateTime`.",
        "## Kafka's own names for the settings",
        table(("topic", "settings"), [(code(topic.name), _config(topic)) for topic in TOPICS]),
        "## Consumer groups",
        table(("job", "what", "group"), jobs),
        f"The job reads `{CONTROL.name}` whole at every start; the group that it shows there is the job's group with `.control` added.",
    )


def codes_page() -> str:
    """Return the page of the codes of dead letters."""
    return page(
        "Dead-letter codes",
        f"Every record that cannot be scored lies in `{DLQ.name}` with one of these codes in the header `{Header.CODE}`. Codes are stable: "
        "a new way to be wrong gets a new code. The header's message says what was expected, what came and where.",
        table(("code", "meaning"), [(code(name.value), MEANING[name]) for name in Code]),
        "What to do with them: [dead letters](../deadletters.md). In which order the checks run: [validate](../validate.md).",
    )


def contracts_page() -> str:
    """Return the index of the contracts."""
    rows = [(code(topic.name), topic.key, _value(topic, "")) for topic in TOPICS]
    return page(
        "Contracts",
        "What lies in each topic. The schemas are JSON Schema 2020-12; a test checks real transactions, decisions and alerts against them.",
        table(("topic", "key", "value"), rows),
        "A reader must pass over fields that it does not know: new optional ones may come within a version.",
        "A schema says what one document may hold. What depends on more than the document is not in it: a key that names another "
        "customer, a time that lies ahead of the broker's, control characters, card numbers in ids. "
        "[Dead-letter codes](../reference/dead-letter-codes.md) has the whole list.",
        f"A control document lies under its kind and version (`rules/7`), is never rewritten, and has no effect until a generation names "
        f"it; a generation is active {ACTIVATION_DELAY_MS / 1000:g} s after the broker's time of its record "
        "([rules, lists and models](../control.md)).",
        f"A model is bytes and not JSON: chunk I of model N lies under `model/N/I`, its value is 4 bytes, big-endian, with the number of "
        f"the model's chunks, then at most {CHUNK_BYTES // KIBIBYTE} KiB of it. All chunks in order are the model's bundle.",
    )


def dead_letter_page() -> str:
    """Return the page of the dead letters' form."""
    return page(
        "Dead letters in Kafka",
        f"A record of `{DLQ.name}` is the record that died: its key and its value byte for byte (a null stays a null), and its headers in "
        "their order, repeated names too. Behind them stand the added headers:",
        table(
            ("header", "value (UTF-8 text)"),
            [(code(name), meaning) for name, meaning in HEADER_MEANING.items() if name != Header.REPLAY_OF],
        ),
        "A record may have brought headers of the same names with it; the added ones begin with the last "
        f"`{Header.CODE}`. After a failure the job may write a dead letter again: topic, partition and offset name it.",
        f"A record that `streamflow dlq replay` sends again carries its original headers and `{Header.REPLAY_OF}`: "
        f"{HEADER_MEANING[Header.REPLAY_OF][0].lower()}{HEADER_MEANING[Header.REPLAY_OF][1:]}",
        f"Values above {MAX_BATCHED_RECORD_BYTES // 1024} KB are dead letters `{Code.TOO_LARGE}` with all their bytes. Where a dead letter "
        f"is shown, it is cut to {MAX_PREVIEW_BYTES // 1024} KB of safe text, with card numbers masked; the topic itself holds everything.",
        "Codes: [dead-letter codes](../reference/dead-letter-codes.md).",
    )


def _value(topic: Topic, folder: str) -> str:
    if topic is DLQ:
        return f"[the original bytes]({folder}dead-letter.md)"
    return ", ".join(f"[{file.removesuffix('.json')}]({folder}{file})" for file in SCHEMAS_OF[topic.value])


def _kept(topic: Topic) -> tuple[str, str, str]:
    """Return how long records are kept, whose time they carry, and how large they may be."""
    kept = "for ever" if topic.retention_days is None else f"{topic.retention_days} days"
    return (
        f"compacted, {kept}" if topic.cleanup == "compact" else kept,
        "broker" if topic.broker_time else "producer",
        f"{topic.max_record_bytes / MEBIBYTE:g} MiB",
    )


def _config(topic: Topic) -> str:
    return ", ".join(code(f"{name}={value}") for name, value in topic.config().items())
