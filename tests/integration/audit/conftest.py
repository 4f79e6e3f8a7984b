"""Worlds to audit."""

import pytest

from streamflow.contracts.catalogue import ALERTS, DLQ, RAW, SCORED
from tests.integration.audit.world import World
from tests.integration.conftest import ClientConfig, make_anew
from tests.integration.postgres import Database


@pytest.fixture
def empty_world(broker: ClientConfig, warehouse: Database) -> World:
    """Return topics and tables without a record."""
    make_anew(broker, RAW, SCORED, ALERTS, DLQ)
    return World(broker, warehouse)


@pytest.fixture
def world(empty_world: World) -> World:
    """Return a world in order."""
    empty_world.fill()
    return empty_world
