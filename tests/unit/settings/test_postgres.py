"""One address, and a role for each purpose."""

import pytest

from streamflow.contracts.errors import BadInputError
from streamflow.contracts.tables import READER, WRITER
from streamflow.settings import Options, Settings


def settings(dsn: str) -> Settings:
    return Settings.load(Options(values={"postgres.dsn": dsn}), {})


def test_each_role_has_the_same_address_and_its_own_name() -> None:
    found = settings("postgresql://somebody@db:5432/payments?passfile=/etc/pgpass&sslmode=verify-full")
    for role in (READER, WRITER):
        dsn = found.postgres_dsn(role)
        assert dict(part.split("=") for part in dsn.split()) == {
            "user": role.name,
            "host": "db",
            "port": "5432",
            "dbname": "payments",
            "passfile": "/etc/pgpass",
            "sslmode": "verify-full",
        }
    assert found.postgres_dsn().startswith("postgresql://somebody@")


def test_a_password_is_only_its_own_roles() -> None:
    found = settings(f"host=db user={READER.name} password=secret")
    assert "password=secret" in found.postgres_dsn(READER)
    with pytest.raises(BadInputError, match=r"password of streamflow_reader.*\n.*passfile") as caught:
        found.postgres_dsn(WRITER)
    assert "secret" not in str(caught.value)


def test_an_address_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(BadInputError, match="cannot be read"):
        settings("postgres is over there").postgres_dsn(READER)
