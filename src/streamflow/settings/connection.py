"""Kafka's connection settings in the words of its two kinds of clients."""

from pathlib import Path
from typing import Final

from streamflow.contracts.errors import NotReadyError
from streamflow.settings.model import KafkaSettings

RELOCATED: Final = "org.apache.flink.kafka.shaded."
"""What Flink's Kafka connector puts before the names of Kafka's classes."""

LOGIN_MODULES: Final = {
    "PLAIN": "org.apache.kafka.common.security.plain.PlainLoginModule",
    "SCRAM-SHA-256": "org.apache.kafka.common.security.scram.ScramLoginModule",
    "SCRAM-SHA-512": "org.apache.kafka.common.security.scram.ScramLoginModule",
}


def read_secret(direct: str, file: str, setting: str) -> str:
    """Return a secret that is given directly or as the first line of a file.

    Raises
    ------
    NotReadyError
        The file cannot be read, is empty, or holds a placeholder that nothing has filled in.
    """
    if file:
        try:
            lines = Path(file).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise NotReadyError("a secret's file cannot be read", got=str(error), where=f"{setting}_file") from error
        direct = lines[0] if lines else ""
        if not direct:
            raise NotReadyError("a secret's file is empty", where=f"{setting}_file = {file}")
    if direct.startswith("${") and direct.endswith("}"):
        raise NotReadyError("a secret is still a placeholder", got=direct, where=setting)
    return direct


def client_config(kafka: KafkaSettings) -> dict[str, str]:
    """Return the properties of confluent-kafka.

    Examples
    --------
    >>> client_config(KafkaSettings(bootstrap_servers="kafka:9092"))
    {'bootstrap.servers': 'kafka:9092', 'security.protocol': 'PLAINTEXT'}
    """
    kafka.check()
    named = {
        "bootstrap.servers": kafka.bootstrap_servers,
        "security.protocol": kafka.security_protocol,
        "sasl.mechanism": kafka.sasl_mechanism,
        "sasl.username": kafka.sasl_username,
        "sasl.password": read_secret(kafka.sasl_password, kafka.sasl_password_file, "kafka.sasl_password"),
        "ssl.ca.location": kafka.ssl_ca_location,
        "ssl.certificate.location": kafka.ssl_certificate_location,
        "ssl.key.location": kafka.ssl_key_location,
        "ssl.key.password": read_secret(kafka.ssl_key_password, kafka.ssl_key_password_file, "kafka.ssl_key_password"),
    }
    return {name: value for name, value in named.items() if value}


def java_properties(kafka: KafkaSettings, *, relocated: bool = True) -> dict[str, str]:
    """Return the properties of the Java client.

    Parameters
    ----------
    kafka : KafkaSettings
        The connection.
    relocated : bool
        Whether the client is the one inside Flink's Kafka connector, whose classes have other names.

    Examples
    --------
    >>> java_properties(KafkaSettings(security_protocol="SSL", ssl_ca_location="/etc/ca.pem"))["ssl.truststore.type"]
    'PEM'
    """
    kafka.check()
    found = {"bootstrap.servers": kafka.bootstrap_servers, "security.protocol": kafka.security_protocol}
    if kafka.sasl_mechanism:
        module = f"{RELOCATED if relocated else ''}{LOGIN_MODULES[kafka.sasl_mechanism]}"
        password = read_secret(kafka.sasl_password, kafka.sasl_password_file, "kafka.sasl_password")
        found["sasl.mechanism"] = kafka.sasl_mechanism
        found["sasl.jaas.config"] = f"{module} required username={_quote(kafka.sasl_username)} password={_quote(password)};"
    if kafka.ssl_ca_location:
        found |= {"ssl.truststore.type": "PEM", "ssl.truststore.location": kafka.ssl_ca_location}
    if kafka.ssl_certificate_location:
        found["ssl.keystore.type"] = "PEM"
        if kafka.ssl_certificate_location == kafka.ssl_key_location:
            found["ssl.keystore.location"] = kafka.ssl_key_location
        else:
            # Java reads one PEM file with both; two files have to be handed over as text.
            found["ssl.keystore.certificate.chain"] = _read(kafka.ssl_certificate_location, "kafka.ssl_certificate_location")
            found["ssl.keystore.key"] = _read(kafka.ssl_key_location, "kafka.ssl_key_location")
        key_password = read_secret(kafka.ssl_key_password, kafka.ssl_key_password_file, "kafka.ssl_key_password")
        found |= {"ssl.key.password": key_password} if key_password else {}
    return found


def _read(file: str, setting: str) -> str:
    try:
        return Path(file).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise NotReadyError("a PEM file cannot be read", got=str(error), where=setting) from error


def _quote(value: str) -> str:
    """Quote a value in a JAAS line."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
