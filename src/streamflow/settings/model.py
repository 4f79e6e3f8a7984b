"""Every setting, its default and its meaning."""

from typing import Annotated, Final, Literal

import msgspec

from streamflow.contracts.errors import BadInputError
from streamflow.stack.config import StackSettings

SECRET: Final = {"secret": "whole"}
SECRET_INSIDE: Final = {"secret": "connection string"}
Count = Annotated[int, msgspec.Meta(ge=1)]
Protocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
Mechanism = Literal["", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


class KafkaSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How clients reach Kafka."""

    bootstrap_servers: Annotated[str, msgspec.Meta(description="host:port, comma-separated; empty: the local stack's broker")] = ""
    security_protocol: Annotated[Protocol, msgspec.Meta(description="As the broker's listener asks")] = "PLAINTEXT"
    sasl_mechanism: Annotated[Mechanism, msgspec.Meta(description="With SASL_PLAINTEXT and SASL_SSL")] = ""
    sasl_username: Annotated[str, msgspec.Meta(description="With sasl_mechanism")] = ""
    sasl_password: Annotated[str, msgspec.Meta(description="Better: sasl_password_file", extra=SECRET)] = ""
    sasl_password_file: Annotated[str, msgspec.Meta(description="A file whose first line is the password")] = ""
    ssl_ca_location: Annotated[str, msgspec.Meta(description="PEM file of the authorities to trust; empty: the system's")] = ""
    ssl_certificate_location: Annotated[str, msgspec.Meta(description="PEM file of the client's certificate chain")] = ""
    ssl_key_location: Annotated[str, msgspec.Meta(description="PEM file (PKCS#8) of the client's private key")] = ""
    ssl_key_password: Annotated[str, msgspec.Meta(description="Better: ssl_key_password_file", extra=SECRET)] = ""
    ssl_key_password_file: Annotated[str, msgspec.Meta(description="A file whose first line is the key's password")] = ""

    def check(self) -> None:
        """Refuse settings that contradict one another.

        Raises
        ------
        BadInputError
            Which setting lacks which other one.
        """
        with_sasl = self.security_protocol.startswith("SASL")
        with_tls = self.security_protocol.endswith("SSL")
        for broken, message, expected in (
            (with_sasl and not self.sasl_mechanism, "kafka.sasl_mechanism is missing", f"one, with {self.security_protocol}"),
            (with_sasl and not self.sasl_username, "kafka.sasl_username is missing", f"one, with {self.security_protocol}"),
            (
                with_sasl and not (self.sasl_password or self.sasl_password_file),
                "Kafka's password is missing",
                "kafka.sasl_password_file or kafka.sasl_password",
            ),
            (
                bool(self.sasl_password and self.sasl_password_file),
                "Kafka's password is given twice",
                "sasl_password or sasl_password_file",
            ),
            (
                bool(self.ssl_key_password and self.ssl_key_password_file),
                "the key's password is given twice",
                "ssl_key_password or ssl_key_password_file",
            ),
            (
                bool(self.sasl_mechanism) and not with_sasl,
                "kafka.sasl_mechanism goes with SASL",
                "kafka.security_protocol = SASL_SSL or SASL_PLAINTEXT",
            ),
            (
                bool(self.ssl_ca_location or self.ssl_certificate_location) and not with_tls,
                "kafka.ssl_* goes with TLS",
                "kafka.security_protocol = SSL or SASL_SSL",
            ),
            (
                bool(self.ssl_certificate_location) != bool(self.ssl_key_location),
                "a client's certificate and its key go together",
                "kafka.ssl_certificate_location and kafka.ssl_key_location",
            ),
        ):
            if broken:
                raise BadInputError(message, expected=expected, fix="streamflow config show")


class PostgresSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How clients reach PostgreSQL."""

    dsn: Annotated[
        str,
        msgspec.Meta(description="libpq's connection string; empty: the local stack's. Better: passfile=FILE in it", extra=SECRET_INSIDE),
    ] = ""


class FlinkSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The Flink cluster, and how the fraud-detector runs on it."""

    rest_url: Annotated[str, msgspec.Meta(description="http://host:port of the JobManager; empty: the local stack's")] = ""
    parallelism: Annotated[int, msgspec.Meta(ge=1, le=128, description="Operators of each kind; each wants a TaskManager")] = 1
    checkpoint_interval_ms: Annotated[Count, msgspec.Meta(description="Time between checkpoints")] = 10_000
    scored_guarantee: Annotated[
        Literal["at_least_once", "exactly_once"], msgspec.Meta(description="exactly_once shows decisions only after each checkpoint")
    ] = "at_least_once"
    micro_batch_ms: Annotated[int, msgspec.Meta(ge=0, le=1000, description="How long a record may wait for others")] = 5
    buckets: Annotated[int, msgspec.Meta(ge=1, le=128, description="Batches that customers fall into; part of the state's layout")] = 16


class StoreSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The jobs that write PostgreSQL's tables."""

    parallelism: Annotated[int, msgspec.Meta(ge=1, le=128, description="Operators of each kind in each job; each wants a TaskManager")] = 1
    batch_rows: Annotated[Count, msgspec.Meta(description="Most rows of a batch")] = 2_000
    batch_ms: Annotated[Count, msgspec.Meta(description="How long a row may wait for others")] = 200
    lateness_ms: Annotated[
        int, msgspec.Meta(ge=0, description="How much earlier than the newest of its partition an event may be and count in a window")
    ] = 60_000
    idle_ms: Annotated[Count, msgspec.Meta(description="After how long without a record a partition no longer holds windows open")] = 30_000


class IngestSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How records are taken in."""

    key_source: Annotated[
        Literal["key", "payload"], msgspec.Meta(description="Where the customer stands: the record's key, or the payload alone")
    ] = "key"


class ValidateSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What validation refuses."""

    pan_check: Annotated[Literal["reject", "off"], msgspec.Meta(description="Whether card numbers in ids are refused")] = "reject"


class ModelSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose models may decide."""

    trusted_keys: Annotated[
        tuple[str, ...],
        msgspec.Meta(description="Public keys that models must be signed with: 64 hexadecimal digits each, or files that hold them"),
    ] = ()


class ProbeSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `streamflow probe` watches, and its canary."""

    host: Annotated[str, msgspec.Meta(description="Address at which it serves its metrics")] = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65_535, description="Port at which it does; the local stack's has one of its own")] = 9_400
    canary_customer_id: Annotated[str, msgspec.Meta(min_length=1, max_length=64, description="Whose decisions are marked `canary`")] = (
        "streamflow-canary"
    )
    canary_interval_ms: Annotated[int, msgspec.Meta(ge=0, description="Time between the canary's payments; 0: it makes none")] = 10_000
    grace_ms: Annotated[Count, msgspec.Meta(description="After how long a record without an answer is unaccounted for")] = 60_000
    store_grace_ms: Annotated[Count, msgspec.Meta(description="How long after its answer a record's row may be missing in the store")] = (
        60_000
    )
    drift_interval_ms: Annotated[
        int, msgspec.Meta(ge=0, description="Time between two looks at drift, against the model that decides; 0: there are none")
    ] = 3_600_000
    drift_days: Annotated[int, msgspec.Meta(ge=1, le=90, description="Of how many days the payments are that it looks at")] = 7
    lookback_ms: Annotated[
        int, msgspec.Meta(ge=0, description="From how long before its start on records are accounted for, though not counted")
    ] = 900_000


class Sections(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings, by the section of `streamflow.toml` they stand in."""

    kafka: KafkaSettings = KafkaSettings()
    postgres: PostgresSettings = PostgresSettings()
    flink: FlinkSettings = FlinkSettings()
    store: StoreSettings = StoreSettings()
    ingest: IngestSettings = IngestSettings()
    validate: ValidateSettings = ValidateSettings()
    model: ModelSettings = ModelSettings()
    probe: ProbeSettings = ProbeSettings()
    stack: StackSettings = StackSettings()


SECTIONS: Final[dict[str, type[msgspec.Struct]]] = {
    "kafka": KafkaSettings,
    "postgres": PostgresSettings,
    "flink": FlinkSettings,
    "store": StoreSettings,
    "ingest": IngestSettings,
    "validate": ValidateSettings,
    "model": ModelSettings,
    "probe": ProbeSettings,
    "stack": StackSettings,
}
