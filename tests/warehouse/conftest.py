"""The floor that the warehouse's tests work on."""

import pytest_asyncio

from tests.warehouse.floor import Floor
from tests.warehouse.work import Work
from tests.world import World


@pytest_asyncio.fixture
async def floor(world: World) -> Floor:
    """A warehouse with bins, nothing put away yet: 100 pieces of each of three SKUs wait."""
    return await Floor(world).make()


@pytest_asyncio.fixture
async def work(floor: Floor) -> Work:
    """The same, its bins filled, and its floor at work."""
    return await Work(floor).make()
