"""The settings reach a broker that asks for a password over TLS, and say clearly why when they do not."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import trustme
from confluent_kafka import Producer

from streamflow.contracts.catalogue import ALERTS
from streamflow.contracts.errors import NotReadyError
from streamflow.kafka.reading import Reader
from streamflow.settings import Settings
from streamflow.settings.connection import java_properties
from streamflow.settings.model import KafkaSettings
from streamflow.stack import StackSettings
from streamflow.stack.component import properties
from streamflow.stack.config import Layout
from tests.integration.stack.secure_broker import OWNER, secure_broker

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaSettings]:
    with secure_broker(tmp_path_factory.mktemp("secure")) as broker:
        yield broker.settings()


def client(kafka: KafkaSettings) -> dict[str, str]:
    return Settings(kafka=kafka).kafka_client_config()


def test_with_the_right_password_and_authority_records_come_and_go(secure: KafkaSettings) -> None:
    producer = Producer({**client(secure)})
    producer.produce(ALERTS.name, key=b"ana", value=b"secret")
    assert producer.flush(60) == 0
    assert Reader(client(secure), ALERTS.name).partitions


def test_a_wrong_password_is_refused_with_the_reason(secure: KafkaSettings) -> None:
    wrong = msgspec.structs.replace(secure, sasl_password_file="", sasl_password="wrong")
    with pytest.raises(NotReadyError, match=r"(?i)authentication"):
        Reader(client(wrong), ALERTS.name)


def test_a_broker_of_a_foreign_authority_is_refused_with_the_reason(secure: KafkaSettings, tmp_path: Path) -> None:
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "foreign.pem"))
    with pytest.raises(NotReadyError, match=r"(?i)certificate"):
        Reader(client(msgspec.structs.replace(secure, ssl_ca_location=str(tmp_path / "foreign.pem"))), ALERTS.name)


def test_a_client_without_tls_is_refused(secure: KafkaSettings) -> None:
    with pytest.raises(NotReadyError):
        Reader(client(KafkaSettings(bootstrap_servers=secure.bootstrap_servers)), ALERTS.name)


@pytest.mark.parametrize(("password", "exit_code"), [(f"the secret of {OWNER}", 0), ("wrong", 1)])
def test_the_java_client_gets_in_with_the_same_settings(secure: KafkaSettings, tmp_path: Path, password: str, exit_code: int) -> None:
    kafka = msgspec.structs.replace(secure, sasl_password_file="", sasl_password=password)
    config = tmp_path / "client.properties"
    config.write_text(properties({**java_properties(kafka, relocated=False), "default.api.timeout.ms": 30_000}))
    layout = Layout(StackSettings())
    jars = layout.jar_folder("kafka")
    tool = [layout.java, "-cp", f"{jars}/*", "org.apache.kafka.tools.TopicCommand", "--list"]
    done = subprocess.run(
        [*tool, "--bootstrap-server", secure.bootstrap_servers, "--command-config", str(config)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == exit_code, done.stdout + done.stderr
    assert (ALERTS.name in done.stdout) == (exit_code == 0)
