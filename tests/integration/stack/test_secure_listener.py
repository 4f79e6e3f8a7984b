"""The settings reach a broker that asks for a password over TLS, and say clearly why when they do not."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import trustme
from confluent_kafka import Producer

from streamflow.contracts.catalogue import ALERTS, DLQ, SCORED
from streamflow.contracts.errors import NotReadyError
from streamflow.kafka.reading import Reader
from streamflow.settings import Settings
from streamflow.settings.connection import java_properties
from streamflow.settings.model import KafkaSettings
from streamflow.stack import StackSettings
from streamflow.stack.component import properties
from streamflow.stack.config import Layout
from streamflow.stack.kafka import Kafka
from streamflow.stack.network import LOOPBACK, free_port
from streamflow.stack.state import StackState
from streamflow.stack.supervisor import Supervisor

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]
USER, PASSWORD = "ana", "correct horse"
START_SECONDS = 400


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaSettings]:
    """Return the settings of a broker with a SASL_SSL listener, SCRAM-SHA-512 and one user."""
    folder = tmp_path_factory.mktemp("secure")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    certificate = authority.issue_cert(LOOPBACK, key_type=trustme.KeyType.RSA)
    certificate.private_key_and_cert_chain_pem.write_to_path(str(folder / "broker.pem"))
    # Java reads PKCS#8 only.
    pkcs8 = subprocess.run(
        ["openssl", "pkcs8", "-topk8", "-nocrypt", "-in", folder / "broker.pem"], capture_output=True, text=True, check=True
    ).stdout
    chain = "".join(blob.bytes().decode() for blob in certificate.cert_chain_pems)
    (folder / "broker.pem").write_text(pkcs8 + chain)
    layout = Layout(StackSettings(directory=str(folder / "stack"), kafka_heap_mib=256))
    state = StackState()
    state.choose_ports(frozenset())
    port = free_port(frozenset(state.ports.values()))
    plain = f"PLAINTEXT://{state.address('kafka')},CONTROLLER://{state.address('kafka_controller')}"
    extra = {
        "listeners": f"{plain},SECURE://{LOOPBACK}:{port}",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SECURE:SASL_SSL",
        "listener.name.secure.sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.secure.scram-sha-512.sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.secure.ssl.keystore.type": "PEM",
        "listener.name.secure.ssl.keystore.location": str(folder / "broker.pem"),
    }
    user = ("--add-scram", f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]")
    broker = Kafka(layout, state, extra, user)
    supervisor = Supervisor(layout)
    (folder / "password").write_text(f"{PASSWORD}\n")
    try:
        broker.prepare()
        supervisor.write(broker.programs())
        supervisor.start()
        supervisor.start_process("kafka")
        wait_until_ready(broker)
        broker.after_start()
        yield KafkaSettings(
            bootstrap_servers=f"{LOOPBACK}:{port}",
            security_protocol="SASL_SSL",
            sasl_mechanism="SCRAM-SHA-512",
            sasl_username=USER,
            sasl_password_file=str(folder / "password"),
            ssl_ca_location=str(folder / "ca.pem"),
        )
    finally:
        if supervisor.is_alive():
            supervisor.shut_down(last="kafka")
        supervisor.clean()


def wait_until_ready(broker: Kafka) -> None:
    end = time.monotonic() + START_SECONDS
    while reason := broker.why_not_ready():
        assert time.monotonic() < end, reason
        time.sleep(0.2)


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


@pytest.mark.parametrize(("password", "exit_code"), [(PASSWORD, 0), ("wrong", 1)])
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


def test_topics_are_created_and_the_whole_job_decides_over_the_secure_listener(secure: KafkaSettings, tmp_path: Path) -> None:
    stack = StackSettings(directory=str(tmp_path), ready_timeout_seconds=START_SECONDS)
    values = {f"kafka.{name}": value for name, value in msgspec.structs.asdict(secure).items() if isinstance(value, str) and value}
    options = [part for name, value in {**values, "stack.directory": str(tmp_path)}.items() for part in ("--set", f"{name}={value}")]

    def streamflow(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "streamflow.cli.main", *options, *arguments], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    streamflow("topic", "create")
    assert streamflow("topic", "create") == "topics as in the catalogue\n"
    try:
        Settings(stack=stack).local_stack().up(["flink"])
        streamflow("job", "submit")
        streamflow("simulate", "--topic", "--events", "500", "--customers", "50", "--malformed-ratio", "0.1")
        end = time.monotonic() + START_SECONDS
        while (decided := sum(streamflow("topic", "dump", topic.name).count("\n") for topic in (SCORED, DLQ))) < 500:
            assert time.monotonic() < end, f"{decided} of 500 records have an answer"
        assert decided == 500
    finally:
        Settings(stack=stack).local_stack().down()
