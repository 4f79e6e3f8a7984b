"""Secrets: masked where they are shown, read from files, never a placeholder."""

from pathlib import Path

import msgspec
import pytest

from streamflow.contracts.errors import BadInputError, NotReadyError, StreamFlowError
from streamflow.settings import Options, Settings, mask_passwords
from streamflow.settings.connection import client_config, java_properties
from streamflow.settings.model import KafkaSettings

SECURE = KafkaSettings(
    bootstrap_servers="kafka:9093",
    security_protocol="SASL_SSL",
    sasl_mechanism="SCRAM-SHA-512",
    sasl_username="ana",
    sasl_password='p"a\\ss=1',
    ssl_ca_location="/etc/ca.pem",
)


def test_secrets_are_masked_wherever_settings_are_shown() -> None:
    values = {
        "kafka.sasl_password": "hunter2=x",
        "kafka.ssl_key_password": "hunter2",
        "postgres.dsn": "postgresql://ana:hunter2@db/payments?sslpassword=hunter2",
    }
    shown = msgspec.json.encode(Settings.load(Options(values=values), {}).entries()).decode()
    assert "hunter2" not in shown
    assert "postgresql://ana:***@db/payments" in shown


@pytest.mark.parametrize(
    ("plain", "masked"),
    [
        ("host=db user=ana password='two words' port=1", "host=db user=ana password=*** port=1"),
        ("postgresql://db/payments?user=ana&password=x", "postgresql://db/payments?user=ana&password=***"),
        ("postgresql://ana@db/payments?passfile=/etc/pgpass", "postgresql://ana@db/payments?passfile=/etc/pgpass"),
    ],
)
def test_only_the_passwords_of_a_connection_string_are_masked(plain: str, masked: str) -> None:
    assert mask_passwords(plain) == masked


def test_a_password_comes_from_the_first_line_of_its_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("hunter2\n")
    kafka = msgspec.structs.replace(SECURE, sasl_password="", sasl_password_file=str(file))
    assert client_config(kafka)["sasl.password"] == "hunter2"
    assert 'password="hunter2";' in java_properties(kafka)["sasl.jaas.config"]


@pytest.mark.parametrize("content", [None, "", "\nsecond line\n", "${KAFKA_PASSWORD}\n"])
def test_a_missing_empty_or_unfilled_password_file_is_refused(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "password"
    if content is not None:
        file.write_text(content)
    with pytest.raises(NotReadyError, match=r"kafka\.sasl_password"):
        client_config(msgspec.structs.replace(SECURE, sasl_password="", sasl_password_file=str(file)))


@pytest.mark.parametrize(
    "changes",
    [
        {"sasl_mechanism": ""},
        {"sasl_username": ""},
        {"sasl_password": ""},
        {"sasl_password_file": "/etc/password"},
        {"security_protocol": "SSL"},
        {"security_protocol": "SASL_PLAINTEXT"},
        {"ssl_certificate_location": "/etc/client.pem"},
        {"ssl_key_password": "a", "ssl_key_password_file": "b"},
    ],
)
def test_contradictions_are_refused_before_anything_connects(changes: dict[str, str]) -> None:
    with pytest.raises(BadInputError):
        client_config(msgspec.structs.replace(SECURE, **changes))


def test_both_clients_get_the_same_connection() -> None:
    assert client_config(SECURE) == {
        "bootstrap.servers": "kafka:9093",
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "ana",
        "sasl.password": 'p"a\\ss=1',
        "ssl.ca.location": "/etc/ca.pem",
    }
    module = "org.apache.kafka.common.security.scram.ScramLoginModule"
    assert java_properties(SECURE, relocated=False) == {
        "bootstrap.servers": "kafka:9093",
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.jaas.config": f'{module} required username="ana" password="p\\"a\\\\ss=1";',
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": "/etc/ca.pem",
    }
    assert java_properties(SECURE)["sasl.jaas.config"].startswith(f"org.apache.flink.kafka.shaded.{module} ")


def test_java_takes_a_client_certificate_from_one_file_or_from_two(tmp_path: Path) -> None:
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    chain.write_text("CHAIN")
    key.write_text("KEY")
    tls = KafkaSettings(security_protocol="SSL", ssl_certificate_location=str(chain), ssl_key_location=str(chain), ssl_key_password="p")
    assert java_properties(tls)["ssl.keystore.location"] == str(chain)
    assert java_properties(tls)["ssl.key.password"] == "p"
    two = java_properties(msgspec.structs.replace(tls, ssl_key_location=str(key)))
    assert (two["ssl.keystore.certificate.chain"], two["ssl.keystore.key"]) == ("CHAIN", "KEY")
    with pytest.raises(StreamFlowError, match="ssl_key_location"):
        java_properties(msgspec.structs.replace(tls, ssl_key_location=str(tmp_path / "absent")))


def test_without_a_stack_and_without_settings_the_next_step_is_named(tmp_path: Path) -> None:
    settings = Settings.load(Options(values={"stack.directory": str(tmp_path)}), {})
    for ask, component in (
        (settings.kafka_client_config, "kafka"),
        (settings.postgres_dsn, "postgres"),
        (settings.flink_rest_url, "flink"),
    ):
        with pytest.raises(NotReadyError, match=f"streamflow up {component}"):
            ask()
