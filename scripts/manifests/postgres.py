"""CloudNativePG's part of the warehouse's cluster that the catalogue knows: the roles, and who owns the database."""

from collections.abc import Iterator
from typing import Any, Final

from scripts.manifests.kafka import NAMESPACE
from streamflow.contracts.tables import MIGRATOR, ROLES, Role

_AIRFLOW: Final = Role(name="airflow", what="Airflow's own database.")


def roles() -> Iterator[dict[str, Any]]:
    """Return the patch of the cluster: a login role for each role, with its password in a secret of its name."""
    yield {
        "apiVersion": "postgresql.cnpg.io/v1",
        "kind": "Cluster",
        "metadata": {"name": "warehouse", "namespace": NAMESPACE},
        "spec": {
            "bootstrap": {"initdb": {"owner": MIGRATOR.name, "secret": {"name": secret_of(MIGRATOR)}}},
            "managed": {"roles": [_managed(role) for role in (*ROLES, _AIRFLOW)]},
        },
    }


def secret_of(role: Role) -> str:
    """Return the name of the secret with a role's name and password."""
    return f"warehouse-{role.name.replace('_', '-')}"


def _managed(role: Role) -> dict[str, Any]:
    login = {"name": role.name, "ensure": "present", "login": True, "passwordSecret": {"name": secret_of(role)}}
    return {**login, "inRoles": list(role.member_of)} if role.member_of else login
