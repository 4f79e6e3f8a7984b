"""A broker as a cluster has it: TLS, a password for each user, and rights that deny whatever is not allowed."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import trustme
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from scripts.manifests.kafka import rights
from streamflow.contracts.access import CLIENTS
from streamflow.settings import Settings
from streamflow.settings.model import KafkaSettings
from streamflow.stack import StackSettings
from streamflow.stack.config import Layout
from streamflow.stack.kafka import Kafka
from streamflow.stack.network import LOOPBACK, free_port
from streamflow.stack.state import StackState
from streamflow.stack.supervisor import Supervisor

OWNER = "ana"
"""May do everything."""
START_SECONDS = 400
_KINDS = {"topic": ResourceType.TOPIC, "group": ResourceType.GROUP, "transactionalId": ResourceType.TRANSACTIONAL_ID}
_PATTERNS = {"literal": ResourcePatternType.LITERAL, "prefix": ResourcePatternType.PREFIXED}


class SecureBroker:
    """A broker that runs.

    Parameters
    ----------
    folder : Path
        With the authority's certificate and a password file for each user.
    bootstrap_servers : str
        Its listener's address.
    """

    def __init__(self, folder: Path, bootstrap_servers: str) -> None:
        self.folder = folder
        self.bootstrap_servers = bootstrap_servers

    def settings(self, user: str = OWNER) -> KafkaSettings:
        """Return how a user reaches it."""
        return KafkaSettings(
            bootstrap_servers=self.bootstrap_servers,
            security_protocol="SASL_SSL",
            sasl_mechanism="SCRAM-SHA-512",
            sasl_username=user,
            sasl_password_file=str(self.folder / f"{user}.password"),
            ssl_ca_location=str(self.folder / "ca.pem"),
        )

    def client(self, user: str = OWNER) -> dict[str, str]:
        """Return the same in confluent-kafka's words."""
        return Settings(kafka=self.settings(user)).kafka_client_config()

    def change_password(self, user: str) -> None:
        """Give a user a new password, and whoever reads his password file from now on too."""
        password = f"the new secret of {user}"
        admin = AdminClient({**self.client()})
        change = UserScramCredentialUpsertion(user, ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), password.encode())
        admin.alter_user_scram_credentials([change])[user].result(60)
        (self.folder / f"{user}.password").write_text(f"{password}\n")

    def give_rights(self) -> None:
        """Allow each client of the catalogue what its KafkaUser says."""
        bindings = [
            AclBinding(
                _KINDS[right["resource"]["type"]],
                right["resource"]["name"],
                _PATTERNS[right["resource"]["patternType"]],
                f"User:{client.name}",
                "*",
                AclOperation[operation.upper()],
                AclPermissionType.ALLOW,
            )
            for client in CLIENTS
            for right in rights(client)
            for operation in right["operations"]
        ]
        admin = AdminClient({**self.client()})
        for future in admin.create_acls(bindings).values():
            future.result(60)


@contextmanager
def secure_broker(folder: Path) -> Iterator[SecureBroker]:
    """Start one with the catalogue's topics."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    _write_identity(authority, folder / "broker.pem")
    users = [OWNER, *(client.name for client in CLIENTS)]
    for user in users:
        (folder / f"{user}.password").write_text(f"the secret of {user}\n")
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
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        # Nameless are the broker itself and the tests' own preparations, on the listeners without TLS.
        "super.users": f"User:{OWNER};User:ANONYMOUS",
    }
    scram = [part for user in users for part in ("--add-scram", f"SCRAM-SHA-512=[name={user},password=the secret of {user}]")]
    broker = Kafka(layout, state, extra, tuple(scram))
    supervisor = Supervisor(layout)
    try:
        broker.prepare()
        supervisor.write(broker.programs())
        supervisor.start()
        supervisor.start_process("kafka")
        _wait_until_ready(broker)
        broker.after_start()
        yield SecureBroker(folder, f"{LOOPBACK}:{port}")
    finally:
        if supervisor.is_alive():
            supervisor.shut_down(last="kafka")
        supervisor.clean()


def _write_identity(authority: trustme.CA, file: Path) -> None:
    certificate = authority.issue_cert(LOOPBACK, key_type=trustme.KeyType.RSA)
    certificate.private_key_and_cert_chain_pem.write_to_path(str(file))
    # Java reads PKCS#8 only.
    pkcs8 = subprocess.run(["openssl", "pkcs8", "-topk8", "-nocrypt", "-in", file], capture_output=True, text=True, check=True).stdout
    file.write_text(pkcs8 + "".join(blob.bytes().decode() for blob in certificate.cert_chain_pems))


def _wait_until_ready(broker: Kafka) -> None:
    end = time.monotonic() + START_SECONDS
    while reason := broker.why_not_ready():
        assert time.monotonic() < end, reason
        time.sleep(0.2)
