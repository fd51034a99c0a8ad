"""What a mall shows of offers, and what customers do about them by themselves."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from shangmai.kernel.actions.contract import OutOfScope
from shangmai.kernel.actors import GUEST, SYSTEM, Actor
from shangmai.modules.checkout.service import find_by_link
from shangmai.modules.marketing.http import routes
from shangmai.modules.members import service as members
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.orders import service as orders
from shangmai.modules.organization.contract import ShopId
from tests.marketing.conftest import Groups
from tests.pricing.making import publish
from tests.routes import reading


def as_member(groups: Groups, n: int) -> Actor:
    return members.actor_of_customer(CustomerId(groups.customers[n]), ShopId(groups.world.shop_id))


async def read(groups: Groups, path: str, actor: Actor = GUEST, **query: Any) -> Any:
    async with reading(groups.world.db, routes, actor) as client:
        answer = await client.get(f"/api/v1/marketing/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_what_runs_is_shown_with_its_terms(groups: Groups) -> None:
    await publish(groups.world, "KJ", layer="price", benefit={"kind": "bargain", "lowest_minor": 500})
    await groups.terms(hours=48)
    shown = {each["kind"]: each for each in await read(groups, "offers", shop_id=str(groups.world.shop_id))}
    assert (shown["group_buy"]["hours"], shown["group_buy"]["sizes"]) == (48, [2, 3])
    assert (shown["bargain"]["lowest_minor"], shown["bargain"]["helps"]) == (500, 10)


async def test_customers_open_and_join_for_themselves_alone(groups: Groups) -> None:
    one, other = as_member(groups, 0), as_member(groups, 1)
    for wrong in (other, GUEST):
        with pytest.raises(OutOfScope):
            await groups.world.act("marketing.open_group", groups.opening(0), actor=wrong)
    made = await groups.world.act("marketing.open_group", groups.opening(0), actor=one)
    (open_one,) = await read(groups, "open-groups", shop_id=str(groups.world.shop_id))
    assert (open_one["id"], open_one["seats_left"]) == (str(made.group.id), 1)
    joining = {"group_id": made.group.id, "customer_id": groups.customers[1]}
    await groups.world.act("marketing.join_group", joining, actor=other)
    assert (await read(groups, f"open-groups/{made.group.id}"))["seats_left"] == 0
    assert await read(groups, "open-groups", shop_id=str(groups.world.shop_id)) == []


async def test_the_order_of_an_offer_opens_by_its_link(groups: Groups) -> None:
    made = await groups.open(0)
    async with groups.world.db.reading(SYSTEM) as tx:
        shown = await find_by_link(tx, orders.order_link(made.order.id))
    assert (shown.number, shown.due_minor) == (made.order.number, made.order.total_minor)


async def test_a_shared_bargain_tells_nobody_whose_it_is(groups: Groups) -> None:
    promotion = await publish(groups.world, "KJ", layer="price", benefit={"kind": "bargain", "lowest_minor": 500})
    one, other = as_member(groups, 0), as_member(groups, 1)
    started = await groups.world.act(
        "marketing.start_bargain",
        {
            "shop_id": groups.world.shop_id, "promotion_id": promotion.id, "sku_id": groups.world.skus[0],
            "customer_id": groups.customers[0],
        },
        actor=one,
    )  # fmt: skip
    path = f"shared-bargains/{started.id}"
    mine, theirs = await read(groups, path, one), await read(groups, path, other)
    assert (mine["is_own"], theirs["is_own"], theirs["has_helped"]) == (True, False, False)
    assert UUID(theirs["bargain"]["customer_id"]) == UUID(int=0)
    given = {"bargain_id": started.id, "customer_id": groups.customers[1]}
    helped = await groups.world.act("marketing.help_bargain", given, actor=other)
    theirs = await read(groups, path, other)
    assert (theirs["has_helped"], theirs["cuts"]) == (True, [helped.cut_minor])
