"""Settings: read from `streamflow.toml` and `STREAMFLOW_*`, composed for the parts that use them.

Precedence: command-line option, then environment, then file, then default. Nothing else in StreamFlow
reads the environment.

>>> from streamflow.settings.sources import Options
>>> Settings.load(Options(values={"flink.parallelism": "2"}), {"STREAMFLOW_FLINK_PARALLELISM": "4"}).flink.parallelism
2
"""

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, Self

import msgspec

from streamflow.contracts.errors import NotReadyError
from streamflow.contracts.tables import WRITER, Role
from streamflow.settings.connection import client_config, java_properties
from streamflow.settings.model import SECRET, Sections
from streamflow.settings.sources import OPTIONS, Found, Options, find, known_keys, process_environment
from streamflow.stack import Stack
from streamflow.store.connection import jdbc, with_user
from streamflow.store.liquibase import Liquibase

if TYPE_CHECKING:
    from streamflow.engine import EngineSettings
    from streamflow.flink.settings import AggregatorSettings, JobSettings, WriterSettings

__all__ = ["Options", "Setting", "Settings", "use_options"]

MASK: Final = "***"
JDBC_OPTIONS: Final = {
    # Many rows in one statement.
    "reWriteBatchedInserts": "true",
    # Texts become what their columns are: uuid, jsonb, timestamptz, numeric.
    "stringtype": "unspecified",
    # A server that vanished without a word is noticed.
    "connectTimeout": "10",
    "socketTimeout": "60",
    "ApplicationName": "streamflow",
}
_PASSWORDS: Final = re.compile(r"(?P<before>://[^:/@\s]*:)[^@\s]*(?=@)|(?P<name>\b\w*password=)('(?:[^'\\]|\\.)*'|[^\s&]+)")


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One setting as `streamflow config show` prints it."""

    name: str
    value: Any
    origin: str
    what: str


class Settings(Sections, frozen=True, kw_only=True):
    """All settings of StreamFlow."""

    origins: dict[str, str] = msgspec.field(default_factory=dict)
    """Where each value that is not a default was found."""

    @classmethod
    def load(cls, options: Options | None = None, environment: Mapping[str, str] | None = None) -> Self:
        """Read the settings.

        Parameters
        ----------
        options : Options, optional
            What the command line said; taken from the running command when not given.
        environment : mapping, optional
            Environment variables; those of this process when not given.

        Raises
        ------
        BadInputError
            A key is unknown, a value is wrong, or the file cannot be read.
        """
        found = find(OPTIONS.get() if options is None else options, process_environment() if environment is None else environment)
        nested: dict[str, dict[str, Any]] = {}
        for key, entry in found.items():
            section, _, name = key.partition(".")
            nested.setdefault(section, {})[name] = entry.value
        return msgspec.convert({**nested, "origins": _origins(found)}, cls)

    def entries(self) -> list[Setting]:
        """Return every setting with its origin, secrets masked."""
        entries = []
        for key, hint in known_keys().items():
            section, _, name = key.partition(".")
            facts = [part for part in getattr(hint, "__metadata__", ()) if isinstance(part, msgspec.Meta)]
            value = getattr(getattr(self, section), name)
            secret = next((part.extra["secret"] for part in facts if part.extra), None)
            if value and secret:
                value = MASK if secret == SECRET["secret"] else mask_passwords(value)
            what = next((part.description for part in facts if part.description), "")
            entries.append(Setting(name=key, value=value, origin=self.origins.get(key, "default"), what=what))
        return entries

    def local_stack(self) -> Stack:
        """Return this checkout's local stack."""
        # Its own processes see neither this command's options nor its folder.
        chosen = {key: str(getattr(self.probe, key.partition(".")[2])) for key in self.origins if key.startswith("probe.")}
        return Stack(self.stack, chosen)

    def kafka_client_config(self) -> dict[str, str]:
        """Return confluent-kafka's properties for the broker that the settings name, else the local stack's.

        Raises
        ------
        NotReadyError
            No broker is named and the local stack has none yet; or a secret's file cannot be read.
        """
        return client_config(msgspec.structs.replace(self.kafka, bootstrap_servers=self._bootstrap_servers()))

    def kafka_java_properties(self, *, relocated: bool = True) -> dict[str, str]:
        """Return the same connection for the Java client, by default the one inside Flink's Kafka connector."""
        return java_properties(msgspec.structs.replace(self.kafka, bootstrap_servers=self._bootstrap_servers()), relocated=relocated)

    def _bootstrap_servers(self) -> str:
        return self.kafka.bootstrap_servers or _started(
            self.local_stack().endpoints().kafka_bootstrap, "Kafka", "kafka", "kafka.bootstrap_servers"
        )

    def postgres_dsn(self, role: Role | None = None) -> str:
        """Return the connection string of the database that the settings name, else the local stack's.

        Parameters
        ----------
        role : Role, optional
            Whom to connect as; by default the user that the connection string names.
        """
        dsn = self.postgres.dsn or _started(self.local_stack().endpoints().postgres_dsn, "PostgreSQL", "postgres", "postgres.dsn")
        return dsn if role is None else with_user(dsn, role.name)

    def liquibase(self) -> Liquibase:
        """Return the program that runs the warehouse's migrations."""
        layout = self.local_stack().layout
        return Liquibase(layout.java, layout.jar_folder("liquibase"))

    def flink_rest_url(self) -> str:
        """Return the REST address of the Flink cluster that the settings name, else the local stack's."""
        return self.flink.rest_url or _started(self.local_stack().endpoints().flink_rest, "Flink", "flink", "flink.rest_url")

    def trusted_model_keys(self) -> tuple[str, ...]:
        """Return the public keys that models must be signed with, as hexadecimal digits.

        Raises
        ------
        BadInputError
            An entry is neither a key nor a file that holds one.
        """
        from streamflow.control.model_files import trusted_key

        return tuple(map(trusted_key, self.model.trusted_keys))

    def engine_settings(self, key_source: Literal["key", "payload"] | None = None) -> "EngineSettings":
        """Return what the engine is told, on the stream as over files.

        Parameters
        ----------
        key_source : {"key", "payload"}, optional
            Where the customer stands, if it is not as the settings say.
        """
        from streamflow.engine import EngineSettings

        return EngineSettings(
            key_source=key_source or self.ingest.key_source,
            pan_check=self.validate.pan_check,
            canary_customer_id=self.probe.canary_customer_id,
            trusted_model_keys=self.trusted_model_keys(),
        )

    def job_settings(self) -> "JobSettings":
        """Return what the fraud-detector job is told."""
        from streamflow.flink.settings import JobSettings

        values = {name: value for name, value in msgspec.structs.asdict(self.flink).items() if name != "rest_url"}
        return JobSettings(kafka=self.kafka_java_properties(), engine=self.engine_settings(), **values)

    def processor_settings(self) -> "WriterSettings":
        """Return what the transaction-processor job is told; asks PostgreSQL."""
        from streamflow.flink.settings import WriterSettings

        return WriterSettings(**self._writing())

    def aggregator_settings(self) -> "AggregatorSettings":
        """Return what the realtime-aggregator job is told; asks PostgreSQL."""
        from streamflow.flink.settings import AggregatorSettings

        return AggregatorSettings(**self._writing(), lateness_ms=self.store.lateness_ms, idle_ms=self.store.idle_ms)

    def _writing(self) -> dict[str, Any]:
        """Return what the jobs that write tables are told alike."""
        from streamflow.flink.settings import Database

        store = self.store
        found = jdbc(self.postgres_dsn(WRITER), **JDBC_OPTIONS)
        return {
            "kafka": self.kafka_java_properties(),
            "parallelism": store.parallelism,
            "checkpoint_interval_ms": self.flink.checkpoint_interval_ms,
            "database": Database(url=found.url, username=found.user, password=found.password),
            "batch_rows": store.batch_rows,
            "batch_ms": store.batch_ms,
        }


def use_options(options: Options) -> Callable[[], None]:
    """Let :meth:`Settings.load` know what the command line says, until the returned function is called."""
    token = OPTIONS.set(options)
    return lambda: OPTIONS.reset(token)


def mask_passwords(connection_string: str) -> str:
    """Hide the passwords in a connection string of either form.

    Examples
    --------
    >>> mask_passwords("postgresql://ana:hunter2@db/payments"), mask_passwords("host=db password=hunter2")
    ('postgresql://ana:***@db/payments', 'host=db password=***')
    """
    return _PASSWORDS.sub(lambda found: f"{found['before'] or found['name']}{MASK}", connection_string)


def _origins(found: dict[str, Found]) -> dict[str, str]:
    return {key: entry.origin for key, entry in found.items()}


def _started(address: str, what: str, component: str, setting: str) -> str:
    if not address:
        raise NotReadyError(f"{what} is not known", expected=f"a local stack, or {setting}", fix=f"streamflow up {component}")
    return address
