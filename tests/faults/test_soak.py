"""A short soak of every run; a long one is `python -m tests.faults.soak`."""

from __future__ import annotations

import pytest

from tests.faults.soak.__main__ import soak

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(600)]

SECONDS = 16.0
CLIENTS = 6


async def test_whatever_people_do_everything_proves() -> None:
    business = await soak(SECONDS, CLIENTS, ("worker",), seed=1)
    worked = {action.split(".")[0] for (action, code), count in business.answers_of.items() if code == "ok" and count}
    assert {"checkout", "inventory", "marketing", "orders", "warehouse"} <= worked
