"""How many statements it takes to place checkouts, beside orders that are placed bare."""

from __future__ import annotations

from typing import Any

import pytest

from shangmai.kernel.actions.contract import ACTIONS, Call
from shangmai.kernel.actions.inputs import read_input
from shangmai.kernel.actors import GUEST, SYSTEM, Actor
from shangmai.kernel.clock import ManualClock
from shangmai.kernel.ids import new_id
from tests.checkout.conftest import RECEIVER, Mall
from tests.checkout.test_placing import freight


class TestStatements:
    """A batch costs so many round trips whatever its size, three more than the same orders placed bare.

    The clock stands still, as the first batch of a day or a month costs more.
    """

    @pytest.mark.parametrize("size", [1, 20])
    async def test_three_more_than_orders_place(self, mall: Mall, clock: ManualClock, size: int) -> None:
        await freight(mall)
        bare = {**mall.world.wish(1, 1), "warehouse_id": None, "receiver": RECEIVER}
        plain, checked_out = 0, 0
        for _ in range(2):  # what never changes is remembered from the second time on
            plain = await self.count(mall, "orders.place", [bare] * size, SYSTEM)
            wishes = []
            for _ in range(size):
                token = mall.token()
                await mall.set(token, 1, 1)
                wishes.append(mall.wish(cart_token=token, cart_version=1, expected_total_minor=3800))
            checked_out = await self.count(mall, "checkout.place", wishes, GUEST)
        assert checked_out <= plain + 3

    async def count(self, mall: Mall, name: str, wishes: list[dict[str, Any]], actor: Actor) -> int:
        statements: list[str] = []
        spec = ACTIONS[name]
        calls = [
            Call(action=name, input=read_input(spec, wish), actor=actor, door="test", key=str(new_id()))
            for wish in wishes
        ]

        def note(told: Any) -> None:
            statements.append(told.query)

        async with mall.world.db.connection() as conn:
            conn.add_query_logger(note)  # the connection that is taken next
        answers = await mall.world.runner.run_list(calls)
        async with mall.world.db.connection() as conn:
            conn.remove_query_logger(note)
        assert statements
        assert [answer.error for answer in answers] == [None] * len(wishes)
        return len(statements)
