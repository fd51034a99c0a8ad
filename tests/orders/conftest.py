"""A clock to be moved by hand."""

from __future__ import annotations

import pytest

from shangmai.kernel.clock import ManualClock
from tests.world import World


@pytest.fixture
def clock(world: World) -> ManualClock:
    """The database's clock."""
    manual = ManualClock(world.db.clock.now())
    world.db.clock = manual
    return manual
