"""Where stories of exceptions happen, and how one is told."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from datetime import timedelta
from typing import Any, Final

from shangmai.apps import upkeep
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.clock import ManualClock
from shangmai.kernel.events import store
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Item
from shangmai.modules.payments import service as payments
from shangmai.modules.payments.contract import Payment
from shangmai.modules.payments.contract.recording import Transaction
from tests.orders.test_exceptions import GOOD, paid
from tests.pricing.making import customer
from tests.world import World


class Scene:
    """A business, a clock to be moved by hand, and short ways to say what happens."""

    def __init__(self, world: World, clock: ManualClock) -> None:
        self.world, self.clock = world, clock

    async def act(self, name: str, /, **given: Any) -> Any:
        return await self.world.act(name, given)

    async def paid(self, *quantities: int, **more: Any) -> Any:
        """A paid order to a good address, unless told otherwise."""
        return await paid(self.world, *quantities, **{"receiver": GOOD} | more)

    async def watch(self, code: str, **limits: Any) -> None:
        """Switch a cause on, with these thresholds."""
        setting = {"code": f"orders.{code}", "on": True, "limits": limits}
        await self.act("orders.set_exception_policy", company_id=self.world.company_id, policy={"causes": [setting]})

    async def buyer(self) -> Any:
        return await customer(self.world)

    async def correct(self, order: Any, **more: Any) -> None:
        await self.act("orders.correct_address", order_id=order.id, receiver={**GOOD, **more})

    async def says(self, order: Any, **said: Any) -> None:
        """What the channel says of an order."""
        await self.act("orders.note_channel", order_id=order.id, **said)

    async def accept(self, order: Any, code: str) -> None:
        """Say that it is all right; what happened stays so."""
        await self.act("orders.accept_exception", order_id=order.id, code=f"orders.{code}", reason="已核实")

    async def pay_late(self, order: Any) -> None:
        """The gateway tells of money for an order that has expired meanwhile."""
        async with self.world.db.transaction() as tx:
            money = Transaction(
                order_id=order.id,
                company_id=order.company_id,
                shop_id=order.shop_id,
                customer_id=order.customer_id,
                method="test",
                reference=f"late {order.number}",
                amount_minor=order.total_minor,
                currency=order.currency,
                item=Item(SYSTEM, new_id(), tx.now),
            )
            (recorded,) = await payments.record(tx, [money])
            await store.append(tx)
        assert isinstance(recorded, Payment)

    async def later(self, **time: float) -> None:
        self.clock.advance(seconds=timedelta(**time).total_seconds())
        await upkeep.keep_exceptions(self.world.runner)

    async def cancel_one(self, order: Any) -> None:
        given = {"order_id": order.id, "lines": [{"line": 1, "qty": 1}], "reason": "少要一件"}
        await self.world.act("orders.cancel_part", given)


Story = AsyncGenerator[Any, None]
STORIES: Final[dict[str, Callable[[Scene], Story]]] = {}


def story(tell: Callable[[Scene], Story]) -> Callable[[Scene], Story]:
    """A story yields the order that has the cause of its name, then lets the cause go."""
    STORIES[f"orders.{tell.__name__}"] = tell
    return tell
