"""Without a broker the error names the address and what to do."""

import pytest

from streamflow.contracts.errors import NotReadyError
from streamflow.kafka.reading import read_to_end
from streamflow.kafka.writing import TransactionalWriter

NOBODY = {"bootstrap.servers": "127.0.0.1:1"}


def test_reading_without_a_broker_names_its_address_and_the_command_that_starts_one() -> None:
    with pytest.raises(NotReadyError, match=r"127\.0\.0\.1:1") as raised:
        read_to_end(NOBODY, "transactions.raw")
    assert "streamflow up kafka" in str(raised.value)


def test_writing_without_a_broker_fails_before_anything_is_sent() -> None:
    with pytest.raises(NotReadyError, match=r"127\.0\.0\.1:1"):
        TransactionalWriter(NOBODY, "streamflow.test")
