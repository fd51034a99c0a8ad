"""A small business to test in: one company with its books, one shop, one warehouse, some goods on the shelf."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from shangmai.kernel.actions.contract import ACTIONS, Answer, Call
from shangmai.kernel.actions.runner import Runner, read_input
from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.books.contract import Divergence
from shangmai.kernel.db.database import Database
from shangmai.kernel.events import store
from shangmai.kernel.events.reader import Reader
from shangmai.kernel.tx import Tx
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.books import stock, value
from shangmai.modules.inventory.contract import Bucket
from shangmai.modules.inventory.rules import key
from shangmai.modules.ledger import service as ledger
from shangmai.modules.marketing import service as marketing
from shangmai.modules.members import service as members
from shangmai.modules.orders import service as orders
from shangmai.modules.payments import service as payments
from shangmai.modules.pricing import service as pricing
from shangmai.modules.warehouse import service as warehouse


class World:
    """Ids of what was made, and short ways to act and to look."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.runner = Runner(db)
        self.reader = Reader(db)
        self.references = 0

    async def make(self, *, currency: str = "CNY", skus: int = 3, qty: int = 100, cost_minor: int = 600) -> World:
        """Company, shop, warehouse, and `skus` goods at 10.00, 20.00, … with `qty` pieces each."""
        company = await self.act("organization.create_company", {"code": "HQ", "name": "总部", "currency": currency})
        self.company_id: UUID = company.id
        await self.act("ledger.open_books", {"company_id": company.id})
        shop = await self.act(
            "organization.create_shop",
            {"code": "MALL", "name": "商城", "company_id": company.id, "kind": "mall", "currency": currency},
        )
        self.shop_id: UUID = shop.id
        warehouse = await self.act(
            "inventory.create_warehouse", {"code": "WH1", "name": "一号仓", "company_id": company.id}
        )
        self.warehouse_id: UUID = warehouse.id
        await self.act("inventory.assign_warehouse", {"shop_id": shop.id, "warehouse_id": warehouse.id})
        self.skus: list[UUID] = [await self.make_sku(f"SKU{n}", n * 1000, currency) for n in range(1, skus + 1)]
        if qty:
            await self.receive(dict.fromkeys(self.skus, qty), cost_minor)
        return self

    async def make_sku(self, code: str, price_minor: int, currency: str = "CNY", **more: Any) -> UUID:
        product = await self.act(
            "catalog.create_product",
            {
                "code": code,
                "name": code,
                "skus": [{"code": code, "price_minor": price_minor, "currency": currency, **more}],
            },
        )
        made: UUID = product.skus[0].id
        return made

    async def receive(self, pieces: dict[UUID, int], cost_minor: int = 600) -> Any:
        """Receive pieces, each at this unit cost."""
        lines = [{"sku_id": sku, "qty": qty, "cost_minor": qty * cost_minor} for sku, qty in pieces.items()]
        return await self.act(
            "inventory.receive", {"warehouse_id": self.warehouse_id, "reference": "测试入库", "lines": lines}
        )

    @asynccontextmanager
    async def transaction(self, **options: Any) -> AsyncIterator[Tx]:
        """A transaction in which a module's service is called as an action would call it; events are appended."""
        async with self.db.transaction(**options) as tx:
            yield tx
            await store.append(tx)

    async def answer(self, name: str, given: dict[str, Any], *, actor: Actor = SYSTEM, **options: Any) -> Answer:
        call = Call(action=name, input=read_input(ACTIONS[name], given), actor=actor, door="test", **options)
        return await self.runner.run(call)

    async def act(self, name: str, given: dict[str, Any], **options: Any) -> Any:
        """Run an action and give its value; raises its refusal."""
        return (await self.answer(name, given, **options)).unwrap()

    def wish(self, *quantities: int, **more: Any) -> dict[str, Any]:
        """The input of an order of so many pieces of the first, second, … SKU."""
        lines = [{"sku_id": sku, "qty": qty} for sku, qty in zip(self.skus, quantities, strict=False) if qty]
        return {"shop_id": self.shop_id, "lines": lines, **more}

    async def place(self, *quantities: int, **more: Any) -> Any:
        return await self.act("orders.place", self.wish(*quantities, **more))

    async def pay(self, order: Any, amount_minor: int | None = None) -> Any:
        self.references += 1
        amount = order.total_minor - order.paid_minor if amount_minor is None else amount_minor
        return await self.act(
            "orders.pay", {"order_id": order.id, "amount_minor": amount, "reference": f"T{self.references}"}
        )

    async def ship(self, order: Any, lines: dict[int, int] | None = None) -> Any:
        chosen = None if lines is None else [{"line": n, "qty": qty} for n, qty in lines.items()]
        return await self.act("orders.ship", {"order_id": order.id, "lines": chosen})

    async def sell(self, *quantities: int) -> Any:
        """Place, pay and ship."""
        order = await self.place(*quantities)
        await self.pay(order)
        await self.ship(order)
        return order

    async def give_back(self, order: Any, lines: dict[int, int], **more: Any) -> Any:
        chosen = [{"line": n, "qty": qty} for n, qty in lines.items()]
        return await self.act("orders.return", {"order_id": order.id, "lines": chosen, "reason": "七天无理由", **more})

    async def detail(self, order: Any) -> Any:
        async with self.db.reading(SYSTEM) as tx:
            return await orders.get_detail(tx, order.id)

    async def stock_of(self, n: int = 0, bucket: Bucket = Bucket.SELLABLE) -> tuple[int, int]:
        """On hand and held of the n-th SKU."""
        async with self.db.reading(SYSTEM) as tx:
            on_hand, held, _ = (await stock.balances(tx, [key(self.skus[n], self.warehouse_id, bucket)]))[0]
        return on_hand, held

    async def worth_of(self, n: int = 0, bucket: Bucket = Bucket.SELLABLE) -> int:
        """The value on hand of the n-th SKU, in minor units."""
        async with self.db.reading(SYSTEM) as tx:
            return (await value.balances(tx, [key(self.skus[n], self.warehouse_id, bucket)]))[0][0]

    async def faults(self) -> list[Divergence]:
        """What does not prove, after every event has been handled."""
        await self.reader.drain()
        async with self.db.reading(SYSTEM) as tx:
            found: list[Any] = []
            for module in (inventory, members, payments, pricing, orders, marketing, ledger, warehouse):
                found += await module.prove(tx)
            return found

    async def count(self, table: str) -> int:
        async with self.db.reading(SYSTEM) as tx:
            return int(await tx.fetchval(f"SELECT count(*) FROM {table}"))  # sql: a table's name, given by a test
