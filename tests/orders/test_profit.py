"""What an order earned is what its vouchers say, also after some of it came back."""

from __future__ import annotations

from uuid import uuid4

from shangmai.kernel.actors import DIMENSIONS, EVERYTHING, SYSTEM, Actor
from shangmai.kernel.ids import new_id
from shangmai.modules.ledger import http as ledger_http
from shangmai.modules.orders.http import profit as http
from tests.routes import reading
from tests.world import World


async def test_income_less_cost_and_what_comes_back_lowers_both(world: World) -> None:
    order = await world.sell(2)  # 10.00 each, which cost 6.00
    assert await world.faults() == []
    async with reading(world.db, [*http.routes, *ledger_http.routes], SYSTEM) as client:
        told = (await client.get(f"/api/v1/orders/{order.id}/profit")).json()
        assert (told["currency"], told["income_minor"], told["expense_minor"], told["profit_minor"]) == (
            "CNY",
            2000,
            1200,
            800,
        )
        assert [(line["account"], line["amount_minor"]) for line in told["lines"]] == [("5001", 2000), ("5401", -1200)]

        await world.give_back(order, {1: 1})
        assert await world.faults() == []
        told = (await client.get(f"/api/v1/orders/{order.id}/profit")).json()
        assert (told["income_minor"], told["expense_minor"], told["profit_minor"]) == (1000, 600, 400)

        entries = (await client.get("/api/v1/ledger/entries", params={"company": str(world.company_id)})).json()
        shipped = next(each for each in entries["items"] if each["rule"] == "orders.shipped")
        cause = (await client.get(f"/api/v1/ledger/entries/{shipped['id']}/cause")).json()
    assert (cause["event"], cause["order_id"], cause["action"]) == ("orders.shipped.v1", str(order.id), "orders.ship")


async def test_it_is_refused_to_strangers_and_of_no_order(world: World) -> None:
    order = await world.sell(1)
    async with reading(world.db, http.routes, SYSTEM) as client:
        answer = await client.get(f"/api/v1/orders/{uuid4()}/profit")
        assert (answer.status_code, answer.json()["code"]) == (404, "orders.OrderNotFound")
    scopes = dict.fromkeys(DIMENSIONS, EVERYTHING)
    clerk = Actor(id=new_id(), kind="user", name="客服", grants=frozenset({"orders.read"}), scopes=scopes)
    elsewhere = Actor(
        id=new_id(),
        kind="user",
        name="外店",
        grants=frozenset({"ledger.read"}),
        scopes=scopes | {"shop": frozenset({new_id()})},
    )
    for who, code in ((clerk, 403), (elsewhere, 404)):
        async with reading(world.db, http.routes, who) as client:
            assert (await client.get(f"/api/v1/orders/{order.id}/profit")).status_code == code
