"""The floor that the warehouse's tests work on."""

import pytest_asyncio

from tests.warehouse.floor import Floor
from tests.world import World


@pytest_asyncio.fixture
async def floor(world: World) -> Floor:
    """A warehouse with bins, nothing put away yet: 100 pieces of each of three SKUs wait."""
    return await Floor(world).make()
